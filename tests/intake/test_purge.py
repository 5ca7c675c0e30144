"""What was withdrawn or closed long enough is deleted, nothing else is, and one count remains."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from databases import rows
from github_stand_in import OWNER_TOKEN, TOKEN, GitHubStandIn
from intake import commands, issue
from intake.form import Facts
from intake.purge import WITHDRAWN_SECONDS, Deadlines, purge_spool, purge_tracker, withdrawn_since
from intake.settings import SettingProblem
from intake.spool import Erased, Kind, NewAddition, NewReport, Spool, State, Status
from intake.tracker import GitHubLogin, Misconfigured, Tracker, letter_line, marker_line
from intake.tracker.folder import FolderTracker
from intake.tracker.github import GitHubTracker
from intake.web import create_app
from workplace import Clock, Workplace, set_up, the_form

NOW = 1_795_000_000
HOUR, DAY = 3_600, 86_400
DAYS = 90
CANARY = "kenari-7f3a"
CASE = "K7Q2-9MPA"
FACTS: Facts = {"urgency": "red", "country": "MY", "problem": ["money", "safety"]}
DUE = Deadlines.at(NOW, DAYS)
TWO_DAYS_AGO = NOW - WITHDRAWN_SECONDS


# --- the spool ---


@pytest.fixture
def spool(database_url: str) -> Iterator[Spool]:
    """A new spool."""
    opened = Spool(database_url)
    yield opened
    opened.close()


def filed(spool: Spool, token: int, facts: Facts = FACTS) -> str:
    """A case that stands as an issue, with an answer and an addition."""
    raw = token.to_bytes(16, "big")
    new = NewReport(raw, bytes(32), facts, {"ciphertext": f"{CANARY}-{token}"}, raw * 2)
    case, _ = spool.accept(new, NOW - 100 * DAY)
    spool.move(case, State.VERIFIED, NOW - 100 * DAY, 100 + token)
    spool.keep_answer(case, f"{CANARY}-answer-{token}", NOW - 99 * DAY)
    spool.add(case, NewAddition(raw[::-1], bytes(32), {"ciphertext": f"{CANARY}-more"}), NOW)
    letter = spool.due_addition(NOW)
    assert letter is not None
    spool.move_letter(letter, State.VERIFIED, NOW, 1)
    return case


def withdraw(spool: Spool, case: str, at: int, *, shown: bool = True) -> None:
    """Withdraw the case, and let the tracker show it."""
    spool.withdraw(case, at)
    letter = spool.due_notice(NOW)
    if shown and letter is not None:
        spool.move_letter(letter, State.VERIFIED, at, 2)


def erase(spool: Spool, *, dry_run: bool = False, zone: tzinfo = UTC) -> list[str]:
    """One run."""
    return list(purge_spool(spool, DUE, zone, dry_run=dry_run))


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[Spool]:
    """A new spool in files that a test can look into."""
    opened = Spool(f"sqlite:///{tmp_path}/spool.db")
    yield opened
    opened.close()


def test_withdrawn_two_days_ago_is_erased_from_every_file(on_disk: Spool, tmp_path: Path) -> None:
    """Ciphertext, verifier, answer and addition are in no file of the database, its journal too."""
    spool = on_disk
    case, other = filed(spool, 1), filed(spool, 2)
    withdraw(spool, case, TWO_DAYS_AGO)
    verifier = (1).to_bytes(16, "big") * 2
    assert erase(spool) == [f"{case}: erased from the spool"]
    content = b"".join(file.read_bytes() for file in tmp_path.glob("spool.db*"))
    for gone in (f"{CANARY}-1".encode(), f"{CANARY}-answer-1".encode(), case.encode(), verifier):
        assert gone not in content
    for stays in (f"{CANARY}-2".encode(), f"{CANARY}-answer-2".encode(), other.encode()):
        assert stays in content
    assert spool.by_verifier(verifier) is None
    left = rows(f"sqlite:///{tmp_path}/spool.db", "SELECT DISTINCT case_number FROM events")
    assert left == [(other,)]


def test_one_count_is_left_and_leads_nowhere(spool: Spool, database_url: str) -> None:
    """Month, country, problem groups and urgency; two cases alike are one line."""
    for token in (1, 2, 3):
        facts = FACTS | ({"country": "SA"} if token == 3 else {})
        withdraw(spool, filed(spool, token, facts), TWO_DAYS_AGO)
    assert len(erase(spool)) == 3
    alike = {"month": "2026-08", "problem": "money,safety", "urgency": "red"}
    assert spool.tallies() == [
        alike | {"country": "MY", "cases": 2},
        alike | {"country": "SA", "cases": 1},
    ]
    for table in ("reports", "events", "additions", "notices"):
        assert rows(database_url, f"SELECT count(*) FROM {table}") == [(0,)]


def test_count_is_of_the_month_that_the_team_lives_in(spool: Spool) -> None:
    """The digest counts by the organization's zone, before a case is erased and after it."""
    last_of_july = int(dt.datetime(2026, 7, 31, 20, tzinfo=UTC).timestamp())
    report = NewReport((1).to_bytes(16, "big"), bytes(32), FACTS, {}, bytes(32))
    case, _ = spool.accept(report, last_of_july)
    withdraw(spool, case, TWO_DAYS_AGO, shown=False)
    assert len(erase(spool, zone=ZoneInfo("Asia/Jakarta"))) == 1
    assert [row["month"] for row in spool.tallies()] == ["2026-08"]


def test_erased_report_is_not_taken_in_again(spool: Spool) -> None:
    """Its file or mail may come once more."""
    case = filed(spool, 1)
    withdraw(spool, case, TWO_DAYS_AGO)
    erase(spool)
    again = NewReport((1).to_bytes(16, "big"), bytes(32), FACTS, {}, bytes(32))
    with pytest.raises(Erased):
        spool.accept(again, NOW)
    other = NewReport((9).to_bytes(16, "big"), bytes(32), FACTS, {}, bytes(32))
    assert spool.accept(other, NOW)[1] is True


def test_proof_of_erasing_leads_back_to_no_token(on_disk: Spool, tmp_path: Path) -> None:
    """Neither the token's hash nor the case number is in any file."""
    case = filed(on_disk, 1)
    withdraw(on_disk, case, TWO_DAYS_AGO)
    erase(on_disk)
    content = b"".join(file.read_bytes() for file in tmp_path.glob("spool.db*"))
    assert hashlib.sha256((1).to_bytes(16, "big")).digest() not in content
    assert case.encode() not in content


def test_pin_restores_until_the_run(spool: Spool) -> None:
    """A second before two days nothing goes, and what was restored stays for good."""
    early, restored = filed(spool, 1), filed(spool, 2)
    withdraw(spool, early, TWO_DAYS_AGO + 1)
    withdraw(spool, restored, TWO_DAYS_AGO)
    assert spool.erasable(DUE.withdrawn, DUE.closed) == [restored]
    spool.restore(restored, NOW)
    assert spool.erase(restored, DUE.withdrawn, DUE.closed, UTC) is False
    assert erase(spool) == []


def test_closed_case_goes_after_the_days_of_the_organization(spool: Spool) -> None:
    """Counted from the day of closing; open and reopened cases are never touched."""
    cases = [filed(spool, token) for token in range(4)]
    spool.reach(cases[0], Status.CLOSED, NOW - DAYS * DAY)
    spool.reach(cases[1], Status.CLOSED, NOW - DAYS * DAY + 1)
    spool.reach(cases[2], Status.CLOSED, NOW - DAYS * DAY)
    spool.reach(cases[2], Status.WORKING, NOW - DAY)
    assert erase(spool) == [f"{cases[0]}: erased from the spool"]


def test_nothing_that_waits_is_lost(spool: Spool) -> None:
    """An addition not filed yet keeps a closed case; with a withdrawn one it goes."""
    closed, withdrawn = filed(spool, 1), filed(spool, 2)
    for case, token in ((closed, 50), (withdrawn, 51)):
        spool.add(case, NewAddition(bytes([token]) * 16, bytes(32), {}), NOW)
    spool.reach(closed, Status.CLOSED, NOW - DAYS * DAY)
    withdraw(spool, withdrawn, TWO_DAYS_AGO)
    assert erase(spool) == [f"{withdrawn}: erased from the spool"]


def test_withdrawal_that_the_tracker_does_not_show_yet_stays(spool: Spool) -> None:
    """Else nobody would delete it there."""
    case = filed(spool, 1)
    withdraw(spool, case, TWO_DAYS_AGO, shown=False)
    assert erase(spool) == []
    letter = spool.due_notice(NOW)
    assert letter is not None
    assert letter.kind is Kind.WITHDRAWN
    spool.move_letter(letter, State.VERIFIED, NOW, 1)
    assert erase(spool) == [f"{case}: erased from the spool"]


def test_report_withdrawn_before_it_was_filed_is_erased(spool: Spool) -> None:
    """The tracker never heard of it, so there is nothing to wait for."""
    case, _ = spool.accept(NewReport(bytes(16), bytes(32), FACTS, {}, bytes(32)), NOW - 3 * DAY)
    spool.withdraw(case, TWO_DAYS_AGO)
    spool.move(case, State.IN_DOUBT, NOW)
    assert erase(spool) == []
    spool.move(case, State.WAITING, NOW)
    assert spool.due_notice(NOW) is None
    assert erase(spool) == [f"{case}: erased from the spool"]


def test_dry_run_erases_nothing(spool: Spool, database_url: str) -> None:
    """It says the same, and the case is there afterwards."""
    case = filed(spool, 1)
    withdraw(spool, case, TWO_DAYS_AGO)
    assert erase(spool, dry_run=True) == [f"{case}: would be erased from the spool"]
    assert rows(database_url, "SELECT case_number FROM reports") == [(case,)]


# --- the tracker ---


@pytest.fixture
def clock() -> Clock:
    """A clock of its own."""
    return Clock(NOW - 100 * DAY)


@pytest.fixture
def stand_in(clock: Clock) -> Iterator[GitHubStandIn]:
    """GitHub on that clock, with one case as issue 1."""
    made = GitHubStandIn(clock)
    made.add_issue("x", marker_line(CASE), [issue.NEW])
    try:
        yield made
    finally:
        made.close()
    assert made.failures == []


def github(stand_in: GitHubStandIn, token: str = OWNER_TOKEN) -> GitHubTracker:
    """The repository, as that token sees it."""
    login = GitHubLogin(token=token, api=stand_in.url)
    return GitHubTracker("aman/laporan", login, pace=0, timeout=1)


def act(stand_in: GitHubStandIn, word: str, at: int, number: int = 1) -> None:
    """The program's comment about a withdrawal or restoring, and its label."""
    case_number = stand_in.issues[number].body
    assert case_number is not None
    line = letter_line(word, case_number.split()[2], str(at))
    stand_in.add_comment(number, f"{line}\n\nkalimat")
    labels = [name for name in stand_in.issues[number].labels if name != issue.WITHDRAWN]
    stand_in.issues[number].labels = labels + ([issue.WITHDRAWN] if word == "withdrawn" else [])


def delete(tracker: Tracker, *, dry_run: bool = False) -> list[str]:
    """One run."""
    return list(purge_tracker(tracker, DUE, dry_run=dry_run))


def test_withdrawn_issue_is_deleted_by_its_owner(stand_in: GitHubStandIn) -> None:
    """After two days; the time in the program's own comment counts."""
    act(stand_in, "withdrawn", TWO_DAYS_AGO)
    assert delete(github(stand_in), dry_run=True) == [
        f"{CASE}: issue 1 would be deleted (withdrawn)"
    ]
    assert list(stand_in.issues) == [1]
    assert delete(github(stand_in)) == [f"{CASE}: issue 1 deleted (withdrawn)"]
    assert stand_in.issues == {}
    assert delete(github(stand_in)) == []


@pytest.mark.parametrize(
    "acts",
    [
        [("withdrawn", TWO_DAYS_AGO + 1)],
        [("withdrawn", TWO_DAYS_AGO), ("restored", TWO_DAYS_AGO + 5)],
        [("withdrawn", TWO_DAYS_AGO), ("restored", TWO_DAYS_AGO)],
        [("withdrawn", TWO_DAYS_AGO), ("restored", NOW - 9), ("withdrawn", NOW - 5)],
        [],
    ],
)
def test_what_is_not_due_stays(stand_in: GitHubStandIn, acts: list[tuple[str, int]]) -> None:
    """Too early, restored, or withdrawn anew: the newest act counts."""
    for word, at in acts:
        act(stand_in, word, at)
    assert delete(github(stand_in)) == []
    assert list(stand_in.issues) == [1]


def test_restored_at_the_last_moment_is_not_deleted(
    stand_in: GitHubStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each issue is looked at once more just before."""
    act(stand_in, "withdrawn", TWO_DAYS_AGO)
    owner = github(stand_in)
    listed = owner.updated_since(0)
    act(stand_in, "restored", NOW)
    monkeypatch.setattr(owner, "updated_since", lambda _time: listed)
    stand_in.hidden_comments.add(stand_in.last_comment)
    monkeypatch.setattr(owner, "comments", lambda _number: owner_comments(stand_in, owner))
    assert delete(owner) == []
    assert list(stand_in.issues) == [1]


def owner_comments(stand_in: GitHubStandIn, tracker: GitHubTracker) -> Any:
    """The comments of issue 1, once the list has caught up."""
    stand_in.hidden_comments.clear()
    return GitHubTracker.comments(tracker, 1)


def test_what_does_not_fit_together_is_told_and_stays(stand_in: GitHubStandIn) -> None:
    """A label without a withdrawal, and a withdrawal without its label."""
    second = stand_in.add_issue("y", marker_line("K7Q2-9MPB"), [issue.NEW])
    act(stand_in, "withdrawn", TWO_DAYS_AGO, second)
    stand_in.issues[1].labels.append(issue.WITHDRAWN)
    stand_in.issues[second].labels = [issue.NEW]
    told = delete(github(stand_in))
    assert [line.split(":")[0] for line in told] == [CASE, "K7Q2-9MPB"]
    assert "but no withdrawal" in told[0]
    assert "has lost the label" in told[1]
    assert list(stand_in.issues) == [1, second]


def test_closed_issue_goes_after_its_days(stand_in: GitHubStandIn, clock: Clock) -> None:
    """Open ones and issues that are no cases stay, however old."""
    numbers = [1, *(stand_in.add_issue("y", marker_line(f"K7Q2-9MP{n}")) for n in "BCD")]
    notes = stand_in.add_issue("rapat", "catatan")
    for number, closed_at in ((1, NOW - DAYS * DAY), (numbers[1], NOW - DAYS * DAY + 1)):
        stand_in.issues[number].state = "closed"
        stand_in.issues[number].updated_at = closed_at
    stand_in.issues[notes].state = "closed"
    assert clock() < NOW - DAYS * DAY
    assert delete(github(stand_in)) == [f"{CASE}: issue 1 deleted (closed)"]
    assert list(stand_in.issues) == [*numbers[1:], notes]


def test_receivers_token_deletes_nothing(stand_in: GitHubStandIn) -> None:
    """GitHub refuses, the message names the setting, and the issue stays."""
    act(stand_in, "withdrawn", TWO_DAYS_AGO)
    with pytest.raises(Misconfigured, match="INTAKE_GITHUB_OWNER_TOKEN"):
        delete(github(stand_in, TOKEN))
    assert list(stand_in.issues) == [1]


def test_oldest_withdrawal_at_the_tracker(stand_in: GitHubStandIn) -> None:
    """Restored and deleted cases do not count."""
    tracker = github(stand_in, TOKEN)
    assert withdrawn_since(tracker) is None
    act(stand_in, "withdrawn", NOW - 5)
    assert withdrawn_since(tracker) == NOW - 5
    act(stand_in, "restored", NOW - 4)
    assert withdrawn_since(tracker) is None


def test_folder_is_purged_alike(tmp_path: Path) -> None:
    """File and comments are gone; a closed one goes by when its file was changed last."""
    folder = FolderTracker(tmp_path / "tracker")
    for case_number in (CASE, "K7Q2-9MPB", "K7Q2-9MPC"):
        folder.create("x", [issue.NEW], marker_line(case_number))
    folder.set_label(1, issue.WITHDRAWN)
    folder.comment(1, letter_line("withdrawn", CASE, str(TWO_DAYS_AGO)))
    closed = tmp_path / "tracker" / "K7Q2-9MPB.md"
    closed.write_text(closed.read_text("utf-8").replace("open", "closed"), encoding="utf-8")
    os.utime(closed, (NOW - DAYS * DAY, NOW - DAYS * DAY))
    assert sorted(delete(folder)) == [
        f"{CASE}: issue 1 deleted (withdrawn)",
        "K7Q2-9MPB: issue 2 deleted (closed)",
    ]
    left = [found.name for found in (tmp_path / "tracker").glob("[!.]*")]
    assert left == ["K7Q2-9MPC.md"]


# --- the command ---


@pytest.fixture
def place(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """An organization at work, whose settings are this process's."""
    monkeypatch.setattr("intake.settings.load_form", lambda _path, _region: the_form())
    made = set_up(tmp_path).with_database(database_url)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


def prepared(place: Workplace) -> str:
    """A case that was withdrawn long ago, in spool and folder."""
    spool, tracker = Spool(place.settings.database), place.settings.open_tracker()
    new = NewReport(bytes(16), bytes(32), FACTS, {"ciphertext": CANARY}, bytes(32))
    case, _ = spool.accept(new, NOW - 3 * DAY)
    number = tracker.create("x", [issue.WITHDRAWN], marker_line(case))
    spool.move(case, State.VERIFIED, NOW, number)
    tracker.comment(number, letter_line("withdrawn", case, str(TWO_DAYS_AGO)))
    withdraw(spool, case, TWO_DAYS_AGO)
    spool.close()
    return case


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        (["--dry-run"], ["issue 1 would be deleted (withdrawn)", "would be erased from the spool"]),
        (["--spool"], ["erased from the spool"]),
        (["--tracker"], ["issue 1 deleted (withdrawn)"]),
        ([], ["issue 1 deleted (withdrawn)", "erased from the spool"]),
    ],
)
def test_command_purges_the_side_that_was_asked_for(
    place: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    lines: list[str],
) -> None:
    """One line about each case on each side; nothing that was sealed is printed."""
    monkeypatch.setattr("intake.commands.purge.time.time", lambda: float(NOW))
    case = prepared(place)
    assert commands.main(["purge", *options]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [f"{case}: {line}" for line in lines]
    assert CANARY not in printed.out + printed.err


def test_both_sides_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Leaving both out means both."""
    with pytest.raises(SystemExit) as stopped:
        commands.main(["purge", "--spool", "--tracker"])
    assert stopped.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_without_owners_token_nothing_is_deleted_anywhere(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a GitHub tracker the message says where to run what."""
    case = prepared(place)
    monkeypatch.setenv("INTAKE_TRACKER", "github:aman/laporan")
    monkeypatch.setenv("INTAKE_GITHUB_TOKEN", TOKEN)
    assert commands.main(["purge"]) == 1
    assert "INTAKE_GITHUB_OWNER_TOKEN is not set" in capsys.readouterr().err
    assert rows(place.settings.database, "SELECT case_number FROM reports") == [(case,)]


@pytest.mark.parametrize("command", [["serve"], ["deliver"], ["deliver", "--watch"]])
def test_receiver_and_delivery_refuse_the_owners_token(
    place: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
) -> None:
    """They do not start, and do not print it."""
    assert place.settings.owner is None
    monkeypatch.setenv("INTAKE_GITHUB_OWNER_TOKEN", CANARY)
    assert commands.main(command) == 1
    told = capsys.readouterr().err
    assert told.startswith("intake: INTAKE_GITHUB_OWNER_TOKEN is set here: unset it.")
    assert CANARY not in told


def test_application_itself_refuses_the_owners_token(place: Workplace) -> None:
    """Also under another WSGI server than ours."""
    owned = place.with_settings(INTAKE_GITHUB_OWNER_TOKEN=CANARY).settings
    with pytest.raises(SettingProblem, match="unset it"):
        create_app(owned)
    assert CANARY not in repr(owned)

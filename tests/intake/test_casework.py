"""What the team says at the tracker is done once, and every card keeps one status and urgency."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from databases import content, rows
from github_stand_in import DOWN, TOKEN, Fault, GitHubStandIn
from intake import casework, issue
from intake.delivery import Courier
from intake.following import Follower
from intake.form import Form
from intake.labels import LATE, NO_NAMES, SHARE_AGAIN
from intake.sealing import PrivateKey, PublicKey, seal
from intake.spool import NewReport, Spool, State, Status
from intake.tracker import GitHubLogin, Tracker, TrackerUnavailable, marker_line
from intake.tracker.folder import FolderTracker
from intake.tracker.github import GitHubTracker
from workplace import LOST_CONTACT as FACTS
from workplace import Clock

NOW = 1_795_000_000
NUMBER = "+447700900001"


@dataclass
class Office:
    """One team's tracker on GitHub's stand-in, its spool, and who follows it."""

    spool: Spool
    stand_in: GitHubStandIn
    tracker: Tracker
    form: Form
    clock: Clock
    database: str

    def file(self, token: int = 0) -> str:
        """One more case, filed as the courier files it."""
        new = NewReport(token.to_bytes(16, "big"), bytes(32), FACTS, {}, bytes(32))
        case, _ = self.spool.accept(new, NOW)
        labels, title = issue.labels(self.form, FACTS), issue.title(self.form, FACTS, case)
        number = self.stand_in.add_issue(title, marker_line(case), labels)
        self.spool.move(case, State.VERIFIED, NOW, number)
        return case

    def say(self, text: str, number: int = 1) -> int:
        """A comment of a person a minute later."""
        self.clock.seconds += 60
        return self.stand_in.add_comment(number, text)

    def follow(self) -> None:
        """Look, and write what has to be said about it."""
        Follower(self.spool, self.tracker, 0, self.clock).follow()
        self.deliver()

    def deliver(self) -> None:
        """Let a worker write what waits."""
        Courier(
            self.spool, self.tracker, self.form, "https://contoh.example/", 120, "a", self.clock
        ).deliver()

    def labels(self, kind: str = "", number: int = 1) -> list[str]:
        """The labels of an issue that begin so."""
        return sorted(n for n in self.stand_in.issues[number].labels if n.startswith(kind))

    def relabel(self, *labels: str, without: str = "") -> None:
        """A person changes the labels of the first issue."""
        kept = self.stand_in.issues[1]
        self.clock.seconds += 60
        kept.updated_at = self.clock.seconds
        kept.labels = [n for n in kept.labels if not (without and n.startswith(without))]
        kept.labels += [self.stand_in.labels.setdefault(n.casefold(), n) for n in labels]

    def written(self, word: str) -> list[str]:
        """The program's own comments of that word, below the first issue."""
        return [b for b in self.stand_in.bodies(1) if b.startswith(f"<!-- intake {word} ")]

    def rows(self, query: str) -> list[Any]:
        """What stands in the database."""
        return rows(self.database, query)


@pytest.fixture
def office(database_url: str, form: Form) -> Iterator[Office]:
    """An office with one case, filed as issue 1."""
    clock = Clock(NOW)
    stand_in = GitHubStandIn(clock)
    login = GitHubLogin(token=TOKEN, api=stand_in.url)
    spool = Spool(database_url)
    tracker = GitHubTracker("aman/laporan", login, pace=0, timeout=1)
    made = Office(spool, stand_in, tracker, form, clock, database_url)
    made.file()
    try:
        yield made
    finally:
        spool.close()
        stand_in.close()
    assert stand_in.failures == []


@pytest.fixture
def case(office: Office) -> str:
    """The first case's number."""
    found = office.spool.case_of_issue(1)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def block(recipients: tuple[tuple[PublicKey, PrivateKey], ...]) -> str:
    """A sealed block as it is pasted."""
    sealed = seal(b"x", [public for public, _ in recipients])
    return f"\n\n```json\n{json.dumps(sealed)}\n```\n"


# --- status ---


@pytest.mark.parametrize(
    ("word", "label", "status"),
    [
        ("/dibaca", "status: dibaca", Status.READ),
        ("/ditangani", "status: ditangani", Status.WORKING),
        ("/menunggu", "status: menunggu jawaban", Status.WAITING),
        ("/diteruskan", "status: diteruskan", Status.PASSED_ON),
        ("/selesai", "status: selesai", Status.CLOSED),
    ],
)
def test_status_by_command(
    office: Office, case: str, word: str, label: str, status: Status
) -> None:
    """One label is left, the PIN shows it, and only the last of them closes the issue."""
    office.say(word)
    office.follow()
    assert office.labels("status") == [label]
    found = office.spool.of_case(case)
    assert found is not None
    assert found.status is status
    assert (office.stand_in.issues[1].state == "closed") is (status is Status.CLOSED)


def test_two_statuses_are_mended(office: Office) -> None:
    """What a person added is meant; the one from before goes."""
    office.relabel("status: ditangani")
    office.follow()
    assert office.labels("status") == ["status: ditangani"]
    office.relabel("status: dibaca")
    office.follow()
    assert office.labels("status") == ["status: dibaca"]


def test_card_without_status_gets_one(office: Office) -> None:
    """Whoever took it away looked at the case."""
    office.relabel(without="status")
    office.follow()
    assert office.labels("status") == ["status: dibaca"]


def test_closing_and_opening_again_by_hand(office: Office, case: str) -> None:
    """The label follows the button: closed, then being worked on."""
    office.relabel()
    office.stand_in.issues[1].state = "closed"
    office.follow()
    assert office.labels("status") == ["status: selesai"]
    office.relabel()
    office.stand_in.issues[1].state = "open"
    office.follow()
    assert office.labels("status") == ["status: ditangani"]
    found = office.spool.of_case(case)
    assert found is not None
    assert [step.status for step in found.events] == ["received", "closed", "working"]


def test_label_of_the_end_closes_the_issue(office: Office) -> None:
    """So that it is deleted in its time, at the tracker too."""
    office.relabel("status: selesai")
    office.follow()
    assert office.stand_in.issues[1].state == "closed"
    assert office.labels("status") == ["status: selesai"]


def test_withdrawal_stays_beside_the_status(office: Office, case: str) -> None:
    """Restored, the case is where it was."""
    office.spool.withdraw(case, office.clock())
    office.deliver()
    office.follow()
    assert office.labels("status") == ["status: baru", "status: ditarik"]


# --- urgency ---


def test_urgency_is_raised_by_label(office: Office, case: str) -> None:
    """Label, title and what the alerts count; the old label goes."""
    office.relabel("darurat: merah")
    office.follow()
    assert office.labels("darurat") == ["darurat: merah"]
    assert office.stand_in.issues[1].title == f"MERAH · {case}"
    assert office.spool.unread() == {"red": NOW}
    assert office.written("kept") == []


@pytest.mark.parametrize("label", ["darurat: hijau", ""])
def test_urgency_is_not_lowered_by_label(office: Office, case: str, label: str) -> None:
    """Set back, with one sentence a day that says how to do it."""
    for _ in range(2):
        office.relabel(*filter(None, [label]), without="darurat")
        office.follow()
        assert office.labels("darurat") == ["darurat: kuning"]
    assert office.stand_in.issues[1].title == f"KUNING · {case}"
    assert office.written("kept") == [
        f"<!-- intake kept {case} 2026-11-18 -->\n\n{casework.KEPT}\n"
    ]


def test_urgency_is_lowered_by_command(office: Office, case: str) -> None:
    """And it stays so, although a label was there before."""
    office.say("/darurat hijau")
    office.follow()
    office.follow()
    assert office.labels("darurat") == ["darurat: hijau"]
    assert office.stand_in.issues[1].title == f"HIJAU · {case}"
    assert office.spool.unread() == {"green": NOW}
    assert office.written("kept") == []


def test_lower_label_beside_the_right_one_goes(office: Office) -> None:
    """Two urgencies: the higher one is meant, and nothing has to be said."""
    office.relabel("darurat: hijau")
    office.follow()
    assert office.labels("darurat") == ["darurat: kuning"]
    assert office.written("kept") == []


# --- teams and volunteers ---


def test_another_team_is_chosen(office: Office) -> None:
    """One team by command; two by label are left, since two may share a case."""
    assert office.labels("tim") == ["tim: kontak"]
    office.say("/tim dokumen")
    office.follow()
    assert office.labels("tim") == ["tim: dokumen"]
    office.relabel("tim: umum")
    office.follow()
    assert office.labels("tim") == ["tim: dokumen", "tim: umum"]


def test_shared_case_bears_the_mark(office: Office, case: str, block: str) -> None:
    """From new it is being worked on; whoever was further stays there."""
    office.say(f"<!-- intake share {case} 7K2Q -->{block}")
    office.follow()
    assert office.labels("relawan") == ["relawan: 7K2Q"]
    assert office.labels("status") == ["status: ditangani"]
    office.say("/menunggu")
    office.say(f"<!-- intake share {case} 9XYZ -->{block}")
    office.follow()
    assert office.labels("relawan") == ["relawan: 7K2Q", "relawan: 9XYZ"]
    assert office.labels("status") == ["status: menunggu jawaban"]


@pytest.mark.parametrize("body", ["", "\n\n```json\n{}\n```\n"])
def test_what_is_not_whole_shares_nothing(
    office: Office, case: str, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A block that was cut is said in the log; the right one, pasted into it, is taken."""
    comment = office.say(f"<!-- intake share {case} 7K2Q -->{body}")
    office.follow()
    assert office.labels("relawan") == []
    assert "what was shared is not whole" in caplog.text
    assert comment in office.stand_in.written


def test_case_is_given_back(office: Office) -> None:
    """Only that volunteer's label goes."""
    for text in ("/relawan 7K2Q", "/relawan 9XYZ", "/lepas 7k2q"):
        office.say(text)
    office.follow()
    assert office.labels("relawan") == ["relawan: 9XYZ"]


def test_lost_key_is_struck_out_of_every_open_case(office: Office) -> None:
    """In one step, and each of them says that it needs another volunteer."""
    for token in (1, 2, 3):
        office.file(token)
    for number in (1, 2, 3):
        office.say("/relawan 7K2Q", number)
    office.say("/relawan 9XYZ", 2)
    office.say("/selesai", 3)
    office.follow()
    office.say("/coret 7K2Q", 1)
    office.follow()
    assert [office.labels("relawan", n) for n in (1, 2, 3, 4)] == [
        [], ["relawan: 9XYZ"], ["relawan: 7K2Q"], [],
    ]  # fmt: skip
    assert [SHARE_AGAIN in office.labels("", n) for n in (1, 2, 3, 4)] == [True, True, False, False]
    office.say("/relawan 4ABC", 1)
    office.follow()
    assert SHARE_AGAIN not in office.labels()


# --- clocks ---


def test_clock_is_set_moved_and_stopped(office: Office, case: str) -> None:
    """One day for each name; an answer stops them all."""
    for text in (
        "/tenggat komitmen 2026-11-30",
        "/tenggat lpsk 2026-12-15",
        "/tenggat komitmen 2026-12-02",
    ):
        office.say(text)
    office.follow()
    assert office.rows("SELECT * FROM clocks ORDER BY name") == [
        (case, "komitmen", "2026-12-02"),
        (case, "lpsk", "2026-12-15"),
    ]
    office.say("/dijawab")
    office.follow()
    assert office.rows("SELECT * FROM clocks") == []


@pytest.mark.parametrize(
    "text", ["/selesaikan", "/tim tidak-ada", "/tenggat tidak-ada 2026-11-30", "/darurat biru"]
)
def test_unknown_command_is_answered_once(office: Office, case: str, text: str) -> None:
    """With a fixed sentence that does not repeat it."""
    comment = office.say(text)
    office.follow()
    office.follow()
    assert office.written("unknown") == [
        f"<!-- intake unknown {case} {comment} -->\n\n{casework.UNKNOWN}\n"
    ]


# --- numbers in the clear ---


def test_comment_with_a_number_is_hidden_and_warned(
    office: Office, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The number is nowhere but in that comment: not in log, warning, label, request, database."""
    caplog.set_level(logging.DEBUG)
    comment = office.say(f"Ibu bisa ditelepon di {NUMBER}")
    for _ in range(3):
        office.follow()
    assert office.stand_in.minimized == {comment}
    assert office.written("warning") == [
        f"<!-- intake warning {case} {comment} -->\n\n{casework.WARNING}\n"
    ]
    assert NO_NAMES in office.labels()
    assert "held a number in the clear" in caplog.text
    assert NUMBER not in caplog.text
    assert NUMBER[1:].encode() not in content(office.database)
    assert NUMBER not in str([request.body for request in office.stand_in.requests])


def test_hidden_comment_is_not_hidden_again_when_it_changes(office: Office) -> None:
    """GitHub may count hiding as a change; that must not go round in circles."""
    comment = office.say(NUMBER)
    office.follow()
    asked = len([r for r in office.stand_in.sent("POST") if r.path == "/graphql"])
    office.stand_in.written[comment].updated_at = office.clock.seconds + 30
    office.clock.seconds += 60
    office.follow()
    assert len([r for r in office.stand_in.sent("POST") if r.path == "/graphql"]) == asked == 1


def test_number_that_is_edited_into_a_comment_is_found(office: Office) -> None:
    """A harmless comment that was seen may be changed later."""
    comment = office.say("rapat besok")
    office.follow()
    kept = office.stand_in.written[comment]
    office.clock.seconds += 60
    kept.body, kept.updated_at = f"rapat besok, {NUMBER}", office.clock.seconds
    office.follow()
    assert office.stand_in.minimized == {comment}


def test_login_that_may_not_hide_still_warns(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Other cases go on; the log says what right is missing, and it is tried again."""
    office.say(NUMBER)
    refused = '{"data": null, "errors": [{"type": "FORBIDDEN", "message": "no"}]}'
    office.stand_in.faults.append(Fault(200, method="POST", path="/graphql", body=refused))
    office.follow()
    assert len(office.written("warning")) == 1
    assert "give it write access" in caplog.text
    office.follow()
    assert len(office.stand_in.minimized) == 1
    assert len(office.written("warning")) == 1


def test_nothing_sealed_is_hidden(office: Office, case: str, block: str) -> None:
    """Notes, shared cases and answers, and everything that the program writes."""
    office.say(f"<!-- intake note {case} -->{block}")
    office.say(f"<!-- intake share {case} 7K2Q -->{block}")
    office.say("/tenggat komitmen 2026-11-30")
    office.say("/salah")
    office.relabel(without="darurat")
    for _ in range(3):
        office.follow()
    assert office.stand_in.minimized == set()
    assert NO_NAMES not in office.labels()


# --- exactly once ---


def test_command_is_heeded_once(office: Office) -> None:
    """A person who goes on by label is not set back by the command that is still in the list."""
    office.say("/ditangani")
    office.follow()
    office.relabel("status: menunggu jawaban", without="status")
    for _ in range(3):
        office.follow()
    assert office.labels("status") == ["status: menunggu jawaban"]


COMMANDS: list[str] = [
    "/selesai", "/darurat hijau", "/darurat merah", "/tim umum", "/relawan 7K2Q",
    "/coret 9XYZ", "/tenggat lpsk 2026-12-15", NUMBER, "/salah",
]  # fmt: skip


@pytest.mark.parametrize("text", COMMANDS)
@pytest.mark.parametrize("at", range(9))
def test_fault_at_any_request_changes_nothing_in_the_end(
    office: Office, text: str, at: int
) -> None:
    """Down at the first, second, ... request, then again: the same card as without a fault."""
    office.stand_in.labels["relawan: 9xyz"] = "relawan: 9XYZ"
    office.stand_in.issues[1].labels.append("relawan: 9XYZ")
    office.say(text)
    _fail_at(office.stand_in, at)
    for _ in range(4):
        office.clock.seconds += 60
        try:
            office.follow()
        except TrackerUnavailable:
            continue
    _check_outcome(office, text)


def _fail_at(stand_in: GitHubStandIn, at: int) -> None:
    """Have the request after `at` more of them fail, whatever it is."""
    take: Callable[[str, str], Fault | None] = stand_in._take_fault
    seen = iter(range(at + 1))

    def fail(method: str, path: str) -> Fault | None:
        return DOWN if next(seen, None) == at else take(method, path)

    stand_in._take_fault = fail  # type: ignore[method-assign]


def _check_outcome(office: Office, text: str) -> None:
    state = office.stand_in.issues[1].state
    word, _, rest = text.partition(" ")
    outcomes: dict[str, Callable[[], bool]] = {
        "/selesai": lambda: (office.labels("status"), state) == (["status: selesai"], "closed"),
        "/darurat": lambda: office.labels("darurat") == [f"darurat: {rest}"],
        "/tim": lambda: office.labels("tim") == [f"tim: {rest}"],
        "/relawan": lambda: f"relawan: {rest}" in office.labels("relawan"),
        "/coret": lambda: office.labels("relawan") == [] and SHARE_AGAIN in office.labels(),
        "/tenggat": lambda: len(office.rows("SELECT * FROM clocks")) == 1,
        NUMBER: lambda: bool(office.stand_in.minimized) and len(office.written("warning")) == 1,
        "/salah": lambda: len(office.written("unknown")) == 1,
    }
    assert outcomes[word]()
    assert office.written("kept") == []
    assert len(office.labels("status")) == len(office.labels("darurat")) == 1


def test_quiet_round_asks_three_times(office: Office) -> None:
    """Thirty cases in order cost no more than one."""
    for token in range(1, 30):
        office.file(token)
    office.follow()
    before = len(office.stand_in.requests)
    Follower(office.spool, office.tracker, 0, office.clock).follow()
    assert len(office.stand_in.requests) - before <= 4


def test_issue_that_goes_meanwhile_stops_nobody(office: Office) -> None:
    """Somebody deletes the issue between the list and the command."""
    office.file(1)
    office.say("/dibaca", 1)
    office.say("/dibaca", 2)
    listed = office.tracker.updated_since

    def then_deleted(time: int) -> list[Any]:
        found = listed(time)
        office.stand_in.issues[1].labels = ["status: baru"]
        comments = dict(office.stand_in.written)
        office.stand_in.delete(1)
        office.stand_in.written = comments
        return found

    office.tracker.updated_since = then_deleted  # type: ignore[method-assign]
    Follower(office.spool, office.tracker, 0, office.clock).follow()
    assert office.labels("status", 2) == ["status: dibaca"]


def test_erased_case_leaves_nothing_of_its_work(office: Office, case: str) -> None:
    """What was heeded, remarked, clocked and noted goes with it."""
    for text in ("/tenggat lpsk 2026-12-15", "/salah", "/selesai"):
        office.say(text)
    office.follow()
    later = office.clock() + 1
    assert office.spool.erase(case, later, later, UTC)
    for table in ("remarks", "heeded", "care", "clocks"):
        assert office.rows(f"SELECT * FROM {table}") == []


# --- a folder ---


def test_folder_is_kept_in_order_alike(tmp_path: Path, form: Form) -> None:
    """Commands in files of any name, a raised label, a number: as at GitHub."""
    clock, folder = Clock(NOW), FolderTracker(tmp_path / "tracker")
    spool = Spool(f"sqlite:///{tmp_path}/spool.db")
    case, _ = spool.accept(NewReport(bytes(16), bytes(32), FACTS, {}, bytes(32)), NOW)
    labels = issue.labels(form, FACTS)
    number = folder.create(issue.title(form, FACTS, case), labels, marker_line(case))
    spool.move(case, State.VERIFIED, NOW, number)
    beside = tmp_path / "tracker" / case
    beside.mkdir()
    for name, text in (("a", "/ditangani"), ("b", "/darurat merah"), ("c", NUMBER)):
        (beside / f"{name}.md").write_text(text, encoding="utf-8")
        os.utime(beside / f"{name}.md", (NOW + 5, NOW + 5))
    courier = Courier(spool, folder, form, "https://contoh.example/", 120, "a", clock)
    for _ in range(3):
        clock.seconds += 60
        Follower(spool, folder, 0, clock).follow()
        courier.deliver()
    card = folder.read(number)
    assert card.title == f"MERAH · {case}"
    assert {"status: ditangani", "darurat: merah", NO_NAMES} <= set(card.labels)
    assert LATE not in card.labels
    shown = [comment.body for comment in folder.comments(number)]
    assert NUMBER not in "".join(shown)
    assert sum(body.startswith("<!-- intake warning") for body in shown) == 1
    spool.close()

"""The audit finds whatever differs between spool and tracker, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from github_stand_in import OWNER_TOKEN, GitHubStandIn
from intake import commands, database
from intake.audit import FOLLOWED_SECONDS, Audit
from intake.delivery import Courier
from intake.issue import WITHDRAWN
from intake.purge import Deadlines
from intake.spool import NewAddition, NewReport, Spool, State, Status
from intake.tracker import GitHubLogin, Tracker, marker_line
from intake.tracker.folder import FolderTracker
from intake.tracker.github import GitHubTracker
from workplace import LOST_CONTACT, Clock, sealed_report, set_up, the_form

NOW = 1_795_000_000
DAY = 86_400
CANARY = "kenari-7f3a"
ANSWERS: dict[str, str | list[str]] = {
    "who": "me", "safe": "yes", "problem": ["question"], "stage": "not-yet-left",
    "country": "MY", "regency": "33.02", "contact": "i-come-back",
}  # fmt: skip
Place = Path | GitHubStandIn


@dataclass
class Pair:
    """A spool and a tracker that agree about two cases, the first with an addition."""

    spool: Spool
    tracker: Tracker
    clock: Clock
    place: Place | None
    cases: list[str] = field(default_factory=list)

    def deliver(self) -> None:
        """File whatever is due."""
        site = "https://contoh.example/"
        Courier(self.spool, self.tracker, the_form(), site, 120, "w", self.clock).deliver()

    def audit(self, later: int = 10 * FOLLOWED_SECONDS) -> list[str]:
        """Every finding, some time after the last change."""
        newest = max(issue.updated_at for issue in self.tracker.updated_since(0))
        now = newest + later
        deadlines = Deadlines.at(now, 90)
        before = [self.tracker.updated_since(0), self.tracker.comments_since(0), self.spool.kept()]
        lines = list(Audit(self.spool, self.tracker, the_form(), deadlines, now).run())
        after = [self.tracker.updated_since(0), self.tracker.comments_since(0), self.spool.kept()]
        assert after == before, "an audit changes nothing"
        assert CANARY not in "\n".join(lines)
        return lines

    def number(self, place: int) -> int:
        """The issue of that case."""
        number = self.spool.kept()[self.cases[place]].number
        assert number is not None
        return number

    def change(self, place: int, old: str, new: str) -> None:
        """Somebody edits title and body of that issue."""
        if isinstance(self.place, Path):
            file = self.place / f"{self.cases[place]}.md"
            text = file.read_text(encoding="utf-8")
            assert old in text
            file.write_text(text.replace(old, new), encoding="utf-8")
            return
        assert self.place is not None
        issue = self.place.issues[self.number(place)]
        body = issue.body or ""
        assert old in issue.title + body
        issue.title, issue.body = issue.title.replace(old, new), body.replace(old, new)

    def drop_comment(self, place: int, comment: int) -> None:
        """Somebody deletes a comment."""
        if isinstance(self.place, Path):
            (self.place / self.cases[place] / f"{comment:04}.md").unlink()
            return
        assert self.place is not None
        del self.place.written[comment]


def github(stand_in: GitHubStandIn) -> GitHubTracker:
    """A login that may also delete."""
    login = GitHubLogin(token=OWNER_TOKEN, api=stand_in.url)
    return GitHubTracker("aman/laporan", login, pace=0, timeout=5)


def filled(
    spool: Spool, tracker: Tracker, sealed: dict[str, Any], place: Place | None = None
) -> Pair:
    """Two filed cases, the first with an addition."""
    pair = Pair(spool, tracker, Clock(NOW), place)
    for token in (1, 2):
        raw = token.to_bytes(16, "big")
        new = NewReport(raw, bytes(32), LOST_CONTACT, sealed, raw * 2)
        pair.cases.append(spool.accept(new, NOW)[0])
    pair.deliver()
    spool.add(pair.cases[0], NewAddition(b"a" * 16, bytes(32), sealed), NOW)
    pair.deliver()
    return pair


@pytest.fixture(scope="module")
def sealed() -> dict[str, Any]:
    """A sealed report."""
    return dict(sealed_report(ANSWERS)[0]["sealed"])


@pytest.fixture(params=["folder", "github"])
def pair(
    request: pytest.FixtureRequest, database_url: str, sealed: dict[str, Any]
) -> Iterator[Pair]:
    """The two, filled, with each kind of tracker."""
    with closing(Spool(database_url)) as spool:
        if request.param == "folder":
            folder: Path = request.getfixturevalue("tmp_path") / "tracker"
            yield filled(spool, FolderTracker(folder), sealed, folder)
        else:
            stand_in: GitHubStandIn = request.getfixturevalue("stand_in")
            yield filled(spool, github(stand_in), sealed, stand_in)


def test_what_agrees_has_no_finding(pair: Pair) -> None:
    """A filed case, its addition, and one that still waits."""
    assert pair.audit() == []
    sealed = pair.spool.sealed(pair.cases[0])
    assert sealed is not None
    pair.spool.accept(NewReport(b"w" * 16, bytes(32), LOST_CONTACT, sealed, bytes(32)), NOW)
    assert pair.audit() == []


def test_deleted_issue_is_missing(pair: Pair) -> None:
    """It is named and not filed again."""
    number = pair.number(1)
    pair.tracker.delete(number)
    assert pair.audit() == [f"{pair.cases[1]}: issue {number} is missing at the tracker"]


@pytest.mark.parametrize("act", ["withdrawn", "closed", "closed test"])
def test_what_purge_deleted_first_there_is_no_finding(pair: Pair, act: str) -> None:
    """The spool's turn comes within a day."""
    if act == "withdrawn":
        pair.spool.withdraw(pair.cases[1], NOW)
    elif act == "closed":
        pair.spool.reach(pair.cases[1], Status.CLOSED, NOW - 91 * DAY)
    else:
        pair.spool.reach(pair.cases[1], Status.CLOSED, NOW)
        with pair.spool.transaction() as connection:
            connection.execute(database.reports.update().values(trial=True))
    pair.tracker.delete(pair.number(1))
    assert pair.audit() == []


def test_unknown_case_is_extra(pair: Pair) -> None:
    """A report that a restored spool lacks, or one that was copied here."""
    number = pair.tracker.create(
        "KUNING · K7Q2-9MPA", ["status: baru"], marker_line("K7Q2-9MPA") + f"\n{CANARY}"
    )
    assert pair.audit() == [f"K7Q2-9MPA: issue {number} is extra: no such case is kept here"]


def test_extra_issue_that_purge_deletes_is_no_finding(pair: Pair) -> None:
    """Here the spool went first."""
    case, number = pair.cases[1], pair.number(1)
    pair.spool.withdraw(case, NOW)
    pair.deliver()
    assert pair.spool.erase(case, NOW, 0, UTC) is True
    assert pair.audit(later=2 * DAY) == []
    assert pair.tracker.read(number).number == number


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("<!-- intake", "<!-- was", "its marker line is gone"),
        ("KUNING", "Siti", "its title says something else"),
        ('"ciphertext":"', '"ciphertext":"AAAA', "its sealed report is another"),
        ('"ciphertext":', f'"{CANARY}":', "its sealed report is another"),
    ],
)
def test_altered_issue_is_named(pair: Pair, old: str, new: str, finding: str) -> None:
    """Its marker, its title or its sealed report; the other case is well."""
    pair.change(1, old, new)
    number = pair.number(1)
    assert pair.audit() == [f"{pair.cases[1]}: issue {number} is altered: {finding}"]


def test_other_recipients_are_no_alteration(pair: Pair) -> None:
    """Sealed anew to today's keys, the report is the same."""
    sealed = pair.spool.sealed(pair.cases[1])
    assert sealed is not None
    last = json.dumps(sealed["recipients"][-1], separators=(",", ":"))
    pair.change(1, "," + last, "")
    assert pair.audit() == []


def test_addition_that_is_gone_or_altered_is_named(pair: Pair) -> None:
    """By its comment's number."""
    number = pair.number(0)
    (comment,) = pair.tracker.comments(number)
    line, _, rest = comment.body.partition("\n")
    place = f"{pair.cases[0]}: comment {comment.id} of issue {number}"
    pair.tracker.amend(number, comment.id, f"{line}\n{CANARY}")
    assert pair.audit() == [f"{place} is altered: it held an addition"]
    pair.tracker.amend(number, comment.id, f"{line}\n{rest}")
    assert pair.audit() == []
    pair.drop_comment(0, comment.id)
    assert pair.audit() == [f"{place} is missing: it held an addition"]


def test_status_that_was_never_followed_is_named(pair: Pair) -> None:
    """After a quarter of an hour; before it the worker may be on its way."""
    pair.tracker.set_state(pair.number(1), "closed")
    place = f"{pair.cases[1]}: issue {pair.number(1)}"
    assert pair.audit(later=FOLLOWED_SECONDS - 1) == []
    assert pair.audit() == [
        f"{place} has another status than is kept here: look whether intake deliver runs"
    ]
    pair.spool.reach(pair.cases[1], Status.CLOSED, NOW)
    assert pair.audit() == []


def test_withdrawal_on_one_side_only_is_named(pair: Pair) -> None:
    """The tracker's label without our withdrawal, and ours without the label."""
    first, second = (f"{case}: issue {pair.number(n)}" for n, case in enumerate(pair.cases))
    pair.tracker.set_label(pair.number(0), WITHDRAWN)
    pair.spool.withdraw(pair.cases[1], NOW)
    assert pair.audit() == [f"{first} shows a withdrawal that is not kept here"]
    letter = pair.spool.due_notice(NOW)
    assert letter is not None
    pair.spool.move_letter(letter, State.VERIFIED, NOW, 1)
    assert pair.audit() == sorted(
        [
            f"{first} shows a withdrawal that is not kept here",
            f"{second} does not show that the case was withdrawn",
        ]
    )


def test_two_issues_of_a_case_are_named(
    stand_in: GitHubStandIn, database_url: str, sealed: dict[str, Any]
) -> None:
    """A person decides which one stays."""
    with closing(Spool(database_url)) as spool:
        pair = filled(spool, github(stand_in), sealed)
        number = pair.number(1)
        found = pair.tracker.read(number)
        other = pair.tracker.create(found.title, found.labels, found.body)
        assert pair.audit() == [
            f"{pair.cases[1]}: issues {number}, {other} are all of this case: "
            "keep one, delete the rest"
        ]


def test_issue_that_lists_do_not_show_yet_is_not_missing(
    stand_in: GitHubStandIn, database_url: str, sealed: dict[str, Any]
) -> None:
    """It is asked for by its number first."""
    with closing(Spool(database_url)) as spool:
        pair = filled(spool, github(stand_in), sealed)
        shown = pair.tracker.updated_since(0)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(GitHubTracker, "updated_since", lambda *_: shown[:1])
            assert pair.audit() == []


def test_command_ends_with_one_when_something_is_found(
    tmp_path: Path,
    sealed: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And with 0 when nothing is."""
    monkeypatch.setattr("intake.settings.load_form", lambda _path, _region: the_form())
    place = set_up(tmp_path)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    with closing(Spool(place.settings.database)) as spool:
        pair = filled(spool, place.settings.open_tracker(), sealed)
        number = pair.number(1)
        assert commands.main(["doctor", "--audit"]) == 0
        assert capsys.readouterr().out == "2 cases compared, 0 findings\n"
        pair.tracker.delete(number)
        assert commands.main(["doctor", "--audit"]) == 1
        assert capsys.readouterr().out == (
            f"{pair.cases[1]}: issue {number} is missing at the tracker\n"
            "2 cases compared, 1 findings\n"
        )

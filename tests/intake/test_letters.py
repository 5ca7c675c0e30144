"""What comes back for a case stands below its issue exactly once, whatever happens on the way.

`Shelf` keeps comments and labels in memory and does at each call what a test asks of it; the same
is walked through with GitHub's stand-in and with a folder.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from databases import rows
from github_stand_in import DOWN, TOKEN, Fault, GitHubStandIn
from intake import issue, letters
from intake.delivery import TURN_SECONDS, Courier
from intake.form import Form
from intake.sealing import PrivateKey, PublicKey, find_sealed, seal
from intake.spool import LONGEST_WAIT_SECONDS, Kind, NewAddition, NewReport, Spool, State
from intake.tracker import (
    Comment,
    GitHubLogin,
    InDoubt,
    Issue,
    IssueGone,
    Label,
    Misconfigured,
    Tracker,
    TrackerUnavailable,
    marker_line,
)
from intake.tracker.folder import FolderTracker
from intake.tracker.github import GitHubTracker
from workplace import LOST_CONTACT as FACTS
from workplace import Clock, Crash

NOW = 1_795_000_000
SETTLE = 120
CANARY = "kenari-7f3a"


@dataclass
class Shelf:
    """One issue in memory. `plan` names, call by call, what happens; then all goes well."""

    database: str
    clock: Clock
    plan: list[str] = field(default_factory=list)
    lag: int = 0
    labels: list[str] = field(default_factory=lambda: [issue.NEW])
    kept: list[Comment] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    gone: bool = False
    filed: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)

    def check(self) -> None:
        """All is well."""

    def create(self, title: str, labels: Sequence[str], body: str) -> int:
        self.gone, self.kept = False, []
        self.filed.append((title, tuple(labels), body))
        return 8

    def fill(self, number: int, body: str) -> None:
        raise Misconfigured(f"Issue {number} takes no {len(body)} characters here.")

    def read(self, number: int) -> Issue:
        raise NotImplementedError

    def time(self) -> int | None:
        return None

    def find(self, marker: str, since: int = 0) -> int | None:
        raise NotImplementedError

    def updated_since(self, time: int) -> list[Issue]:
        raise NotImplementedError

    def comments_since(self, time: int) -> list[Comment]:
        raise NotImplementedError

    def amend(self, number: int, comment: int, body: str) -> None:
        raise NotImplementedError

    def set_state(self, number: int, state: str) -> None:
        raise NotImplementedError

    def delete(self, number: int) -> None:
        raise NotImplementedError

    def set_title(self, number: int, title: str) -> None:
        raise NotImplementedError

    def hide(self, number: int, comment: int) -> None:
        raise NotImplementedError

    def known_labels(self) -> list[Label]:
        raise NotImplementedError

    def save_label(self, label: Label, known: bool) -> None:
        raise NotImplementedError

    def login_expires_at(self) -> int | None:
        raise NotImplementedError

    def comments(self, number: int) -> list[Comment]:
        shown = [kept for kept in self.kept if kept.created_at + self.lag <= self.clock()]
        found: list[Comment] = self._act("comments", number, lambda: shown)
        return found

    def comment(self, number: int, body: str) -> int:
        def act() -> int:
            at = self.clock()
            self.kept.append(Comment(len(self.kept) + 1, number, body, at, at))
            return len(self.kept)

        return int(self._act("comment", number, act))

    def set_label(self, number: int, label: str) -> None:
        def act() -> None:
            self.labels = [kept for kept in self.labels if kept != label] + [label]

        self._act("set", number, act)

    def remove_label(self, number: int, label: str) -> None:
        def act() -> None:
            self.labels = [kept for kept in self.labels if kept != label]

        self._act("remove", number, act)

    def _act(self, name: str, number: int, act: Callable[[], Any]) -> Any:
        assert number == 7
        self.calls.append((name, letter_states(self.database)[-1]))
        fault = self.plan.pop(0) if self.plan else "well"
        if self.gone:
            raise IssueGone("The issue is gone.")
        if fault == "crash before":
            raise Crash
        if fault == "down":
            raise TrackerUnavailable("The tracker is down: try again later.")
        if fault == "slow down":
            raise TrackerUnavailable("Slow down.", 40)
        answer = None if fault == "question unheard" else act()
        if fault == "crash after":
            raise Crash
        if fault in ("answer lost", "question unheard"):
            raise InDoubt if name == "comment" else TrackerUnavailable("No answer.")
        return answer


def letter_states(database: str) -> list[str]:
    """The state of every letter as another program reads it from disk."""
    query = "SELECT state FROM notices UNION ALL SELECT state FROM additions"
    return [state for (state,) in rows(database, query)]


@dataclass
class Desk:
    """A spool with one filed case, and workers that deliver from it."""

    spool: Spool
    form: Form
    sealed: dict[str, Any]
    clock: Clock
    database: str
    case: str = ""
    starts: int = 0

    def file(self, number: int = 7) -> None:
        """Keep one report that stands as this issue."""
        new = NewReport(bytes(16), bytes(32), FACTS, self.sealed, bytes(32))
        self.case, _ = self.spool.accept(new, self.clock())
        self.spool.move(self.case, State.VERIFIED, self.clock(), number)

    def add(self, token: int = 1, kind: Kind = Kind.ADDITION) -> None:
        """Keep an addition to the case, or a note on it."""
        new = NewAddition(token.to_bytes(16, "big"), bytes(32), self.sealed, kind)
        self.spool.add(self.case, new, self.clock())

    def courier(self, tracker: Tracker) -> Courier:
        """A worker that has just started."""
        self.starts += 1
        return Courier(
            spool=self.spool,
            tracker=tracker,
            form=self.form,
            site="https://contoh.example/",
            settle_seconds=SETTLE,
            holder=f"worker {self.starts}",
            now=self.clock,
        )

    def run(self, tracker: Tracker, seconds: int = 2_000) -> None:
        """Start workers again and again, through crashes and faults, as time passes."""
        until = self.clock() + seconds
        while self.clock() < until and set(letter_states(self.database)) != {"verified"}:
            try:
                self.courier(tracker).deliver()
            except (Crash, TrackerUnavailable):
                self.clock.seconds += TURN_SECONDS
            self.clock.seconds += 7


@pytest.fixture(scope="module")
def sealed(recipients: tuple[tuple[PublicKey, PrivateKey], ...]) -> dict[str, Any]:
    """A sealed block that holds the canary."""
    return seal(CANARY.encode(), [public for public, _ in recipients])


@pytest.fixture
def desk(database_url: str, form: Form, sealed: dict[str, Any]) -> Iterator[Desk]:
    """A desk with one case, filed as issue 7."""
    spool = Spool(database_url)
    made = Desk(spool, form, sealed, Clock(NOW), database_url)
    made.file()
    yield made
    spool.close()


@pytest.fixture
def shelf(desk: Desk) -> Shelf:
    """An issue in memory on which all goes well."""
    return Shelf(desk.database, desk.clock)


# --- when all goes well ---


@pytest.mark.parametrize("kind", [Kind.ADDITION, Kind.NOTE])
def test_what_is_sealed_becomes_one_comment(desk: Desk, shelf: Shelf, kind: Kind) -> None:
    """A marker with its kind, the case and the token's hash, and the sealed block as it came."""
    desk.add(kind=kind)
    assert desk.courier(shelf).deliver() == 1
    (written,) = shelf.kept
    lines = written.body.splitlines()
    assert lines[:3] == [f"<!-- intake {kind} {desk.case} 7c3ccd10 -->", "", "```json"]
    assert find_sealed(written.body) == desk.sealed
    assert shelf.calls == [("comment", "in doubt")]
    assert desk.courier(shelf).deliver() == 0


def test_withdrawal_shows_label_and_sentence(desk: Desk, shelf: Shelf) -> None:
    """The status from before stays; nothing says why."""
    desk.spool.withdraw(desk.case, NOW)
    assert desk.courier(shelf).deliver() == 1
    assert shelf.labels == ["status: baru", "status: ditarik"]
    assert [kept.body for kept in shelf.kept] == [
        f"<!-- intake withdrawn {desk.case} {NOW} -->\n\n"
        "Orang ini menarik permintaannya. Jangan hubungi lagi. Isinya dihapus dalam 72 jam.\n"
    ]
    assert shelf.calls == [("set", "waiting"), ("comment", "in doubt")]


def test_restoring_takes_the_label_away(desk: Desk, shelf: Shelf) -> None:
    """It has a sentence of its own, and the comment about the withdrawal stays."""
    desk.spool.withdraw(desk.case, NOW)
    desk.courier(shelf).deliver()
    desk.clock.seconds += 9
    desk.spool.restore(desk.case, NOW + 9)
    assert desk.courier(shelf).deliver() == 1
    assert shelf.labels == ["status: baru"]
    assert shelf.kept[1].body == (
        f"<!-- intake restored {desk.case} {NOW + 9} -->\n\n"
        "Orang ini membatalkan penarikan. Permintaannya berlaku lagi.\n"
    )


def test_withdrawal_goes_before_everything_else(desk: Desk, shelf: Shelf) -> None:
    """A report that waits, and an addition that waits, do not delay it."""
    other = NewReport(b"x" * 16, bytes(32), FACTS, desk.sealed, bytes(32))
    desk.add()
    desk.spool.accept(other, NOW)
    desk.spool.withdraw(desk.case, NOW)
    with pytest.raises(Misconfigured):
        desk.courier(shelf).deliver()
    assert [name for name, _ in shelf.calls] == ["set", "comment"]


# --- faults ---

FAULTS = [
    ["question unheard"],
    ["answer lost"],
    ["crash before"],
    ["crash after"],
    ["down", "down"],
    ["slow down"],
    ["answer lost", "down", "crash before"],
    ["question unheard", "crash after", "crash before"],
    ["crash after", "answer lost", "answer lost"],
]


@pytest.mark.parametrize("lag", [0, 60])
@pytest.mark.parametrize("plan", FAULTS, ids=lambda plan: ", ".join(plan))
def test_addition_is_written_once_through_every_fault(
    desk: Desk, shelf: Shelf, plan: list[str], lag: int
) -> None:
    """Also when the list of comments lags behind for a while."""
    shelf.plan, shelf.lag = list(plan), lag
    desk.add()
    desk.run(shelf)
    assert [find_sealed(kept.body) for kept in shelf.kept] == [desk.sealed]
    assert letter_states(desk.database) == ["verified"]


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("plan", FAULTS, ids=lambda plan: ", ".join(plan))
def test_withdrawal_is_shown_once_through_every_fault(
    desk: Desk, shelf: Shelf, plan: list[str], skip: int
) -> None:
    """The fault strikes at the label or at the comment."""
    shelf.plan = ["well"] * skip + list(plan)
    desk.spool.withdraw(desk.case, NOW)
    desk.run(shelf)
    assert [kept.body.splitlines()[0] for kept in shelf.kept] == [
        f"<!-- intake withdrawn {desk.case} {NOW} -->"
    ]
    assert shelf.labels == ["status: baru", "status: ditarik"]


def test_comment_that_a_person_deleted_is_not_written_again(desk: Desk, shelf: Shelf) -> None:
    """Once it was seen there, taking it away is the team's own act."""
    desk.add()
    desk.run(shelf)
    shelf.kept.clear()
    desk.clock.seconds += 9_999
    assert desk.courier(shelf).deliver() == 0
    assert shelf.kept == []


def test_many_additions_each_stand_once(desk: Desk, shelf: Shelf) -> None:
    """Two of one case are told apart by their markers, in doubt too."""
    shelf.plan = ["answer lost", "question unheard", "well", "answer lost"]
    for token in range(1, 5):
        desk.add(token)
    desk.run(shelf)
    first_lines = [kept.body.splitlines()[0] for kept in shelf.kept]
    assert len(first_lines) == len(set(first_lines)) == 4


def test_asked_to_slow_down_the_worker_stops(desk: Desk, shelf: Shelf) -> None:
    """The letter waits as long as it was told to."""
    shelf.plan = ["slow down"]
    desk.add()
    with pytest.raises(TrackerUnavailable):
        desk.courier(shelf).deliver()
    assert desk.spool.due_addition(NOW + 39) is None
    assert desk.spool.due_addition(NOW + 40) is not None


# --- issues that are gone ---


def test_withdrawal_of_a_deleted_issue_is_done(desk: Desk, shelf: Shelf) -> None:
    """Nobody can read it any more, so there is nothing to show."""
    shelf.gone = True
    desk.spool.withdraw(desk.case, NOW)
    desk.courier(shelf).deliver()
    assert letter_states(desk.database) == ["verified"]


def test_case_restored_after_its_issue_was_deleted_is_filed_anew(desk: Desk, shelf: Shelf) -> None:
    """What the person was promised holds: until it is deleted here too, the PIN restores it."""
    desk.add()
    desk.spool.withdraw(desk.case, NOW)
    shelf.plan = []
    desk.courier(shelf).deliver()
    desk.spool.restore(desk.case, NOW)
    shelf.gone = True
    with pytest.raises(Misconfigured):
        desk.courier(shelf).deliver()  # stops at filling, which this shelf does not do
    kept = desk.spool.due(desk.clock())
    assert kept is not None
    assert (kept.case_number, kept.state, kept.number) == (desk.case, State.STUBBED, 8)
    assert letter_states(desk.database) == ["waiting"]


def test_addition_to_a_deleted_issue_waits_and_is_told(
    desk: Desk, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    """It is not lost, and the log names the case and nothing else."""
    shelf.gone = True
    desk.add()
    desk.courier(shelf).deliver()
    assert desk.spool.due_addition(NOW + LONGEST_WAIT_SECONDS - 1) is None
    assert desk.spool.due_addition(NOW + LONGEST_WAIT_SECONDS) is not None
    assert f"{desk.case}: The issue is gone." in caplog.messages


# --- with the real trackers ---


@pytest.fixture
def github(stand_in: GitHubStandIn, desk: Desk) -> GitHubTracker:
    """GitHub's stand-in with the case as issue 7."""
    stand_in.clock = desk.clock  # a doubt is settled by GitHub's own time
    stand_in.deleted = set(range(1, 7))
    stand_in.add_issue("x", marker_line(desk.case), [issue.NEW])
    return GitHubTracker(
        "aman/laporan", GitHubLogin(token=TOKEN, api=stand_in.url), pace=0, timeout=1
    )


@pytest.mark.parametrize(
    "fault",
    [
        Fault(None, after=True, method="POST", path="/comments"),
        Fault(500, after=True, method="POST", path="/comments"),
        Fault(502, method="POST", path="/comments"),
        DOWN,
    ],
)
def test_github_shows_each_letter_once(
    stand_in: GitHubStandIn, github: GitHubTracker, desk: Desk, fault: Fault
) -> None:
    """The connection breaks after creation, or GitHub is down: one comment each in the end."""
    stand_in.faults.extend([fault, fault])
    desk.add()
    desk.run(github)
    stand_in.faults.append(fault)
    desk.spool.withdraw(desk.case, desk.clock())
    desk.run(github)
    first_lines = [body.splitlines()[0].split()[2] for body in stand_in.bodies(7)]
    assert first_lines == ["addition", "withdrawn"]
    assert stand_in.issues[7].labels == ["status: baru", "status: ditarik"]


def test_lagging_list_of_comments_makes_no_second_one(
    stand_in: GitHubStandIn, github: GitHubTracker, desk: Desk
) -> None:
    """While GitHub's list does not show it yet, the worker waits."""
    stand_in.hide_new_comments = True
    stand_in.faults.append(Fault(None, after=True, method="POST", path="/comments"))
    desk.add()
    for _ in range(3):
        desk.courier(github).deliver()
        desk.clock.seconds += 20
    assert len(stand_in.bodies(7)) == 1
    stand_in.hidden_comments.clear()
    desk.run(github)
    assert len(stand_in.bodies(7)) == 1


def test_folder_holds_letters_and_no_word(desk: Desk, tmp_path: Path) -> None:
    """Files beside the issue, which hold ciphertext and fixed sentences."""
    folder = FolderTracker(tmp_path / "tracker")
    number = folder.create("x", [issue.NEW], marker_line(desk.case))
    desk.spool.move(desk.case, State.VERIFIED, NOW, number)
    desk.add()
    desk.run(folder)
    desk.spool.withdraw(desk.case, NOW)
    desk.run(folder)
    files = sorted((tmp_path / "tracker" / desk.case).iterdir())
    assert [path.name for path in files] == ["0001.md", "0002.md"]
    assert all(CANARY not in path.read_text(encoding="utf-8") for path in files)
    assert folder.read(number).labels == ("status: baru", "status: ditarik")


# --- privacy ---


def test_letters_show_no_content(
    desk: Desk, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither log nor `repr` of a letter or courier holds what was sealed or a token."""
    caplog.set_level(logging.DEBUG)
    shelf.plan = ["answer lost"]
    desk.add()
    letter = desk.spool.due_addition(NOW)
    assert letter is not None
    desk.run(shelf)
    ciphertext = desk.sealed["ciphertext"]
    for shown in (repr(letter), repr(replace(letter, attempts=1)), caplog.text):
        assert ciphertext not in shown
        assert json.dumps(desk.sealed) not in shown
    assert letters.marker(letter).startswith("<!-- intake addition ")

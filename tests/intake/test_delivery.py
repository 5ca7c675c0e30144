"""Every kept report becomes exactly one issue that holds it, whatever happens on the way.

`Shelf` is a tracker in memory that looks at the spool's file whenever it is called, and does at
each call what a test asks of it: fail, answer nothing, lag, or go down with the whole machine.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from databases import rows
from intake import issue
from intake.delivery import CHECK_SECONDS, TURN_SECONDS, Courier
from intake.form import Form
from intake.sealing import PrivateKey, PublicKey, find_sealed, open_sealed, seal
from intake.spool import LONGEST_WAIT_SECONDS, NewReport, Spool, State
from intake.tracker import (
    Comment,
    InDoubt,
    Issue,
    IssueGone,
    Label,
    Misconfigured,
    TrackerUnavailable,
    has_marker,
    marker_line,
)
from intake.tracker.folder import FolderTracker
from workplace import LOST_CONTACT as FACTS
from workplace import Clock, Crash

START = 1_795_000_000
SETTLE = 120
SITE = "https://contoh.example/"
CANARY = "kenari-7f3a"


@dataclass
class Shelf:
    """A tracker in memory. `plan` names, call by call, what happens; then all goes well."""

    database: str
    clock: Clock
    plan: list[str] = field(default_factory=list)
    lag: int = 0
    issues: dict[int, Issue] = field(default_factory=dict)
    born: dict[int, int] = field(default_factory=dict)
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    filled: int = 0  # the issue that was filled last
    on_create: Callable[[], object] = lambda: None

    def check(self) -> None:
        with_fault(self, "check", lambda: None)

    def create(self, title: str, labels: Sequence[str], body: str) -> int:
        def act() -> int:
            self.on_create()
            number = len(self.born) + 1
            self.issues[number] = Issue(number, title, tuple(labels), "open", body)
            self.born[number] = self.clock()
            return number

        return int(with_fault(self, "create", act))

    def fill(self, number: int, body: str) -> None:
        def act() -> None:
            self.issues[number] = replace(self._there(number), body=body)
            self.filled = number

        with_fault(self, "fill", act)

    def read(self, number: int) -> Issue:
        found: Issue = with_fault(self, "read", lambda: self._there(number))
        return found

    def time(self) -> int | None:
        return None

    def find(self, marker: str, since: int = 0) -> int | None:
        assert since < self.clock()

        def act() -> int | None:
            listed = [n for n, born in self.born.items() if born + self.lag <= self.clock()]
            having = [
                n for n in listed if n in self.issues and has_marker(self.issues[n].body, marker)
            ]
            return max(having, default=None)

        number: int | None = with_fault(self, "find", act)
        return number

    def updated_since(self, time: int) -> list[Issue]:
        raise NotImplementedError

    def comments_since(self, time: int) -> list[Comment]:
        raise NotImplementedError

    def comments(self, number: int) -> list[Comment]:
        raise NotImplementedError

    def comment(self, number: int, body: str) -> int:
        raise NotImplementedError

    def set_label(self, number: int, label: str) -> None:
        raise NotImplementedError

    def remove_label(self, number: int, label: str) -> None:
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

    def _there(self, number: int) -> Issue:
        if number not in self.issues:
            raise IssueGone(f"Issue {number} is gone.")
        return self.issues[number]


def with_fault(shelf: Shelf, name: str, act: Callable[[], Any]) -> Any:
    """Write the call down with the states on disk, then act as the plan says."""
    shelf.calls.append((name, states(shelf.database)))
    fault = shelf.plan.pop(0) if shelf.plan else "well"
    if fault == "crash before":
        raise Crash
    if fault == "down":
        raise TrackerUnavailable("The tracker is down: try again later.")
    if fault == "question unheard" and name == "create":
        raise InDoubt("No answer while filing: list before filing again.")
    if fault == "wrong":
        raise Misconfigured("Nothing works until somebody mends it.")
    answer = act()
    if fault == "crash after":
        raise Crash
    if fault == "answer lost":
        if name == "create":
            raise InDoubt("No answer while filing: list before filing again.")
        raise TrackerUnavailable("No answer: try again later.")
    if fault == "spoiled" and name == "fill":
        spoil(shelf)
    return answer


def spoil(shelf: Shelf) -> None:
    """Somebody edits what was just filled: the report is gone from it, the marker is not."""
    kept = shelf.issues[shelf.filled]
    body = kept.body.splitlines()[0] + "\nsudah dibaca"
    shelf.issues[shelf.filled] = replace(kept, body=body)


def states(database: str) -> tuple[str, ...]:
    """The state of every report as another program reads it from disk."""
    return tuple(state for (state,) in rows(database, "SELECT state FROM reports ORDER BY id"))


def waits(database: str, now: int) -> list[int]:
    """For how many seconds each report that is not verified yet is put off."""
    unfiled = "SELECT not_before FROM reports WHERE state != 'verified' ORDER BY id"
    return [until - now for (until,) in rows(database, unfiled)]


@dataclass
class Stage:
    """A spool on disk, a clock and a shelf; `courier()` is a worker that has just started."""

    form: Form
    sealed: dict[str, Any]
    database: str
    clock: Clock
    shelf: Shelf
    starts: int = 0

    @cached_property
    def spool(self) -> Spool:
        """The spool, which remembers nothing besides its file."""
        return Spool(self.database)

    def accept(self, count: int = 1) -> list[str]:
        """Keep so many reports; returns their case numbers."""
        return [self.spool.accept(self.report(n), self.clock())[0] for n in range(count)]

    def report(self, token: int) -> NewReport:
        """A report ready to be kept."""
        return NewReport(token.to_bytes(16, "big"), bytes(32), FACTS, self.sealed, bytes(32))

    def courier(self, holder: str = "") -> Courier:
        """A worker with a name of its own."""
        self.starts += 1
        return Courier(
            spool=self.spool,
            tracker=self.shelf,
            form=self.form,
            site=SITE,
            settle_seconds=SETTLE,
            holder=holder or f"worker {self.starts}",
            now=self.clock,
        )

    def deliver(self) -> int:
        """One run of a fresh worker."""
        return self.courier().deliver()

    def run_until_done(self, seconds: int = 4000) -> int:
        """Start workers again and again, through crashes and faults, as time passes."""
        finished = 0
        until = self.clock() + seconds
        while self.clock() < until and not self.is_done():
            try:
                finished += self.deliver()
            except Crash:
                self.restart()
                self.clock.seconds += TURN_SECONDS
            except (TrackerUnavailable, Misconfigured):
                pass  # a watching worker says it and tries again
            self.clock.seconds += max(7, min(waits(self.database, self.clock()), default=7))
        return finished

    def is_done(self) -> bool:
        """Whether every report was verified."""
        return set(states(self.database)) <= {"verified"}

    def restart(self) -> None:
        """The crashed worker's turn was never given back, as after a power cut."""
        self.spool.take_turn("the crashed one", self.clock(), TURN_SECONDS)

    def holds_each_once(self, cases: list[str]) -> bool:
        """Whether there is one issue for each case, whole, and no other."""
        found = {kept.body.splitlines()[0]: kept for kept in self.shelf.issues.values()}
        assert len(self.shelf.issues) == len(cases), "an issue too many or too few"
        for case in cases:
            kept = found[marker_line(case)]
            assert kept.body == issue.body(self.form, FACTS, self.sealed, case, SITE)
            assert kept.title == issue.title(self.form, FACTS, case)
            assert list(kept.labels) == issue.labels(self.form, FACTS)
        return True


@pytest.fixture(scope="module")
def sealed(recipients: tuple[tuple[PublicKey, PrivateKey], ...]) -> dict[str, Any]:
    """A sealed report that holds the canary."""
    return seal(CANARY.encode(), [public for public, _ in recipients])


@pytest.fixture
def make_stage(
    new_database: Callable[[], str], form: Form, sealed: dict[str, Any]
) -> Iterator[Callable[..., Stage]]:
    """Return `make_stage(*plan, lag=0)`: an empty stage of its own."""
    made: list[Stage] = []

    def make(*plan: str, lag: int = 0) -> Stage:
        clock, database = Clock(START), new_database()
        shelf = Shelf(database, clock, list(plan), lag)
        made.append(Stage(form, sealed, database, clock, shelf))
        return made[-1]

    yield make
    for stage in made:
        stage.spool.close()


@pytest.fixture
def stage(make_stage: Callable[..., Stage]) -> Stage:
    """A stage on which all goes well."""
    return make_stage()


# --- when all goes well ---


def test_each_report_becomes_one_issue(stage: Stage) -> None:
    """Stub, fill, read: three reports, three whole issues, and nothing left to do."""
    cases = stage.accept(3)
    assert stage.deliver() == 3
    assert stage.holds_each_once(cases)
    assert states(stage.database) == ("verified",) * 3
    assert [name for name, _ in stage.shelf.calls] == ["check", "create", "fill", "read"] * 3
    assert stage.deliver() == 0


def test_each_state_is_on_disk_before_the_act(make_stage: Callable[..., Stage]) -> None:
    """In doubt before creating and looking, stubbed before filling, filled before reading."""
    stage = make_stage("well", "answer lost")
    stage.accept()
    assert stage.deliver() == 1
    assert stage.shelf.calls == [
        ("check", ("waiting",)),
        ("create", ("in doubt",)),
        ("find", ("in doubt",)),
        ("fill", ("stubbed",)),
        ("read", ("filled",)),
    ]


def test_stub_carries_no_content(stage: Stage) -> None:
    """What a tracker sends by e-mail on creation is title, labels and marker alone."""
    cases = stage.accept()
    stage.shelf.plan = ["well", "well", "down"]
    assert stage.deliver() == 0
    assert stage.shelf.issues[1].body == marker_line(cases[0])


def test_real_folder_holds_the_report(
    stage: Stage, tmp_path: Path, recipients: tuple[tuple[PublicKey, PrivateKey], ...]
) -> None:
    """With the folder tracker the file can be opened by a key holder, and nobody else."""
    cases = stage.accept(2)
    courier = replace(stage.courier(), tracker=FolderTracker(tmp_path / "tracker"))
    assert courier.deliver() == 2
    texts = [(tmp_path / "tracker" / f"{case}.md").read_text(encoding="utf-8") for case in cases]
    for text in texts:
        assert open_sealed(find_sealed(text), recipients[0][1]) == CANARY.encode()
        assert CANARY not in text


def test_log_names_cases_and_nothing_else(
    make_stage: Callable[..., Stage], caplog: pytest.LogCaptureFixture
) -> None:
    """What is logged of a delivery with a lost answer and a spoiled issue."""
    caplog.set_level(logging.DEBUG)
    stage = make_stage("well", "answer lost", "well", "spoiled")
    (case,) = stage.accept()
    assert stage.run_until_done() == 1
    assert [record.getMessage() for record in caplog.records if record.name != "sqlalchemy"] == [
        f"{case}: no clear answer; the tracker's list decides",
        f"{case}: the issue does not hold the report; filling it again",
        f"{case}: filed and verified as issue 1",
    ]


# --- the check before each batch ---


def test_tracker_is_checked_before_each_report(stage: Stage) -> None:
    """Nothing due: the tracker is left alone. Something due: the check comes first, for each."""
    assert stage.deliver() == 0
    assert stage.shelf.calls == []
    stage.accept(2)
    stage.deliver()
    names = [name for name, _ in stage.shelf.calls]
    assert names == ["check", "create", "fill", "read"] * 2


@pytest.mark.parametrize(("seconds", "checks"), [(CHECK_SECONDS - 1, 1), (CHECK_SECONDS, 2)])
def test_a_check_does_not_hold_for_long(stage: Stage, seconds: int, checks: int) -> None:
    """What took its time to be created is checked once more before it is filled."""
    stage.accept()

    def slowly() -> None:
        stage.clock.seconds += seconds

    stage.shelf.on_create = slowly
    assert stage.deliver() == 1
    assert [name for name, _ in stage.shelf.calls].count("check") == checks


@pytest.mark.parametrize(
    ("fault", "error"), [("wrong", Misconfigured), ("down", TrackerUnavailable)]
)
def test_failed_check_stops_the_batch_before_anything_is_filed(
    make_stage: Callable[..., Stage], fault: str, error: type[Exception]
) -> None:
    """A repository that became public, or cannot be asked, gets no report; the next run does."""
    stage = make_stage(fault)
    cases = stage.accept(2)
    with pytest.raises(error):
        stage.deliver()
    assert states(stage.database) == ("waiting", "waiting")
    assert stage.shelf.issues == {}
    assert stage.deliver() == 2
    assert stage.holds_each_once(cases)


# --- doubt ---


def test_lost_answer_is_found_in_the_list_and_filled_once(
    make_stage: Callable[..., Stage],
) -> None:
    """The issue is there: it is listed, not created again."""
    stage = make_stage("well", "answer lost")
    cases = stage.accept()
    assert stage.deliver() == 1
    assert stage.holds_each_once(cases)
    assert [name for name, _ in stage.shelf.calls].count("create") == 1


def test_lost_question_is_asked_again_only_after_the_settle_time(
    make_stage: Callable[..., Stage],
) -> None:
    """Until the list must show everything nothing is created; then it is, once."""
    stage = make_stage("well", "question unheard")
    cases = stage.accept()
    asked: list[int] = []
    stage.shelf.on_create = lambda: asked.append(stage.clock() - START)
    while stage.clock() < START + SETTLE:
        assert stage.deliver() == 0
        stage.clock.seconds += 1
    assert asked == []
    assert states(stage.database) == ("in doubt",)
    assert stage.run_until_done() == 1
    assert len(asked) == 1
    assert SETTLE <= asked[0] <= 2 * SETTLE
    assert stage.holds_each_once(cases)


@pytest.mark.parametrize("lag", [1, 30, SETTLE - 1])
def test_list_that_lags_does_not_make_a_second_issue(
    make_stage: Callable[..., Stage], lag: int
) -> None:
    """An issue that shows up in the list later is still found, up to the settle time."""
    stage = make_stage("well", "answer lost", lag=lag)
    cases = stage.accept()
    assert stage.run_until_done() == 1
    assert stage.holds_each_once(cases)
    assert [name for name, _ in stage.shelf.calls].count("create") == 1


def test_list_made_before_the_settle_time_does_not_count_after_it(stage: Stage) -> None:
    """A list that took long to come shows how things were when it was asked for."""
    stage.shelf.plan = ["well", "question unheard"]
    stage.accept()
    assert stage.deliver() == 0
    slow = stage.shelf.find

    def find(marker: str, since: int = 0) -> int | None:
        found = slow(marker, since)
        stage.clock.seconds = START + SETTLE
        return found

    stage.clock.seconds = START + SETTLE - 1
    stage.shelf.find = find  # type: ignore[method-assign]
    assert stage.deliver() == 0
    assert states(stage.database) == ("in doubt",)


def test_list_that_cannot_be_had_decides_nothing(make_stage: Callable[..., Stage]) -> None:
    """While the tracker is down nothing is created, however much time passes."""
    stage = make_stage("well", "answer lost", "down")
    cases = stage.accept()
    assert stage.deliver() == 0
    assert states(stage.database) == ("in doubt",)
    stage.clock.seconds += 10 * SETTLE
    stage.shelf.plan = ["well", "down"]
    assert stage.deliver() == 0
    assert states(stage.database) == ("in doubt",)
    assert stage.run_until_done() == 1
    assert stage.holds_each_once(cases)


def test_misconfigured_while_creating_leaves_the_report_in_doubt(
    make_stage: Callable[..., Stage],
) -> None:
    """An issue may be there: the run stops, and the next one lists before it creates."""
    stage = make_stage("well", "wrong")
    cases = stage.accept(2)
    with pytest.raises(Misconfigured) as error:
        stage.deliver()
    assert str(error.value) == "Nothing works until somebody mends it."
    assert states(stage.database) == ("in doubt", "waiting")
    assert stage.run_until_done() == 2
    assert stage.holds_each_once(cases)
    assert [name for name, _ in stage.shelf.calls][2:4] == ["check", "find"]


# --- pauses ---


def test_pauses_grow_to_a_quarter_of_an_hour(stage: Stage) -> None:
    """5 seconds, then twice as long each time, at most 900; then it is filed."""
    cases = stage.accept()
    pauses = []
    for _ in range(11):
        stage.shelf.plan = ["well", "down"]
        assert stage.deliver() == 0
        assert states(stage.database) == ("waiting",)
        pauses += waits(stage.database, stage.clock())
        stage.clock.seconds += pauses[-1]
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]
    assert stage.deliver() == 1
    assert stage.holds_each_once(cases)


def test_report_is_not_tried_before_its_pause_is_over(stage: Stage) -> None:
    """One second earlier the tracker is not even asked."""
    stage.accept()
    stage.shelf.plan = ["well", "down"]
    stage.deliver()
    calls = len(stage.shelf.calls)
    stage.clock.seconds += 4
    assert stage.deliver() == 0
    assert len(stage.shelf.calls) == calls
    stage.clock.seconds += 1
    assert stage.deliver() == 1


@pytest.mark.parametrize(
    ("retry_after", "pause"), [(None, 5), (0, 5), (1, 5), (60, 60), (3600, 900)]
)
def test_tracker_s_own_pause_is_honoured(stage: Stage, retry_after: int | None, pause: int) -> None:
    """The longer of our pause and the one the tracker names; what is longer it remembers itself."""
    stage.accept()

    def busy() -> None:
        raise TrackerUnavailable("Slow down.", retry_after)

    stage.shelf.on_create = busy
    with suppress(TrackerUnavailable):
        stage.deliver()
    assert waits(stage.database, stage.clock()) == [pause]


def test_a_tracker_that_asks_to_slow_down_ends_the_batch(stage: Stage) -> None:
    """GitHub shuts out for longer who goes on asking: the next report is not tried."""
    stage.accept(2)

    def busy() -> None:
        raise TrackerUnavailable("Slow down.", 60)

    stage.shelf.on_create = busy
    with pytest.raises(TrackerUnavailable, match=r"^Slow down\.$"):
        stage.deliver()
    assert [name for name, _ in stage.shelf.calls].count("create") == 1


def test_pauses_begin_anew_with_the_next_step(stage: Stage) -> None:
    """Trouble while creating does not slow down filling."""
    stage.accept()
    for _ in range(3):
        stage.shelf.plan = ["well", "down"]
        stage.deliver()
        stage.clock.seconds += 900
    stage.shelf.plan = ["well", "well", "down"]
    stage.deliver()
    assert states(stage.database) == ("stubbed",)
    assert waits(stage.database, stage.clock()) == [5]


@pytest.mark.parametrize("failing", ["create", "fill", "read"])
def test_one_failing_report_does_not_block_others(stage: Stage, failing: str) -> None:
    """The one that failed waits; the others are filed in the same run."""
    cases = stage.accept(3)
    place = {"create": 1, "fill": 2, "read": 3}[failing]
    stage.shelf.plan = ["well"] * place + ["down"]
    assert stage.deliver() == 2
    stage.clock.seconds += 5
    assert stage.deliver() == 1
    assert stage.holds_each_once(cases)


# --- issues that were changed or taken away ---


def edited(edit: Callable[[str], str]) -> Callable[[Shelf], None]:
    """Somebody edits the body that was just filled."""

    def act(shelf: Shelf) -> None:
        kept = shelf.issues[shelf.filled]
        shelf.issues[shelf.filled] = replace(kept, body=edit(kept.body))

    return act


@pytest.mark.parametrize(
    "edit",
    [
        lambda _: "",
        lambda body: body.splitlines()[0],
        lambda body: body.split("\n", 1)[1],
        lambda body: body[: len(body) // 2],
        lambda body: body.replace('"tag":"', '"tag":"A'),
        lambda body: body.replace("<!-- intake ", "<!-- intake 0"),
        lambda body: '{"recipients": []}\n' + body,
        lambda body: re.sub('"iv":"..', '"iv":"xy', body),
    ],
)
def test_issue_that_was_changed_before_it_was_read_is_filled_again(
    make_stage: Callable[..., Stage],
    monkeypatch: pytest.MonkeyPatch,
    edit: Callable[[str], str],
) -> None:
    """Emptied, cut, without marker, with another report: verified is only what holds it whole."""
    monkeypatch.setattr(f"{__name__}.spoil", edited(edit))
    stage = make_stage("well", "well", "spoiled")
    cases = stage.accept()
    assert stage.deliver() == 0
    assert states(stage.database) == ("stubbed",)
    assert waits(stage.database, stage.clock()) == [5]
    stage.clock.seconds += 5
    assert stage.deliver() == 1
    assert stage.holds_each_once(cases)


def test_issue_that_is_spoiled_each_time_is_tried_ever_more_slowly(stage: Stage) -> None:
    """A robot that edits our issues costs a few requests a quarter of an hour, not a flood."""
    stage.accept()
    stage.shelf.plan = ["well", "well"]
    pauses = []
    for _ in range(5):
        stage.shelf.plan += ["spoiled"] if stage.shelf.issues == {} else ["well", "spoiled"]
        assert stage.deliver() == 0
        pauses += waits(stage.database, stage.clock())
        stage.clock.seconds += pauses[-1]
    assert pauses == [5, 10, 20, 40, 80]


@pytest.mark.parametrize("gone_at", ["fill", "read"])
def test_issue_that_was_taken_away_is_not_filed_again_and_blocks_nobody(
    stage: Stage, caplog: pytest.LogCaptureFixture, gone_at: str
) -> None:
    """Somebody did it on purpose: it is said, waited for, and never made anew."""
    cases = stage.accept(3)
    stage.shelf.plan = ["well", "well", "down"] if gone_at == "fill" else ["well"] * 3 + ["down"]
    assert stage.deliver() == 2
    taken = stage.shelf.issues.pop(1)
    stage.clock.seconds += 5
    assert stage.deliver() == 0
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        f"{cases[0]}: Issue 1 is gone."
    ]
    assert waits(stage.database, stage.clock())[0] == LONGEST_WAIT_SECONDS
    stage.clock.seconds += 10_000
    assert stage.deliver() == 0
    assert [name for name, _ in stage.shelf.calls].count("create") == 3
    stage.shelf.issues[1] = taken
    stage.clock.seconds += 10_000
    assert stage.deliver() == 1
    assert stage.holds_each_once(cases)


# --- one worker at a time ---


def test_second_worker_does_nothing_while_the_first_delivers(stage: Stage) -> None:
    """While one is in the middle of creating, another finds the turn taken."""
    cases = stage.accept(2)
    others: list[int] = []
    stage.shelf.on_create = lambda: others.append(stage.deliver())
    assert stage.deliver() == 2
    assert others == [0, 0]
    assert stage.holds_each_once(cases)


def test_turn_is_kept_through_a_long_batch_and_given_back_at_its_end(stage: Stage) -> None:
    """It is taken anew with each step, and free at once when the run ends."""
    stage.accept(3)
    others: list[int] = []

    def slowly() -> None:
        stage.clock.seconds += TURN_SECONDS - 1
        others.append(stage.deliver())

    stage.shelf.on_create = slowly
    assert stage.deliver() == 3
    assert others == [0, 0, 0]
    assert stage.spool.take_turn("another", stage.clock(), TURN_SECONDS) is True


def test_worker_that_lost_its_turn_stops(stage: Stage) -> None:
    """It finishes the step it is in, starts no other, and leaves the new holder's turn alone."""
    stage.accept(2)

    def too_slowly() -> None:
        stage.clock.seconds += TURN_SECONDS
        assert stage.spool.take_turn("another", stage.clock(), TURN_SECONDS) is True

    stage.shelf.on_create = too_slowly
    assert stage.deliver() == 0
    assert states(stage.database) == ("stubbed", "waiting")
    assert stage.spool.take_turn("a third", stage.clock(), TURN_SECONDS) is False


@pytest.mark.parametrize("state", ["waiting", "in doubt"])
def test_two_workers_that_took_up_the_same_report_create_one_issue(
    stage: Stage, state: str
) -> None:
    """Though both hold the turn, as with clocks that are years apart, one of them begins it."""
    cases = stage.accept()
    if state == "in doubt":
        stage.shelf.plan = ["well", "question unheard", "down"]
        stage.deliver()
        stage.clock.seconds += SETTLE
    slow, fast = stage.courier(), stage.courier()
    report = stage.spool.due(stage.clock())
    assert report is not None
    assert fast.deliver() == 1
    found = slow._step(report)
    assert (found is None) == (state == "waiting")  # one in doubt is found in the list, once again
    assert stage.is_done() or state == "in doubt"
    stage.run_until_done()
    assert stage.holds_each_once(cases)


def test_a_doubt_that_another_worker_settled_meanwhile_is_not_settled_twice(stage: Stage) -> None:
    """The slow one's list is older than the other's creation: it decides nothing any more."""
    cases = stage.accept()
    stage.shelf.plan = ["well", "question unheard", "down"]
    stage.deliver()
    stage.clock.seconds += SETTLE
    stage.shelf.lag = 30
    slow, fast = stage.courier(), stage.courier()
    report = stage.spool.due(stage.clock())
    assert report is not None
    listed = stage.shelf.find

    def find(marker: str, since: int = 0) -> int | None:
        found = listed(marker, since)
        stage.shelf.find = listed  # type: ignore[method-assign]
        stage.shelf.plan = ["well", "well", "answer lost"]
        assert fast.deliver() == 0
        return found

    stage.shelf.find = find  # type: ignore[method-assign]
    assert slow._step(report) is None
    assert states(stage.database) == ("in doubt",)
    stage.run_until_done()
    assert stage.holds_each_once(cases)


# --- crashes ---

STEPS = ["check", "create", "fill", "read"]


@pytest.mark.parametrize("when", ["crash before", "crash after"])
@pytest.mark.parametrize("step", STEPS)
def test_crash_at_any_step_leaves_one_whole_issue(
    make_stage: Callable[..., Stage], step: str, when: str
) -> None:
    """Whatever the worker was doing, the next one ends with one issue that holds the report."""
    stage = make_stage(*["well"] * STEPS.index(step), when)
    cases = stage.accept(2)
    with pytest.raises(Crash):
        stage.deliver()
    stage.restart()
    assert stage.run_until_done() == 2
    assert stage.holds_each_once(cases)


@pytest.mark.parametrize("when", ["crash before", "crash after"])
@pytest.mark.parametrize("first", ["answer lost", "question unheard"])
def test_crash_while_looking_after_a_lost_answer(
    make_stage: Callable[..., Stage], first: str, when: str
) -> None:
    """Doubt outlives the crash too."""
    stage = make_stage("well", first, when)
    cases = stage.accept()
    with pytest.raises(Crash):
        stage.deliver()
    stage.restart()
    assert stage.run_until_done() == 1
    assert stage.holds_each_once(cases)


def test_crashed_worker_s_turn_runs_out(make_stage: Callable[..., Stage]) -> None:
    """The next worker waits for it, and does not wait for ever."""
    stage = make_stage("well", "crash after")
    stage.accept()
    with pytest.raises(Crash):
        stage.deliver()
    stage.restart()
    calls = len(stage.shelf.calls)
    stage.clock.seconds += TURN_SECONDS - 1
    assert stage.deliver() == 0
    assert len(stage.shelf.calls) == calls
    stage.clock.seconds += 1
    assert stage.deliver() == 1


FAULTS = [
    "well", "down", "answer lost", "question unheard", "crash before", "crash after", "spoiled",
    "wrong",
]  # fmt: skip


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    plan=st.lists(st.sampled_from(FAULTS), max_size=14),
    lag=st.integers(0, SETTLE - 1),
    count=st.integers(1, 3),
)
def test_any_series_of_faults_ends_with_one_issue_each(
    make_stage: Callable[..., Stage], plan: list[str], lag: int, count: int
) -> None:
    """None lost, none filed twice, whatever happens in whatever order."""
    stage = make_stage(*plan, lag=lag)
    cases = stage.accept(count)
    stage.run_until_done(seconds=20_000)
    assert stage.is_done()
    assert stage.holds_each_once(cases)


def test_states_are_those_of_the_spool() -> None:
    """The words that this file compares with are the ones on disk."""
    assert [state.value for state in State] == [
        "waiting", "in doubt", "stubbed", "filled", "verified",
    ]  # fmt: skip

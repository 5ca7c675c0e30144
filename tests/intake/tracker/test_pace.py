"""GitHub's limits are kept, and what it asks for is remembered on disk, whatever the clock does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from github_stand_in import TOKEN, Fault, GitHubStandIn
from intake.spool import Spool
from intake.tracker import GitHubLogin, NotYet, TrackerUnavailable, marker_line
from intake.tracker import pace as module
from intake.tracker.github import GitHubTracker
from intake.tracker.pace import BURST, EVERY_SECONDS, Pace
from workplace import NOW, Clock

CASE = "K7Q2-9MPA"
MARKER = marker_line(CASE)
HOUR = 3_600


@pytest.fixture
def clock() -> Clock:
    """A clock that the test turns on, and back."""
    return Clock(NOW)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    """The notes on disk."""
    opened = Spool(f"sqlite:///{tmp_path}/spool.db")
    yield opened
    opened.close()


@pytest.fixture
def pace(spool: Spool, clock: Clock) -> Pace:
    """GitHub's own limits."""
    return Pace(spool, clock)


def test_no_hour_has_more_than_five_hundred_and_no_minute_more_than_eighty(clock: Clock) -> None:
    """Whoever creates whenever it is allowed, after a quiet time or not, keeps both limits."""
    pace = Pace(module.Memory(), clock)
    times = []
    for second in range(3 * HOUR):
        clock.seconds = NOW + second
        try:
            pace.spend()  # a write each second: the other limit
        except NotYet:
            continue
        times.append(second)
    for begin in times:
        assert sum(begin <= time < begin + HOUR for time in times) <= 500
        assert sum(begin <= time < begin + 60 for time in times) <= 80
    assert len(times) >= 3 * 450
    assert times[:BURST] == list(range(BURST))


def test_what_was_spent_outlives_a_restart(spool: Spool, clock: Clock, pace: Pace) -> None:
    """A worker that is started again and again creates no more than one that runs on."""
    for _ in range(BURST):
        pace.spend()
    for seconds in (0, EVERY_SECONDS - 1):
        clock.seconds = NOW + seconds
        with pytest.raises(NotYet) as early:
            Pace(spool, clock).spend()
        assert early.value.retry_after == EVERY_SECONDS - seconds
        with pytest.raises(NotYet):
            Pace(spool, clock).refuse_haste()
    clock.seconds = NOW + EVERY_SECONDS
    Pace(spool, clock).refuse_haste()
    Pace(spool, clock).spend()


@pytest.mark.parametrize("back", [1, HOUR, 50 * 365 * 24 * HOUR])
def test_a_clock_set_back_does_not_stop_the_writing(clock: Clock, pace: Pace, back: int) -> None:
    """It counts as a burst at the most: the next write is eight seconds away, not a year."""
    for _ in range(BURST):
        pace.spend()
    clock.seconds -= back
    with pytest.raises(NotYet) as early:
        pace.spend()
    assert early.value.retry_after is not None
    assert early.value.retry_after <= EVERY_SECONDS + 1
    clock.seconds += early.value.retry_after
    pace.spend()


def test_a_rest_outlives_a_restart(spool: Spool, clock: Clock, pace: Pace) -> None:
    """Started anew in the middle of it, the worker waits for what is left."""
    pace.rest(600)
    clock.seconds += 200
    with pytest.raises(TrackerUnavailable) as refused:
        Pace(spool, clock).refuse_rest()
    assert refused.value.retry_after == 400
    assert str(refused.value) == "GitHub asked us to slow down: 400 s are left."
    clock.seconds += 400
    Pace(spool, clock).refuse_rest()


@pytest.mark.parametrize("back", [100, HOUR, 50 * 365 * 24 * HOUR])
def test_a_rest_is_not_as_long_as_the_clock_was_set_back(
    spool: Spool, clock: Clock, pace: Pace, back: int
) -> None:
    """It begins anew at the most."""
    pace.rest(60)
    clock.seconds -= back
    with pytest.raises(TrackerUnavailable) as refused:
        pace.refuse_rest()
    assert refused.value.retry_after == 60
    clock.seconds += 60
    Pace(spool, clock).refuse_rest()


def test_a_limit_that_comes_again_is_waited_out_for_longer(clock: Clock, pace: Pace) -> None:
    """A minute, then twice as long each time, an hour at most; after a quiet time a minute."""
    rests = []
    for _ in range(8):
        rests.append(pace.next_rest())
        pace.rest(rests[-1])
        clock.seconds += rests[-1]
    assert rests == [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]
    clock.seconds += HOUR
    assert pace.next_rest() == 60


def test_writes_are_a_second_apart_by_a_clock_that_nobody_sets(
    monkeypatch: pytest.MonkeyPatch, pace: Pace, clock: Clock
) -> None:
    """Only what is missing to a second is waited for, though the wall clock is set back."""
    running, slept = [100.0], []

    class Time:
        @staticmethod
        def monotonic() -> float:
            return running[0]

        @staticmethod
        def sleep(seconds: float) -> None:
            slept.append(round(seconds, 3))
            running[0] += seconds

    monkeypatch.setattr(module, "time", Time)
    pace.keep_apart()
    running[0] += 0.25
    clock.seconds -= HOUR
    pace.keep_apart()
    running[0] += 5
    pace.keep_apart()
    assert slept == [0.75, 0.0]


def test_a_command_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """One that a person runs has no notes, and writes the 51st eight seconds later."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.seconds += int(seconds)

    monkeypatch.setattr("intake.tracker.pace.time.sleep", sleep)
    pace = Pace(None, clock)
    for _ in range(BURST + 3):
        pace.refuse_haste()
        pace.spend()
    assert slept == [EVERY_SECONDS] * 3


# Against GitHub


def _tracker(stand_in: GitHubStandIn, spool: Spool, clock: Clock, pace: float = 0) -> GitHubTracker:
    login = GitHubLogin(token=TOKEN, api=stand_in.url)
    return GitHubTracker(
        "aman/laporan", login, notes=spool, pace=pace, timeout=1, clock=lambda: clock()
    )


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (Fault(403, headers={"Retry-After": "90"}), 90),
        (Fault(429, headers={"Retry-After": "90"}), 90),
        (Fault(503, headers={"Retry-After": "90"}), 90),
        (
            Fault(
                403,
                headers={
                    "Date": formatdate(NOW + 7, usegmt=True),
                    "X-RateLimit-Remaining": "0",
                    "X-RateLimit-Reset": str(NOW + 97),
                },
            ),
            90,
        ),
        (Fault(429), 60),
        (Fault(403, body='{"message": "You have exceeded a secondary rate limit."}'), 60),
    ],
)
def test_nothing_is_asked_during_a_rest(
    stand_in: GitHubStandIn, spool: Spool, clock: Clock, fault: Fault, seconds: int
) -> None:
    """Whatever act is tried, by whichever worker after however many restarts."""
    stand_in.faults.append(fault)
    with pytest.raises(TrackerUnavailable):
        _tracker(stand_in, spool, clock).check()
    asked = len(stand_in.requests)
    clock.seconds += seconds - 1
    again = _tracker(stand_in, spool, clock)
    acts: list[Callable[[], object]] = [
        again.check,
        lambda: again.create("MERAH", [], MARKER),
        lambda: again.fill(1, MARKER),
        lambda: again.find(MARKER),
        lambda: again.read(1),
    ]
    for act in acts:
        with pytest.raises(TrackerUnavailable) as refused:
            act()
        assert refused.value.retry_after == 1
    assert len(stand_in.requests) == asked
    clock.seconds += 1
    again.check()
    assert len(stand_in.requests) == asked + 1


def test_a_limit_after_filing_is_remembered(
    stand_in: GitHubStandIn, spool: Spool, clock: Clock
) -> None:
    """503 with Retry-After leaves the filing in doubt, and is waited out before looking."""
    stand_in.faults.append(Fault(503, after=True, headers={"Retry-After": "30"}))
    with pytest.raises(Exception, match="503 while filing"):
        _tracker(stand_in, spool, clock).create("MERAH", [], MARKER)
    with pytest.raises(TrackerUnavailable) as refused:
        _tracker(stand_in, spool, clock).find(MARKER)
    assert refused.value.retry_after == 30


def test_the_last_request_before_the_reset_is_heeded(
    stand_in: GitHubStandIn, spool: Spool, clock: Clock
) -> None:
    """An answer that says none are left is taken, and the next is asked for after the reset."""
    number = stand_in.add_issue("x", MARKER)
    told = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(NOW + 1_000)}
    date = {"Date": formatdate(NOW, usegmt=True)}
    content = json.dumps(
        {"number": number, "title": "x", "labels": [], "state": "open", "body": MARKER}
    )
    stand_in.faults.append(Fault(200, headers=told | date, body=content))
    assert _tracker(stand_in, spool, clock).read(number).number == number
    with pytest.raises(TrackerUnavailable) as refused:
        _tracker(stand_in, spool, clock).read(number)
    assert refused.value.retry_after == 1_000
    assert len(stand_in.requests) == 1


def test_what_creates_content_is_counted_and_reading_is_not(
    stand_in: GitHubStandIn, spool: Spool, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issues, bodies and comments count; the share used up, nothing of it reaches GitHub."""
    monkeypatch.setattr(Pace, "keep_apart", lambda _: None)
    tracker = _tracker(stand_in, spool, clock, pace=1)
    number = tracker.create("MERAH", ["status: baru"], MARKER)
    for _ in range(BURST - 2):
        tracker.fill(number, MARKER)
    tracker.set_label(number, "status: dibaca")
    tracker.comment(number, f"<!-- intake withdrawn {CASE} -->")
    sent = len(stand_in.requests)
    for act in (tracker.check, lambda: tracker.create("MERAH", [], MARKER)):
        with pytest.raises(NotYet):
            act()
    with pytest.raises(NotYet):
        tracker.fill(number, MARKER)
    assert len(stand_in.requests) == sent
    assert tracker.read(number).number == number
    tracker.remove_label(number, "status: dibaca")

"""Parts go on beside one that fails, and a round ends when it is told to."""

from __future__ import annotations

import threading

import pytest

from intake.parts import Part, go_round
from intake.tracker import TrackerUnavailable


def test_one_failing_part_never_stops_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """Foreseen trouble is told as it is; of an unforeseen one only kind and place show."""
    stopped, done = threading.Event(), []

    def fails() -> None:
        raise TrackerUnavailable("GitHub cannot be reached.")

    def breaks() -> None:
        raise ZeroDivisionError("kenari-9z")

    def works() -> None:
        done.append(1)
        if len(done) == 3:
            stopped.set()

    parts = [
        Part("first", fails, (TrackerUnavailable,)),
        Part("second", breaks, (TrackerUnavailable,)),
        Part("third", works, ()),
    ]
    go_round(parts, 0.001, stopped)
    assert len(done) == 3
    # Both wait a minute after their trouble, so each is told once.
    assert caplog.messages[0] == "first: GitHub cannot be reached."
    assert caplog.messages[1].startswith("second: ZeroDivisionError in breaks, line ")
    assert len(caplog.messages) == 2
    assert "kenari" not in caplog.text


def test_asked_to_slow_down_all_parts_wait() -> None:
    """They use the same tracker; whoever goes on asking is shut out for longer."""
    done: list[int] = []

    def limited() -> None:
        raise TrackerUnavailable("slow down", 500)

    parts = [
        Part("first", limited, (TrackerUnavailable,)),
        Part("second", lambda: done.append(1), ()),
    ]
    stopped = threading.Event()
    threading.Timer(0.05, stopped.set).start()
    go_round(parts, 0.001, stopped)
    assert done == []
    assert min(part.not_before for part in parts) > parts[0].not_before - 1


def test_a_part_keeps_its_own_time() -> None:
    """What is done each hour is not done in each round."""
    stopped, often, seldom = threading.Event(), [], []

    def count() -> None:
        often.append(1)
        if len(often) == 5:
            stopped.set()

    parts = [Part("often", count, ()), Part("seldom", lambda: seldom.append(1), (), 3_600)]
    go_round(parts, 0.001, stopped)
    assert (len(often), len(seldom)) == (5, 1)


def test_stopped_it_begins_nothing_more() -> None:
    """What has begun is finished; the part after it is left for the next start."""
    stopped, done = threading.Event(), []
    parts = [Part("first", stopped.set, ()), Part("second", lambda: done.append(1), ())]
    go_round(parts, 0.001, stopped)
    assert done == []

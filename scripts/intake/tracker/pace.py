"""Keep within GitHub's limits, and leave it alone for as long as it asks, restarts included.

Documented by GitHub (REST API: best practices, rate limits): one second between writes, and no more
than 80 requests a minute and 500 an hour that create content. A limit that names no time means a
minute, and longer each time that it comes again. What was spent and how long to rest is noted on
disk. The time is the wall clock's, since it has to outlive a restart; set back, it costs one rest
more, never one as long as the jump.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from intake.tracker import Notes, NotYet, TrackerUnavailable

APART_SECONDS = 1.0  # so no more than 61 a minute
EVERY_SECONDS = 8  # one write each, in the long run
BURST = 50  # of them at once, after a quiet time: 50 + 3,600 / 8 = 500 in any hour
_FIRST_REST, _LONGEST_REST = 60, 3_600  # seconds, where GitHub names none

_SPENT, _RESTS_FROM, _RESTS_UNTIL = "github spent", "github rests from", "github rests until"


@dataclass
class Memory:
    """Notes that last as long as this process."""

    numbers: dict[str, int] = field(default_factory=dict)

    def noted(self, name: str) -> int:
        """The number of that name; 0 where none was noted."""
        return self.numbers.get(name, 0)

    def note(self, name: str, value: int) -> None:
        """Remember a number."""
        self.numbers[name] = value


class Pace:
    """What may be asked of GitHub now. `stretch` 1 keeps its limits; tests take less.

    Without `notes` it lasts as long as this process, a command that a person runs: such a one has
    nothing else to do, and waits for its turn to write where a worker is told `NotYet`.
    """

    def __init__(
        self, notes: Notes | None, clock: Callable[[], float], stretch: float = 1.0
    ) -> None:
        self._notes = notes or Memory()
        self._waits = notes is None
        self._clock = clock
        self._apart = APART_SECONDS * stretch
        self._every = round(EVERY_SECONDS * stretch)
        self._written_at: float | None = None

    def refuse_rest(self) -> None:
        """Raise TrackerUnavailable while GitHub wants to be left alone."""
        if left := self._rest_left():
            raise TrackerUnavailable(f"GitHub asked us to slow down: {left} s are left.", left)

    def refuse_haste(self) -> None:
        """Raise NotYet while what may be created in an hour is used up, or wait for it."""
        if not self._every:
            return
        now = self._now()
        over = self._spent_until(now) - now - self._every * (BURST - 1)
        if over <= 0:
            return
        if not self._waits:
            raise NotYet(over)
        time.sleep(over)

    def spend(self) -> None:
        """Note that content is about to be created, or raise NotYet. Noted before it is sent."""
        self.refuse_haste()
        if self._every:
            self._notes.note(_SPENT, self._spent_until(self._now()) + self._every)

    def keep_apart(self) -> None:
        """Wait until the last write was a second ago, by a clock that nobody can set."""
        if self._written_at is not None:
            time.sleep(max(0.0, self._written_at + self._apart - time.monotonic()))
        self._written_at = time.monotonic()

    def rest(self, seconds: int) -> None:
        """Note that GitHub wants to be left alone for so long."""
        if seconds > 0:
            now = self._now()
            self._notes.note(_RESTS_FROM, now)
            self._notes.note(_RESTS_UNTIL, now + seconds)

    def next_rest(self) -> int:
        """How long to rest where GitHub names no time: twice the last, if that just ended."""
        begun, until = self._notes.noted(_RESTS_FROM), self._notes.noted(_RESTS_UNTIL)
        last = until - begun
        if until and 0 <= self._now() - until < last:
            return min(2 * last, _LONGEST_REST)
        return _FIRST_REST

    def _rest_left(self) -> int:
        until = self._notes.noted(_RESTS_UNTIL)
        left = until - self._now()
        if left <= 0:
            return 0
        asked = until - self._notes.noted(_RESTS_FROM)
        if left > asked:
            # The clock was set back: the rest begins anew, from now.
            self.rest(asked)
            return max(0, asked)
        return left

    def _spent_until(self, now: int) -> int:
        """When the pace will have caught up; the clock set back counts as a whole burst."""
        until, most = self._notes.noted(_SPENT), now + self._every * BURST
        if until > most:
            self._notes.note(_SPENT, most)
        return max(now, min(until, most))

    def _now(self) -> int:
        return math.ceil(self._clock())

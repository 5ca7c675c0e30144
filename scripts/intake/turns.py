"""Let a slow step run a few times at once, and only a few wait for it.

Stretching a PIN takes a fifth of a second of a core. Whoever finds no place, or waits too long,
gets `TooMany`; so a flood of such steps never holds every thread, and sealed reports, which need
no such step, are still taken.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from intake.suspicion import TooMany

SUSPECT_PLACES = 2


class Turns:
    """At most `running` at once, `places` with those who wait; suspects have fewer places."""

    def __init__(self, running: int, places: int, seconds: float) -> None:
        self._running = threading.BoundedSemaphore(running)
        self._places = threading.BoundedSemaphore(places)
        self._suspects = threading.BoundedSemaphore(SUSPECT_PLACES)
        self._seconds = seconds

    @contextmanager
    def taken(self, *, suspect: bool = False) -> Iterator[None]:
        """Wait for a turn and hold it for the block; raises `TooMany`."""
        with ExitStack() as held:
            if suspect:
                held.enter_context(self._held(self._suspects, 0))
            held.enter_context(self._held(self._places, 0))
            held.enter_context(self._held(self._running, self._seconds))
            yield

    @contextmanager
    def _held(self, semaphore: threading.BoundedSemaphore, seconds: float) -> Iterator[None]:
        if not semaphore.acquire(timeout=seconds):
            raise TooMany(max(1, int(self._seconds)))
        try:
            yield
        finally:
            semaphore.release()

"""Do several things again and again, so that trouble with one never stops the others.

A part that fails is said so in the log and waits a while. Asked to slow down by the tracker, all
parts of the same round wait, since they use the same tracker. An error that nobody foresaw is
logged by its kind and place alone, and counts as any other trouble.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from intake.log import where
from intake.tracker import NotYet

AFTER_TROUBLE_SECONDS = 60

_log = logging.getLogger("intake")


@dataclass
class Part:
    """Something to do, at most once in `every` seconds. Expected troubles are `foreseen`."""

    name: str
    act: Callable[[], object]
    foreseen: tuple[type[Exception], ...]
    every: float = 0
    not_before: float = 0


def go_round(parts: Sequence[Part], pause: float, stopped: threading.Event) -> None:
    """Do what is due, part by part, until `stopped`; a part that has begun is finished."""
    while not stopped.is_set():
        for part in parts:
            if not stopped.is_set() and time.monotonic() >= part.not_before:
                _do(part, parts)
        stopped.wait(pause)


def _do(part: Part, parts: Sequence[Part]) -> None:
    wait = part.every
    try:
        part.act()
    except part.foreseen as error:
        _log.error("%s: %s", part.name, error)
        wait = AFTER_TROUBLE_SECONDS
        if asked := getattr(error, "retry_after", None):
            # Our own pace holds up what writes; asked by the tracker itself, nobody may go on.
            for other in parts if not isinstance(error, NotYet) else ():
                other.not_before = max(other.not_before, time.monotonic() + asked)
            wait = max(wait, asked)
    except Exception as error:  # noqa: BLE001 - the other parts go on whatever happens
        _log.error("%s: %s", part.name, where(error))
        wait = AFTER_TROUBLE_SECONDS
    part.not_before = max(part.not_before, time.monotonic() + wait)

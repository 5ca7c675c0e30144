"""A worker of the fault run, in a process of its own, whose clock is wrong and set again and again.

All processes of a run share a clock that runs fast, so that pauses, turns and the settle time are
over in seconds. GitHub's pace is switched off, and a check of the repository holds as many real
seconds as ever; all else is as `intake deliver --watch` has it.

    python tests/running_worker.py SEED ORIGIN ADDRESS      delivers until it is killed
"""

from __future__ import annotations

import logging
import os
import random
import sys
import time

from sqlalchemy.engine import Connection

from intake import database, delivery
from intake.delivery import Courier
from intake.form import load_form
from intake.settings import FORM_FILE, read_settings
from intake.spool import Spool, SpoolUnavailable
from intake.tracker import GitHubLogin, Misconfigured, TrackerUnavailable
from intake.tracker.github import GitHubTracker

SPEED = 100  # seconds of the run's clock in one second
SETTLE_SECONDS = 600  # six real ones: more than any process here may stumble
SITE = "https://contoh.example/"
REPOSITORY_ID, TOKEN = "123456789", "stand-in-token"  # as the stand-in has them
SPELL_SECONDS = 2  # real ones, until the clock is set anew
JUMPS = [0, 0, 0, -3_600, 3_600, -400 * 86_400, 400 * 86_400]

_log = logging.getLogger("intake")


def now_since(origin: float) -> float:
    """The run's time: as this machine's at the start, then faster."""
    ran = time.monotonic() - origin
    return time.time() - ran + ran * SPEED


def work(seed: str, origin: float, address: str) -> None:
    """Deliver until killed."""
    spool = Spool(read_settings().database)

    def now() -> int:
        # The clock is the machine's, so it is as wrong for the other workers.
        spell = int((time.monotonic() - origin) / SPELL_SECONDS)
        return int(now_since(origin)) + random.Random(f"{seed}-{spell}").choice(JUMPS)

    def server_time(connection: Connection, now: int) -> int:
        """A database server's clock runs as fast, and is right."""
        return now if connection.dialect.name == "sqlite" else int(now_since(origin))

    database.shared_time = server_time
    delivery.CHECK_SECONDS *= SPEED  # as long as it ever holds, or each request would have its own
    tracker = GitHubTracker(
        REPOSITORY_ID,
        GitHubLogin(token=TOKEN, api=address),
        notes=spool,
        pace=0,
        timeout=1,
        clock=now,
    )
    form = load_form(FORM_FILE, "33")
    holder = f"worker {os.getpid()}"
    courier = Courier(spool, tracker, form, SITE, SETTLE_SECONDS, holder, now)
    _log.info("worker is up")
    while True:
        try:
            courier.deliver()
        except (Misconfigured, TrackerUnavailable, SpoolUnavailable) as error:
            _log.error("%s", error)
        time.sleep(0.2)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    work(sys.argv[1], float(sys.argv[2]), sys.argv[3])

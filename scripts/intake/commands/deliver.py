"""`intake deliver`: file kept reports as tracker issues, and copy back what the team did there."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import threading
import time

from intake.commands.shape import Commands, stop
from intake.delivery import Courier
from intake.following import GITHUB_SECONDS, Follower
from intake.reminders import Reminders
from intake.settings import Settings, read_settings
from intake.spool import Spool, SpoolUnavailable
from intake.tracker import Misconfigured, TrackerUnavailable

WATCH_SECONDS = 5
AFTER_TROUBLE_SECONDS = 60

_log = logging.getLogger("intake")


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    deliver = commands.add_parser(
        "deliver", help="file kept reports", description="File kept reports as tracker issues."
    )
    deliver.add_argument("--watch", action="store_true", help="go on until stopped")
    deliver.set_defaults(run=_deliver)


def _deliver(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    settings.refuse_owner()
    signal.signal(signal.SIGTERM, stop)
    if chosen.watch:
        try:
            watch(settings, WATCH_SECONDS, threading.Event())
        except KeyboardInterrupt:
            _log.info("stopped")
        return 0
    worker = courier(settings)
    print(f"{worker.deliver()} filed")
    follower(settings, worker).follow()
    worker.deliver()  # what following has to say, such as a warning
    return 0


def watch(settings: Settings, seconds: int, stopped: threading.Event) -> None:
    """Deliver again and again; what a person has to mend is said and tried again later."""
    worker = courier(settings)
    after = follower(settings, worker)
    late = reminders(settings, worker)
    while not stopped.is_set():
        wait = seconds
        try:
            worker.deliver()
            after.follow()
            late.remind_now_and_then()
        except (Misconfigured, TrackerUnavailable, SpoolUnavailable) as error:
            _log.error("%s", error)
            wait = max(AFTER_TROUBLE_SECONDS, getattr(error, "retry_after", None) or 0)
        stopped.wait(wait)


def courier(settings: Settings) -> Courier:
    """The delivery worker of these settings."""
    organization = settings.load_organization()
    return Courier(
        spool=Spool(settings.database),
        tracker=settings.open_tracker(),
        form=settings.load_form(organization),
        site=organization.site,
        settle_seconds=organization.settle_seconds,
        holder=f"{os.uname().nodename}:{os.getpid()}",
        now=lambda: int(time.time()),
    )


def follower(settings: Settings, worker: Courier) -> Follower:
    """What copies the team's statuses and answers back, beside that worker."""
    return Follower(
        spool=worker.spool,
        tracker=worker.tracker,
        every_seconds=GITHUB_SECONDS if settings.uses_github else 0,
        now=worker.now,
    )


def reminders(settings: Settings, worker: Courier) -> Reminders:
    """What finds late cases, beside that worker, which writes below them."""
    return Reminders(worker.spool, worker.tracker, settings.load_organization(), worker.now)

"""`intake deliver`: file kept reports as tracker issues, and copy back what the team did there."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import threading
import time
from types import FrameType

from intake.alerts import LOGIN_ENDS, Alarm
from intake.canary import Canary, CanaryFailed
from intake.channels import open_channels, problems
from intake.commands.shape import Commands, stop
from intake.delivery import Courier
from intake.following import GITHUB_SECONDS, Follower
from intake.parts import Part, go_round
from intake.reminders import EVERY_SECONDS, Reminders
from intake.sealing import KeyProblem
from intake.settings import Settings, read_settings
from intake.spool import Spool, SpoolUnavailable
from intake.tracker import InDoubt, Misconfigured, TrackerUnavailable

WATCH_SECONDS = 5
ALERT_SECONDS = 15
CANARY_SECONDS = 60
BATCH_SECONDS = 60  # in a flood of reports the team's statuses are followed in between

TROUBLE = (
    CanaryFailed,
    InDoubt,
    KeyProblem,
    Misconfigured,
    SpoolUnavailable,
    TrackerUnavailable,
)

_log = logging.getLogger("intake")


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    deliver = commands.add_parser(
        "deliver", help="file kept reports", description="File kept reports as tracker issues."
    )
    deliver.add_argument(
        "--watch",
        action="store_true",
        help="go on until stopped; also alert, and send the daily test request",
    )
    deliver.set_defaults(run=_deliver)


def _deliver(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    settings.refuse_owner()
    if chosen.watch:
        stopped = threading.Event()
        _stop_gently(stopped)
        watch(settings, WATCH_SECONDS, stopped)
        _log.info("stopped")
        return 0
    signal.signal(signal.SIGTERM, stop)
    worker = courier(settings)
    print(f"{worker.deliver()} filed")
    follower(settings, worker).follow()
    worker.deliver()  # what following has to say, such as a warning
    return 0


def watch(settings: Settings, seconds: float, stopped: threading.Event) -> None:
    """Go round until `stopped`: the tracker's parts one after another, alerts beside them."""
    worker = courier(settings)
    beside = threading.Thread(
        target=go_round, args=(alert_parts(settings, worker), min(seconds, ALERT_SECONDS), stopped)
    )
    beside.start()
    try:
        go_round(tracker_parts(settings, worker, stopped), seconds, stopped)
    finally:
        stopped.set()
        beside.join()
        worker.spool.close()


def tracker_parts(settings: Settings, worker: Courier, stopped: threading.Event) -> list[Part]:
    """What speaks with the tracker, one at a time."""
    organization = settings.load_organization()
    after = follower(settings, worker)
    late = reminders(settings, worker)

    def deliver() -> None:
        until = time.monotonic() + BATCH_SECONDS
        worker.deliver(lambda: stopped.is_set() or time.monotonic() > until)

    parts = [
        Part("delivery", deliver, TROUBLE),
        Part("following", after.follow, TROUBLE),
        Part("reminders", late.remind, TROUBLE, EVERY_SECONDS),
        Part("login", lambda: _note_login(worker), TROUBLE, CANARY_SECONDS),
    ]
    if organization.receiver is not None and not organization.demonstration:
        canary = Canary(worker.spool, worker.tracker, worker.form, organization, worker.now)
        parts.append(Part("test request", canary.step, TROUBLE, CANARY_SECONDS))
    return parts


def alert_parts(settings: Settings, worker: Courier) -> list[Part]:
    """What tells somebody on duty. A channel that hangs must not hold up delivery."""
    named = settings.load_organization().alerts
    for sentence in problems(named, settings.alerts):
        _log.warning("%s", sentence)
    channels = open_channels(named, settings.alerts)
    alarm = Alarm(worker.spool, channels, settings.load_keys, worker.now)
    return [Part("alerts", alarm.look, TROUBLE, ALERT_SECONDS)] if channels else []


def courier(settings: Settings) -> Courier:
    """The delivery worker of these settings."""
    organization = settings.load_organization()
    spool = Spool(settings.database)
    return Courier(
        spool=spool,
        tracker=settings.open_tracker(spool),
        form=settings.load_form(organization),
        site=organization.site,
        settle_seconds=organization.settle_seconds,
        holder=f"{os.uname().nodename}:{os.getpid()}",
        now=lambda: int(time.time()),
        keys=settings.load_keys(),
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


def _note_login(worker: Courier) -> None:
    """Keep when the tracker's login ends where the alerts look for it."""
    ends_at = worker.tracker.login_expires_at() or 0
    if ends_at != worker.spool.noted(LOGIN_ENDS):
        worker.spool.note(LOGIN_ENDS, ends_at)


def _stop_gently(stopped: threading.Event) -> None:
    """Let SIGTERM and Ctrl-C end the round; the second one ends it at once."""

    def gently(number: int, frame: FrameType | None) -> None:
        if stopped.is_set():
            stop(number, frame)
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, gently)

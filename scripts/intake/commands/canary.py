"""`intake canary`: send one test request over the whole real path, and wait until it is found."""

from __future__ import annotations

import argparse
import time
from contextlib import closing

from intake.canary import Canary
from intake.commands.deliver import courier
from intake.commands.shape import Commands
from intake.organization import OrganizationProblem
from intake.settings import read_settings

LOOK_SECONDS = 2


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    canary = commands.add_parser(
        "canary",
        help="send a test request",
        description="Send one test request over the whole real path; find it and close it.",
    )
    canary.add_argument(
        "--wait", type=int, default=120, metavar="SECONDS", help="how long it may take (120)"
    )
    canary.set_defaults(run=_canary)


def _canary(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    settings.refuse_owner()
    organization = settings.load_organization()
    if organization.receiver is None:
        raise OrganizationProblem(f"{settings.organization} names no receiver to send to.")
    worker = courier(settings)
    with closing(worker.spool):
        test = Canary(worker.spool, worker.tracker, worker.form, organization, worker.now)
        case_number = test.send()
        until = time.monotonic() + chosen.wait
        # Where another worker holds the turn, that one files it, and may find it first.
        while True:
            worker.deliver()
            test.look()
            if test.was_found(case_number):
                print(f"{case_number}: sent, filed, found and closed")
                return 0
            if time.monotonic() > until:
                print(f"{case_number}: sent, and not found in {chosen.wait} seconds")
                return 1
            time.sleep(LOOK_SECONDS)

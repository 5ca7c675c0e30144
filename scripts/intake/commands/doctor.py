"""`intake doctor`: look for what is wrong, one line each."""

from __future__ import annotations

import argparse
import time

from intake import doctor
from intake.commands.shape import Commands
from intake.settings import read_settings


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    looked = commands.add_parser(
        "doctor",
        help="look for what is wrong",
        description="Look for what is wrong, one line each.",
    )
    looked.add_argument(
        "--publish", action="store_true", help="only what must hold before the site is published"
    )
    looked.set_defaults(run=_doctor)


def _doctor(chosen: argparse.Namespace) -> int:
    findings = doctor.examine(read_settings(), int(time.time()), publish=chosen.publish)
    for finding in findings:
        print(finding)
    return 0 if all(finding.well for finding in findings) else 1

"""`intake doctor`: look for what is wrong, one line each."""

from __future__ import annotations

import argparse
import time
from contextlib import closing

from intake import doctor, purge
from intake.audit import Audit
from intake.commands.shape import Commands
from intake.settings import Settings, read_settings
from intake.spool import Spool


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    looked = commands.add_parser(
        "doctor",
        help="look for what is wrong",
        description="Look for what is wrong, one line each.",
    )
    kinds = looked.add_mutually_exclusive_group()
    kinds.add_argument(
        "--publish", action="store_true", help="only what must hold before the site is published"
    )
    kinds.add_argument(
        "--audit",
        action="store_true",
        help="compare every case with its issue, both ways; nothing is changed",
    )
    looked.set_defaults(run=_doctor)


def _doctor(chosen: argparse.Namespace) -> int:
    settings, now = read_settings(), int(time.time())
    if chosen.audit:
        return _audit(settings, now)
    findings = doctor.examine(settings, now, publish=chosen.publish)
    for finding in findings:
        print(finding)
    return 0 if all(finding.well for finding in findings) else 1


def _audit(settings: Settings, now: int) -> int:
    organization = settings.load_organization()
    deadlines = purge.Deadlines.at(now, organization.retention_days)
    form, tracker = settings.load_form(organization), settings.open_tracker()
    tracker.check()
    with closing(Spool(settings.database)) as spool:
        found = list(Audit(spool, tracker, form, deadlines, now).run())
        count = sum(spool.counts().values())
    for line in found:
        print(line)
    print(f"{count} cases compared, {len(found)} findings")
    return 1 if found else 0

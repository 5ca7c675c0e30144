"""`intake purge`: delete what was withdrawn, and closed cases whose days are over."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from intake import proofs, purge
from intake.commands.shape import Commands
from intake.settings import read_settings
from intake.spool import Spool


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    purged = commands.add_parser(
        "purge",
        help="delete what was withdrawn",
        description=(
            "Delete what was withdrawn two days ago or earlier, and closed cases after the days "
            "that retention_days gives. Run it each day. Open cases are never touched."
        ),
    )
    purged.add_argument("--dry-run", action="store_true", help="say what would go, delete nothing")
    side = purged.add_mutually_exclusive_group()
    side.add_argument("--spool", action="store_true", help="only in the spool, on the receiver")
    side.add_argument(
        "--tracker", action="store_true", help="only at the tracker, with an owner's token"
    )
    purged.set_defaults(run=_purge)


def _purge(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    organization = settings.load_organization()
    deadlines = purge.Deadlines.at(int(time.time()), organization.retention_days)
    zone = ZoneInfo(organization.time_zone)
    # Both are opened before anything is deleted, so that a missing token stops the whole run.
    tracker = None if chosen.spool else settings.open_owned_tracker()
    spool = None if chosen.tracker else Spool(settings.database)
    try:
        if tracker is not None:
            tracker.check()
            _print_each(purge.purge_tracker(tracker, deadlines, dry_run=chosen.dry_run))
        if spool is not None:
            _print_each(purge.purge_spool(spool, deadlines, zone, dry_run=chosen.dry_run))
            # All of them each time: what a run could not write, the next one does.
            proofs.keep(settings.erased_file, spool.proofs())
    finally:
        if spool is not None:
            spool.close()
    return 0


def _print_each(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)

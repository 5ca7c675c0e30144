"""`intake restore`: take a backup into an empty database, deletions first."""

from __future__ import annotations

import argparse
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from intake import backup, proofs, restoring
from intake.commands.shape import Commands
from intake.settings import Settings, read_settings
from intake.spool import Spool


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    restored = commands.add_parser(
        "restore",
        help="take a backup into an empty database",
        description=(
            "Take a backup into the empty database of INTAKE_DATABASE, SQLite or PostgreSQL. Stop "
            "receivers and workers first. What was erased, withdrawn or deleted at the tracker "
            "since the backup does not come back as live; what was waiting is looked for at the "
            "tracker before anything is filed. A backup older than 30 days is refused."
        ),
        epilog="Afterwards start the worker, then run: intake doctor --audit",
    )
    restored.add_argument("file", type=Path, help="what intake backup wrote")
    restored.add_argument(
        "--erased",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="more proofs of what was erased: such a file, or the old spool's SQLite file",
    )
    restored.add_argument(
        "--without-tracker",
        action="store_true",
        help="the tracker is lost: what was withdrawn there since the backup comes back as live",
    )
    restored.set_defaults(run=_restore)


def _restore(chosen: argparse.Namespace) -> int:
    settings, now = read_settings(), int(time.time())
    organization = settings.load_organization()
    settle_seconds, zone = organization.settle_seconds, ZoneInfo(organization.time_zone)
    seen = None if chosen.without_tracker else restoring.Seen.at(settings.open_tracker())
    with backup.unpacked(chosen.file, now) as unpacked, closing(Spool(settings.database)) as spool:
        restoring.refuse_full(spool)
        settings.put_secret(unpacked.secret)
        known = _proofs(settings, chosen.erased)
        for line in restoring.apply(unpacked, known, seen, settle_seconds, now, zone):
            print(line)
        count = restoring.pour(unpacked, spool)
    made_at = datetime.fromtimestamp(unpacked.made_at, UTC)
    print(f"{count} reports of {made_at:%Y-%m-%d %H:%M} UTC are back.")
    print("Start the worker, then run: intake doctor --audit")
    return 0


def _proofs(settings: Settings, more: list[Path]) -> frozenset[bytes]:
    files = [*more, settings.erased_file] if settings.erased_file.exists() else more
    return frozenset().union(*map(proofs.read, files))

"""`intake backup`: write the whole spool and the receiver's secret to one file."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from intake import backup, proofs
from intake.commands.shape import Commands, kept_spool
from intake.settings import read_settings


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    made = commands.add_parser(
        "backup",
        help="write the whole spool to one file",
        description=(
            "Write every report, and the receiver's secret, as they are at this moment to a new "
            "file that only you can read. The receiver goes on meanwhile. “intake restore” takes "
            "it back into SQLite or PostgreSQL for 30 days; let go of it after those."
        ),
    )
    made.add_argument("file", type=Path, help="a new file, best on another disk")
    made.set_defaults(run=_backup)


def _backup(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    with kept_spool(settings) as spool:
        if spool is None:
            raise backup.BackupProblem("INTAKE_DATABASE: no receiver has kept anything there yet.")
        backup.make(spool, settings.load_secret(), chosen.file, int(time.time()))
        proofs.keep(settings.erased_file, spool.proofs())
        print(f"{sum(spool.counts().values())} reports written to {chosen.file}")
    return 0

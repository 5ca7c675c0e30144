"""`intake practice`: six invented cases to practise on (`make practice`)."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path

from intake import practice
from intake.commands.deliver import courier
from intake.commands.shape import Commands
from intake.settings import read_settings
from intake.spool import Spool


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    practised = commands.add_parser(
        "practice",
        help="make six invented cases to practise on",
        description=(
            "Make six invented cases with keys of their own in a folder, through the real program. "
            "A folder that it made before is emptied first; nothing else is touched."
        ),
    )
    practised.add_argument(
        "folder", nargs="?", type=Path, default=practice.FOLDER, help="default var/practice"
    )
    practised.set_defaults(run=_practise)


def _practise(chosen: argparse.Namespace) -> int:
    now = int(time.time())
    today = datetime.fromtimestamp(now, UTC).date()
    made = practice.prepare(read_settings(), chosen.folder, today)
    spool = Spool(made.settings.database)
    try:
        practice.send(made, spool, now)
        courier(made.settings).deliver()
        practice.befall(made, made.settings.open_tracker(), spool)
        lines = [f'{name}="{value}"' for name, value in practice.environment(made).items()]
        path = chosen.folder / "environment"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(practice.summary(made, spool))
    finally:
        spool.close()
    return 0

"""`intake remind`: say once below an issue what is late with it."""

from __future__ import annotations

import argparse

from intake.commands.deliver import courier, reminders
from intake.commands.shape import Commands
from intake.settings import read_settings


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    remind = commands.add_parser(
        "remind",
        help="say what is late",
        description=(
            "Write one comment below each issue for what is late with it: unread for longer than "
            "reading_times, read and not taken on, nothing done for quiet_days, the clock of an "
            "official complaint. The same is never written twice. `intake deliver --watch` does "
            "this by itself."
        ),
    )
    remind.set_defaults(run=_remind)


def _remind(_chosen: argparse.Namespace) -> int:
    settings = read_settings()
    settings.refuse_owner()
    worker = courier(settings)
    print(f"{reminders(settings, worker).remind()} new reminders")
    worker.deliver()
    return 0

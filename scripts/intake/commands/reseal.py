"""`intake reseal`: seal the open cases to today's keys, on a key holder's own computer."""

from __future__ import annotations

import argparse
import sys

from intake import resealing
from intake.commands.shape import Commands, add_key, unlocked
from intake.settings import read_settings


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    resealed = commands.add_parser(
        "reseal",
        help="seal open cases to today's keys",
        description="Seal every open case at the tracker to today's keys.",
        epilog=(
            "Run it on your own computer after keys were added or retired, with a key that opens "
            "the cases. Nothing is written or sent in the clear. Closed and withdrawn cases are "
            "not touched."
        ),
    )
    add_key(resealed)
    resealed.add_argument("--dry-run", action="store_true", help="say what would change, no more")
    resealed.set_defaults(run=_reseal)


def _reseal(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    tracker, keys, key = settings.open_tracker(), settings.load_keys(), unlocked(chosen)
    outcomes = []
    for outcome in resealing.Renewal(tracker, key, keys, chosen.dry_run).run():
        outcomes.append(outcome)
        if outcome.left:
            print(outcome, file=sys.stderr)
        elif outcome.renewed and not chosen.dry_run:
            print(outcome, flush=True)
    print(resealing.summary(outcomes, dry_run=chosen.dry_run))
    return 1 if any(outcome.left for outcome in outcomes) else 0

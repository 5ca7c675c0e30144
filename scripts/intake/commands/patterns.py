"""`intake patterns`: label open cases that name the same agency, employer or number."""

from __future__ import annotations

import argparse

from intake import patterns
from intake.commands.shape import Commands, add_key, unlocked
from intake.labels import NOT_GROUPED, UNCHECKED
from intake.settings import ROOT, read_settings

_PUBLIC = (ROOT / "docs/data/hotlines.yml", ROOT / "docs/data/contacts.yml")


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    looked = commands.add_parser(
        "patterns",
        help="group cases that name the same agency, employer or number",
        description=(
            "Open the open cases with your key, in memory only, and label those that name the same "
            "agency, employer or telephone number, such as “pola: A3”. Run it on your own "
            "computer, never on the receiver. It prints case numbers, never a name. Take “"
            f"{UNCHECKED}” away once you have called back; “{NOT_GROUPED}” leaves a "
            "case out for good."
        ),
    )
    add_key(looked)
    looked.add_argument("--dry-run", action="store_true", help="say the groups, label nothing")
    looked.set_defaults(run=_patterns)


def _patterns(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    tracker = settings.open_tracker()
    form = settings.load_form(settings.load_organization())
    tracker.check()
    found = patterns.look(tracker, unlocked(chosen), form, patterns.public_numbers(*_PUBLIC))
    if not chosen.dry_run:
        patterns.write(tracker, found.changes)
    for label, cases in found.groups.items():
        print(f"{label.removeprefix('pola: ')}: {', '.join(cases)}")
    changed = "would change" if chosen.dry_run else "changed"
    print(f"{found.opened} opened, {len(found.groups)} groups, {len(found.changes)} {changed}")
    if found.shut:
        print(f"Not opened with this key: {', '.join(found.shut)}")
    return 0

"""`intake setup`: make the tracker ready for a team, after saying what will be changed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from intake.commands.shape import Commands
from intake.labels import all_labels
from intake.plan import shipped_plan
from intake.setting_up import (
    BY_HAND,
    Change,
    carry_out,
    file_changes,
    issue_forms,
    label_changes,
    search_link,
    searches,
)
from intake.settings import Settings, read_settings
from intake.tracker import Repository, open_repository, open_tracker


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    setup = commands.add_parser(
        "setup",
        help="make the tracker ready: labels, forms, searches, checklist",
        description=(
            "Make or mend the labels and the issue forms in the private tracker repository, after "
            "saying what will be changed. Labels need the login for issues. The files are written "
            "with INTAKE_GITHUB_OWNER_TOKEN where it is set, and else printed to be added by hand. "
            "Then print searches as links, and what a person has to switch off. On a folder "
            "tracker it makes the folder and LABELS.yml."
        ),
    )
    setup.add_argument("--dry-run", action="store_true", help="say what would change, no more")
    setup.set_defaults(run=_setup)


def _setup(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    organization = settings.load_organization()
    login = settings.owner or settings.github
    tracker = open_tracker(settings.tracker, login)
    tracker.check()  # refuses anything but a private repository, before anything is changed
    repository = open_repository(settings.tracker, login)
    forms = issue_forms(organization.site) if repository else {}
    wanted = all_labels(settings.load_form(organization), shipped_plan().teams)
    changes = [*label_changes(wanted, tracker.known_labels())]
    if repository and settings.owner:
        changes += file_changes(forms, repository)
    _print_changes(changes)
    if not chosen.dry_run:
        for change in changes:
            carry_out(change, tracker, repository)
        print(f"{len(changes)} made or mended")
    if repository:
        for line in _rest(settings, forms, repository):
            print(line)
    return 0


def _print_changes(changes: list[Change]) -> None:
    print("To change:" if changes else "Nothing to change: all is as it should be.")
    for change in changes:
        print(f"  {change.line}", flush=True)


def _rest(settings: Settings, forms: dict[str, str], repository: Repository) -> Iterator[str]:
    """What no program does: files without the right for it, bookmarks, switches."""
    if settings.owner is None:
        yield "\nFiles to add by hand (or set INTAKE_GITHUB_OWNER_TOKEN and run this again):"
        for path, text in forms.items():
            yield f"\n--- {path} ---\n{text}"
    yield "\nSearches; keep them as bookmarks on your own device:"
    place = repository.place()
    for name, query in searches(shipped_plan().teams).items():
        yield f"  {name}: {search_link(query, settings.github_api, place)}"
    yield "\nTo switch off or set by hand, once:"
    yield from (f"  [ ] {line}" for line in BY_HAND)

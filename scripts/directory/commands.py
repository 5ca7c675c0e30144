"""The command `directory`. Exit 0 on success, 1 on failure with plain lines, 2 on wrong use."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from directory import print_commands
from directory.checks import problems
from directory.confirming import Confirmation, NotConfirmed, confirmed, holds
from directory.downloads import downloads
from directory.printing import NotPrintable
from directory.published import read_published
from directory.reading import DataProblems
from directory.records import Contact, Hotline, load_contacts, load_hotlines
from directory.upkeep import report, uses

DOCS = Path("docs")
FILES = ("hotlines.yml", "contacts.yml")
WITHIN_DAYS = 30

FAILURES = (DataProblems, NotConfirmed, NotPrintable, OSError)

Commands = Any
"""What `ArgumentParser.add_subparsers` returns; argparse keeps its type private."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    chosen = parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except FAILURES as error:
        print(f"directory: {error}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="directory",
        description="Look after the directory of numbers and organizations in docs/data/.",
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _add_check(commands)
    _add_stale(commands)
    _add_confirm(commands)
    _add_export(commands)
    print_commands.add_poster(commands)
    print_commands.add_card(commands)
    return top


def _add_check(commands: Commands) -> None:
    check = commands.add_parser(
        "check",
        help="name every fault of the data",
        description="Name every fault of the data files at once: file, entry, field and cure.",
    )
    _add_docs(check)
    check.set_defaults(run=_check)


def _add_stale(commands: Commands) -> None:
    stale = commands.add_parser(
        "stale",
        help="list what to call and what ends",
        description="List the numbers nobody has called, the most used first; then what ends soon "
        "and what has ended. Markdown, on standard output.",
    )
    stale.add_argument(
        "--within", type=int, default=WITHIN_DAYS, help=f"days ahead (default {WITHIN_DAYS})"
    )
    _add_day(stale, "as of this day (default today)")
    _add_docs(stale)
    stale.set_defaults(run=_stale)


def _add_confirm(commands: Commands) -> None:
    confirm = commands.add_parser(
        "confirm",
        help="write down that a number answered or a source still says so",
        description="Write one fact into the data file, and change nothing else in it.",
    )
    confirm.add_argument("id", help="id of the entry, such as id-kp2mi-callcentre")
    confirm.add_argument(
        "--by",
        choices=("call", "source"),
        required=True,
        help="call: the office answered and is the one named; source: its page still says so",
    )
    confirm.add_argument("--on", type=_day, required=True, help="day of it, such as 2026-11-22")
    confirm.add_argument("--number", help="the one number of the entry that it is about")
    confirm.add_argument("--list", choices=FILES, help="file, where an id stands in both")
    _add_docs(confirm)
    confirm.set_defaults(run=_confirm)


def _add_export(commands: Commands) -> None:
    export = commands.add_parser(
        "export",
        help="write the files of /unduh/ to a folder",
        description="Write HSDS JSON, CSV and vCards of what may be handed on to a folder.",
    )
    export.add_argument("folder", type=Path, help="folder to write to; it is made")
    _add_day(export, "as of this day (default today)")
    _add_docs(export)
    export.set_defaults(run=_export)


def _add_docs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--docs", type=Path, default=DOCS, help=f"folder (default {DOCS})")


def _add_day(command: argparse.ArgumentParser, told: str) -> None:
    command.add_argument("--on", type=_day, default=None, help=told)


def _check(chosen: argparse.Namespace) -> int:
    found = problems(chosen.docs / "data")
    if found:
        raise DataProblems(found)
    hotlines, contacts = _records(chosen.docs)
    print(f"{len(hotlines)} numbers and {len(contacts)} organizations: no fault found.")
    return 0


def _stale(chosen: argparse.Namespace) -> int:
    hotlines, contacts = _records(chosen.docs)
    on = chosen.on or _today()
    print(report([*hotlines, *contacts], uses(chosen.docs), on, chosen.within), end="")
    return 0


def _confirm(chosen: argparse.Namespace) -> int:
    wish = Confirmation(chosen.id, chosen.by, chosen.on, chosen.number)
    _records(chosen.docs)
    file = _file_of(chosen)
    # Bytes, so that the ends of lines stay as they are.
    text = file.read_bytes().decode("utf-8")
    file.write_bytes(confirmed(text, wish, _today()).encode("utf-8"))
    print(f"{file}: {wish.id} confirmed by {wish.way} on {wish.on}.")
    return 0


def _file_of(chosen: argparse.Namespace) -> Path:
    folder = chosen.docs / "data"
    names = [chosen.list] if chosen.list else FILES
    found = [name for name in names if holds((folder / name).read_text("utf-8"), chosen.id)]
    if not found:
        raise NotConfirmed(f"no entry has the id {chosen.id}; ids stand in {' and '.join(names)}.")
    if len(found) > 1:
        raise NotConfirmed(f"{chosen.id} stands in both files; name one with --list.")
    path: Path = folder / found[0]
    return path


def _export(chosen: argparse.Namespace) -> int:
    files = downloads(read_published(chosen.docs / "data", chosen.on or _today()))
    for name, text in files.items():
        path = chosen.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    print(f"{len(files)} files written to {chosen.folder}.")
    return 0


def _records(docs: Path) -> tuple[tuple[Hotline, ...], tuple[Contact, ...]]:
    data = docs / "data"
    return load_hotlines(data / "hotlines.yml"), load_contacts(data / "contacts.yml")


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _today() -> date:
    return datetime.now(UTC).date()


if __name__ == "__main__":
    sys.exit(main())

"""`intake import`: take in reports that came by chat, by mail or from a form service."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from intake import import_rows, importing, sealing
from intake.commands.shape import Commands, kept_spool
from intake.export_map import MAP_HELP, load_map
from intake.form import LANGUAGES
from intake.register import read_files
from intake.register_import import Importer, follow_numbers
from intake.settings import Settings, read_settings
from intake.spool import Spool


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    imported = commands.add_parser(
        "import",
        help="take in what came by chat, by mail or from a form service",
        description="Take handed-over reports, or rows of a CSV, into the spool, each once.",
        epilog=MAP_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    imported.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="file, folder, .eml or mailbox with handed-over reports; - reads standard input",
    )
    imported.add_argument(
        "--old-keys", type=Path, help="folder with older public keys that count as held this time"
    )
    imported.add_argument("--csv", type=Path, help="export of a form service, instead of a PATH")
    imported.add_argument("--map", type=Path, help="which column answers which field (MAP.yml)")
    imported.add_argument(
        "--language", choices=LANGUAGES, default="id", help="language that the rows are written in"
    )
    imported.add_argument(
        "--check", action="store_true", help="only say what is wrong with which row; keep nothing"
    )
    imported.add_argument(
        "--good-rows", action="store_true", help="take the rows that are right and leave the others"
    )
    imported.add_argument(
        "--register", type=Path, help="folder of intake export, filed in INTAKE_TRACKER"
    )
    imported.add_argument(
        "--spool", action="store_true", help="with --register: the spool follows the new issues"
    )
    imported.set_defaults(run=_import, usage=imported)


def _import(chosen: argparse.Namespace) -> int:
    if wrong := _wrong_import(chosen):
        chosen.usage.error(wrong)
    settings = read_settings()
    if chosen.register is not None:
        return _take_register(settings, chosen)
    if chosen.csv is None:
        counter = _counter(settings, chosen)
        return _tell(importing.import_paths(counter, chosen.paths, int(time.time())))
    organization = settings.load_organization()
    form = settings.load_form(organization)
    export = load_map(chosen.map, form)
    key = import_rows.token_key(settings.load_secret(), organization, export)
    rows = import_rows.read_rows(chosen.csv.read_bytes(), export, form, chosen.language, key)
    if chosen.check or (any(row.problems for row in rows) and not chosen.good_rows):
        return _tell_rows(rows, checked=chosen.check)
    counter = _counter(settings, chosen)
    return _tell(import_rows.take_rows(counter, organization, rows, int(time.time())))


def _wrong_import(chosen: argparse.Namespace) -> str:
    sources = [chosen.paths, chosen.csv, chosen.register]
    if sum(bool(source) for source in sources) != 1:
        return (
            "name at least one file or folder, or - for standard input, or else --csv or --register"
        )
    if chosen.spool and chosen.register is None:
        return "--spool goes with --register"
    if (chosen.csv is None) != (chosen.map is None):
        return "--csv and --map go together"
    if chosen.csv is None and (chosen.check or chosen.good_rows):
        return "--check and --good-rows go with --csv"
    return ""


def _take_register(settings: Settings, chosen: argparse.Namespace) -> int:
    """File a register, one line for each case; then its count."""
    found = read_files(chosen.register)
    importer = Importer(
        tracker=settings.open_tracker(),
        settle_seconds=settings.load_organization().settle_seconds,
        journal=chosen.register / ".importing",
        now=lambda: int(time.time()),
        wait=time.sleep,
    )
    filed = []
    for case in importer.take(found):
        filed.append(case)
        print(case, flush=True)
    print(f"{sum(case.fresh for case in filed)} filed, {len(found.cases)} in the register")
    if chosen.spool:
        with kept_spool(settings) as spool:
            numbers = {case.case_number: case.number for case in filed}
            moved = 0 if spool is None else follow_numbers(spool, numbers)
        print(f"{moved} cases of the spool follow their new issues")
    return 0


def _tell(results: Iterable[importing.Result]) -> int:
    """Print each result as it comes, then the count; 1 where something was not taken."""
    told = []
    for result in results:
        told.append(result)
        print(result, file=sys.stderr if result.problem else sys.stdout)
    print(importing.summary(told))
    return 1 if any(result.problem for result in told) else 0


def _tell_rows(rows: Sequence[import_rows.Row], *, checked: bool) -> int:
    """Print what is wrong with which row; nothing was taken."""
    wrong = [row for row in rows if row.problems]
    for row in wrong:
        for problem in row.problems:
            print(f"{row.name}: {problem}", file=sys.stderr)
    print(f"{len(rows) - len(wrong)} rows are right, {len(wrong)} are not; nothing was taken")
    if wrong and not checked:
        print("Mend the rows or the map, or take the rest with --good-rows.")
    return 1 if wrong else 0


def _counter(settings: Settings, chosen: argparse.Namespace) -> importing.Counter:
    # Older keys are held for what was sealed to them; rows are sealed to today's alone.
    older = [
        replace(key, retired=key.retired or date.today())
        for key in (sealing.read_public_keys(chosen.old_keys) if chosen.old_keys else ())
    ]
    return importing.Counter(
        form=settings.load_form(settings.load_organization()),
        keys=(*settings.load_keys(), *older),
        spool=Spool(settings.database),
        secret=settings.load_secret(),
    )

"""The commands `directory poster` and `directory card`: read the data, write one PDF.

Whatever may not be printed raises `NotPrintable`, and broken data DataProblems; nothing is
written then.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args

from directory.cards import card_sheet, load_cards
from directory.posters import Directory, Size, Wish, poster
from directory.print_words import load_saying
from directory.printing import NotPrintable, Sheet, pdf
from directory.reading import read_yaml
from directory.records import load_contacts, load_countries, load_hotlines, load_regions

LANGUAGES = ("id", "en")
DOCS = Path("docs")

Commands = Any
"""What `ArgumentParser.add_subparsers` returns; argparse keeps its type private."""


def add_poster(commands: Commands) -> None:
    """Add the command `poster`."""
    made = commands.add_parser(
        "poster",
        help="print a poster, a pocket card or a talk sheet",
        description="Print a poster (a3, a4), a pocket card (a6) or the sheet for a talk as PDF.",
    )
    made.add_argument("--size", choices=get_args(Size), default="a3", help="default a3")
    _add_language(made)
    made.add_argument("--region", help="code of a province or regency, such as 33.02")
    made.add_argument("--country", help="code of a country of work, such as MY")
    made.add_argument(
        "--call",
        action="append",
        default=[],
        metavar="ID",
        help="print this entry of the directory instead of the usual ones; up to four times",
    )
    made.add_argument("--on", type=date.fromisoformat, required=True, help="day of printing")
    _add_places(made)
    made.set_defaults(run=_poster)


def add_card(commands: Commands) -> None:
    """Add the command `card`."""
    made = commands.add_parser(
        "card",
        help="print a paralegal's identity card",
        description="Print the identity card of a number in cards.yml, front and back, as PDF.",
    )
    made.add_argument("number", help="number of the card, such as 4271-0385")
    _add_language(made)
    made.add_argument("--on", type=date.fromisoformat, help="day of printing, default today")
    _add_places(made)
    made.set_defaults(run=_card)


def _add_language(command: argparse.ArgumentParser) -> None:
    command.add_argument("--language", choices=LANGUAGES, default="id", help="default id")


def _add_places(command: argparse.ArgumentParser) -> None:
    command.add_argument("--docs", type=Path, default=DOCS, help=f"folder (default {DOCS})")
    command.add_argument("-o", "--output", type=Path, required=True, help="PDF to write")


def _poster(chosen: argparse.Namespace) -> int:
    wish = Wish(chosen.size, chosen.on, chosen.region, chosen.country, tuple(chosen.call))
    say = load_saying(chosen.docs / "data", chosen.language)
    return _write(poster(wish, _directory(chosen.docs), say), chosen.output)


def _card(chosen: argparse.Namespace) -> int:
    data = chosen.docs / "data"
    sheet = card_sheet(
        chosen.number,
        load_cards(data / "cards.yml"),
        load_contacts(data / "contacts.yml"),
        _organization(data, os.environ)["site"],
        chosen.on or datetime.now(UTC).date(),
        load_saying(data, chosen.language),
    )
    return _write(sheet, chosen.output)


def _directory(docs: Path) -> Directory:
    data = docs / "data"
    organization = _organization(data, os.environ)
    return Directory(
        hotlines=load_hotlines(data / "hotlines.yml"),
        contacts=load_contacts(data / "contacts.yml"),
        countries=load_countries(data / "countries.yml"),
        provinces=load_regions(data / "regions.yml"),
        site=organization["site"],
        home_region=organization["home_region"],
        docs=docs,
    )


def _organization(data: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the site's address and home region, as the site itself finds them."""
    file = Path(settings.get("INTAKE_ORGANIZATION") or data / "organization.yml")
    told = read_yaml(file)
    try:
        site = settings.get("INTAKE_SITE") or told["site"]
        return {"site": str(site), "home_region": str(told["home_region"])}
    except (KeyError, TypeError) as error:
        needed = f"{file} needs site and home_region; `intake doctor` says more"
        raise NotPrintable(needed) from error


def _write(sheet: Sheet, file: Path) -> int:
    file.write_bytes(pdf(sheet))
    print(f"{file}: {sheet.title}")
    return 0

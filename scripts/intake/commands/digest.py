"""`intake digest`: a month for the team's meeting, and counts that may leave the team."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

import jinja2

from content.typeset import typeset
from intake import aggregate, digest, register
from intake.commands.shape import Commands, add_key, kept_spool, unlocked
from intake.form import LANGUAGES
from intake.settings import Settings, read_settings


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    made = commands.add_parser(
        "digest",
        help="count a month for the meeting",
        description=(
            "Count a month for the team's meeting, as a page and a PDF, with an agenda of cases by "
            "number. With --key, once the month is over, also what may leave the team: counts of "
            "those who agreed to be counted, small ones hidden, as a print and as open data. The "
            "key opens the reports in memory, only to see who agreed."
        ),
    )
    made.add_argument("--month", required=True, help="such as 2026-11")
    made.add_argument("--out", type=Path, help="folder for the files (default var/digest/MONTH)")
    made.add_argument("--language", choices=LANGUAGES, default="id", help="language of the files")
    add_key(made, required=False)
    made.set_defaults(run=_digest)


def _digest(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    view = _view(settings, chosen)
    found, tallies = _read(settings, view.now)
    cases = digest.seen(found, view)
    folder = chosen.out or Path("var/digest") / view.month.name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = digest.content(cases, tallies, view, digest.practised(found))
    (folder / "digest.html").write_text(_page(content), encoding="utf-8")
    (folder / "digest.pdf").write_bytes(_pdf("digest", content))
    print(f"{folder}: digest.html, digest.pdf")
    if chosen.key is None:
        print("No aggregate for others: it counts only those who agreed; name a key with --key.")
        return 0
    return _aggregate(found, cases, chosen, view, folder)


def _aggregate(
    found: register.Register,
    cases: list[digest.Seen],
    chosen: argparse.Namespace,
    view: digest.View,
    folder: Path,
) -> int:
    agreed, shut = aggregate.agreed(found, unlocked(chosen))
    rows = aggregate.rows(cases, agreed, view)
    aggregate.keep(folder, aggregate.open_data(rows, view))
    (folder / "aggregate.pdf").write_bytes(_pdf("aggregate", aggregate.content(rows, view)))
    print(f"{folder}: aggregate.pdf, aggregate.csv, aggregate.json, README.md")
    if shut:
        print(f"{shut} reports are not opened by this key and not in the aggregate.")
    return 0


def _view(settings: Settings, chosen: argparse.Namespace) -> digest.View:
    organization = settings.load_organization()
    return digest.View(
        form=settings.load_form(organization),
        organization=organization,
        month=digest.Month.read(chosen.month, organization.time_zone),
        now=int(time.time()),
        language=chosen.language,
    )


def _read(settings: Settings, now: int) -> tuple[register.Register, list[dict[str, Any]] | None]:
    """The register, and what is left of erased cases where a spool is kept."""
    with kept_spool(settings) as spool:
        dates = {} if spool is None else register.dates_of(spool)
        tallies = None if spool is None else spool.tallies()
    return register.read_tracker(settings.open_tracker(), dates, now)[0], tallies


def _page(content: dict[str, Any]) -> str:
    loader = jinja2.FileSystemLoader(digest.PRINT)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("digest.html").render(content) + "\n"


def _pdf(template: str, content: dict[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    path = digest.PRINT / f"{template}.typ"
    return typeset(path, text, content["title"], dt.date(**content["on"]))

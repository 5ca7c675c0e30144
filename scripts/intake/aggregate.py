"""Counts of a month that may leave the team: for villages, offices and as open data.

Only people who agreed to be counted (`statistics` in the form) are in them, and small counts are
hidden (`disclosure.py`). The tables are areas, countries, both crossed, urgencies and problems of
those whose request came in that month; months do not overlap, and a month is counted
once, after its end. `MonthNotOver` and `CountedBefore` say what to do.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intake import sealing
from intake.digest import Seen, View, codes_of, counted, label_of
from intake.disclosure import LEAST, OTHER, fold, hide_line, hide_overlapping, hide_table
from intake.register import Case, Register, table
from intake.sealing import PrivateKey

TOTAL = "total"


class MonthNotOver(Exception):
    """A month that still runs would be counted twice."""


class CountedBefore(Exception):
    """The folder holds other counts of this month: the difference would tell a few people."""


@dataclass(frozen=True)
class Row:
    """One count: of which table, of which codes; None is hidden."""

    table: str
    area: str
    country: str
    urgency: str
    problem: str
    cases: int | None


def agreed(register: Register, key: PrivateKey) -> tuple[frozenset[str], int]:
    """The cases whose people agreed to be counted, and how many this key does not open."""
    found, shut = set(), 0
    for case in register.cases:
        try:
            if _agrees(case, key):
                found.add(case.case_number)
        except (sealing.NotSealed, sealing.NotForThisKey, sealing.Damaged, ValueError):
            shut += 1
    return frozenset(found), shut


def rows(cases: Sequence[Seen], counted_cases: Collection[str], view: View) -> list[Row]:
    """The published counts of the month; below `LEAST` in all nothing but that."""
    if view.now < view.month.end:
        raise MonthNotOver(
            f"{view.month.name} is not over: the aggregate is made once, after its last day."
        )
    fresh = [
        case
        for case in cases
        if view.month.holds(case.received_at)
        and not case.withdrawn
        and case.case_number in counted_cases
    ]
    if len(fresh) < LEAST:
        return [_row(TOTAL, None)]
    return [_row(TOTAL, len(fresh)), *_places(fresh, view), *_kinds(fresh, view)]


def open_data(found: Sequence[Row], view: View) -> dict[str, str]:
    """The files of open data by name: CSV, JSON and their dictionary."""
    plain = [row.__dict__ | {"month": view.month.name} for row in found]
    columns = {name: (id_, en) for name, (id_, en) in COLUMNS.items()}
    listed = [[row["month"], *(_shown(row[name]) for name in list(columns)[1:])] for row in plain]
    whole = {
        "month": view.month.name,
        "made_by": view.organization.name.model_dump(),
        "license": "CC BY-SA 4.0",
        "least_shown": LEAST,
        "rows": [{name: row[name] for name in columns} for row in plain],
    }
    return {
        "aggregate.csv": table(columns, listed),
        "aggregate.json": json.dumps(whole, ensure_ascii=False, indent=1) + "\n",
        "README.md": _dictionary(),
    }


def content(found: Sequence[Row], view: View) -> dict[str, Any]:
    """What the one-page print shows, fit for JSON."""
    total = found[0].cases
    return {
        "language": view.language,
        "brand": view.organization.name[view.language],
        "title": view.say("aggregate_title", month=view.spoken(view.month.name)),
        "kicker": view.say("aggregate_kicker"),
        "on": {"year": view.day.year, "month": view.day.month, "day": view.day.day},
        "total": total,
        "total_words": view.say("aggregate_total"),
        "few": view.say("aggregate_few") if total is None else "",
        "notes": [view.say("aggregate_consent"), view.say("aggregate_hidden")],
        "charts": list(_shown_charts(found, view)),
        "crossed": _crossed(found, view),
        "crossed_title": view.say("aggregate_both"),
    }


def keep(folder: Path, files: dict[str, str]) -> None:
    """Write the open data; other counts of the same month that lie there are `CountedBefore`."""
    path = folder / "aggregate.csv"
    if path.exists() and path.read_text(encoding="utf-8") != files["aggregate.csv"].replace(
        "\r\n", "\n"
    ):
        raise CountedBefore(
            f"{path} holds other counts of this month: keep the first, since the difference would "
            "tell who came between. Delete it only if nobody outside has seen it."
        )
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")


def _agrees(case: Case, key: PrivateKey) -> bool:
    opened = sealing.open_sealed(sealing.find_sealed(case.body), key)
    try:
        report = json.loads(opened)
    except (ValueError, RecursionError):
        # Raised without its cause, which quotes what a person wrote.
        raise ValueError("This is no report.") from None
    consents = report.get("consents") if isinstance(report, dict) else None
    if not isinstance(consents, dict):
        raise ValueError("This is no report.")
    return consents.get("keep") is True and "count-me" in (consents.get("statistics") or [])


def _places(fresh: Sequence[Seen], view: View) -> Iterator[Row]:
    area_of = {case.case_number: _one(case, "regency") for case in fresh}
    country_of = {case.case_number: _one(case, "country") for case in fresh}
    areas = fold(Counter(area_of.values()), len(view.form.field("regency").codes))
    countries = fold(Counter(country_of.values()), len(view.form.field("country").codes))
    # Where all are folded into one, its row would only say the total again.
    if len(areas) > 1:
        yield from (_row("area", count, area=code) for code, count in areas.items())
    if len(countries) > 1:
        yield from (_row("country", count, country=code) for code, count in countries.items())
    if len(areas) < 2 or len(countries) < 2:
        return
    both = Counter(
        (_folded(areas, area_of[number]), _folded(countries, country_of[number]))
        for number in area_of
    )
    cells = hide_table([[both[area, country] for country in countries] for area in areas])
    for area, line in zip(areas, cells, strict=True):
        for country, count in zip(countries, line, strict=True):
            yield _row("area_country", count, area=area, country=country)


def _kinds(fresh: Sequence[Seen], view: View) -> Iterator[Row]:
    levels = [str(level) for level in view.form.levels]
    urgencies = Counter(case.urgency for case in fresh)
    for level, count in zip(levels, hide_line([urgencies[lv] for lv in levels]), strict=True):
        yield _row("urgency", count, urgency=level)
    groups = list(view.form.groups)
    problems = Counter(code for case in fresh for code in codes_of(case.facts, "problem"))
    hidden = hide_overlapping([problems[group] for group in groups], len(fresh))
    for group, count in zip(groups, hidden, strict=True):
        yield _row("problem", count, problem=group)


def _one(case: Seen, name: str) -> str:
    return str(case.facts.get(name, ""))


def _folded(named: Collection[str], code: str) -> str:
    return code if code in named else OTHER


def _row(name: str, cases: int | None, **codes: str) -> Row:
    empty = dict.fromkeys(("area", "country", "urgency", "problem"), "")
    return Row(table=name, cases=cases, **(empty | codes))


def _shown(value: object) -> object:
    return "hidden" if value is None else value


def _shown_charts(found: Sequence[Row], view: View) -> Iterator[dict[str, Any]]:
    kinds = {"area": "regency", "country": "country", "urgency": "urgency", "problem": "problem"}
    for name, fact in kinds.items():
        listed = [(_label(row, name, fact, view), row.cases) for row in found if row.table == name]
        if not listed:
            continue
        known = [(label, count) for label, count in listed if count is not None]
        if name == "problem":
            known.sort(key=lambda row: -row[1])
        hidden = [label for label, count in listed if count is None]
        note = view.say("by_problem_note") if name == "problem" else ""
        yield {"title": view.say(f"aggregate_{name}"), "hidden": hidden, **counted(known, note)}


def _crossed(found: Sequence[Row], view: View) -> dict[str, Any]:
    cells = {(row.area, row.country): row.cases for row in found if row.table == "area_country"}
    if all(count is None for count in cells.values()):
        return {"head": [], "rows": []}  # a table of nothing but dots
    areas = list(dict.fromkeys(area for area, _ in cells))
    countries = list(dict.fromkeys(country for _, country in cells))
    return {
        "head": [_name("country", code, view) for code in countries],
        "rows": [
            {
                "label": _name("regency", area, view),
                "cells": [
                    "·" if cells[area, c] is None else str(cells[area, c]) for c in countries
                ],
            }
            for area in areas
        ],
    }


def _label(row: Row, name: str, fact: str, view: View) -> str:
    return _name(fact, getattr(row, name), view)


def _name(fact: str, code: str, view: View) -> str:
    if code == OTHER:
        return view.say({"regency": "other_area", "country": "other_country"}[fact])
    return label_of(view.form, fact, code, view.language)


# Column: what it holds, in Indonesian and English.
COLUMNS: dict[str, tuple[str, str]] = {
    "month": ("Bulan permintaan datang", "Month in which the requests came"),
    "table": (
        "total, area, country, area_country, urgency atau problem",
        "total, area, country, area_country, urgency or problem",
    ),
    "area": (
        "Kode wilayah resmi asal; 00 tidak tahu; other semua yang lain",
        "Official code of the home region; 00 unknown; other all the rest",
    ),
    "country": (
        "ISO 3166-1 alpha-2; ZZ tidak tahu; other semua yang lain",
        "ISO 3166-1 alpha-2; ZZ unknown; other all the rest",
    ),
    "urgency": ("red, yellow atau green", "red, yellow or green"),
    "problem": (
        "Kelompok masalah; satu permintaan bisa beberapa",
        "Group of problems; a request may have several",
    ),
    "cases": (
        "Jumlah permintaan; hidden di CSV dan null di JSON berarti disembunyikan",
        "Number of requests; hidden in CSV and null in JSON mean hidden",
    ),
}


def _dictionary() -> str:
    lines = [f"| `{name}` | {id_} | {en} |" for name, (id_, en) in COLUMNS.items()]
    return "\n".join([_DICTIONARY, "", "| | Indonesia | English |", "|---|---|---|", *lines, ""])


_DICTIONARY = f"""# aggregate.csv, aggregate.json

Hanya orang yang mengizinkan dihitung. Jumlah sebenarnya bisa lebih besar.
Angka di bawah {LEAST} disembunyikan, juga nol. Angka lain ikut disembunyikan bila bisa membukanya.
Satu bulan dihitung satu kali, sesudah bulan itu selesai. Jangan terbitkan dua hitungan dari satu
bulan: selisihnya bisa menunjuk orang.

Only people who agreed to be counted. The true number may be larger.
Counts below {LEAST} are hidden, zero too, and others with them where they would give them away.
A month is counted once, after its end. Never publish two counts of one month: their difference
may point at a person.

Licence: CC BY-SA 4.0. UTF-8, RFC 4180."""

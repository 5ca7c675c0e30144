"""Write ISO 8601 dates as people say them, with the names of the months in any language.

A date that is not `YYYY`, `YYYY-MM` or `YYYY-MM-DD` raises `ContentProblem`.
"""

from __future__ import annotations

import datetime as dt
import re

from content.problem import ContentProblem

_SHAPE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def spoken_date(value: str | dt.date, months: str) -> str:
    """Return `2026-11-21` as `21 November 2026`; a year or a month alone stays alone.

    `months` are the names of the twelve months with blanks between them.
    """
    text = value.isoformat() if isinstance(value, dt.date) else value
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise ContentProblem(f"{text!r} is not a date: write 2026, 2026-11 or 2026-11-21")
    year, month, day = match.groups()
    return " ".join(filter(None, (_day(day), _month(month, months.split()), year)))


def _day(day: str | None) -> str:
    return str(int(day)) if day else ""


def _month(month: str | None, names: list[str]) -> str:
    if not month:
        return ""
    number = int(month)
    if not 1 <= number <= len(names):
        raise ContentProblem(f"there is no month {month}: write 01 to 12")
    return names[number - 1]

"""Write ISO 8601 dates as people say them, in Indonesian and English.

A date that is not `YYYY`, `YYYY-MM` or `YYYY-MM-DD` raises `ContentProblem`.
"""

from __future__ import annotations

import datetime as dt
import re

from content.problem import ContentProblem

_MONTHS = {
    "id": (
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
_SHAPE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def spoken_date(value: str | dt.date, language: str) -> str:
    """Return `2026-11-21` as `21 November 2026`; a year or a month alone stays alone."""
    text = value.isoformat() if isinstance(value, dt.date) else value
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise ContentProblem(f"{text!r} is not a date: write 2026, 2026-11 or 2026-11-21")
    year, month, day = match.groups()
    return " ".join(filter(None, (_day(day), _month(month, language), year)))


def _day(day: str | None) -> str:
    return str(int(day)) if day else ""


def _month(month: str | None, language: str) -> str:
    if not month:
        return ""
    number = int(month)
    if not 1 <= number <= len(_MONTHS[language]):
        raise ContentProblem(f"there is no month {month}: write 01 to 12")
    return _MONTHS[language][number - 1]

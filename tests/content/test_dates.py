"""Dates are stored as ISO 8601 and spoken in two languages."""

from __future__ import annotations

import datetime as dt

import pytest

from content.dates import spoken_date
from content.problem import ContentProblem


@pytest.mark.parametrize(
    ("value", "language", "spoken"),
    [
        ("2026-11-21", "id", "21 November 2026"),
        ("2026-08-01", "id", "1 Agustus 2026"),
        ("2026-08-01", "en", "1 August 2026"),
        ("2020-03", "id", "Maret 2020"),
        ("2025", "en", "2025"),
        (dt.date(2026, 12, 31), "id", "31 Desember 2026"),
    ],
)
def test_a_date_is_spoken_as_exactly_as_it_is_known(
    value: str | dt.date, language: str, spoken: str
) -> None:
    """A month or a year alone gets no invented day."""
    assert spoken_date(value, language) == spoken


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("21/11/2026", "'21/11/2026' is not a date: write 2026, 2026-11 or 2026-11-21"),
        ("2026-13", "there is no month 13: write 01 to 12"),
    ],
)
def test_what_is_no_date_is_refused(value: str, message: str) -> None:
    """The message says which shapes are dates."""
    with pytest.raises(ContentProblem) as problem:
        spoken_date(value, "id")
    assert str(problem.value) == message

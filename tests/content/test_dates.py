"""Dates are stored as ISO 8601 and spoken in the language of the page."""

from __future__ import annotations

import datetime as dt

import pytest

from built_site import ROOT
from content.dates import spoken_date
from content.problem import ContentProblem
from content.wording import load_wording

WORDING = load_wording(ROOT / "docs/data/wording.yml")


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
    assert spoken_date(value, WORDING[language]["months"]) == spoken


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_month_has_a_name(language: str) -> None:
    """Twelve, and no two alike."""
    assert len(set(WORDING[language]["months"].split())) == 12


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
        spoken_date(value, WORDING["id"]["months"])
    assert str(problem.value) == message

"""A country's page begins with the number to call, then another if nobody answers."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from built_site import ROOT
from content.emergency import Numbers, numbers_by_country
from directory.records import Country, Text, WhatsApp, load_countries, load_hotlines

HOTLINES = load_hotlines(ROOT / "docs/data/hotlines.yml")
COUNTRIES = load_countries(ROOT / "docs/data/countries.yml")
MALAYSIA = Country(code="MY", slug="malaysia", name=Text(id="Malaysia", en="Malaysia"))


def numbers(*kinds: str) -> Numbers:
    """The numbers of a country whose records are of these kinds, in this order."""
    records: Any = [
        SimpleNamespace(id=str(place), kind=kind, country="MY", channels=[])
        for place, kind in enumerate(kinds)
    ]
    [found] = numbers_by_country(records, [MALAYSIA])
    return found


@pytest.mark.parametrize(
    ("kinds", "first", "second"),
    [
        (("emergency", "emergency", "mission"), "0", "2"),
        (("mission", "mission", "emergency"), "0", "2"),
        (("emergency", "labour"), "0", "1"),
        (("mission",), "0", None),
    ],
)
def test_the_second_number_is_another_kind_of_office(
    kinds: tuple[str, ...], first: str, second: str | None
) -> None:
    """Police then mission, or mission then police; else whoever stands next, or nobody."""
    found = numbers(*kinds)
    assert found.first.id == first
    assert (found.second and found.second.id) == second
    assert len(found.others) == len(kinds) - 1 - bool(second)


def test_no_number_of_the_directory_is_lost() -> None:
    """Each country's page holds every number of that country once."""
    found = numbers_by_country(HOTLINES, COUNTRIES)
    shown = [r.id for one in found for r in (one.first, one.second, *one.others) if r is not None]
    assert Counter(shown) == Counter(r.id for r in HOTLINES if r.country != "ID")


def test_a_message_goes_to_the_first_mission_that_reads_whatsapp() -> None:
    """Without one there is nobody to write to in that country."""
    by_code = {one.country.code: one for one in numbers_by_country(HOTLINES, COUNTRIES)}
    chat = by_code["KH"].chat
    assert isinstance(chat, WhatsApp)
    assert chat in by_code["KH"].missions[0].channels
    assert by_code["JO"].chat is None

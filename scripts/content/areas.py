"""Order the directory by where a body works: near home first, then the country, then abroad.

A region or country code that the data files do not hold raises `ContentProblem`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from content.problem import ContentProblem
from directory.records import Contact, Country, Coverage, Province

HOME = "ID"
_HOME_NAME = {"id": "Indonesia", "en": "Indonesia"}
_WHOLE_COUNTRY = {"id": "Seluruh Indonesia", "en": "All of Indonesia"}


@dataclass(frozen=True)
class Area:
    """One stretch of the directory, with an anchor that is the same in both languages."""

    anchor: str
    name: Mapping[str, str]
    contacts: Sequence[Contact]


def areas(
    contacts: Iterable[Contact],
    provinces: Iterable[Province],
    countries: Sequence[Country],
    home_region: str,
) -> tuple[Area, ...]:
    """Return the contacts by area; within an area they keep the order of their file.

    `home_region` is the official two-digit code of the province that comes first.
    """
    groups: dict[str, list[Contact]] = {}
    for contact in contacts:
        groups.setdefault(_code(contact.coverage), []).append(contact)
    names = _names(provinces, countries)
    abroad = [country.code for country in countries]
    # Sorting is stable: regencies of one province keep the order in which the file names them.
    ordered = sorted(groups, key=lambda code: _distance(code, home_region, abroad))
    return tuple(_area(code, groups[code], names) for code in ordered)


def country_name(code: str, countries: Iterable[Country]) -> Mapping[str, str]:
    """Return how people call a country, home included."""
    known = {HOME: _HOME_NAME} | {c.code: {"id": c.name.id, "en": c.name.en} for c in countries}
    if code not in known:
        raise ContentProblem(f"countries.yml: {code!r} is missing; add it with its names")
    return known[code]


def _code(coverage: Coverage) -> str:
    return coverage.region or coverage.country


def _distance(code: str, home_region: str, abroad: Sequence[str]) -> tuple[int, int]:
    if code == HOME:
        return (2, 0)
    if code in abroad:
        return (3, abroad.index(code))
    # A regency before its province, the home province before every other.
    return (0 if code.startswith(home_region) else 1, -len(code))


def _names(
    provinces: Iterable[Province], countries: Iterable[Country]
) -> dict[str, Mapping[str, str]]:
    names: dict[str, Mapping[str, str]] = {HOME: _WHOLE_COUNTRY}
    for province in provinces:
        names[province.code] = {"id": province.name, "en": province.name}
        names |= {r.code: {"id": r.name, "en": r.name} for r in province.regencies}
    return names | {c.code: {"id": c.name.id, "en": c.name.en} for c in countries}


def _area(code: str, contacts: Sequence[Contact], names: Mapping[str, Mapping[str, str]]) -> Area:
    if code not in names:
        raise ContentProblem(f"contacts.yml: coverage {code!r} is in no list of places; add it")
    return Area("area-" + code.replace(".", "-"), names[code], contacts)

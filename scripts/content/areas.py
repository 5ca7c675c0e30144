"""Order the directory by where a body works: near home first, then the country, then abroad.

A region or country code that the data files do not hold raises `ContentProblem`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from content.problem import ContentProblem
from directory.records import Contact, Country, Coverage, Province, Text

HOME = "ID"
HOME_SLUG = "indonesia"
_SEPARATOR = "."
_NUMBERS = ("voice", "whatsapp", "short-code")
_PARALEGALS = ("paralegal-group", "paralegal")
_REGENCY = len("33.02")


class Name(Protocol):
    """What something is called, by language."""

    def __getitem__(self, language: str, /) -> str: ...


@dataclass(frozen=True)
class SameEverywhere:
    """A name that every language writes alike, as those of regions."""

    name: str

    def __getitem__(self, language: str, /) -> str:
        """Return the name, whatever the language."""
        return self.name


@dataclass(frozen=True)
class Area:
    """One stretch of the directory; its code is that of a region or of a country."""

    code: str
    name: Name
    contacts: Sequence[Contact]

    @property
    def reachable(self) -> Sequence[Contact]:
        """Those with a channel that may be printed."""
        return [contact for contact in self.contacts if contact.channels]

    @property
    def unsure(self) -> Sequence[Contact]:
        """Those of whom only the name is sure."""
        return [contact for contact in self.contacts if not contact.channels]

    @property
    def anchor(self) -> str:
        """The same in every language."""
        return "area-" + self.code.replace(_SEPARATOR, "-")


@dataclass(frozen=True)
class AreaPage:
    """What the page of one area is made from; `wider` names the areas around it that have any."""

    area: Area
    wider: Sequence[Area]
    country: Country | None
    """The country abroad that the area is; none for home and its regions."""

    @property
    def nearest(self) -> Area | None:
        """The smallest area, from this one outwards, where somebody can be reached."""
        return next((area for area in (self.area, *self.wider) if area.reachable), None)


@dataclass(frozen=True)
class Places:
    """Every place that the directory may name, and which province is home."""

    provinces: Sequence[Province]
    countries: Sequence[Country]
    home_region: str
    home: Text
    """How people call the whole of the home country as an area."""

    def name(self, code: str) -> Name:
        """Return the name of a region or country; one that is not listed is refused."""
        known = self._names()
        if code not in known:
            raise ContentProblem(f"contacts.yml: coverage {code!r} is in no list of places; add it")
        return known[code]

    def distance(self, code: str) -> tuple[int, int]:
        """Return the order of areas: a regency before its province, home before every other."""
        abroad = [country.code for country in self.countries]
        if code == HOME:
            return (2, 0)
        if code in abroad:
            return (3, abroad.index(code))
        return (0 if code.startswith(self.home_region) else 1, -len(code))

    def regions(self) -> Iterable[str]:
        """Yield the regencies of the home province, then every province."""
        for province in self.provinces:
            if province.code == self.home_region:
                yield from (regency.code for regency in province.regencies)
        yield from (province.code for province in self.provinces)

    def _names(self) -> dict[str, Name]:
        names: dict[str, Name] = {HOME: self.home}
        for province in self.provinces:
            names[province.code] = SameEverywhere(province.name)
            names |= {one.code: SameEverywhere(one.name) for one in province.regencies}
        return names | {country.code: country.name for country in self.countries}


def areas(contacts: Iterable[Contact], places: Places) -> tuple[Area, ...]:
    """Return the contacts by area, in the order of `first_to_ask`."""
    groups: dict[str, list[Contact]] = {}
    for contact in contacts:
        for code in _codes(contact.coverage):
            groups.setdefault(code, []).append(contact)
    named = {code: places.name(code) for code in groups}
    # Sorting is stable: regencies of one province keep the order in which the file names them.
    ordered = sorted(groups, key=places.distance)
    return tuple(Area(code, named[code], first_to_ask(groups[code])) for code in ordered)


def first_to_ask(contacts: Iterable[Contact]) -> list[Contact]:
    """Return who can be reached before who cannot, paralegals before others, then who has a
    number before who has only an address. Else they keep the order of their file.
    """
    return sorted(contacts, key=_turn)


def _turn(contact: Contact) -> tuple[bool, bool, bool]:
    numbers = any(channel.kind in _NUMBERS for channel in contact.channels)
    return (not contact.channels, contact.kind not in _PARALEGALS, not numbers)


def area_pages(found: Sequence[Area], places: Places) -> tuple[AreaPage, ...]:
    """Return a page for each area that has an organization and for each place one may ask about.

    The form offers the regencies of the home province and every other province. A report from
    there names the region's page, so the page has to exist even while it is empty. Every country
    has one too, so that nobody abroad finds nothing.
    """
    by_code = {area.code: area for area in found}
    countries = [country.code for country in places.countries]
    codes = dict.fromkeys([*by_code, *places.regions(), *countries])
    abroad = {country.code: country for country in places.countries}
    return tuple(
        AreaPage(
            area=by_code.get(code) or Area(code, places.name(code), ()),
            wider=[by_code[wider] for wider in _around(code, abroad) if wider in by_code],
            country=abroad.get(code),
        )
        for code in codes
    )


def country_name(code: str, countries: Iterable[Country], home: Text) -> Text:
    """Return how people call a country, home included."""
    known = {HOME: home} | {country.code: country.name for country in countries}
    if code not in known:
        raise ContentProblem(f"countries.yml: {code!r} is missing; add it with its names")
    return known[code]


def _around(code: str, abroad: Mapping[str, Country]) -> list[str]:
    """Return the codes of the areas that hold this one, the smallest first."""
    if code == HOME or code in abroad:
        return []
    province = code.partition(_SEPARATOR)[0]
    return [HOME] if province == code else [province, HOME]


def _codes(coverage: Coverage) -> list[str]:
    """Return the areas of a body; whoever works for villages stands with their regency."""
    regions = (region[:_REGENCY] for region in (coverage.region, *coverage.regions) if region)
    first = [] if coverage.region else [coverage.country]
    return list(dict.fromkeys([*first, *regions, *coverage.countries]))

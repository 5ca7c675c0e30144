"""Answer the calls of the pages under /kontak/: helpers, places, kinds of help, one body.

Each call returns HTML for one page, whose links lead from there. A call for a place, a body or a
kind of help that is not in the data raises `ContentProblem`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup

from content.addresses import prefix
from content.areas import HOME, Area, AreaPage, first_to_ask
from content.emergency import Numbers
from content.problem import ContentProblem
from directory.downloads import card_path
from directory.records import Contact

# Whole cards beyond these would weigh too much; then a line each.
MOST_CARDS = 6
FOLDER = "kontak"


@dataclass(frozen=True)
class Directory:
    """What the pages under /kontak/ are made from."""

    contacts: Sequence[Contact]
    areas: Sequence[Area]
    area_pages: Sequence[AreaPage]
    numbers: Sequence[Numbers]

    @property
    def services(self) -> list[str]:
        """The kinds of help that somebody gives, the most usual first."""
        given: list[str] = [service for contact in self.contacts for service in contact.services]
        return sorted(dict.fromkeys(given), key=given.count, reverse=True)

    @property
    def by_distance(self) -> list[Contact]:
        """Return every body once, those near home first."""
        found = {one.id: one for area in self.areas for one in area.contacts}
        return list(found.values())

    @property
    def with_surroundings(self) -> list[tuple[Area, list[str]]]:
        """Return each area that has anybody, with its own code and those of the areas around."""
        pages = [page for page in self.area_pages if page.area.contacts]
        return [(page.area, [page.area.code, *(one.code for one in page.wider)]) for page in pages]

    def offering(self, service: str) -> list[Contact]:
        """Return who gives this kind of help, in the order of `first_to_ask`."""
        return first_to_ask(one for one in self.by_distance if service in one.services)

    def areas_of(self, contact: Contact) -> list[Area]:
        """Return the areas that a body works for."""
        return self._areas.get(contact.id, [])

    @cached_property
    def _areas(self) -> Mapping[str, list[Area]]:
        found: dict[str, list[Area]] = {}
        for area in self.areas:
            for contact in area.contacts:
                found.setdefault(contact.id, []).append(area)
        return found


@dataclass(frozen=True)
class Group:
    """Places to choose from: those where somebody is listed, and the rest."""

    filled: Sequence[AreaPage]
    empty: Sequence[AreaPage]
    more: str
    """The name of the words that open the rest."""


@dataclass(frozen=True)
class Blocks:
    """The calls of one page in one language; `macros` are those of parts/directory.html."""

    page: str
    language: str
    directory: Directory
    cards: Any
    macros: Any

    def calls(self) -> Mapping[str, Callable[..., Markup]]:
        """Return every call by the name that prose knows it by."""
        return {
            "beware": lambda name: self.macros.beware(self._contact(name), self.language),
            "helpers": lambda code: self._helpers(self._area(code).reachable),
            "missions": self._missions,
            "offering": lambda service: self._lines(_with(self._offering(service), True)),
            "offering_unsure": lambda service: self._names(_with(self._offering(service), False)),
            "places": self._places,
            "profile": self._profile,
            "services": lambda: self.macros.services(
                self.directory.services, self.language, self._folder
            ),
            "unsure_names": lambda code: self._names(self._area(code).unsure),
            "save_area": lambda code: self._save(f"wilayah/{self._area(code).code}.vcf"),
            "ways": self._ways,
        }

    @property
    def _folder(self) -> str:
        here = posixpath.dirname(self.page)
        return (posixpath.relpath(FOLDER, here) + "/").removeprefix("./")

    def _helpers(self, records: Sequence[Contact]) -> Markup:
        if len(records) > MOST_CARDS:
            return self._lines(records)
        made: Markup = self.cards.contacts(records, self.language, True, self._folder)
        return made

    def _lines(self, records: Sequence[Contact]) -> Markup:
        made: Markup = self.macros.lines(records, self.language, self._folder)
        return made

    def _names(self, records: Sequence[Contact]) -> Markup:
        made: Markup = self.macros.names(records, self.language, self._folder)
        return made

    def _profile(self, name: str) -> Markup:
        record = self._contact(name)
        people = [one for one in self.directory.contacts if one.host == name]
        host = self._contact(record.host) if record.host else None
        areas = self.directory.areas_of(record)
        made: Markup = self.macros.profile(record, self.language, self._folder, areas, host, people)
        return made

    def _ways(self, name: str) -> Markup:
        record = self._contact(name)
        made: Markup = self.macros.ways(record, self.language)
        return made + self._save(card_path(record))

    def _save(self, path: str) -> Markup:
        """Return the link to a file under /unduh/, which stands beside all languages."""
        here = posixpath.dirname(posixpath.join(prefix(self.language), self.page))
        address = posixpath.relpath(f"unduh/{path}", here)
        made: Markup = self.macros.save(address, self.language)
        return made

    def _missions(self) -> Markup:
        having = [
            numbers
            for numbers in self.directory.numbers
            if numbers.missions and numbers.country.code != HOME
        ]
        root = posixpath.relpath(".", posixpath.dirname(self.page)) + "/"
        made: Markup = self.macros.missions(having, self.language, root)
        return made

    def _places(self, kind: str) -> Markup:
        groups = {
            "regencies": lambda page: len(page.area.code) > len("33") and not page.country,
            "provinces": lambda page: len(page.area.code) == len("33") and not page.country,
            "countries": lambda page: page.country is not None,
        }
        if kind not in groups:
            raise ContentProblem(f"{self.page}: no places of the kind {kind!r}")
        pages = [page for page in self.directory.area_pages if groups[kind](page)]
        helped = {numbers.country.code for numbers in self.directory.numbers}
        filled = [page for page in pages if page.area.contacts or page.area.code in helped]
        empty = sorted(
            (page for page in pages if page not in filled),
            key=lambda page: page.area.name[self.language],
        )
        group = Group(filled, empty, f"more_{kind}")
        made: Markup = self.macros.places(group, self.language, self._folder)
        return made

    def _offering(self, service: str) -> list[Contact]:
        if service not in self.directory.services:
            raise ContentProblem(f"{self.page}: nobody in contacts.yml offers {service!r}")
        return self.directory.offering(service)

    def _area(self, code: str) -> Area:
        for area in self.directory.areas:
            if area.code == code:
                return area
        raise ContentProblem(f"{self.page}: docs/data/contacts.yml has nobody for {code!r}")

    def _contact(self, name: str) -> Contact:
        for contact in self.directory.contacts:
            if contact.id == name:
                return contact
        raise ContentProblem(f"{self.page}: {name!r} does not stand in docs/data/contacts.yml")


def _with(records: Iterable[Contact], channels: bool) -> list[Contact]:
    """Return those who have channels, or those who have none."""
    return [record for record in records if bool(record.channels) is channels]

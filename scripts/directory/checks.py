"""Say everything that is wrong with the directory's files at once, across files too.

`problems` returns one Problem for each fault and an empty list for sound data; it raises nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from directory.cards import Card, load_cards
from directory.print_words import Prints, load_prints
from directory.published import HOME, REGENCY
from directory.reading import DataProblems, Problem
from directory.records import (
    Contact,
    Country,
    Hotline,
    Province,
    load_contacts,
    load_countries,
    load_hotlines,
    load_regions,
    load_sources,
)

_Loaded = TypeVar("_Loaded")


def problems(data: Path) -> list[Problem]:
    """Return every fault of the data files in that folder, file by file.

    What lies between files is asked only when each can be read by itself.
    """
    found: list[Problem] = []
    hotlines = _load(load_hotlines, data / "hotlines.yml", found)
    contacts = _load(load_contacts, data / "contacts.yml", found)
    countries = _load(load_countries, data / "countries.yml", found)
    provinces = _load(load_regions, data / "regions.yml", found)
    _load(load_sources, data / "sources", found)
    cards = _load(load_cards, data / "cards.yml", found)
    prints = _load(lambda path: (load_prints(path),), data / "print.yml", found)
    if found:
        return found
    return [
        *_unknown_places(hotlines, contacts, countries, provinces),
        *_dialled_again(hotlines, contacts),
        *_printed_for_nobody(hotlines, contacts, cards, prints),
    ]


def _load(
    load: Callable[[Path], tuple[_Loaded, ...]], path: Path, found: list[Problem]
) -> tuple[_Loaded, ...]:
    try:
        return load(path)
    except DataProblems as error:
        found += error.problems
        return ()


def _unknown_places(
    hotlines: Iterable[Hotline],
    contacts: Iterable[Contact],
    countries: Iterable[Country],
    provinces: Iterable[Province],
) -> Iterator[Problem]:
    known = {HOME, *(country.code for country in countries)}
    codes = {code for one in provinces for code in (one.code, *(r.code for r in one.regencies))}
    for hotline in hotlines:
        if hotline.country not in known:
            yield _stray("hotlines.yml", hotline.id, "country", hotline.country, "countries.yml")
    for contact in contacts:
        coverage = contact.coverage
        for code in (coverage.country, *coverage.countries):
            if code not in known:
                yield _stray("contacts.yml", contact.id, "coverage", code, "countries.yml")
        for region in (coverage.region, *coverage.regions):
            if region and region[:REGENCY] not in codes:
                yield _stray("contacts.yml", contact.id, "coverage", region, "regions.yml")


def _printed_for_nobody(
    hotlines: Iterable[Hotline],
    contacts: Iterable[Contact],
    cards: Iterable[Card],
    prints: Iterable[Prints],
) -> Iterator[Problem]:
    hosts = {contact.id for contact in contacts}
    numbers = {hotline.id for hotline in hotlines}
    for card in cards:
        if card.organization not in hosts:
            host = card.organization
            yield _stray("cards.yml", card.number, "organization", host, "contacts.yml")
    for name in (name for one in prints for name in one.numbers):
        if name not in numbers:
            yield _stray("print.yml", "entry 1", "numbers", name, "hotlines.yml")


def _stray(file: str, entry: str, field: str, code: str, where: str) -> Problem:
    return Problem(file, entry, field, f"{code!r} does not stand in {where}; correct it")


def _dialled_again(hotlines: Iterable[Hotline], contacts: Iterable[Contact]) -> Iterator[Problem]:
    entries = [("hotlines.yml", one) for one in hotlines] + [
        ("contacts.yml", one) for one in contacts
    ]
    superseded = {
        old.number: record.id for _, record in entries for old in record.superseded_numbers
    }
    for file, record in entries:
        for position, channel in enumerate(record.channels, start=1):
            number = getattr(channel, "number", None)
            if number in superseded:
                advice = f"{number} was superseded, says {superseded[number]}; correct one of them"
                yield Problem(file, record.id, f"channels.{position}.number", advice)

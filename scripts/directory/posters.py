"""Decide what stands on posters, pocket cards and talk sheets.

A place that is in no list, a number that may not be printed and a text that is missing raise
`NotPrintable` or `DataProblems`, each with what to do. The date is always told, never asked of
the machine's clock, so the same data and date make the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from content.channels import shown_number
from directory.age import last_day
from directory.print_words import Saying
from directory.printable import Dialled, Record, dialled, named
from directory.printing import NotPrintable, Sheet, qr
from directory.records import Contact, Country, Hotline, Province, ShortCode, WhatsApp, provenance
from directory.talk import read_talk

Size = Literal["a3", "a4", "a6", "talk"]
SIZES: dict[Size, tuple[str, int, int]] = {
    "a3": ("poster", 297, 420),
    "a4": ("poster", 210, 297),
    "a6": ("pocket", 105, 148),
    "talk": ("talk", 210, 297),
}
"""Template, width and height in millimetres (ISO 216)."""

ANYWHERE = "id-kemlu-pwni"
HOME = "ID"
MOST_NUMBERS = 4
_MOST_CALLS = 2
_NO_REAL_ADDRESS = (".example", ".invalid", ".localhost", ".test", "localhost", "127.0.0.1")


@dataclass(frozen=True)
class Directory:
    """What prints are made from."""

    hotlines: Sequence[Hotline]
    contacts: Sequence[Contact]
    countries: Sequence[Country]
    provinces: Sequence[Province]
    site: str
    """Address of the site, ending with a slash."""
    home_region: str
    """Code of the province whose regencies all have a page."""
    docs: Path
    """The folder of pages, whose guide becomes the talk sheet."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants to print."""

    size: Size
    on: date
    region: str | None = None
    country: str | None = None
    numbers: tuple[str, ...] = ()
    """Ids to print instead of the usual ones."""


@dataclass(frozen=True)
class Place:
    """Whom a print is for, and the page that its QR code opens."""

    told: str
    page: str


@dataclass(frozen=True)
class Call:
    """One number as it is printed."""

    number: str
    note: str
    whatsapp: bool


@dataclass(frozen=True)
class Shown:
    """One record as it is printed."""

    name: str
    urgent: bool
    calls: tuple[Call, ...]
    seen: str


def poster(wish: Wish, known: Directory, say: Saying) -> Sheet:
    """Return the sheet for a wish: a poster, a pocket card or a talk sheet."""
    template, width, height = SIZES[wish.size]
    place = _place(wish, known, say)
    records = _records(wish, known, say)
    address = page_address(known.site, say.language, place.page)
    content: dict[str, object] = {
        "width": width,
        "height": height,
        "place": place.told,
        "lines": [line.said(say.language) for line in say.prints.lines],
        "numbers": [asdict(_shown(record, wish, known, say)) for record in records],
        "dated": _dated(wish.on, _end(records, wish, say.prints.valid_days), say),
        **site_content(address, say),
    }
    title = f"{say.words['title']} {say.words['title_second']}"
    if wish.size == "talk":
        talk = read_talk(known.docs, say.language)
        content["parts"] = [asdict(part) for part in talk.parts]
        title = talk.title
    return Sheet(template, say.language, title, wish.on, content)


def site_content(address: str, say: Saying) -> dict[str, object]:
    """Return what every print says of the site: its address, its QR code, whether it is real."""
    host = urlsplit(address).netloc
    real = not host.partition(":")[0].endswith(_NO_REAL_ADDRESS)
    return {
        "brand": say.words["brand"],
        "words": dict(say.words),
        "address": address,
        "domain": host.removeprefix("www."),
        "qr": qr(address),
        "sample": "" if real else say.words["sample"],
    }


def page_address(site: str, language: str, page: str) -> str:
    """Return the address of a page; other languages than Indonesian stand in a folder."""
    return site + ("" if language == "id" else f"{language}/") + page


def _place(wish: Wish, known: Directory, say: Saying) -> Place:
    if wish.country and wish.region:
        raise NotPrintable("a print is for a region or for a country; leave one of them out")
    if wish.country:
        country = _country(wish.country, known)
        told = say.words["workers_in"].format(place=country.name[say.language])
        return Place(told, f"darurat/{country.slug}/")
    if wish.region:
        told = say.words["people_of"].format(place=_region(wish.region, known))
        return Place(told, f"kontak/wilayah/{_page_code(wish.region, known)}/")
    return Place("", "")


def _country(code: str, known: Directory) -> Country:
    for country in known.countries:
        if country.code == code:
            return country
    raise NotPrintable(f"{code} stands not in countries.yml; write a code such as MY")


def _region(code: str, known: Directory) -> str:
    names = {one.code: one.name for one in known.provinces}
    names |= {one.code: one.name for province in known.provinces for one in province.regencies}
    if code not in names:
        raise NotPrintable(
            f"{code} stands not in regions.yml; write the code of a province (33) or of a "
            "regency (33.02)"
        )
    return names[code]


def _page_code(region: str, known: Directory) -> str:
    """Return the region whose page opens: regencies far from home have one only with helpers."""
    places = [f"{own}." for contact in known.contacts for own in _regions(contact)]
    helped = any(place.startswith(f"{region}.") for place in places)
    province = region.partition(".")[0]
    return region if province == known.home_region or helped else province


def _records(wish: Wish, known: Directory, say: Saying) -> tuple[Record, ...]:
    """Return whom to call, in order; only what was asked for by name is refused."""
    everyone: list[Record] = [*known.hotlines, *known.contacts]
    if wish.numbers:
        if len(wish.numbers) > MOST_NUMBERS:
            raise NotPrintable(f"at most {MOST_NUMBERS} numbers fit; leave some out")
        return named(wish.numbers, everyone, wish.on)
    usual = named(say.prints.numbers, known.hotlines, wish.on)
    if wish.country:
        first = _of_country(wish.country, known.hotlines, wish.on)
        last = named([ANYWHERE], known.hotlines, wish.on)
        reached = (record for record in usual if _from_there(record, wish))
        found = (*first[: MOST_NUMBERS - 1], *last, *reached)
    elif wish.region:
        own = _of_region(wish.region, known.contacts, wish.on)[:_MOST_CALLS]
        offices = [record for record in own if record.kind == "government"]
        found = (*(one for one in own if one not in offices), *usual[:2], *offices, *usual)
    else:
        found = usual
    unique = {record.id: record for record in found}
    return tuple(unique.values())[:MOST_NUMBERS]


def _of_country(code: str, hotlines: Iterable[Hotline], on: date) -> list[Hotline]:
    """Return one emergency number and the missions in the order of the file, then all others.

    That order is the order of calling: there are countries where the embassy comes first.
    """
    own = [record for record in hotlines if record.country == code and dialled(record, on)]
    later = [record for record in own if record.kind == "emergency"][1:]
    kept = [record for record in own if record not in later]
    return sorted(kept, key=lambda record: record.kind not in ("emergency", "mission"))


def _of_region(region: str, contacts: Iterable[Contact], on: date) -> list[Contact]:
    """Return who helps there and may be printed: paralegals first, then the nearest."""
    near = [contact for contact in contacts if _covers(contact, region) and dialled(contact, on)]
    helpers = [contact for contact in near if contact.kind != "police"]
    return sorted(
        helpers,
        key=lambda one: (not one.kind.startswith("paralegal"), -len(one.coverage.region or "")),
    )


def _covers(contact: Contact, region: str) -> bool:
    """Whether a contact works in a region, in a part of it or around it."""
    return any(
        f"{region}.".startswith(f"{own}.") or f"{own}.".startswith(f"{region}.")
        for own in _regions(contact)
    )


def _regions(contact: Contact) -> tuple[str, ...]:
    coverage = contact.coverage
    return (*([coverage.region] if coverage.region else []), *coverage.regions)


def _numbers(record: Record, wish: Wish) -> tuple[Dialled, ...]:
    """Return what is dialled: in a country of work, what can be dialled there, if anything."""
    return (_from_there(record, wish) if wish.country else ()) or dialled(record, wish.on)


def _from_there(record: Record, wish: Wish) -> tuple[Dialled, ...]:
    """Return the numbers that are no short ones of home."""
    return tuple(
        number
        for number in dialled(record, wish.on)
        if not (isinstance(number, ShortCode) and number.dial_from == HOME) or number.from_abroad
    )


def _shown(record: Record, wish: Wish, known: Directory, say: Saying) -> Shown:
    numbers = _numbers(record, wish)
    urgent = isinstance(record, Hotline) and record.kind == "emergency"
    calls = tuple(_call(number, known, say) for number in numbers[: 1 if urgent else _MOST_CALLS])
    return Shown(record.name[say.language], urgent, calls, _seen(record, numbers[0], say))


def _call(number: Dialled, known: Directory, say: Saying) -> Call:
    notes = [number.note[say.language]] if number.note else []
    if isinstance(number, ShortCode) and not number.from_abroad:
        place = _country_name(number.dial_from, known, say)
        # A card travels: a number that is dead abroad says so, unless its note does.
        notes += (
            [] if any(place in note for note in notes) else [f"{say.words['dial_from']} {place}"]
        )
    return Call(shown_number(number), "; ".join(notes), isinstance(number, WhatsApp))


def _country_name(code: str, known: Directory, say: Saying) -> str:
    return say.words["home_country"] if code == HOME else _country(code, known).name[say.language]


def _seen(record: Record, number: Dialled, say: Saying) -> str:
    seen, tested = provenance(record, number)
    if tested:
        return f"{say.words['tested']} {say.date(tested)}."
    day = seen.date or seen.read
    when = say.date(day) if day else say.words["seen_undated"]
    return say.words["picture_seen"].format(when=when)


def _end(records: Iterable[Record], wish: Wish, days: int) -> date:
    """Return the last day of a print: its own, or that of the first number on it to end."""
    ends = (last_day(record, number) for record in records for number in _numbers(record, wish))
    return min([wish.on + timedelta(days=days), *(end for end in ends if end)])


def _dated(on: date, until: date, say: Saying) -> str:
    days = {"on": say.date(on.isoformat()), "until": say.date(until.isoformat())}
    return say.words["dated"].format(**days)

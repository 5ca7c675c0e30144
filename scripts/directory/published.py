"""What the exports are made from: entries that may be handed on, on one day, with their areas.

Drafts, bodies known by name only and every channel past its limit are not in it. Broken data
raises DataProblems.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID, uuid5

import phonenumbers

from directory.age import as_printed
from directory.records import (
    Channel,
    Contact,
    Country,
    EmailAddress,
    Hotline,
    Province,
    ShortCode,
    Text,
    Web,
    WhatsApp,
    load_contacts,
    load_countries,
    load_hotlines,
    load_regions,
)

LICENCE = "CC BY-SA 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by-sa/4.0/"
HOME = "ID"
REGENCY = len("33.02")

_NAMESPACE = UUID("5d2c9a64-6c0e-5f0b-9a53-2f6b1e0a7c11")
_HOME_NAME = Text(id="Indonesia", en="Indonesia")
_Entry = Hotline | Contact


@dataclass(frozen=True)
class Published:
    """The directory as it is handed on, on the day `on`."""

    hotlines: Sequence[Hotline]
    contacts: Sequence[Contact]
    countries: Sequence[Country]
    provinces: Sequence[Province]
    on: date

    @property
    def entries(self) -> tuple[_Entry, ...]:
        """Numbers first, then organizations, each in the order of its file."""
        return (*self.hotlines, *self.contacts)

    def country(self, code: str) -> Text:
        """Return what people call a country; one that no list holds keeps its code."""
        names = {HOME: _HOME_NAME} | {one.code: one.name for one in self.countries}
        return names.get(code) or Text(id=code, en=code)

    def region(self, code: str) -> str:
        """Return the name of a province or regency; of a village, that of its regency."""
        return self._regions().get(code[:REGENCY], code)

    def _regions(self) -> Mapping[str, str]:
        names = {province.code: province.name for province in self.provinces}
        regencies = (regency for province in self.provinces for regency in province.regencies)
        return names | {regency.code: regency.name for regency in regencies}


def published(
    hotlines: Iterable[Hotline],
    contacts: Iterable[Contact],
    countries: Sequence[Country],
    provinces: Sequence[Province],
    on: date,
) -> Published:
    """Choose from the records what may be handed on, on that day."""
    numbers = (record for record in as_printed(hotlines, on) if record.channels)
    bodies = (record for record in as_printed(contacts, on) if record.publication != "expired")
    return Published(tuple(numbers), tuple(bodies), countries, provinces, on)


def read_published(data: Path, on: date) -> Published:
    """Read the data files in that folder and choose what may be handed on."""
    return published(
        load_hotlines(data / "hotlines.yml"),
        load_contacts(data / "contacts.yml"),
        load_countries(data / "countries.yml"),
        load_regions(data / "regions.yml"),
        on,
    )


def entry_id(record: _Entry, *parts: str) -> str:
    """Return the permanent id of an entry, or of a part of it (RFC 9562, section 5.5).

    An organization's is made from its slug alone. A number may bear an organization's slug, so
    its id is made from `hotline/` and the slug.
    """
    slug = f"hotline/{record.id}" if isinstance(record, Hotline) else record.id
    return str(uuid5(_NAMESPACE, "/".join((slug, *parts))))


def term_id(*parts: str) -> str:
    """Return the permanent id of a word of our own lists, such as a kind of help."""
    return str(uuid5(_NAMESPACE, "/".join(("term", *parts))))


def uri(channel: Channel) -> str:
    """Return a channel as an address (RFC 3966 for what is dialled, RFC 6068 for e-mail)."""
    if isinstance(channel, Web):
        return channel.url
    if isinstance(channel, EmailAddress):
        return f"mailto:{channel.address}"
    if isinstance(channel, WhatsApp):
        return "https://wa.me/" + channel.number.removeprefix("+")
    if isinstance(channel, ShortCode):
        prefix = phonenumbers.country_code_for_region(channel.dial_from)
        return f"tel:{channel.number};phone-context=+{prefix}"
    return f"tel:{channel.number}"


def area_codes(record: _Entry) -> list[str]:
    """Return the areas an entry stands for: countries, provinces or regencies, no village."""
    if isinstance(record, Hotline):
        return [record.country]
    coverage = record.coverage
    regions = (code[:REGENCY] for code in (coverage.region, *coverage.regions) if code)
    first = [] if coverage.region else [coverage.country]
    return list(dict.fromkeys([*first, *regions, *coverage.countries]))

"""Make the list that `/kontak/cek/` compares a number or a name with, read by lookup.js.

It holds what pages print anyway: names, channels and how each is known, replaced numbers, and
others with a name alike. A number is written `62 2129244800`, a short code as it is dialled.

Nothing here refuses anything: records come checked from `directory.records`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import phonenumbers

from content.channels import shown_number
from content.dates import spoken_date
from directory.records import (
    Channel,
    Contact,
    EmailAddress,
    Hotline,
    ShortCode,
    Web,
    provenance,
)

_NAME_DIGITS = 12


@dataclass(frozen=True)
class LookupIndex:
    """A published list: its path from the site's root and its text."""

    url: str
    text: str


@dataclass(frozen=True)
class Say:
    """What an entry needs to speak one language: its code and the words of the layout."""

    language: str
    words: Mapping[str, str]

    def checked(self, record: Contact | Hotline, channel: Channel) -> str:
        """Return how and when a channel was checked, as its card says it."""
        seen, tested = provenance(record, channel)
        if tested:
            return f"{self.words['tested']} {self._day(tested)}."
        when = self._day(seen.date) if seen.date else self.words["seen_undated"]
        if seen.source is None:
            return f"{self.words['seen_paper']}, {when}; {self.words['not_tested']}."
        secondary = seen.confidence == "secondary source"
        where = self.words["seen_secondary" if secondary else "seen_official"]
        host = urlsplit(seen.source).netloc.removeprefix("www.")
        return f"{where} {host}, {when}; {self.words['not_tested']}."

    def since(self, day: str | None) -> str:
        """Return when a number was replaced, in brackets, or nothing."""
        return f" ({self._day(day)})" if day else ""

    def _day(self, day: str) -> str:
        return spoken_date(day, self.words["months"])


def lookup_index(
    contacts: Iterable[Contact],
    hotlines: Iterable[Hotline],
    slugs: Mapping[str, str],
    say: Say,
    cards: Sequence[Mapping[str, str]] = (),
) -> LookupIndex:
    """Return the list in one language; its name carries a digest of its text.

    `slugs` are the countries' names in addresses, by code. `cards` are the numbers of paralegals'
    identity cards, each with the `path` of the page that says whether it is valid.
    """
    entries = [_entry(contact, f"kontak/{contact.id}/", say) for contact in contacts]
    for hotline in hotlines:
        entries.append(_entry(hotline, f"darurat/{slugs[hotline.country]}/", say))
    content = {"entries": entries, "cards": list(cards)}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    digits = hashlib.sha256(text.encode()).hexdigest()[:_NAME_DIGITS]
    return LookupIndex(f"assets/lookup-{say.language}-{digits}.json", text)


def _entry(record: Contact | Hotline, path: str, say: Say) -> dict[str, object]:
    return {
        "name": record.name[say.language],
        "path": path,
        "names": _names(record),
        "numbers": list(_numbers(record, say)),
        "addresses": sorted(set(_addresses(record))),
        "checked": say.checked(record, record.channels[0]) if record.channels else "",
        "replaced": [
            {
                "number": grouped(old.number),
                "since": say.since(old.since),
                "note": old.note[say.language] if old.note else "",
            }
            for old in record.superseded_numbers
        ],
        "confused": [
            {"name": other.name, "why": other.why[say.language]}
            for other in record.not_to_be_confused_with
        ],
    }


def _names(record: Contact | Hotline) -> list[str]:
    """Return how people may call it: its names in every language, and its id's short forms."""
    told = [str(name) for name in dict(record.name).values()]
    return list(dict.fromkeys([*told, record.id.replace("-", " ")]))


def _numbers(record: Contact | Hotline, say: Say) -> Iterator[dict[str, str]]:
    for channel in record.channels:
        if not isinstance(channel, EmailAddress | Web):
            short = isinstance(channel, ShortCode)
            yield {
                "number": channel.number if short else grouped(channel.number),
                "shown": shown_number(channel),
                "checked": say.checked(record, channel),
            }


def _addresses(record: Contact | Hotline) -> Iterator[str]:
    for channel in record.channels:
        if isinstance(channel, EmailAddress):
            yield channel.address.lower()
        elif isinstance(channel, Web):
            yield urlsplit(channel.url).netloc.removeprefix("www.").lower()


def grouped(number: str) -> str:
    """Return `+622129244800` as `62 2129244800`; what has no country's code stays as it is."""
    if not number.startswith("+"):
        return number
    try:
        code = str(phonenumbers.parse(number).country_code)
    except phonenumbers.NumberParseException:
        return number.removeprefix("+")
    return f"{code} {number.removeprefix('+' + code)}"

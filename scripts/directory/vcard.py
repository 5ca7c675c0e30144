"""Write entries as vCard 4.0 (RFC 6350), which a phone's address book can import.

A card holds no more than the record it is given; whether a number may be handed on is decided
before. Nothing here can fail on records that `directory.records` has read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from directory.published import LICENCE, Published, area_codes, entry_id, uri
from directory.records import (
    Channel,
    Contact,
    EmailAddress,
    Hotline,
    ShortCode,
    Web,
    WhatsApp,
    provenance,
)

# Octets of one line, without its end (RFC 6350, section 3.2).
WIDTH = 75

_Entry = Hotline | Contact


def card(record: _Entry, data: Published) -> str:
    """Return one card; the name is Indonesian, the note is in both languages."""
    lines = ["BEGIN:VCARD", "VERSION:4.0", "KIND:org", *_properties(record, data), "END:VCARD"]
    return "".join(_folded(line) for line in lines)


def cards(records: Iterable[_Entry], data: Published) -> str:
    """Return one file of several cards, one after the other."""
    return "".join(card(record, data) for record in records)


def by_area(data: Published) -> dict[str, list[_Entry]]:
    """Return who stands in the card file of each area, by code.

    A body whose numbers are all there already, as those of an embassy, is left out.
    """
    found: dict[str, list[_Entry]] = {}
    told: dict[str, set[str]] = {}
    for record in data.entries:
        addresses = {uri(channel) for channel in record.channels}
        for code in area_codes(record) if addresses else ():
            if not addresses <= told.setdefault(code, set()):
                found.setdefault(code, []).append(record)
                told[code] |= addresses
    return found


def _properties(record: _Entry, data: Published) -> Iterator[str]:
    yield f"UID:urn:uuid:{entry_id(record)}"
    yield f"FN:{_text(record.name.id)}"
    yield f"ORG:{_text(record.name.id)}"
    yield from (_channel(channel) for channel in record.channels)
    if isinstance(record, Contact):
        yield from (f"LANG:{language}" for language in record.languages)
        if record.place:
            country = data.country(record.coverage.country).id
            yield f"ADR:;;{_text(record.place.id)};;;;{_text(country)}"
    yield f"NOTE:{_text(_note(record, data.on))}"
    yield f"REV:{data.on:%Y%m%d}T000000Z"


def _channel(channel: Channel) -> str:
    if isinstance(channel, Web):
        return f"URL:{channel.url}"
    if isinstance(channel, EmailAddress):
        return f"EMAIL:{_text(channel.address)}"
    if isinstance(channel, ShortCode):
        # Phones would dial an address with its phone-context as it stands.
        return f"TEL;TYPE=voice:{channel.number.replace('-', '')}"
    if isinstance(channel, WhatsApp):
        return f'TEL;VALUE=uri;TYPE="cell,text":tel:{channel.number}'
    return f"TEL;VALUE=uri;TYPE=voice:tel:{channel.number}"


def _note(record: _Entry, on: date) -> str:
    said = [record.help if isinstance(record, Hotline) else record.description]
    said += [record.hours] if record.hours else []
    said += [record.note] if isinstance(record, Contact) and record.note else []
    lines = [f"{text.id} / {text.en}" for text in said]
    lines += [
        f"{_shown(channel)}: {channel.note.id}" for channel in record.channels if channel.note
    ]
    return "\n".join([*lines, _known(record), f"Data {LICENCE}, {on.isoformat()}."])


def _shown(channel: Channel) -> str:
    if isinstance(channel, Web):
        return channel.url
    return channel.address if isinstance(channel, EmailAddress) else channel.number


def _known(record: _Entry) -> str:
    called = [provenance(record, channel).tested for channel in record.channels]
    if called and all(called):
        return f"Telepon uji dijawab / Test call answered: {min(day for day in called if day)}."
    seen = record.seen.date or "tanpa tanggal / undated"
    return f"Belum diuji telepon / Not tested by a call. Terakhir terlihat / Last seen: {seen}."


def _text(value: str) -> str:
    """Escape a text value (RFC 6350, section 3.4)."""
    for plain, escaped in (("\\", "\\\\"), (",", "\\,"), (";", "\\;"), ("\n", "\\n")):
        value = value.replace(plain, escaped)
    return value


def _folded(line: str) -> str:
    """Break a line so that none is longer than WIDTH octets and no character is cut."""
    parts, room = [""], WIDTH
    for character in line:
        size = len(character.encode())
        if size > room:
            parts.append("")
            room = WIDTH - 1
        parts[-1] += character
        room -= size
    return "\r\n ".join(parts) + "\r\n"

"""Write the directory as Open Referral HSDS 3.0 JSON: services, each with its organization.

One language a file, with the same ids in each: HSDS has one text for a field. The other language's
name is the `alternate_name`. What HSDS has no field for stands in `attributes`. Nothing here can
fail on records that `directory.records` has read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from directory.published import LICENCE, LICENCE_URL, Published, area_codes, entry_id, term_id, uri
from directory.records import (
    Channel,
    Contact,
    EmailAddress,
    Hotline,
    OpenHours,
    Text,
    Web,
    WhatsApp,
    provenance,
)

LANGUAGES = ("id", "en")

_Entry = Hotline | Contact
_Object = dict[str, Any]
_OTHER = {"id": "en", "en": "id"}
_FREE = Text(id="Gratis", en="Free of charge")
_PHONE_TYPES = {"voice": "voice", "short-code": "voice", "whatsapp": "text"}


def services(data: Published, language: str) -> list[_Object]:
    """Return every entry as a service (`compiled/service.json`), in the order of the files."""
    return [_service(record, data, language) for record in data.entries]


def document(data: Published, language: str) -> str:
    """Return the services as one page of HSDS's `/services`, with licence and date."""
    found = services(data, language)
    page = {
        "total_items": len(found),
        "total_pages": 1,
        "page_number": 1,
        "size": len(found),
        "first_page": True,
        "last_page": True,
        "empty": not found,
        "hsds_version": "3.0",
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "date": data.on.isoformat(),
        "language": language,
        "contents": found,
    }
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")) + "\n"


def _service(record: _Entry, data: Published, language: str) -> _Object:
    organization = _organization(record, language)
    listed: _Object = {
        "phones": list(_phones(record, language)),
        "schedules": [_schedule(record, hours, n, data) for n, hours in _numbered(record.schedule)],
        "service_areas": list(_service_areas(record, data, language)),
        "attributes": list(_attributes(record)),
    }
    return (
        {
            "id": entry_id(record, "service"),
            "organization_id": organization["id"],
            "name": record.name[language],
            "alternate_name": record.name[_OTHER[language]],
            "description": _what(record)[language],
            "status": "active",
        }
        | _assured(record)
        | (_body(record, data, language) if isinstance(record, Contact) else {})
        | {name: items for name, items in listed.items() if items}
        | {"organization": organization}
    )


def _organization(record: _Entry, language: str) -> _Object:
    webs = [channel.url for channel in record.channels if isinstance(channel, Web)]
    mails = [one.address for one in record.channels if isinstance(one, EmailAddress)]
    known = {
        "id": entry_id(record),
        "name": record.name[language],
        "alternate_name": record.name[_OTHER[language]],
        "description": _what(record)[language],
        "email": next(iter(mails), None),
        "website": next(iter(webs), None),
    }
    return {name: value for name, value in known.items() if value is not None}


def _body(record: Contact, data: Published, language: str) -> _Object:
    known: _Object = {
        "fees_description": _FREE[language] if record.free_of_charge else None,
        "alert": record.note[language] if record.note else None,
        "languages": [
            {"id": entry_id(record, "language", code), "code": code} for code in record.languages
        ],
        "service_at_locations": [_place(record, record.place, data, language)]
        if record.place
        else [],
    }
    return {name: value for name, value in known.items() if value}


def _place(record: Contact, place: Text, data: Published, language: str) -> _Object:
    region = record.coverage.region
    location = {
        "id": entry_id(record, "location"),
        "location_type": "physical",
        "name": place[language],
        "addresses": [
            {
                "id": entry_id(record, "address"),
                "address_1": place[language],
                "city": data.region(region) if region else "",
                "state_province": data.region(region[:2]) if region else "",
                "postal_code": "",
                "country": record.coverage.country,
                "address_type": "physical",
            }
        ],
    }
    return {
        "id": entry_id(record, "service-at-location"),
        "service_id": entry_id(record, "service"),
        "location_id": location["id"],
        "location": location,
    }


def _phones(record: _Entry, language: str) -> Iterator[_Object]:
    for channel in record.channels:
        if isinstance(channel, EmailAddress | Web):
            continue
        address = uri(channel)
        phone = {
            "id": entry_id(record, "phone", address),
            "service_id": entry_id(record, "service"),
            "number": channel.number,
            "type": _PHONE_TYPES[channel.kind],
            "description": _phone_words(channel, language),
            "attributes": list(_provenance(record, channel, address)),
        }
        yield {name: value for name, value in phone.items() if value}


def _phone_words(channel: Channel, language: str) -> str:
    said = ["WhatsApp"] if isinstance(channel, WhatsApp) else []
    return ": ".join([*said, *([channel.note[language]] if channel.note else [])])


def _provenance(record: _Entry, channel: Channel, address: str) -> Iterator[_Object]:
    known = provenance(record, channel)
    told = {
        "uri": address,
        "seen": known.seen.date,
        "source": known.seen.source,
        "confidence": known.seen.confidence,
        "tested": known.tested,
    }
    for name, value in told.items():
        if value:
            yield _attribute(record, name, value, "phone", address)


def _attributes(record: _Entry) -> Iterator[_Object]:
    yield _term(record, "kind", record.kind)
    if isinstance(record, Hotline):
        return
    yield from (_term(record, "service", service) for service in record.services)
    if record.capacity:
        yield _term(record, "capacity", record.capacity)
    yield _term(record, "publication", record.publication)


def _term(record: _Entry, name: str, value: str) -> _Object:
    term = {"id": term_id(name, value), "name": value, "description": f"{name}: {value}"}
    return _attribute(record, name, value, "service") | {
        "taxonomy_term_id": term["id"],
        "taxonomy_term": term,
    }


def _attribute(record: _Entry, name: str, value: str, entity: str, *parts: str) -> _Object:
    return {
        "id": entry_id(record, "attribute", entity, *parts, name, value),
        "link_id": entry_id(record, entity, *parts),
        "link_entity": entity,
        "link_type": name,
        "value": value,
    }


def _schedule(record: _Entry, hours: OpenHours, number: int, data: Published) -> _Object:
    noon = datetime.combine(data.on, datetime.min.time(), ZoneInfo(hours.zone)).replace(hour=12)
    offset = noon.strftime("%z")
    ahead = noon.utcoffset()
    # HSDS knows no 24:00.
    closes = "23:59" if hours.closes_at == "24:00" else hours.closes_at
    return {
        "id": entry_id(record, "schedule", str(number)),
        "service_id": entry_id(record, "service"),
        "freq": "WEEKLY",
        "byday": ",".join(hours.days),
        "opens_at": f"{hours.opens_at}{offset[:3]}:{offset[3:]}",
        "closes_at": f"{closes}{offset[:3]}:{offset[3:]}",
        "timezone": ahead.total_seconds() / 3600 if ahead else 0,
    }


def _service_areas(record: _Entry, data: Published, language: str) -> Iterator[_Object]:
    for code in _codes(record):
        country = code if code[0].isalpha() else None
        yield {
            "id": entry_id(record, "service-area", code),
            "service_id": entry_id(record, "service"),
            "name": data.country(country)[language] if country else data.region(code),
            "uri": f"urn:iso:std:iso:3166:{code}" if country else f"urn:kemendagri:{code}",
        }


def _codes(record: _Entry) -> list[str]:
    """Return the exact codes, villages among them, which `area_codes` shortens."""
    if isinstance(record, Hotline):
        return area_codes(record)
    exact = [code for code in (record.coverage.region, *record.coverage.regions) if code]
    countries = [code for code in area_codes(record) if code[0].isalpha()]
    return [*countries, *dict.fromkeys(exact)]


def _assured(record: _Entry) -> _Object:
    day = record.tested or record.seen.date
    # A month or a year is no date; it stands with the source of each number.
    return {"assured_date": day} if day and len(day) == len("2026-11-22") else {}


def _what(record: _Entry) -> Text:
    return record.help if isinstance(record, Hotline) else record.description


def _numbered(schedule: Sequence[OpenHours]) -> Iterator[tuple[int, OpenHours]]:
    return enumerate(schedule, start=1)

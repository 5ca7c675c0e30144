"""Write the directory as one CSV table (RFC 4180), a row for each channel.

What may be dialled stands as an address (`tel:+62...`): a spreadsheet would take a bare number for
a sum. A body without a channel has one row. Each row names licence and date.
"""

from __future__ import annotations

import csv
import io

from directory.published import LICENCE, Published, entry_id, uri
from directory.records import Channel, Contact, Hotline, Text, provenance

COLUMNS = (
    "id",
    "uuid",
    "list",
    "kind",
    "name_id",
    "name_en",
    "help_id",
    "help_en",
    "services",
    "country",
    "regions",
    "place_id",
    "place_en",
    "hours_id",
    "hours_en",
    "languages",
    "free_of_charge",
    "capacity",
    "publication",
    "channel",
    "address",
    "note_id",
    "note_en",
    "seen",
    "source",
    "confidence",
    "tested",
    "licence",
    "exported",
)


def table(data: Published) -> str:
    """Return the whole table with its heading."""
    written = io.StringIO(newline="")
    rows = csv.DictWriter(written, COLUMNS, restval="")
    rows.writeheader()
    for record in data.entries:
        shared = _entry(record) | {"licence": LICENCE, "exported": data.on.isoformat()}
        for channel in record.channels:
            rows.writerow(shared | _channel(record, channel))
        if not record.channels:
            rows.writerow(shared | _seen(record.seen.date, record.seen.source))
    return written.getvalue()


def _entry(record: Hotline | Contact) -> dict[str, str]:
    shared = {
        "id": record.id,
        "uuid": entry_id(record),
        "kind": record.kind,
        **_both("name", record.name),
        **_both("hours", record.hours),
    }
    if isinstance(record, Hotline):
        country = {"list": "hotlines", "country": record.country}
        return shared | country | _both("help", record.help)
    return shared | _body(record)


def _body(record: Contact) -> dict[str, str]:
    coverage = record.coverage
    free = {True: "true", False: "false", None: ""}[record.free_of_charge]
    return {
        "list": "contacts",
        "services": " ".join(record.services),
        "country": " ".join((coverage.country, *coverage.countries)),
        "regions": " ".join(code for code in (coverage.region, *coverage.regions) if code),
        "languages": " ".join(record.languages),
        "free_of_charge": free,
        "capacity": record.capacity or "",
        "publication": record.publication,
        **_both("help", record.description),
        **_both("place", record.place),
    }


def _channel(record: Hotline | Contact, channel: Channel) -> dict[str, str]:
    known = provenance(record, channel)
    return {
        "channel": channel.kind,
        "address": uri(channel),
        "confidence": known.seen.confidence,
        "tested": known.tested or "",
        **_both("note", channel.note),
        **_seen(known.seen.date, known.seen.source),
    }


def _seen(day: str | None, source: str | None) -> dict[str, str]:
    return {"seen": day or "", "source": source or ""}


def _both(name: str, text: Text | None) -> dict[str, str]:
    return {f"{name}_id": text.id, f"{name}_en": text.en} if text else {}

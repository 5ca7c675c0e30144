"""How long a channel may be printed after somebody last called it or read it.

Numbers of emergency services, ministries, missions, police and insurance never end: whoever is
in need is shown how old they are. All others leave pages, print and exports, and the name stays.
Nothing here can fail on records that `directory.records` has read.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from directory.records import Channel, Contact, Hotline, provenance

MONTHS_AFTER_A_CALL = 18
MONTHS_AFTER_READING = 36

ENDING_HOTLINES = frozenset({"organization"})
ENDING_CONTACTS = frozenset(
    {"paralegal-group", "paralegal", "union", "ngo", "legal-aid", "university", "shelter"}
)

_Record = TypeVar("_Record", Hotline, Contact)


def ends(record: Hotline | Contact) -> bool:
    """Whether the channels of this record have a last day at all."""
    limited = ENDING_CONTACTS if isinstance(record, Contact) else ENDING_HOTLINES
    return record.kind in limited


def last_day(record: Hotline | Contact, channel: Channel) -> date | None:
    """Return the last day on which a channel may be printed; None where there is no such day.

    A year or a month counts from its first day. A second-hand source without a date says nothing
    about today, so its day has always passed (`date.min`).
    """
    agreed = _agreed_until(record)
    if not ends(record):
        return agreed
    # A page of one's own that is still there is no number that may ring at a stranger's.
    known = None if channel.kind == "web" else _last_known(record, channel)
    days = [day for day in (agreed, known) if day]
    return min(days, default=None)


def is_current(record: Hotline | Contact, channel: Channel, on: date) -> bool:
    """Whether a channel may be printed on that day."""
    end = last_day(record, channel)
    return end is None or on <= end


def is_named(record: Hotline | Contact, on: date) -> bool:
    """Whether the record may be named at all: a draft never, a person as long as consent lasts."""
    if isinstance(record, Hotline):
        return True
    if record.kind == "paralegal":
        until = _agreed_until(record)
        return record.publication == "consented" and until is not None and on <= until
    return record.publication != "draft"


def as_printed(records: Iterable[_Record], on: date) -> tuple[_Record, ...]:
    """Return the records that may be named on that day, each with its current channels only."""
    return tuple(_with_current(record, on) for record in records if is_named(record, on))


def _with_current(record: _Record, on: date) -> _Record:
    current = tuple(channel for channel in record.channels if is_current(record, channel, on))
    return record.model_copy(update={"channels": current})


def _agreed_until(record: Hotline | Contact) -> date | None:
    if isinstance(record, Hotline) or record.consent is None:
        return None
    return date.fromisoformat(record.consent.until)


def _last_known(record: Hotline | Contact, channel: Channel) -> date:
    seen, tested = provenance(record, channel)
    if tested:
        return _later(tested, MONTHS_AFTER_A_CALL)
    own = seen.read if seen.confidence != "secondary source" else None
    read = seen.date or own
    return _later(read, MONTHS_AFTER_READING) if read else date.min


def _later(day: str, months: int) -> date:
    """Return the day so many months later, or the last of its month where there is no such day."""
    start = date.fromisoformat((day + "-01-01")[:10])
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))

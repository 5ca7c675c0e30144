"""Decide which numbers of a record may stand on paper, where no page can correct them.

A record that was asked for by name and has none raises `NotPrintable` with the reason and what
to do. A number is printed if `directory.age` calls it current and either a call to it was
answered, its source bears a date, or an office's own page was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TypeGuard

from directory.age import is_current, is_named, last_day
from directory.printing import NotPrintable
from directory.records import Channel, Contact, Hotline, ShortCode, Voice, WhatsApp, provenance

Dialled = Voice | ShortCode | WhatsApp
Record = Hotline | Contact


def dialled(record: Record, on: date) -> tuple[Dialled, ...]:
    """Return the numbers of a record that may be printed on that day, best first."""
    if not is_named(record, on):
        return ()
    numbers = (channel for channel in record.channels if _is_dialled(channel))
    return tuple(number for number in numbers if _why_not(record, number, on) is None)


def refused(record: Record, on: date) -> NotPrintable:
    """Return why a record that was asked for has nothing to print, as a sentence with a cure."""
    cure = "; choose another number"
    if isinstance(record, Contact) and record.publication == "draft":
        why = "it is a draft"
    elif not is_named(record, on):
        why = "the consent to print it has ended"
    elif (reason := next(_reasons(record, on), None)) is None:
        why = "it has no telephone or WhatsApp number"
    else:
        why = reason
        cure = f"; call it and write that down with `directory confirm {record.id}`, or{cure[1:]}"
    return NotPrintable(f"{record.id} may not be printed on {on}: {why}{cure}")


def named(names: Iterable[str], records: Iterable[Record], on: date) -> tuple[Record, ...]:
    """Return the records of these ids; an unknown one and one that may not be printed raise."""
    known = {record.id: record for record in records}
    found = []
    for name in names:
        if name not in known:
            raise NotPrintable(
                f"{name} stands neither in hotlines.yml nor in contacts.yml; correct it"
            )
        if not dialled(known[name], on):
            raise refused(known[name], on)
        found.append(known[name])
    return tuple(found)


def _reasons(record: Record, on: date) -> Iterator[str]:
    for channel in record.channels:
        if _is_dialled(channel) and (why := _why_not(record, channel, on)):
            yield why


def _why_not(record: Record, number: Dialled, on: date) -> str | None:
    seen, tested = provenance(record, number)
    if not (tested or seen.date or seen.read or seen.confidence != "secondary source"):
        return f"no source dates {number.number}"
    if not is_current(record, number, on):
        return f"{number.number} was good until {last_day(record, number)}"
    return None


def _is_dialled(channel: Channel) -> TypeGuard[Dialled]:
    return isinstance(channel, Voice | ShortCode | WhatsApp)

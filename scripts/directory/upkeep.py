"""Say what of the directory has to be looked after: whom to call, what ends soon, what has ended.

`report` returns Markdown for people, in both languages of the site. Nothing here can fail on
records that `directory.records` has read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from directory.age import is_named, last_day
from directory.records import (
    Channel,
    Contact,
    EmailAddress,
    Hotline,
    ShortCode,
    Voice,
    Web,
    WhatsApp,
    provenance,
)

_CALLED = re.compile(r"""(?:hotline|contact)\(\s*["']([a-z0-9-]+)["']""")
_Entry = Hotline | Contact


@dataclass(frozen=True)
class Ending:
    """A channel and the last day on which it is printed; `date.min` if it never was."""

    record: _Entry
    channel: Channel
    day: date

    def __str__(self) -> str:
        when = "tanpa tanggal / undated" if self.day == date.min else self.day.isoformat()
        return f"{when} · {address(self.channel)} · {self.record.name.id} (`{self.record.id}`)"


@dataclass
class Call:
    """A number that nobody has called, with every entry that gives it and how often pages do."""

    number: str
    entries: list[_Entry] = field(default_factory=list)
    uses: int = 0

    def __str__(self) -> str:
        ids = ", ".join(f"`{record.id}`" for record in self.entries)
        return f"{self.number} · {self.entries[0].name.id} ({ids}) · {self.uses}×"


def uses(docs: Path) -> Counter[str]:
    """Return how many pages of the site call for each entry, by id."""
    found: Counter[str] = Counter()
    for page in sorted(docs.rglob("*.id.md")):
        found.update(set(_CALLED.findall(page.read_text(encoding="utf-8"))))
    return found


def call_list(records: Iterable[_Entry], used: Counter[str]) -> list[Call]:
    """Return every number without an answered call, the most used first; then as in the files."""
    calls: dict[str, Call] = {}
    for record in records:
        for channel in record.channels:
            if isinstance(channel, EmailAddress | Web) or provenance(record, channel).tested:
                continue
            shown = _dialled(channel)
            calls.setdefault(shown, Call(shown)).entries.append(record)
    for call in calls.values():
        call.uses = sum(used[name] for name in {record.id for record in call.entries})
    return sorted(calls.values(), key=lambda call: -call.uses)


def endings(records: Iterable[_Entry]) -> list[Ending]:
    """Return every channel that has a last day, the earliest first."""
    found = [
        Ending(record, channel, day)
        for record in records
        for channel in record.channels
        if (day := last_day(record, channel)) is not None
    ]
    return sorted(found, key=lambda ending: ending.day)


def report(records: Sequence[_Entry], used: Counter[str], on: date, within: int) -> str:
    """Return the whole list: numbers to call, what ends within so many days, what has ended.

    Emergency numbers stand apart: nobody shall call them for a test.
    """
    shown = [record for record in records if is_named(record, on)]
    ending = endings(shown)
    until = on + timedelta(days=within)
    soon = [one for one in ending if on <= one.day <= until]
    gone = [one for one in ending if one.day < on]
    urgent = [record for record in shown if record.kind == "emergency"]
    calm = [record for record in shown if record.kind != "emergency"]
    parts = [
        _part("Daftar telepon: belum pernah diuji / To call: never tested", call_list(calm, used)),
        _part(f"Berakhir dalam {within} hari / Ends within {within} days", soon),
        _part("Sudah lewat, tidak ditampilkan / Past its limit, not shown", gone),
        # A line for people in danger is no line to try out.
        _part(
            "Nomor darurat: jangan diuji, baca lagi sumbernya / "
            "Emergency numbers: do not call, read the source again",
            call_list(urgent, used),
        ),
    ]
    return "\n".join(parts)


def address(channel: Channel) -> str:
    """Return what is dialled, written to or opened."""
    if isinstance(channel, Web):
        return channel.url
    return channel.address if isinstance(channel, EmailAddress) else channel.number


def _dialled(channel: Voice | WhatsApp | ShortCode) -> str:
    # The same short number is somebody else in another country.
    return (
        f"{channel.number} ({channel.dial_from})"
        if isinstance(channel, ShortCode)
        else channel.number
    )


def _part(heading: str, items: Sequence[object]) -> str:
    return "\n".join([f"## {heading} ({len(items)})", "", *_lines(items), ""])


def _lines(items: Sequence[object]) -> Iterator[str]:
    yield from (f"- [ ] {item}" for item in items)
    if not items:
        yield "Tidak ada / None"

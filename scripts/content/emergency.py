"""Choose from a country's numbers: which to call first, which second, and what is left.

Within a country the order of `hotlines.yml` is the order of calling. Nothing here can fail on
records that `directory.records` has read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from directory.records import Country, Hotline, WhatsApp

MAIN_COUNTRIES = 6


@dataclass(frozen=True)
class Numbers:
    """What one country's emergency page is made from."""

    country: Country
    first: Hotline
    second: Hotline | None
    others: tuple[Hotline, ...]

    @property
    def emergency(self) -> tuple[Hotline, ...]:
        """Police, ambulance and fire brigade; empty where none is confirmed."""
        return tuple(record for record in self._all if record.kind == "emergency")

    @property
    def missions(self) -> tuple[Hotline, ...]:
        """The Indonesian offices of that country."""
        return tuple(record for record in self._all if record.kind == "mission")

    @property
    def chat(self) -> WhatsApp | None:
        """Where a mission reads WhatsApp."""
        channels = [channel for record in self.missions for channel in record.channels]
        return next((channel for channel in channels if isinstance(channel, WhatsApp)), None)

    @property
    def _all(self) -> tuple[Hotline, ...]:
        return (self.first, *([self.second] if self.second else []), *self.others)


def numbers_by_country(
    hotlines: Iterable[Hotline], countries: Sequence[Country]
) -> tuple[Numbers, ...]:
    """Return the numbers of each country that has any, in the order of `countries`.

    A record all of whose channels have gone out of date is never the first or the second.
    """
    by_country: dict[str, list[Hotline]] = {}
    for record in sorted(hotlines, key=lambda record: not record.channels):
        by_country.setdefault(record.country, []).append(record)
    return tuple(
        _numbers(country, by_country[country.code])
        for country in countries
        if country.code in by_country
    )


def _numbers(country: Country, records: Sequence[Hotline]) -> Numbers:
    first = records[0]
    second = _second(first, records[1:])
    others = tuple(record for record in records[1:] if record is not second)
    return Numbers(country, first, second, others)


def _second(first: Hotline, rest: Sequence[Hotline]) -> Hotline | None:
    """After the police the mission, and the other way round; else whoever comes next."""
    wanted = "emergency" if first.kind == "mission" else "mission"
    return next((record for record in rest if record.kind == wanted), rest[0] if rest else None)

"""Write one confirmed fact into a data file's text and leave every other byte as it is.

The files are edited by people, with comments and an order of their own, so the text is changed
and then read again: unless exactly the wanted fact differs, nothing is returned. Whatever cannot be
confirmed raises NotConfirmed with what to do next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import yaml

Way = Literal["call", "source"]

_DIALLED = ("voice", "short-code", "whatsapp")
_ENTRY = re.compile(r"^- id: [\"']?([a-z0-9-]+)[\"']?[ ]*$", re.MULTILINE)
_CHANNEL = re.compile(r"^    - ", re.MULTILINE)
_VALUE = r"(?:null|\"[^\"]*\"|'[^']*')"


class NotConfirmed(Exception):
    """The fact was not written; the message says why and what to do."""


@dataclass(frozen=True)
class Confirmation:
    """What somebody has found out: by calling, or by reading the source again."""

    id: str
    way: Way
    on: date
    number: str | None = None
    """The one channel it is about; none where it is about the whole entry."""


def holds(text: str, name: str) -> bool:
    """Whether a data file's text has an entry of that id."""
    return any(match[1] == name for match in _ENTRY.finditer(text))


def confirmed(text: str, wish: Confirmation, today: date) -> str:
    """Return the file's text with that one fact changed."""
    if wish.on > today:
        raise NotConfirmed(f"{wish.on} has not come yet; give the day of the call or reading.")
    start, end = _span(text, wish.id)
    entry = _parsed(text)[wish.id]
    _may_be_confirmed(entry, wish)
    block = text[start:end]
    edited = _channel_edited(block, wish) if wish.number else _entry_edited(block, wish)
    changed = text[:start] + edited + text[end:]
    _only_that_fact(text, changed, wish)
    return changed


def _may_be_confirmed(entry: Mapping[str, Any], wish: Confirmation) -> None:
    channels = entry["channels"]
    numbers = [one["number"] for one in channels if one["kind"] in _DIALLED]
    if wish.way == "call" and not numbers:
        raise NotConfirmed(f"{wish.id} has no number to call; add the number first.")
    if wish.number and wish.number not in numbers:
        known = ", ".join(numbers) or "none"
        raise NotConfirmed(f"{wish.id} has no number {wish.number}; its numbers are: {known}.")
    known_as = _fact(entry, wish)
    if known_as and known_as > wish.on.isoformat():
        raise NotConfirmed(f"{wish.id} was confirmed on {known_as} already, which is later.")


def _fact(entry: Mapping[str, Any], wish: Confirmation) -> str | None:
    holder = entry if wish.number is None else _channel_of(entry, wish.number)
    if wish.way == "call":
        return holder.get("tested")
    seen = holder.get("seen")
    if seen is None:
        raise NotConfirmed(
            f"{wish.number} has no source of its own; leave --number out to confirm the entry's."
        )
    day: str | None = seen["date"]
    return day


def _channel_of(entry: Mapping[str, Any], number: str) -> dict[str, Any]:
    channel: dict[str, Any] = next(c for c in entry["channels"] if c.get("number") == number)
    return channel


def _entry_edited(block: str, wish: Confirmation) -> str:
    if wish.way == "call":
        return _replaced(block, rf"(?m)^(  tested: ){_VALUE}", wish)
    for pattern in (rf"(?m)^(  seen:\n    date: ){_VALUE}", rf"(?m)^(  seen: {{date: ){_VALUE}"):
        if re.search(pattern, block):
            return _replaced(block, pattern, wish)
    raise NotConfirmed(f"{wish.id}: date must be the first field under seen; put it there.")


def _channel_edited(block: str, wish: Confirmation) -> str:
    for start, end in _channel_spans(block):
        item = block[start:end]
        if re.search(rf"\bnumber: [\"']{re.escape(str(wish.number))}[\"']", item):
            return block[:start] + _item_edited(item, wish) + block[end:]
    raise NotConfirmed(f"{wish.id}: the number's line was not found; write the fact by hand.")


def _item_edited(item: str, wish: Confirmation) -> str:
    if wish.way == "source":
        return _replaced(item, rf"(\bseen:(?: {{|\s+)date: ){_VALUE}", wish)
    if re.search(rf"\btested: {_VALUE}", item):
        return _replaced(item, rf"(\btested: ){_VALUE}", wish)
    if item.startswith("    - {"):
        return re.sub(r"\}(\s*(?:#[^\n]*)?\s*)$", rf', tested: "{wish.on}"}}\1', item)
    body = item.rstrip("\n")
    return f'{body}\n      tested: "{wish.on}"{item[len(body) :]}'


def _replaced(text: str, pattern: str, wish: Confirmation) -> str:
    edited, count = re.subn(pattern, lambda m: f'{m[1]}"{wish.on}"', text)
    if count != 1:
        raise NotConfirmed(f"{wish.id}: the fact stands {count} times; write it by hand.")
    return edited


def _span(text: str, name: str) -> tuple[int, int]:
    """Return where the entry's text begins and ends."""
    starts = [(match.start(), match[1]) for match in _ENTRY.finditer(text)]
    for position, (start, found) in enumerate(starts):
        if found == name:
            after = starts[position + 1][0] if position + 1 < len(starts) else len(text)
            return start, after
    raise NotConfirmed(f"no entry has the id {name}; ids stand in the data files.")


def _channel_spans(block: str) -> Iterator[tuple[int, int]]:
    head = block.index("\n  channels:")
    rest = re.compile(r"^  \w", re.MULTILINE).search(block, head + len("\n  channels:"))
    stop = rest.start() if rest else len(block)
    starts = [match.start() for match in _CHANNEL.finditer(block, head, stop)]
    yield from zip(starts, [*starts[1:], stop], strict=True)


def _only_that_fact(before: str, after: str, wish: Confirmation) -> None:
    expected = _parsed(before)
    entry = expected[wish.id]
    holder = entry if wish.number is None else _channel_of(entry, wish.number)
    if wish.way == "call":
        holder["tested"] = wish.on.isoformat()
    else:
        holder["seen"]["date"] = wish.on.isoformat()
    if _parsed(after) != expected:
        raise NotConfirmed(f"{wish.id}: more than one fact would change; write it by hand.")


def _parsed(text: str) -> dict[str, Any]:
    entries: Sequence[Any] = yaml.load(text, yaml.CSafeLoader)
    return {entry["id"]: entry for entry in entries}

"""Say which pages and cited texts were last looked at longer ago than their limit allows.

`python -m content.freshness [--on DATE]` looks at the checkout in the current folder, as of today
or of another day. It prints one line for each page and each file of sources that is over its
limit. It ends with 0 when there is none, with 1 when there is one, and with 2 when pages, limits
or the day cannot be read.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from content.languages import DEFAULT, plain
from content.pairs import front_matter
from content.problem import ContentProblem
from directory.reading import DataProblems, read_records, read_yaml
from directory.records import Entry, Source

LIMITS = Path("docs/data/freshness.yml")
EVERYWHERE = "/"
_TIMES = 2


class Limit(Entry):
    """How long what stands in one place may go unchecked."""

    place: str = Field(
        pattern=r"^/\S*$",
        description="Beginning of a page's path, or of a file's in docs/; begins with a slash",
        examples=["/aturan/"],
    )
    days: int = Field(gt=0, description="Days until it is checked again", examples=[180])


class Old(NamedTuple):
    """Something that was last looked at too long ago."""

    what: str
    seen: dt.date
    age: int
    limit: int

    def __str__(self) -> str:
        return f"{self.what}: checked {self.seen}, {self.age} days ago; limit {self.limit}"


def load_limits(path: Path) -> tuple[Limit, ...]:
    """Return the limits of `freshness.yml`; raises DataProblems with all that is wrong in it."""
    return read_records(path, read_yaml(path), Limit, "place")


def days_allowed(place: str, limits: Iterable[Limit]) -> int:
    """Return the limit in days of a path that begins with a slash: that of its longest place.

    A path for which there is none raises `ContentProblem`.
    """
    holding = [limit for limit in limits if place.startswith(limit.place)]
    if not holding:
        raise ContentProblem(f"{LIMITS.name}: no limit holds for {place}; add one for /")
    return max(holding, key=lambda limit: len(limit.place)).days


def long_unchecked(place: str, checked: dt.date, limits: Iterable[Limit], on: dt.date) -> bool:
    """Whether a page has to tell its readers that it is old: it is past twice its limit."""
    return (on - checked).days > _TIMES * days_allowed(place, limits)


def old_pages(docs: Path, limits: Sequence[Limit], on: dt.date) -> Iterator[Old]:
    """Yield the pages over their limit; both languages of a page were checked together."""
    for path in sorted(docs.rglob(f"*.{DEFAULT}.md")):
        name = path.relative_to(docs).as_posix()
        checked = front_matter(name, path.read_text(encoding="utf-8")).get("checked")
        # Some texts for pages made from data take their day from elsewhere.
        if "{{" not in str(checked):
            shared = plain(name)
            limit = days_allowed(EVERYWHERE + shared, limits)
            yield from _if_old(f"docs/{_either(shared)}", _day(name, checked), limit, on)


def old_sources(folder: Path, limits: Sequence[Limit], on: dt.date) -> Iterator[Old]:
    """Yield the files of sources that hold texts over their limit, with the oldest of them."""
    for path in sorted(folder.glob("*.yml")):
        name = f"data/{folder.name}/{path.name}"
        limit = days_allowed(EVERYWHERE + name, limits)
        records = read_records(path, read_yaml(path), Source, "id")
        seen = [dt.date.fromisoformat(record.seen) for record in records]
        old = [day for day in seen if (on - day).days > limit]
        if old:
            yield from _if_old(f"docs/{name}, {len(old)} of {len(seen)} texts", min(old), limit, on)


def check(root: Path, on: dt.date) -> list[Old]:
    """Return everything in a checkout that is over its limit on a day, the oldest first."""
    docs = root / "docs"
    limits = load_limits(root / LIMITS)
    found = [*old_pages(docs, limits, on), *old_sources(docs / "data/sources", limits, on)]
    return sorted(found, key=lambda old: (old.limit - old.age, old.what))


def build_day(settings: Mapping[str, str], now: dt.datetime) -> dt.date:
    """Return the day of a build: that of SOURCE_DATE_EPOCH (reproducible-builds.org) or of now."""
    epoch = settings.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return now.date()
    if not re.fullmatch(r"\d{1,11}", epoch):
        raise ContentProblem(f"SOURCE_DATE_EPOCH is {epoch!r}; write seconds since 1970")
    return dt.datetime.fromtimestamp(int(epoch), dt.UTC).date()


def _either(shared: str) -> str:
    """Return the name of a page's files in all languages: both are mended together."""
    return shared.removesuffix(".md") + ".*.md"


def _day(page: str, checked: object) -> dt.date:
    if not isinstance(checked, dt.date):
        raise ContentProblem(f"{page}: checked is {checked!r}; write a day such as 2026-11-21")
    return checked


def _if_old(what: str, seen: dt.date, limit: int, on: dt.date) -> Iterator[Old]:
    age = (on - seen).days
    if age > limit:
        yield Old(what, seen, age, limit)


def _given_day(value: str) -> dt.date:
    try:
        return dt.date.fromisoformat(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{value} is no day; write 2026-11-21") from error


def _arguments() -> argparse.Namespace:
    reader = argparse.ArgumentParser(
        prog="python -m content.freshness",
        description="Say which pages and cited texts have to be checked again.",
    )
    reader.add_argument(
        "--on",
        metavar="DATE",
        type=_given_day,
        default=dt.datetime.now(dt.UTC).date(),
        help="the day to count to, such as 2026-11-21; today without it",
    )
    return reader.parse_args()


def _main() -> int:
    on = _arguments().on
    try:
        found = check(Path(), on)
    except (ContentProblem, DataProblems) as problem:
        print(problem, file=sys.stderr)
        return 2
    for old in found:
        print(old)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(_main())

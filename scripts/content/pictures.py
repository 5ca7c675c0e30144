"""Decide what stands on the pictures that people put into WhatsApp Status and on Facebook.

One for each country that has numbers and one for each main problem of `pictures.yml`. A picture
travels without its page, so it carries dates, and a number that may not stand there is refused:
`ContentProblem` names it, as it names a page without three steps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import Field

from content.channels import shown_number
from content.emergency import Numbers
from content.problem import ContentProblem
from directory.reading import read_records, read_yaml
from directory.records import Entry, Hotline, ShortCode, Slug, Voice, WhatsApp

FOLDER = "unduh/gambar"
STEPS = 3
ANYWHERE = "id-kemlu-pwni"
_EMERGENCY = "darurat"
_MOST_NUMBERS = 3
_FRONT = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_STEP = re.compile(r"^\d+\. +(.+)$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_EMPHASIS = re.compile(r"[*_`]{1,2}(?=\S)|(?<=\S)[*_`]{1,2}")

Dates = Callable[[str], str]
Words = Mapping[str, str]


class Subject(Entry):
    """One main problem that has a picture."""

    page: str = Field(
        pattern=r"^[a-z0-9-]+(/[a-z0-9-]+)*$",
        description="The guide's path in docs/",
        examples=["panduan/dokumen-ditahan"],
    )
    steps: str = Field(
        pattern=r"^[a-z0-9-]+$",
        description="Anchor of the section whose first three steps are shown",
        examples=["today"],
    )
    numbers: tuple[Slug, ...] = Field(
        min_length=1,
        max_length=_MOST_NUMBERS,
        description="Ids of hotlines.yml, the first to call first",
        examples=[["id-kemlu-pwni"]],
    )


@dataclass(frozen=True)
class Shown:
    """One number as a picture shows it."""

    name: str
    number: str
    seen: str
    """When it was seen, and whether anybody has called it."""
    urgent: bool


@dataclass(frozen=True)
class Picture:
    """Everything that stands on one picture."""

    page: str
    language: str
    brand: str
    title: str
    numbers: tuple[Shown, ...]
    steps: tuple[str, ...]
    checked: str
    """The sentence that dates it."""
    newest: str
    """Where the newest numbers are."""

    @property
    def url(self) -> str:
        """The picture's path from the site's root."""
        return f"{FOLDER}/{self.page.replace('/', '-')}-{self.language}.png"


@dataclass(frozen=True)
class Guide:
    """What a picture takes from a page."""

    title: str
    checked: str
    steps: tuple[str, ...]


def load_subjects(path: Path) -> tuple[Subject, ...]:
    """Return the main problems of `pictures.yml` in the file's order; raises DataProblems."""
    return read_records(path, read_yaml(path), Subject, "page")


def read_guide(docs: Path, page: str, anchor: str, language: str) -> Guide:
    """Return the title, the date and the first three steps of a section of a page."""
    file = docs / page / f"index.{language}.md"
    try:
        match = _FRONT.match(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ContentProblem(f"pictures.yml: docs/{page} is no page; correct it") from error
    if match is None:
        raise ContentProblem(f"{file}: begin the page with a block between ---")
    front = yaml.load(match[1], yaml.CSafeLoader)
    steps = steps_of(match[2], anchor)
    if len(steps) < STEPS:
        raise ContentProblem(
            f"{file}: the section #{anchor} has {len(steps)} steps, and a picture shows {STEPS}"
        )
    return Guide(front["title"], str(front["checked"]), steps[:STEPS])


def steps_of(body: str, anchor: str) -> tuple[str, ...]:
    """Return the steps of one section of a Markdown text, without links and emphasis."""
    section = re.search(rf"^## .*#{re.escape(anchor)} *\}}\s*$(.*?)(?=^## |\Z)", body, _SECTION)
    if section is None:
        return ()
    plain = (_EMPHASIS.sub("", _LINK.sub(r"\1", step)) for step in _STEP.findall(section[1]))
    return tuple(step.strip() for step in plain)


_SECTION = re.MULTILINE | re.DOTALL


def may_be_printed(record: Hotline) -> bool:
    """Whether a number may stand where no page can explain it.

    It has to be one that is dialled, and either answered a test call, bears the date of its
    source, or was read at the office's own site.
    """
    known = record.tested or record.seen.date or record.seen.confidence != "secondary source"
    return bool(known) and _channel(record) is not None


def of_problem(
    subject: Subject, guide: Guide, hotlines: Mapping[str, Hotline], say: Saying
) -> Picture:
    """Return the picture of one main problem; a number that may not be printed is refused."""
    records = [_known(number, hotlines) for number in subject.numbers]
    for record in records:
        if not may_be_printed(record):
            raise ContentProblem(
                f"pictures.yml: {record.id} may not stand on a picture: it cannot be dialled, "
                "or no source dates it; choose another number"
            )
    return say.picture(subject.page, guide.title, records, guide)


def of_country(
    numbers: Numbers, guide: Guide, hotlines: Mapping[str, Hotline], say: Saying
) -> Picture | None:
    """Return the picture of one country, or none when none of its numbers may be printed."""
    own = [record for record in numbers.emergency + numbers.missions if may_be_printed(record)]
    order = sorted(own, key=lambda record: record not in (numbers.first, numbers.second))
    first = order[: _MOST_NUMBERS - 1]
    if not first:
        return None
    records = dict.fromkeys([*first, hotlines[ANYWHERE]])
    title = say.words["picture_country"].format(place=numbers.country.name[say.language])
    page = f"{_EMERGENCY}/{numbers.country.slug}"
    return say.picture(page, title, list(records), guide)


@dataclass(frozen=True)
class Saying:
    """How one language says what stands on a picture."""

    language: str
    words: Words
    dated: Dates
    """Writes an ISO 8601 date as people say it."""
    address: str
    """Address of the site's pages in this language, or nothing where nobody can reach it."""

    def picture(self, page: str, title: str, records: Iterable[Hotline], guide: Guide) -> Picture:
        """Put words to everything that a picture shows."""
        newest = self.words["picture_newest"].format(address=f"{self.address}{page}/")
        return Picture(
            page=page,
            language=self.language,
            brand=self.words["brand"],
            title=title,
            numbers=tuple(self._shown(record) for record in records),
            steps=guide.steps,
            checked=f"{self.words['checked']} {self.dated(guide.checked)}",
            newest=newest if self.address else "",
        )

    def _shown(self, record: Hotline) -> Shown:
        channel = _channel(record)
        if channel is None:
            raise ContentProblem(f"hotlines.yml: {record.id} has nothing to dial")
        number = shown_number(channel)
        return Shown(
            name=record.name[self.language],
            number=f"WhatsApp {number}" if isinstance(channel, WhatsApp) else number,
            seen=self._seen(record),
            urgent=record.kind == "emergency",
        )

    def _seen(self, record: Hotline) -> str:
        if record.tested:
            return f"{self.words['tested']} {self.dated(str(record.tested))}"
        date = record.seen.date
        when = self.dated(date) if date else self.words["seen_undated"]
        return self.words["picture_seen"].format(when=when)


def _channel(record: Hotline) -> Voice | ShortCode | WhatsApp | None:
    """Return what is dialled: a number that is good everywhere before a short one at home."""
    kinds: Sequence[type] = (Voice, ShortCode) if record.kind != "emergency" else (ShortCode, Voice)
    for kind in (*kinds, WhatsApp):
        for channel in record.channels:
            if isinstance(channel, kind) and isinstance(channel, Voice | ShortCode | WhatsApp):
                return channel
    return None


def _known(number: str, hotlines: Mapping[str, Hotline]) -> Hotline:
    if number not in hotlines:
        raise ContentProblem(f"pictures.yml: {number!r} does not stand in hotlines.yml")
    return hotlines[number]

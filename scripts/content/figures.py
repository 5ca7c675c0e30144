"""Draw the pictures that stand inside a page: what `{{ figure("official-way") }}` puts there.

They are lists in HTML that style and icons turn into pictures, so their words can be selected,
enlarged, searched and read aloud. (`content.pictures` makes those that leave the site as PNG.)
A file that breaks its schema raises `DataProblems`; a name, a page or a law that does not exist
raises `ContentProblem`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from markupsafe import Markup
from pydantic import Field

from content.problem import ContentProblem
from directory.reading import DataProblems, Problem, read_records, read_yaml
from directory.records import Day, Entry, Line, Slug, Text

FILE = "figures.yml"
LANES = 2  # laws that wait side by side for what replaced them; the picture has no more room
_LINK = r"^[a-z0-9-]+(/[a-z0-9-]+)*(#[a-z0-9-]+)?$"

Status = Literal["in-force", "amended", "repealed", "unconfirmed"]


class _Traced(Entry):
    sources: tuple[Slug, ...] = Field(
        default=(),
        description="Ids of docs/data/sources/ that say so; the page cites them too",
        examples=[["uu18-p11-info"]],
    )


class Step(_Traced):
    """One step of a way, such as the official one."""

    icon: Slug = Field(description="Name of a Material icon", examples=["magnify"])
    name: Text = Field(
        description="What to do, a few words",
        examples=[{"id": "Cari informasi", "en": "Look for information"}],
    )
    text: Text | None = Field(
        default=None,
        description="What to know about it, with the article of law",
        examples=[{"id": "Datang ke dinas.", "en": "Go to the dinas."}],
    )
    caution: Text | None = Field(
        default=None,
        description="What goes wrong here",
        examples=[{"id": "Bukan di rumah sponsor.", "en": "Not at a sponsor's house."}],
    )
    page: str | None = Field(
        default=None,
        pattern=_LINK,
        description="Path in docs/ of the guide to this step, with an anchor where needed",
        examples=["panduan/cek-p3mi"],
    )


class Stage(Entry):
    """Some steps of a way that belong together."""

    id: Slug = Field(description="Short name in English", examples=["find-out"])
    name: Text = Field(
        description="What they have in common", examples=[{"id": "Cari tahu", "en": "Find out"}]
    )
    steps: tuple[Step, ...] = Field(
        min_length=1, description="In their order", examples=[[{"icon": "magnify"}]]
    )


class Switch(Entry):
    """One thing on a screen that is pressed, chosen, filled in, switched on or off."""

    do: Literal["press", "choose", "fill", "on", "off"] = Field(
        description="What to do with it", examples=["off"]
    )
    label: Line = Field(
        description="The words on the screen, in its own language",
        examples=["Automatically watch repositories"],
    )
    note: Text | None = Field(
        default=None,
        description="Why, or what to choose",
        examples=[{"id": "Pilih Free.", "en": "Choose Free."}],
    )


class Screen(_Traced):
    """One screen of GitHub, drawn by us as a plain window: the way to it and what to do there."""

    id: Slug = Field(description="Short name in English", examples=["organization"])
    icon: Slug = Field(description="Name of a Material icon", examples=["account-group"])
    name: Text = Field(
        description="What is done there, a few words",
        examples=[{"id": "Buat organisasi", "en": "Make the organization"}],
    )
    path: Line = Field(
        description="The way to it, in the screen's own language",
        examples=["Settings › Organizations"],
    )
    switches: tuple[Switch, ...] = Field(
        min_length=1, description="From top to bottom", examples=[[{"do": "off"}]]
    )


class Turn(_Traced):
    """Whoever acts at one point after somebody asked for help."""

    id: Slug = Field(description="Short name in English", examples=["team"])
    icon: Slug = Field(description="Name of a Material icon", examples=["account-group"])
    name: Text = Field(
        description="Who, or what happens", examples=[{"id": "Tim paralegal", "en": "The team"}]
    )
    office: bool = Field(
        default=False, description="Whether the team may pass it on to them", examples=[True]
    )
    text: Text | None = Field(
        default=None,
        description="What happens there",
        examples=[{"id": "Anda yang memutuskan.", "en": "You decide."}],
    )
    can: Text | None = Field(
        default=None,
        description="What they can do",
        examples=[{"id": "menolong saat bahaya", "en": "help in danger"}],
    )
    cannot: Text | None = Field(
        default=None,
        description="What they cannot do",
        examples=[{"id": "memaksa majikan", "en": "force an employer"}],
    )
    time: Text | None = Field(
        default=None,
        description="How long it takes, or that nobody knows",
        examples=[{"id": "Belum kami ketahui.", "en": "We do not know."}],
    )


class Law(_Traced):
    """One regulation on the timeline."""

    id: Slug = Field(description="Short name", examples=["uu-18-2017"])
    year: int = Field(gt=1900, lt=2100, description="Year of its number", examples=[2017])
    name: Text = Field(
        description="As it is cited", examples=[{"id": "UU 18/2017", "en": "UU 18/2017"}]
    )
    about: Text = Field(
        description="What it rules, in a few words",
        examples=[{"id": "data pribadi", "en": "personal data"}],
    )
    page: str = Field(
        pattern=_LINK, description="Path in docs/ of its summary", examples=["aturan/uu-18-2017"]
    )
    status: Status = Field(
        description="in-force, amended (in force, changed), repealed, or unconfirmed",
        examples=["amended"],
    )
    since: Day | None = Field(
        default=None,
        description="Day on which it came into force, or on which a repealed one ended",
        examples=["2017-11-22"],
    )
    basis: Text | None = Field(
        default=None,
        description="The article, or the press, that says so",
        examples=[{"id": "Pasal 91", "en": "Art. 91"}],
    )
    note: Text | None = Field(
        default=None,
        description="What else to know about its state",
        examples=[{"id": "Baru terbaca sebagian.", "en": "Read in part only."}],
    )
    replaced_by: Slug | None = Field(
        default=None, description="Id of the law that repealed it", examples=["uu-18-2017"]
    )
    changed_by: tuple[Slug, ...] = Field(
        default=(), description="Ids of the laws that changed it", examples=[["uu-1-2026"]]
    )


class Figures(Entry):
    """Every picture that a page can call for, by its name."""

    official_way: tuple[Stage, ...] = Field(
        alias="official-way",
        description="The way from the first question to the day of arrival",
        examples=[[{"id": "find-out"}]],
    )
    after_asking: tuple[Turn, ...] = Field(
        alias="after-asking",
        description="Who acts once somebody asked for help, in order",
        examples=[[{"id": "team"}]],
    )
    setting_up: tuple[Stage, ...] = Field(
        alias="setting-up",
        description="The afternoon in which a team sets itself up",
        examples=[[{"id": "try"}]],
    )
    github_screens: tuple[Screen, ...] = Field(
        alias="github-screens",
        description="What is set on GitHub, screen by screen",
        examples=[[{"id": "organization"}]],
    )
    law_timeline: tuple[Law, ...] = Field(
        alias="law-timeline",
        description="Regulations, the oldest first",
        examples=[[{"id": "uu-18-2017"}]],
    )

    def linked_pages(self) -> Iterator[str]:
        """Yield the path of every page that a picture leads to, anchors left out."""
        stages = (*self.official_way, *self.setting_up)
        steps = (step.page for stage in stages for step in stage.steps)
        for page in (*steps, *(law.page for law in self.law_timeline)):
            if page:
                yield page.partition("#")[0]


_RECORDS = {
    "official-way": Stage,
    "after-asking": Turn,
    "setting-up": Stage,
    "github-screens": Screen,
    "law-timeline": Law,
}
NAMES = tuple(_RECORDS)


@dataclass(frozen=True)
class Row:
    """One law with what the picture shows beside it."""

    law: Law
    lanes: tuple[str, ...]
    """For each lane `from`, `through` or `to` where an old law waits for its successor, else ""."""
    replaces: tuple[Law, ...]
    replaced_by: tuple[Law, ...]
    changes: tuple[Law, ...]
    changed_by: tuple[Law, ...]


def load_figures(path: Path) -> Figures:
    """Return the pictures of the file, whose links lead to pages beside its folder."""
    content = read_yaml(path)
    if not isinstance(content, dict) or set(content) != set(_RECORDS):
        advice = f"must hold {', '.join(_RECORDS)} and nothing else"
        raise DataProblems([Problem(path.name, "whole file", "file", advice)])
    records: dict[str, Any] = {
        name: read_records(path, content[name], record, "id") for name, record in _RECORDS.items()
    }
    figures = Figures.model_validate(records)
    rows(figures.law_timeline)
    for page in figures.linked_pages():
        if not (path.parent.parent / page / "index.id.md").is_file():
            raise ContentProblem(f"{FILE}: docs/{page} is no page; correct it")
    return figures


def rows(laws: Sequence[Law]) -> tuple[Row, ...]:
    """Return the laws in their order, each with the laws that it is tied to."""
    known = {law.id: law for law in laws}
    for law in laws:
        for name in (law.replaced_by, *law.changed_by):
            if name and name not in known:
                raise ContentProblem(
                    f"{FILE}: {law.id} names {name!r}, which is not on the timeline; add it"
                )
    beside = _lanes(laws)
    return tuple(
        Row(
            law=law,
            lanes=tuple(lane[place] for lane in beside),
            replaces=tuple(old for old in laws if old.replaced_by == law.id),
            replaced_by=(known[law.replaced_by],) if law.replaced_by else (),
            changes=tuple(old for old in laws if law.id in old.changed_by),
            changed_by=tuple(known[name] for name in law.changed_by),
        )
        for place, law in enumerate(laws)
    )


def _lanes(laws: Sequence[Law]) -> list[list[str]]:
    """Give each replaced law the first lane that is free from its row to its successor's."""
    order = [law.id for law in laws]
    lanes = [[""] * len(laws) for _ in range(LANES)]
    for start, law in enumerate(laws):
        if law.replaced_by is None:
            continue
        end = order.index(law.replaced_by)
        if end <= start:
            raise ContentProblem(f"{FILE}: {law.id} stands below what replaced it; move it up")
        free = next((lane for lane in lanes if not any(lane[start : end + 1])), None)
        if free is None:
            raise ContentProblem(
                f"{FILE}: beside {law.id} more than {LANES} laws wait for what replaced them; "
                "the picture has no room, so name the old law in the new one's note instead"
            )
        free[start : end + 1] = ["from", *["through"] * (end - start - 1), "to"]
    return lanes


def turns(after_asking: Iterable[Turn]) -> list[tuple[bool, list[Turn]]]:
    """Return the turns in order, offices that stand side by side gathered into one group."""
    return [(office, list(group)) for office, group in groupby(after_asking, lambda t: t.office)]


def link_from(page: str, target: str) -> str:
    """Return the link from a page, given by its path in docs/, to another page's path."""
    path, _, anchor = target.partition("#")
    here = posixpath.dirname(page) or "."
    return posixpath.relpath(path, here) + "/" + f"#{anchor}" * bool(anchor)


def draw(name: str, page: str, language: str, templates: Any) -> Markup:
    """Return one picture; `templates` holds a macro for each, `-` in its name written as `_`."""
    if name not in NAMES:
        raise ContentProblem(
            f"{page}: there is no figure {name!r}; docs/data/{FILE} has {', '.join(NAMES)}"
        )
    drawn: Markup = getattr(templates, name.replace("-", "_"))(page, language)
    return drawn

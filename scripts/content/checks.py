"""Read `docs/data/checks.yml`: questions that people answer on their own phone, for themselves.

What is wrong with the file raises DataProblems with every fault; a call for a check that does
not stand there raises `ContentProblem`. The page works as a list where no script runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from markupsafe import Markup
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from content.problem import ContentProblem
from directory.reading import CONFLICTS, read_records, read_yaml
from directory.records import Entry, Slug, Text

Strength = Literal["away", "stop", "ask"]
When = Literal["away", "stop", "ask", "open", "clear"]

# The one that counts most stands first, as the script looks for it.
_OUTCOMES: dict[str, tuple[When, ...]] = {
    "signs": ("away", "stop", "ask", "open", "clear"),
    "papers": ("open", "clear"),
}


class More(Entry):
    """The page that says more."""

    page: str = Field(
        pattern=r"^[a-z0-9-]+(/[a-z0-9-]+)*$",
        description="Its path in docs/",
        examples=["panduan/biaya"],
    )
    text: Text = Field(
        description="The words of the link", examples=[{"id": "Soal biaya", "en": "About costs"}]
    )


class Point(Entry):
    """One question about an offer, or one paper that is needed."""

    id: Slug = Field(description="Name of the point in its check", examples=["wrong-visa"])
    text: Text = Field(
        description="A question that yes makes a sign of; or the paper's name",
        examples=[{"id": "Visanya visa wisata?", "en": "Is it a tourist visa?"}],
    )
    look: Text | None = Field(
        default=None,
        description="What to check on the paper",
        examples=[{"id": "Cek: namanya benar.", "en": "Check: the name is right."}],
    )
    reason: Text = Field(
        description="Why the sign matters, with its article; or how to get the paper",
        examples=[{"id": "Yang wajib visa kerja.", "en": "A work visa is required."}],
    )
    strength: Strength | None = Field(
        default=None,
        description="What a sign means: away (do not go along), stop (do not pay), ask (ask first)",
        examples=["stop"],
    )
    more: More | None = Field(
        default=None,
        description="Where the reader finds the rest",
        examples=[
            {"page": "panduan/biaya", "text": {"id": "Soal biaya", "en": "About costs"}},
        ],
    )
    sources: tuple[Slug, ...] = Field(
        default=(),
        description="Ids of docs/data/sources/, cited by the page too; none for our own advice",
        examples=[["uu18-p13-dokumen"]],
    )


class Group(Entry):
    """Points that belong together, under one heading."""

    id: Slug = Field(description="Anchor of the heading, for good", examples=["papers"])
    title: Text = Field(
        description="The heading", examples=[{"id": "Tentang visa", "en": "About the visa"}]
    )
    note: Text | None = Field(
        default=None,
        description="One sentence below the heading",
        examples=[{"id": "Daftar ini dari UU 18/2017.", "en": "This list is from UU 18/2017."}],
    )
    points: tuple[Point, ...] = Field(
        min_length=1,
        description="The points, in the order in which they are read",
        examples=[
            [
                {
                    "id": "wrong-visa",
                    "text": {"id": "Visanya visa wisata?", "en": "Is it a tourist visa?"},
                    "reason": {"id": "Yang wajib visa kerja.", "en": "A work visa is required."},
                    "strength": "stop",
                }
            ]
        ],
    )


class Outcome(Entry):
    """What to do when the answers come out so."""

    when: When = Field(
        description="The strongest sign found; open: something is missing or unknown; clear",
        examples=["stop"],
    )
    case: Text = Field(
        description="The same in words, for a reader without the script",
        examples=[{"id": "Ada tanda kuat", "en": "There is a strong sign"}],
    )
    advice: Text = Field(
        description="The next safe step",
        examples=[{"id": "Jangan bayar dulu.", "en": "Do not pay yet."}],
    )
    more: More | None = Field(
        default=None,
        description="Where the next step is",
        examples=[
            {"page": "darurat", "text": {"id": "Nomor darurat", "en": "Emergency numbers"}},
        ],
    )


class Check(Entry):
    """Everything on one page that checks something; nothing of it is ever sent or kept."""

    id: Slug = Field(description="Name that the page calls", examples=["offer"])
    kind: Literal["signs", "papers"] = Field(
        description="signs: yes, no or unknown; papers: have it or not", examples=["signs"]
    )
    groups: tuple[Group, ...] = Field(
        min_length=1,
        description="The points under their headings",
        examples=[
            [
                {
                    "id": "papers",
                    "title": {"id": "Tentang visa", "en": "About the visa"},
                    "points": [
                        {
                            "id": "wrong-visa",
                            "text": {"id": "Visanya visa wisata?", "en": "Is it a tourist visa?"},
                            "reason": {"id": "Wajib visa kerja.", "en": "Must be a work visa."},
                            "strength": "stop",
                        }
                    ],
                }
            ]
        ],
    )
    marked: Text | None = Field(
        default=None,
        description="Heading above the signs that were found",
        examples=[{"id": "Tanda yang Anda temukan", "en": "Signs that you found"}],
    )
    open: Text = Field(
        description="Heading above what is missing or unknown",
        examples=[{"id": "Yang masih kurang", "en": "What is still missing"}],
    )
    outcomes: tuple[Outcome, ...] = Field(
        description="One for each case of its kind, the gravest first",
        examples=[
            [
                {
                    "when": "stop",
                    "case": {"id": "Ada tanda kuat", "en": "There is a strong sign"},
                    "advice": {"id": "Jangan bayar dulu.", "en": "Do not pay yet."},
                }
            ]
        ],
    )

    @property
    def points(self) -> list[Point]:
        """All points, group by group."""
        return [point for group in self.groups for point in group.points]

    @model_validator(mode="after")
    def _fields_agree(self) -> Self:
        problems = [*_wrong_outcomes(self), *_wrong_points(self)]
        if (self.kind == "signs") != (self.marked is not None):
            problems.append(("marked", "belongs to signs and to nothing else; add or remove it"))
        if problems:
            raise PydanticCustomError(CONFLICTS, "fields do not agree", {"problems": problems})
        return self


def load_checks(path: Path) -> tuple[Check, ...]:
    """Return the checks of `checks.yml` in the file's order; raises DataProblems."""
    return read_records(path, read_yaml(path), Check, "id")


def check_block(
    name: str, page: str, language: str, checks: Sequence[Check], templates: Any
) -> Markup:
    """Return one check for a page, given by its path in docs/; `templates` holds the macro."""
    for check in checks:
        if check.id == name:
            html: Markup = templates.check(check, page, language)
            return html
    raise ContentProblem(f"{page}: {name!r} does not stand in docs/data/checks.yml")


def _wrong_outcomes(check: Check) -> list[tuple[str, str]]:
    wanted = _OUTCOMES[check.kind]
    if tuple(outcome.when for outcome in check.outcomes) == wanted:
        return []
    return [("outcomes", f"must be {', '.join(wanted)}, in this order; mend them")]


def _wrong_points(check: Check) -> list[tuple[str, str]]:
    names = [point.id for point in check.points]
    again = sorted({name for name in names if names.count(name) > 1})
    problems = [(name, "stands more than once; give each point its own id") for name in again]
    if check.kind == "signs":
        bare = [point.id for point in check.points if point.strength is None]
        return problems + [(name, "has no strength; write away, stop or ask") for name in bare]
    strong = [point.id for point in check.points if point.strength is not None]
    return problems + [(name, "is a paper and has no strength; remove it") for name in strong]

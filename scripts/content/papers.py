"""Read `docs/data/papers.yml`: letters and sheets that people fill in on their own phone and print.

What is wrong with the file raises DataProblems with every fault; a call for a paper that does
not stand there raises `ContentProblem`. Where no script runs the paper is printed with its gaps
dotted, to be filled in by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from markupsafe import Markup
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from content.problem import ContentProblem
from directory.reading import CONFLICTS, read_records, read_yaml
from directory.records import Entry, Slug, Text

_GAP = re.compile(r"\{([a-z][a-z-]*)\}")


class Question(Entry):
    """One thing to fill in."""

    id: Slug = Field(description="Name of the gap in the paper's text", examples=["full-name"])
    label: Text = Field(
        description="The question", examples=[{"id": "Nama lengkap", "en": "Full name"}]
    )
    hint: Text | None = Field(
        default=None,
        description="One sentence of help below it",
        examples=[{"id": "Seperti di paspor.", "en": "As in the passport."}],
    )
    long: bool = Field(
        default=False, description="Whether it takes more than one line", examples=[True]
    )


class Block(Entry):
    """One piece of the paper, from top to bottom."""

    kind: Literal["heading", "text", "answer", "events", "signatures"] = Field(
        description=(
            "heading; text with gaps; answer: a question with its answer; events: the list of "
            "what happened; signatures: who signs, side by side"
        ),
        examples=["text"],
    )
    text: Text | None = Field(
        default=None,
        description="The words of a heading or text; {name} is a gap",
        examples=[{"id": "Saya, {full-name}, meminta ...", "en": "I, {full-name}, ask ..."}],
    )
    question: Slug | None = Field(
        default=None, description="The question of an answer", examples=["full-name"]
    )
    signers: tuple[Text, ...] = Field(
        default=(),
        description="Who signs; {name} is a gap below the line",
        examples=[[{"id": "Pemberi kuasa, {full-name}", "en": "Giver, {full-name}"}]],
    )


class Paper(Entry):
    """One letter or sheet. Nothing of what is filled in is sent, or kept after the page is left."""

    id: Slug = Field(description="Name that the page calls", examples=["surat-kuasa"])
    title: Text = Field(
        description="What stands on top of the paper",
        examples=[{"id": "Surat kuasa", "en": "Power of attorney"}],
    )
    questions: tuple[Question, ...] = Field(
        min_length=1,
        description="What is asked, in the order in which it is asked",
        examples=[[{"id": "full-name", "label": {"id": "Nama", "en": "Name"}}]],
    )
    events: tuple[Question, ...] = Field(
        default=(),
        description="What is asked about each event of a chronology: date, place, who, what, proof",
        examples=[[{"id": "date", "label": {"id": "Kapan", "en": "When"}}]],
    )
    blocks: tuple[Block, ...] = Field(
        min_length=1,
        description="The paper from top to bottom",
        examples=[[{"kind": "text", "text": {"id": "Saya, {full-name}", "en": "I, {full-name}"}}]],
    )

    @model_validator(mode="after")
    def _gaps_are_asked_for(self) -> Self:
        if problems := [*_wrong_blocks(self), *_wrong_gaps(self)]:
            raise PydanticCustomError(CONFLICTS, "fields do not agree", {"problems": problems})
        return self


def load_papers(path: Path) -> tuple[Paper, ...]:
    """Return the papers of `papers.yml` in the file's order; raises DataProblems."""
    return read_records(path, read_yaml(path), Paper, "id")


def paper_block(
    name: str, page: str, language: str, papers: Sequence[Paper], templates: Any
) -> Markup:
    """Return one paper for a page, given by its path in docs/; `templates` holds the macro."""
    for paper in papers:
        if paper.id == name:
            html: Markup = templates.paper(paper, language)
            return html
    raise ContentProblem(f"{page}: {name!r} does not stand in docs/data/papers.yml")


def with_gaps(text: str) -> Markup:
    """Return a text of a paper as HTML, each {name} as a gap that the script fills."""
    gap = Markup('<b data-gap="{}"></b>')
    parts = _GAP.split(text)
    return Markup("").join(gap.format(part) if i % 2 else part for i, part in enumerate(parts))


def _wrong_blocks(paper: Paper) -> Iterator[tuple[str, str]]:
    wanted = {"heading": "text", "text": "text", "answer": "question", "signatures": "signers"}
    for number, block in enumerate(paper.blocks):
        given = {name for name in ("text", "question", "signers") if getattr(block, name)}
        if given != ({wanted[block.kind]} if block.kind in wanted else set()):
            told = wanted.get(block.kind, "nothing")
            yield f"blocks.{number}", f"{block.kind} takes {told} and nothing else; mend it"
    if bool(paper.events) != any(block.kind == "events" for block in paper.blocks):
        yield "events", "needs a block of the kind events, and that block needs events; add it"


def _wrong_gaps(paper: Paper) -> Iterator[tuple[str, str]]:
    asked = [question.id for question in paper.questions]
    for name in sorted({name for name in asked if asked.count(name) > 1}):
        yield name, "is asked twice; give each question its own id"
    for language in ("id", "en"):
        used = set(_gaps(paper, language))
        for name in sorted(used - set(asked)):
            yield name, f"is a gap in {language} that no question fills; add the question"
        for name in sorted(set(asked) - used):
            yield name, f"is asked and has no gap in {language}; add {{{name}}} to a block"


def _gaps(paper: Paper, language: str) -> Iterator[str]:
    for block in paper.blocks:
        if block.question:
            yield block.question
        for text in (block.text, *block.signers):
            if text is not None:
                yield from _GAP.findall(text[language])

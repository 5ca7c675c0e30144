"""Take the talk for a village meeting from its guide, so that paper and page say the same.

A guide that is missing, or without a title or headings, raises `NotPrintable` with its path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from directory.printing import NotPrintable

GUIDE = "panduan/bicara-di-desa"
# Questions and links lead on to other pages; on paper they would lead nowhere.
_LEFT_OUT = ("questions", "more")

_TITLE = re.compile(r"^title: (.+)$", re.MULTILINE)
_HEADING = re.compile(r"^## (.+?) *\{ *#([a-z0-9-]+) *\}\s*$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_EMPHASIS = re.compile(r"\*\*|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_KINDS = (("say", "> "), ("list", "- "))
_NUMBERED = re.compile(r"^\d+\. +")


@dataclass(frozen=True)
class Piece:
    """A few lines of one kind: `say` aloud, `do`, `steps` in order, or a `list`."""

    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """One section of the talk."""

    heading: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Talk:
    """The whole talk."""

    title: str
    parts: tuple[Part, ...]


def read_talk(docs: Path, language: str) -> Talk:
    """Return the talk in one language."""
    file = docs / GUIDE / f"index.{language}.md"
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NotPrintable(f"{file} is missing; the talk sheet is made from it") from error
    title = _TITLE.search(text)
    _, *sections = _HEADING.split(text)
    if title is None or not sections:
        raise NotPrintable(f"{file} needs a title and headings; the talk sheet is made from them")
    parts = zip(sections[::3], sections[1::3], sections[2::3], strict=True)
    kept = [Part(head, tuple(_pieces(body))) for head, name, body in parts if name not in _LEFT_OUT]
    return Talk(title[1], tuple(kept))


def _pieces(body: str) -> Iterator[Piece]:
    lines = (line.rstrip() for line in body.splitlines())
    # Number cards of the page stand on the sheet's second side.
    kept = (line for line in lines if line not in ("", ">") and not line.startswith("{{"))
    for kind, group in groupby(map(_kind, kept), key=lambda found: found[0]):
        yield Piece(kind, tuple(text for _, text in group))


def _kind(line: str) -> tuple[str, str]:
    plain = _EMPHASIS.sub("", _LINK.sub(r"\1", line))
    for kind, mark in _KINDS:
        if plain.startswith(mark):
            return kind, plain.removeprefix(mark)
    numbered = _NUMBERED.sub("", plain)
    return ("steps", numbered) if numbered != plain else ("do", plain)

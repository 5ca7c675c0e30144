"""Take from a page the sentences that a reader meets, each with its line.

Front matter, calls, anchors, tables, targets of links, code and HTML are left out. A heading, a
list item and the title of an admonition are each a sentence of their own at least. Any text is
taken; nothing here can fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_FENCE = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
_CALL = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<#.*?#>", re.DOTALL)
_ANCHOR = re.compile(r"\{:? *[#.][^}\n]*\}")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_CODE = re.compile(r"`[^`\n]+`")
_TAG = re.compile(r"</?[a-zA-Z][^>\n]*>")
_EMPHASIS = re.compile(r"\*+|(?<!\w)_+|_+(?!\w)|[☐☑✓✗]")
_MARKER = re.compile(r" *(?:#{1,6} |(?:[-*+]|\d+\.) |!!! \w+)")
_HEADING = re.compile(r" *(?:#{1,6} |!!! )")
_TABLE = re.compile(r" *\|")
_QUOTE = re.compile(r"^ *> ?")

_END = re.compile(r"(?:[.!?]+|…)[\"”’')\]]*(?=\s+[\"“‘'(\[]*[A-Z0-9])")
# A full stop after one of these ends no sentence; nor does one after a single capital.
_ABBREVIATION = re.compile(
    r"(?:\b(?:Rp|No|no|Art|art|Arts|arts|dll|dsb|dst|dkk|hlm|jo|Jl|jl|Bpk|Sdr|Tn|Ny|Dr|dr|Mr|Mrs|Ms|St"
    r"|Prof|vs|etc|cf|ca|approx|tgl|Tbk)|\b(?:e\.g|i\.e|a\.n|d\.a|u\.p|s\.d|U\.S|a\.m|p\.m)"
    r"|\b[A-Z])\.$"
)
_WORD = re.compile(r"\w")


class Sentence(NamedTuple):
    """One sentence, the line of the file on which it begins, and whether it is a heading."""

    line: int
    text: str
    heading: bool

    @property
    def words(self) -> int:
        """Return how many words it has; `UU 18/2017` are two, a lone dash is none."""
        return sum(1 for part in self.text.split() if _WORD.search(part))


class _Block(NamedTuple):
    line: int
    text: str
    heading: bool


def sentences(page: str) -> list[Sentence]:
    """Return the sentences of a Markdown page in order."""
    return [
        Sentence(block.line, text, block.heading)
        for block in _blocks(_bare(page))
        for text in _split(block.text)
        if _WORD.search(text)
    ]


def _bare(page: str) -> str:
    """Return the page without what is no prose; every line stays where it was."""
    for shape in (_FRONT, _FENCE, _CALL):
        page = shape.sub(lambda match: "\n" * match[0].count("\n"), page)
    page = _LINK.sub(r"\1", _ANCHOR.sub("", page))
    return _EMPHASIS.sub("", _TAG.sub("", _CODE.sub("", _kept_items(page))))


def _kept_items(page: str) -> str:
    """Return the page with every point written with a hyphen, which is no emphasis."""
    return re.sub(r"^( *)\* ", r"\1- ", page, flags=re.MULTILINE)


def _blocks(bare: str) -> Iterator[_Block]:
    """Yield the paragraphs, items and headings: lines that belong together, in one line."""
    block: _Block | None = None
    for number, line in enumerate(bare.splitlines(), start=1):
        content = "" if _TABLE.match(line) else _QUOTE.sub("", line)
        marker = _MARKER.match(content)
        text = (content[marker.end() :] if marker else content).strip()
        if block and (marker or not text or block.heading):
            yield block
            block = None
        if text:
            before = f"{block.text} " if block else ""
            start = block.line if block else number
            block = _Block(start, before + text, bool(_HEADING.match(content)))
    if block:
        yield block


def _split(text: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(text):
        if not _ABBREVIATION.search(text[start : end.end()]):
            yield text[start : end.end()].strip()
            start = end.end()
    yield text[start:].strip()

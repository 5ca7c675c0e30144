"""Take the words that a search may find out of one page: title, description, headings, text.

Numbers on cards, dates of checking and pictures are left out. HTML that the parser cannot follow
is read as far as it goes; nothing raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import Any

_HEADINGS = {"h2", "h3", "h4"}
_VOID = {"br", "hr", "img", "input", "wbr", "use", "path"}
# Said on every card alike, or dialled and not read.
_LEFT_OUT = {"fresh", "call", "chat", "other", "symbols"}


@dataclass(frozen=True)
class PageText:
    """One page as the search sees it.

    `path` is its address from the site's root, empty for the home page. `names` are the last part
    of that address and the page's topics: they say plainly what a title, which must be harmless
    on a shared phone, may not. `for_team` tells a page that is written for paralegals alone.
    """

    path: str
    names: str
    title: str
    description: str
    headings: str
    text: str
    for_team: bool = False


def page_text(path: str, about: Mapping[str, Any], html: str) -> PageText:
    """Return what can be found of a page: its front matter is `about`, its body is `html`."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return PageText(
        path="" if path == "./" else path,
        names=" ".join([PurePosixPath(path).name, *about["topics"]]),
        title=about["title"],
        description=about["description"],
        headings=" ".join(reader.headings),
        text=" ".join(reader.text),
        for_team=about.get("audience") == ["paralegal"],
    )


@dataclass
class _Open:
    tag: str
    heading: bool
    left_out: bool


@dataclass
class _Reader(HTMLParser):
    headings: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    _open: list[_Open] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        names = set((dict(attrs).get("class") or "").split())
        left_out = tag in ("svg", "script", "style") or bool(names & _LEFT_OUT)
        self._open.append(_Open(tag, tag in _HEADINGS, left_out))

    def handle_endtag(self, tag: str) -> None:
        while any(element.tag == tag for element in self._open):
            if self._open.pop().tag == tag:
                return

    def handle_data(self, data: str) -> None:
        if any(element.left_out for element in self._open):
            return
        inside = any(element.heading for element in self._open)
        (self.headings if inside else self.text).append(data)

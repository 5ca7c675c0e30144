"""Read one built page with the standard library: what it links to, loads, and is made of.

HTML that the parser cannot follow is read as far as it goes; nothing raises.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

_LOADING = {"script", "img", "iframe", "audio", "video", "source", "track", "embed", "object"}


@dataclass
class Element:
    """One start tag."""

    tag: str
    attributes: dict[str, str]


@dataclass
class HtmlPage:
    """The start tags of one page, in order, and its text."""

    elements: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, tag: str) -> list[Element]:
        """Return every element of one tag."""
        return [element for element in self.elements if element.tag == tag]

    @property
    def links(self) -> list[str]:
        """Where the page's links lead."""
        return [a.attributes["href"] for a in self.all("a") if "href" in a.attributes]

    @property
    def anchors(self) -> set[str]:
        """Every id of the page."""
        return {e.attributes["id"] for e in self.elements if "id" in e.attributes}

    @property
    def loaded(self) -> list[str]:
        """The addresses a browser fetches by itself to show the page."""
        sources = [e.attributes.get("src") or e.attributes.get("data") for e in self._loading()]
        return [source for source in sources if source] + self._linked()

    def relation(self, name: str) -> list[Element]:
        """Return every `<link>` of one relation."""
        return [link for link in self.all("link") if link.attributes.get("rel") == name]

    def _loading(self) -> list[Element]:
        return [element for element in self.elements if element.tag in _LOADING]

    def _linked(self) -> list[str]:
        named = ("canonical", "alternate")
        links = [link for link in self.all("link") if link.attributes.get("rel") not in named]
        return [link.attributes.get("href", "") for link in links]


def read_page(path: Path) -> HtmlPage:
    """Return what stands in one built HTML file."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    reader.page.text = "".join(reader.said)
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = HtmlPage()
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.said.append(data)

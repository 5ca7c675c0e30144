"""Let prose call for number cards and icons, in a Jinja environment of its own.

Prose is rendered before Markdown, which would break HTML inside lists. So each call leaves a
mark in the text, and `place` puts the HTML in after Markdown has run. A call for something
unknown, and a card that does not stand on a line of its own, raise `ContentProblem`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol, TypeVar

import jinja2
from markupsafe import Markup

from content.areas import Area
from content.channels import dial_link
from content.citations import Citation
from content.emergency import MAIN_COUNTRIES, Numbers
from content.icons import icon
from content.problem import ContentProblem
from directory.records import Contact, Hotline, ShortCode, Voice

_CARD = "\u2058c{}\u2058"
_ICON = "\u2058i{}\u2058"
_BLOCK = re.compile("<p>\u2058c(\\d+)\u2058</p>|\u2058c(\\d+)\u2058(?=\\s*(?:</li>|<[ou]l>|$))")
_INLINE = re.compile("\u2058i(\\d+)\u2058")
_ANY = re.compile("\u2058[ci]\\d+\u2058")
_DIRECTORY = ("darurat/", "kontak/")
# So many cards name their sources without leading there, or the page would weigh too much.
_MANY = 12

_Named = TypeVar("_Named", Hotline, Contact)


_JINJA = jinja2.Environment(  # noqa: S701 - the result is Markdown of our own
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
    # The usual {# would swallow anchors such as {#today}.
    comment_start_string="<#",
    comment_end_string="#>",
)


class Cards(Protocol):
    """What turns records into HTML: the macros of `overrides/parts/cards.html`."""

    def hotlines(self, records: Sequence[Hotline], language: str, linked: bool) -> Markup: ...

    def contacts(self, records: Sequence[Contact], language: str, linked: bool) -> Markup: ...

    def sources(self, cited: Sequence[Citation], language: str, linked: bool) -> Markup: ...


class Prose:
    """The prose of one page: text in, Markdown out, and the HTML that its calls stand for."""

    def __init__(
        self,
        page: str,
        language: str,
        cards: Cards,
        hotlines: Sequence[Hotline],
        areas: Sequence[Area],
        countries: Sequence[Numbers] = (),
        blocks: Mapping[str, Callable[..., Markup]] | None = None,
    ) -> None:
        self._page = page
        # Guides stay light; whoever wants to check a number finds its source here.
        self._linked = page.startswith(_DIRECTORY)
        self._language = language
        self._cards = cards
        self._hotlines = hotlines
        self._areas = areas
        self._countries = countries
        self._blocks = blocks or {}
        self._html: list[str] = []

    def render(self, text: str, **words: object) -> str:
        """Return the Markdown with a mark for every call; `words` may be printed by the prose."""
        try:
            return _compiled(text).render(self._calls(), **words)
        except jinja2.TemplateError as error:
            raise ContentProblem(f"{self._page}: {error}") from error

    def place(self, html: str) -> str:
        """Return the page's HTML with every mark replaced by what it stands for."""
        html = _BLOCK.sub(lambda m: self._html[int(m[1] or m[2])], html)
        html = _INLINE.sub(lambda m: self._html[int(m[1])], html)
        if _ANY.search(html):
            raise ContentProblem(
                f"{self._page}: a call for cards stands inside a sentence; give it its own line"
            )
        return html

    def _calls(self) -> dict[str, Callable[..., str]]:
        return {name: self._kept(block) for name, block in self._blocks.items()} | {
            "hotline": self._hotline,
            "hotlines": self._country,
            "contact": self._contact,
            "main_countries": self._main_countries,
            "other_countries": self._other_countries,
            "icon": self._icon,
            "sources": self._sources,
        }

    def _hotline(self, name: str) -> str:
        record = self._named(name, self._hotlines, "hotlines.yml")
        return self._keep(_CARD, self._cards.hotlines([record], self._language, self._linked))

    def _country(self, code: str, without: Collection[str] = ()) -> str:
        records = [record for record in self._hotlines if record.country == code]
        if not records:
            raise ContentProblem(f"{self._page}: docs/data/hotlines.yml has no number for {code!r}")
        records = [record for record in records if record.id not in without]
        linked = self._linked and len(records) <= _MANY
        return self._keep(_CARD, self._cards.hotlines(records, self._language, linked))

    def _contact(self, name: str) -> str:
        contacts = [contact for area in self._areas for contact in area.contacts]
        record = self._named(name, contacts, "contacts.yml")
        return self._keep(_CARD, self._cards.contacts([record], self._language, self._linked))

    def _main_countries(self) -> str:
        return "\n".join(self._country_line(one) for one in self._countries[:MAIN_COUNTRIES])

    def _other_countries(self) -> str:
        others = self._countries[MAIN_COUNTRIES:]
        return "\n".join(f"- {self._country_link(one)}" for one in others)

    def _country_line(self, numbers: Numbers) -> str:
        phone = self._icon("phone")
        buttons = [
            f"[{phone} {record.name[self._language]}]({dial_link(channel)}){{ .call }}"
            for record in numbers.emergency
            for channel in record.channels[:1]
            if isinstance(channel, Voice | ShortCode)
        ]
        return " ".join([f"- {self._country_link(numbers)}", *buttons])

    def _country_link(self, numbers: Numbers) -> str:
        country = numbers.country
        page = self._link(f"darurat/{country.slug}/index.md")
        return f"[{country.name[self._language]}]({page}){{ #{country.code} }}"

    def _link(self, target: str) -> str:
        return posixpath.relpath(target, posixpath.dirname(self._page) or ".")

    def _sources(self, cited: Sequence[Citation]) -> str:
        return self._keep(_CARD, self._cards.sources(cited, self._language, True))

    def _icon(self, name: str) -> str:
        return self._keep(_ICON, icon(name))

    def _named(self, name: str, records: Iterable[_Named], file: str) -> _Named:
        for record in records:
            if record.id == name:
                return record
        raise ContentProblem(f"{self._page}: {name!r} does not stand in docs/data/{file}")

    def _kept(self, block: Callable[..., Markup]) -> Callable[..., str]:
        return lambda *given: self._keep(_CARD, block(*given))

    def _keep(self, mark: str, html: str) -> str:
        self._html.append(str(html))
        return mark.format(len(self._html) - 1)


@lru_cache(maxsize=8)
def _compiled(text: str) -> jinja2.Template:
    """Many pages made from data share one text."""
    return _JINJA.from_string(text)

"""Prose calls for cards and icons, and Markdown leaves what they stand for alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import markdown  # type: ignore[import-untyped]
import pytest
from markupsafe import Markup

from content.citations import Citation
from content.problem import ContentProblem
from content.prose import Prose
from directory.records import Contact, Hotline, ShortCode


class PlainCards:
    """Cards that show no more than which records were called for."""

    def hotlines(self, records: Sequence[Hotline], language: str, linked: bool) -> Markup:
        return _shown("b", language, records, linked)

    def contacts(self, records: Sequence[Contact], language: str, linked: bool) -> Markup:
        return _shown("i", language, records, linked)

    def sources(self, cited: Sequence[Citation], language: str, linked: bool) -> Markup:  # noqa: ARG002 - the name is the protocol's
        return Markup("<s>{} {}</s>").format(language, " ".join(one.title for one in cited))


def _shown(tag: str, language: str, records: Sequence[Any], linked: bool) -> Markup:
    names = " ".join(record.id for record in records)
    return Markup("<{0}>{1} {2}{3}</{0}>").format(tag, language, names, " linked" * linked)


POLICE = SimpleNamespace(
    id="my-police",
    country="MY",
    kind="emergency",
    name={"id": "Polisi 999"},
    channels=[ShortCode(kind="short-code", number="999", dial_from="MY")],
)
HOTLINES = [
    POLICE,
    SimpleNamespace(id="my-kbri", country="MY"),
    SimpleNamespace(id="id-kp2mi", country="ID"),
]
BANYUMAS = SimpleNamespace(
    code="33.02",
    anchor="area-33-02",
    name={"id": "Banyumas"},
    contacts=[SimpleNamespace(id="seruni")],
)
MALAYSIA = SimpleNamespace(
    country=SimpleNamespace(code="MY", slug="malaysia", name={"id": "Malaysia"}),
    emergency=[POLICE],
)


def rendered(text: str, page: str = "x.id.md") -> str:
    blocks = {"block": Markup("<u>{}</u>").format}
    data: Any = (HOTLINES, [BANYUMAS], [MALAYSIA] * 7, blocks)
    prose = Prose(page, "id", PlainCards(), *data)
    words: Any = {"team": "tim", "cited": [Citation("UU 18/2017", "https://contoh.example/", None)]}
    html = markdown.markdown(prose.render(text, **words), extensions=["attr_list"])
    return prose.place(html)


@pytest.mark.parametrize(
    ("call", "html"),
    [
        ('hotline("id-kp2mi")', "<b>id id-kp2mi</b>"),
        ('hotlines("MY")', "<b>id my-police my-kbri</b>"),
        ('contact("seruni")', "<i>id seruni</i>"),
        ('hotlines("MY", without=["my-police"])', "<b>id my-kbri</b>"),
        ('block("33.02")', "<u>33.02</u>"),
        ("sources(cited)", "<s>id UU 18/2017</s>"),
    ],
)
def test_a_call_stands_for_its_cards(call: str, html: str) -> None:
    """A card is a block of its own, not part of a paragraph."""
    assert rendered(f"Sebelum.\n\n{{{{ {call} }}}}\n\nSesudah.") == (
        f"<p>Sebelum.</p>\n{html}\n<p>Sesudah.</p>"
    )


def test_a_number_is_traced_where_numbers_are_the_subject() -> None:
    """In a guide the card names its source; in the directory it leads there."""
    assert "linked" not in rendered('{{ hotline("my-kbri") }}', "panduan/x/index.id.md")
    assert "linked" in rendered('{{ hotline("my-kbri") }}', "darurat/malaysia/index.id.md")


def test_a_main_country_shows_its_number_at_once() -> None:
    """The name leads to the country's page, from any depth, and keeps the old anchor."""
    html = rendered("{{ main_countries() }}", "darurat/index.id.md")
    assert html.count("<li>") == 6
    assert '<a href="malaysia/index.md" id="MY">Malaysia</a>' in html
    assert re.search('<a class="call" href="tel:999"><svg .*</svg> Polisi 999</a>', html)


def test_another_country_is_a_link() -> None:
    """Whoever is there finds the numbers on its page."""
    assert rendered("{{ other_countries() }}", "darurat/index.id.md") == (
        '<ul>\n<li><a href="malaysia/index.md" id="MY">Malaysia</a></li>\n</ul>'
    )


@pytest.mark.parametrize("blank", ["\n\n", "\n"])
def test_a_card_may_stand_in_a_step(blank: str) -> None:
    """Markdown's list stays one list."""
    html = rendered(f'1. Telepon:{blank}    {{{{ hotline("id-kp2mi") }}}}{blank}2. Catat.\n')
    assert re.sub(r"\s|</?p>", "", html) == (
        "<ol><li>Telepon:<b>idid-kp2mi</b></li><li>Catat.</li></ol>"
    )


def test_an_icon_stands_inside_a_sentence() -> None:
    """It is drawn in place, out of the way of screen readers."""
    assert rendered('{{ icon("phone") }} Telepon').startswith(
        '<p><svg class="icon" aria-hidden="true" viewBox="0 0 24 24"><path d="'
    )


def test_prose_may_print_what_it_is_given() -> None:
    """Words of the organization come from its file."""
    assert rendered("Hubungi {{ team }}.") == "<p>Hubungi tim.</p>"


def test_an_anchor_is_no_comment() -> None:
    """Both ways to write an anchor reach Markdown."""
    assert rendered("## Satu {#one}\n\n## Dua { #two }") == (
        '<h2 id="one">Satu</h2>\n<h2 id="two">Dua</h2>'
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{{ hotline("x") }}', "x.id.md: 'x' does not stand in docs/data/hotlines.yml"),
        ('{{ contact("x") }}', "x.id.md: 'x' does not stand in docs/data/contacts.yml"),
        ('{{ hotlines("XX") }}', "x.id.md: docs/data/hotlines.yml has no number for 'XX'"),
        ("{{ nobody }}", "x.id.md: 'nobody' is undefined"),
        ("{% if %}", "x.id.md: Expected an expression, got 'end of statement block'"),
        (
            'Telepon {{ hotline("id-kp2mi") }} sekarang.',
            "x.id.md: a call for cards stands inside a sentence; give it its own line",
        ),
    ],
)
def test_a_call_that_cannot_be_kept_names_page_and_cause(text: str, message: str) -> None:
    """Nothing unknown is left out in silence."""
    with pytest.raises(ContentProblem) as problem:
        rendered(text)
    assert str(problem.value) == message

"""Prose calls for cards and icons, and Markdown leaves what they stand for alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import markdown  # type: ignore[import-untyped]
import pytest
from markupsafe import Markup

from content.problem import ContentProblem
from content.prose import Prose
from directory.records import Contact, Hotline


class PlainCards:
    """Cards that show no more than which records were called for."""

    def hotlines(self, records: Sequence[Hotline], language: str) -> Markup:
        return Markup("<b>{} {}</b>").format(language, " ".join(record.id for record in records))

    def contacts(self, records: Sequence[Contact], language: str) -> Markup:
        return Markup("<i>{} {}</i>").format(language, " ".join(record.id for record in records))

    def directory(self, areas: Sequence[Any], language: str) -> Markup:
        return Markup("<u>{} {}</u>").format(language, len(areas))


HOTLINES = [
    SimpleNamespace(id="my-police", country="MY"),
    SimpleNamespace(id="my-kbri", country="MY"),
    SimpleNamespace(id="id-kp2mi", country="ID"),
]
AREAS = [SimpleNamespace(contacts=[SimpleNamespace(id="seruni")])]


def rendered(text: str) -> str:
    prose = Prose("x.id.md", "id", PlainCards(), cast(Any, HOTLINES), cast(Any, AREAS))
    html = markdown.markdown(prose.render(text, team="tim"), extensions=["attr_list"])
    return prose.place(html)


@pytest.mark.parametrize(
    ("call", "html"),
    [
        ('hotline("id-kp2mi")', "<b>id id-kp2mi</b>"),
        ('hotlines("MY")', "<b>id my-police my-kbri</b>"),
        ('contact("seruni")', "<i>id seruni</i>"),
        ("contacts()", "<u>id 1</u>"),
    ],
)
def test_a_call_stands_for_its_cards(call: str, html: str) -> None:
    """A card is a block of its own, not part of a paragraph."""
    assert rendered(f"Sebelum.\n\n{{{{ {call} }}}}\n\nSesudah.") == (
        f"<p>Sebelum.</p>\n{html}\n<p>Sesudah.</p>"
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

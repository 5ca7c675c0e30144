"""A page carries the style it uses, and its policy allows exactly that."""

from __future__ import annotations

import re

from content.assets import style_source
from content.fitted import fitted

SHEET = (
    ":root{--ink:#111;--red:#a00}p{color:var(--ink)}.card,.call{margin:0}table td{padding:0}"
    ".danger .name{color:var(--red)}a:not(.call, .chat)::after{content:''}[hidden]{display:none}"
    "@media (min-width:60rem){p{margin:0}.card{padding:0}}@media print{.card{border:0}}"
)


def page(body: str) -> str:
    return f'<meta content="style-src {style_source(SHEET)}"><style>{SHEET}</style>{body}'


def style_of(html: str) -> str:
    found = re.search("<style>(.*)</style>", html)
    assert found
    return found[1]


def test_rules_without_anything_to_match_are_left_out() -> None:
    """Selectors of a list are judged one by one; an empty condition goes too."""
    assert style_of(fitted(page('<p class="call">'))) == (
        ":root{--ink:#111;}p{color:var(--ink)}.call{margin:0}[hidden]{display:none}"
        "@media (min-width:60rem){p{margin:0}}"
    )


def test_what_a_link_is_not_may_be_absent() -> None:
    """A rule for all links but buttons stays on a page without buttons."""
    assert "a:not(.call, .chat)::after{content:''}" in style_of(fitted(page("<a>")))


def test_what_a_script_may_add_stays() -> None:
    """Its words are taken for classes, and its quoted words for tags."""
    script = 'box.className = "danger name"; row = make("table"); row.append(make("td"));'
    style = style_of(fitted(page("<p>"), [script]))
    assert "table td{padding:0}" in style
    assert ".danger .name{color:var(--red)}" in style
    assert "--red:#a00" in style


def test_the_policy_names_the_smaller_sheet() -> None:
    """Otherwise the browser would refuse it."""
    html = fitted(page("<p>"))
    assert style_source(style_of(html)) in html
    assert style_source(SHEET) not in html


def test_a_page_that_needs_all_of_it_keeps_all_of_it() -> None:
    """Nothing is rewritten beyond leaving out."""
    body = '<table><td><p class="card call danger name"><a>'
    assert style_of(fitted(page(body))) == SHEET


def test_a_page_without_a_sheet_stays_as_it_is() -> None:
    """A map of the site is no page."""
    assert fitted("<urlset></urlset>") == "<urlset></urlset>"

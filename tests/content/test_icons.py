"""Icons come from the theme, are passed over by screen readers, and are drawn once."""

from __future__ import annotations

import pytest

from content.admonitions import with_icons
from content.icons import icon, share_icons
from content.jump_lists import with_buttons
from content.problem import ContentProblem


def test_an_icon_is_silent() -> None:
    """The word beside it is what is read out."""
    assert icon("menu").startswith('<svg class="icon" aria-hidden="true" viewBox="0 0 24 24"><path')
    assert "xmlns" not in icon("menu")


def test_an_unknown_icon_is_refused() -> None:
    """The message names it."""
    with pytest.raises(ContentProblem) as problem:
        icon("no-such-icon")
    assert str(problem.value) == "there is no Material icon 'no-such-icon': choose another name"


def test_an_icon_shown_often_is_drawn_once() -> None:
    """Its drawing stands at the end, and a rare icon stays where it is."""
    html = f"<a>{icon('phone')}</a><a>{icon('phone')}</a>{icon('menu')}<a>{icon('phone')}</a>"
    shared = share_icons(html)
    reference = '<svg class="icon" aria-hidden="true"><use href="#i0"/></svg>'
    before, sprite = shared.split('<svg class="symbols" aria-hidden="true">')
    assert before == (f"<a>{reference}</a><a>{reference}</a>{icon('menu')}<a>{reference}</a>")
    assert sprite.startswith('<symbol id="i0" viewBox="0 0 24 24"><path')
    assert share_icons(str(icon("phone"))) == icon("phone")


def test_an_admonition_gets_the_icon_of_its_kind() -> None:
    """Colour never speaks alone."""
    html = '<div class="admonition danger">\n<p class="admonition-title">Bahaya</p>'
    assert with_icons("x.id.md", html) == html.replace("Bahaya", f"{icon('alert-octagon')} Bahaya")


def test_an_unknown_kind_of_admonition_is_refused() -> None:
    """Only the three kinds that have a meaning here are known."""
    html = '<div class="admonition tip">\n<p class="admonition-title">Tip</p>'
    with pytest.raises(ContentProblem) as problem:
        with_icons("x.id.md", html)
    assert str(problem.value) == "x.id.md: write note, warning or danger instead of !!! tip"


def test_a_list_of_links_becomes_buttons_or_rows() -> None:
    """Anchors of the page become buttons, other links rows; any other list is left as it is."""
    jump = '<ul>\n<li><a href="#MY">Malaysia</a></li>\n</ul>'
    mixed = '<ul>\n<li><a href="#MY">Malaysia</a> dulu</li>\n</ul>'
    links = jump.replace("#MY", "../malaysia/index.md")
    assert with_buttons(jump) == jump.replace("<ul>", '<ul class="jump">')
    assert with_buttons(links) == links.replace("<ul>", '<ul class="links">')
    assert with_buttons(mixed) == mixed

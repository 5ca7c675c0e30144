"""The calls of the pages under /kontak/: who stands where, and what is refused."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from built_site import todays_site
from content.directory_blocks import MOST_CARDS, Blocks
from content.problem import ContentProblem

SITE = todays_site()
REAL = SITE.directory


def call(name: str, *given: str, page: str = "kontak/index.id.md", language: str = "id") -> str:
    blocks = Blocks(page, language, REAL, *SITE.parts)
    return str(blocks.calls()[name](*given))


def links(html: str) -> list[str]:
    return re.findall(r'href="([^"]*)"', html)


def test_every_place_of_the_form_is_a_link() -> None:
    """Those with somebody come first, the rest are folded away."""
    regencies = links(call("places", "regencies"))
    assert regencies[0] == "wilayah/33.02/"
    assert "wilayah/33.29/" in regencies
    assert call("places", "regencies").count("<details") == 1
    assert len(links(call("places", "countries"))) == len(SITE.data.countries)
    assert "wilayah/ID/" in links(call("places", "provinces"))


def test_whoever_gives_a_kind_of_help_stands_once() -> None:
    """Those who can be reached on one list, the others below it."""
    html = call("offering", "shelter", page="kontak/bantuan/shelter/index.id.md")
    unsure = call("offering_unsure", "shelter", page="kontak/bantuan/shelter/index.id.md")
    named = [link for link in links(html + unsure) if link.startswith("../../")]
    wanted = {f"../../{one.id}/" for one in SITE.data.contacts if "shelter" in one.services}
    assert sorted(named) == sorted(wanted)


def test_many_helpers_stand_on_lines() -> None:
    """Whole cards would weigh too much."""
    areas = {area.code: area for area in REAL.areas}
    many = next(code for code, area in areas.items() if len(area.reachable) > MOST_CARDS)
    assert 'class="lines"' in call("helpers", many)
    few = next(code for code, area in areas.items() if 0 < len(area.reachable) <= MOST_CARDS)
    assert 'class="cards"' in call("helpers", few)


def test_a_card_to_keep_stands_beside_all_languages() -> None:
    """English pages lie one folder deeper than the downloads think."""
    page = "kontak/kp2mi/index.en.md"
    assert "../../unduh/kontak/kp2mi.vcf" in links(call("ways", "kp2mi", page=page))
    assert "../../../unduh/kontak/kp2mi.vcf" in links(
        call("ways", "kp2mi", page=page, language="en")
    )


def test_the_mission_finder_begins_with_the_most_usual_country() -> None:
    """Home has no mission of its own on it."""
    html = call("missions", page="kontak/perwakilan/index.id.md")
    assert html.index('id="MY"') < html.index('id="SG"') < html.index('id="PL"')
    assert 'id="ID"' not in html


def test_paralegals_stand_under_their_host() -> None:
    """A person is reached through the page of the organization that answers for them."""
    host = SITE.data.contacts[0]
    person = host.model_copy(update={"id": "paralegal-uji", "kind": "paralegal", "host": host.id})
    directory: Any = SimpleNamespace(contacts=[host, person], areas_of=lambda _: [])
    blocks = Blocks("kontak/x/index.id.md", "id", directory, *SITE.parts)
    assert "../paralegal-uji/" in links(str(blocks.calls()["profile"](host.id)))
    assert f"../{host.id}/" in links(str(blocks.calls()["profile"]("paralegal-uji")))


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("helpers", "XX", "kontak/index.id.md: docs/data/contacts.yml has nobody for 'XX'"),
        ("offering", "x", "kontak/index.id.md: nobody in contacts.yml offers 'x'"),
        ("places", "x", "kontak/index.id.md: no places of the kind 'x'"),
        ("profile", "x", "kontak/index.id.md: 'x' does not stand in docs/data/contacts.yml"),
    ],
)
def test_what_is_not_there_is_named(name: str, given: str, message: str) -> None:
    """The build stops with page and cause."""
    with pytest.raises(ContentProblem) as problem:
        call(name, given)
    assert str(problem.value) == message

"""Records of the directory as pages show them: numbers, areas, sources and words."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from built_site import ROOT
from content.areas import Places, area_pages, areas, country_name, first_to_ask
from content.channels import dial_link, host, shown_number, whatsapp_link
from content.citations import citations
from content.problem import ContentProblem
from content.wording import load_wording
from directory.records import (
    Coverage,
    ShortCode,
    Source,
    Text,
    Voice,
    WhatsApp,
    load_countries,
    load_regions,
)

PROVINCES = load_regions(ROOT / "docs/data/regions.yml")
COUNTRIES = load_countries(ROOT / "docs/data/countries.yml")
HOME = Text(id="Indonesia", en="Indonesia")
PLACES = Places(PROVINCES, COUNTRIES, "33", HOME)


def contact(code: str) -> Any:
    """Somebody who works for a region or a country and can be called, and nothing else."""
    region = code if code[0].isdigit() else None
    coverage = Coverage(country="ID" if region else code, region=region)
    return SimpleNamespace(coverage=coverage, kind="ngo", channels=[SimpleNamespace(kind="voice")])


def source(name: str, article: str | None, law: str | None = "UU 18/2017") -> Source:
    return Source(
        id=name,
        law=law,
        article=article,
        title=None,
        url="https://contoh.example/uu/18",
        kind="primary text",
        dated=None,
        seen="2026-11-21",
        confidence="text seen",
    )


def test_a_number_is_dialled_and_shown() -> None:
    """The link holds digits only; people see groups."""
    voice = Voice(kind="voice", number="+622129244800")
    short = ShortCode(kind="short-code", number="0800-1000", dial_from="ID")
    chat = WhatsApp(kind="whatsapp", number="+628118080141")
    assert (dial_link(voice), shown_number(voice)) == ("tel:+622129244800", "+62 21 29244800")
    assert (dial_link(short), shown_number(short)) == ("tel:08001000", "0800-1000")
    assert (whatsapp_link(chat), shown_number(chat)) == (
        "https://wa.me/628118080141",
        "+62 811 8080 141",
    )


def test_a_website_is_named_by_its_host() -> None:
    """People know the name, not the address."""
    assert host("https://www.mom.gov.sg/faq/x") == "mom.gov.sg"


def test_areas_begin_near_home() -> None:
    """Home regencies as filed, their province, other provinces, the country, then abroad."""
    wanted = ["33.07", "33.02", "33", "34", "ID", "MY", "SA"]
    filed = ["SA", "34", "ID", "33", "33.07", "MY", "33.02"]
    found = areas([contact(code) for code in filed], PLACES)
    assert [area.anchor for area in found] == ["area-" + code.replace(".", "-") for code in wanted]
    assert found[1].name["en"] == "Banyumas"
    assert found[-1].name["en"] == "Saudi Arabia"


def test_every_region_that_may_be_asked_about_has_a_page() -> None:
    """An empty one names the areas around it that have somebody, the nearest first."""
    pages = {
        p.area.code: p for p in area_pages(areas(map(contact, ["33", "ID", "MY"]), PLACES), PLACES)
    }
    home = next(province for province in PROVINCES if province.code == "33")
    assert {regency.code for regency in home.regencies} < pages.keys()
    assert {province.code for province in PROVINCES} < pages.keys()
    assert [area.code for area in pages["33.03"].wider] == ["33", "ID"]
    assert [area.code for area in pages["35"].wider] == ["ID"]
    assert pages["MY"].wider == []
    assert pages["33"].country is None
    assert pages["MY"].country == next(country for country in COUNTRIES if country.code == "MY")


def test_within_an_area_those_who_can_help_now_come_first() -> None:
    """Paralegals who can be reached, then others with a number, with an address, with neither."""

    def body(name: str, kind: str, *channels: str) -> Any:
        ways = [SimpleNamespace(kind=channel) for channel in channels]
        return SimpleNamespace(id=name, kind=kind, channels=ways)

    filed = [
        body("name only", "paralegal-group"),
        body("web", "ngo", "web"),
        body("called", "government", "web", "voice"),
        body("paralegals", "paralegal-group", "email"),
        body("chat", "union", "whatsapp"),
    ]
    assert [one.id for one in first_to_ask(filed)] == [
        "paralegals",
        "called",
        "chat",
        "web",
        "name only",
    ]


def test_nobody_meets_an_empty_shelf() -> None:
    """Where nobody can be reached, the page leads to the smallest area around it that can."""
    silent = contact("33.02")
    silent.channels = []
    found = areas([silent, contact("33"), contact("ID")], PLACES)
    pages = {page.area.code: page for page in area_pages(found, PLACES)}
    nearest = pages["33.02"].nearest
    assert nearest is not None
    assert nearest.code == "33"
    assert [one.coverage.region for one in pages["33.02"].area.unsure] == ["33.02"]
    assert pages["33.02"].area.reachable == []
    abroad = pages["JP"]
    assert (abroad.nearest, abroad.country and abroad.country.slug) == (None, "jepang")


def test_an_area_without_a_name_is_refused() -> None:
    """The message says which code to add."""
    with pytest.raises(ContentProblem) as problem:
        areas([contact("FJ")], PLACES)
    assert str(problem.value) == "contacts.yml: coverage 'FJ' is in no list of places; add it"


def test_a_short_number_names_its_country() -> None:
    """Home is a country too, and one that no list holds is refused."""
    assert country_name("ID", COUNTRIES, HOME)["en"] == "Indonesia"
    assert country_name("SG", COUNTRIES, HOME)["id"] == "Singapura"
    with pytest.raises(ContentProblem) as problem:
        country_name("FJ", COUNTRIES, HOME)
    assert str(problem.value) == "countries.yml: 'FJ' is missing; add it with its names"


def test_articles_of_one_text_stand_together() -> None:
    """A page cites articles; its readers see one line for each text."""
    sources = [source("a", "Pasal 6"), source("b", "Pasal 71"), source("c", None, law="UU 1/2023")]
    known = {one.id: one for one in sources}
    found = citations("x.id.md", ["a", "c", "b", "https://contoh.example/berita"], known)
    assert [(text.title, text.articles) for text in found] == [
        ("UU 18/2017", ["Pasal 6", "Pasal 71"]),
        ("UU 1/2023", []),
        ("contoh.example", []),
    ]


def test_an_unknown_source_is_refused() -> None:
    """The message names page and id."""
    with pytest.raises(ContentProblem) as problem:
        citations("x.id.md", ["uu18-p999"], {})
    assert str(problem.value) == (
        "x.id.md: source 'uu18-p999' does not stand in docs/data/sources/"
    )


def test_every_word_stands_in_both_languages(tmp_path: Path) -> None:
    """An entry with one language is named."""
    file = tmp_path / "wording.yml"
    file.write_text("home: {id: Beranda, en: Home}\nmenu: {id: Menu}\n")
    with pytest.raises(ContentProblem) as problem:
        load_wording(file)
    assert str(problem.value) == f"{file}: give menu one text for each of id and en"
    file.write_text("home: {id: Beranda, en: Home}\n")
    assert load_wording(file) == {"id": {"home": "Beranda"}, "en": {"home": "Home"}}

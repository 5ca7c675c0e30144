"""Data asks for pages, and one text for each kind makes them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from built_site import ROOT
from content.directory_blocks import Directory
from content.emergency import numbers_by_country
from content.generated import generated_pages
from content.pairs import differences
from content.problem import ContentProblem
from directory.records import load_countries, load_hotlines

COUNTRIES = load_countries(ROOT / "docs/data/countries.yml")
NUMBERS = numbers_by_country(load_hotlines(ROOT / "docs/data/hotlines.yml"), COUNTRIES)
TEXTS = ROOT / "docs/data/pages"


def test_a_page_stands_where_its_name_says() -> None:
    """The Indonesian name is part of the address in every language."""
    sources = [page.source for page in generated_pages(TEXTS, "en", NUMBERS, [])]
    assert sources[0] == "darurat/malaysia/index.en.md"
    assert "darurat/arab-saudi/index.en.md" in sources
    assert len(sources) == len(NUMBERS)


def test_front_matter_is_filled_and_the_prose_waits() -> None:
    """MkDocs reads the title before the prose is rendered."""
    page = next(generated_pages(TEXTS, "id", NUMBERS, []))
    assert page.text.startswith('---\ntitle: "Malaysia: nomor darurat"\n')
    assert "{{ hotline(first) }}" in page.text
    assert page.words["first"] == "my-999"


def test_a_message_to_an_office_names_the_place_in_indonesian() -> None:
    """Whoever reads it there reads Indonesian, whatever the page's language."""
    pages = {p.source: p for p in generated_pages(TEXTS, "en", NUMBERS, [])}
    words = pages["darurat/arab-saudi/index.en.md"].words
    assert (words["place"], words["place_id"]) == ("Saudi Arabia", "Arab Saudi")


@pytest.mark.parametrize("path", sorted(TEXTS.glob("*.id.md")), ids=lambda path: path.stem)
def test_the_texts_tell_the_same_in_both_languages(path: Path) -> None:
    """What is said of one country is said of it in both."""
    english = path.with_name(path.name.replace(".id.", ".en."))
    found = differences(path.read_text(encoding="utf-8"), english.read_text(encoding="utf-8"))
    assert [str(difference) for difference in found] == []


def test_a_text_that_is_missing_is_named(tmp_path: Path) -> None:
    """The message holds the file."""
    with pytest.raises(ContentProblem) as problem:
        list(generated_pages(tmp_path, "id", NUMBERS, []))
    assert str(tmp_path / "country-numbers.id.md") in str(problem.value)


def test_a_value_that_nobody_gives_is_refused(tmp_path: Path) -> None:
    """A typing mistake does not become an empty title."""
    file = tmp_path / "country-numbers.id.md"
    file.write_text("---\ntitle: {{ plce }}\n---\nIsi.\n")
    with pytest.raises(ContentProblem) as problem:
        list(generated_pages(tmp_path, "id", NUMBERS, []))
    assert str(problem.value) == f"{file}: 'plce' is undefined"


def directory(*names: str) -> Any:
    """Bodies with these ids, each alone in Banyumas."""
    bodies = [
        SimpleNamespace(
            id=name,
            name={"id": f'Kelompok "{name}"'},
            kind="ngo",
            services=["legal-aid"],
            channels=[],
            schedule=[],
            superseded_numbers=[],
            not_to_be_confused_with=[],
            coverage=SimpleNamespace(country="ID"),
        )
        for name in names
    ]
    area = SimpleNamespace(code="33.02", name={"id": "Banyumas"}, contacts=bodies)
    return Directory(cast(Any, bodies), [cast(Any, area)], [], [])


def test_each_body_and_each_kind_of_help_has_a_page() -> None:
    """The search lists none of them: areas name the bodies, and its index stays light."""
    made = generated_pages(TEXTS, "id", [], [], directory("mawar"), {"service_legal-aid": "Hukum"})
    pages = {page.source: page for page in made}
    assert list(pages) == ["kontak/bantuan/legal-aid/index.id.md", "kontak/mawar/index.id.md"]
    assert all("search: {exclude: true}" in page.text for page in pages.values())
    assert 'title: "Kelompok \\"mawar\\""' in pages["kontak/mawar/index.id.md"].text
    assert pages["kontak/bantuan/legal-aid/index.id.md"].words["reachable"] is False


def test_a_body_may_not_take_a_page_of_the_directory() -> None:
    """Its address would be that of the page on which contacts are checked."""
    with pytest.raises(ContentProblem) as problem:
        list(generated_pages(TEXTS, "id", [], [], directory("cek"), {"service_legal-aid": "-"}))
    assert str(problem.value) == "contacts.yml: 'cek' is the name of /kontak/cek/; choose another"

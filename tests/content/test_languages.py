"""A further language is a matter of files, and waits until it is complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from built_site import ROOT
from content.languages import (
    language_of,
    limited_pages,
    load_languages,
    missing_pages,
    missing_texts,
    told,
)
from content.problem import ContentProblem
from content.wording import load_wording, missing_words
from directory.records import Country, Text


def test_the_site_speaks_indonesian_and_english() -> None:
    """Others may stand below them."""
    codes = [language.code for language in load_languages(ROOT / "docs/data/languages.yml")]
    assert codes[:2] == ["id", "en"]


@pytest.mark.parametrize(
    "text",
    [
        "[{code: en, name: English, locale: en_GB}, {code: id, name: Indonesia, locale: id_ID}]",
        "[{code: id, name: Indonesia, locale: id_ID}]",
    ],
)
def test_indonesian_and_english_come_first(tmp_path: Path, text: str) -> None:
    """The first is the language of pages without a prefix."""
    file = tmp_path / "languages.yml"
    file.write_text(text)
    with pytest.raises(ContentProblem) as problem:
        load_languages(file)
    assert str(problem.value) == f"{file}: begin with id and en; add others below"


@pytest.mark.parametrize("code", ["javanese", "JV", "j"])
def test_a_language_has_a_code_of_two_or_three_letters(tmp_path: Path, code: str) -> None:
    """It becomes part of addresses."""
    file = tmp_path / "languages.yml"
    file.write_text(f"- {{code: {code}, name: Basa Jawa, locale: jv_ID}}\n")
    with pytest.raises(ContentProblem) as problem:
        load_languages(file)
    assert str(problem.value).startswith(f"{file} cannot be read: ")


@pytest.mark.parametrize(
    ("path", "language"),
    [("index.id.md", "id"), ("darurat/index.ban.md", "ban"), ("index.md", None), ("a.png", None)],
)
def test_a_file_carries_its_language_in_its_name(path: str, language: str | None) -> None:
    """Pictures and files without a language belong to all."""
    assert language_of(path) == language


def test_a_page_without_its_pair_is_named() -> None:
    """Every file that is missing is returned, and nothing else."""
    there = ["index.id.md", "index.en.md", "kontak/index.id.md", "lama.md"]
    assert missing_pages("id", there, {}) == ["lama.id.md"]
    assert missing_pages("en", there, {}) == ["kontak/index.en.md", "lama.en.md"]


def test_what_works_with_the_report_program_speaks_its_languages(tmp_path: Path) -> None:
    """Such a page says so in its front matter, and no other language lacks it."""
    (tmp_path / "form.id.md").write_text("---\ntitle: Minta\nlanguages: [id, en]\n---\nIsi.\n")
    (tmp_path / "index.id.md").write_text("---\ntitle: Awal\n---\nlanguages: [id]\n")
    limited = limited_pages(tmp_path, ["form.id.md", "index.id.md"])
    assert limited == {"form.md": ("id", "en")}
    assert missing_pages("jv", ["form.id.md", "index.id.md"], limited) == ["index.jv.md"]


def test_words_that_a_language_lacks_are_named(tmp_path: Path) -> None:
    """The layout's words are part of being complete."""
    file = tmp_path / "wording.yml"
    file.write_text("home: {id: Beranda, en: Home, jv: Omah}\nmenu: {id: Menu, en: Menu}\n")
    wording = load_wording(file, ["id", "en", "jv"])
    assert missing_words(wording, "jv") == ["menu"]
    assert missing_words(wording, "en") == []


def test_records_that_a_language_lacks_are_named() -> None:
    """Their place is given, however deep it lies."""
    named = Country(code="MY", slug="malaysia", name=Text(id="Malaysia", en="Malaysia", jv="M"))
    bare = named.model_copy(update={"code": "SG", "name": Text(id="Singapura", en="Singapore")})
    assert list(missing_texts("jv", [named, bare], "countries")) == ["countries: SG.name"]


def test_a_long_list_of_gaps_is_cut() -> None:
    """Five say enough."""
    assert told(["a", "b"]) == "a, b"
    assert told(list("abcdefg")) == "a, b, c, d, e and 2 more"

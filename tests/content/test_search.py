"""The search index: what goes into it, how strongly, and that nothing foreign does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from built_site import ROOT
from content import search
from content.problem import ContentProblem
from content.search_text import PageText, page_text
from content.search_words import Roots, Words, load_words, split

REAL = load_words(ROOT / "docs/data/search.yml")
ABOUT = {"title": "Paspor ditahan", "description": "Minta kembali.", "topics": ["papers-held"]}


def page(path: str, **parts: str) -> PageText:
    blank = dict.fromkeys(("names", "title", "description", "headings", "text"), "")
    return PageText(path=path, for_team=False, **(blank | parts))


def content(pages: list[PageText], words: Words | None = None) -> dict[str, str]:
    """What an index of the pages holds; without a stemmer, so that roots are the words."""
    parsed: dict[str, str] = json.loads(search.index("xx", pages, words or Words()).text)
    return parsed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Anak-anak, Jum'at", ["anak", "anak", "jum", "at"]),
        ("UU 18/2017 & P3MI", ["uu", "18", "2017", "p3mi"]),
        ("Résumé à Taïwan", ["resume", "taiwan"]),
        ("", []),
    ],
)
def test_words_are_letters_and_figures(text: str, words: list[str]) -> None:
    """Accents, signs and single letters are dropped; doubled words fall into their halves."""
    assert split(text) == words


@pytest.mark.parametrize(
    ("language", "text", "roots"),
    [
        ("id", "menahan paspornya", ["tahan", "paspor"]),
        ("id", "gaji yang tidak dibayarkan", ["gaji", "tidak", "bayar"]),
        ("id", "meninggal", ["meninggal"]),
        ("en", "withheld passports of agencies", ["withhold", "passport", "agenc"]),
        ("jv", "paspor ditahan", ["paspor", "ditahan"]),
    ],
)
def test_a_word_is_reduced_to_its_root(language: str, text: str, roots: list[str]) -> None:
    """Stemmers do it; exceptions win, ignored words vanish, other languages keep their words."""
    assert Roots(language, REAL.get(language, Words())).of(text) == roots


def test_words_that_cannot_be_understood_are_refused(tmp_path: Path) -> None:
    """An unknown key names the file and itself."""
    file = tmp_path / "search.yml"
    file.write_text("id: {synonyms: [[gaji, upah]]}\n")
    with pytest.raises(ContentProblem, match=r"search\.yml cannot be read:(.|\n)*id\.synonyms"):
        load_words(file)


@pytest.mark.parametrize("language", ["id", "en"])
def test_no_group_names_a_word_that_is_ignored(language: str) -> None:
    """Each word for the same thing leaves a root, and no phrase holds the separator."""
    roots = Roots(language, REAL[language])
    for group in REAL[language].same:
        assert len(group) > 1
        assert all(roots.phrase(member) for member in group), group


def test_headings_are_told_from_text() -> None:
    """Tags and pictures are gone; what stands in a heading is a heading."""
    html = '<h2 id="a">Lakukan <em>ini</em></h2><p>Simpan foto<br>surat.</p><svg>x</svg>'
    found = page_text("panduan/dokumen-ditahan/", ABOUT, html)
    assert (found.headings.split(), found.text.split()) == (
        ["Lakukan", "ini"],
        ["Simpan", "foto", "surat."],
    )
    assert found.names == "dokumen-ditahan papers-held"
    assert (found.title, found.description) == ("Paspor ditahan", "Minta kembali.")


@pytest.mark.parametrize("name", ["fresh", "call", "chat", "other"])
def test_what_each_card_repeats_is_left_out(name: str) -> None:
    """A card's name and help are found; its number and its date of checking are not."""
    html = f'<li class="card"><p>KBRI</p><p class="{name}">belum <b>diuji</b></p>tolong</li>'
    assert page_text("kontak/", ABOUT, html).text.split() == ["KBRI", "tolong"]


def test_a_title_counts_more_than_a_heading_and_that_more_than_text() -> None:
    """The strengths of one word in title, address, heading, description and text fall so."""
    parts = ("title", "names", "headings", "description", "text")
    pages = [page(f"{place} {part}", **{part: "paspor"}) for place, part in enumerate(parts)]
    strengths = content(pages)["strengths"]
    assert list(strengths) == sorted(set(strengths), reverse=True)


def test_a_page_for_paralegals_comes_behind_one_for_everybody() -> None:
    """Whoever is in trouble finds the guide, though both bear the same words."""
    pages = [page("a guide", title="gaji"), replace(page("b team", title="gaji"), for_team=True)]
    guide, team = list(content(pages)["strengths"])
    assert guide > team
    about = ABOUT | {"audience": ["paralegal"]}
    assert page_text("paralegal/gaji/", about, "<p>x</p>").for_team
    assert not page_text("gaji/", ABOUT | {"audience": ["worker", "paralegal"]}, "").for_team


def test_a_word_of_a_long_text_counts_less() -> None:
    """A long page holds many words by chance."""
    pages = [
        page("a long one", text="paspor " * 8 + "lain " * 200),
        page("a short one", text="paspor " * 8),
        page("one with it once", text="paspor"),
        page("without", text="visa"),
    ]
    found = content(pages)
    assert (found["roots"], found["counts"]) == ("AlainApasporAvisa", "$&$")
    _, long, short, once, _ = list(found["strengths"])
    assert short > once
    assert short > long


def test_pages_are_numbered_by_their_addresses() -> None:
    """The order in which they were made says nothing; gaps count the pages between."""
    pages = [page("panduan/b/", text="paspor"), page("", text="x1"), page("panduan/a/", text="x1")]
    found = content(pages)
    assert [one.path for one in search.numbered(pages)] == ["", "panduan/a/", "panduan/b/"]
    assert (found["roots"], found["gaps"]) == ("ApasporAx1", "%##")


def test_sums_are_left_out_and_laws_are_not() -> None:
    """A figure is found in titles and headings only."""
    found = content([page("a", headings="Pasal 71", text="Rp500 350 18"), page("b"), page("c")])
    assert found["roots"] == "A71ApasalArp500"


def test_an_index_is_named_after_what_it_holds() -> None:
    """A changed index is never mistaken for an old one, and the same one has the same name."""
    pages = [page("a", title="Paspor")]
    first, same = (search.index("id", pages, Words()) for _ in range(2))
    other = search.index("id", [page("a", title="Visa")], Words())
    assert first == same
    assert first.url.startswith("assets/search-id-")
    assert first.url != other.url


def test_a_large_site_is_written_too() -> None:
    """Numbers above the base go on with a second sign."""
    pages = [page(f"{number:04}", title="Lain") for number in range(2100)]
    pages[2050] = page("2050", title="Paspor")
    # 2050 is 25 and 45 times 45: two signs say "goes on".
    assert content(pages)["gaps"].endswith(chr(35 + 45 + 25) + chr(35 + 45) + chr(35 + 1))


def test_pages_are_listed_from_a_to_z() -> None:
    """Small and large letters stand together, each page under the first letter of its title."""
    pages = [page("b", title="Biaya"), page("c", title="banyumas"), page("a", title="Apakah?")]
    letters = search.by_letter(pages)
    paths = {letter: [one.path for one in found] for letter, found in letters.items()}
    assert paths == {"A": ["a"], "B": ["c", "b"]}

"""The prints that are ready under /unduh/cetak/, and the page of a paralegal's card."""

from __future__ import annotations

import posixpath
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from built_site import ROOT, todays_site
from content import prints
from content.card_pages import card_pages
from content.prints import Print, printed, prints_page, ready_prints
from content.problem import ContentProblem
from directory.cards import Card
from directory.posters import Directory
from directory.print_words import load_saying
from directory.printing import NotPrintable, Sheet
from directory.records import load_countries, load_hotlines
from pdf_reader import Pdf

DATA = ROOT / "docs/data"
TEXTS = DATA / "pages"
DAY = date(2026, 11, 22)
SHEET = Sheet("poster", "id", "Contoh", DAY, {})
KNOWN = Directory(
    hotlines=load_hotlines(DATA / "hotlines.yml"),
    contacts=(),
    countries=load_countries(DATA / "countries.yml")[:1],
    provinces=(),
    site="https://contoh.org/",
    home_region="33",
    docs=ROOT / "docs",
)
CARD: dict[str, Any] = {
    "number": "4271-0385",
    "organization": "kelompok-contoh",
    "valid_from": "2026-12-01",
    "valid_until": "2027-11-30",
    "consent": "2026-11-20",
}
WORDS = {
    "id": ["Kartu 4271-0385 berlaku sampai <2027-11-30>", "Kartu 4271-0385 tidak berlaku"],
    "en": ["Card 4271-0385 is valid until <2027-11-30>", "Card 4271-0385 is not valid"],
}


def rendered(on: date, language: str) -> str:
    """The page of a card as Markdown, its calls rendered by the site."""
    site = todays_site()
    cards = [Card.model_validate(CARD)]
    page = next(card_pages(TEXTS, language, cards, on, lambda day: f"<{day}>"))
    assert page.source == f"kontak/kartu/4271-0385/index.{language}.md"
    site._words[page.source] = page.words
    return site.open_prose(page.source, language, page.text)


def test_every_size_is_ready_in_both_languages() -> None:
    """A pocket card of each country beside them."""
    says = [load_saying(DATA, language) for language in ("id", "en")]
    names = [one.url.removeprefix("unduh/cetak/") for one in ready_prints(KNOWN, says, DAY)]
    assert names == [
        "poster-a3-id.pdf",
        "poster-a3-en.pdf",
        "poster-a4-id.pdf",
        "poster-a4-en.pdf",
        "kartu-saku-a6-id.pdf",
        "kartu-saku-a6-en.pdf",
        "lembar-bicara-a4-id.pdf",
        "lembar-bicara-a4-en.pdf",
        "kartu-saku-a6-malaysia-id.pdf",
        "kartu-saku-a6-malaysia-en.pdf",
    ]


def test_a_print_is_set_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time it comes from the folder; another day is another print."""
    says = [load_saying(DATA, "id")]
    today, tomorrow = (next(ready_prints(KNOWN, says, date(2026, 11, day))) for day in (22, 23))
    first = printed(today, tmp_path)
    assert Pdf(first).language == "id"
    assert printed(tomorrow, tmp_path) != first
    monkeypatch.setattr(prints, "pdf", None)
    assert printed(today, tmp_path) == first
    assert len(list(tmp_path.iterdir())) == 2


def test_what_cannot_be_printed_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the file that was to be made, and nothing is kept."""

    def refuse(_: Sheet) -> bytes:
        raise NotPrintable("Contoh: sebab; perbaiki")

    monkeypatch.setattr(prints, "pdf", refuse)
    with pytest.raises(ContentProblem) as problem:
        printed(Print("unduh/cetak/a.pdf", SHEET), tmp_path)
    assert str(problem.value) == "unduh/cetak/a.pdf: Contoh: sebab; perbaiki"
    assert list(tmp_path.iterdir()) == []


def test_a_usual_number_that_is_gone_stops_the_build() -> None:
    """A poster without it would be printed by nobody's decision."""
    known = Directory((), (), (), (), "https://contoh.org/", "33", ROOT / "docs")
    with pytest.raises(ContentProblem) as problem:
        list(ready_prints(known, [load_saying(DATA, "id")], DAY))
    assert str(problem.value) == (
        "print.yml: id-kp2mi-callcentre stands neither in hotlines.yml nor in contacts.yml; "
        "correct it"
    )


@pytest.mark.parametrize(
    ("on", "state"), [("2026-11-30", 1), ("2026-12-01", 0), ("2027-11-30", 0), ("2027-12-01", 1)]
)
@pytest.mark.parametrize("language", ["id", "en"])
def test_the_page_of_a_card_says_whether_it_is_valid(on: str, state: int, language: str) -> None:
    """And until when, where it is: an old copy of the page is still true."""
    text = rendered(date.fromisoformat(on), language)
    assert f'"{WORDS[language][state]}"' in text
    assert f'"{WORDS[language][1 - state]}"' not in text


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_page_of_a_card_says_nothing_more(language: str) -> None:
    """No organization, no first day, no consent; and no search finds it."""
    text = rendered(date(2027, 1, 1), language)
    for told in ("kelompok-contoh", "2026-12-01", "2026-11-20"):
        assert told not in text
    assert "search: {exclude: true}" in text


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_page_offers_every_print_of_its_language(language: str) -> None:
    """Nothing is made that nobody finds, and no link leads nowhere."""
    page = prints_page(TEXTS, language, KNOWN.countries, DAY)
    says = [load_saying(DATA, language)]
    made = {one.url for one in ready_prints(KNOWN, says, DAY)}
    site = todays_site()
    site._words[page.source] = page.words
    text = site.open_prose(page.source, language, page.text)
    here = "unduh/cetak" if language == "id" else f"{language}/unduh/cetak"
    links = re.findall(r'href="([^"]+\.pdf)"', text)
    assert {posixpath.normpath(f"{here}/{link}") for link in links} == made

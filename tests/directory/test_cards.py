"""Identity cards: a number that notices mistakes, a card that ends, nothing about a person."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from built_site import ROOT
from directory.cards import Card, card_sheet, check_digit, load_cards
from directory.checks import problems
from directory.print_words import load_saying
from directory.printing import NotPrintable, pdf
from directory.reading import DataProblems
from directory.records import Contact
from pdf_reader import Pdf

DATA = ROOT / "docs/data"
DAY = date(2026, 12, 24)
SITE = "https://contoh.org/"
SAY = {language: load_saying(DATA, language) for language in ("id", "en")}
CARD: dict[str, Any] = {
    "number": "4271-0385",
    "organization": "kelompok-contoh",
    "valid_from": "2026-12-01",
    "valid_until": "2027-11-30",
    "consent": "2026-11-20",
}
FILE = """\
- number: "{number}"
  organization: kelompok-contoh
  valid_from: "2026-12-01"
  valid_until: "{until}"
  consent: "{consent}"
"""
HOST = Contact.model_validate(
    {
        "id": "kelompok-contoh",
        "name": {"id": "Kelompok Contoh", "en": "Example Group"},
        "kind": "paralegal-group",
        "description": {"id": "Contoh.", "en": "Example."},
        "services": ("information",),
        "coverage": {"country": "ID", "region": "33.02"},
        "place": None,
        "channels": (),
        "hours": None,
        "languages": ("id",),
        "free_of_charge": True,
        "publication": "published",
        "seen": {"date": "2026-05", "source": "https://contoh.org", "confidence": "own page seen"},
        "tested": None,
    }
)
BOTH = pytest.mark.parametrize("language", ["id", "en"])


def card(**changes: Any) -> Card:
    return Card.model_validate(CARD | changes)


def printed(language: str = "id", on: date = DAY, one: Card | None = None) -> Pdf:
    sheet = card_sheet("4271-0385", [one or card()], [HOST], SITE, on, SAY[language])
    return Pdf(pdf(sheet))


def written(tmp_path: Path, **fields: str) -> Path:
    file = tmp_path / "cards.yml"
    told = {"number": "4271-0385", "until": "2027-11-30", "consent": "2026-11-20"} | fields
    file.write_text(FILE.format(**told), encoding="utf-8")
    return file


def test_every_single_mistake_in_a_number_is_noticed() -> None:
    """One wrong digit, or two neighbours that changed places: the check digit does not fit."""
    right = "42710385"
    wrong = {right[:at] + other + right[at + 1 :] for at in range(8) for other in "0123456789"}
    wrong |= {right.replace(a + b, b + a, 1) for a, b in pairwise(right)}
    wrong.discard(right)
    assert check_digit(right[:-1]) == right[-1]
    assert len(wrong) == 79
    assert [number for number in wrong if check_digit(number[:-1]) == number[-1]] == []


@pytest.mark.parametrize("first", ["0000000", "5724316", "9999999"])
def test_a_whole_number_ends_at_zero(first: str) -> None:
    """As Damm's algorithm has it: the digits and their check digit together give 0."""
    assert check_digit(first + check_digit(first)) == "0"


def test_damms_own_example() -> None:
    """572 has the check digit 4."""
    assert check_digit("572") == "4"


def test_what_ships_names_nobody() -> None:
    """The file of cards is empty until an organization fills it."""
    assert load_cards(DATA / "cards.yml") == ()


def test_a_file_of_cards_is_read(tmp_path: Path) -> None:
    """All that the file may hold."""
    assert load_cards(written(tmp_path)) == (card(),)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"number": "4271-0386"},
            "4271-0386: number: has a wrong last digit; write 4271-0385, or correct the digits "
            "before it",
        ),
        (
            {"number": "42710385"},
            "42710385: number: must be eight digits such as 4271-0385; found '42710385'",
        ),
        (
            {"until": "2026-11-30"},
            "4271-0385: valid_until: lies before valid_from; correct one of them",
        ),
        (
            {"consent": "2026-12-02"},
            "4271-0385: consent: lies after valid_from; nobody gets a card before",
        ),
        (
            {"consent": '2026-11-20"\n  name: "Sari'},
            "4271-0385: name: is not a known field; correct its spelling or remove it",
        ),
    ],
)
def test_a_faulty_card_is_explained(tmp_path: Path, fields: dict[str, str], message: str) -> None:
    """A name is a fault like any other: it has no place in the file."""
    with pytest.raises(DataProblems) as problem:
        load_cards(written(tmp_path, **fields))
    assert str(problem.value) == f"cards.yml: {message}"


@pytest.mark.parametrize(
    ("on", "holds"),
    [("2026-11-30", False), ("2026-12-01", True), ("2027-11-30", True), ("2027-12-01", False)],
)
def test_a_card_holds_from_its_first_day_to_its_last(on: str, holds: bool) -> None:
    """Both days are part of it."""
    assert card().holds(date.fromisoformat(on)) is holds


def test_a_card_that_was_taken_back_holds_no_more() -> None:
    """From that very day."""
    lost = card(withdrawn="2027-03-01")
    assert [lost.holds(date(2027, 2, 28)), lost.holds(date(2027, 3, 1))] == [True, False]


@BOTH
def test_a_card_says_who_answers_for_it_and_how_long(language: str) -> None:
    """Number, organization, both days; room for a name, and none in the file."""
    read = printed(language)
    front = read.text(0)
    assert (read.size, read.pages, read.language) == ((85.6, 54.0), 2, language)
    assert read.is_tagged
    assert (
        read.title
        == {"id": "Kartu paralegal 4271-0385", "en": "Paralegal card 4271-0385"}[language]
    )
    assert "4271-0385" in front
    assert HOST.name[language] in front
    span = {"id": "1 Desember 2026 – 30 November 2027", "en": "1 December 2026 – 30 November 2027"}
    assert span[language] in front


@pytest.mark.parametrize(("language", "path"), [("id", ""), ("en", "en/")])
def test_a_camera_opens_the_page_of_the_card(language: str, path: str) -> None:
    """And the address can be typed."""
    read = printed(language)
    assert read.codes(1) == [f"{SITE}{path}kontak/kartu/4271-0385/"]
    assert "contoh.org" in read.text(1)


def test_a_card_is_the_same_on_every_day_of_printing() -> None:
    """The day of printing does not stand on it."""
    days = [date(2026, 11, 22), DAY]
    made = [pdf(card_sheet("4271-0385", [card()], [HOST], SITE, on, SAY["id"])) for on in days]
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("one", "on"),
    [(card(), date(2027, 12, 1)), (card(withdrawn="2026-12-24"), DAY)],
    ids=["expired", "withdrawn"],
)
def test_a_card_that_does_not_hold_is_refused(one: Card, on: date) -> None:
    """Nobody prints it once more."""
    with pytest.raises(NotPrintable) as problem:
        printed("id", on, one)
    assert str(problem.value) == (f"4271-0385 is not valid on {on}; make a card with a new number")


def test_an_unknown_number_is_refused() -> None:
    """No card without an entry."""
    with pytest.raises(NotPrintable) as problem:
        card_sheet("4271-0385", [], [HOST], SITE, DAY, SAY["id"])
    assert str(problem.value) == ("4271-0385 stands not in cards.yml; write the card there first")


def test_a_host_that_is_not_shown_is_refused() -> None:
    """A draft answers for nobody."""
    draft = HOST.model_copy(update={"publication": "draft"})
    with pytest.raises(NotPrintable) as problem:
        card_sheet("4271-0385", [card()], [draft], SITE, DAY, SAY["id"])
    assert str(problem.value) == (
        "4271-0385: kelompok-contoh is no organization that contacts.yml shows; correct it, or "
        "publish the organization first"
    )


def test_the_check_finds_a_card_and_a_print_without_an_entry(tmp_path: Path) -> None:
    """`directory check` compares across files."""
    folder = tmp_path / "data"
    copytree(DATA, folder)
    written(folder)
    file = folder / "print.yml"
    file.write_text(file.read_text("utf-8").replace("[id-kp2mi-callcentre,", "[id-lama,"), "utf-8")
    assert [str(problem) for problem in problems(folder)] == [
        "cards.yml: 4271-0385: organization: 'kelompok-contoh' does not stand in contacts.yml; "
        "correct it",
        "print.yml: entry 1: numbers: 'id-lama' does not stand in hotlines.yml; correct it",
    ]


def test_the_check_reads_the_file_of_cards(tmp_path: Path) -> None:
    """A mistyped number is told with all other faults."""
    folder = tmp_path / "data"
    copytree(DATA, folder)
    written(folder, number="4271-0386")
    assert [problem.field for problem in problems(folder)] == ["number"]

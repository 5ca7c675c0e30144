"""A command is a whole comment of one line; nothing else is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from intake.labels import all_labels
from intake.orders import FORMS, Order, looks_like_order, read_order, shared_to
from intake.plan import shipped_plan
from intake.settings import ROOT
from workplace import the_form


@pytest.mark.parametrize("word", sorted(FORMS))
def test_every_example_is_read(word: str) -> None:
    """In any case, with blanks around, and with the letters of a mark as they are kept."""
    example = FORMS[word][1]
    found = read_order(example)
    assert found is not None
    assert found.word == word
    assert read_order(f"  {example.upper()}\n") == found
    assert read_order(f"  {example.lower()}\r\n") == found


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("/tim banyumas-raya", Order("tim", "banyumas-raya")),
        ("/relawan 7k2q", Order("relawan", "7K2Q")),
        ("/Darurat  Kuning", Order("darurat", "kuning")),
        ("/tenggat komitmen 2028-02-29", Order("tenggat", "komitmen", "2028-02-29")),
    ],
)
def test_what_follows_the_word_is_read(text: str, order: Order) -> None:
    """Names in small letters, marks in capitals, days as they are."""
    assert read_order(text) == order


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dibaca",
        "/dibaca sekarang",
        "sudah /dibaca",
        "/dibaca\n/selesai",
        "> /dibaca",
        "`/dibaca`",
        "/darurat",
        "/darurat biru",
        "/darurat merah sekali",
        "/tim",
        "/tim dua kata",
        "/relawan 7K2",
        "/relawan 7K2QX",
        "/relawan OIL0",
        "/tenggat komitmen",
        "/tenggat komitmen 2026-13-01",
        "/tenggat komitmen 30-11-2026",
        "/tenggat 2026-11-30",
        "/selesaikan",
        "/laporan",
    ],
)
def test_nothing_else_is_a_command(text: str) -> None:
    """Least of all two commands, or one inside of a sentence."""
    assert read_order(text) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/selesaikan", True),
        ("/darurat biru", True),
        ("/ selesai", False),
        ("lihat /selesai", False),
        ("/dibaca\nlalu saya telepon", False),
        ("", False),
    ],
)
def test_what_was_meant_as_a_command_is_known(text: str, meant: bool) -> None:
    """One line that begins with a stroke and a word gets an answer; a text does not."""
    assert looks_like_order(text) is meant


@pytest.mark.parametrize(
    ("body", "mark"),
    [
        ("<!-- intake share K7Q2-9MPA 7K2Q -->\n\nx", "7K2Q"),
        ("<!-- intake share K7Q2-9MPA 7K2Q -->\r\n", "7K2Q"),
        ("<!-- intake share AAAA-9MPA 7K2Q -->", None),
        ("<!-- intake share K7Q2-9MPA 7k2q -->", None),
        ("<!-- intake share K7Q2-9MPA -->", None),
        ("> <!-- intake share K7Q2-9MPA 7K2Q -->", None),
        ("x\n<!-- intake share K7Q2-9MPA 7K2Q -->", None),
    ],
)
def test_sharing_names_the_case_and_a_mark(body: str, mark: str | None) -> None:
    """On the first line, for this case; anything else shares nothing."""
    assert shared_to(body, "K7Q2-9MPA") == mark


# --- the page that tells them all ---

PAGES = [ROOT / f"docs/paralegal/perintah/index.{language}.md" for language in ("id", "en")]


@pytest.mark.parametrize("page", PAGES)
def test_page_has_every_command_and_no_other(page: Path) -> None:
    """One row for each, with the very example of the code, in both languages."""
    rows = re.findall(r"^\| `(/[^`]+)` \|", page.read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(example for _, example in FORMS.values())


@pytest.mark.parametrize("page", PAGES)
def test_page_has_every_deadline_as_it_stands_in_the_data(page: Path) -> None:
    """Name, purpose, count, law and doubt, word for word; and no other name."""
    language = page.name.split(".")[1]
    text = page.read_text("utf-8")
    for deadline in shipped_plan().deadlines:
        article = f" ({deadline.article})" if deadline.article else ""
        doubt = f" {deadline.doubt[language]}" if deadline.doubt else ""
        told = f"{deadline.title[language]}: {deadline.span[language]}{article}.{doubt}"
        assert f"| `{deadline.id}` | {told} |\n" in text
        assert deadline.source is None or deadline.source in text.partition("\n---\n")[0]
    assert len(re.findall(r"^\| `[a-z-]+` \|", text, re.MULTILINE)) == len(shipped_plan().deadlines)


@pytest.mark.parametrize("page", PAGES)
def test_page_names_only_labels_that_are_made(page: Path) -> None:
    """Each label in a row or sentence is one of the program's."""
    made = {label.name for label in all_labels(the_form(), shipped_plan().teams)}
    pattern = r"`((?:status|tinjau|ingat|darurat): [a-z ]+)`"
    found = set(re.findall(pattern, page.read_text("utf-8")))
    assert found
    assert found <= made

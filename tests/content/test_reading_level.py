"""Pages are easy to read: short sentences, no phrases of offices, people are asked for nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from built_site import ROOT
from content.plain_prose import sentences
from content.reading_level import PHRASES, Phrase, check, faults, load_phrases, mean_words
from directory.records import DataProblems

REAL = load_phrases(ROOT / PHRASES)
OFFICE = Phrase(phrase="dalam rangka", language="id", instead="untuk")


def told(text: str, page: str = "x/index.id.md", phrases: tuple[Phrase, ...] = REAL) -> list[str]:
    return [str(fault) for fault in faults(page, text, phrases)]


def test_every_page_is_easy_to_read() -> None:
    """At most 15 words a sentence in the mean and 30 in the longest, and no listed phrase.

    A contributor's pull request is only told, by `make check`; whoever merges it mends it.
    """
    strict = os.environ.get("GITHUB_EVENT_NAME") != "pull_request"
    found = [f"docs/{fault}" for fault in check(ROOT / "docs", REAL)]
    assert not strict or found == []


def test_every_page_was_read() -> None:
    """The test above is no empty one: each page has sentences."""
    pages = sorted((ROOT / "docs").rglob("*.md"))
    assert len(pages) > 150
    empty = [page for page in pages if not sentences(page.read_text(encoding="utf-8"))]
    assert empty == []


def test_a_long_sentence_is_named_with_its_line() -> None:
    """The message says how long it is and how it begins."""
    text = "Pendek.\n\n" + "kata " * 30 + "akhir.\n" + "\nYa." * 4
    assert told(text, phrases=()) == [
        "x/index.id.md:3: 31 words in one sentence, 30 at most; split it: "
        "kata kata kata kata kata kata kata kata kata kata kata kata ..."
    ]
    assert told("kata " * 29 + "akhir." + "\n\nYa." * 4, phrases=()) == []


def test_a_page_of_long_sentences_is_named() -> None:
    """No sentence is too long, but all together they tire."""
    text = "Satu " + "kata " * 15 + "akhir.\n\n"
    assert told(text * 3, phrases=()) == [
        "x/index.id.md:1: the mean sentence has 17.0 words; get it to 15"
    ]
    assert mean_words([]) == 0.0


@pytest.mark.parametrize("text", ["Ini dalam rangka tugas.", "Dalam\nrangka apa?"])
def test_a_phrase_of_offices_is_named_with_better_words(text: str) -> None:
    """Case and line breaks make no difference."""
    [fault] = told(text, phrases=(OFFICE,))
    assert fault.startswith('x/index.id.md:1: "dalam rangka": write untuk: ')


@pytest.mark.parametrize("text", ["Ini dalam rangkaian.", "`dalam rangka`", "| dalam rangka |"])
def test_other_words_are_let_be(text: str) -> None:
    """Only whole words of the prose count."""
    assert told(text, phrases=(OFFICE,)) == []


def test_a_phrase_belongs_to_its_language() -> None:
    """What is bad Indonesian may be good English."""
    assert told("Dalam rangka.", page="x/index.en.md", phrases=(OFFICE,)) == []


@pytest.mark.parametrize(
    "text",
    [
        "## Lapor { #report }",
        "## Cara lapor { #how }",
        "1. Lapor ke kami.",
        "Laporkan kepada tim paralegal.",
        "Banyak TKI berangkat.",
        "Semua BMI berhak.",
    ],
)
def test_people_are_not_told_to_report_to_us(text: str) -> None:
    """We are asked for help, and a worker is called a worker."""
    assert len(told(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "## Cara lapor diri { #register }",
        "1. Lapor ke polisi.",
        "## Minta bantuan { #ask }",
        'Dulu orang berkata "TKI".',
        "Menurut Suara BMI (2022), ya.",
    ],
)
def test_what_offices_are_told_is_another_matter(text: str) -> None:
    """Police and missions take reports, and people's own words may be quoted."""
    assert told(text) == []


def test_both_languages_have_their_phrases() -> None:
    """Each says what to write instead, which is no listed phrase itself."""
    languages = {phrase.language for phrase in REAL}
    assert languages == {"id", "en", None}
    phrases = {phrase.phrase for phrase in REAL}
    assert [phrase.phrase for phrase in REAL if phrase.instead in phrases] == []


def test_a_broken_list_says_what_is_wrong(tmp_path: Path) -> None:
    """File, entry, field and cure."""
    (tmp_path / "phrases.yml").write_text("- {phrase: guna, language: id}\n")
    with pytest.raises(DataProblems) as problem:
        load_phrases(tmp_path / "phrases.yml")
    assert str(problem.value) == "phrases.yml: guna: instead: is missing; add it"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "content.reading_level", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_warns_and_only_strictly_fails(tmp_path: Path) -> None:
    """A correction never waits for its wording, but ours does."""
    (tmp_path / "docs/data").mkdir(parents=True)
    shutil.copy(ROOT / PHRASES, tmp_path / PHRASES)
    assert run(tmp_path, "--strict").returncode == 0
    (tmp_path / "docs/index.id.md").write_text("Ini dalam rangka tugas.\n")
    warned, failed = run(tmp_path), run(tmp_path, "--strict")
    assert (warned.returncode, failed.returncode) == (0, 1)
    assert warned.stdout == failed.stdout
    assert warned.stdout == (
        'docs/index.id.md:1: "dalam rangka": write untuk: Ini dalam rangka tugas.\n'
    )


def test_the_command_says_what_is_wrong_with_its_list(tmp_path: Path) -> None:
    """Without a list nothing is called easy."""
    failed = run(tmp_path)
    assert failed.returncode == 1
    assert failed.stderr.startswith("phrases.yml: whole file: file: cannot be read")

"""Say where a page is hard to read: sentences too long, phrases of offices.

`python -m content.reading_level [--strict]` looks at every page of `docs/` under the current
folder and prints one line for each fault. It ends with 0, so that nobody's correction waits for
its wording; with `--strict`, as our own tests ask, any fault ends it with 1. Phrases that cannot
be read raise `DataProblems`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from content.languages import language_of
from content.plain_prose import Sentence, sentences
from directory.reading import DataProblems, read_records, read_yaml
from directory.records import Entry, Line

MEAN_WORDS = 15
MOST_WORDS = 30
PHRASES = Path("docs/data/phrases.yml")
_SHOWN = 60


class Phrase(Entry):
    """A phrase that pages do without."""

    phrase: Line = Field(
        description="The words, in any case, between word boundaries", examples=["dalam rangka"]
    )
    language: Literal["id", "en"] | None = Field(
        description="Language whose pages it is kept out of; null for both", examples=["id"]
    )
    where: Literal["anywhere", "heading"] = Field(
        default="anywhere",
        description="In every sentence, or in headings only",
        examples=["anywhere"],
    )
    instead: Line = Field(description="What to write instead", examples=["untuk"])
    unless: Annotated[tuple[Line, ...], Field(strict=False)] = Field(
        default=(),
        description="Longer wordings in which it may stand, such as a name",
        examples=[["lapor diri"]],
    )


class Fault(NamedTuple):
    """One thing that is hard to read, and where."""

    page: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.what}"


def load_phrases(path: Path) -> tuple[Phrase, ...]:
    """Return the phrases of `phrases.yml`; raises DataProblems with all that is wrong in it."""
    return read_records(path, read_yaml(path), Phrase, "phrase")


def faults(page: str, text: str, phrases: Sequence[Phrase]) -> list[Fault]:
    """Return what is hard to read in the text of a page, given the page's path."""
    found = sentences(text)
    language = language_of(page)
    told = [phrase for phrase in phrases if phrase.language in (None, language)]
    return sorted([*_mean(page, found), *_long(page, found), *_phrases(page, found, told)])


def mean_words(found: Sequence[Sentence]) -> float:
    """Return the words of a sentence in the mean; 0.0 where there is no sentence."""
    return sum(sentence.words for sentence in found) / len(found) if found else 0.0


def check(docs: Path, phrases: Sequence[Phrase]) -> list[Fault]:
    """Return the faults of every page under `docs`, named by its path from there."""
    pages = sorted(docs.rglob("*.md"))
    return [
        fault
        for path in pages
        for fault in faults(
            path.relative_to(docs).as_posix(), path.read_text(encoding="utf-8"), phrases
        )
    ]


def _mean(page: str, found: Sequence[Sentence]) -> Iterator[Fault]:
    mean = mean_words(found)
    if mean > MEAN_WORDS:
        yield Fault(page, 1, f"the mean sentence has {mean:.1f} words; get it to {MEAN_WORDS}")


def _long(page: str, found: Sequence[Sentence]) -> Iterator[Fault]:
    for sentence in found:
        if sentence.words > MOST_WORDS:
            what = f"{sentence.words} words in one sentence, {MOST_WORDS} at most; split it"
            yield Fault(page, sentence.line, f"{what}: {_short(sentence.text)}")


def _phrases(page: str, found: Sequence[Sentence], phrases: Sequence[Phrase]) -> Iterator[Fault]:
    for sentence in found:
        for phrase in phrases:
            if _has(sentence, phrase):
                what = f'"{phrase.phrase}": write {phrase.instead}'
                yield Fault(page, sentence.line, f"{what}: {_short(sentence.text)}")


def _has(sentence: Sentence, phrase: Phrase) -> bool:
    if phrase.where == "heading" and not sentence.heading:
        return False
    text = sentence.text
    for allowed in phrase.unless:
        text = _pattern(allowed).sub(" ", text)
    return _pattern(phrase.phrase).search(text) is not None


@cache
def _pattern(words: str) -> re.Pattern[str]:
    spaced = r"\s+".join(map(re.escape, words.split()))
    return re.compile(rf"(?<!\w){spaced}(?!\w)", re.IGNORECASE)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN].rsplit(" ", 1)[0] + " ..."


def _arguments() -> argparse.Namespace:
    reader = argparse.ArgumentParser(
        prog="python -m content.reading_level", description="Say where pages are hard to read."
    )
    reader.add_argument("--strict", action="store_true", help="end with 1 when there is a fault")
    return reader.parse_args()


def _main() -> int:
    strict = _arguments().strict
    try:
        found = check(Path("docs"), load_phrases(PHRASES))
    except DataProblems as problems:
        print(problems, file=sys.stderr)
        return 1
    for fault in found:
        print(f"docs/{fault}")
    return 1 if strict and found else 0


if __name__ == "__main__":
    sys.exit(_main())

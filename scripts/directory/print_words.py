"""Read what prints say: `print.yml`, and from `wording.yml` what pages say in the same words.

What is missing, misspelt or not in both languages raises DataProblems with file and field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from content.dates import spoken_date
from directory.reading import read_records, read_yaml
from directory.records import Entry, Slug, Text

_SHARED = (
    "brand",
    "dial_from",
    "home_country",
    "months",
    "picture_seen",
    "seen_undated",
    "tested",
)
_MOST_NUMBERS = 4


class Line(Entry):
    """One of the five lines."""

    head: Text = Field(
        description="What to do, as few words as possible",
        examples=[{"id": "Visanya harus visa kerja.", "en": "The visa must be a work visa."}],
    )
    text: Text = Field(
        description="Why and how, with the article where law is told",
        examples=[{"id": "Visa turis bukan visa kerja.", "en": "A tourist visa is none."}],
    )

    def said(self, language: str) -> dict[str, str]:
        """Return the line in one language."""
        return {"head": self.head[language], "text": self.text[language]}


class Prints(Entry):
    """The whole file of prints."""

    numbers: tuple[Slug, ...] = Field(
        min_length=1,
        max_length=_MOST_NUMBERS,
        description="Ids of hotlines.yml in the order of calling",
        examples=[["id-kp2mi-callcentre"]],
    )
    valid_days: int = Field(
        ge=1, le=730, description="Days after which a print is replaced", examples=[365]
    )
    lines: tuple[Line, ...] = Field(
        min_length=5,
        max_length=5,
        description="Safe migration in five lines",
        examples=[
            [
                {
                    "head": {"id": "Visanya harus visa kerja.", "en": "It must be a work visa."},
                    "text": {"id": "Visa turis bukan.", "en": "A tourist visa is not."},
                }
            ]
        ],
    )
    words: Mapping[str, Text] = Field(
        description="Everything else that is printed, by the name that templates use",
        examples=[{"urgent": {"id": "Darurat", "en": "Emergency"}}],
    )


@dataclass(frozen=True)
class Saying:
    """How one language says what is printed."""

    language: str
    prints: Prints
    words: Mapping[str, str]

    def date(self, day: str) -> str:
        """Return an ISO 8601 date as people say it."""
        return spoken_date(day, self.words["months"])


def load_prints(path: Path) -> Prints:
    """Return what `print.yml` holds; raises DataProblems."""
    return read_records(path, (read_yaml(path),), Prints, "name")[0]


def load_saying(folder: Path, language: str) -> Saying:
    """Return the words of one language from `print.yml` and `wording.yml` of the folder."""
    prints = load_prints(folder / "print.yml")
    wording = read_yaml(folder / "wording.yml")
    shared = {name: wording[name][language] for name in _SHARED}
    own = {name: text[language] for name, text in prints.words.items()}
    return Saying(language, prints, shared | own)

"""Reduce words to roots as the search index knows them, and read `docs/data/search.yml`.

Indonesian is stemmed by PySastrawi, English by Snowball; neither's word list is published. A
language without a stemmer here keeps its words as they are. A file that cannot be read, or that
holds anything else, raises `ContentProblem` with its name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import snowballstemmer
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from Sastrawi.Stemmer.StemmerFactory import StemmerFactory

from content.problem import ContentProblem

_WORD = re.compile(r"[a-z0-9]{2,}")

Stem = Callable[[str], str]


class Words(BaseModel):
    """What search.yml says of one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prefixes: Mapping[str, tuple[str, ...]] = Field(
        default={}, description="What may stand in a prefix's place", examples=[{"meny": ["s"]}]
    )
    suffixes: Mapping[str, tuple[str, ...]] = Field(
        default={}, description="What may stand in a suffix's place", examples=[{"ies": ["i"]}]
    )
    exceptions: Mapping[str, str] = Field(
        default={}, description="Words and their roots", examples=[{"pasport": "paspor"}]
    )
    ignored: tuple[str, ...] = Field(
        default=(), description="Words that say nothing", examples=[["yang"]]
    )
    common: tuple[str, ...] = Field(
        default=(), description="What the whole site is about", examples=[["pekerja migran"]]
    )
    same: tuple[tuple[str, ...], ...] = Field(
        default=(), description="Words for the same thing", examples=[[["gaji", "upah"]]]
    )


def load_words(path: Path) -> dict[str, Words]:
    """Return the words by language."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        return TypeAdapter(dict[str, Words]).validate_python(content)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise ContentProblem(f"{path} cannot be read: {error}") from error


def split(text: str) -> list[str]:
    """Return the words of a text: letters without accents and figures, two signs or more.

    Doubled words fall into their halves, and so to one root: anak-anak is anak twice.
    """
    plain = text.lower()
    if not plain.isascii():
        signs = unicodedata.normalize("NFD", plain)
        plain = "".join(sign for sign in signs if not unicodedata.combining(sign))
    return _WORD.findall(plain)


def stemmer(language: str) -> Stem:
    """Return what reduces one word of a language to its stem."""
    makers = {"id": _indonesian, "en": _english}
    return makers[language]() if language in makers else str


class Roots:
    """The roots of one language's words, as the index and the synonyms hold them."""

    def __init__(self, language: str, words: Words) -> None:
        self._exceptions = words.exceptions
        self._ignored = frozenset(words.ignored)
        self._stem = stemmer(language)

    def of(self, text: str) -> list[str]:
        """Return the root of each word of a text, in order, without ignored words."""
        return [self._root(word) for word in split(text) if word not in self._ignored]

    def phrase(self, text: str) -> str:
        """Return the roots of a text in one line."""
        return " ".join(self.of(text))

    def _root(self, word: str) -> str:
        return self._exceptions.get(word) or self._stem(word)


@cache
def _indonesian() -> Stem:
    return cache(StemmerFactory().create_stemmer().stem)


@cache
def _english() -> Stem:
    return cache(snowballstemmer.stemmer("english").stemWord)

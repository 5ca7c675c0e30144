"""Read `docs/data/wording.yml`: the layout's own words, each in every language.

An entry that lacks Indonesian or English, or holds anything but texts, raises `ContentProblem`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import yaml

from content.languages import REQUIRED
from content.problem import ContentProblem

Wording = dict[str, dict[str, str]]


def load_wording(path: Path, languages: Iterable[str] = REQUIRED) -> Wording:
    """Return the words by language and name: `wording["id"]["emergency"]`.

    A further language may have gaps; `missing_words` names them.
    """
    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as error:
        raise ContentProblem(f"{path} cannot be read: {error}") from error
    wrong = [name for name, words in entries.items() if not _complete(words)]
    if wrong:
        raise ContentProblem(
            f"{path}: give {', '.join(wrong)} one text for each of {' and '.join(REQUIRED)}"
        )
    return {
        language: {name: words[language] for name, words in entries.items() if language in words}
        for language in languages
    }


def missing_words(wording: Wording, language: str) -> list[str]:
    """Return the names of the words that a language lacks."""
    return sorted(wording[REQUIRED[0]].keys() - wording[language].keys())


def _complete(words: object) -> bool:
    return (
        isinstance(words, dict)
        and tuple(words)[: len(REQUIRED)] == REQUIRED
        and all(isinstance(text, str) and text for text in words.values())
    )

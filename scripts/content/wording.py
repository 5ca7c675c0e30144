"""Read `docs/data/wording.yml`: the layout's own words, each in both languages.

An entry that lacks a language, or that holds anything else, raises `ContentProblem`.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from content.addresses import LANGUAGES
from content.problem import ContentProblem


def load_wording(path: Path) -> dict[str, dict[str, str]]:
    """Return the words by language and name: `wording["id"]["emergency"]`."""
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ContentProblem(f"{path} cannot be read: {error}") from error
    wrong = [name for name, words in entries.items() if not _complete(words)]
    if wrong:
        raise ContentProblem(f"{path}: give {', '.join(wrong)} one text for each of id and en")
    return {
        language: {name: words[language] for name, words in entries.items()}
        for language in LANGUAGES
    }


def _complete(words: object) -> bool:
    return (
        isinstance(words, dict)
        and tuple(words) == LANGUAGES
        and all(isinstance(text, str) and text for text in words.values())
    )

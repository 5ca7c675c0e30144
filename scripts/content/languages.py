"""Know the site's languages, and which of them are complete enough to be published.

Indonesian and English have to be complete. A further one stands in `docs/data/languages.yml`
like them and is published once every page, word and record has it. A file that cannot be read
raises `ContentProblem`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from content.problem import ContentProblem
from directory.records import Text

REQUIRED = ("id", "en")
DEFAULT = REQUIRED[0]
_SUFFIX = re.compile(r"\.([a-z]{2,3})\.md$")
_LIMIT = re.compile(r"\A---\n(?:(?!---).*\n)*?languages: \[([a-z, ]+)\]\n")
_ENOUGH = 5


class Language(BaseModel):
    """One language of the site."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    code: str = Field(
        pattern="^[a-z]{2,3}$", description="ISO 639 code; part of addresses", examples=["jv"]
    )
    name: str = Field(min_length=1, description="Its own name", examples=["Basa Jawa"])
    locale: str = Field(
        pattern="^[a-z]{2,3}_[A-Z]{2}$", description="As og:locale names it", examples=["jv_ID"]
    )


def load_languages(path: Path) -> tuple[Language, ...]:
    """Return the languages of the file; the first two are Indonesian and English."""
    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        found = TypeAdapter(list[Language]).validate_python(entries)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise ContentProblem(f"{path} cannot be read: {error}") from error
    if tuple(language.code for language in found)[: len(REQUIRED)] != REQUIRED:
        raise ContentProblem(f"{path}: begin with {' and '.join(REQUIRED)}; add others below")
    return tuple(found)


def language_of(path: str) -> str | None:
    """Return the language that a Markdown file's name carries, such as `jv` of `index.jv.md`."""
    match = _SUFFIX.search(path)
    return match[1] if match else None


def plain(path: str) -> str:
    """Return the file's name without its language: what all languages of a page share."""
    return _SUFFIX.sub(".md", path)


def limited_pages(docs: Path, pages: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the pages that do not stand in every language, by plain name, with theirs.

    What works with the report program speaks its two languages: the front matter of such a page
    says `languages: [id, en]`.
    """
    found = {path: _LIMIT.match((docs / path).read_text(encoding="utf-8")) for path in pages}
    return {plain(path): tuple(m[1].split(", ")) for path, m in found.items() if m}


def missing_pages(
    language: str, pages: Iterable[str], limited: Mapping[str, Sequence[str]]
) -> list[str]:
    """Return the files that this language lacks."""
    present = set(pages)
    wanted = {
        f"{page.removesuffix('.md')}.{language}.md"
        for page in map(plain, present)
        if language in limited.get(page, (language,))
    }
    return sorted(wanted - present)


def missing_texts(language: str, value: object, place: str) -> Iterator[str]:
    """Yield where a record, or anything that holds records, has no words in the language."""
    if isinstance(value, Text):
        if language not in dict(value):
            yield place
    elif isinstance(value, BaseModel):
        for name, part in value:
            yield from missing_texts(language, part, f"{place}.{name}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:
            name = getattr(part, "id", None) or getattr(part, "code", None) or "?"
            yield from missing_texts(language, part, f"{place}: {name}")


def told(missing: Sequence[str]) -> str:
    """Return a list of what is missing that fits on a screen."""
    shown = ", ".join(missing[:_ENOUGH])
    left = len(missing) - _ENOUGH
    return f"{shown} and {left} more" if left > 0 else shown

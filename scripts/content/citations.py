"""Turn the `sources` of a page's front matter into the list printed under the page.

An id that `docs/data/sources/` does not hold raises `ContentProblem` with page and id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from content.problem import ContentProblem
from directory.records import Source


@dataclass(frozen=True)
class Citation:
    """One text under a page, with every article of it that the page rests on."""

    title: str
    url: str
    confidence: str | None
    articles: list[str] = field(default_factory=list)


def citations(page: str, cited: Iterable[str], known: Mapping[str, Source]) -> list[Citation]:
    """Return the texts in the order in which the page names them, articles of one text together.

    `known` are the texts of `docs/data/sources/` by their ids.
    """
    found: dict[tuple[str, str, str | None], Citation] = {}
    for name in cited:
        source = _source(page, name, known)
        citation = _citation(source)
        key = (citation.title, citation.url, citation.confidence)
        kept = found.setdefault(key, citation)
        if isinstance(source, Source) and source.article:
            kept.articles.append(source.article)
    return list(found.values())


def _source(page: str, name: str, known: Mapping[str, Source]) -> Source | str:
    if name.startswith(("http://", "https://")):
        return name
    if name not in known:
        raise ContentProblem(f"{page}: source {name!r} does not stand in docs/data/sources/")
    return known[name]


def _citation(source: Source | str) -> Citation:
    if isinstance(source, str):
        return Citation(title=urlsplit(source).netloc, url=source, confidence=None)
    title = source.law or source.title or urlsplit(source.url).netloc
    return Citation(title=title, url=source.url.split("#")[0], confidence=source.confidence)

"""Make the search index of one language: small, whole numbers only, read by search.js.

For each root the index names the pages that hold it and how strongly, from 1 to `TOP`: a word of
the title counts more than one of a heading, of the description and of the text. How rare a root
is, follows in the browser from the number of its pages.

Nothing here refuses anything: a page without words is in the list and never found.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from content.search_text import PageText
from content.search_words import Roots, Words

TOP = 9
# How much one word counts where it stands (BM25F; Robertson and Zaragoza 2009, section 3.6).
_WEIGHTS = {"title": 24.0, "names": 10.0, "headings": 5.0, "description": 3.0, "text": 1.0}
_SATURATION = 12.0
_LENGTH_COUNTS = 0.5
_FOR_TEAM = 0.4  # somebody in trouble finds the guide before the paralegals' page of the same name

# Numbers are written to the base 45, smallest digit first; a sign 45 higher says "goes on".
_BASE = 45
_FIRST_SIGN = ord("#")
_NAME_DIGITS = 12


@dataclass(frozen=True)
class Index:
    """A published index: its path from the site's root and its text."""

    url: str
    text: str


def by_letter(pages: Iterable[PageText]) -> dict[str, list[PageText]]:
    """Return the pages from A to Z under the first letter of their titles."""
    letters: dict[str, list[PageText]] = {}
    for page in sorted(pages, key=lambda page: (page.title.casefold(), page.path)):
        letters.setdefault(page.title[0].upper(), []).append(page)
    return letters


def numbered(pages: Iterable[PageText]) -> list[PageText]:
    """Return the pages in the order of their addresses, which is how the index numbers them.

    So pages alike stand side by side, which packs well, and of two that answer a question
    equally the more general one comes first.
    """
    return sorted(pages, key=lambda page: page.path)


def index(language: str, pages: Collection[PageText], words: Words) -> Index:
    """Return the index of a language's pages; its name carries a digest of its text."""
    roots = Roots(language, words)
    content = _columns(_postings([_counted(page, roots) for page in numbered(pages)]))
    content |= {"pages": len(pages), "words": _told(words, roots)}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    digits = hashlib.sha256(text.encode()).hexdigest()[:_NAME_DIGITS]
    return Index(f"assets/search-{language}-{digits}.json", text)


@dataclass(frozen=True)
class _Counted:
    """How often each root stands in each part of one page."""

    parts: dict[str, Counter[str]]
    worth: float

    @property
    def length(self) -> int:
        return self.parts["text"].total()


def _counted(page: PageText, roots: Roots) -> _Counted:
    parts = {part: Counter(roots.of(getattr(page, part))) for part in _WEIGHTS}
    # Sums and years would fill the index; in a title or heading they are names.
    parts["text"] = Counter({r: n for r, n in parts["text"].items() if not r.isdigit()})
    return _Counted(parts, _FOR_TEAM if page.for_team else 1)


def _postings(pages: Sequence[_Counted]) -> dict[str, list[tuple[int, int]]]:
    """Return page numbers and strengths for each root, both sorted."""
    mean = sum(page.length for page in pages) / max(len(pages), 1)
    found: dict[str, list[tuple[int, int]]] = {}
    for number, page in enumerate(pages):
        for root, strength in _strengths(page, mean).items():
            found.setdefault(root, []).append((number, strength))
    return dict(sorted(found.items()))


def _strengths(page: _Counted, mean: float) -> dict[str, int]:
    # A long text holds many words by chance; a short one is not better for being short.
    slope = 1 + _LENGTH_COUNTS * max(page.length / max(mean, 1) - 1, 0)
    # The fewer words a title has, the more it says with each.
    shares = {"title": max(page.parts["title"].total(), 1), "text": slope}
    weights: dict[str, float] = {}
    for part, counts in page.parts.items():
        each = _WEIGHTS[part] / shares.get(part, 1)
        for root, count in counts.items():
            weights[root] = weights.get(root, 0) + count * each
    return {root: _whole(weight * page.worth) for root, weight in weights.items()}


def _whole(weight: float) -> int:
    return max(1, round(TOP * weight / (weight + _SATURATION)))


def _columns(postings: dict[str, list[tuple[int, int]]]) -> dict[str, object]:
    """Return the index in columns: alike stands beside alike, which packs well."""
    return {
        "roots": _front_coded(list(postings)),
        "counts": _signs(len(found) for found in postings.values()),
        "gaps": _signs(gap for found in postings.values() for gap in _gaps(found)),
        "strengths": _signs(strength for found in postings.values() for _, strength in found),
    }


def _front_coded(roots: Sequence[str]) -> str:
    """Return sorted roots; each begins with a capital for the letters it shares with the last."""
    shared = [_shared(*pair) for pair in pairwise(["", *roots])]
    return "".join(
        chr(ord("A") + min(count, 25)) + root[min(count, 25) :]
        for count, root in zip(shared, roots, strict=True)
    )


def _shared(one: str, other: str) -> int:
    """Return how many letters two words share at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _gaps(found: Sequence[tuple[int, int]]) -> list[int]:
    numbers = [-1, *(number for number, _ in found)]
    return [later - earlier - 1 for earlier, later in pairwise(numbers)]


def _signs(numbers: Iterable[int]) -> str:
    return "".join(_sign(number) for number in numbers)


@cache
def _sign(number: int) -> str:
    rest, digit = divmod(number, _BASE)
    if not rest:
        return chr(_FIRST_SIGN + digit)
    return chr(_FIRST_SIGN + _BASE + digit) + _sign(rest)


def _told(words: Words, roots: Roots) -> dict[str, object]:
    """Return what the browser needs to understand a typed word."""
    return {
        "prefixes": words.prefixes,
        "suffixes": words.suffixes,
        "exceptions": {**words.exceptions, **dict.fromkeys(words.ignored, "")},
        "common": list(map(roots.phrase, words.common)),
        "same": [",".join(map(roots.phrase, group)) for group in words.same],
    }

"""Keep the languages of a page telling the same: a page and its translation have the same bones.

Pure functions on Markdown texts. Differences are returned, each as one sentence;
front matter that is not YAML raises `ContentProblem`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml

from content.problem import ContentProblem

_TRANSLATED = {"title", "description"}
_FRONT = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_HEADING = re.compile(r"^(#{1,6}) .*?(?:\{:? *#([\w-]+)[^}]*\})?\s*$", re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:|tel:|mailto:)([^)\s]+)\)")
_OUTSIDE = re.compile(r"\]\((https?:[^)\s]+)\)")
_CALL = re.compile(r"\{\{(.*?)\}\}")
_ITEM = re.compile(r"^ *([-*+]|\d+\.) ", re.MULTILINE)
_ADMONITION = re.compile(r"^ *!!! (\w+)", re.MULTILINE)
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")


class Difference(NamedTuple):
    """One way in which the English page differs from the Indonesian one."""

    what: str
    indonesian: str
    english: str

    def __str__(self) -> str:
        return f"{self.what}: Indonesian has {self.indonesian}, English has {self.english}"


def differences(indonesian: str, english: str) -> list[Difference]:
    """Compare the bones of two Markdown texts: all but their sentences has to be the same."""
    front_id, body_id = _parts(indonesian)
    front_en, body_en = _parts(english)
    found = _front_matter(front_id, front_en)
    for what, bones in _BONES.items():
        ours, theirs = bones(body_id), bones(body_en)
        if ours != theirs:
            found.append(_difference(what, ours, theirs))
    return found


def headings(body: str) -> list[str]:
    """Return level and anchor of every heading, such as `## today`."""
    return [f"{level} {anchor or '(no anchor)'}" for level, anchor in _HEADING.findall(body)]


def numbers(body: str) -> list[str]:
    """Return the figures of the prose, sorted; `1.500` and `1,500` are the same figure."""
    prose = _OUTSIDE.sub("]", _LINK.sub("]", _CALL.sub("", _ITEM.sub("", body))))
    prose = re.sub(r"\{:? *#[^}]*\}", "", prose)
    return sorted(re.sub(r"[.,](?=\d)", ".", figure) for figure in _NUMBER.findall(prose))


def list_items(body: str) -> list[str]:
    """Return the kind of every list item in order: a step or a point."""
    return ["step" if marker[0].isdigit() else "point" for marker in _ITEM.findall(body)]


def _calls(body: str) -> list[str]:
    # A call may name its own language, as in {{ organization.name.id }}.
    return [re.sub(r"\.(id|en)$", ".[language]", call.strip()) for call in _CALL.findall(body)]


_BONES: dict[str, Callable[[str], list[str]]] = {
    "headings": headings,
    "internal links": _LINK.findall,
    "outside links": _OUTSIDE.findall,
    "calls": _calls,
    "list items": list_items,
    "admonitions": _ADMONITION.findall,
    "numbers": numbers,
}


def front_matter(page: str, text: str) -> dict[str, Any]:
    """Return a page's front matter; the problem with one that is broken names the page."""
    try:
        return _parts(text)[0]
    except ContentProblem as problem:
        raise ContentProblem(f"{page}: {problem}") from problem


def _parts(text: str) -> tuple[dict[str, Any], str]:
    match = _FRONT.match(text)
    if match is None:
        raise ContentProblem("the page has no front matter: begin it with a block between ---")
    try:
        front = yaml.load(match[1], yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ContentProblem(f"the front matter is not YAML: {error}") from error
    return front, match[2]


def _front_matter(ours: dict[str, object], theirs: dict[str, object]) -> list[Difference]:
    names = sorted((ours.keys() | theirs.keys()) - _TRANSLATED)
    return [
        Difference(f"front matter {name}", repr(ours.get(name)), repr(theirs.get(name)))
        for name in names
        if ours.get(name) != theirs.get(name)
    ]


def _difference(what: str, ours: list[str], theirs: list[str]) -> Difference:
    only_ours = Counter(ours) - Counter(theirs)
    only_theirs = Counter(theirs) - Counter(ours)
    if not (only_ours or only_theirs):
        return Difference(f"order of {what}", " ".join(ours), " ".join(theirs))
    return Difference(what, _told(only_ours), _told(only_theirs))


def _told(counted: Counter[str]) -> str:
    if not counted:
        return "none of these"
    return ", ".join(sorted(counted.elements()))

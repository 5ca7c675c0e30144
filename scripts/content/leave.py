"""Say which pages carry "Keluar cepat": those that a person in trouble may have to hide.

A `leave` in the front matter that is neither true nor false raises `ContentProblem`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from content.problem import ContentProblem

_TROUBLE = ("bantuan/", "darurat/", "paralegal/buka/", "paralegal/titip/")
_GUIDES = "panduan/"
_NOT_YET_IN_TROUBLE = {"prospective"}


def leaves(path: str, meta: Mapping[str, Any]) -> bool:
    """Whether the page at `path` (without its language) carries the way out.

    Help, emergency numbers, the reader and the page that files do, and so do guides, unless they
    are only for people who have not left home. `leave` in the front matter decides otherwise.
    """
    chosen = meta.get("leave")
    if chosen is None:
        return path.startswith(_TROUBLE) or _is_about_trouble(path, meta)
    if not isinstance(chosen, bool):
        raise ContentProblem(f"{path}: leave is {chosen!r}: write true or false")
    return chosen


def _is_about_trouble(path: str, meta: Mapping[str, Any]) -> bool:
    return path.startswith(_GUIDES) and not set(meta.get("audience", ())) <= _NOT_YET_IN_TROUBLE

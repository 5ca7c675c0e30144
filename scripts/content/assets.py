"""Make the few bytes a page loads: one inlined style sheet and one small script.

A file that is missing raises `ContentProblem` with its name.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import rcssmin
import rjsmin

from content.problem import ContentProblem

_NAME_DIGITS = 12


@dataclass(frozen=True)
class Style:
    """An inlined style sheet and its source for `style-src` (CSP Level 3, section 2.3.1)."""

    text: str
    source: str


@dataclass(frozen=True)
class Script:
    """A published script: its path from the site's root, its text and its SRI digest."""

    url: str
    text: str
    integrity: str


def style(folder: Path, names: Iterable[str]) -> Style:
    """Join and minify `<name>.css` of the folder, in the order given."""
    joined = "\n".join(_read(folder / f"{name}.css") for name in names)
    text = cast(str, rcssmin.cssmin(joined))
    return Style(text, style_source(text))


def style_source(text: str) -> str:
    """Return how a page's policy names a style sheet that it inlines."""
    return f"'{_digest(text)}'"


def script(folder: Path, name: str, parts: Sequence[str]) -> Script:
    """Join the parts into one strict function of their own and minify it.

    The name carries a digest, so a changed script is never mistaken for an old one.
    """
    text = minified(folder, parts)
    digits = hashlib.sha256(text.encode()).hexdigest()[:_NAME_DIGITS]
    return Script(f"assets/{name}-{digits}.js", text, _digest(text))


def minified(folder: Path, parts: Sequence[str], head: str = "") -> str:
    """Return the parts as one strict function, small; `head` is code that stands before them."""
    joined = "\n".join([head, *(_read(folder / part) for part in parts)])
    return cast(str, rjsmin.jsmin(f'(function(){{"use strict";\n{joined}\n}})();\n'))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ContentProblem(f"{path} is missing: write it or take it out of its list") from error


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

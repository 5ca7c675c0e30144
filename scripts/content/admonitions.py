"""Give every admonition its icon, so that its colour never speaks alone.

A kind other than note, warning and danger raises `ContentProblem`.
"""

from __future__ import annotations

import re

from content.icons import icon
from content.problem import ContentProblem

_ICONS = {
    "note": "information",
    "warning": "alert-outline",
    "danger": "alert-octagon",
}
_TITLE = re.compile(r'(<div class="admonition (\w+)">\s*<p class="admonition-title">)')


def with_icons(page: str, html: str) -> str:
    """Return the page's HTML with an icon before the title of each admonition."""

    def add(match: re.Match[str]) -> str:
        if match[2] not in _ICONS:
            raise ContentProblem(f"{page}: write note, warning or danger instead of !!! {match[2]}")
        return f"{match[1]}{icon(_ICONS[match[2]])} "

    return _TITLE.sub(add, html)

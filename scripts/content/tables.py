"""Make tables readable on a narrow screen, for thumbs, keyboards and screen readers.

A table of two columns is marked, and its cells are stacked there. A wider one would lose its
headings that way, so it scrolls sideways in a region that a keyboard reaches and that its heading
names. A wide table without a heading of its own raises `ContentProblem`.
"""

from __future__ import annotations

import re

from content.problem import ContentProblem

STACKED = 2  # columns at most
_TABLE = re.compile(r"<table>(.*?)</table>", re.DOTALL)
_HEADING = re.compile(r'<h[2-6] id="([^"]+)"')


def with_regions(page: str, html: str) -> str:
    """Return the page's HTML with every table stacked or in a region of its own."""
    named: set[str] = set()

    def place(match: re.Match[str]) -> str:
        # A heading cell with nothing in it is no heading.
        rows = match[1].replace("<th></th>", "<td></td>")
        if _columns(rows) <= STACKED:
            return f'<table class="pairs">{rows}</table>'
        heading = _heading_before(page, html[: match.start()], named)
        return (
            f'<div class="table" role="region" tabindex="0" aria-labelledby="{heading}">'
            f"<table>{rows}</table></div>"
        )

    return _TABLE.sub(place, html)


def _columns(rows: str) -> int:
    first, _, _ = rows.partition("</tr>")
    return first.count("</th>") + first.count("</td>")


def _heading_before(page: str, html: str, named: set[str]) -> str:
    """Return the anchor of the heading above; it may name one table only."""
    anchors = _HEADING.findall(html)
    if not anchors or anchors[-1] in named:
        raise ContentProblem(f"{page}: give each table of three columns or more its own heading")
    named.add(anchors[-1])
    return str(anchors[-1])

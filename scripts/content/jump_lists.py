"""Make lists of links easy to hit with a thumb: buttons to a page's own anchors, rows to others."""

from __future__ import annotations

import re

_ANCHORS = re.compile(r'<ul>((?:\s*<li><a href="#[^"]+">[^<]*</a></li>)+\s*)</ul>')
# With an empty line between its entries, Markdown puts each into a paragraph.
_LINK = r'\s*<li>(?:\s*<p>)?<a href="[^"]+">[^<]*</a>(?:</p>\s*)?</li>'
_LINKS = re.compile(rf"<ul>((?:{_LINK})+\s*)</ul>")


def with_buttons(html: str) -> str:
    """Return the HTML with every list that holds nothing but links marked as what it is."""
    marked = _ANCHORS.sub(r'<ul class="jump">\1</ul>', html)
    return _LINKS.sub(r'<ul class="links">\1</ul>', marked)

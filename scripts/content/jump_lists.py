"""Turn a list of links to a page's own anchors into buttons that a thumb can hit."""

from __future__ import annotations

import re

_LIST = re.compile(r'<ul>((?:\s*<li><a href="#[^"]+">[^<]*</a></li>)+\s*)</ul>')


def with_buttons(html: str) -> str:
    """Return the HTML with every list that holds nothing else marked as a jump list."""
    return _LIST.sub(r'<ul class="jump">\1</ul>', html)

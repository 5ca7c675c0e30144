"""Tell how long a page takes to read, and link to where it is passed on.

Pure functions on text; nothing here can fail.
"""

from __future__ import annotations

import math
import re
from urllib.parse import quote

_CARDS = re.compile(r'<ul class="cards">.*?</ul>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_WORD = re.compile(r"\w+")
_WORDS_A_MINUTE = 150  # slower than the 200 of adults used to reading: worried, on a small screen


def reading_minutes(html: str) -> int:
    """Return the minutes that a page's text takes without its number cards, one at least."""
    words = len(_WORD.findall(_TAG.sub(" ", _CARDS.sub("", html))))
    return max(1, math.ceil(words / _WORDS_A_MINUTE))


def share_link(title: str, address: str) -> str:
    """Return the address that opens WhatsApp with the page's title and address to send."""
    return "https://wa.me/?text=" + quote(f"{title}\n{address}", safe="")

"""Put words from data files into an issue so that GitHub shows them and does nothing else.

Whoever corrects a name or a step of the work must not be able to call a person (`@name`), to link,
to load an image, to end a table or a comment, or to fake a marker line. Words without such signs
stay as they are; any other are put into a code span (CommonMark 6.1; GitHub links nothing in it).
"""

from __future__ import annotations

import re

# Letters of any script, digits, spaces, and signs that mean nothing between them.
_PLAIN = re.compile(r"(?:[^\W_]|[ ,.;:()/'\"?%+·–—’“”-])*")
# Made of such signs, and yet GitHub links it: an address, or an issue as GH-12.
_LINKED = re.compile(r"://|www\.|\bGH-[0-9]", re.IGNORECASE)
_BLOCK = re.compile(r"[-+]|[0-9]+[.)]")  # at the start of a line: a list


def plain(text: str) -> str:
    """The words on one line, without any effect of their own."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if _PLAIN.fullmatch(line) and not _LINKED.search(line) and not _BLOCK.match(line):
        return line
    # A bar would end the cell of a table even in here, and a backtick the span.
    return f"`{line.replace('`', 'ˋ').replace('|', '¦')}`"

"""Write what comes back for a case as a comment below its issue: a marker, and a block or sentence.

Pure functions. A comment holds ciphertext or a sentence of the program's own, and nothing that
anybody typed.
"""

from __future__ import annotations

import json

from intake.spool import Kind, Letter
from intake.tracker import letter_line

_SENTENCES = {
    Kind.WITHDRAWN: "Orang ini menarik permintaannya. Jangan hubungi lagi. "
    "Isinya dihapus dalam 72 jam.",
    Kind.RESTORED: "Orang ini membatalkan penarikan. Permintaannya berlaku lagi.",
}


def marker(letter: Letter) -> str:
    """The comment's first line, by which it is found again."""
    return letter_line(letter.kind, letter.case_number, letter.mark)


def body(letter: Letter) -> str:
    """The whole comment."""
    if letter.kind not in (Kind.ADDITION, Kind.NOTE):
        return f"{marker(letter)}\n\n{_SENTENCES.get(letter.kind, letter.text)}\n"
    block = json.dumps(letter.sealed, separators=(",", ":"))
    return f"{marker(letter)}\n\n```json\n{block}\n```\n"

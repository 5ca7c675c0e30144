"""Read one command of the team out of a comment: a single line such as `/dibaca`.

Pure functions. A command is the whole comment; upper and lower case are the same. Anything else is
no command, and its text goes nowhere from here.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from intake.form import Level
from intake.spool import Status
from intake.tracker import CASE_NUMBER, MARK

STATUS_WORDS = {
    "dibaca": Status.READ,
    "ditangani": Status.WORKING,
    "menunggu": Status.WAITING,
    "diteruskan": Status.PASSED_ON,
    "selesai": Status.CLOSED,
}
LEVEL_WORDS: dict[str, Level] = {"merah": "red", "kuning": "yellow", "hijau": "green"}

_NAME = "[a-z0-9]+(?:-[a-z0-9]+)*"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
# Each word with what has to follow it, and an example of the whole.
FORMS: dict[str, tuple[str, str]] = {
    **{word: ("", f"/{word}") for word in STATUS_WORDS},
    "darurat": (f" +({'|'.join(LEVEL_WORDS)})", "/darurat merah"),
    "tim": (f" +({_NAME})", "/tim dokumen"),
    "relawan": (f" +({MARK})", "/relawan 7K2Q"),
    "lepas": (f" +({MARK})", "/lepas 7K2Q"),
    "coret": (f" +({MARK})", "/coret 7K2Q"),
    "tenggat": (f" +({_NAME}) +({_DAY})", "/tenggat komitmen 2026-11-30"),
    "dijawab": ("", "/dijawab"),
}
_BEGINNING = re.compile(r"/[a-z]+\b.*", re.IGNORECASE)
_SHARE = re.compile(rf"<!-- intake share ({CASE_NUMBER}) ({MARK}) -->")


@dataclass(frozen=True)
class Order:
    """A command: its word, what follows it, and a day where there is one."""

    word: str
    name: str = ""
    day: str = ""


def read_order(body: str) -> Order | None:
    """The command that a comment is, or None; a day that no calendar has makes it none."""
    text = body.strip()
    for word, (rest, _) in FORMS.items():
        if found := re.fullmatch(f"/{word}{rest}", text, re.IGNORECASE):
            name, day = (*found.groups(), "", "")[:2]
            shown = name.upper() if rest == FORMS["relawan"][0] else name.casefold()
            return Order(word, shown, day) if not day or _is_day(day) else None
    return None


def looks_like_order(body: str) -> bool:
    """Whether somebody may have meant a command: one line that begins with a stroke and a word."""
    return bool(_BEGINNING.fullmatch(body.strip()))


def shared_to(body: str, case_number: str) -> str | None:
    """The mark of the volunteer whom a comment shares this case with, or None."""
    found = _SHARE.fullmatch(body.partition("\n")[0].strip())
    return found[2] if found and found[1] == case_number else None


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True

"""Tell whether a comment holds a number in the clear that could lead to a person.

Found are telephone numbers, a NIK (16 digits) and what looks like a passport's number, however the
digits are grouped. Sealed blocks, marker lines, dates, amounts of money, laws and
links to our own reader are passed over. It says yes or no and never which number: no caller can
log or repeat it. A number written in words is not found.
"""

from __future__ import annotations

import json
import re
import unicodedata

from intake.sealing import NotSealed, check_answer, rewrite

SHORTEST = 8  # digits; in Hong Kong and Singapore a telephone number has no more

# What has digits and is no number of a person, in the order in which it is taken away.
_PASSED_OVER = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"<!-- intake [a-z]+ [0-9A-Z]{4}-[0-9A-Z]{4}(?:-?[0-9A-Z]{2})?(?: [0-9A-Za-z-]+)? -->",
        r"https?://[^\s/]+(?:/[^\s/#?]*)*/paralegal/(?:buka|titip)/#[%A-Za-z0-9_.~-]+",
        r"(?<![0-9])(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])",
        r"(?<![0-9])[0-3]?[0-9][/.-][01]?[0-9][/.-](?:19|20)[0-9]{2}(?![0-9])",
        r"(?<![0-9])[012]?[0-9][.:][0-5][0-9](?![0-9.:])",
        r"(?:Rp|IDR|RM|SGD|HKD|NTD?|SAR|USD)\.? ?[0-9][0-9.,]*",
        r"(?<![0-9])[0-9]{1,3}(?:[.][0-9]{3}){2,}(?![0-9.])",
    )
)
_BETWEEN = r"[\s().\-/_·–—]{0,3}"
_GROUPED = re.compile(rf"[0-9](?:{_BETWEEN}[0-9]){{{SHORTEST - 1},}}")
_PASSPORT = re.compile(r"(?<![A-Z0-9])[A-Z]{1,2}[ .-]?[0-9]{6,8}(?![0-9])", re.IGNORECASE)


def holds_number(text: str) -> bool:
    """Whether a comment holds such a number outside of what is sealed."""
    plain = _digits(_unsealed(text))
    for pattern in _PASSED_OVER:
        plain = pattern.sub(" \N{BULLET} ", plain)
    return bool(_GROUPED.search(plain) or _PASSPORT.search(plain))


def _unsealed(text: str) -> str:
    """The text without its sealed blocks; what is sealed to shape holds ciphertext alone."""
    decoder, kept, start = json.JSONDecoder(), [], 0
    for match in re.finditer(r"\{", text):
        if match.start() < start:
            continue
        try:
            value, end = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if _is_sealed(value):
            kept.append(text[start : match.start()])
            start = end
    return "".join([*kept, text[start:]])


def _is_sealed(value: object) -> bool:
    try:
        if isinstance(value, dict) and set(value) == {"answer"}:
            check_answer(value["answer"])
        else:
            rewrite(value)
    except NotSealed:
        return False
    return True


def _digits(text: str) -> str:
    """Digits of every script as 0 to 9, and signs that no eye sees taken out."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(
        str(unicodedata.decimal(sign)) if sign.isdecimal() else sign
        for sign in folded
        if unicodedata.category(sign) != "Cf"
    )

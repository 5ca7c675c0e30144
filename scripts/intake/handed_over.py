"""Find handed-over reports in text that chats and mail programs have had in their hands.

A handed-over report is the JSON that a phone would have posted, in a file or behind the `#` of
a link. Those bytes hold no white space and nothing outside ASCII, so whatever a chat or a mail
program puts between them is taken out again, and the bytes that were sealed with one token come
back exactly. `overrides/scripts/handed-over.js` does the same; the tests compare the two. Text
without a report gives an empty list; nothing here raises.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

TIMES_ENCODED = 4  # a link, and the links that mail programs wrap around it

# Soft line breaks of quoted-printable (RFC 2045, section 6.7) and marks of quoted mail.
_SOFT_BREAK = re.compile(r"=\r?\n")
_PUT_BETWEEN = re.compile(
    "[\\s>\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_CURLY = re.compile("[\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb]|&quot;|&#34;")
_ENCODED = re.compile(r"%([0-7][0-9A-Fa-f])")
_STILL_ENCODED = re.compile(r"%(?:25)*(?:7B|22)", re.IGNORECASE)
_START = re.compile(r'\{"(?:version|token|language|facts|sealed|return_verifier)":')


@dataclass(frozen=True)
class HandedOver:
    """One handed-over report: the bytes that the phone would have posted, or none if cut."""

    body: bytes | None = field(repr=False)


def find_handed_over(text: str) -> list[HandedOver]:
    """Every handed-over report in the text, each once, in order; one cut short has no body."""
    plain = _decoded(_joined(text))
    decoder = json.JSONDecoder()
    found: list[HandedOver] = []
    place = 0
    while start := _START.search(plain, place):
        place = start.end()
        try:
            value, end = decoder.raw_decode(plain, start.start())
        except (ValueError, RecursionError):
            if _looks_handed_over(plain[start.start() : start.start() + 200]):
                found.append(HandedOver(None))
            continue
        place = end
        if "token" in value and "sealed" in value:
            found.append(HandedOver(plain[start.start() : end].encode("ascii", "replace")))
    return list(dict.fromkeys(found))


def _joined(text: str) -> str:
    """The text without what chats and mail programs insert."""
    joined = _PUT_BETWEEN.sub("", _SOFT_BREAK.sub("", text))
    return _CURLY.sub('"', joined)


def _decoded(text: str) -> str:
    """The text with percent-encoded ASCII decoded, also where a link was wrapped in a link."""
    for _ in range(TIMES_ENCODED):
        if not _STILL_ENCODED.search(text):
            break
        text = _ENCODED.sub(lambda match: chr(int(match[1], 16)), text)
    return text


def _looks_handed_over(beginning: str) -> bool:
    return beginning.startswith('{"version":') and '"token":' in beginning

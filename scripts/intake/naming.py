"""Find whom a report names, and tell whether two names mean the same, however they are spelt.

Names of companies and sponsors, and telephone numbers in E.164. Precision comes first: one common
name, a word that half of all companies bear, or a place alone means nobody. Pure functions; text
without a name gives nothing, nothing here raises, and no `repr` shows what was found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import phonenumbers
import yaml
from phonenumbers import Leniency, PhoneNumberMatcher
from rapidfuzz.distance import OSA

NAMING_FIELDS = ("agency", "sent-by")
TOLD_FIELDS = ("story", "ask", "place-abroad")
NUMBER_FIELDS = (*NAMING_FIELDS, *TOLD_FIELDS, "last-number")  # not `reach`: that is her own
HOME = "ID"

# Spellings of one sound: the old orthography (before 1972), Arabic letters, and what ears mix up.
_SPELLINGS = (
    *(("oe", "u"), ("dj", "j"), ("tj", "c"), ("sj", "s"), ("sy", "s"), ("sh", "s"), ("kh", "k")),
    *(("ch", "k"), ("ck", "k"), ("ph", "p"), ("th", "t"), ("dh", "d"), ("bh", "b"), ("gh", "g")),
    *(("ae", "ai"), ("x", "ks"), ("q", "k"), ("v", "p"), ("f", "p"), ("z", "s"), ("y", "i")),
)
_LISTS = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
_COMPANY, _TITLES, _COMMON = (
    frozenset(_LISTS[name].split()) for name in ("company", "titles", "common")
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_PIECES = re.compile(
    r"[,;/()\[\]\n|&+•\"“”]|\b(?:dari|dan|atau|katanya|alias|lalu|kemudian|and|from|or)\b", re.I
)
_PLACE_FOLLOWS = re.compile(
    r"\b(?:di|cabang|daerah|kota|kab|kabupaten|kantor|in|at)\b.*", re.I | re.S
)
_SHORT_FORM = re.compile(r"\b([PC])\s*\.?\s*([TV])\b\.?", re.I)
# In a story only what is announced and written with capitals counts as a name.
_TOLD = re.compile(
    r"\b((?:PT|Pt|pt|CV|P3MI|[Ss]ponsor(?:nya)?|[Aa]gen(?:si|cy)?|[Cc]alo(?:nya)?)\b"
    r"(?:\s+(?:Pak|Bu|pak|bu|bernama|namanya|PT|Pt|pt))*(?:\s+[A-Z][\w'’-]+){1,5})"
)


@dataclass(frozen=True)
class Name:
    """The words of one name, folded to one spelling; whether it is said to be a company."""

    words: tuple[str, ...] = field(repr=False)
    company: bool


@dataclass(frozen=True)
class Traces:
    """Whom one report names. `near` is where: known codes of its country and regency."""

    names: frozenset[Name] = field(repr=False)
    told: tuple[str, ...] = field(repr=False)
    phones: frozenset[str] = field(repr=False)
    near: frozenset[str] = frozenset()


def fold(word: str) -> str:
    """One spelling for all spellings of a word: without marks, doubled letters or a last h."""
    plain = unicodedata.normalize("NFKD", word).casefold()
    plain = "".join(sign for sign in plain if sign.isalnum())
    for written, spoken in _SPELLINGS:
        plain = plain.replace(written, spoken)
    single = plain[:1] + "".join(b for a, b in pairwise(plain) if a != b)
    return single[:-1] if len(single) > 4 and single.endswith("h") else single


_COMMON_FOLDED = frozenset(map(fold, _COMMON))


def words_of(text: str) -> tuple[str, ...]:
    """Every word of a text, folded."""
    written = _WORD.findall(_SHORT_FORM.sub(r"\1\2", text))
    return tuple(filter(None, map(fold, written)))


def names_in(text: str, places: Collection[str]) -> Iterator[Name]:
    """The names in a field that asks for names; `places` are folded words that are no names."""
    for piece in _PIECES.split(_SHORT_FORM.sub(r" \1\2 ", text)):
        found = _WORD.findall(_PLACE_FOLLOWS.sub("", piece))
        written = [word.casefold() for word in found]
        folded = (fold(word) for word in written if word not in _TITLES | _COMPANY)
        words = tuple(w for w in folded if len(w) > 1 and not w.isdigit() and w not in places)
        name = Name(words, any(word in _COMPANY for word in written))
        if _tells_apart(name):
            yield name


def traces(
    answers: Mapping[str, object],
    more: Sequence[str],
    near: Iterable[str],
    places: Collection[str],
    country: str,
) -> Traces:
    """Whom a report names in its answers and in what was added later, `more`."""
    asked = [_text(answers, name) for name in NAMING_FIELDS]
    told = [*(_text(answers, name) for name in TOLD_FIELDS), *more]
    named = [*asked, *(found for text in told for found in _TOLD.findall(text))]
    numbered = [*(_text(answers, name) for name in NUMBER_FIELDS), *more]
    return Traces(
        names=frozenset(name for text in named for name in names_in(text, places)),
        told=words_of("\n".join(told)),
        phones=frozenset(n for text in numbered for n in phones_in(text, country)),
        near=frozenset(near),
    )


def phones_in(text: str, country: str) -> Iterator[str]:
    """The telephone numbers in a text as E.164, read as at home and as in that country."""
    for region in dict.fromkeys((HOME, country)):
        for found in PhoneNumberMatcher(text, region, leniency=Leniency.POSSIBLE):
            # Without a country code a sum of money looks like a number too.
            if found.raw_string.startswith("+") or phonenumbers.is_valid_number(found.number):
                yield phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.E164)


def same(one: Name, other: Name) -> bool:
    """Whether two names mean the same, some letters apart."""
    if len(one.words) != len(other.words):
        return _joined(one) == _joined(other) and len(_joined(one)) >= 8
    if len(one.words) == 1 and not (one.company and other.company):
        return False
    return all(map(alike, one.words, other.words))


def alike(one: str, other: str) -> bool:
    """Whether two folded words are one word; a slip of the pen counts in long words only."""
    if one == other:
        return True
    if one[0] != other[0] or {one, other} <= _COMMON_FOLDED:
        return False
    shorter = min(len(one), len(other))
    slips = 2 if shorter >= 9 else 1 if shorter >= 6 else 0
    return OSA.distance(one, other, score_cutoff=slips) <= slips


def is_told(name: Name, told: Sequence[str]) -> bool:
    """Whether a story, as folded words, says a name of two words or more."""
    size = len(name.words)
    places = (at for at, word in enumerate(told) if word[0] == name.words[0][0])
    return size > 1 and any(
        len(told) >= at + size and all(map(alike, name.words, told[at : at + size]))
        for at in places
    )


def _tells_apart(name: Name) -> bool:
    own = [word for word in name.words if word not in _COMMON_FOLDED]
    if len(name.words) == 1:
        return name.company and bool(own) and len(own[0]) >= 4
    # Companies are registered under words that all of them bear; no two under the same.
    return (name.company or bool(own)) and len(_joined(name)) >= 6


def _joined(name: Name) -> str:
    return "".join(name.words)


def _text(answers: Mapping[str, object], name: str) -> str:
    value = answers.get(name, "")
    return value if isinstance(value, str) else ""

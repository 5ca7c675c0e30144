"""Turn what arrives at the receiver into a report that may be kept.

Two doors: JSON sealed by a browser, and a plain form sealed here, in memory, for people
without JavaScript. Everything wrong is told at once, as `Refused`; no message, `repr` or
exception holds what was typed.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from intake import codes, sealing
from intake.answers import Problem, check_answers, check_facts, derive_facts, read_answers
from intake.form import LANGUAGES, Answers, Facts, Form, Language
from intake.sealing import PublicKey
from intake.spool import NewReport

MEMBERS = {"version", "token", "language", "facts", "sealed", "return_verifier"}
PLAIN_VERSION = 1
HONEYPOT = "website"
STAMP = "opened"
OWN_BOXES = {"token", "language", HONEYPOT, STAMP}
MOST_BOXES = 1_000  # a whole form ticked everywhere sends a few hundred

MESSAGES: dict[str, dict[Language, str]] = {
    "unreadable": {
        "id": "Kiriman ini tidak terbaca. Muat ulang halaman, lalu kirim lagi.",
        "en": "This could not be read. Reload the page, then send again.",
    },
    "keys": {
        "id": "Kunci tim sudah diganti. Muat ulang halaman, lalu kirim lagi.",
        "en": "The team's keys have changed. Reload the page, then send again.",
    },
    "damaged": {
        "id": "Ada tanda yang tidak terbaca. Di sini tanda itu tampak sebagai “�”. "
        "Hapus, lalu kirim lagi.",
        "en": "A sign in this text cannot be read. It is shown here as “�”. "
        "Delete it, then send again.",
    },
    "too-large": {
        "id": "Semua tulisan Anda bersama-sama terlalu panjang. Pendekkan bagian ini.",
        "en": "All your text together is too long. Shorten this part.",
    },
}


@dataclass
class Refused(Exception):
    """A submission that cannot be kept as it is: HTTP status, a code, and every problem."""

    status: int
    code: str
    problems: list[Problem]

    def __str__(self) -> str:
        return f"{self.code}: {', '.join(problem.field for problem in self.problems)}"


@dataclass(frozen=True)
class PlainForm:
    """A form sent without JavaScript. Nothing of it shows in `repr`."""

    token: str = field(repr=False)
    language: Language
    answers: dict[str, str | list[str]] = field(repr=False)


def language_of(value: object) -> Language:
    """The language asked for; Indonesian where it is none of ours."""
    return value if value in LANGUAGES else "id"


def read_sealed(body: bytes, form: Form, held: Sequence[PublicKey], secret: bytes) -> NewReport:
    """Check a sealed submission (JSON) and write it out anew; raises `Refused`."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise _refused(400, "unreadable", "id") from None
    if not isinstance(sent, dict):
        raise _refused(400, "unreadable", "id")
    language = language_of(sent.get("language"))
    problems = _member_problems(sent, language) + check_facts(form, sent.get("facts"), language)
    token, verifier, sealed = _decoded(sent, problems, language)
    if problems:
        raise Refused(422, "invalid", problems)
    if not {key.kid for key in held} & set(sealing.recipient_ids(sealed)):
        raise _refused(409, "keys", language)
    return NewReport(
        token=token,
        digest=_digest(secret, body),
        facts=_in_order(form, sent["facts"]),
        sealed=sealed,
        verifier=codes.stored_verifier(secret, verifier),
    )


def read_boxes(body: bytes, form: Form) -> tuple[dict[str, list[str]], frozenset[str]]:
    """The boxes of a form-encoded body, and the names of those that cannot be kept as sent.

    Bytes that are no UTF-8, and NUL, which no page can show again, become U+FFFD, and their box
    is damaged; every other character is kept. Boxes that the form has not are left out. Raises
    `Refused` for more boxes than a form has.
    """
    if body.count(b"&") >= MOST_BOXES:
        raise _refused(400, "unreadable", "id")
    known = {item.id for item in form.fields} | OWN_BOXES
    sent: dict[str, list[str]] = {}
    damaged: set[str] = set()
    for pair in body.replace(b"+", b" ").split(b"&"):
        name, _, raw = (unquote_to_bytes(part) for part in pair.partition(b"="))
        box, value = name.decode(errors="replace"), raw.decode(errors="replace")
        if box in known:
            sent.setdefault(box, []).append(value.replace("\0", "\N{REPLACEMENT CHARACTER}"))
            if b"\0" in raw or value.encode() != raw:
                damaged.add(box)
    return sent, frozenset(damaged)


def read_plain(
    sent: Mapping[str, list[str]], form: Form, damaged: Collection[str] = ()
) -> PlainForm:
    """Check a form sent without JavaScript; raises `Refused` with every problem.

    What a machine writes into the trap is left out, and refuses nothing.
    """
    language = language_of(sent.get("language", [""])[0])
    answers = read_answers(form, sent)
    problems = check_answers(form, answers, language)
    problems += [
        Problem(item.id, MESSAGES["damaged"][language])
        for item in form.fields
        if item.is_text and item.id in damaged
    ]
    token = sent.get("token", [""])[0]
    try:
        codes.decode(token, codes.TOKEN_BYTES)
    except codes.CodeProblem:
        problems.append(Problem("token", MESSAGES["unreadable"][language]))
    if problems:
        raise Refused(422, "invalid", problems)
    return PlainForm(token, language, answers)


def seal_plain(
    plain: PlainForm,
    form: Form,
    recipients: Sequence[PublicKey],
    secret: bytes,
    pin_keys: codes.PinKeys,
    now: int,
) -> NewReport:
    """Seal a plain form in memory; raises `Refused` when it is too long to be sealed."""
    token = codes.decode(plain.token, codes.TOKEN_BYTES)
    facts = derive_facts(form, plain.answers, plain.language)
    content = plaintext(form, plain, facts, pin_keys, now)
    try:
        sealed = sealing.seal(content, recipients)
    except sealing.TooLarge:
        longest = longest_text(form, plain.answers)
        message = MESSAGES["too-large"][plain.language]
        raise Refused(422, "invalid", [Problem(longest, message)]) from None
    verifier = codes.decode(pin_keys.verifier, codes.VERIFIER_BYTES)
    return NewReport(
        token=token,
        digest=plain_digest(plain, secret),
        facts=facts,
        sealed=sealed,
        verifier=codes.stored_verifier(secret, verifier),
    )


def plain_digest(plain: PlainForm, secret: bytes) -> bytes:
    """What tells a repeated sending of a plain form from a changed one.

    Sealing is never twice the same, so it is taken over the answers, keyed by the receiver's
    secret.
    """
    repeatable = json.dumps([plain.language, plain.answers], sort_keys=True).encode()
    return _digest(secret, repeatable)


def plaintext(
    form: Form, plain: PlainForm, facts: Facts, pin_keys: codes.PinKeys, now: int
) -> bytes:
    """What is sealed (DESIGN: plaintext), UTF-8, not yet padded."""
    content = {
        "version": PLAIN_VERSION,
        "token": plain.token,
        "language": plain.language,
        "facts": facts,
        "answers": plain.answers,
        "consents": consents(form, plain.answers, now),
        "return_verifier": pin_keys.verifier,
        "answer_key": pin_keys.answer_key,
        "written_at": now,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def consents(form: Form, answers: Answers, now: int) -> dict[str, Any]:
    """What the person allowed, with the form's version and the time (UU 27/2022).

    Sending itself is the consent to keep and read, as the words beside the button say, unless
    a volunteer writes that nobody has given it yet.
    """
    given = {item.id: answers.get(item.id, []) for item in form.fields if item.consent}
    return {"version": form.version, "at": now, "keep": answers.get("agreed") != "nobody", **given}


def longest_text(form: Form, answers: Answers) -> str:
    """The name of the typed field that takes most room."""
    texts = (item.id for item in form.fields if item.is_text)
    return max(texts, key=lambda name: len(str(answers.get(name, "")).encode()))


def _member_problems(sent: dict[str, Any], language: Language) -> list[Problem]:
    wrong = [] if set(sent) == MEMBERS else ["form"]
    if sent.get("version") != PLAIN_VERSION or sent.get("version") is True:
        wrong.append("version")
    facts = sent.get("facts")
    if not isinstance(facts, dict) or facts.get("language") != sent.get("language"):
        wrong.append("language")
    return [Problem(name, MESSAGES["unreadable"][language]) for name in wrong]


def _decoded(
    sent: dict[str, Any], problems: list[Problem], language: Language
) -> tuple[bytes, bytes, dict[str, Any]]:
    token = verifier = b""
    sealed: dict[str, Any] = {}
    message = MESSAGES["unreadable"][language]
    try:
        token = codes.decode(sent.get("token"), codes.TOKEN_BYTES)
    except codes.CodeProblem:
        problems.append(Problem("token", message))
    try:
        verifier = codes.decode(sent.get("return_verifier"), codes.VERIFIER_BYTES)
    except codes.CodeProblem:
        problems.append(Problem("return_verifier", message))
    try:
        sealed = sealing.rewrite(sent.get("sealed"))
    except sealing.NotSealed:
        problems.append(Problem("sealed", message))
    return token, verifier, sealed


def _refused(status: int, code: str, language: Language) -> Refused:
    return Refused(status, code, [Problem("form", MESSAGES[code][language])])


def _in_order(form: Form, facts: dict[str, Any]) -> Facts:
    return {fact.id: facts[fact.id] for fact in form.facts}


def _digest(secret: bytes, content: bytes) -> bytes:
    return hmac.digest(secret, b"submission" + content, "sha256")

"""Turn what arrives at the receiver into a report that may be kept.

Two doors: JSON sealed by a browser, and a plain form sealed here, in memory, for people
without JavaScript. Everything wrong is told at once, as `Refused`; no message, `repr` or
exception holds what was typed.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from intake import codes, sealing
from intake.answers import Problem, check_answers, check_facts, derive_facts, read_answers
from intake.form import LANGUAGES, Answers, Facts, Form, Language
from intake.sealing import PublicKey
from intake.spool import NewReport

MEMBERS = {"version", "token", "language", "facts", "sealed", "return_verifier"}
PLAIN_VERSION = 1
HONEYPOT = "website"

MESSAGES: dict[str, dict[Language, str]] = {
    "unreadable": {
        "id": "Kiriman ini tidak terbaca. Muat ulang halaman, lalu kirim lagi.",
        "en": "This could not be read. Reload the page, then send again.",
    },
    "keys": {
        "id": "Kunci tim sudah diganti. Muat ulang halaman, lalu kirim lagi.",
        "en": "The team's keys have changed. Reload the page, then send again.",
    },
    "honeypot": {
        "id": "Kosongkan kolom ini, lalu kirim lagi.",
        "en": "Empty this box, then send again.",
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


def read_plain(sent: Mapping[str, list[str]], form: Form) -> PlainForm:
    """Check a form sent without JavaScript; raises `Refused` with every problem."""
    language = language_of(sent.get("language", [""])[0])
    answers = read_answers(form, sent)
    problems = check_answers(form, answers, language)
    if any(sent.get(HONEYPOT, [])):
        problems.append(Problem(HONEYPOT, MESSAGES["honeypot"][language]))
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
    """Seal a plain form in memory; raises `Refused` when it is too long to be sealed.

    Sealing is never twice the same, so the digest that tells a repeated sending from a
    changed one is taken over the answers, keyed by the receiver's secret.
    """
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
    repeatable = json.dumps([plain.language, plain.answers], sort_keys=True).encode()
    return NewReport(
        token=token,
        digest=_digest(secret, repeatable),
        facts=facts,
        sealed=sealed,
        verifier=codes.stored_verifier(secret, verifier),
    )


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

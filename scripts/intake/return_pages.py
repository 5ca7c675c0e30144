"""The way back without JavaScript: one page that asks for the PIN, shows news and takes more.

The PIN travels in the body of a request alone, never in an address, and is kept nowhere. Check
digit, hidden box and limits come before it is stretched, which costs time. The team's answer is
opened in memory, for that one page. Whatever goes wrong, what was typed stands on the page again.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import UnsupportedMediaType

from intake import codes, sealing
from intake.form import Language
from intake.returning import RESTORE, WITHDRAW, Desk
from intake.spool import Returned, SpoolUnavailable, TokenReused
from intake.submission import HONEYPOT, Refused, language_of
from intake.suspicion import TooMany

LARGEST_FORM = 524_288  # bytes; who pasted far too much gets the text back, with the reason
LONGEST_TEXT = 6_000  # characters; in any script they fit into the largest sealed size
DOORS = ("status", "additions", "withdrawals")


@dataclass(frozen=True)
class _Sent:
    """What the page sent. Nothing of it shows in `repr`."""

    language: Language
    pin: str = field(repr=False)
    text: str = field(repr=False)
    token: str = field(repr=False)
    act: str = field(repr=False)
    trapped: bool = False


def add_routes(app: Flask, desk: Desk) -> None:
    """Register the page, and what its three forms send. JSON goes on to `returning`."""

    def show() -> str:
        language = language_of(request.args.get("language"))
        return desk.pages.coming_back(language, {"token": codes.new_token()})

    app.add_url_rule("/intake/status", "return_page", show, provide_automatic_options=False)
    as_json = app.view_functions["come_back"]

    def come_back(door: str) -> Any:
        if request.mimetype == "application/json":
            return as_json(door=door)
        if request.mimetype == "application/x-www-form-urlencoded":
            request.max_content_length = LARGEST_FORM
            return _answer(desk, door, _read())
        raise UnsupportedMediaType

    app.view_functions["come_back"] = come_back


def _read() -> _Sent:
    sent = request.form
    return _Sent(
        language=language_of(sent.get("language") or request.args.get("language")),
        pin=re.sub(r"[\s.\-]", "", sent.get("pin", "")),
        text=sent.get("text", "").replace("\r\n", "\n"),
        token=sent.get("token", ""),
        act=sent.get("act", ""),
        trapped=bool(sent.get(HONEYPOT)),
    )


def _answer(desk: Desk, door: str, sent: _Sent) -> Any:
    """The page with what came of it; a problem is told on it and clears nothing."""
    shown: dict[str, Any] = {"token": _token(sent)}
    status, headers = 200, {}
    try:
        keys, found = _let_in(desk, sent)
        shown |= {"case": _case(desk, found, keys, sent.language), "pin": codes.group_pin(sent.pin)}
        shown |= _act(desk, door, found, sent)
        if "changed" in shown:
            shown["case"] = _case(desk, shown.pop("changed"), keys, sent.language)
    except Refused as refused:
        status, shown["problem"] = refused.status, refused.code
    except TokenReused:
        status, shown["problem"] = 409, "token"
    except TooMany as error:
        status, shown["problem"] = 429, "too-many"
        headers = {"Retry-After": str(error.retry_after)}
    except SpoolUnavailable:
        status, shown["problem"] = 503, "unavailable"
    if "problem" in shown:
        # Typed anew where the PIN itself is wrong, so that it can be looked at and mended.
        shown |= {"text": sent.text, "typed": "" if "case" in shown else sent.pin[:40]}
    return desk.pages.coming_back(sent.language, shown), status, headers


def _let_in(desk: Desk, sent: _Sent) -> tuple[codes.PinKeys, Returned]:
    if not is_pin(sent.pin):
        raise Refused(422, "pin", [])
    if sent.trapped:
        raise Refused(422, "trap", [])
    # Stretching costs a core's time, so here a network that guesses has to wait.
    desk.wrong.check(request.remote_addr)
    keys = desk.pin_keys(sent.pin)
    return keys, desk.find(codes.decode(keys.verifier, codes.VERIFIER_BYTES))


def is_pin(digits: str) -> bool:
    """Whether these are 16 digits of which the last is the check digit of the others."""
    whole = re.fullmatch(rf"[0-9]{{{codes.PIN_DIGITS}}}", digits)
    return bool(whole) and codes.luhn_digit(digits[:-1]) == digits[-1]


def _act(desk: Desk, door: str, found: Returned, sent: _Sent) -> dict[str, Any]:
    if door == "withdrawals":
        if sent.act not in (WITHDRAW, RESTORE):
            raise Refused(422, "unreadable", [])
        changed = desk.change(found, sent.act)
        return {"changed": changed, "done": "withdrawn" if changed.withdrawn_at else "restored"}
    if door == "additions":
        desk.count_sending(request.remote_addr)
        _add(desk, found, sent)
        arrived = desk.pages.spoken_time(desk.now(), sent.language)
        return {"done": "added", "time": arrived, "token": codes.new_token()}
    return {}


def _add(desk: Desk, found: Returned, sent: _Sent) -> None:
    if not sent.text.strip():
        raise Refused(422, "empty", [])
    if len(sent.text) > LONGEST_TEXT:
        raise Refused(422, "too-long", [])
    try:
        token = codes.decode(sent.token, codes.TOKEN_BYTES)
    except codes.CodeProblem:
        raise Refused(422, "unreadable", []) from None
    content = {
        "version": 1,
        "kind": "addition",
        "token": sent.token,
        "case_number": found.case_number,
        "language": sent.language,
        "text": sent.text,
        "written_at": desk.now(),
    }
    plaintext = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        sealed = sealing.seal(plaintext, desk.keys)
    except sealing.TooLarge:
        raise Refused(422, "too-long", []) from None
    # Sealing is never twice the same, so the text is what makes a repeated sending the same.
    desk.add(found, token, sealed, sent.text.encode())


def _token(sent: _Sent) -> str:
    """The token that the page came with, so that a repeated sending is recognized."""
    try:
        codes.decode(sent.token, codes.TOKEN_BYTES)
    except codes.CodeProblem:
        return codes.new_token()
    return sent.token


def _case(desk: Desk, found: Returned, keys: codes.PinKeys, language: Language) -> dict[str, Any]:
    def when(seconds: int | None) -> str:
        return "" if seconds is None else desk.pages.spoken_time(seconds, language)

    return {
        "number": found.case_number,
        "status": found.status.value,
        "events": [(event.status.value, when(event.at)) for event in found.events],
        "answer": _opened(found, keys),
        "answer_at": when(found.answer_at),
        "withdrawn_at": when(found.withdrawn_at),
        "deleted_by": when(found.deleted_by),
    }


def _opened(found: Returned, keys: codes.PinKeys) -> str | None:
    """The answer's text; empty when it cannot be opened with this PIN, None when there is none."""
    if found.answer is None:
        return None
    try:
        raw = sealing.open_answer(
            found.answer, codes.decode(keys.answer_key, sealing.ANSWER_KEY_BYTES)
        )
        content = json.loads(raw)
    except (sealing.Damaged, sealing.NotSealed, ValueError):
        return ""
    match content:
        case {"version": 1, "case_number": found.case_number, "text": str(text)}:
            return text
    return ""

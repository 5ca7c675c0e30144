"""Let a person who holds a report PIN come back: read news, add something, withdraw, restore.

JSON for the page of the site; `return_pages` does the same without JavaScript. Who is right is
always let in: wrong verifiers are counted per network, and beyond `WRONG_PER_HOUR` a network hears
429 instead of 404, but nothing is ever locked, neither a case nor a network, so that nobody can
shut another out. What keeps strangers out is the PIN itself: 10^15 of them, each of which costs a
fifth of a second of a core to try.
Every refusal is `Refused`, `TokenReused`, `TooMany` or `SpoolUnavailable`; none holds what was
sent.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from flask import Flask, request
from werkzeug.exceptions import UnsupportedMediaType

from intake import codes, sealing
from intake.answers import Problem
from intake.form import Language
from intake.organization import Organization
from intake.pages import Pages
from intake.sealing import PublicKey
from intake.spool import Kind, NewAddition, Returned, Spool, SpoolUnavailable, Withdrawn
from intake.submission import MESSAGES, Refused
from intake.suspicion import Failures

VERSION = 1
WRONG_PER_HOUR = 30
DUTY_SECONDS = 10  # for so long one answer about duty serves everybody
STATUS, ADDITION, WITHDRAWAL = (
    frozenset({"version", "return_verifier"}),
    frozenset({"version", "return_verifier", "token", "sealed"}),
    frozenset({"version", "return_verifier", "act"}),
)
_SIZES = {  # bytes of each code, in the order in which problems are told
    "return_verifier": codes.VERIFIER_BYTES,
    "token": codes.TOKEN_BYTES,
    "report_token": codes.TOKEN_BYTES,
}
WITHDRAW, RESTORE = "withdraw", "restore"

_log = logging.getLogger("intake.web")


@dataclass(frozen=True)
class Desk:
    """What coming back needs of the receiver.

    `pin_keys` stretches a PIN in its turn and `count_sending` counts a sending of this network;
    both may raise `TooMany`. `from_site` says whether the site's own page is asking.
    """

    organization: Organization
    keys: tuple[PublicKey, ...]
    spool: Spool
    secret: bytes = field(repr=False)
    pages: Pages
    wrong: Failures
    pin_keys: Callable[[str], codes.PinKeys]
    count_sending: Callable[[str | None], object]
    from_site: Callable[[], bool]
    now: Callable[[], int]

    def find(self, verifier: bytes) -> Returned:
        """The case of a verifier; `Refused` 404, or `TooMany` from a network that guesses."""
        found = self.spool.by_verifier(codes.stored_verifier(self.secret, verifier))
        return found or self.refuse_unknown("unknown-pin")

    def refuse_unknown(self, code: str) -> NoReturn:
        """Count a secret that belongs to no case: `Refused` 404, or `TooMany` from who guesses."""
        self.wrong.check(request.remote_addr)
        self.wrong.count(request.remote_addr)
        raise Refused(404, code, [])

    def add(
        self,
        found: Returned,
        token: bytes,
        sealed: dict[str, Any],
        content: bytes,
        kind: Kind = Kind.ADDITION,
    ) -> tuple[int, bool]:
        """Keep what was sealed; `content` is what makes it the same when it is sent again."""
        digest = hmac.digest(self.secret, kind.encode() + content, "sha256")
        addition = NewAddition(token, digest, sealed, kind)
        try:
            return self.spool.add(found.case_number, addition, self.now())
        except Withdrawn:
            raise Refused(409, "withdrawn", []) from None

    def change(self, found: Returned, act: str) -> Returned:
        """Withdraw or restore the case, and look it up again."""
        if act == WITHDRAW:
            self.spool.withdraw(found.case_number, self.now())
        elif found.withdrawn_at is not None:
            # Each time the tracker has to be told, so it counts as a sending; stopping never does.
            self.count_sending(request.remote_addr)
            self.spool.restore(found.case_number, self.now())
        return self.spool.of_case(found.case_number) or found


def add_routes(app: Flask, desk: Desk, duty: Duty) -> None:
    """Register the JSON side: status, additions, withdrawals, duty, and their OPTIONS."""
    acts: dict[str, Callable[[], tuple[dict[str, Any], int]]] = {
        "status": lambda: (_shown(_asked(desk, STATUS)[1]), 200),
        "additions": lambda: _add(desk),
        "withdrawals": lambda: _change(desk),
    }

    def come_back(door: str) -> tuple[dict[str, Any], int]:
        if request.mimetype != "application/json":
            raise UnsupportedMediaType
        return acts[door]()

    def preflight(door: str) -> tuple[str, int]:
        return "", 204 if desk.from_site() and door in acts else 403

    path = "/intake/<any(status, additions, withdrawals):door>"
    app.add_url_rule(
        path, "come_back", come_back, methods=["POST"], provide_automatic_options=False
    )
    app.add_url_rule(path, "come_back_preflight", preflight, methods=["OPTIONS"])
    app.add_url_rule("/intake/duty", "duty", duty.answer)


def unreadable(names: Sequence[str], language: Language) -> Refused:
    """The refusal of what no page of ours sends."""
    problems = [Problem(name, MESSAGES["unreadable"][language]) for name in names]
    return Refused(422, "invalid", problems)


def read_sent(members: frozenset[str]) -> dict[str, Any]:
    """What was sent, checked member by member; `sealed` is left to `read_seal`."""
    try:
        sent = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise Refused(400, "unreadable", [Problem("form", MESSAGES["unreadable"]["id"])])
    wrong = [] if set(sent) == members else ["form"]
    if sent.get("version") != VERSION or isinstance(sent.get("version"), bool):
        wrong.append("version")
    if "act" in members and sent.get("act") not in (WITHDRAW, RESTORE):
        wrong.append("act")
    wrong += [name for name in _SIZES if name in members and not _is_code(sent.get(name), name)]
    if wrong:
        raise unreadable(wrong, "id")
    return sent


def read_seal(desk: Desk, sent: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The seal that was sent, and its bytes; refused unless a key that is held opens it."""
    try:
        sealed = sealing.rewrite(sent["sealed"])
    except sealing.NotSealed:
        raise unreadable(["sealed"], "id") from None
    if not {key.kid for key in desk.keys} & set(sealing.recipient_ids(sealed)):
        raise Refused(409, "keys", [])
    return sealed, json.dumps(sealed, separators=(",", ":")).encode()


def _asked(desk: Desk, members: frozenset[str]) -> tuple[dict[str, Any], Returned]:
    """What was sent, and the case that it is about."""
    sent = read_sent(members)
    return sent, desk.find(codes.decode(sent["return_verifier"], codes.VERIFIER_BYTES))


def _is_code(value: object, name: str) -> bool:
    try:
        codes.decode(value, _SIZES[name])
    except codes.CodeProblem:
        return False
    return True


def _add(desk: Desk) -> tuple[dict[str, Any], int]:
    desk.count_sending(request.remote_addr)
    sent, found = _asked(desk, ADDITION)
    token = codes.decode(sent["token"], codes.TOKEN_BYTES)
    received_at, fresh = desk.add(found, token, *read_seal(desk, sent))
    return {"received_at": received_at}, 201 if fresh else 200


def _change(desk: Desk) -> tuple[dict[str, Any], int]:
    sent, found = _asked(desk, WITHDRAWAL)
    changed = desk.change(found, sent["act"])
    return {"withdrawn_at": changed.withdrawn_at, "deleted_by": changed.deleted_by}, 200


def _shown(found: Returned) -> dict[str, Any]:
    answer = {"sealed": found.answer, "at": found.answer_at} if found.answer else None
    return {
        "case_number": found.case_number,
        "events": [{"status": event.status, "at": event.at} for event in found.events],
        "answer": answer,
        "withdrawn_at": found.withdrawn_at,
        "deleted_by": found.deleted_by,
    }


class Duty:
    """Whether the team reads in time what comes in; the same answer serves some seconds."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: tuple[int, dict[str, Any]] = (-DUTY_SECONDS, {})

    def known(self) -> tuple[bool, int | None]:
        """Whether something waits too long, and when the team last read; neither is guessed."""
        try:
            told = self.answer()
        except SpoolUnavailable as error:
            _log.error("%s", error)
            return False, None
        return not told["on_duty"], told["last_read_at"]

    def answer(self) -> dict[str, Any]:
        """`on_duty` is false when something has waited unread for longer than promised."""
        now, (known_at, content) = self._desk.now(), self._known
        if not known_at <= now < known_at + DUTY_SECONDS:
            content = self._look(now)
            self._known = now, content
        return content

    def _look(self, now: int) -> dict[str, Any]:
        hours = self._desk.organization.reading_times.model_dump()
        overdue = any(
            now > received_at + hours[urgency] * 3_600
            for urgency, received_at in self._desk.spool.unread().items()
            if urgency in hours
        )
        return {"on_duty": not overdue, "last_read_at": self._desk.spool.last_read_at()}

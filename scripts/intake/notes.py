"""Take in the team's sealed notes on a case: `POST /intake/notes`.

A note names its case by the report's own token, which only those know who have opened the report;
a volunteer therefore needs no account. Tokens that belong to no case are counted per network as
wrong PINs are. The receiver never learns who wrote a note or what it says.
Every refusal is `Refused`, `TokenReused`, `TooMany` or `SpoolUnavailable`; none holds what was
sent.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from werkzeug.exceptions import UnsupportedMediaType

from intake import codes
from intake.returning import Desk, read_seal, read_sent
from intake.spool import Kind

PATH = "/intake/notes"
MEMBERS = frozenset({"version", "token", "report_token", "sealed"})


def add_routes(app: Flask, desk: Desk) -> None:
    """Register the door for notes and its OPTIONS."""

    def take_note() -> tuple[dict[str, Any], int]:
        if request.mimetype != "application/json":
            raise UnsupportedMediaType
        return _keep(desk)

    def preflight() -> tuple[str, int]:
        return "", 204 if desk.from_site() else 403

    app.add_url_rule(
        PATH, "take_note", take_note, methods=["POST"], provide_automatic_options=False
    )
    app.add_url_rule(PATH, "take_note_preflight", preflight, methods=["OPTIONS"])


def _keep(desk: Desk) -> tuple[dict[str, Any], int]:
    desk.count_sending(request.remote_addr)
    sent = read_sent(MEMBERS)
    token, of_report = (
        codes.decode(sent[name], codes.TOKEN_BYTES) for name in ("token", "report_token")
    )
    found = desk.spool.by_token(of_report) or desk.refuse_unknown("unknown-case")
    received_at, fresh = desk.add(found, token, *read_seal(desk, sent), kind=Kind.NOTE)
    return {"received_at": received_at}, 201 if fresh else 200

"""The receiver: a WSGI application that keeps reports and shows the form without JavaScript.

"Received" is said only after the spool has committed. Nothing here logs an address, a user
agent, a path's secret part or anything that was sent; an unexpected error is logged by its
kind and place alone.
"""

from __future__ import annotations

import hmac
import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken
from flask import Flask, Response, redirect, request
from werkzeug.exceptions import (
    HTTPException,
    NotFound,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)
from werkzeug.middleware.proxy_fix import ProxyFix

from intake import codes, notes, return_pages, returning
from intake.answers import Problem
from intake.form import Form, Language
from intake.log import where
from intake.organization import Organization, OrganizationProblem
from intake.pages import Pages
from intake.sealing import KeyProblem, PublicKey, active
from intake.settings import ROOT, Settings, read_settings
from intake.spool import Spool, SpoolUnavailable, TokenReused
from intake.submission import (
    HONEYPOT,
    STAMP,
    PlainForm,
    Refused,
    language_of,
    read_boxes,
    read_plain,
    read_sealed,
    seal_plain,
)
from intake.suspicion import Failures, Senders, Stamps, TooMany
from intake.turns import Turns

LARGEST_REQUEST = 98_304  # bytes; a sealed report of the largest size is about 36 KiB
LARGEST_FORM = 524_288  # bytes; who pasted far too much gets the text back, with the reason
RECEIPT_SECONDS = 900
PROBLEMS = {"too-large": 413, "too-many": 429}
PIN_DERIVATIONS_AT_ONCE = 2
PIN_PLACES = 6  # running and waiting; the other threads go on taking sealed reports
PIN_WAIT_SECONDS = 10

_log = logging.getLogger("intake.web")


@dataclass(frozen=True)
class _Receiver:
    """What every request needs."""

    organization: Organization
    form: Form
    keys: tuple[PublicKey, ...]
    spool: Spool
    secret: bytes
    pages: Pages
    receipts: Fernet
    now: Callable[[], int]
    derivations: Turns
    senders: Senders
    stamps: Stamps


def create_app(
    settings: Settings | None = None, now: Callable[[], int] = lambda: int(time.time())
) -> Flask:
    """The WSGI application; settings come from the environment unless they are given.

    Raises the exception of whatever cannot be read: settings, organization, form, keys,
    secret or database. Nothing starts half.
    """
    settings = settings or read_settings()
    receiver = _open_receiver(settings, now)
    app = Flask("intake", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    app.extensions["intake"] = receiver
    desk = _desk(receiver)
    duty = returning.Duty(desk)
    _add_routes(app, receiver, duty)
    returning.add_routes(app, desk, duty)
    return_pages.add_routes(app, desk)
    notes.add_routes(app, desk)
    _add_errors(app, receiver)
    app.after_request(lambda response: _headers(response, receiver))
    return app


def _open_receiver(settings: Settings, now: Callable[[], int]) -> _Receiver:
    settings.refuse_owner()
    organization = settings.load_organization()
    if not organization.form_is_open or organization.receiver is None:
        raise OrganizationProblem(
            f"{settings.organization} names no operator, phone and receiver, and nobody may be "
            "asked to send a report to no one: fill them in, or try the program with make run."
        )
    form = settings.load_form(organization)
    keys = settings.load_keys()
    if not active(keys):
        raise KeyProblem(f"{settings.keys} holds no active key: make one with intake keys new")
    secret = settings.load_secret()
    receipt_key = hmac.digest(secret, b"receipts", "sha256")
    return _Receiver(
        organization=organization,
        form=form,
        keys=keys,
        spool=Spool(settings.database),
        secret=secret,
        pages=Pages(settings, ROOT, organization, form),
        receipts=Fernet(codes.encode(receipt_key) + "="),
        now=now,
        derivations=Turns(PIN_DERIVATIONS_AT_ONCE, PIN_PLACES, PIN_WAIT_SECONDS),
        senders=Senders(now),
        stamps=Stamps(secret, now),
    )


def _desk(receiver: _Receiver) -> returning.Desk:
    """What those who come back need of the receiver."""

    def pin_keys(pin: str) -> codes.PinKeys:
        with receiver.derivations.taken():
            return codes.pin_keys(pin, receiver.organization.salt)

    return returning.Desk(
        organization=receiver.organization,
        keys=receiver.keys,
        spool=receiver.spool,
        secret=receiver.secret,
        pages=receiver.pages,
        wrong=Failures(receiver.now, returning.WRONG_PER_HOUR),
        pin_keys=pin_keys,
        count_sending=receiver.senders.count,
        from_site=lambda: _from_site(receiver),
        now=receiver.now,
    )


def _add_routes(app: Flask, receiver: _Receiver, duty: returning.Duty) -> None:
    @app.get("/intake/form")
    def show_form() -> str:
        language = language_of(request.args.get("language"))
        token, door = codes.new_token(), request.args.get("door")
        stamp = receiver.stamps.make(token)
        off_duty, last_read_at = duty.known()
        return receiver.pages.form(
            language, token, door=door, stamp=stamp, off_duty=off_duty, last_read_at=last_read_at
        )

    # Flask would answer OPTIONS by itself, to every origin.
    @app.post("/intake/submissions", provide_automatic_options=False)
    def submit() -> Any:
        if request.mimetype == "application/json":
            return _submit_sealed(receiver)
        if request.mimetype == "application/x-www-form-urlencoded":
            request.max_content_length = LARGEST_FORM
            return _submit_plain(receiver, *read_boxes(request.get_data(), receiver.form))
        raise UnsupportedMediaType

    @app.route("/intake/submissions", methods=["OPTIONS"])
    def preflight() -> tuple[str, int]:
        return "", 204 if _from_site(receiver) else 403

    @app.get("/intake/received/<receipt>")
    def show_receipt(receipt: str) -> tuple[str, int]:
        try:
            written = receiver.receipts.extract_timestamp(receipt)
            kept = json.loads(receiver.receipts.decrypt(receipt))
        except (InvalidToken, ValueError):
            raise NotFound from None
        if receiver.now() > written + RECEIPT_SECONDS:
            return receiver.pages.problem(kept["language"], "expired"), 410
        return receiver.pages.received(kept), 200

    @app.get("/intake/problem/<any('too-large', 'too-many'):code>")
    def show_problem(code: str) -> tuple[str, int]:
        """What a web server in front shows when it refuses a request itself."""
        language = language_of(request.args.get("language"))
        return receiver.pages.problem(language, code), PROBLEMS[code]

    @app.get("/intake/health")
    def health() -> tuple[str, int]:
        receiver.spool.counts()
        return "", 200


def _submit_sealed(receiver: _Receiver) -> tuple[dict[str, Any], int]:
    visit = receiver.senders.count(request.remote_addr)
    body = request.get_data(cache=False)
    report = read_sealed(body, receiver.form, receiver.keys, receiver.secret)
    suspect = receiver.senders.suspects(visit)
    case_number, fresh = receiver.spool.accept(report, receiver.now(), suspect)
    return {"case_number": case_number}, 201 if fresh else 200


def _submit_plain(receiver: _Receiver, sent: dict[str, list[str]], damaged: frozenset[str]) -> Any:
    language = language_of(sent.get("language", [""])[0])
    try:
        visit = receiver.senders.count(request.remote_addr)
        plain = read_plain(sent, receiver.form, damaged)
        suspect = _looks_made(receiver, sent) or receiver.senders.suspects(visit)
        case_number, pin, facts = _keep_plain(receiver, plain, suspect)
    except Refused as refused:
        return _form_again(receiver, language, sent, refused.problems), refused.status
    except TooMany as error:
        page = _form_again(receiver, language, sent, _reason(receiver, language, "too-many"))
        return page, 429, {"Retry-After": str(error.retry_after)}
    except SpoolUnavailable as error:
        _log.error("%s", error)
        return _form_again(
            receiver, language, sent, _reason(receiver, language, "unavailable")
        ), 503
    receipt = json.dumps({"language": language, "case_number": case_number, "pin": pin} | facts)
    sealed_receipt = receiver.receipts.encrypt_at_time(receipt.encode(), receiver.now()).decode()
    return redirect(f"/intake/received/{sealed_receipt}", 303)


def _looks_made(receiver: _Receiver, sent: dict[str, list[str]]) -> bool:
    """Whether a machine seems to have sent the form. It is answered like any other."""
    token, stamp = (sent.get(name, [""])[0] for name in ("token", STAMP))
    trapped = any(sent.get(HONEYPOT, []))
    return trapped or _from_elsewhere(receiver) or receiver.stamps.suspects(stamp, token)


def _form_again(
    receiver: _Receiver,
    language: Language,
    sent: dict[str, list[str]],
    problems: Sequence[Problem],
) -> str:
    """The form as it was filled in: whatever went wrong, nobody types a story twice."""
    token, stamp = (sent.get(name, [""])[0] for name in ("token", STAMP))
    try:
        codes.decode(token, codes.TOKEN_BYTES)
    except codes.CodeProblem:
        token = codes.new_token()
    if not receiver.stamps.is_ours(stamp, token):
        stamp = receiver.stamps.make(token)
    return receiver.pages.form(language, token, sent, problems, stamp=stamp)


def _reason(receiver: _Receiver, language: Language, code: str) -> list[Problem]:
    return [Problem("form", receiver.pages.sentences(code)[language])]


def _keep_plain(
    receiver: _Receiver, plain: PlainForm, suspect: bool
) -> tuple[str, str, dict[str, Any]]:
    token = codes.decode(plain.token, codes.TOKEN_BYTES)
    pin = codes.derive_pin(receiver.secret, token)
    with receiver.derivations.taken(suspect=suspect):
        pin_keys = codes.pin_keys(pin, receiver.organization.salt)
    report = seal_plain(
        plain, receiver.form, receiver.keys, receiver.secret, pin_keys, receiver.now()
    )
    case_number, _ = receiver.spool.accept(report, receiver.now(), suspect)
    shown = {name: report.facts[name] for name in ("urgency", "country", "contact")}
    return case_number, pin, shown


def _add_errors(app: Flask, receiver: _Receiver) -> None:
    def answer(status: int, code: str, problems: list[dict[str, str]] | None = None) -> Response:
        if _wants_json():
            content = {"error": code, "errors": problems or []}
            told = content | {"message": receiver.pages.sentences(code)}
            return Response(json.dumps(told), status, mimetype="application/json")
        page = receiver.pages.problem(language_of(request.args.get("language")), code)
        return Response(page, status, mimetype="text/html")

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        problems = [{"field": p.field, "message": p.message} for p in error.problems]
        return answer(error.status, error.code, problems)

    @app.errorhandler(TokenReused)
    def reused(_: TokenReused) -> Response:
        return answer(409, "token")

    @app.errorhandler(TooMany)
    def too_many(error: TooMany) -> Response:
        response = answer(429, "too-many")
        response.headers["Retry-After"] = str(error.retry_after)
        return response

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(_: RequestEntityTooLarge) -> Response:
        return answer(413, "too-large")

    @app.errorhandler(SpoolUnavailable)
    def unavailable(error: SpoolUnavailable) -> Response:
        _log.error("%s", error)
        if request.path == "/intake/health":
            return Response("", 503)
        return answer(503, "unavailable")

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> Response:
        return answer(error.code or 500, "not-found" if error.code == 404 else "unreadable")

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        # The text of an unknown error may repeat what was sent, so only kind and place go out.
        _log.error("%s", where(error))
        return answer(500, "unavailable")


def _headers(response: Response, receiver: _Receiver) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
    if (receiver.organization.receiver or "").startswith("https://"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    response.headers["Content-Security-Policy"] = receiver.pages.security_policy
    response.headers.add("Vary", "Origin")
    if _from_site(receiver):
        response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        response.headers["Access-Control-Allow-Methods"] = "POST"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    return response


def _from_site(receiver: _Receiver) -> bool:
    return request.headers.get("Origin") == _origin(receiver.organization.site)


def _from_elsewhere(receiver: _Receiver) -> bool:
    """Whether the browser itself says that another site's page sent this form.

    Older browsers and Tor say nothing, and `null` is what our own page says, since it refers to
    nobody: both are nothing to go by.
    """
    origin = request.headers.get("Origin", "null")
    if origin in {_origin(receiver.organization.site), _origin(receiver.organization.receiver)}:
        return False
    return origin != "null" or request.headers.get("Sec-Fetch-Site") == "cross-site"


def _origin(address: str | None) -> str:
    parts = urlsplit(address or "")
    return f"{parts.scheme}://{parts.netloc}"


def _wants_json() -> bool:
    return request.mimetype == "application/json"

"""A flood of 10,000 junk sendings, and people who ask for help while it lasts.

Every number and text here is invented. The same flood is a test and a measurement.
"""

from __future__ import annotations

import io
import itertools
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask

from intake import codes
from intake.form import Answers
from intake.spool import Report, Spool, State
from workplace import sealed_report

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
JUNK = 10_000
PEOPLE = 50
ANSWERS: Answers = {
    "who": "me",
    "safe": "yes",
    "problem": ["question"],
    "stage": "not-yet-left",
    "country": "MY",
    "regency": "33.02",
    "contact": "i-come-back",
}


@dataclass(frozen=True)
class Sending:
    """One request: from where, of which kind, and with what in it."""

    sort: str
    address: str
    kind: str
    body: bytes = field(repr=False)


@dataclass
class Flooded:
    """What came of it: answers for each sort, and the people's case numbers in their order."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    people: list[str] = field(default_factory=list)


def flood(app: Flask, story: str = "") -> Flooded:
    """Send everything to the application and note what it answers."""
    done = Flooded()
    for sending in sendings(story):
        status, text = send(app, sending)
        done.answers[sending.sort, status] += 1
        if sending.sort == "person" and status == 201:
            done.people.append(json.loads(text)["case_number"])
    return done


def sendings(story: str) -> Iterator[Sending]:
    """All the junk in a mixed order that is always the same, with a person now and then."""
    chance = random.Random(6)
    template, _ = sealed_report({**ANSWERS, "story": story})
    junk = [
        *([("one network", "203.0.113.9")] * 5_000),
        # 400 addresses, as somebody rents them: a hundred neighbourhoods of four.
        *(("many networks", f"100.64.{n % 100}.{n % 4}") for n in range(2_000)),
        *(("malformed", f"100.65.{n % 100}.{n % 250}") for n in range(2_000)),
        *(("huge", f"100.66.{n % 100}.{n % 250}") for n in range(900)),
        *(("trapped", f"100.67.{n % 100}.{n % 250}") for n in range(100)),
    ]
    chance.shuffle(junk)
    neighbourhoods = itertools.count()
    for number, (sort, address) in enumerate(junk):
        yield _junk(sort, address, template, chance)
        if number % (JUNK // PEOPLE) == 0:
            own = f"192.168.{next(neighbourhoods)}.1"
            yield Sending("person", own, JSON, _sealed(template, chance))


def send(app: Flask, sending: Sending) -> tuple[int, str]:
    """One call of the WSGI application, without a client's own cost; status and text."""
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/intake/submissions",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": sending.address,
        "CONTENT_TYPE": sending.kind,
        "CONTENT_LENGTH": str(len(sending.body)),
        "wsgi.input": io.BytesIO(sending.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
    }

    def start(status: str, _headers: object, _error: object = None) -> Any:
        told.append(status)

    content = b"".join(app.wsgi_app(environ, start))
    return int(told[0][:3]), content.decode()


def filed(spool: Spool, now: int) -> list[Report]:
    """The reports that delivery takes up at that moment, in their order."""
    taken = []
    while report := spool.due(now):
        taken.append(report)
        for state in (State.IN_DOUBT, State.STUBBED, State.FILLED, State.VERIFIED):
            spool.move(report.case_number, state, now)
    return taken


def _junk(sort: str, address: str, template: dict[str, Any], chance: random.Random) -> Sending:
    if sort == "trapped":
        filled: dict[str, Any] = {**ANSWERS, "token": _token(chance), "website": "x"}
        return Sending(sort, address, FORM, urlencode(filled, doseq=True).encode())
    if sort == "malformed":
        broken = [
            b"",
            b"{",
            b"[]",
            b'{"version":NaN}',
            b"[" * 5_000,
            _sealed(template, chance)[:-9],
        ]
        return Sending(sort, address, JSON, chance.choice(broken))
    if sort == "huge":
        return Sending(sort, address, JSON, b"x" * 200_000)
    return Sending(sort, address, JSON, _sealed(template, chance))


def _sealed(template: dict[str, Any], chance: random.Random) -> bytes:
    # Sealing anew for each would be the sender's work; the receiver's is the same.
    return json.dumps(template | {"token": _token(chance)}).encode()


def _token(chance: random.Random) -> str:
    return codes.encode(chance.randbytes(codes.TOKEN_BYTES))

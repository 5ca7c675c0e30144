"""The team's sealed notes come in by the report's own token, once, and become one comment."""

from __future__ import annotations

import itertools
import json
import logging
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from databases import content, rows, without_room
from intake import codes, sealing
from intake.delivery import Courier
from intake.returning import WRONG_PER_HOUR
from intake.spool import NewReport, Spool
from intake.tracker.folder import FolderTracker
from workplace import (
    LOST_CONTACT,
    Clock,
    Workplace,
    coordinator,
    open_receiver,
    recovery,
    set_up,
    the_form,
)

CANARY = "kenari-catatan-9x"
SITE = {"Origin": "https://contoh.example"}
MEMBERS = ("version", "token", "report_token", "sealed")
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, module_database_url: str) -> Workplace:
    """The folder and the database that one receiver works in."""
    return set_up(tmp_path_factory.mktemp("notes")).with_database(module_database_url)


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The receiver's time."""
    return Clock()


@pytest.fixture(scope="module")
def app(place: Workplace, clock: Clock) -> Flask:
    """One receiver for all: starting it takes time."""
    return open_receiver(place, clock)


@pytest.fixture(scope="module")
def spool(app: Flask) -> Spool:
    """The receiver's own spool."""
    opened: Spool = app.extensions["intake"].spool
    return opened


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A phone on a network of its own."""
    return phone(app, f"198.51.100.{next(_numbers)}")


@pytest.fixture(scope="module")
def sealed() -> dict[str, Any]:
    """A sealed note that holds the canary."""
    content = json.dumps({"version": 1, "kind": "note", "sort": "note", "text": CANARY})
    return sealing.seal(content.encode(), (coordinator().public, recovery().public))


class Case:
    """A kept case, and the token that whoever opened its report knows."""

    def __init__(self, spool: Spool, now: int) -> None:
        self.token = codes.new_token()
        raw = codes.decode(self.token, codes.TOKEN_BYTES)
        new = NewReport(raw, bytes(32), LOST_CONTACT, {}, raw * 2)
        self.number, _ = spool.accept(new, now)


@pytest.fixture
def case(spool: Spool, clock: Clock) -> Case:
    """A fresh case."""
    return Case(spool, clock())


def phone(app: Flask, address: str) -> FlaskClient:
    """A phone at that address."""
    made = app.test_client()
    made.environ_base["REMOTE_ADDR"] = address
    return made


def note(case: Case, sealed: dict[str, Any], **members: object) -> dict[str, object]:
    """A note as the page posts it."""
    whole = {"version": 1, "token": codes.new_token(), "report_token": case.token, "sealed": sealed}
    return whole | members


def post(client: FlaskClient, sent: object) -> TestResponse:
    """One JSON request, as the site's page sends it."""
    return client.post("/intake/notes", json=sent, headers=SITE)


def kept(place: Workplace, case: Case) -> list[tuple[Any, ...]]:
    """What the spool's file holds of the case's letters."""
    query = f"SELECT kind, sealed FROM additions WHERE case_number = '{case.number}'"
    return rows(place.settings.database, query)


def test_note_is_kept_once(
    client: FlaskClient, place: Workplace, clock: Clock, case: Case, sealed: dict[str, Any]
) -> None:
    """201, then 200 with the same answer; other bytes under the same token are refused."""
    sent = note(case, sealed)
    first, again = post(client, sent), post(client, sent)
    assert (first.status_code, first.json) == (201, {"received_at": clock()})
    assert (again.status_code, again.json) == (200, first.json)
    assert first.headers["Access-Control-Allow-Origin"] == SITE["Origin"]
    other = sealing.seal(b"lain", (coordinator().public,))
    told = post(client, sent | {"sealed": other})
    assert (told.status_code, told.json and told.json["error"]) == (409, "token")
    [(kind, text)] = kept(place, case)
    assert kind == "note"
    assert json.loads(text) == sealed


def test_report_token_opens_nothing_else(client: FlaskClient, case: Case) -> None:
    """Who knows it may write to the team, but neither ask for news nor withdraw."""
    for door in ("status", "withdrawals"):
        sent = {"version": 1, "return_verifier": case.token, "act": "withdraw"}
        assert client.post(f"/intake/{door}", json=sent).status_code == 422


def test_unknown_report_token_is_counted_like_a_wrong_pin(
    app: Flask, case: Case, sealed: dict[str, Any]
) -> None:
    """404 with another way to reach a person, then 429; who is right is let in from there too."""
    guesser = phone(app, "203.0.113.7")
    told = post(guesser, note(case, sealed, report_token=codes.new_token()))
    assert told.status_code == 404
    assert told.json is not None
    assert (told.json["error"], told.json["errors"]) == ("unknown-case", [])
    assert told.json["message"]["id"].startswith("Kasus ini tidak dikenal")
    assert told.json["message"]["en"].startswith("This case is not known")
    wrong = {"version": 1, "return_verifier": codes.encode(bytes(32))}
    for _ in range(WRONG_PER_HOUR - 1):
        assert guesser.post("/intake/status", json=wrong).status_code == 404
    slowed = post(guesser, note(case, sealed, report_token=codes.new_token()))
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) > 0
    assert post(guesser, note(case, sealed)).status_code == 201


def test_case_number_opens_no_door(client: FlaskClient, case: Case, sealed: dict[str, Any]) -> None:
    """What is spoken aloud is no secret, so it finds no case."""
    told = post(client, note(case, sealed, report_token=case.number))
    assert told.status_code == 422


def test_withdrawn_case_takes_no_note(
    client: FlaskClient, spool: Spool, clock: Clock, case: Case, sealed: dict[str, Any]
) -> None:
    """409 withdrawn; after restoring the same bytes are taken."""
    sent = note(case, sealed)
    spool.withdraw(case.number, clock())
    told = post(client, sent)
    assert (told.status_code, told.json and told.json["error"]) == (409, "withdrawn")
    spool.restore(case.number, clock())
    assert post(client, sent).status_code == 201


def test_note_sealed_to_no_held_key_is_refused(client: FlaskClient, case: Case) -> None:
    """409 keys: the page that sealed it is old."""
    stranger = sealing.new_private_key().public("lain")
    told = post(client, note(case, sealing.seal(b"x", [stranger])))
    assert (told.status_code, told.json and told.json["error"]) == (409, "keys")


def test_notes_are_counted_per_network(app: Flask) -> None:
    """As reports are; each is answered with how long to wait."""
    sender = phone(app, "203.0.113.21")
    answers = [post(sender, {"version": 1}) for _ in range(61)]
    assert [told.status_code for told in answers] == [422] * 60 + [429]


def test_too_many_notes_wait_for_one_case(
    client: FlaskClient, case: Case, sealed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Additions and notes share one bound."""
    monkeypatch.setattr("intake.spool.ADDITIONS_WAITING", 1)
    assert post(client, note(case, sealed)).status_code == 201
    assert post(client, note(case, sealed)).status_code == 503


def test_disk_that_is_full_takes_no_note(
    client: FlaskClient, place: Workplace, case: Case, sealed: dict[str, Any]
) -> None:
    """503, and nothing is acknowledged; later the same bytes are taken."""
    sent = note(case, sealed)
    with without_room(place.settings.database):
        assert post(client, sent).status_code == 503
    assert post(client, sent).status_code == 201


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"version": True}, ["version"]),
        ({"token": CANARY, "report_token": None}, ["token", "report_token"]),
        ({"return_verifier": CANARY}, ["form"]),
        ({"sealed": {"text": CANARY}}, ["sealed"]),
        ({"sealed": None}, ["sealed"]),
    ],
)
def test_what_no_page_sends_is_refused_with_every_problem(
    client: FlaskClient,
    case: Case,
    sealed: dict[str, Any],
    changed: dict[str, object],
    fields: list[str],
) -> None:
    """422, and nothing of it comes back."""
    told = post(client, note(case, sealed) | changed)
    assert told.status_code == 422
    assert told.json is not None
    assert [problem["field"] for problem in told.json["errors"]] == fields
    assert CANARY not in told.text


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"\xff", b"[" * 60_000])
def test_body_that_is_no_object_is_refused(client: FlaskClient, body: bytes) -> None:
    """400, never 500."""
    told = client.post("/intake/notes", data=body, content_type="application/json")
    assert told.status_code == 400


def test_other_requests_are_refused(client: FlaskClient) -> None:
    """No forms or files, no reading; OPTIONS answers for the site's origin alone."""
    assert client.post("/intake/notes", data="a=b").status_code == 415
    assert client.get("/intake/notes").status_code == 405
    assert client.options("/intake/notes", headers=SITE).status_code == 204
    others = client.options("/intake/notes", headers={"Origin": "https://lain.example"})
    assert others.status_code == 403


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(member=st.sampled_from([*MEMBERS, "lain"]), value=JSON, act=st.sampled_from(["put", "drop"]))
def test_hostile_members_are_refused(
    app: Flask, case: Case, sealed: dict[str, Any], member: str, value: Any, act: str
) -> None:
    """Whatever stands wherever, the answer is one of the contract's."""
    sent = note(case, sealed)
    if act == "put":
        sent[member] = value
    elif member in sent:
        del sent[member]
    answer = post(phone(app, f"10.1.{next(_numbers) % 250}.{next(_numbers) % 250}"), sent)
    assert answer.status_code in (201, 404, 422, 429)
    if answer.status_code == 201:
        assert sent.keys() == set(MEMBERS)


def test_note_becomes_one_sealed_comment_and_its_words_are_nowhere(
    client: FlaskClient,
    place: Workplace,
    spool: Spool,
    clock: Clock,
    sealed: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Worker and tracker hold marker and seal; a key holder opens it; no log or file tells more."""
    caplog.set_level(logging.DEBUG)
    whole = sealing.seal(b"{}", (coordinator().public,))
    token = codes.new_token()
    raw = codes.decode(token, codes.TOKEN_BYTES)
    number, _ = spool.accept(NewReport(raw, raw, LOST_CONTACT, whole, raw * 2), clock())
    sent = {"version": 1, "token": codes.new_token(), "report_token": token, "sealed": sealed}
    assert post(client, sent).status_code == 201
    tracker = FolderTracker(place.tracker)

    def deliver() -> int:
        courier = Courier(spool, tracker, the_form(), "https://contoh.example/", 0, "uji", clock)
        return courier.deliver()

    deliver()
    assert deliver() == 0
    issue = spool.compare(raw, raw)
    assert issue is not None
    numbers = [n for n in range(1, 200) if spool.case_of_issue(n) == number]
    [comment] = tracker.comments(numbers[0])
    mark = codes.hashed_token(codes.decode(sent["token"], codes.TOKEN_BYTES)).hex()[:8]
    assert comment.body.splitlines()[0] == f"<!-- intake note {number} {mark} -->"
    found = sealing.find_sealed(comment.body)
    assert json.loads(sealing.open_sealed(found, coordinator().key))["text"] == CANARY
    secrets = (CANARY, token, str(sent["token"]))
    for path in place.folder.rglob("*"):
        if path.is_file():
            assert not any(secret.encode() in path.read_bytes() for secret in secrets), path
    stored = content(place.settings.database)
    assert not any(secret.encode() in stored for secret in secrets)
    assert not any(secret in record.getMessage() for record in caplog.records for secret in secrets)

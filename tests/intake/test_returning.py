"""Who holds the PIN comes back, with JavaScript and without; nobody else learns or locks."""

from __future__ import annotations

import itertools
import json
import logging
import secrets
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from content.wording import load_wording
from databases import content, rows, without_room
from intake import codes, sealing
from intake.answers import derive_facts
from intake.returning import WRONG_PER_HOUR
from intake.settings import ROOT
from intake.spool import NewReport, Spool, Status
from workplace import (
    Clock,
    Workplace,
    coordinator,
    open_receiver,
    recovery,
    set_up,
    the_form,
)

HOUR = 3_600
CANARY = "kenari-7f3a"
SITE = {"Origin": "https://contoh.example"}
WORDS = load_wording(ROOT / "docs/data/wording.yml")["id"]
DOORS = ("status", "additions", "withdrawals")
ANSWERS: dict[str, str | list[str]] = {
    "who": "me", "safe": "yes", "problem": ["question"], "stage": "not-yet-left",
    "country": "MY", "regency": "33.02", "contact": "i-come-back",
}  # fmt: skip
_numbers = itertools.count(1)


@pytest.fixture(scope="module", autouse=True)
def quick_pins() -> Any:
    """Stretch PINs for a moment only: the tests are about what follows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codes, "PIN_ITERATIONS", 1_000)
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, module_database_url: str) -> Workplace:
    """The folder and the database that one receiver works in."""
    made = set_up(tmp_path_factory.mktemp("returning"))
    return made.with_database(module_database_url)


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The receiver's time."""
    return Clock()


@pytest.fixture(scope="module")
def app(place: Workplace, clock: Clock) -> Flask:
    """One receiver for all: starting it takes time."""
    return open_receiver(place, clock)


@pytest.fixture
def spool(app: Flask) -> Spool:
    """The receiver's own spool."""
    opened: Spool = app.extensions["intake"].spool
    return opened


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A phone on a network of its own."""
    return phone(app)


def phone(app: Flask, address: str = "") -> FlaskClient:
    """A phone at that address, or at one that nobody has used."""
    made = app.test_client()
    made.environ_base["REMOTE_ADDR"] = address or f"198.51.100.{next(_numbers)}"
    return made


class Case:
    """A kept case and its PIN."""

    def __init__(self, place: Workplace, spool: Spool, now: int) -> None:
        digits = f"{secrets.randbelow(10**15):015d}"
        self.pin = digits + codes.luhn_digit(digits)
        salt = codes.decode("NjjM1hri6XZ9UxdCIzJPDg", 16)
        self.keys = codes.pin_keys(self.pin, salt)
        self.verifier = self.keys.verifier
        facts = derive_facts(the_form(), ANSWERS, "id")
        raw = codes.decode(self.verifier, 32)
        secret = place.settings.load_secret()
        new = NewReport(
            secrets.token_bytes(16), bytes(32), facts, {}, codes.stored_verifier(secret, raw)
        )
        self.number, _ = spool.accept(new, now)


@pytest.fixture
def case(place: Workplace, spool: Spool, clock: Clock) -> Case:
    """A fresh case."""
    return Case(place, spool, clock())


def post(client: FlaskClient, door: str, **members: object) -> TestResponse:
    """One JSON request, as the site's page sends it."""
    return client.post(f"/intake/{door}", json={"version": 1} | members, headers=SITE)


def addition(case: Case, text: str = CANARY, **members: object) -> dict[str, object]:
    """A sealed addition as a browser sends it."""
    held = (coordinator().public, recovery().public)
    token = codes.new_token()
    content = {"version": 1, "kind": "addition", "token": token, "text": text}
    sealed = sealing.seal(json.dumps(content).encode(), held)
    return {"token": token, "return_verifier": case.verifier, "sealed": sealed} | members


def send(client: FlaskClient, door: str, **fields: str) -> TestResponse:
    """One form as a browser without JavaScript sends it."""
    return client.post(
        f"/intake/{door}?language=id",
        data=urlencode({"language": "id"} | fields),
        content_type="application/x-www-form-urlencoded",
    )


def sealed_answer(case: Case, text: str, number: str = "") -> str:
    """The team's answer, sealed to the PIN of that case."""
    content = {"version": 1, "case_number": number or case.number, "text": text, "written_at": 1}
    key = codes.decode(case.keys.answer_key, 32)
    return sealing.seal_answer(json.dumps(content).encode(), key)


def kept(place: Workplace, query: str) -> list[tuple[Any, ...]]:
    """What stands in the spool."""
    return rows(place.settings.database, query)


# --- status ---


def test_status_tells_steps_and_answer(
    client: FlaskClient, spool: Spool, clock: Clock, case: Case
) -> None:
    """Dates and the sealed answer as it came; never a fact or the story."""
    spool.reach(case.number, Status.READ, clock() + 5)
    answer = sealed_answer(case, CANARY)
    spool.keep_answer(case.number, answer, clock() + 9)
    told = post(client, "status", return_verifier=case.verifier)
    assert (told.status_code, told.json) == (
        200,
        {
            "case_number": case.number,
            "events": [
                {"status": "received", "at": clock()},
                {"status": "read", "at": clock() + 5},
            ],
            "answer": {"sealed": answer, "at": clock() + 9},
            "withdrawn_at": None,
            "deleted_by": None,
        },
    )
    assert told.headers["Cache-Control"] == "no-store"
    assert told.headers["Access-Control-Allow-Origin"] == SITE["Origin"]


def test_unknown_verifier_is_told_in_both_languages(client: FlaskClient) -> None:
    """404 with a code, and a sentence with another way to reach a person."""
    told = post(client, "status", return_verifier=codes.encode(bytes(32)))
    assert told.status_code == 404
    assert told.json is not None
    assert (told.json["error"], told.json["errors"]) == ("unknown-pin", [])
    assert told.json["message"]["id"].startswith("PIN ini tidak dikenal")
    assert told.json["message"]["en"].startswith("This PIN is not known")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"version": 2}, ["version"]),
        ({"version": True}, ["version"]),
        ({"return_verifier": CANARY}, ["return_verifier"]),
        ({"return_verifier": None}, ["return_verifier"]),
        ({"pin": CANARY}, ["form"]),
        ({"return_verifier": [], "version": {}}, ["version", "return_verifier"]),
    ],
)
def test_what_no_page_sends_is_refused_with_every_problem(
    client: FlaskClient, case: Case, door: str, changed: dict[str, object], fields: list[str]
) -> None:
    """422, and nothing of it comes back."""
    wholes: dict[str, dict[str, object]] = {
        "status": {"return_verifier": case.verifier},
        "additions": addition(case),
        "withdrawals": {"return_verifier": case.verifier, "act": "withdraw"},
    }
    told = post(client, door, **(wholes[door] | changed))
    assert told.status_code == 422
    assert told.json is not None
    assert [problem["field"] for problem in told.json["errors"]] == fields
    assert CANARY not in told.text


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"\xff", b"[" * 60_000])
def test_body_that_is_no_object_is_refused(client: FlaskClient, door: str, body: bytes) -> None:
    """400, never 500."""
    told = client.post(f"/intake/{door}", data=body, content_type="application/json")
    assert told.status_code == 400


@pytest.mark.parametrize("door", DOORS)
def test_other_kinds_of_body_are_refused(client: FlaskClient, door: str) -> None:
    """Files and plain text have no business here."""
    told = client.post(f"/intake/{door}", data=CANARY, content_type="text/plain")
    assert told.status_code == 415


@pytest.mark.parametrize("door", DOORS)
def test_options_answers_for_the_sites_origin_alone(client: FlaskClient, door: str) -> None:
    """As for submissions; the page may read how long it has to wait."""
    ours = client.options(f"/intake/{door}", headers=SITE)
    assert (ours.status_code, ours.headers["Access-Control-Allow-Origin"]) == (
        204, SITE["Origin"],
    )  # fmt: skip
    assert ours.headers["Access-Control-Expose-Headers"] == "Retry-After"
    others = client.options(f"/intake/{door}", headers={"Origin": "https://lain.example"})
    assert others.status_code == 403
    assert "Access-Control-Allow-Origin" not in others.headers


# --- guessing ---


def test_guesses_are_slowed_and_nobody_is_shut_out(app: Flask, clock: Clock, case: Case) -> None:
    """After so many wrong ones a network hears 429; who is right is let in, from there too."""
    guesser, neighbour = phone(app, "203.0.113.1"), phone(app, "203.0.113.1")
    wrong = codes.encode(bytes(32))
    for _ in range(WRONG_PER_HOUR):
        assert post(guesser, "status", return_verifier=wrong).status_code == 404
    slowed = post(guesser, "status", return_verifier=wrong)
    assert (slowed.status_code, slowed.headers["Retry-After"]) == (429, str(HOUR))
    assert post(neighbour, "status", return_verifier=case.verifier).status_code == 200
    assert (
        post(neighbour, "withdrawals", return_verifier=case.verifier, act="withdraw").status_code
        == 200
    )
    elsewhere = phone(app, "203.0.113.2")
    assert post(elsewhere, "status", return_verifier=wrong).status_code == 404
    clock.seconds += HOUR
    assert post(guesser, "status", return_verifier=wrong).status_code == 404


def test_looking_often_is_no_guessing(client: FlaskClient, case: Case) -> None:
    """A person who is anxious may look as often as she likes."""
    asked = [post(client, "status", return_verifier=case.verifier) for _ in range(100)]
    assert {told.status_code for told in asked} == {200}


def test_guessing_costs_the_receiver_no_stretching_without_end(
    app: Flask, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without JavaScript the receiver stretches the PIN, so a network that guesses waits first."""
    stretched: list[str] = []
    whole = codes.pin_keys

    def counted(pin: str, salt: bytes) -> codes.PinKeys:
        stretched.append("one")
        return whole(pin, salt)

    monkeypatch.setattr(codes, "pin_keys", counted)
    guesser = phone(app, "203.0.113.9")
    for number in range(WRONG_PER_HOUR + 5):
        digits = f"{number:015d}"
        send(guesser, "status", pin=digits + codes.luhn_digit(digits))
    assert len(stretched) == WRONG_PER_HOUR
    assert send(phone(app), "status", pin=case.pin).status_code == 200


# --- additions ---


def test_addition_is_kept_once(client: FlaskClient, place: Workplace, case: Case) -> None:
    """201, then 200 with the same answer; other bytes under the same token are refused."""
    sent = addition(case)
    first, again = post(client, "additions", **sent), post(client, "additions", **sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    other = addition(case, token=sent["token"])
    told = post(client, "additions", **other)
    assert (told.status_code, told.json and told.json["error"]) == (409, "token")
    query = f"SELECT count(*) FROM additions WHERE case_number = '{case.number}'"
    assert kept(place, query) == [(1,)]


def test_addition_is_opened_by_a_key_holder_alone(
    client: FlaskClient, place: Workplace, case: Case
) -> None:
    """The spool holds what the browser sealed, written anew."""
    post(client, "additions", **addition(case, text=CANARY))
    ((text,),) = kept(place, f"SELECT sealed FROM additions WHERE case_number = '{case.number}'")
    assert CANARY not in text
    opened = json.loads(sealing.open_sealed(json.loads(text), coordinator().key))
    assert opened["text"] == CANARY


def test_addition_never_touches_the_report(
    client: FlaskClient, place: Workplace, case: Case
) -> None:
    """Facts, urgency, sealed text and verifier are the same afterwards."""
    query = (
        f"SELECT facts, urgency, sealed, verifier FROM reports WHERE case_number = '{case.number}'"
    )
    before = kept(place, query)
    post(client, "additions", **addition(case))
    assert kept(place, query) == before


def test_addition_sealed_to_no_held_key_is_refused(client: FlaskClient, case: Case) -> None:
    """409, so that the page takes the current keys and seals again."""
    stranger = sealing.new_private_key().public("lain")
    sent = addition(case) | {"sealed": sealing.seal(b"x", [stranger])}
    told = post(client, "additions", **sent)
    assert (told.status_code, told.json and told.json["error"]) == (409, "keys")


def test_addition_that_is_not_sealed_is_refused(client: FlaskClient, case: Case) -> None:
    """No byte of a sender's own choosing is kept in the clear."""
    told = post(client, "additions", **(addition(case) | {"sealed": {"text": CANARY}}))
    assert told.status_code == 422
    assert told.json is not None
    assert [problem["field"] for problem in told.json["errors"]] == ["sealed"]


def test_additions_are_counted_per_network(app: Flask, case: Case) -> None:
    """As reports are; each is answered with how long to wait."""
    sender = phone(app, "203.0.113.20")
    answers = [post(sender, "additions", return_verifier=case.verifier) for _ in range(61)]
    assert [told.status_code for told in answers] == [422] * 60 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_disk_that_is_full_takes_no_addition(
    client: FlaskClient, place: Workplace, case: Case
) -> None:
    """503, and nothing is acknowledged; later the same bytes are taken."""
    sent = addition(case)
    with without_room(place.settings.database):
        assert post(client, "additions", **sent).status_code == 503
    assert post(client, "additions", **sent).status_code == 201


# --- withdrawing ---


def test_withdrawing_and_restoring(client: FlaskClient, clock: Clock, case: Case) -> None:
    """Each is the same when it is done twice; the answer says until when all is deleted."""
    now = clock()
    withdrawn = {"withdrawn_at": now, "deleted_by": now + 72 * HOUR}
    for act, told in (("withdraw", withdrawn), ("restore", dict.fromkeys(withdrawn))):
        for _ in range(2):
            answer = post(client, "withdrawals", return_verifier=case.verifier, act=act)
            assert (answer.status_code, answer.json) == (200, told)
    assert post(client, "withdrawals", return_verifier=case.verifier, act="x").status_code == 422


def test_withdrawn_case_takes_no_addition(client: FlaskClient, case: Case) -> None:
    """409 withdrawn; after restoring the same bytes are taken."""
    sent = addition(case)
    post(client, "withdrawals", return_verifier=case.verifier, act="withdraw")
    told = post(client, "additions", **sent)
    assert (told.status_code, told.json and told.json["error"]) == (409, "withdrawn")
    post(client, "withdrawals", return_verifier=case.verifier, act="restore")
    assert post(client, "additions", **sent).status_code == 201


def test_stopping_is_never_limited(app: Flask, clock: Clock, case: Case) -> None:
    """A network that has sent too much may still withdraw; restoring counts as a sending."""
    sender = phone(app, "203.0.113.30")
    for _ in range(60):
        post(sender, "additions")
    stop = post(sender, "withdrawals", return_verifier=case.verifier, act="withdraw")
    assert stop.status_code == 200
    back = post(sender, "withdrawals", return_verifier=case.verifier, act="restore")
    assert back.status_code == 429
    told = post(sender, "status", return_verifier=case.verifier).json
    assert told is not None
    assert told["withdrawn_at"] == clock()


# --- duty ---


def test_duty_is_false_when_something_waits_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promised hours count by urgency; read, suspect and withdrawn reports do not."""
    monkeypatch.setattr(codes, "PIN_ITERATIONS", 1_000)
    clock = Clock()
    app = open_receiver(set_up(tmp_path), clock)
    spool: Spool = app.extensions["intake"].spool
    client = phone(app)

    def told() -> Any:
        clock.seconds += 60
        return client.get("/intake/duty", headers=SITE).json

    assert told() == {"on_duty": True, "last_read_at": None}
    unread = client.get("/intake/form?language=id").text
    assert "Tim sedang tidak berjaga" not in unread
    assert "terakhir membaca" not in unread
    start = clock()
    facts = derive_facts(the_form(), ANSWERS, "id") | {"urgency": "red"}
    for token, suspect in ((b"a" * 16, False), (b"b" * 16, True)):
        new = NewReport(token, bytes(32), facts, {}, token * 2)
        spool.accept(new, start, suspect=suspect)
    clock.seconds = start + HOUR - 60
    assert told() == {"on_duty": True, "last_read_at": None}
    assert told() == {"on_duty": False, "last_read_at": None}
    page = client.get("/intake/form?language=id").text
    assert page.index("Tim sedang tidak berjaga") < page.index("tel:") < page.index("<form")
    spool.reach(codes.case_number(b"a" * 16), Status.READ, clock())
    assert told() == {"on_duty": True, "last_read_at": clock() - 60}
    # NOW is 17.00 in Jakarta; somebody read an hour and two minutes later.
    assert "Seorang petugas terakhir membaca pada <b>21 November 2026, 18.02 WIB</b>." in (
        client.get("/intake/form?language=id").text
    )
    assert "A team member last read on <b>21 November 2026, 18.02 WIB</b>." in (
        client.get("/intake/form?language=en").text
    )
    assert (
        client.get("/intake/duty", headers=SITE).headers["Access-Control-Allow-Origin"]
        == (SITE["Origin"])
    )
    spool.close()


# --- without JavaScript ---


def test_page_asks_for_the_pin(client: FlaskClient) -> None:
    """In the body of a POST: no address ever holds it, and no script is needed."""
    page = client.get("/intake/status?language=id")
    assert page.status_code == 200
    assert 'method="post" action="/intake/status?language=id"' in page.text
    assert 'name="pin"' in page.text
    assert "<script" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert client.get("/intake/status?language=en").text.count(">Report PIN<") == 1


def test_pin_opens_news_and_answer(
    client: FlaskClient, spool: Spool, clock: Clock, case: Case
) -> None:
    """Steps with their day in the organization's zone, what to do, and the answer in the clear."""
    spool.reach(case.number, Status.WAITING, clock() + 60)
    text = "Besok jam 9 kami telepon.\n<b>Siapkan</b> paspor & kontrak."
    spool.keep_answer(case.number, sealed_answer(case, text), clock())
    page = send(client, "status", pin=codes.group_pin(case.pin))
    shown = unescape(page.text)
    assert page.status_code == 200
    assert case.number in shown
    assert f"<b>{WORDS['status_waiting']}</b>, 21 November 2026" in shown
    assert "WIB" in shown
    assert WORDS["status_do_waiting"] in shown
    assert text in shown
    assert "<b>Siapkan" not in page.text


@pytest.mark.parametrize("spoiled", ["key", "case", "json"])
def test_answer_that_cannot_be_opened_is_told(
    client: FlaskClient, spool: Spool, clock: Clock, case: Case, spoiled: str
) -> None:
    """For another PIN, about another case, or no text: a sentence instead, and the rest stays."""
    key = codes.decode(case.keys.answer_key, 32)
    answers = {
        "key": sealing.seal_answer(b"{}", bytes(32)),
        "case": sealed_answer(case, CANARY, "K7Q2-9MPA"),
        "json": sealing.seal_answer(b"[1", key),
    }
    spool.keep_answer(case.number, answers[spoiled], clock())
    page = send(client, "status", pin=case.pin)
    assert WORDS["kabar_answer_damaged"] in unescape(page.text)
    assert CANARY not in page.text
    assert page.status_code == 200


def test_addition_withdrawal_and_restoring_without_javascript(
    client: FlaskClient, place: Workplace, case: Case
) -> None:
    """Each is answered with the page itself, 200 and no redirect."""
    token = codes.new_token()
    fields = {"pin": case.pin, "text": f"{CANARY}\r\nbaris dua", "token": token}
    for _ in range(2):
        page = send(client, "additions", **fields)
        assert page.status_code == 200
        assert WORDS["kabar_added"].split("{")[0] in unescape(page.text)
    query = f"SELECT sealed FROM additions WHERE case_number = '{case.number}'"
    ((text,),) = kept(place, query)
    opened = json.loads(sealing.open_sealed(json.loads(text), coordinator().key))
    assert (opened["kind"], opened["case_number"], opened["token"], opened["text"]) == (
        "addition", case.number, token, f"{CANARY}\nbaris dua",
    )  # fmt: skip
    page = send(client, "withdrawals", pin=case.pin, act="withdraw")
    assert (page.status_code, 'id="withdrawn"' in page.text) == (200, True)
    page = send(client, "additions", **(fields | {"token": codes.new_token()}))
    assert page.status_code == 409
    page = send(client, "withdrawals", pin=case.pin, act="restore")
    assert (page.status_code, WORDS["kabar_restored"] in unescape(page.text)) == (200, True)


@pytest.mark.parametrize(
    "pin", ["", "1", "1234 5678 9012 3456", "K7Q2-9MPA", "１" * 16, "0" * 15 + "1", "9" * 5_000]
)
def test_pin_with_a_slip_is_told_before_anything_is_stretched(
    client: FlaskClient, pin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check digit comes first; what was typed can be looked at and mended."""
    monkeypatch.setattr(codes, "pin_keys", None)
    page = send(client, "status", pin=pin)
    assert page.status_code == 422
    assert WORDS["return_problem_pin"] in unescape(page.text)


def test_filled_trap_stops_before_stretching(
    client: FlaskClient, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that fills every box costs nothing."""
    monkeypatch.setattr(codes, "pin_keys", None)
    assert send(client, "status", pin=case.pin, website="x").status_code == 422


def test_nothing_typed_is_lost(client: FlaskClient, place: Workplace, case: Case) -> None:
    """A wrong PIN, a full disk, too long a text: the text stands on the page again."""
    token = codes.new_token()
    digits = f"{7:015d}"
    unknown = digits + codes.luhn_digit(digits)
    pages = [
        send(client, "additions", pin="1", text=CANARY, token=token),
        send(client, "additions", pin=unknown, text=CANARY, token=token),
        send(client, "additions", pin=case.pin, text=CANARY * 600, token=token),
        send(client, "additions", pin=case.pin, text=CANARY, token="x"),
        send(client, "additions", pin=case.pin, text=CANARY * 20_000, token=token),
    ]
    with without_room(place.settings.database):
        pages.append(send(client, "additions", pin=case.pin, text=CANARY, token=token))
    assert [page.status_code for page in pages] == [422, 404, 422, 422, 422, 503]
    assert all(CANARY in page.text for page in pages)
    again = send(client, "additions", pin=case.pin, text=CANARY, token=token)
    assert (again.status_code, CANARY in again.text) == (200, False)
    assert send(client, "additions", pin=case.pin, text=" ", token=token).status_code == 422
    assert send(client, "withdrawals", pin=case.pin, act="lain").status_code == 422


@pytest.mark.parametrize("text", ["🙏" * 6_000, "\u202e" * 6_000, "\x00<b>*#`\u200b" * 800])
def test_any_script_is_taken_or_told(client: FlaskClient, case: Case, text: str) -> None:
    """Kept whole, or refused with its reason; never 500."""
    page = send(client, "additions", pin=case.pin, text=text, token=codes.new_token())
    assert page.status_code in (200, 422)


# --- privacy ---


def test_neither_pin_nor_verifier_nor_text_is_kept_or_logged(
    client: FlaskClient,
    place: Workplace,
    spool: Spool,
    clock: Clock,
    case: Case,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Through good and bad requests with every logger at DEBUG; answers go to their asker alone."""
    caplog.set_level(logging.DEBUG)
    spool.keep_answer(case.number, sealed_answer(case, CANARY), clock())
    post(client, "status", return_verifier=case.verifier)
    post(client, "additions", **addition(case))
    post(client, "additions", **(addition(case) | {"sealed": CANARY, CANARY: CANARY}))
    post(client, "withdrawals", return_verifier=case.verifier, act=CANARY)
    for door in DOORS:
        fields = {"pin": case.pin, "text": CANARY, "token": codes.new_token(), "act": CANARY}
        send(client, door, **fields)
        with without_room(place.settings.database):
            send(client, door, **fields)
    secret_words = [
        case.pin,
        codes.group_pin(case.pin),
        case.verifier,
        case.keys.answer_key,
        CANARY,
    ]
    files = [path.read_bytes() for path in place.folder.rglob("*") if path.is_file()]
    files.append(content(place.settings.database))
    assert case.number.encode() in b"".join(files)
    for word in secret_words:
        assert word not in caplog.text
        assert not any(word in str(vars(record)) for record in caplog.records)
        assert not any(word.encode() in content for content in files)

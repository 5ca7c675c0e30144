"""The receiver answers each request as DESIGN's table says, and keeps nothing about the sender."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import logging
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import databases
from content.wording import load_wording
from html_form import encoded, read_form
from intake import codes, spool, web
from intake.form import Answers
from intake.organization import OrganizationProblem
from intake.sealing import KeyProblem, new_private_key, open_sealed
from intake.settings import ROOT, Settings
from intake.suspicion import NETWORK_MOST, SECONDS_TO_READ
from intake.turns import Turns
from workplace import (
    NOW,
    ORGANIZATION,
    PHONE,
    Clock,
    Workplace,
    coordinator,
    open_receiver,
    recovery,
    sealed_report,
    set_up,
    write_keys,
)

WORDS = load_wording(ROOT / "docs/data/wording.yml")
STORY = "Kami belum dapat kabar.\nTolong “cepat”, <b>ya</b> & hati-hati 🙏"
UNREADABLE = {
    "id": "Kiriman ini tidak terbaca. Muat ulang halaman, lalu kirim lagi.",
    "en": "This could not be read. Reload the page, then send again.",
}
BAD_FACT = {
    "id": "Bagian ini tidak terbaca. Muat ulang halaman, lalu kirim lagi.",
    "en": "This part could not be read. Reload the page, then send again.",
}
Filled = dict[str, str | list[str]]
_addresses = itertools.count(1)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, module_database_url: str) -> Workplace:
    """The folder and the database that one receiver works in."""
    made = set_up(tmp_path_factory.mktemp("receiver"))
    return made.with_database(module_database_url)


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def app(place: Workplace, clock: Clock) -> Flask:
    """A receiver for the whole module: starting one takes time."""
    return open_receiver(place, clock)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A phone on a network of its own, so that no test uses up another's limit."""
    return phone(app)


@pytest.fixture
def quick_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretch PINs for a moment only, where the test is about something else."""
    monkeypatch.setattr(codes, "PIN_ITERATIONS", 1_000)


@pytest.fixture
def ordinary(answers: Filled) -> Filled:
    """The smallest answers, and a story."""
    return answers | {"story": STORY}


def phone(app: Flask, address: str | None = None) -> FlaskClient:
    """A client at that address, or at one that nobody has used."""
    number = next(_addresses)
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address or f"198.51.{number // 250}.{number % 250 + 1}"
    return client


def post(client: FlaskClient, sent: object) -> TestResponse:
    return client.post("/intake/submissions", json=sent)


def fill_in(client: FlaskClient, answers: Answers, language: str = "id") -> dict[str, list[str]]:
    """The fields of a fresh form after a person has given these answers."""
    page = client.get(f"/intake/form?language={language}")
    assert page.status_code == 200
    return read_form(page.text).filled_in(answers)


def send(client: FlaskClient, fields: dict[str, list[str]], language: str = "id") -> TestResponse:
    return client.post(
        f"/intake/submissions?language={language}",
        data=encoded(fields),
        content_type="application/x-www-form-urlencoded",
    )


def shown(page: str, name: str) -> str:
    """The code that a receipt shows under that id."""
    return page.split(f'id="{name}">')[1].split("<")[0]


def other_way(code: str) -> dict[str, str]:
    """What a machine-readable refusal tells a person: the reason, and the duty phone."""
    return {
        language: f"{words[f'problem_{code}']} {words['form_other_way']} {PHONE}, "
        f"https://contoh.example/{'' if language == 'id' else 'en/'}darurat/"
        for language, words in WORDS.items()
    }


def rows(place: Workplace) -> int:
    ((count,),) = databases.rows(place.settings.database, "SELECT count(*) FROM reports")
    return int(count)


# What a browser has sealed


def test_a_sealed_report_is_kept_and_answered_with_its_case_number(
    client: FlaskClient, place: Workplace, ordinary: Filled
) -> None:
    """201 and the case number of the token, once the row is committed."""
    sent, plaintext = sealed_report(ordinary)
    answer = post(client, sent)
    case_number = codes.case_number(codes.decode(sent["token"], 16))
    assert (answer.status_code, answer.json) == (201, {"case_number": case_number})
    query = f"SELECT sealed FROM reports WHERE case_number = '{case_number}'"
    ((kept,),) = databases.rows(place.settings.database, query)
    assert open_sealed(json.loads(kept), coordinator().key) == plaintext


def test_the_same_bytes_again_get_the_same_answer(
    client: FlaskClient, place: Workplace, ordinary: Filled
) -> None:
    """A repeated sending is answered 200 with the first answer and makes no second report."""
    sent, _ = sealed_report(ordinary)
    first, kept = post(client, sent), rows(place)
    again = post(client, sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.data == first.data
    assert rows(place) == kept


def test_the_same_token_with_other_bytes_is_refused(
    client: FlaskClient, place: Workplace, ordinary: Filled
) -> None:
    """409, the reason in both languages, and the first report stays as it is."""
    sent, _ = sealed_report(ordinary)
    other, _ = sealed_report(ordinary)
    post(client, sent)
    kept = rows(place)
    answer = post(client, other | {"token": sent["token"]})
    told = {"error": "token", "errors": [], "message": other_way("token")}
    assert (answer.status_code, answer.json) == (409, told)
    assert rows(place) == kept


def test_the_same_content_in_other_bytes_is_no_repetition(
    client: FlaskClient, ordinary: Filled
) -> None:
    """A browser resends identical bytes; the same JSON written differently is another sending."""
    body = json.dumps(sealed_report(ordinary)[0])
    sendings = [
        client.post("/intake/submissions", data=data, content_type="application/json")
        for data in (body, body, body + " ")
    ]
    assert [sending.status_code for sending in sendings] == [201, 200, 409]


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_problem_is_told_at_once(client: FlaskClient, language: Any) -> None:
    """422 names each wrong member and fact in the person's language, and repeats none of them."""
    answer = post(
        client,
        {
            "version": 2,
            "token": "kanari",
            "language": language,
            "facts": {
                "urgency": "purple",
                "country": "QQ",
                "problem": ["money", "kanari"],
                "regency": "33.99",
                "contact": ["may-contact"],
                "sharing": None,
                "language": language,
                "kanari": "kanari",
            },
            "sealed": {"ciphertext": "kanari"},
            "return_verifier": "AAAA",
            "kanari": 1,
        },
    )
    unreadable = ["form", "version", "token", "return_verifier", "sealed"]
    facts = ["urgency", "country", "problem", "regency", "contact", "sharing", "facts"]
    errors = [{"field": name, "message": UNREADABLE[language]} for name in unreadable[:2]]
    errors += [{"field": name, "message": BAD_FACT[language]} for name in facts]
    errors += [{"field": name, "message": UNREADABLE[language]} for name in unreadable[2:]]
    told = {"error": "invalid", "errors": errors, "message": other_way("invalid")}
    assert (answer.status_code, answer.json) == (422, told)
    assert "kanari" not in answer.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("urgency", "RED"),
        ("urgency", ["red"]),
        ("country", ""),
        ("country", "my"),
        ("country", 7),
        ("problem", []),
        ("problem", "money"),
        ("problem", ["work", "money"]),
        ("problem", ["money", "money"]),
        ("problem", [{"money": 1}]),
        ("regency", "3302"),
        ("regency", True),
        ("contact", "call-me"),
        ("sharing", "everyone"),
    ],
)
def test_a_fact_is_one_of_its_codes_in_its_own_type(
    client: FlaskClient, place: Workplace, ordinary: Filled, name: str, value: object
) -> None:
    """Any other value, type, order or repetition is refused and nothing is kept."""
    sent, _ = sealed_report(ordinary)
    kept = rows(place)
    answer = post(client, sent | {"facts": sent["facts"] | {name: value}})
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"] == [{"field": name, "message": BAD_FACT["id"]}]
    assert rows(place) == kept


@pytest.mark.parametrize("name", ["urgency", "country", "problem", "regency", "contact", "sharing"])
def test_a_missing_fact_is_named(client: FlaskClient, ordinary: Filled, name: str) -> None:
    """Each fact is needed."""
    sent, _ = sealed_report(ordinary)
    del sent["facts"][name]
    answer = post(client, sent)
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"] == [{"field": name, "message": BAD_FACT["id"]}]


@pytest.mark.parametrize("language", ["fr", None, 5, ["id"], "ID"])
def test_a_language_is_one_of_ours(client: FlaskClient, ordinary: Filled, language: Any) -> None:
    """Another language is a wrong fact; the sentence about it is Indonesian."""
    sent, _ = sealed_report(ordinary)
    sent |= {"language": language, "facts": sent["facts"] | {"language": language}}
    answer = post(client, sent)
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"] == [{"field": "language", "message": BAD_FACT["id"]}]


def test_the_language_outside_must_be_the_language_of_the_facts(
    client: FlaskClient, ordinary: Filled
) -> None:
    """Two languages in one report are refused."""
    sent, _ = sealed_report(ordinary)
    answer = post(client, sent | {"language": "en"})
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"] == [{"field": "language", "message": UNREADABLE["en"]}]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"id"', b"\xff\xfe", b"[" * 60_000, b"1" * 5_000]
)
def test_what_is_no_json_object_is_unreadable(client: FlaskClient, body: bytes) -> None:
    """400 with a sentence, whatever the bytes are."""
    answer = client.post("/intake/submissions", data=body, content_type="application/json")
    told = {
        "error": "unreadable",
        "errors": [{"field": "form", "message": UNREADABLE["id"]}],
        "message": other_way("unreadable"),
    }
    assert (answer.status_code, answer.json) == (400, told)


def test_a_report_sealed_to_no_held_key_is_sent_back(
    client: FlaskClient, place: Workplace, ordinary: Filled
) -> None:
    """409 with the error `keys`, on which the page fetches the current keys and seals again."""
    stranger = new_private_key().public("orang-lain")
    sent, _ = sealed_report(ordinary, "en", stranger)
    kept = rows(place)
    answer = post(client, sent)
    message = "The team's keys have changed. Reload the page, then send again."
    told = {
        "error": "keys",
        "errors": [{"field": "form", "message": message}],
        "message": other_way("keys"),
    }
    assert (answer.status_code, answer.json) == (409, told)
    assert rows(place) == kept


def test_one_held_key_among_several_is_enough(client: FlaskClient, ordinary: Filled) -> None:
    """A report sealed while keys change still reaches somebody."""
    stranger = new_private_key().public("orang-lain")
    sent, _ = sealed_report(ordinary, "id", stranger, recovery().public)
    assert post(client, sent).status_code == 201


def test_a_token_sent_back_for_its_keys_can_be_used_again(
    client: FlaskClient, ordinary: Filled
) -> None:
    """Sealing anew under the same token is no reuse, since nothing was kept before."""
    stranger = new_private_key().public("orang-lain")
    refused, _ = sealed_report(ordinary, "id", stranger)
    again, _ = sealed_report(ordinary)
    assert post(client, refused).status_code == 409
    assert post(client, again | {"token": refused["token"]}).status_code == 201


def test_what_is_kept_of_a_sealed_report_is_written_anew(
    client: FlaskClient, place: Workplace, ordinary: Filled
) -> None:
    """No spelling of the sender's own reaches the database: members in our order, no spaces."""
    sent, _ = sealed_report(ordinary)
    sent["sealed"] = dict(reversed(sent["sealed"].items()))
    sent["facts"] = dict(reversed(sent["facts"].items()))
    body = json.dumps(sent, indent=3)
    answer = client.post("/intake/submissions", data=body, content_type="application/json")
    assert answer.json is not None
    case_number = answer.json["case_number"]
    query = f"SELECT facts, sealed FROM reports WHERE case_number = '{case_number}'"
    ((facts, sealed),) = databases.rows(place.settings.database, query)
    assert list(json.loads(facts)) == [
        "urgency", "country", "problem", "regency", "contact", "sharing", "language",
    ]  # fmt: skip
    assert list(json.loads(sealed)) == ["protected", "recipients", "iv", "ciphertext", "tag"]
    assert " " not in sealed


# Too large, too many, of another kind, no room


def test_a_request_that_is_too_large_names_another_way(client: FlaskClient) -> None:
    """413 with the reason and the duty phone, in both languages."""
    body = b'{"version": 1' + b" " * web.LARGEST_REQUEST
    answer = client.post("/intake/submissions", data=body, content_type="application/json")
    told = {"error": "too-large", "errors": [], "message": other_way("too-large")}
    assert (answer.status_code, answer.json) == (413, told)


def test_the_largest_report_that_can_be_sealed_is_not_too_large(
    client: FlaskClient, ordinary: Filled
) -> None:
    """24 KiB sealed to five recipients fits well inside the limit of a request."""
    more = [new_private_key().public(f"orang-{number}") for number in range(4)]
    sent, plaintext = sealed_report(
        ordinary | {"story": "x" * 23_000}, "id", coordinator().public, *more
    )
    assert len(plaintext) > 20_480
    assert len(json.dumps(sent)) < web.LARGEST_REQUEST / 2
    assert post(client, sent).status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "", "application/xml"])
def test_a_body_of_another_kind_is_not_read(client: FlaskClient, kind: str) -> None:
    """415, as a page, since no form of ours sends such a thing."""
    answer = client.post("/intake/submissions", data=b"kanari", content_type=kind)
    assert answer.status_code == 415
    assert WORDS["id"]["problem_unreadable"] in answer.text
    assert f"tel:{PHONE}" in answer.text
    assert "kanari" not in answer.text


def test_a_network_that_sends_too_much_waits(app: Flask, ordinary: Filled) -> None:
    """429 with Retry-After and another way after the limit; another network is not touched."""
    busy, quiet = phone(app), phone(app)
    sent, _ = sealed_report(ordinary)
    statuses = [post(busy, {}).status_code for _ in range(NETWORK_MOST)]
    assert statuses == [422] * NETWORK_MOST
    answer = post(busy, sent)
    told = {"error": "too-many", "errors": [], "message": other_way("too-many")}
    assert (answer.status_code, answer.json) == (429, told)
    assert 3_500 < int(answer.headers["Retry-After"]) <= 3_600
    assert busy.get("/intake/form").status_code == 200
    assert post(quiet, sent).status_code == 201


def test_a_page_that_is_refused_for_the_limit_keeps_what_was_typed(
    app: Flask, ordinary: Filled
) -> None:
    """429 shows the form filled in again, with the reason and the duty phone."""
    client = phone(app)
    for _ in range(NETWORK_MOST):
        post(client, {})
    fields = fill_in(client, ordinary)
    answer = send(client, fields)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 3_500
    assert read_form(answer.text).fields == fields
    assert other_way("too-many")["id"] in answer.text


def test_the_forwarded_address_counts_behind_a_trusted_proxy(place: Workplace) -> None:
    """With INTAKE_PROXIES=1 each forwarded address has its own limit."""
    app = open_receiver(place.with_settings(INTAKE_PROXIES="1"))
    statuses = [_forwarded(app, f"203.0.113.{number % 2}") for number in range(122)]
    assert statuses == [422] * 120 + [429] * 2


def test_without_a_trusted_proxy_a_forwarded_address_counts_for_nothing(place: Workplace) -> None:
    """With INTAKE_PROXIES=0 nobody escapes the limit by a header."""
    app = open_receiver(place)
    statuses = [_forwarded(app, f"203.0.113.{number}") for number in range(62)]
    assert statuses == [422] * 60 + [429] * 2


def test_only_the_trusted_part_of_a_forwarded_chain_counts(place: Workplace) -> None:
    """What a sender writes in front of the proxy's own entry does not make a new network."""
    app = open_receiver(place.with_settings(INTAKE_PROXIES="1"))
    statuses = [_forwarded(app, f"203.0.113.{number}, 203.0.113.200") for number in range(62)]
    assert statuses == [422] * 60 + [429] * 2


def test_all_addresses_of_one_subscriber_are_one_network(app: Flask) -> None:
    """Of IPv6 a phone has 64 bits of its own to choose from, so the first 64 count."""
    statuses = [post(phone(app, f"2001:db8:7::{number:x}"), {}).status_code for number in range(62)]
    assert statuses == [422] * 60 + [429] * 2
    assert post(phone(app, "2001:db8:7:1::1"), {}).status_code == 422


def _forwarded(app: Flask, address: str) -> int:
    client = phone(app, "192.0.2.1")
    headers = {"X-Forwarded-For": address}
    return client.post("/intake/submissions", json={}, headers=headers).status_code


def test_without_room_on_the_disk_nothing_is_called_received(
    client: FlaskClient, place: Workplace, ordinary: Filled, caplog: pytest.LogCaptureFixture
) -> None:
    """503 names another way; the same report is taken once there is room again."""
    sent, _ = sealed_report(ordinary)
    kept = rows(place)
    with databases.without_room(place.settings.database):
        answer = post(client, sent)
    told = {"error": "unavailable", "errors": [], "message": other_way("unavailable")}
    assert (answer.status_code, answer.json) == (503, told)
    assert rows(place) == kept
    assert [record.getMessage() for record in caplog.records] == [
        "The database of INTAKE_DATABASE does not answer (OperationalError): "
        "check that it runs, that its disk has room and that the program may write there."
    ]
    assert post(client, sent).status_code == 201


@pytest.mark.usefixtures("quick_pins")
def test_a_page_that_could_not_be_kept_keeps_what_was_typed(
    client: FlaskClient, place: Workplace, ordinary: Filled
) -> None:
    """503 shows the form filled in again, same token, so that sending again files one report."""
    fields = fill_in(client, ordinary)
    with databases.without_room(place.settings.database):
        answer = send(client, fields)
    assert answer.status_code == 503
    assert read_form(answer.text).fields == fields
    assert other_way("unavailable")["id"] in answer.text
    assert send(client, read_form(answer.text).fields).status_code == 303


def test_health_says_whether_the_database_answers(tmp_path: Path) -> None:
    """200, then 503 once the table is gone; nothing in the body either time."""
    place = set_up(tmp_path)
    client = phone(open_receiver(place))
    well = client.get("/intake/health")
    databases.rows(place.settings.database, "DROP TABLE reports")
    ill = client.get("/intake/health")
    assert (well.status_code, well.data) == (200, b"")
    assert (ill.status_code, ill.data) == (503, b"")


# Who may ask, and what each answer says about itself


def test_the_sites_own_origin_may_send(client: FlaskClient, ordinary: Filled) -> None:
    """OPTIONS and POST from the site are allowed by name, without credentials."""
    headers = {"Origin": "https://contoh.example"}
    asked = client.options("/intake/submissions", headers=headers)
    sent, _ = sealed_report(ordinary)
    posted = client.post("/intake/submissions", json=sent, headers=headers)
    assert (asked.status_code, asked.data, posted.status_code) == (204, b"", 201)
    for answer in (asked, posted):
        assert answer.headers["Access-Control-Allow-Origin"] == "https://contoh.example"
        assert answer.headers["Access-Control-Allow-Methods"] == "POST"
        assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
        assert answer.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        None, "null", "http://contoh.example", "https://contoh.example:444",
        "https://contoh.example.evil.example", "https://www.contoh.example",
    ],
)  # fmt: skip
def test_no_other_origin_may_send(client: FlaskClient, origin: str | None) -> None:
    """OPTIONS from anywhere else is refused and no answer names an allowed origin."""
    headers = {"Origin": origin} if origin else {}
    asked = client.options("/intake/submissions", headers=headers)
    posted = client.post("/intake/submissions", json={}, headers=headers)
    assert (asked.status_code, asked.data) == (403, b"")
    for answer in (asked, posted):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


@pytest.mark.usefixtures("quick_pins")
def test_every_answer_carries_the_same_protection(
    client: FlaskClient, ordinary: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer is stored, sniffed, framed or referred to, and none sets a cookie."""
    sent, _ = sealed_report(ordinary)
    redirect = send(client, fill_in(client, ordinary))
    answers = [
        client.get("/intake/form"),
        client.get(redirect.location),
        client.get("/intake/health"),
        client.get("/intake/nothing"),
        client.get("/intake/submissions"),
        client.get("/intake/received/nothing"),
        client.options("/intake/submissions"),
        redirect,
        post(client, sent),
        post(client, sent | {"version": 2}),
        send(client, {}),
        client.post("/intake/submissions", data=b"x"),
        client.post("/intake/submissions", json=" " * web.LARGEST_REQUEST),
    ]
    monkeypatch.setattr(web, "read_sealed", _explode)
    answers.append(post(client, sent))
    assert [answer.status_code for answer in answers] == [
        200, 200, 200, 404, 405, 404, 403, 303, 201, 422, 422, 415, 413, 500,
    ]  # fmt: skip
    policies = {answer.headers["Content-Security-Policy"] for answer in answers}
    assert len(policies) == 1
    policy, style = policies.pop().split("style-src ")
    assert policy == "default-src 'none'; "
    digest, rest = style.split("; ", 1)
    assert digest.startswith("'sha256-")
    assert rest == "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Permissions-Policy"].startswith("camera=(), geolocation=()")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "Set-Cookie" not in answer.headers
        assert "Server" not in answer.headers


@pytest.mark.parametrize(("code", "status"), [("too-large", 413), ("too-many", 429)])
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_web_server_in_front_can_show_what_went_wrong(
    client: FlaskClient, code: str, status: int, language: str
) -> None:
    """What it refuses itself is told on our page: the reason and the duty telephone."""
    answer = client.get(f"/intake/problem/{code}?language={language}")
    assert answer.status_code == status
    assert WORDS[language][f"problem_{code}"] in unescape(answer.text)
    assert PHONE in answer.text
    assert client.get("/intake/problem/other").status_code == 404


def test_no_browser_is_bound_to_https_by_a_receiver_without_it(tmp_path: Path) -> None:
    """A demonstration on this machine would lock its own address for a year."""
    app = open_receiver(set_up(tmp_path, receiver="http://127.0.0.1:8000/intake/"))
    answer = app.test_client().get("/intake/form")
    assert "Strict-Transport-Security" not in answer.headers


def _explode(*_arguments: object) -> None:
    raise RuntimeError("kanari")


@pytest.mark.usefixtures("quick_pins")
def test_the_styles_of_each_page_are_the_ones_that_the_policy_allows(
    client: FlaskClient, ordinary: Filled
) -> None:
    """Form, receipt and problem have the policy's style inlined, and load and run nothing."""
    receipt = client.get(send(client, fill_in(client, ordinary)).location)
    for answer in (client.get("/intake/form"), receipt, client.get("/intake/nothing")):
        style = answer.text.split("<style>")[1].split("</style>")[0]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}';" in answer.headers["Content-Security-Policy"]
        assert answer.text.count("<style") == 1
        for loading in ("<script", "<img", '<link rel="stylesheet', "<iframe", " style="):
            assert loading not in answer.text


def test_an_unexpected_error_tells_nothing(
    client: FlaskClient,
    ordinary: Filled,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """500 with the sentence for a fault of ours; the log holds the error's kind and place alone."""
    monkeypatch.setattr(web, "read_sealed", _explode)
    answer = post(client, sealed_report(ordinary)[0])
    told = {"error": "unavailable", "errors": [], "message": other_way("unavailable")}
    assert (answer.status_code, answer.json) == (500, told)
    line = _explode.__code__.co_firstlineno + 1
    assert [(r.name, r.getMessage(), r.exc_info) for r in caplog.records] == [
        ("intake.web", f"RuntimeError in _explode, line {line}", None)
    ]


@pytest.mark.usefixtures("quick_pins")
def test_nothing_about_the_sender_is_kept_or_logged(
    app: Flask, place: Workplace, ordinary: Filled, caplog: pytest.LogCaptureFixture
) -> None:
    """No address and no user agent stands in the working folder or in any log."""
    caplog.set_level(logging.DEBUG)
    client = phone(app, "203.0.113.77")
    headers = {
        "User-Agent": "PonselContoh/7.7",
        "Referer": "https://contoh.example/rujukan77",
        "X-Forwarded-For": "203.0.113.88",
        "Cookie": "kue77=1",
    }
    client.post("/intake/submissions", json=sealed_report(ordinary)[0], headers=headers)
    client.post("/intake/submissions", json={}, headers=headers)
    client.post(
        "/intake/submissions", data=encoded(fill_in(client, ordinary)), headers=headers,
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    with databases.without_room(place.settings.database):
        client.post("/intake/submissions", json=sealed_report(ordinary)[0], headers=headers)
    found = b"".join(path.read_bytes() for path in place.folder.rglob("*") if path.is_file())
    found += databases.content(place.settings.database)
    found += "\n".join(record.getMessage() for record in caplog.records).encode()
    for trace in (b"203.0.113", b"PonselContoh", b"rujukan77", b"kue77"):
        assert trace not in found


# The form without JavaScript


@pytest.mark.parametrize(
    ("asked", "language"), [("id", "id"), ("en", "en"), ("fr", "id"), ("", "id"), ("EN", "id")]
)
def test_the_form_speaks_our_two_languages(client: FlaskClient, asked: str, language: str) -> None:
    """An unknown language is Indonesian; the form says which it is."""
    page = client.get(f"/intake/form?language={asked}")
    assert f'<html lang="{language}"' in page.text
    assert f"<h1>{WORDS[language]['form_title']}</h1>" in page.text
    form = read_form(page.text)
    assert form.action == f"/intake/submissions?language={language}"
    assert form.fields["language"] == [language]


def test_each_form_has_its_own_token_and_nothing_filled_in(client: FlaskClient) -> None:
    """Two people never share a token, and no consent is ticked beforehand."""
    first, second = (read_form(client.get("/intake/form").text).fields for _ in range(2))
    assert first["token"] != second["token"]
    assert len(codes.decode(first["token"][0], 16)) == 16
    filled = {name: values for name, values in first.items() if values != [""]}
    own = {"token": first["token"], "language": ["id"], "opened": first["opened"]}
    assert filled == own


def test_the_form_asks_every_question_and_says_what_sending_means(client: FlaskClient) -> None:
    """Each field of the definition can be answered; the consent names who keeps the report."""
    page = client.get("/intake/form?language=en").text
    for name in ("who", "safe", "problem", "signs", "story", "country", "reach", "share"):
        assert f'name="{name}"' in page
    consent = WORDS["en"]["form_consent"].format(
        name="The example team", operator=ORGANIZATION["operator"], days=90
    )
    assert consent in page


@pytest.mark.usefixtures("quick_pins")
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_sent_form_leads_to_a_receipt(
    client: FlaskClient, place: Workplace, ordinary: Filled, language: str
) -> None:
    """303 to a receipt with the case number and the PIN; what was typed can be opened."""
    fields = fill_in(client, ordinary, language)
    answer = send(client, fields, language)
    assert answer.status_code == 303
    assert answer.location.startswith("/intake/received/")
    receipt = client.get(answer.location)
    assert receipt.status_code == 200
    assert f"<h1>{WORDS[language]['received_title']}</h1>" in receipt.text
    token = codes.decode(fields["token"][0], 16)
    assert shown(receipt.text, "case-number") == codes.case_number(token)
    pin = codes.derive_pin(bytes.fromhex((place.folder / "secret").read_text()), token)
    assert shown(receipt.text, "pin") == codes.group_pin(pin)
    assert codes.luhn_digit(pin[:-1]) == pin[-1]
    content = json.loads(open_sealed(_kept(place, fields), coordinator().key))
    assert content["answers"] == ordinary
    assert content["language"] == language
    assert content["written_at"] == NOW


def _kept(place: Workplace, fields: dict[str, list[str]]) -> Any:
    case_number = codes.case_number(codes.decode(fields["token"][0], 16))
    query = f"SELECT sealed FROM reports WHERE case_number = '{case_number}'"
    ((sealed,),) = databases.rows(place.settings.database, query)
    return json.loads(sealed)


def test_neither_pin_nor_what_comes_from_it_is_kept(tmp_path: Path, ordinary: Filled) -> None:
    """The database holds no PIN, verifier or answer key of a form, in no spelling."""
    place = set_up(tmp_path)
    client = phone(open_receiver(place))
    fields = fill_in(client, ordinary)
    pin = shown(client.get(send(client, fields).location).text, "pin")
    content = json.loads(open_sealed(_kept(place, fields), coordinator().key))
    digits = pin.replace(" ", "")
    salt = codes.decode(ORGANIZATION["code_salt"], 16)
    keys = codes.pin_keys(digits, salt)
    assert content["return_verifier"] == keys.verifier
    assert content["answer_key"] == keys.answer_key
    found = b"".join(path.read_bytes() for path in tmp_path.glob("spool.db*"))
    kept = codes.stored_verifier(
        bytes.fromhex((tmp_path / "secret").read_text()), codes.decode(keys.verifier, 32)
    )
    assert kept in found
    for secret in (keys.verifier, keys.answer_key):
        assert secret.encode() not in found
        assert codes.decode(secret, 32) not in found
    for spelling in (pin, digits, digits[:8]):
        assert spelling.encode() not in found
    assert fields["token"][0].encode() not in found
    assert codes.decode(fields["token"][0], 16) not in found


@pytest.mark.usefixtures("quick_pins")
def test_reloading_and_double_tapping_give_the_same_case(
    client: FlaskClient, place: Workplace, ordinary: Filled
) -> None:
    """The same form sent again, one after another or at once, is one report with one PIN."""
    fields = fill_in(client, ordinary)
    kept = rows(place)
    with ThreadPoolExecutor(3) as pool:
        sendings = list(pool.map(lambda _: send(phone(client.application), fields), range(3)))
    sendings.append(send(client, fields))
    assert [sending.status_code for sending in sendings] == [303] * 4
    receipts = [client.get(sending.location).text for sending in sendings]
    receipts.append(client.get(sendings[0].location).text)
    codes_shown = {(shown(page, "case-number"), shown(page, "pin")) for page in receipts}
    assert len(codes_shown) == 1
    assert rows(place) == kept + 1


@pytest.mark.usefixtures("quick_pins")
def test_the_same_form_with_other_answers_is_refused(
    client: FlaskClient, place: Workplace, ordinary: Filled
) -> None:
    """409: the first report stands, and the page says so and offers a new form."""
    fields = fill_in(client, ordinary, "en")
    send(client, fields, "en")
    kept = rows(place)
    answer = send(client, fields | {"story": ["Something else"]}, "en")
    assert answer.status_code == 409
    assert WORDS["en"]["problem_token"] in answer.text
    assert 'href="/intake/form?language=en"' in answer.text
    assert f"tel:{PHONE}" in answer.text
    assert rows(place) == kept


@pytest.mark.usefixtures("quick_pins")
def test_a_receipt_expires(client: FlaskClient, clock: Clock, ordinary: Filled) -> None:
    """After 15 minutes 410, in the person's language, and it says that the report has arrived."""
    address = send(client, fill_in(client, ordinary, "en"), "en").location
    try:
        clock.seconds += 900
        assert client.get(address).status_code == 200
        clock.seconds += 1
        answer = client.get(address)
    finally:
        clock.seconds = NOW
    assert answer.status_code == 410
    assert WORDS["en"]["problem_expired"] in answer.text
    assert f"<h1>{WORDS['en']['received_title']}</h1>" in answer.text
    assert WORDS["en"]["problem_title"] not in answer.text
    assert 'id="pin"' not in answer.text


@pytest.mark.parametrize("receipt", ["nothing", "gAAAAA==", "é", "%00", "a" * 3_000])
def test_what_is_no_receipt_of_ours_is_not_found(client: FlaskClient, receipt: str) -> None:
    """404 whatever stands there, and nothing is claimed to have arrived."""
    answer = client.get(f"/intake/received/{receipt}")
    assert answer.status_code == 404
    assert WORDS["id"]["problem_not-found"] in answer.text


@pytest.mark.usefixtures("quick_pins")
def test_a_receipt_shows_nothing_in_its_address(client: FlaskClient, ordinary: Filled) -> None:
    """The address holds neither case number nor PIN in clear, nor in base64."""
    answer = send(client, fill_in(client, ordinary))
    page = client.get(answer.location).text
    receipt = answer.location.rpartition("/")[2]
    raw = base64.urlsafe_b64decode(receipt)
    for code in (shown(page, "case-number"), shown(page, "pin").replace(" ", "")):
        assert code not in receipt
        assert code.encode() not in raw


@pytest.mark.usefixtures("quick_pins")
@pytest.mark.parametrize(("language", "number"), [("id", "999"), ("en", "999")])
def test_in_danger_the_numbers_come_before_the_case_number(
    client: FlaskClient, ordinary: Filled, language: str, number: str
) -> None:
    """A MERAH report is answered with the country's numbers first."""
    danger = ordinary | {"safe": "no", "country": "MY", "stage": "abroad"}
    answer = send(client, fill_in(client, danger, language), language)
    page = client.get(answer.location).text
    call, case = page.index(WORDS[language]["received_call_now"]), page.index('id="case-number"')
    assert call < page.index(f'href="tel:{number}"') < case


@pytest.mark.usefixtures("quick_pins")
def test_without_danger_the_case_number_comes_first(client: FlaskClient, ordinary: Filled) -> None:
    """An ordinary report shows no alarm, and the reading time of its urgency."""
    may_contact = ordinary | {"contact": "may-contact", "reach": "+44 7700 900123"}
    page = client.get(send(client, fill_in(client, may_contact)).location).text
    assert WORDS["id"]["received_call_now"] not in page
    assert WORDS["id"]["received_next"].format(hours=72) in page


@pytest.mark.usefixtures("quick_pins")
def test_who_comes_back_alone_is_told_how(client: FlaskClient, ordinary: Filled) -> None:
    """Nobody will call: the receipt says so and gives the team's number."""
    page = client.get(send(client, fill_in(client, ordinary)).location).text
    assert WORDS["id"]["received_come_back"] in page
    assert f"tel:{PHONE}" in page
    assert WORDS["id"]["received_next"].format(hours=72) not in page


@pytest.mark.parametrize(
    ("language", "missing"),
    [
        ("id", "Jawab pertanyaan ini. Kalau tidak tahu, pilih “Tidak tahu”."),
        ("en", "Answer this question. If you do not know, choose “I don't know”."),
    ],
)
def test_an_empty_form_names_every_missing_answer(
    client: FlaskClient, language: str, missing: str
) -> None:
    """422 lists each question that needs an answer, in the person's language."""
    answer = send(client, fill_in(client, {}, language), language)
    assert answer.status_code == 422
    for name in ("who", "safe", "problem", "stage", "country", "regency", "contact"):
        assert _error(answer.text, name) == missing
    for name in ("signs", "story", "reach", "share"):
        assert _error(answer.text, name) == ""


def test_every_link_of_the_problem_list_leads_somewhere(client: FlaskClient) -> None:
    """The list at the top leads to each field that it names."""
    page = send(client, {"token": ["x"]}).text
    targets = re.findall(r'<li><a href="#([^"]+)"', page)
    assert len(targets) == 7
    for target in targets:
        assert page.count(f'id="{target}"') == 1


def _error(page: str, name: str) -> str:
    """The sentence that stands at a field."""
    line = page.split(f'id="error-{name}"')[1].split("</p>")[0]
    return unescape(line.rpartition("<span>")[2].removesuffix("</span>"))


def test_a_refused_form_loses_nothing(client: FlaskClient, ordinary: Filled) -> None:
    """Every field comes back as it was sent, hard characters, blank lines and token included."""
    typed: Filled = {
        "who": "child",
        "problem": ["unpaid-wages", "lost-contact"],  # in the order of the page
        "signs": ["threatened", "isolated"],
        "last-number": '"+44 7700 900123" & <anak>',
        "sent-by": "PT Contoh ’Rekaan’ {{ 7 * 7 }}",
        "story": "\n\nBaris kosong di depan\n\ttab, ꦱꦸꦒꦼꦁ, مرحبا, </textarea><b>tebal</b>\n\n",
        "worker-name": "  Contoh  ",
        "share": ["police"],
        "statistics": ["count-me"],
    }
    fields = fill_in(client, ordinary | typed)
    del fields["safe"]
    answer = send(client, fields)
    assert answer.status_code == 422
    assert read_form(answer.text).fields == fields
    assert "</textarea><b>" not in answer.text


def test_one_answer_too_many_is_a_sentence_and_not_a_loss(
    client: FlaskClient, ordinary: Filled
) -> None:
    """A choice that excludes others, and a text that is too long, come back with the reason."""
    fields = fill_in(client, ordinary | {"signs": ["isolated", "none"], "agency": "x" * 301})
    answer = send(client, fields)
    assert answer.status_code == 422
    assert _error(answer.text, "signs") == (
        "“Tidak tahu” atau “Tidak ada” tidak bisa dipilih bersama jawaban lain."
    )
    too_long = "Terlalu panjang. Paling banyak 300 huruf; sekarang 301."
    assert _error(answer.text, "agency") == too_long
    assert read_form(answer.text).fields == fields


def is_suspect(place: Workplace, fields: dict[str, list[str]]) -> bool:
    """Whether the report of that form is kept, and held back."""
    token_hash = hashlib.sha256(codes.decode(fields["token"][0], 16)).digest()
    found = databases.rows(place.settings.database, "SELECT token_hash, suspect FROM reports")
    return bool(dict(found)[token_hash])


def after(clock: Clock, seconds: int) -> None:
    """Let a person read for that long."""
    clock.seconds += seconds


@pytest.fixture
def own(tmp_path: Path, quick_pins: None) -> tuple[Workplace, Flask, Clock]:  # noqa: ARG001
    """A receiver to which nobody has sent anything, and its clock."""
    place, clock = set_up(tmp_path), Clock()
    return place, open_receiver(place, clock), clock


Own = tuple[Workplace, Flask, Clock]


def test_what_looks_like_a_machine_is_kept_and_answered_like_any_other(
    own: Own, ordinary: Filled
) -> None:
    """Trap filled, sent at once, stamp missing, damaged or another's: 303, and held back."""
    place, app, clock = own
    foreign = fill_in(phone(app), ordinary)["opened"]
    machines: list[dict[str, list[str]]] = [
        {"website": ["https://iklan.example/"]}, {"opened": []}, {"opened": ["x"]},
        {"opened": ["é\N{BOM}"]}, {"opened": foreign}, {},
    ]  # fmt: skip
    answers = []
    for change in [*machines, None]:
        fields = fill_in(phone(app), ordinary)
        after(clock, 0 if change == {} else SECONDS_TO_READ)
        answers.append(send(phone(app), fields | (change or {})))
        assert is_suspect(place, fields) is (change is not None)
    shapes = {(a.status_code, a.text, tuple(sorted(a.headers.keys()))) for a in answers}
    texts = {re.sub(r"received/[^\"<]+", "", text) for _, text, _ in shapes}
    assert ({status for status, _, _ in shapes}, len(texts)) == ({303}, 1)
    assert len({headers for _, _, headers in shapes}) == 1
    receipts = [phone(app).get(answer.location).text for answer in answers]
    assert len({re.sub(r"[0-9A-Z]{4}[- ][0-9A-Z -]+", "", page) for page in receipts}) == 1


@pytest.mark.parametrize("seconds", [SECONDS_TO_READ, 172_800, 31_536_000])
def test_a_page_is_good_for_as_long_as_it_stays_open(
    own: Own, ordinary: Filled, seconds: int
) -> None:
    """After ten seconds, two days or a year it is sent like any other, and not held back."""
    place, app, clock = own
    fields = fill_in(phone(app), ordinary)
    after(clock, seconds)
    assert send(phone(app), fields).status_code == 303
    assert not is_suspect(place, fields)


def test_a_mistake_mended_at_once_is_no_haste(own: Own, ordinary: Filled) -> None:
    """The page that comes back has the stamp of the first one; a lost one is made anew."""
    place, app, clock = own
    client, fields = phone(app), fill_in(phone(app), ordinary)
    after(clock, SECONDS_TO_READ)
    again = read_form(send(client, fields | {"who": []}).text).fields
    assert again["opened"] == fields["opened"]
    assert send(client, again | {"who": fields["who"]}).status_code == 303
    assert not is_suspect(place, fields)
    lost = read_form(send(client, fields | {"who": [], "opened": ["x"], "token": ["x"]}).text)
    assert lost.fields["opened"] not in (["x"], fields["opened"])
    after(clock, SECONDS_TO_READ)
    assert send(client, lost.fields | {"who": fields["who"]}).status_code == 303
    assert not is_suspect(place, lost.fields)


def test_a_stamp_tells_nothing(own: Own) -> None:
    """It holds no name or address, only its token and time, sealed with the receiver's secret."""
    _, app, _ = own
    fields = read_form(phone(app, "203.0.113.77").get("/intake/form").text).fields
    raw = base64.urlsafe_b64decode(fields["opened"][0])
    assert b"203" not in raw
    assert fields["token"][0].encode() not in raw


def test_one_network_is_held_back_after_ten_and_refused_after_sixty(
    own: Own, ordinary: Filled
) -> None:
    """Each of ten is filed in its turn, each further one last; others are not touched."""
    place, app, clock = own
    busy = phone(app, "203.0.113.1")
    answers = [post(busy, sealed_report(ordinary)[0]) for _ in range(12)]
    assert [answer.status_code for answer in answers] == [201] * 12
    assert _suspects(place) == [False] * 10 + [True] * 2
    post(phone(app, "203.0.114.1"), sealed_report(ordinary)[0])
    assert _suspects(place)[-1] is False
    statuses = [post(busy, {}).status_code for _ in range(NETWORK_MOST - 11)]
    assert statuses == [422] * (NETWORK_MOST - 12) + [429]
    after(clock, 3_600)
    assert post(busy, sealed_report(ordinary)[0]).status_code == 201
    assert _suspects(place)[-1] is False


def test_in_a_burst_the_first_of_each_neighbourhood_is_not_held_back(
    own: Own, ordinary: Filled
) -> None:
    """Past 60 an hour from everywhere, a second sending from one neighbourhood waits."""
    place, app, clock = own
    sent, _ = sealed_report(ordinary)
    for number in range(60):
        token = codes.new_token()
        assert post(phone(app, f"203.0.{number}.1"), sent | {"token": token}).status_code == 201
    for address in ("203.0.1.2", "198.51.100.1", "198.51.100.2", "2001:db8::1", "2001:db8:0:1::1"):
        answer = post(phone(app, address), sent | {"token": codes.new_token()})
        assert answer.status_code == 201
    assert _suspects(place) == [False] * 60 + [True, False, True, False, True]
    after(clock, 3_600)
    post(phone(app, "198.51.100.2"), sent | {"token": codes.new_token()})
    assert _suspects(place)[-1] is False


def _suspects(place: Workplace) -> list[bool]:
    query = "SELECT suspect FROM reports ORDER BY id"
    return [bool(suspect) for (suspect,) in databases.rows(place.settings.database, query)]


@pytest.mark.parametrize(
    ("headers", "suspect"),
    [
        ({}, False),  # old browsers, Tor
        ({"Origin": "null"}, False),  # ours: our pages refer to nobody
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "https://contoh.example"}, False),
        ({"Origin": "https://contoh.example", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, True),
        ({"Origin": "https://jahat.example"}, True),
        ({"Origin": "https://jahat.example", "Sec-Fetch-Site": "same-origin"}, True),
    ],
)
def test_a_form_on_another_site_is_held_back(
    own: Own, ordinary: Filled, headers: dict[str, str], suspect: bool
) -> None:
    """Only what the browser itself says counts, and it refuses nobody."""
    place, app, clock = own
    fields = fill_in(phone(app), ordinary)
    after(clock, SECONDS_TO_READ)
    answer = phone(app).post(
        "/intake/submissions",
        data=encoded(fields),
        content_type="application/x-www-form-urlencoded",
        headers=headers,
    )
    assert answer.status_code == 303
    assert is_suspect(place, fields) is suspect


def test_json_in_a_form_of_another_site_is_not_read(own: Own, ordinary: Filled) -> None:
    """A page elsewhere may send text/plain without asking first, so JSON in it is refused."""
    place, app, _ = own
    body = json.dumps(sealed_report(ordinary)[0])
    answer = phone(app).post("/intake/submissions", data=body, content_type="text/plain")
    assert (answer.status_code, rows(place)) == (415, 0)


def test_a_full_waiting_room_names_another_way(
    own: Own, ordinary: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 for what is suspect when too many wait; a person above suspicion is still served."""
    place, app, _ = own
    monkeypatch.setattr(spool, "SUSPECTS_KEPT", 1)
    forms = [fill_in(phone(app), ordinary) for _ in range(2)]
    answers = [send(phone(app), fields) for fields in forms]
    assert [answer.status_code for answer in answers] == [303, 503]
    assert read_form(answers[1].text).fields == forms[1]
    assert other_way("unavailable")["id"] in answers[1].text
    assert post(phone(app), sealed_report(ordinary)[0]).status_code == 201
    assert _suspects(place) == [True, False]


@pytest.mark.usefixtures("quick_pins")
@pytest.mark.parametrize("token", ["", "kanari", "AAAAAAAAAAAAAAAAAAAAAB", "é"])
def test_a_form_whose_token_was_lost_gets_a_new_one(
    client: FlaskClient, ordinary: Filled, token: str
) -> None:
    """422 with the text kept; sending that page again works."""
    fields = fill_in(client, ordinary)
    refused = send(client, fields | {"token": [token]})
    again = read_form(refused.text).fields
    assert refused.status_code == 422
    assert UNREADABLE["id"] in refused.text
    renewed = {"token": [""], "opened": [""]}
    assert again | renewed == fields | renewed
    assert again["token"] != [token]
    assert send(client, again).status_code == 303


@pytest.mark.usefixtures("quick_pins")
def test_text_that_does_not_fit_names_the_longest_field(
    client: FlaskClient, ordinary: Filled
) -> None:
    """Each text may be short enough alone and all together too long: the longest is named."""
    fields = fill_in(client, ordinary | {"story": "🙏" * 6_000, "agency": "🙏" * 300})
    answer = send(client, fields)
    assert answer.status_code == 422
    assert _error(answer.text, "story") == (
        "Semua tulisan Anda bersama-sama terlalu panjang. Pendekkan bagian ini."
    )
    assert _error(answer.text, "agency") == ""
    assert read_form(answer.text).fields == fields


def test_a_form_that_is_too_large_gets_a_page(client: FlaskClient) -> None:
    """413 as a page with another way, in the language of the form's address."""
    answer = send(client, {"story": ["x" * web.LARGEST_FORM]}, "en")
    assert answer.status_code == 413
    assert WORDS["en"]["problem_too-large"] in answer.text
    assert f"tel:{PHONE}" in answer.text


def test_only_two_pins_are_stretched_at_once(
    app: Flask, clock: Clock, ordinary: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six people who send at once are all served, two at a time."""
    busy, most, lock = 0, 0, threading.Lock()
    stretch = codes.pin_keys

    def slow(pin: str, salt: bytes) -> codes.PinKeys:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(0.05)
        with lock:
            busy -= 1
        return stretch(pin, salt)

    monkeypatch.setattr(codes, "PIN_ITERATIONS", 1_000)
    monkeypatch.setattr(codes, "pin_keys", slow)
    phones = [phone(app) for _ in range(6)]
    forms = [fill_in(client, ordinary) for client in phones]
    monkeypatch.setattr(clock, "seconds", NOW + SECONDS_TO_READ)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, phones, forms))
    assert [answer.status_code for answer in answers] == [303] * 6
    assert most == 2


def test_no_pin_is_stretched_for_what_is_refused(
    client: FlaskClient, ordinary: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow step comes after token and every check of the answers."""
    monkeypatch.setattr(codes, "pin_keys", _explode)
    fields = fill_in(client, ordinary)
    for change in ({"token": ["x"]}, {"who": ["nobody"]}):
        assert send(client, fields | change).status_code == 422


def test_whoever_waits_too_long_for_a_turn_keeps_what_was_typed(
    app: Flask, client: FlaskClient, ordinary: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """429 with Retry-After when both turns stay taken; the form comes back filled in."""
    turns: Turns = app.extensions["intake"].derivations
    monkeypatch.setattr(turns, "_seconds", 0.1)
    fields = fill_in(client, ordinary)
    with turns.taken(), turns.taken():
        answer = send(client, fields)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"
    assert read_form(answer.text).fields == fields


def test_phone_and_emergency_page_are_the_other_ways(client: FlaskClient) -> None:
    """Each language leads to its own page."""
    answer = post(client, {})
    assert answer.json is not None
    assert {name: text.split()[-2:] for name, text in answer.json["message"].items()} == {
        "id": [f"{PHONE},", "https://contoh.example/darurat/"],
        "en": [f"{PHONE},", "https://contoh.example/en/darurat/"],
    }


# Starting


def test_a_receiver_without_a_key_does_not_start(tmp_path: Path) -> None:
    """Nobody could ever open what it would keep."""
    place = set_up(tmp_path)
    write_keys(tmp_path / "keys")
    with pytest.raises(KeyProblem) as caught:
        open_receiver(place)
    assert (
        str(caught.value) == f"{tmp_path}/keys holds no active key: make one with intake keys new"
    )


@pytest.mark.parametrize("path", ["/intake/", "/intake/nothing", "/", "/intake/received/"])
def test_another_page_is_not_found(client: FlaskClient, path: str) -> None:
    """404 as a page that leads on."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert WORDS["id"]["problem_not-found"] in answer.text
    assert 'href="/intake/form?language=id"' in answer.text


def test_a_report_outlives_the_receiver(
    place: Workplace, client: FlaskClient, ordinary: Filled
) -> None:
    """Another receiver over the same folder knows the token and gives the same answer."""
    sent, _ = sealed_report(ordinary)
    first = post(client, sent)
    again = post(phone(open_receiver(place)), sent)
    assert (again.status_code, again.data) == (200, first.data)


def test_without_an_operator_nothing_starts(settings: Settings) -> None:
    """A form that nobody reads may not be shown."""
    shipped = ROOT / "docs/data/organization.yml"
    with pytest.raises(OrganizationProblem) as refused:
        web.create_app(replace(settings, organization=shipped))
    assert str(refused.value) == (
        f"{shipped} names no operator, phone and receiver, and nobody may be asked to send a "
        "report to no one: fill them in, or try the program with make run."
    )


@pytest.mark.usefixtures("quick_pins")
@pytest.mark.parametrize("country", ["ZZ", "XX"])
def test_urgent_report_from_an_unknown_country_shows_indonesian_numbers(
    client: FlaskClient, ordinary: Filled, country: str
) -> None:
    """Where no country is known, the police and the Foreign Ministry's line stand first."""
    redirect = send(client, fill_in(client, ordinary | {"safe": "no", "country": country}))
    page = client.get(redirect.location).text
    assert page.index('href="tel:110"') < page.index('href="tel:+6281290070027"')
    assert page.index('href="tel:+6281290070027"') < page.index('id="case-number"')

"""Whatever comes through either door is accepted whole or refused with its reason, never 500.

The boxes are those of the form's own definition, so a new question is tried at once.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from urllib.parse import quote_plus

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

import flood
from html_form import read_form
from intake import codes, issue
from intake.answers import check_answers, read_answers
from intake.form import LANGUAGES, FormField
from intake.sealing import open_sealed
from intake.submission import MESSAGES, read_boxes
from invented_answers import some_answers
from workplace import Workplace, coordinator, open_receiver, sealed_report, set_up, the_form

FORM = the_form()
CANARY = "kanari7Qx2"
TRIES = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# What people paste, what machines send, and what breaks programs.
HARD = st.sampled_from(
    [
        "\u202e\u2066kanan ke kiri\u2069\u202c",
        "\u200b\u200d\ufeff\u2060",
        "\x01\x07\x08\x0b\x0c\x1b[2J\x7f\x85\u2028\u2029",
        "👩🏽\u200d🌾🇮🇩🙏",
        "مرحبا ꦱꦸꦒꦼꦁ नमस्ते",
        "</textarea><script>alert(1)</script>",
        '" onfocus="alert(1)" x="',
        "{{ 7 * 7 }}{% raw %}${7*7}",
        "# judul\n```json\n{}\n```\n<!-- intake -->\n@orang #1",
        "\r\nsatu\r\n\r\ndua\n\n\ttiga",
        "\ud7ff\ue000\ufdd0\U0010ffff",
        "a\u0301" * 50,
        "%00%FF&x=1+2;'--",
        "\N{REPLACEMENT CHARACTER}",
    ]
)
TEXT = st.one_of(HARD, st.text(max_size=60), st.lists(HARD, max_size=4).map("".join))
LONG = st.integers(2_000, 100_000).flatmap(
    lambda length: st.sampled_from("xé🙏&").map(lambda letter: (letter * length)[:100_000])
)


def box(field: FormField) -> st.SearchStrategy[list[str]]:
    """What may stand in one box, or in several of its name."""
    known = st.sampled_from([*sorted(field.codes), ""]) if field.codes else LONG
    return st.lists(st.one_of(TEXT, known, known), min_size=1, max_size=3)


@st.composite
def wild_boxes(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Good answers, with a few boxes replaced, doubled, or made up."""
    sent = {
        name: value if isinstance(value, list) else [value]
        for name, value in draw(some_answers(FORM)).items()
    }
    for field in draw(st.lists(st.sampled_from(FORM.fields), max_size=3)):
        sent[field.id] = draw(box(field))
    sent |= draw(st.dictionaries(TEXT, st.lists(TEXT, max_size=2), max_size=2))
    return [(name, value) for name, values in sent.items() for value in values]


# Lone surrogates stand for raw bytes that are no UTF-8, as Python's own handler spells them.
RAW = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"\0", b"a\0b", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"]),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The folder of the one receiver."""
    return set_up(tmp_path_factory.mktemp("fuzz"))


@pytest.fixture(scope="module")
def app(place: Workplace) -> Iterator[Flask]:
    """A receiver that nobody's sendings wear out, and that stretches PINs for a moment only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codes, "PIN_ITERATIONS", 1)
        patch.setattr("intake.suspicion.NETWORK_MOST", 10**9)
        yield open_receiver(place)


Send = Callable[[bytes, str], TestResponse]


@pytest.fixture
def send(app: Flask, caplog: pytest.LogCaptureFixture) -> Iterator[Send]:
    """Post a body; at the end no log record tells of an error or repeats the canary."""
    caplog.set_level(logging.DEBUG)

    def post(body: bytes, kind: str) -> TestResponse:
        return app.test_client().post("/intake/submissions", data=body, content_type=kind)

    yield post
    told = [record for record in caplog.records if record.name.startswith("intake")]
    assert told == []
    assert CANARY not in caplog.text


def urlencoded(boxes: list[tuple[str, str]], token: str, language: str) -> bytes:
    """The boxes with a token and a language, as a form sends them."""
    own = [("token", token), ("language", language)]
    return "&".join(f"{quote_plus(n)}={quote_plus(v)}" for n, v in [*own, *boxes]).encode()


def kept(place: Workplace, token: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The answers that were sealed under that token, and the clear facts and seal beside them."""
    query = "SELECT facts, sealed FROM reports WHERE token_hash = ?"
    with sqlite3.connect(place.database) as database:
        hashed = codes.hashed_token(codes.decode(token, codes.TOKEN_BYTES))
        facts, sealed = map(json.loads, database.execute(query, [hashed]).fetchone())
    content = json.loads(open_sealed(sealed, coordinator().key))
    return content["answers"], facts, sealed


@TRIES
@given(boxes=wild_boxes(), language=st.sampled_from(LANGUAGES))
def test_a_form_is_kept_whole_or_refused_with_its_reasons(
    place: Workplace, send: Send, boxes: list[tuple[str, str]], language: Any
) -> None:
    """303 and every answer sealed as it was sent, or 422 with each reason and all the text."""
    token = codes.new_token()
    boxes = [(name, value.replace("\0", "")) for name, value in boxes]
    boxes = [(name, value) for name, value in boxes if name not in ("token", "language")]
    body = urlencoded(boxes, token, language)
    answer = send(body, "application/x-www-form-urlencoded")
    sent = read_boxes(body, FORM)[0]
    expected = read_answers(FORM, sent)
    if answer.status_code == 303:
        answers, facts, sealed = kept(place, token)
        assert answers == expected
        body_of_issue = issue.body(FORM, facts, sealed, "K7Q2-9MPA", "https://contoh.example/")
        for field in FORM.fields:
            if field.is_text and len(str(answers.get(field.id, ""))) > 20:
                assert str(answers[field.id]) not in body_of_issue
        return
    assert answer.status_code == 422
    problems = check_answers(FORM, expected, language)
    reasons = {problem.message for problem in problems} or {MESSAGES["too-large"][language]}
    for reason in reasons:
        assert escaped(reason) in answer.text
    shown_again(answer.text, sent)


def shown_again(page: str, sent: dict[str, list[str]]) -> None:
    """The page holds each typed text whole, and nothing that somebody typed is markup."""
    fields = read_form(page).fields
    for field in FORM.fields:
        values = [value for value in sent.get(field.id, []) if value.strip()]
        if field.is_text and values:
            whole = "\n".join(value.replace("\r\n", "\n") for value in values)
            # A way in that does not ask the question has no box for it.
            assert fields.get(field.id, [whole]) == [whole]
    assert "<script" not in page
    assert not re.search(r"<[^>]*\sonfocus=", page)


def escaped(text: str) -> str:
    """The text as a template writes it."""
    return text.replace("&", "&amp;").replace("'", "&#39;")


@TRIES
@given(raw=RAW, language=st.sampled_from(LANGUAGES), data=st.data())
def test_raw_bytes_are_kept_whole_or_refused_at_their_box(
    place: Workplace, send: Send, raw: bytes, language: Any, data: st.DataObject
) -> None:
    """What is UTF-8 without NUL is kept as it is; for anything else the box is named."""
    field = data.draw(st.sampled_from([f for f in FORM.fields if f.kind in ("text", "long")]))
    token, answers = codes.new_token(), data.draw(some_answers(FORM))
    boxes = [
        (n, v)
        for n, value in answers.items()
        for v in ([value] if isinstance(value, str) else value)
    ]
    boxes = [(name, value.replace("\0", "")) for name, value in boxes if name != field.id]
    spelt = "".join(f"%{byte:02x}" for byte in raw).encode()
    body = urlencoded(boxes, token, language) + f"&{field.id}=".encode() + spelt
    answer = send(body, "application/x-www-form-urlencoded")
    assert answer.status_code in (303, 422)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        assert answer.status_code == 422
        assert escaped(MESSAGES["damaged"][language]) in answer.text
    elif answer.status_code == 303 and text.strip():
        assert kept(place, token)[0][field.id] == text.replace("\r\n", "\n")


@TRIES
@given(body=st.binary(max_size=300), junk=st.lists(RAW, max_size=5))
def test_no_body_breaks_the_form_door(send: Send, body: bytes, junk: list[bytes]) -> None:
    """Bytes of any kind are a form that lacks its answers."""
    for content in (body, b"&".join(junk), b"=".join(junk), b"token=" + body):
        answer = send(content, "application/x-www-form-urlencoded")
        assert answer.status_code == 422
        assert 'id="problems"' in answer.text


# JSON

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(st.characters(), max_size=20),  # lone surrogates too
    st.just(CANARY),
    st.sampled_from(["id", "en", "red", "MY", "may-contact", "", "A" * 22, "A" * 43]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to each member and element of a JSON value."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [
        *([path] if path else []),
        *(p for key, each in inner for p in places(each, (*path, key))),
    ]


@TRIES
@given(data=st.data(), value=VALUES, act=st.sampled_from(["replace", "drop", "add"]))
def test_a_wrong_member_of_json_is_refused_and_not_repeated(
    place: Workplace, send: Send, data: st.DataObject, value: Any, act: str
) -> None:
    """Whatever stands wherever: kept only where it changes nothing that counts, else 4xx."""
    sent, _ = sealed_report(data.draw(some_answers(FORM).map(_with_required)))
    path = data.draw(st.sampled_from(places(sent)))
    _change(sent, path, act, value)
    answer = send(json.dumps(sent).encode(), "application/json")
    assert answer.status_code in (201, 409, 422)
    assert CANARY not in answer.text
    if answer.status_code == 201:
        assert set(kept(place, sent["token"])[1]) == {fact.id for fact in FORM.facts}
    else:
        told = answer.json
        assert told is not None
        assert set(told) == {"error", "errors", "message"}
        assert set(told["message"]) == {"id", "en"}
        assert told["errors"]
        assert all(error["message"] for error in told["errors"])


def _with_required(answers: Any) -> dict[str, Any]:
    return {**flood.ANSWERS, **answers}


def _change(sent: Any, path: tuple[Any, ...], act: str, value: Any) -> None:
    for key in path[:-1]:
        sent = sent[key]
    if act == "replace":
        sent[path[-1]] = value
    elif act == "drop":
        del sent[path[-1]]
    elif isinstance(sent, dict):
        sent[CANARY] = value
    else:
        sent.append(value)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 50_000 + b"]" * 40_000,
        b'{"a":' * 10_000,
        b'{"version":' + b"9" * 5_000 + b"}",
        b'{"version":NaN,"facts":Infinity}',
        b'{"version":1e400}',
        b'{"token":"\\ud800","language":"\\udfff"}',
        b'{"version":1,"version":2}',
        b"\xef\xbb\xbf{}",
        '{"version":1}'.encode("utf-16"),
        b"null",
        b"-0",
    ],
)
def test_no_json_breaks_the_door(send: Send, body: bytes) -> None:
    """Too deep, too large a number, no number at all, half a character: 400 or 422."""
    answer = send(body, "application/json")
    assert answer.status_code in (400, 422)
    assert answer.json is not None
    assert answer.json["message"]["id"]


# Who comes back

RETURN_DOORS = st.sampled_from(["status", "additions", "withdrawals"])


@pytest.fixture(scope="module")
def pin(app: Flask) -> str:
    """The PIN of a report that was sent without JavaScript."""
    token, receiver = codes.new_token(), app.extensions["intake"]
    body = urlencoded([(n, v) for n, v in flood.ANSWERS.items() if isinstance(v, str)], token, "id")
    kind = "application/x-www-form-urlencoded"
    sent = app.test_client().post(
        "/intake/submissions", data=body + b"&problem=question", content_type=kind
    )
    assert sent.status_code == 303
    return codes.derive_pin(receiver.secret, codes.decode(token, codes.TOKEN_BYTES))


@TRIES
@given(
    door=RETURN_DOORS,
    text=st.one_of(TEXT, LONG),
    act=st.one_of(TEXT, st.sampled_from(["withdraw", "restore"])),
    lost=st.booleans(),
    wild=st.dictionaries(TEXT, TEXT, max_size=2),
)
def test_no_text_breaks_the_page_of_those_who_come_back(
    app: Flask, pin: str, door: str, text: str, act: str, lost: bool, wild: dict[str, str]
) -> None:
    """200, or a refusal with the whole text on the page, and nothing of it is markup."""
    own = {"pin": text if lost else pin, "text": text, "act": act, "token": codes.new_token()}
    body = "&".join(f"{quote_plus(n)}={quote_plus(v)}" for n, v in (wild | own).items())
    answer = app.test_client().post(
        f"/intake/{door}", data=body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code in (200, 404, 409, 413, 422, 503)
    assert "<script" not in answer.text
    assert not re.search(r"<[^>]*\sonfocus=", answer.text)
    whole = text.replace("\r\n", "\n")
    if answer.status_code == 422 and door == "additions" and not lost and whole.strip():
        assert read_area(answer.text) == whole


def read_area(page: str) -> str:
    """What stands in the page's text area, as a browser reads it."""
    inside = page.split("<textarea")[1].split(">", 1)[1].split("</textarea>")[0]
    return unescape(inside).removeprefix("\n")


@TRIES
@given(door=RETURN_DOORS, body=st.one_of(st.binary(max_size=200), RAW))
def test_no_bytes_break_the_doors_of_those_who_come_back(
    app: Flask, door: str, body: bytes
) -> None:
    """Raw bytes as a form or as JSON are refused, each with its reason."""
    for kind in ("application/x-www-form-urlencoded", "application/json"):
        for content in (body, b"pin=" + body, b'{"act":"' + body + b'"}'):
            answer = app.test_client().post(f"/intake/{door}", data=content, content_type=kind)
            assert answer.status_code in (400, 422)
            assert answer.text


@TRIES
@given(
    door=RETURN_DOORS, data=st.data(), value=VALUES, act=st.sampled_from(["replace", "drop", "add"])
)
def test_a_wrong_member_of_those_who_come_back_is_refused(
    app: Flask, door: str, data: st.DataObject, value: Any, act: str
) -> None:
    """Whatever stands wherever, the answer is one of the contract's, without what was sent."""
    sent: dict[str, Any] = {"version": 1, "return_verifier": codes.encode(bytes(32))}
    if door == "additions":
        sealed = sealed_report(flood.ANSWERS)[0]["sealed"]
        sent |= {"token": codes.new_token(), "sealed": sealed}
    elif door == "withdrawals":
        sent |= {"act": "withdraw"}
    _change(sent, data.draw(st.sampled_from(places(sent))), act, value)
    answer = app.test_client().post(f"/intake/{door}", json=sent)
    assert answer.status_code in (404, 422, 429)
    assert CANARY not in answer.text
    assert answer.json is not None
    assert set(answer.json) == {"error", "errors", "message"}

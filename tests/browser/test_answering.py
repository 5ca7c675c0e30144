"""Answers and additions in the reader, in real Chromium, and what other libraries make of them.

The reader, its small form and its visits are those of `test_reader`.
"""

from __future__ import annotations

import json
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey
from jwcrypto import jwe as other_jwe
from jwcrypto import jwk as other_jwk
from playwright.sync_api import expect

from accessibility import faults
from browser.counterpart import PASSPHRASE, seal
from browser.test_reader import (
    CANARY,
    NUMBER,
    TOKEN,
    Open,
    Reader,
    addresses,
    block,
    issue_body,
    locked,
    no_request,
    visit,
    written,
)
from intake.sealing import check_answer, find_answer, open_answer

__all__ = ["addresses", "locked", "visit"]

KEY = bytes(range(32))
ANSWER_KEY = urlsafe_b64encode(KEY).rstrip(b"=").decode()
TEXT = f"Kami sudah bicara dengan KJRI.\n\nBalas lewat halaman Lihat kabar. 🙏 {CANARY}"
COMMENT = re.compile(r"<!-- intake answer (\S+) -->\n\n```json\n(.+)\n```\n")
HEADER = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0"
ADDED: dict[str, Any] = {
    "version": 1,
    "kind": "addition",
    "token": urlsafe_b64encode(TOKEN).rstrip(b"=").decode(),
    "case_number": NUMBER,
    "language": "en",
    "text": f"Sekarang di Pontian.\n<b>tebal</b> {CANARY}",
    "written_at": 1_795_000_000,
}


@pytest.fixture
def answering(visit: Open, keys: list[ECKey], locked: str) -> Callable[..., Reader]:
    """Open a report that can be answered."""

    def opened(language: str = "id", number: str = NUMBER) -> Reader:
        reader: Reader = visit(language)
        sealed = seal(written(answer_key=ANSWER_KEY), keys)
        reader.open(issue_body(sealed, number=number), locked, PASSPHRASE)
        return reader

    return opened


def sealed_by(reader: Reader, text: str = TEXT) -> tuple[str, str]:
    """Write an answer and seal it; returns the comment's case number and the compact JWE."""
    reader.page.fill("#answer-text", text)
    reader.page.click("#answer-form button")
    expect(reader.page.locator("#sealed")).to_be_visible()
    found = COMMENT.fullmatch(reader.page.input_value("#sealed-text"))
    assert found is not None
    assert json.loads(found[2]) == {"answer": find_answer(found[0])}
    return found[1], json.loads(found[2])["answer"]


def by_joserfc(compact: str) -> bytes:
    secret = OctKey.import_key(KEY)
    return jwe.decrypt_compact(compact, secret, algorithms=["dir", "A256GCM"]).plaintext or b""


def by_jwcrypto(compact: str) -> bytes:
    message = other_jwe.JWE()
    message.deserialize(compact, other_jwk.JWK(kty="oct", k=ANSWER_KEY))
    return bytes(message.payload)


def by_the_program(compact: str) -> bytes:
    return open_answer(check_answer(compact), KEY).ljust(1024)


@pytest.mark.parametrize("open_compact", [by_joserfc, by_jwcrypto, by_the_program])
def test_other_libraries_open_what_the_reader_sealed(
    answering: Callable[..., Reader], open_compact: Callable[[str], bytes]
) -> None:
    """Marker, block, header, padding and content are those that the program and the page expect."""
    reader = answering()
    number, compact = sealed_by(reader)
    assert number == NUMBER
    assert compact.startswith(HEADER + "..")
    plaintext = open_compact(compact)
    assert len(plaintext) == 1024
    content = json.loads(plaintext)
    assert abs(content.pop("written_at") - reader.page.evaluate("Date.now() / 1000")) < 60
    assert content == {"version": 1, "case_number": NUMBER, "text": TEXT}


def test_the_page_opens_what_other_libraries_sealed(run: Callable[..., Any]) -> None:
    """joserfc and jwcrypto seal as the reader does; openAnswer reads both, and its own."""
    plaintext = json.dumps({"version": 1, "text": TEXT}).encode().ljust(1024)
    header = {"alg": "dir", "enc": "A256GCM"}
    ours = jwe.encrypt_compact(
        header, plaintext, OctKey.import_key(KEY), algorithms=["dir", "A256GCM"]
    )
    theirs = other_jwe.JWE(plaintext, json.dumps(header, separators=(",", ":")))
    theirs.add_recipient(other_jwk.JWK(kty="oct", k=ANSWER_KEY))
    own = run(
        "return sealAnswer(utf8(input.text), input.key);",
        {"text": plaintext.decode(), "key": ANSWER_KEY},
    )
    for compact in (ours, theirs.serialize(compact=True), own):
        opened = run(
            "return openAnswer(input.compact, input.key);", {"compact": compact, "key": ANSWER_KEY}
        )
        assert opened == {"version": 1, "text": TEXT}
        other = urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
        fault = run(
            "return openAnswer(input.compact, input.key);", {"compact": compact, "key": other}
        )
        assert fault == "error: damaged"


def test_two_sealings_share_nothing(answering: Callable[..., Reader]) -> None:
    """Each has an iv of its own, without which A256GCM would protect nothing."""
    reader = answering()
    ivs = {sealed_by(reader, text)[1].split(".")[2] for text in ("satu", "dua", "satu")}
    assert len(ivs) == 3


def test_answering_makes_no_request_and_shows_no_word(answering: Callable[..., Reader]) -> None:
    """Sealing and copying stay on the phone; the comment holds ciphertext alone."""
    reader = answering()
    with no_request(reader):
        sealed_by(reader)
        reader.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        reader.page.click("#copy-sealed")
        expect(reader.page.locator("#copy-status")).to_have_text(reader.say["answer_copied"])
    comment = reader.page.input_value("#sealed-text")
    assert CANARY not in comment
    assert reader.page.evaluate("navigator.clipboard.readText()") == comment


def test_where_copying_is_refused_the_text_is_selected(answering: Callable[..., Reader]) -> None:
    """The person is told to press and hold, and the whole comment is selected."""
    reader = answering()
    sealed_by(reader)
    reader.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }"
    )
    reader.page.click("#copy-sealed")
    expect(reader.page.locator("#copy-status")).to_have_text(reader.say["answer_select"])
    selected = "(box) => box.value.slice(box.selectionStart, box.selectionEnd)"
    box = reader.page.locator("#sealed-text")
    assert box.evaluate(selected) == box.input_value()


def test_a_changed_answer_must_be_sealed_again(answering: Callable[..., Reader]) -> None:
    """As soon as a letter changes the old comment is gone, so that it is not pasted."""
    reader = answering()
    sealed_by(reader)
    reader.page.locator("#answer-text").press_sequentially("!")
    assert reader.page.is_hidden("#sealed")
    assert reader.page.input_value("#sealed-text") == ""


def test_a_case_with_a_longer_number_is_answered_under_it(answering: Callable[..., Reader]) -> None:
    """The comment bears the number of the issue that was pasted."""
    longer = "000G-40R4-0M"
    reader = answering(number=longer)
    number = reader.page.inner_text("#opened-title").split()[-1]
    assert len(number) == len(longer)
    assert sealed_by(reader)[0] == number


@pytest.mark.parametrize(
    ("text", "problem"),
    [("  ", "answer_empty"), ("a" * 3001, "too_long")],
)
def test_an_answer_that_cannot_be_sealed_is_told(
    answering: Callable[..., Reader], text: str, problem: str
) -> None:
    """Nothing is sealed, nothing cleared, and the focus is where the cure is."""
    reader = answering()
    reader.page.fill("#answer-text", text)
    reader.page.click("#answer-form button")
    told = reader.say[problem].replace("{max}", "3000").replace("{length}", "3001")
    assert reader.error("answer") == told
    assert reader.focused == "answer-text"
    assert reader.page.is_hidden("#sealed")
    assert reader.page.input_value("#answer-text") == text


def test_the_longest_answer_can_be_sealed(answering: Callable[..., Reader]) -> None:
    """3,000 characters at six bytes each, as control characters become, still fit."""
    reader = answering()
    _, compact = sealed_by(reader, "\u0001" * 3000)
    assert json.loads(by_joserfc(compact))["text"] == "\u0001" * 3000


@pytest.mark.parametrize("answer_key", [None, "k", ANSWER_KEY[:-1], ANSWER_KEY + "AA", 7])
def test_a_report_without_a_key_offers_no_answer(
    visit: Open, keys: list[ECKey], locked: str, answer_key: object
) -> None:
    """What is no key of 32 bytes opens as before, only without the box."""
    reader = visit()
    reader.open(block(seal(written(answer_key=answer_key), keys)), locked, PASSPHRASE)
    assert CANARY in reader.text
    assert reader.page.is_hidden("#answering")


@pytest.mark.parametrize("end", ["#next-report", "#close-report", "pagehide"])
def test_the_answer_is_forgotten_with_the_report(
    answering: Callable[..., Reader], end: str
) -> None:
    """Text, comment and key are gone after closing, after the next report, and on leaving."""
    reader = answering()
    sealed_by(reader)
    if end == "pagehide":
        reader.page.evaluate("dispatchEvent(new Event('pagehide'))")
    else:
        reader.page.click(end)
    assert reader.page.input_value("#answer-text") == ""
    assert reader.page.input_value("#sealed-text") == ""
    assert CANARY not in reader.page.content()
    assert reader.page.locator("#answering").evaluate("(one) => one.hidden")


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_warning_stands_before_the_box(answering: Callable[..., Reader], language: str) -> None:
    """Whoever answers has read what must not be written."""
    reader = answering(language)
    shown = reader.page.inner_text("#answering")
    assert shown.index(reader.say["answer_warning"]) < shown.index(reader.say["answer_label"])
    assert "NIK" in reader.say["answer_warning"]


@pytest.mark.parametrize("language", ["id", "en"])
def test_sealing_an_answer_fits_a_small_phone_and_every_reader(
    answering: Callable[..., Reader], language: str
) -> None:
    """At 320 px nothing is pushed sideways, and axe finds no fault."""
    reader = answering(language)
    sealed_by(reader)
    assert faults(reader.page) == []
    reader.page.set_viewport_size({"width": 320, "height": 560})
    assert reader.page.evaluate("document.scrollingElement.scrollWidth") <= 320


# --- additions ---


def comment(sealed: dict[str, Any], number: str = NUMBER) -> str:
    """An addition as the worker writes it below an issue."""
    return f"<!-- intake addition {number} 0a1b2c3d -->\n\n```json\n{block(sealed)}\n```\n"


def added(keys: list[ECKey], **changes: Any) -> dict[str, Any]:
    """An addition as the page for coming back seals it."""
    return seal(json.dumps(ADDED | changes).encode().ljust(1024), keys)


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("way", ["comment", "block"])
def test_an_addition_opens(
    visit: Open, keys: list[ECKey], locked: str, way: str, language: str
) -> None:
    """Its text, time, language and case number are shown, as an addition and as plain text."""
    reader = visit(language)
    sealed = added(keys)
    with no_request(reader):
        reader.open(comment(sealed) if way == "comment" else block(sealed), locked, PASSPHRASE)
    assert reader.page.inner_text("#opened-title") == reader.say["addition_of"].format(
        number=NUMBER
    )
    assert reader.say["addition"] in reader.text
    assert ADDED["text"] in reader.text
    assert "18" in reader.text
    assert reader.say["languages"]["en"] in reader.text
    assert reader.page.locator("#opened-content b").count() == 0
    assert reader.page.locator("#opened .danger").count() == 0
    assert reader.page.is_hidden("#answering")
    assert reader.focused == "opened-title"


def test_an_addition_that_names_another_case_is_told(
    visit: Open, keys: list[ECKey], locked: str
) -> None:
    """Whoever holds one PIN cannot speak for another case unnoticed."""
    reader = visit()
    reader.open(comment(added(keys, case_number="0000-0000")), locked, PASSPHRASE)
    sentence = reader.say["difference_number"]
    assert sentence.format(issue=NUMBER, report="0000-0000") in reader.text


@pytest.mark.parametrize("changes", [{"version": 2}, {"kind": "other"}, {"text": None}])
def test_what_is_neither_report_nor_addition_is_not_shown(
    visit: Open, keys: list[ECKey], locked: str, changes: dict[str, Any]
) -> None:
    """The seal opens, the shape is unknown, and nothing of it is repeated."""
    reader = visit()
    reader.open(block(added(keys, **changes)), locked, PASSPHRASE)
    assert reader.error("report") == reader.say["problems"]["unknown-content"]


def test_a_report_opened_after_an_addition_can_be_answered(
    visit: Open, keys: list[ECKey], locked: str
) -> None:
    """The key that is held opens both, one after the other."""
    reader = visit()
    reader.open(comment(added(keys)), locked, PASSPHRASE)
    reader.page.click("#next-report")
    reader.open(block(seal(written(answer_key=ANSWER_KEY), keys)), None, None)
    assert reader.page.is_visible("#answering")
    assert sealed_by(reader)[0] == NUMBER

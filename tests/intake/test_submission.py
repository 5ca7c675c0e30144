"""What is sealed holds exactly the members of the contract, and nothing typed shows elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from html_form import encoded
from intake import codes
from intake.answers import Problem, derive_facts
from intake.codes import PinKeys
from intake.form import Form
from intake.sealing import PrivateKey, PublicKey, open_sealed
from intake.spool import NewReport
from intake.submission import (
    PlainForm,
    Refused,
    consents,
    language_of,
    longest_text,
    plaintext,
    read_boxes,
    read_plain,
    read_sealed,
    seal_plain,
)
from workplace import sealed_report

Filled = dict[str, str | list[str]]
Recipients = tuple[tuple[PublicKey, PrivateKey], ...]

TOKEN = "AAECAwQFBgcICQoLDA0ODw"
SECRET = bytes(range(32))
NOW = 1_795_255_200
PIN_KEYS = PinKeys(
    verifier="A" * 43,
    answer_key="E" * 43,
)
CANARY = "kanari-typed-by-a-person"


def fields(answers: Filled, **others: str) -> dict[str, list[str]]:
    """The answers as a form sends them."""
    typed = {name: value if isinstance(value, list) else [value] for name, value in answers.items()}
    return typed | {"token": [TOKEN], "language": ["id"]} | {n: [v] for n, v in others.items()}


def sealed(form: Form, recipients: Recipients, plain: PlainForm, now: int = NOW) -> NewReport:
    keys = [public for public, _ in recipients]
    return seal_plain(plain, form, keys, SECRET, PIN_KEYS, now)


def opened(report: NewReport, recipients: Recipients) -> Any:
    return json.loads(open_sealed(report.sealed, recipients[0][1]))


def test_the_plaintext_has_exactly_the_members_of_the_contract(
    form: Form, recipients: Recipients, answers: Filled
) -> None:
    """Version, token, language, facts, answers, consents, verifier, answer key and time."""
    answers |= {"story": "Kabar “terakhir” 🙏", "share": ["police", "mission"]}
    plain = read_plain(fields(answers, website=""), form)
    report = sealed(form, recipients, plain)
    facts = {
        "urgency": "green",
        "country": "MY",
        "problem": ["question"],
        "regency": "33.02",
        "contact": "i-come-back",
        "sharing": "may-share",
        "language": "id",
    }
    answers["share"] = ["mission", "police"]
    assert opened(report, recipients) == {
        "version": 1,
        "token": TOKEN,
        "language": "id",
        "facts": facts,
        "answers": answers,
        "consents": {
            "version": form.version,
            "at": NOW,
            "keep": True,
            "share": ["mission", "police"],
            "life-danger": [],
            "guardian": [],
            "statistics": [],
        },
        "return_verifier": PIN_KEYS.verifier,
        "answer_key": PIN_KEYS.answer_key,
        "written_at": NOW,
    }
    assert report.facts == facts
    assert list(report.facts) == list(facts)


def test_the_plaintext_is_utf_8_without_waste(form: Form, answers: Filled) -> None:
    """Characters stand as they are, not as escapes, and nothing is indented."""
    plain = PlainForm(TOKEN, "id", answers | {"story": "ꦱꦸꦒꦼꦁ “é”"})
    content = plaintext(form, plain, derive_facts(form, plain.answers, "id"), PIN_KEYS, NOW)
    assert '"story":"ꦱꦸꦒꦼꦁ “é”"'.encode() in content
    assert content.startswith(b'{"version":1,"token":"AAECAwQFBgcICQoLDA0ODw","language":"id",')


def test_sealed_for_the_program_itself_and_sealed_by_a_browser_have_the_same_members(
    form: Form, recipients: Recipients, answers: Filled
) -> None:
    """A reader needs to know one shape only."""
    _, browser = sealed_report(answers)
    here = opened(sealed(form, recipients, PlainForm(TOKEN, "id", answers)), recipients)
    assert list(json.loads(browser)) == list(here)
    assert list(json.loads(browser)["consents"]) == list(here["consents"])


def test_consents_carry_version_and_time(form: Form) -> None:
    """Sending is the consent to keep; each other consent holds what was ticked, or nothing."""
    assert consents(form, {"statistics": ["count-me"]}, 7) == {
        "version": form.version,
        "at": 7,
        "keep": True,
        "share": [],
        "life-danger": [],
        "guardian": [],
        "statistics": ["count-me"],
    }
    for agreed, keep in (("person", True), ("family", True), ("nobody", False)):
        assert consents(form, {"agreed": agreed}, 7)["keep"] is keep


@pytest.mark.parametrize(
    ("agreed", "keep"), [("person", True), ("family", True), ("nobody", False)]
)
def test_a_volunteer_s_record_says_whether_anybody_agreed(
    form: Form, agreed: str, keep: bool
) -> None:
    """Pressing "send" is the volunteer's act, and no consent of the person."""
    assert consents(form, {"agreed": agreed}, 7)["keep"] is keep


def test_a_report_keeps_only_keyed_hashes_of_token_and_verifier(
    form: Form, recipients: Recipients, answers: Filled
) -> None:
    """The verifier is kept as HMAC under the secret; under another secret it is another value."""
    plain = PlainForm(TOKEN, "id", answers)
    report = sealed(form, recipients, plain)
    keys = [public for public, _ in recipients]
    elsewhere = seal_plain(plain, form, keys, bytes(32), PIN_KEYS, NOW)
    verifier = codes.decode(PIN_KEYS.verifier, codes.VERIFIER_BYTES)
    assert report.verifier == codes.stored_verifier(SECRET, verifier) != verifier
    assert report.digest != elsewhere.digest
    assert report.verifier != elsewhere.verifier


def test_the_same_answers_have_one_digest_whenever_they_come(
    form: Form, recipients: Recipients, answers: Filled
) -> None:
    """Order and time do not matter, answers and language do: so a double tap is recognised."""
    plain = PlainForm(TOKEN, "id", answers)
    shuffled = PlainForm(TOKEN, "id", dict(reversed(answers.items())))
    first = sealed(form, recipients, plain)
    assert sealed(form, recipients, shuffled, NOW + 60).digest == first.digest
    assert sealed(form, recipients, replace(plain, language="en")).digest != first.digest
    changed = replace(plain, answers=answers | {"safe": "no"})
    assert sealed(form, recipients, changed).digest != first.digest
    assert sealed(form, recipients, plain).sealed != first.sealed


def test_line_ends_are_one_line_feed(form: Form, answers: Filled) -> None:
    """Browsers send CR LF; what is sealed and counted is LF. Nothing else of a text changes."""
    story = "satu\r\ndua\r\n\r\n  tiga \t\r\n"
    plain = read_plain(fields(answers | {"story": story}), form)
    assert plain.answers["story"] == "satu\ndua\n\n  tiga \t\n"


def test_what_was_left_empty_is_no_answer(form: Form, answers: Filled) -> None:
    """Empty fields, blanks alone, and names that are no questions are not sealed."""
    sent = fields(answers | {"story": "", "agency": "  \r\n ", "website": "", "warna": "biru"})
    assert read_plain(sent, form).answers == answers


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "id",
            {
                "who": "Pilih salah satu jawaban yang ada.",
                "safe": "Jawab pertanyaan ini. Kalau tidak tahu, pilih “Tidak tahu”.",
                "reach": "Isi bagian ini, supaya tim bisa menjawab Anda dengan aman.",
                "token": "Kiriman ini tidak terbaca. Muat ulang halaman, lalu kirim lagi.",
            },
        ),
        (
            "en",
            {
                "who": "Choose one of the answers shown.",
                "safe": "Answer this question. If you do not know, choose “I don't know”.",
                "reach": "Fill this in, so that the team can answer you safely.",
                "token": "This could not be read. Reload the page, then send again.",
            },
        ),
    ],
)
def test_a_form_is_refused_with_every_problem_at_once(
    form: Form, answers: Filled, language: str, told: dict[str, str]
) -> None:
    """422, in the order of the form, in the person's language, and without what was typed."""
    sent = fields(answers, who=CANARY, contact="may-contact", website=CANARY, token=CANARY)
    del sent["safe"]
    with pytest.raises(Refused) as caught:
        read_plain(sent | {"language": [language]}, form)
    assert (caught.value.status, caught.value.code) == (422, "invalid")
    assert caught.value.problems == [Problem(name, message) for name, message in told.items()]
    assert str(caught.value) == "invalid: who, safe, reach, token"
    assert CANARY not in repr(caught.value)


def test_a_body_is_read_as_it_was_typed(form: Form, answers: Filled) -> None:
    """Every character that UTF-8 can spell is kept, except NUL; line ends are joined later."""
    hard = "\u202eterbalik\u2066 \u200b\ufeff \x01\x1b[2J\x7f\x85\u2028 👩🏽\u200d🌾"
    hard += " مرحبا +&=%41;\r\n\ud7ff\ue000"
    body = encoded(fields(answers, story=hard))
    sent, damaged = read_boxes(body, form)
    assert (sent["story"], damaged) == ([hard], frozenset())
    assert read_plain(sent, form).answers["story"] == hard.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"a%00b", "a\ufffdb"),
        (b"a\0b", "a\ufffdb"),
        (b"a%FFb", "a\ufffdb"),
        (b"a\xffb", "a\ufffdb"),
        (b"%C3", "\ufffd"),
        (b"%ED%A0%80", "\ufffd\ufffd\ufffd"),  # a lone surrogate
        (b"%C0%80", "\ufffd\ufffd"),  # NUL spelt too long
    ],
)
@pytest.mark.parametrize("language", ["id", "en"])
def test_what_cannot_be_kept_as_sent_is_refused_and_shown(
    form: Form, answers: Filled, raw: bytes, shown: str, language: str
) -> None:
    """Nothing is changed in silence: the box is named, and the bad place stands out in it."""
    body = encoded(fields(answers) | {"language": [language]}) + b"&story=" + raw
    sent, damaged = read_boxes(body, form)
    assert (sent["story"], damaged) == ([shown], frozenset(["story"]))
    with pytest.raises(Refused) as caught:
        read_plain(sent, form, damaged)
    told = {
        "id": "Ada tanda yang tidak terbaca. Di sini tanda itu tampak sebagai “\ufffd”. "
        "Hapus, lalu kirim lagi.",
        "en": "A sign in this text cannot be read. It is shown here as “\ufffd”. "
        "Delete it, then send again.",
    }
    assert caught.value.problems == [Problem("story", told[language])]


def test_a_body_of_a_thousand_boxes_is_not_read(form: Form) -> None:
    """No form has so many; 999 are read, and those that no form has are left out."""
    assert read_boxes(b"x=1&" * 999, form) == ({}, frozenset())
    with pytest.raises(Refused) as caught:
        read_boxes(b"x=1&" * 1_000, form)
    assert (caught.value.status, str(caught.value)) == (400, "unreadable: form")


def test_the_longest_field_is_named_when_all_is_too_long(
    form: Form, recipients: Recipients, answers: Filled
) -> None:
    """24,576 bytes are not exceeded; the field that takes most bytes is the one to shorten."""
    plain = PlainForm(TOKEN, "en", answers | {"story": "ꦱ" * 6_000, "reach": "x" * 9_000})
    with pytest.raises(Refused) as caught:
        sealed(form, recipients, plain)
    message = "All your text together is too long. Shorten this part."
    assert caught.value == Refused(422, "invalid", [Problem("story", message)])


def test_length_is_counted_in_bytes(form: Form) -> None:
    """Fewer characters may take more room; choices do not count."""
    many: Filled = {"problem": ["x"] * 5_000, "story": "ꦱ" * 100, "reach": "x" * 250}
    assert longest_text(form, many) == "story"


def test_no_part_of_a_form_shows_in_repr(
    form: Form, recipients: Recipients, answers: Filled
) -> None:
    """`repr` of a form shows its language alone, of a report its facts alone."""
    plain = read_plain(fields(answers | {"story": CANARY}), form)
    assert repr(plain) == "PlainForm(language='id')"
    report = sealed(form, recipients, plain)
    assert repr(report) == f"NewReport(facts={report.facts!r})"


def test_a_sealed_report_is_taken_over_without_its_spelling(
    form: Form, recipients: Recipients, answers: Filled
) -> None:
    """Token and verifier are decoded, facts ordered, and the digest covers the bytes as sent."""
    keys = [public for public, _ in recipients]
    sent, _ = sealed_report(answers, "id", *keys)
    body = json.dumps(sent | {"facts": dict(reversed(sent["facts"].items()))}).encode()
    report = read_sealed(body, form, keys, SECRET)
    assert report.token == codes.decode(sent["token"], 16)
    assert report.sealed == sent["sealed"]
    assert list(report.facts) == [fact.id for fact in form.facts]
    verifier = codes.decode(sent["return_verifier"], 32)
    assert report.verifier == codes.stored_verifier(SECRET, verifier)
    assert read_sealed(body, form, keys, SECRET).digest == report.digest
    assert read_sealed(body + b" ", form, keys, SECRET).digest != report.digest
    assert read_sealed(body, form, keys, bytes(32)).digest != report.digest


@pytest.mark.parametrize("version", [0, 2, "1", True, None, [1]])
def test_another_version_is_refused(
    form: Form, recipients: Recipients, answers: Filled, version: object
) -> None:
    """The page reloads and sends what this receiver knows."""
    keys = [public for public, _ in recipients]
    sent, _ = sealed_report(answers, "id", *keys)
    with pytest.raises(Refused) as caught:
        read_sealed(json.dumps(sent | {"version": version}).encode(), form, keys, SECRET)
    assert str(caught.value) == "invalid: version"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token", "AAECAwQFBgcICQoLDA0O"),
        ("token", "AAECAwQFBgcICQoLDA0ODw=="),
        ("token", "AAECAwQFBgcICQoLDA0ODx"),
        ("token", 7),
        ("return_verifier", "A" * 22),
        ("return_verifier", "A" * 42 + "B"),
        ("return_verifier", None),
        ("sealed", None),
        ("sealed", "text"),
        ("sealed", {}),
    ],
)
def test_each_code_has_its_exact_length_and_spelling(
    form: Form, recipients: Recipients, answers: Filled, name: str, value: object
) -> None:
    """A token of other bytes, a stray bit, padding or another type is refused by name."""
    keys = [public for public, _ in recipients]
    sent, _ = sealed_report(answers, "id", *keys)
    with pytest.raises(Refused) as caught:
        read_sealed(json.dumps(sent | {name: value}).encode(), form, keys, SECRET)
    assert str(caught.value) == f"invalid: {name}"


def test_a_language_is_indonesian_unless_it_is_english() -> None:
    """Whatever else stands there is read as Indonesian."""
    given = ["id", "en", "EN", "", None, 3, ["en"], {"en": "en"}]
    assert [language_of(value) for value in given] == [
        "id",
        "en",
        "id",
        "id",
        "id",
        "id",
        "id",
        "id",
    ]

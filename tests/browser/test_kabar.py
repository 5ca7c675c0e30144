"""Coming back with the report PIN, in real Chromium: what is shown, sent, and left behind.

The receiver is a stand-in that keeps to the HTTP contract; the site around it is the real one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import OctKey
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from accessibility import faults
from html_form import read_form
from html_page import read_page
from intake import codes, sealing
from intake.form import Answers
from open_site import OpenSite
from page_weight import first_visit
from workplace import ORGANIZATION, PHONE, coordinator, fetch, sealed_report

PATHS = {"id": "bantuan/kabar/", "en": "en/bantuan/kabar/"}
LANGUAGES = list(PATHS)
PIN = "1234 1234 1234 1238"
DIGITS = PIN.replace(" ", "")
NUMBER = "K7Q2-9MPA"
CANARY = "BurungKenari5527"
TEXT = f"Anak saya pindah ke Pontian. {CANARY}"
WRITTEN = 1_795_260_000  # 2026-11-21 11:20 UTC
WITHDRAWN = 1_795_262_000
DELETED = WITHDRAWN + 72 * 3600
ANSWERS: Answers = {
    "door": "write",
    "who": "me",
    "safe": "yes",
    "problem": ["unpaid-wages"],
    "stage": "abroad",
    "country": "MY",
    "regency": "33.02",
    "contact": "i-come-back",
    "story": "Cerita rekaan.",
}
STATUSES = ["received", "read", "working", "waiting", "passed-on", "closed"]


@cache
def pin_keys() -> codes.PinKeys:
    """What the PIN yields by the program's own derivation."""
    return codes.pin_keys(DIGITS, codes.decode(ORGANIZATION["code_salt"], 16))


def sealed_answer(text: str, number: str = NUMBER, key: str | None = None) -> str:
    """An answer as joserfc seals it: compact JWE with dir and A256GCM."""
    content = {"version": 1, "case_number": number, "text": text, "written_at": WRITTEN}
    plaintext = json.dumps(content, ensure_ascii=False).encode().ljust(1024)
    secret = OctKey.import_key(codes.decode(key or pin_keys().answer_key, 32))
    header = {"alg": "dir", "enc": "A256GCM"}
    return jwe.encrypt_compact(header, plaintext, secret, algorithms=["dir", "A256GCM"])


@dataclass
class Receiver:
    """A stand-in for the receiver: one case, every request, and what to answer instead."""

    events: list[dict[str, Any]]
    answer: dict[str, Any] | None = None
    withdrawn_at: int | None = None
    refusals: dict[str, Any] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    kept: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, route: Route) -> None:
        request = route.request
        self.asked.append(request)
        act = request.url.rsplit("/", 1)[1]
        refusal = self.refusals.get(act)
        if refusal == "no network":
            route.abort()
        elif refusal:
            self._refuse(route, *refusal)
        else:
            self._serve(route, act, json.loads(request.post_data or ""))

    def _serve(self, route: Route, act: str, sent: dict[str, Any]) -> None:
        if sent["return_verifier"] != pin_keys().verifier:
            self._refuse(route, 404, "unknown-pin")
        else:
            getattr(self, act)(route, sent)

    def _refuse(self, route: Route, status: int, code: str, retry_after: str = "") -> None:
        told = {"error": code, "errors": [], "message": {"id": "umum", "en": "general"}}
        headers = {"Retry-After": retry_after} if retry_after else {}
        route.fulfill(status=status, headers=headers, json=told)

    def status(self, route: Route, _: Any) -> None:
        told = {"case_number": NUMBER, "events": self.events, "answer": self.answer}
        route.fulfill(json=told | self._withdrawal())

    def additions(self, route: Route, sent: Any) -> None:
        body = route.request.post_data_buffer or b""
        known = self.kept.setdefault(sent["token"], body)
        if known != body:
            self._refuse(route, 409, "token")
        else:
            route.fulfill(status=201, json={"received_at": WRITTEN})

    def withdrawals(self, route: Route, sent: Any) -> None:
        self.withdrawn_at = WITHDRAWN if sent["act"] == "withdraw" else None
        route.fulfill(json=self._withdrawal())

    def _withdrawal(self) -> dict[str, int | None]:
        deleted = DELETED if self.withdrawn_at else None
        return {"withdrawn_at": self.withdrawn_at, "deleted_by": deleted}

    def bodies(self, act: str) -> list[bytes]:
        """What was posted to that address, in order."""
        return [r.post_data_buffer or b"" for r in self.asked if r.url.endswith("/" + act)]


def steps(*statuses: str) -> list[dict[str, Any]]:
    """Events a day apart, the last one at `WRITTEN`."""
    last = len(statuses) - 1
    return [
        {"status": status, "at": WRITTEN - 86_400 * (last - place)}
        for place, status in enumerate(statuses)
    ]


@dataclass
class Visit:
    """One phone on the page, the receiver it speaks with, and everything it asked for."""

    page: Page
    receiver: Receiver
    requests: list[Request]
    site: OpenSite
    language: str

    def open(self, pin: str = PIN) -> None:
        """Type the PIN and ask; wait until the page is done."""
        self.page.fill("#pin", pin)
        self.page.click("#ask button")
        self.settle("ask")

    def send(self, text: str = TEXT) -> None:
        """Write an addition and send it."""
        self.page.fill("#text", text)
        self.page.click("#add button")
        self.page.wait_for_function(
            "() => !document.querySelector('#failed').hidden"
            " || /\\d/.test(document.querySelector('#add-status').textContent)"
        )

    def settle(self, part: str) -> None:
        """Wait until that part of the page waits for nothing."""
        expect(self.page.locator(f"#{part}-status")).to_have_text("")

    @property
    def failure(self) -> str:
        """The sentence of the failure that is shown; empty when none is."""
        box = self.page.locator("#failed")
        return self.page.inner_text("#failed-reason") if box.is_visible() else ""

    def problem(self, name: str) -> str:
        """The sentence at a box; empty when none is shown."""
        line = self.page.locator(f"#{name}-error")
        return line.inner_text().strip() if line.is_visible() else ""

    @property
    def say(self) -> dict[str, Any]:
        """The page's own sentences."""
        text = self.page.locator("#kabar-settings").text_content() or ""
        words: dict[str, Any] = json.loads(text)["words"]
        return words

    @property
    def focused(self) -> str:
        return str(self.page.evaluate("document.activeElement.id"))


Go = Callable[..., Visit]


@pytest.fixture
def go(browser: Browser, open_site: OpenSite) -> Iterator[Go]:
    """Open the page on a small phone in Riyadh; close all phones afterwards."""
    phones: list[BrowserContext] = []

    def visit(language: str = "id", **case: Any) -> Visit:
        context = browser.new_context(
            viewport={"width": 360, "height": 640}, timezone_id="Asia/Riyadh", has_touch=True
        )
        phones.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        receiver = Receiver(case.pop("events", steps("received", "read")), **case)
        requests: list[Request] = []
        page.on("request", lambda request: requests.append(request))
        page.goto(open_site.address)
        page.route("**/intake/*", receiver)
        page.goto(open_site.address + PATHS[language])
        return Visit(page, receiver, requests, open_site, language)

    yield visit
    for phone in phones:
        phone.close()


# --- the PIN ---


@pytest.mark.parametrize(
    "typed", [PIN, DIGITS, "1234-1234-1234-1238", " PIN: 1234 1234\u00a01234 1238 "]
)
def test_a_pin_is_taken_however_it_was_written(go: Go, typed: str) -> None:
    """Spaces, hyphens and what stands around the digits make no difference."""
    visit = go()
    visit.open(typed)
    assert visit.page.inner_text("#news-title") == f"Kabar kasus {NUMBER}"
    assert json.loads(visit.receiver.bodies("status")[0]) == {
        "version": 1,
        "return_verifier": pin_keys().verifier,
    }


def test_digits_are_grouped_while_they_are_typed(go: Go) -> None:
    """Groups of four as on the receipt; a digit put in the middle leaves the cursor there."""
    visit = go()
    visit.page.locator("#pin").press_sequentially("123456789")
    assert visit.page.input_value("#pin") == "1234 5678 9"
    assert visit.page.inner_text("#pin-count") == "9 dari 16 angka"
    for _ in range(3):
        visit.page.keyboard.press("ArrowLeft")
    visit.page.keyboard.type("0")
    assert visit.page.input_value("#pin") == "1234 5670 89"
    visit.page.keyboard.type("0")
    assert visit.page.input_value("#pin") == "1234 5670 089"
    visit.page.keyboard.press("Backspace")
    assert visit.page.input_value("#pin") == "1234 5670 89"


def test_a_slip_is_told_with_the_last_digit(go: Go) -> None:
    """The check digit speaks before anything is pressed, and is silent again once it fits."""
    visit = go()
    visit.page.locator("#pin").press_sequentially(DIGITS[:-1] + "9")
    assert visit.problem("pin") == visit.say["slip"]
    assert visit.page.get_attribute("#pin", "aria-invalid") == "true"
    visit.page.keyboard.press("Backspace")
    assert visit.problem("pin") == ""
    visit.page.keyboard.type("8")
    assert visit.problem("pin") == ""
    assert visit.page.get_attribute("#pin", "aria-invalid") is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (" ", "empty"),
        ("1234 1234 1234 123", "short"),
        ("1234 1234 1234 1238 8", "long"),
        ("1234 1234 1234 1328", "slip"),
        (NUMBER, "letters"),
    ],
)
def test_a_pin_that_cannot_be_one_is_not_sent(
    go: Go, typed: str, sentence: str, language: str
) -> None:
    """Each slip has its sentence, the box keeps what was typed and has the focus."""
    visit = go(language)
    visit.open(typed)
    digits = len("".join(filter(str.isdigit, typed)))
    assert visit.problem("pin") == visit.say[sentence].replace("{n}", str(digits))
    assert visit.focused == "pin"
    assert visit.page.input_value("#pin").replace(" ", "") == typed.replace(" ", "")
    assert visit.receiver.asked == []


def test_opening_says_that_it_takes_a_moment(go: Go) -> None:
    """While the keys are worked out the page says so, and a second press starts nothing."""
    visit = go()
    visit.page.evaluate(
        "() => { const real = crypto.subtle.deriveBits.bind(crypto.subtle);"
        " crypto.subtle.deriveBits = async (...given) => {"
        " await new Promise((go) => { window.letGo = go; }); return real(...given); }; }"
    )
    visit.page.fill("#pin", PIN)
    visit.page.click("#ask button")
    expect(visit.page.locator("#ask-status")).to_have_text(visit.say["opening"])
    visit.page.click("#ask button")
    visit.page.evaluate("() => { delete crypto.subtle.deriveBits; letGo(); }")
    expect(visit.page.locator("#news")).to_be_visible()
    assert len(visit.receiver.asked) == 1


# --- the news ---


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", STATUSES)
def test_each_status_says_what_to_do_now(go: Go, status: str, language: str) -> None:
    """The steps stand in order; the last is the present one, with one line of what to do."""
    told = STATUSES[: STATUSES.index(status) + 1]
    visit = go(language, events=steps(*told))
    visit.open()
    shown = visit.page.locator("#steps li b").all_inner_texts()
    assert shown == [visit.say["status"][each] for each in told]
    assert visit.page.locator("#steps [aria-current=step] b").inner_text() == shown[-1]
    assert visit.page.locator("#steps [aria-current]").count() == 1
    assert visit.page.inner_text("#now-do") == visit.say["todo"][status]
    assert visit.focused == "news-title"


@pytest.mark.parametrize(
    ("language", "day"), [("id", "21 Nov 2026, 14.20"), ("en", "21 Nov 2026, 14:20")]
)
def test_dates_are_those_of_the_phone(go: Go, language: str, day: str) -> None:
    """11:20 UTC is 14:20 in Riyadh."""
    visit = go(language)
    visit.open()
    assert visit.page.locator("#steps li").last.inner_text().endswith(day)


def test_a_status_of_a_newer_receiver_is_shown_as_it_is(go: Go) -> None:
    """An unknown step does not hide the others."""
    visit = go(events=steps("received", "<i>baru</i>"))
    visit.open()
    assert visit.page.locator("#steps li b").last.inner_text() == "<i>baru</i>"


@pytest.mark.parametrize("text", ["Halo.\n\nBaris <b>tebal</b> & 🙏", "x" * 3000])
def test_the_answer_is_opened_on_the_phone(go: Go, text: str) -> None:
    """What joserfc sealed to the answer key is read as text, with its line breaks."""
    visit = go(answer={"sealed": sealed_answer(text), "at": WRITTEN + 60})
    visit.open()
    assert visit.page.inner_text("#answer-text") == text
    assert visit.page.locator("#answer-text *").count() == 0
    assert visit.page.inner_text("#answer-at") == "Ditulis 21 Nov 2026, 14.20"
    assert visit.page.is_hidden("#answer-none")


def test_no_answer_yet_is_said(go: Go) -> None:
    """Without an answer the page says that there is none, and shows no empty box."""
    visit = go()
    visit.open()
    assert visit.page.inner_text("#answer-none") == "Belum ada jawaban dari tim."
    assert visit.page.is_hidden("#answer")


def spoiled_answers() -> dict[str, str]:
    """Answers that must not be shown, by what is wrong with them."""
    good = sealed_answer("halo")
    header, _, iv, text, tag = good.split(".")
    other = {"alg": "dir", "enc": "A256GCM", "kid": "x"}
    return {
        "another key": sealed_answer("halo", key=codes.encode(bytes(32))),
        "another case": sealed_answer("halo", number="0000-0000"),
        "changed text": ".".join([header, "", iv, "AAAA" + text[4:], tag]),
        "short tag": ".".join([header, "", iv, text, tag[:-2]]),
        "another header": ".".join([codes.encode(json.dumps(other).encode()), "", iv, text, tag]),
        "a wrapped key": ".".join([header, "AAAA", iv, text, tag]),
        "no compact form": "halo",
    }


@pytest.mark.parametrize("fault", spoiled_answers())
def test_an_answer_that_does_not_open_hides_nothing_else(go: Go, fault: str) -> None:
    """The page says what to do, and steps and case number are shown all the same."""
    visit = go(answer={"sealed": spoiled_answers()[fault], "at": WRITTEN})
    visit.open()
    assert visit.page.inner_text("#answer-none") == visit.say["answerDamaged"]
    assert visit.page.is_hidden("#answer")
    assert visit.page.locator("#steps li").count() == 2


# --- what goes wrong ---


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        ("no network", "network"),
        ((404, "unknown-pin"), "unknown"),
        ((503, "unavailable"), "unavailable"),
        ((400, "unreadable"), "unreadable"),
    ],
)
def test_a_refusal_is_told_with_the_next_step_and_the_phone(
    go: Go, refusal: Any, sentence: str, language: str
) -> None:
    """Each has a sentence; the duty phone and the emergency numbers stand below it, and the PIN
    stays typed.
    """
    visit = go(language, refusals={"status": refusal})
    visit.open()
    expect(visit.page.locator("#failed")).to_be_visible()
    assert visit.failure == (visit.say.get(sentence) or visit.say["reasons"][sentence])
    assert visit.page.locator(f"#failed a[href='tel:{PHONE}']").is_visible()
    assert visit.page.locator("#failed a[href$='darurat/']").is_visible()
    assert visit.page.input_value("#pin") == PIN
    assert visit.focused == "failed"
    visit.receiver.refusals.clear()
    visit.open()
    assert visit.failure == ""
    assert visit.page.is_visible("#news")


@pytest.mark.parametrize(("wait", "minutes"), [("61", 2), ("1740", 29), ("", 60)])
def test_too_many_tries_say_how_long_to_wait(go: Go, wait: str, minutes: int) -> None:
    """Retry-After is told in minutes, rounded up; where it cannot be read, an hour."""
    visit = go()
    visit.receiver.refusals["status"] = (429, "too-many", wait)
    visit.open()
    expect(visit.page.locator("#failed")).to_be_visible()
    assert f"Coba lagi {minutes} menit lagi" in visit.failure


def test_a_page_of_the_network_itself_is_no_answer(go: Go) -> None:
    """Where a hotspot answers with its own page, the page says that the network is at fault."""
    visit = go()
    visit.page.route("**/intake/status", lambda route: route.fulfill(body="<h1>Masuk</h1>"))
    visit.open()
    expect(visit.page.locator("#failed")).to_be_visible()
    assert visit.failure == visit.say["network"]


# --- adding ---


def opened_addition(body: bytes) -> dict[str, Any]:
    """What the team reads of an addition: checked as the receiver does, opened with a key."""
    sealed = sealing.rewrite(json.loads(body)["sealed"])
    content: dict[str, Any] = json.loads(sealing.open_sealed(sealed, coordinator().key))
    return content


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_addition_is_sealed_like_a_report(go: Go, language: str) -> None:
    """The team's keys open it: token, case number, language, text and time; no more stands
    beside it than token and verifier.
    """
    visit = go(language)
    visit.open()
    visit.send()
    [body] = visit.receiver.bodies("additions")
    sent = json.loads(body)
    assert set(sent) == {"version", "token", "return_verifier", "sealed"}
    assert (sent["version"], sent["return_verifier"]) == (1, pin_keys().verifier)
    content = opened_addition(body)
    assert abs(content.pop("written_at") - visit.page.evaluate("Date.now() / 1000")) < 60
    assert content == {
        "version": 1,
        "kind": "addition",
        "token": sent["token"],
        "case_number": NUMBER,
        "language": language,
        "text": TEXT,
    }
    assert visit.page.inner_text("#add-status") == visit.say["added"].replace(
        "{time}", "21 Nov 2026, 14.20" if language == "id" else "21 Nov 2026, 14:20"
    )
    assert visit.page.input_value("#text") == ""


def test_a_lost_network_sends_the_same_bytes_again(go: Go) -> None:
    """The text stays; pressing again sends what was sealed before, so that it arrives once."""
    visit = go(refusals={"additions": "no network"})
    visit.open()
    visit.send()
    assert visit.failure == visit.say["network"]
    assert visit.page.input_value("#text") == TEXT
    visit.receiver.refusals.clear()
    visit.send()
    assert visit.failure == ""
    first, second = visit.receiver.bodies("additions")
    assert first == second


def test_another_text_gets_a_token_of_its_own(go: Go) -> None:
    """After a failure a changed text is another addition; and so is the same text sent twice."""
    visit = go(refusals={"additions": "no network"})
    visit.open()
    visit.send("Satu")
    visit.receiver.refusals.clear()
    for text in ("Dua", "Dua"):
        visit.send(text)
        expect(visit.page.locator("#text")).to_have_value("")
    bodies = visit.receiver.bodies("additions")
    assert [opened_addition(body)["text"] for body in bodies] == ["Satu", "Dua", "Dua"]
    assert len({json.loads(body)["token"] for body in bodies}) == 3


def test_changed_keys_are_fetched_from_the_site(go: Go) -> None:
    """Where the receiver holds other keys, the addition is sealed anew under its token."""
    visit = go(refusals={"additions": (409, "keys")})
    visit.open()
    with visit.page.expect_request("**/unduh/keys.json"):
        visit.send()
    first, second = visit.receiver.bodies("additions")
    assert first != second
    assert json.loads(first)["token"] == json.loads(second)["token"]
    assert visit.page.input_value("#text") == TEXT


def test_the_room_left_is_told_and_no_more_is_sent(go: Go) -> None:
    """Characters are counted as the receiver counts them: an emoji is one."""
    visit = go()
    visit.open()
    assert visit.page.inner_text("#room") == "Sisa ruang: 3000 huruf."
    visit.page.fill("#text", "🙏" * 2_999)
    assert visit.page.inner_text("#room") == "Sisa ruang: 1 huruf."
    visit.page.fill("#text", "a" * 3_001)
    assert visit.problem("text") == "Terlalu panjang. Paling banyak 3000 huruf; sekarang 3001."
    visit.page.click("#add button")
    assert visit.focused == "text"
    visit.page.fill("#text", "\u0001" * 3_000)
    assert visit.problem("text") == ""
    visit.page.click("#add button")
    expect(visit.page.locator("#text")).to_have_value("")
    [body] = visit.receiver.bodies("additions")
    assert opened_addition(body)["text"] == "\u0001" * 3_000


def test_nothing_written_is_not_sent(go: Go) -> None:
    """The page asks for a text and the focus goes there."""
    visit = go()
    visit.open()
    visit.page.click("#add button")
    assert visit.problem("text") == visit.say["addEmpty"]
    assert visit.focused == "text"
    assert visit.receiver.bodies("additions") == []


def test_a_case_deleted_meanwhile_says_so(go: Go) -> None:
    """Once its news was shown, an unknown PIN means that the request is gone."""
    visit = go(refusals={"additions": (404, "unknown-pin")})
    visit.open()
    visit.send()
    assert visit.failure == visit.say["gone"]
    assert visit.page.input_value("#text") == TEXT


def test_a_case_withdrawn_meanwhile_keeps_the_text(go: Go) -> None:
    """The page shows the withdrawal; after undoing it the text is there and can be sent."""
    visit = go(refusals={"additions": (409, "withdrawn")})
    visit.open()
    visit.receiver.withdrawn_at = WITHDRAWN
    visit.send()
    assert visit.failure == visit.say["withdrawnAlready"]
    visit.receiver.refusals.clear()
    visit.page.click("#restore")
    visit.settle("add")
    expect(visit.page.locator("#text")).to_have_value(TEXT)
    visit.page.click("#add button")
    expect(visit.page.locator("#text")).to_have_value("")
    assert len(visit.receiver.kept) == 1


# --- withdrawing ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_withdrawing_takes_two_steps_and_can_be_undone(go: Go, language: str) -> None:
    """The first press only explains; the second withdraws; then the same PIN restores."""
    visit = go(language, answer={"sealed": sealed_answer("halo"), "at": WRITTEN})
    visit.open()
    visit.page.click("#withdraw")
    assert visit.focused == "sure"
    assert "72" in visit.page.inner_text("#sure")
    visit.page.click("#unsure")
    assert visit.focused == "withdraw"
    assert visit.receiver.bodies("withdrawals") == []
    visit.page.click("#withdraw")
    visit.page.click("#certain")
    expect(visit.page.locator("#withdrawn")).to_be_visible()
    assert visit.focused == "withdrawn"
    assert "24 Nov 2026" in visit.page.inner_text("#withdrawn-what")
    for hidden in ("#keep", "#adding", "#now", "#sure"):
        assert visit.page.is_hidden(hidden)
    visit.page.click("#restore")
    expect(visit.page.locator("#leaving-status")).to_have_text(visit.say["restored"])
    assert visit.page.is_hidden("#withdrawn")
    assert visit.page.is_visible("#keep")
    acts = [json.loads(body) for body in visit.receiver.bodies("withdrawals")]
    verifier = pin_keys().verifier
    assert acts == [
        {"version": 1, "return_verifier": verifier, "act": act} for act in ("withdraw", "restore")
    ]


def test_a_withdrawn_request_opens_as_withdrawn(go: Go) -> None:
    """Whoever comes back within 72 hours sees until when it can be undone."""
    visit = go(withdrawn_at=WITHDRAWN)
    visit.open()
    assert visit.page.is_visible("#restore")
    assert visit.page.is_hidden("#adding")
    assert "paling lambat 24 Nov 2026, 14.53" in visit.page.inner_text("#withdrawn-what")


def test_a_withdrawal_that_did_not_arrive_is_told(go: Go) -> None:
    """The question stays on screen, and pressing again withdraws."""
    visit = go(refusals={"withdrawals": "no network"})
    visit.open()
    visit.page.click("#withdraw")
    visit.page.click("#certain")
    expect(visit.page.locator("#failed")).to_be_visible()
    visit.receiver.refusals.clear()
    visit.page.click("#certain")
    expect(visit.page.locator("#withdrawn")).to_be_visible()


# --- what stays behind ---

EVERYTHING = """async () => JSON.stringify([
  document.documentElement.outerHTML,
  [...document.querySelectorAll('input, textarea')].map((one) => one.value),
  location.href, document.title, document.cookie, Object.entries(history.state || {}),
  Object.entries(localStorage), Object.entries(sessionStorage), name,
  await caches.keys(), await indexedDB.databases(),
])"""


def secrets() -> list[str]:
    """What only this person may know."""
    return [CANARY, DIGITS, PIN, pin_keys().verifier, pin_keys().answer_key, NUMBER]


def traces(text: str) -> list[str]:
    return [secret for secret in secrets() if secret in text]


def test_nothing_is_stored_and_no_address_changes(go: Go) -> None:
    """After opening, adding and withdrawing, PIN, keys and text are in no storage, address,
    title or history; requests carry the verifier in their bodies alone, and no word.
    """
    visit = go(answer={"sealed": sealed_answer(CANARY), "at": WRITTEN})
    before = visit.page.evaluate("history.length")
    visit.open()
    visit.send()
    visit.page.click("#withdraw")
    visit.page.click("#certain")
    expect(visit.page.locator("#withdrawn")).to_be_visible()
    assert visit.page.evaluate("history.length") == before
    kept = json.loads(visit.page.evaluate(EVERYTHING))[2:]
    assert traces(json.dumps(kept)) == []
    assert visit.page.url == visit.site.address + PATHS["id"]
    assert visit.page.context.cookies() == []
    for request in visit.requests:
        assert traces(request.url + json.dumps(request.all_headers())) == []
        body = request.post_data or ""
        assert set(traces(body)) <= {pin_keys().verifier}
    assert len(visit.receiver.asked) == 3


def test_closing_clears_the_screen(go: Go) -> None:
    """Nothing of the case is left in the page, hidden parts included; a PIN can be typed anew."""
    visit = go(answer={"sealed": sealed_answer(CANARY), "at": WRITTEN})
    visit.open()
    visit.page.fill("#text", CANARY)
    assert traces(visit.page.evaluate(EVERYTHING)) == [CANARY, NUMBER]
    visit.page.click("#close")
    assert traces(visit.page.evaluate(EVERYTHING)) == []
    assert visit.focused == "pin"
    expect(visit.page.locator("#ask-status")).to_have_text(visit.say["closed"])
    visit.open()
    assert visit.page.is_visible("#news")


def test_news_that_arrives_after_closing_is_not_shown(go: Go) -> None:
    """An answer that was on its way when the page was left is dropped."""
    visit = go()
    waiting: list[Route] = []
    visit.page.route("**/intake/status", lambda route: waiting.append(route))
    visit.page.fill("#pin", PIN)
    with visit.page.expect_request("**/intake/status"):
        visit.page.click("#ask button")
    visit.page.evaluate("dispatchEvent(new Event('pagehide'))")
    visit.receiver(waiting[0])
    visit.settle("ask")
    visit.page.evaluate("document.documentElement.hidden = false")
    assert visit.page.is_hidden("#news")
    assert traces(visit.page.evaluate(EVERYTHING)) == []


@pytest.mark.parametrize("persisted", [True, False])
def test_going_back_shows_nothing_of_the_person_before(go: Go, persisted: bool) -> None:
    """Whether the browser kept the page or loads it anew, the next person finds it empty."""
    visit = go(answer={"sealed": sealed_answer(CANARY), "at": WRITTEN})
    visit.open()
    visit.page.fill("#text", CANARY)
    if persisted:
        visit.page.evaluate(
            "() => { dispatchEvent(new Event('pagehide')); window.left = document.documentElement"
            ".hidden; setTimeout(() => dispatchEvent("
            "new PageTransitionEvent('pageshow', { persisted: true }))); }"
        )
        visit.page.wait_for_function("() => !('left' in window)")
    else:
        visit.page.goto(visit.site.address)
        visit.page.go_back()
    expect(visit.page.locator("#ask")).to_be_visible()
    assert traces(visit.page.evaluate(EVERYTHING)) == []


@pytest.mark.parametrize("way", ["press", "keys"])
def test_leaving_fast_from_the_news(go: Go, way: str) -> None:
    """The page is replaced by an ordinary site, and nothing complains on the way."""
    visit = go(answer={"sealed": sealed_answer(CANARY), "at": WRITTEN})
    errors: list[str] = []
    visit.page.on("pageerror", lambda error: errors.append(str(error)))
    visit.page.route("https://www.google.com/**", lambda route: route.fulfill(body="Biasa"))
    visit.open()
    visit.page.fill("#text", CANARY)
    if way == "press":
        visit.page.click(".leave")
    else:
        for _ in range(3):
            visit.page.keyboard.press("Escape")
    visit.page.wait_for_url("https://www.google.com/")
    visit.page.go_back()
    assert visit.page.url == visit.site.address
    assert errors == []


# --- with the real receiver ---


def test_the_real_receiver_keeps_to_the_same_contract(
    browser: Browser, open_site: OpenSite
) -> None:
    """A case that was sent is opened, added to, withdrawn and restored; a wrong PIN is not."""
    sent = sealed_report(ANSWERS)[0] | {"return_verifier": pin_keys().verifier}
    status, told, _ = fetch(
        open_site.address + "intake/submissions",
        json.dumps(sent).encode(),
        {"Content-Type": "application/json"},
    )
    assert status == 201
    with browser.new_context(viewport={"width": 360, "height": 640}) as context:
        page = context.new_page()
        page.goto(open_site.address + PATHS["id"])
        page.fill("#pin", "0000 0000 0000 0000")
        page.click("#ask button")
        expect(page.locator("#failed-reason")).to_contain_text("PIN ini tidak dikenal")
        page.fill("#pin", PIN)
        page.click("#ask button")
        number = json.loads(told)["case_number"]
        expect(page.locator("#news-title")).to_have_text(f"Kabar kasus {number}")
        expect(page.locator("#steps li b")).to_have_text(["Diterima"])
        page.fill("#text", TEXT)
        page.click("#add button")
        expect(page.locator("#add-status")).to_contain_text("Kabar Anda sudah diterima")
        page.click("#withdraw")
        page.click("#certain")
        expect(page.locator("#withdrawn-what")).to_contain_text("dihapus paling lambat")
        page.click("#restore")
        expect(page.locator("#keep")).to_be_visible()


# --- without JavaScript, without a team ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_javascript_the_pin_is_posted_to_the_receiver(
    browser: Browser, open_site: OpenSite, language: str
) -> None:
    """A plain form sends the PIN in its body, beside a box that people leave empty."""
    posted: list[Request] = []

    def take(route: Route) -> None:
        posted.append(route.request)
        route.fulfill(body="<title>Kabar</title>", content_type="text/html")

    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.route("**/intake/*", take)
        page.goto(open_site.address + PATHS[language])
        assert page.get_attribute("#pin", "inputmode") == "numeric"
        assert page.get_attribute("#pin", "autocomplete") == "off"
        assert page.is_hidden("#news")
        page.fill("#pin", PIN)
        page.click("#ask button")
    [request] = posted
    assert request.method == "POST"
    assert request.url == f"{open_site.address}intake/status?language={language}"
    assert request.post_data == f"pin={PIN.replace(' ', '+')}&website="


def test_where_webcrypto_is_missing_the_plain_form_stays(
    browser: Browser, open_site: OpenSite
) -> None:
    """An old browser sends the PIN to the receiver, as one without JavaScript does."""
    with browser.new_context() as context:
        context.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
        page = context.new_page()
        page.route("**/intake/*", lambda route: route.fulfill(body="diterima"))
        page.goto(open_site.address + PATHS["id"])
        page.fill("#pin", PIN)
        with page.expect_request("**/intake/status?language=id") as request:
            page.click("#ask button")
        assert request.value.method == "POST"


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_team_the_page_points_to_numbers(site: Any, language: str) -> None:
    """Nobody is asked for a PIN where no organization runs the form."""
    file = site / PATHS[language] / "index.html"
    page = read_page(file)
    assert read_form(file.read_text(encoding="utf-8")).fields == {}
    assert [a for a in page.links if a.startswith("tel:")]
    assert any("darurat/" in link for link in page.links)


# --- for everyone ---


def pin_with_a_slip(visit: Visit) -> None:
    visit.open(PIN[:-1] + "9")


def unknown_pin(visit: Visit) -> None:
    visit.receiver.refusals["status"] = (404, "unknown-pin")
    visit.open()


def news(visit: Visit) -> None:
    visit.receiver.answer = {"sealed": sealed_answer("Halo. " * 80), "at": WRITTEN}
    visit.receiver.events = steps(*STATUSES)
    visit.open()


def news_not_sent(visit: Visit) -> None:
    news(visit)
    visit.receiver.refusals["additions"] = "no network"
    visit.send("w" * 300)


def asked_whether_sure(visit: Visit) -> None:
    news(visit)
    visit.page.click("#withdraw")


def withdrawn(visit: Visit) -> None:
    visit.receiver.withdrawn_at = WITHDRAWN
    news(visit)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "reach",
    [pin_with_a_slip, unknown_pin, news, news_not_sent, asked_whether_sure, withdrawn],
    ids=lambda reach: reach.__name__,
)
def test_every_state_fits_and_is_accessible(
    go: Go, language: str, reach: Callable[[Visit], None]
) -> None:
    """At 320 pixels, and with text of 200 % on a phone, nothing is pushed sideways; axe finds no
    fault; whatever can be pressed is 48 pixels high.
    """
    visit = go(language)
    reach(visit)
    assert faults(visit.page) == []
    low = "all => all.map(one => one.getBoundingClientRect().height).filter((h) => h && h < 47.5)"
    assert visit.page.locator("main button, main input:visible, .call").evaluate_all(low) == []
    wide = "() => document.scrollingElement.scrollWidth - innerWidth"
    visit.page.set_viewport_size({"width": 320, "height": 560})
    assert visit.page.evaluate(wide) <= 0
    visit.page.set_viewport_size({"width": 360, "height": 640})
    visit.page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert visit.page.evaluate(wide) <= 0


def test_the_keyboard_goes_from_top_to_bottom(go: Go) -> None:
    """From the PIN to the news, and through it in the order of the page."""
    visit = go(answer={"sealed": sealed_answer("halo"), "at": WRITTEN})
    visit.page.focus("#pin")
    visit.page.keyboard.type(DIGITS)
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#news-title")).to_be_focused()
    order = []
    for _ in range(5):
        visit.page.keyboard.press("Tab")
        order.append(
            visit.page.evaluate(
                "(document.activeElement.id || document.activeElement.innerText).trim()"
            )
        )
    assert order[:3] == ["text", "Kirim kabar", "withdraw"]
    assert PHONE in order[3]
    assert order[4] == "close"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_light(open_site: OpenSite, language: str) -> None:
    """Page and script are all that is needed to open, seal and withdraw."""
    requests, size = first_visit(open_site.pages, PATHS[language])
    assert requests == 2
    assert size <= 12_000

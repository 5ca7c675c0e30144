"""A shared phone: what the form leaves behind, and what the next person finds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from form_walk import Answers, give, send, walk, walk_to
from intake.organization import load_organization
from intake.settings import ROOT
from open_site import OpenSite
from pdf_reader import Pdf

ORDINARY = load_organization(ROOT / "docs/data/organization.yml").leave_to
CANARY = "BurungKenari8341"
CALL: Answers = {"country": "MY", "reach": f"+44 7700 900124 {CANARY}"}
# Everything in which a page can keep something, and how long its history is.
KEPT = """async () => ({
  local: Object.entries(localStorage), session: Object.entries(sessionStorage),
  cookies: document.cookie, databases: (await indexedDB.databases()).map(({ name }) => name),
  caches: await Promise.all((await caches.keys()).map(async (name) =>
    (await (await caches.open(name)).keys()).map(({ url }) => url))),
})"""
NOTHING = {"local": [], "session": [], "cookies": "", "databases": [], "caches": []}
SPEECH = """(() => {
  window.spoken = [];
  class Utterance { constructor(text) { this.text = text; } }
  const voices = %s;
  Object.defineProperty(window, 'speechSynthesis', { value: Object.assign(new EventTarget(), {
    getVoices: () => voices, cancel() { spoken.length = 0; }, speak(one) { spoken.push(one); },
  }) });
  window.SpeechSynthesisUtterance = Utterance;
})()"""
LOCAL = "[{ lang: 'en-US', localService: true }, { lang: 'id-ID', localService: true }]"
REMOTE = "[{ lang: 'id-ID', localService: false }]"


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone of 360 by 640 pixels."""
    context = browser.new_context(viewport={"width": 360, "height": 640})
    context.set_default_timeout(20_000)
    context.route(ORDINARY + "**", lambda route: route.fulfill(body="<h1>Biasa</h1>"))
    yield context
    context.close()


@pytest.fixture
def page(phone: BrowserContext, open_site: OpenSite) -> Page:
    """The page "Minta bantuan", opened from the home page."""
    opened = phone.new_page()
    opened.goto(open_site.address)
    opened.goto(open_site.address + "bantuan/")
    return opened


def typed(page: Page) -> list[Any]:
    """Whatever stands in a field or is ticked."""
    found: list[Any] = page.evaluate(
        "[...document.querySelectorAll('input:not([type=hidden]), textarea, select')]"
        ".filter((one) => ['radio', 'checkbox'].includes(one.type) ? one.checked : one.value)"
        ".map((one) => one.id || one.name)"
    )
    return found


def middle(page: Page) -> None:
    """Half through the form, with a story."""
    page.click("[data-door=write]")
    walk_to(page, "story", {"safe": "no", "problem": ["violence"]})
    give(page, "story", CANARY)
    page.click("#next")


def test_leaving_in_the_middle_leaves_nothing(page: Page, open_site: OpenSite) -> None:
    """No storage, cookie, database or cache holds anything, and the page is gone."""
    middle(page)
    assert page.evaluate(KEPT) == NOTHING
    page.click(".leave")
    page.wait_for_url(ORDINARY)
    page.goto(open_site.address + "bantuan/")
    assert page.evaluate(KEPT) == NOTHING
    assert typed(page) == []
    assert CANARY not in page.content()


def test_the_form_adds_nothing_to_the_history(page: Page, open_site: OpenSite) -> None:
    """From the door to the case number it is one entry with one address."""
    before = page.evaluate("history.length")
    walk(page, CALL, "call")
    send(page)
    page.click("#show-pin")
    assert page.evaluate("history.length") == before
    assert page.url == open_site.address + "bantuan/"
    assert page.evaluate(KEPT) == NOTHING


def test_the_back_button_leaves_the_form_and_nothing_comes_back(
    page: Page, open_site: OpenSite
) -> None:
    """One press leads to the page before; forward again, the form is empty."""
    middle(page)
    page.go_back()
    assert page.url == open_site.address
    page.go_forward()
    page.wait_for_selector("#intro:not([hidden])")
    assert typed(page) == []
    assert CANARY not in page.content()


def test_a_reload_starts_anew(page: Page) -> None:
    """No browser fills the fields again by itself."""
    middle(page)
    page.reload()
    assert page.is_visible("#intro")
    assert typed(page) == []


def test_a_page_that_was_kept_is_hidden_and_loaded_anew(page: Page) -> None:
    """Browsers keep a page for "back": it is blank before it goes and starts again."""
    middle(page)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert page.evaluate("getComputedStyle(document.documentElement).display") == "none"
    with page.expect_navigation():
        page.evaluate(
            "setTimeout(() => dispatchEvent("
            "new PageTransitionEvent('pageshow', { persisted: true })))"
        )
    assert page.is_visible("#intro")
    assert typed(page) == []


def test_the_next_report_is_a_new_one(page: Page, open_site: OpenSite) -> None:
    """Another token and case number, empty fields, and the first PIN nowhere."""
    tokens, pins, cases = [], [], []
    for _ in range(2):
        page.goto(open_site.address + "bantuan/")
        assert typed(page) == []
        assert page.inner_text("#pin") == ""
        walk(page, CALL, "call")
        with page.expect_request("**/intake/submissions") as posted:
            cases.append(send(page))
        tokens.append(json.loads(posted.value.post_data or "")["token"])
        page.click("#show-pin")
        pins.append(page.inner_text("#pin"))
    assert len(set(tokens)) == len(set(pins)) == len(set(cases)) == 2
    assert pins[0] not in page.content()


def test_after_sending_nothing_that_was_typed_is_in_the_page(page: Page) -> None:
    """Neither in a field, nor in the check, nor in the message for WhatsApp."""
    page.route("**/intake/submissions", lambda route: route.abort(), times=1)
    walk(page, CALL, "call")
    page.click("#send")
    page.wait_for_selector("#not-sent:not([hidden])")
    assert CANARY in page.input_value("#message")
    send(page)
    assert typed(page) == []
    assert CANARY not in page.content()


def test_no_field_is_kept_by_the_browser_for_after_a_crash(page: Page) -> None:
    """Browsers write fields to disk for a restart, unless a field asks them not to."""
    remembered = page.evaluate(
        "[...document.querySelectorAll('main input, main textarea, main select')]"
        ".filter((one) => one.autocomplete !== 'off' && one.form?.autocomplete !== 'off')"
        ".map((one) => one.id || one.name)"
    )
    assert remembered == []


@pytest.mark.parametrize("language", ["id", "en"])
def test_paper_gets_the_pin_alone(
    phone: BrowserContext, open_site: OpenSite, language: str
) -> None:
    """Its heading and the digits: no case number, and no address that a browser adds above."""
    page = phone.new_page()
    page.goto(open_site.address + ("" if language == "id" else "en/") + "bantuan/")
    walk(page, CALL, "call")
    send(page)
    page.click("#show-pin")
    paper = page.pdf(format="A4", prefer_css_page_size=True, display_header_footer=True)
    printed = Pdf(paper)
    assert printed.pages == 1
    expected = f"{page.inner_text('#pin-box h3')} {page.inner_text('#pin')}"
    assert printed.text() == expected


def test_the_phones_own_voice_reads_question_and_pin(
    phone: BrowserContext, open_site: OpenSite
) -> None:
    """The question with its answers, in its language; the PIN digit by digit."""
    phone.add_init_script(SPEECH % LOCAL)
    page = phone.new_page()
    page.goto(open_site.address + "bantuan/")
    page.click("[data-door=write]")
    page.click("#speak")
    assert page.evaluate("spoken.map((one) => one.text)") == [
        "Apakah Anda aman sekarang?",
        "Ya",
        "Tidak",
        "Tidak tahu",
    ]
    assert page.evaluate("spoken.every((one) => one.voice.lang === 'id-ID')") is True
    page.reload()
    walk(page, CALL, "call")
    send(page)
    page.click("#show-pin")
    page.click("#speak-pin")
    digits = page.evaluate("spoken.map((one) => one.text)")
    assert digits == list(page.inner_text("#pin").replace(" ", ""))


@pytest.mark.parametrize("voices", ["[]", REMOTE])
def test_a_voice_that_sends_the_text_away_is_not_offered(
    phone: BrowserContext, open_site: OpenSite, voices: str
) -> None:
    """Where the phone has no voice of its own, no button appears."""
    phone.add_init_script(SPEECH % voices)
    page = phone.new_page()
    page.goto(open_site.address + "bantuan/")
    page.click("[data-door=write]")
    assert page.is_hidden("#speak")

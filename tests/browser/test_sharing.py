"""Passing on and listening, and what works in the browsers inside other apps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from built_site import ROOT
from form_walk import asked, give
from html_page import read_page
from intake.organization import load_organization
from open_site import OpenSite

ADDRESS = load_organization(ROOT / "docs/data/organization.yml").site
GUIDE = "panduan/dokumen-ditahan/"
ANDROID = "Mozilla/5.0 (Linux; Android 12; SM-A135F{wv}) AppleWebKit/537.36 (KHTML, like Gecko) "
CHROME = ANDROID.format(wv="") + "Chrome/120.0.0.0 Mobile Safari/537.36"
WEBVIEW = ANDROID.format(wv="; wv") + "Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
IN_APPS = {
    "Facebook": WEBVIEW + " [FB_IAB/FB4A;FBAV/440.0.0.31.105;]",
    "Facebook on iPhone": IPHONE + "like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/440.0]",
    "Instagram": WEBVIEW + " Instagram 309.0.0.40.113 Android",
    "Line": WEBVIEW.replace("; wv", "") + " Line/13.20.0/IAB",
    "WhatsApp": WEBVIEW,
}
BROWSERS = {
    "Chrome": CHROME,
    "Safari": IPHONE + "like Gecko) Version/17.0 Mobile/15E148 Safari/604.1",
}
# Voices as phones list them: name, language, and whether they work without a server.
LOCAL = "[{ name: 'id', lang: 'id_ID', localService: true }]"
OLD = "[{ name: 'id', lang: 'in-ID', localService: true }]"
REMOTE = "[{ name: 'id', lang: 'id-ID', localService: false }]"
OTHER = "[{ name: 'en', lang: 'en-US', localService: true }]"
PHONE_VOICE = """(() => {
  const spoken = [];
  const voices = %s;
  class Utterance { constructor(text) { this.text = text; } }
  const synthesis = Object.assign(new EventTarget(), {
    speaking: false, spoken, cancelled: 0,
    getVoices: () => voices,
    speak(utterance) { this.speaking = true; spoken.push(utterance); },
    cancel() { this.speaking = false; this.cancelled += 1; },
  });
  Object.defineProperty(window, 'speechSynthesis', { value: synthesis });
  window.SpeechSynthesisUtterance = Utterance;
})()"""

Talking = Callable[[str], Page]


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone of 360 by 640 pixels."""
    context = browser.new_context(viewport={"width": 360, "height": 640})
    yield context
    context.close()


@pytest.fixture
def talking(phone: BrowserContext, site_url: str) -> Talking:
    """Return `talking(voices)`: the guide on a phone that has these voices."""

    def open_guide(voices: str) -> Page:
        phone.add_init_script(PHONE_VOICE % voices)
        page = phone.new_page()
        page.goto(site_url + GUIDE)
        return page

    return open_guide


@pytest.fixture
def open_form(open_site: OpenSite) -> str:
    """The address of a site whose form is open."""
    return open_site.address


@pytest.mark.parametrize("path", ["", GUIDE, "en/" + GUIDE, "darurat/malaysia/", "kontak/"])
def test_a_page_can_be_sent_by_whatsapp(site: Path, path: str) -> None:
    """One link, without a script, holds the title and the published address of this page."""
    page = read_page(site / path / "index.html")
    [link] = [link for link in page.links if link.startswith("https://wa.me/?text=")]
    title, address = parse_qs(urlsplit(link).query)["text"][0].split("\n")
    assert title in page.text
    assert address == ADDRESS + path


@pytest.mark.parametrize("path", ["bantuan/", "paralegal/buka/"])
def test_form_and_reader_are_not_passed_on(site: Path, path: str) -> None:
    """They are for doing something."""
    links = read_page(site / path / "index.html").links
    assert [link for link in links if link.startswith("https://wa.me/?text=")] == []


@pytest.mark.parametrize(
    ("path", "said"), [(GUIDE, "menit membaca"), ("en/" + GUIDE, "min to read")]
)
def test_a_guide_says_how_long_it_takes(site: Path, path: str, said: str) -> None:
    """Beside the date on which it was checked."""
    assert said in read_page(site / path / "index.html").text


def test_lists_of_numbers_say_only_their_date(site: Path) -> None:
    """Nobody reads them from end to end."""
    text = read_page(site / "darurat/malaysia/index.html").text
    assert "Dicek tanggal" in text
    assert "menit membaca" not in text


@pytest.mark.parametrize("voices", [LOCAL, OLD])
def test_the_phones_own_voice_reads_the_page(talking: Talking, voices: str) -> None:
    """Block by block from the title on, without dates and sources."""
    page = talking(voices)
    page.click(".listen button")
    texts = page.evaluate("speechSynthesis.spoken.map((u) => u.text.trim())")
    assert texts[0] == "Paspor atau ijazah saya ditahan"
    assert texts[1].startswith("Minta surat Anda kembali hari ini")
    assert "Catat surat apa yang diambil" in " ".join(texts)
    assert not [text for text in texts if "Dicek tanggal" in text or "WhatsApp\n" in text]
    assert max(map(len, texts)) < 900
    assert page.evaluate("speechSynthesis.spoken.every((u) => u.voice.localService)") is True
    assert page.inner_text(".listen button") == "Berhenti"


def test_pressing_again_stops(talking: Talking) -> None:
    """So does leaving the page, and reaching the end changes the word back."""
    page = talking(LOCAL)
    button = page.locator(".listen button")
    button.click()
    button.click()
    assert page.evaluate("speechSynthesis.speaking") is False
    assert button.inner_text() == "Dengarkan"
    button.click()
    page.evaluate("speechSynthesis.spoken.pop().onend()")
    assert button.inner_text() == "Dengarkan"


@pytest.mark.parametrize("voices", ["[]", REMOTE, OTHER])
def test_without_a_voice_of_its_own_no_button_appears(talking: Talking, voices: str) -> None:
    """A voice on a server would learn what is read; one of another language cannot be followed."""
    page = talking(voices)
    page.wait_for_load_state("networkidle")
    assert page.is_hidden(".listen")


def test_voices_that_come_late_are_found(talking: Talking) -> None:
    """Browsers load their list after the page."""
    page = talking("window.late || (window.late = [])")
    assert page.is_hidden(".listen")
    page.evaluate(f"window.late.push(...{LOCAL})")
    page.evaluate("speechSynthesis.dispatchEvent(new Event('voiceschanged'))")
    assert page.is_visible(".listen")


def test_leaving_fast_silences_the_voice(talking: Talking, site_url: str) -> None:
    """Nothing goes on reading aloud."""
    page = talking(LOCAL)
    page.route("https://www.google.com/**", lambda route: route.fulfill(body="Biasa"))
    page.click(".listen button")
    page.evaluate(
        """() => { const cancel = speechSynthesis.cancel;
          speechSynthesis.cancel = () => { sessionStorage.silenced = 1; cancel(); }; }"""
    )
    page.click(".leave")
    page.wait_for_url("https://www.google.com/**")
    page.goto(site_url)
    assert page.evaluate("sessionStorage.silenced") == "1"


@pytest.mark.parametrize("app", IN_APPS)
@pytest.mark.parametrize("language", ["id", "en"])
def test_inside_another_app_the_form_suggests_chrome(
    browser: Browser, open_form: str, app: str, language: str
) -> None:
    """By its user agent alone; the form itself is there and can be filled in."""
    page = browser.new_page(user_agent=IN_APPS[app], viewport={"width": 360, "height": 640})
    page.goto(open_form + ("" if language == "id" else "en/") + "bantuan/")
    expect(page.locator("#in-app")).to_contain_text("Chrome")
    page.click("[data-door=question]")
    give(page, "ask", "Contoh")
    page.click("#next")
    assert asked(page) == "country"
    page.close()


@pytest.mark.parametrize("name", BROWSERS)
def test_a_whole_browser_gets_no_such_advice(browser: Browser, open_form: str, name: str) -> None:
    """Only where it helps."""
    page = browser.new_page(user_agent=BROWSERS[name])
    page.goto(open_form + "bantuan/")
    page.wait_for_selector("[data-door]")
    assert page.is_hidden("#in-app")
    page.close()


def test_nothing_needs_a_download_or_a_new_window(site: Path) -> None:
    """Browsers inside apps have neither: no link asks for one."""
    for file in sorted(site.rglob("*.html")):
        for element in read_page(file).elements:
            assert "target" not in element.attributes, file
            assert "download" not in element.attributes, file


@pytest.mark.parametrize("path", [GUIDE, "darurat/malaysia/", "tentang/tanpa-internet/"])
def test_pages_work_inside_an_app(browser: Browser, site_url: str, path: str) -> None:
    """No script fails where voices, service workers and caches are missing."""
    wrong: list[str] = []
    with browser.new_context(user_agent=IN_APPS["Facebook"]) as context:
        context.add_init_script(
            "delete Navigator.prototype.serviceWorker; delete window.caches;"
            "Object.defineProperty(window, 'speechSynthesis', { value: undefined });"
        )
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(site_url + path, wait_until="networkidle")
        assert page.is_visible("h1")
    assert wrong == []

"""Leaving fast: what a person who is watched finds on a page about trouble, and what it does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route

from form_walk import fill_in, give, walk_to
from html_page import read_page
from intake.organization import load_organization
from intake.settings import ROOT
from open_site import OpenSite

ORDINARY = load_organization(ROOT / "docs/data/organization.yml").leave_to
GUIDE = "panduan/dokumen-ditahan/"
WITH_IT = [GUIDE, "darurat/", "darurat/malaysia/", "bantuan/", "bantuan/kabar/", "paralegal/buka/"]
WITHOUT_IT = ["", "kontak/", "aturan/uu-18-2017/", "tentang/privasi/", "tentang/tanpa-internet/"]
CANARY = "BurungKenari8341"
WAYS = ["press", "keys"]


@pytest.fixture
def helped(open_site: OpenSite) -> str:
    """The address of a site with an open form, and of its receiver below it."""
    return open_site.address


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def either_phone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A phone with JavaScript, and one without."""
    yield from phone_with(browser, request.param)


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone of 360 by 640 pixels."""
    yield from phone_with(browser, True)


def phone_with(browser: Browser, script: bool) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": 360, "height": 640}, java_script_enabled=script, has_touch=True
    )
    context.route(ORDINARY + "**", lambda route: route.fulfill(body="<h1>Biasa</h1>"))
    yield context
    context.close()


# While another site is awaited no tool can ask the page, so the page itself tells what the next
# frame shows, in the address of a request.
TELLING = """() => {
  const tell = () => {
    if (document.title) return;
    const all = [...document.body.querySelectorAll('*')];
    const seen = all.filter((one) => one.getBoundingClientRect().right > 0).length;
    const told = document.querySelector('[role=alert]').textContent;
    fetch('/told?' + new URLSearchParams({ seen, told }));
  };
  for (const type of ['click', 'keydown']) addEventListener(type, () => {
    requestAnimationFrame(() => setTimeout(tell));
  }, true);
}"""


def leave_and_wait(page: Page, way: str) -> dict[str, str]:
    """Leave for a site that never answers; return what the page told of its next frame."""
    held: list[Route] = []
    page.route(ORDINARY + "**", lambda route: held.append(route))
    page.evaluate(TELLING)
    with page.expect_request("**/told?*") as request:
        leave(page, way)
    for route in held:
        route.abort()
    return dict(parse_qsl(urlsplit(request.value.url).query))


def leave(page: Page, way: str) -> None:
    """Press the link, or the key three times."""
    if way == "press":
        page.click(".leave", no_wait_after=True)
    else:
        for _ in range(3):
            page.keyboard.press("Escape")


@pytest.mark.parametrize("path", [prefix + path for path in WITH_IT for prefix in ("", "en/")])
def test_pages_about_trouble_have_the_way_out(site: Path, path: str) -> None:
    """A real link, without referrer, to the site that the organization chose."""
    links = read_page(site / path / "index.html").all("a")
    [way] = [a.attributes for a in links if a.attributes.get("class") == "leave"]
    assert way["href"] == ORDINARY
    assert way["rel"] == "noreferrer"


@pytest.mark.parametrize("path", WITHOUT_IT)
def test_other_pages_do_not(site: Path, path: str) -> None:
    """Where there is nothing to hide, nothing covers the text."""
    links = read_page(site / path / "index.html").all("a")
    assert "leave" not in [a.attributes.get("class") for a in links]


def test_it_stands_where_a_thumb_finds_it(phone: BrowserContext, site_url: str) -> None:
    """It stays at the lower right and is at least 48 pixels high, wherever the page is scrolled."""
    page = phone.new_page()
    page.goto(site_url + GUIDE)
    for depth in (0, 900, 1_000_000):
        page.evaluate("depth => scrollTo(0, depth)", depth)
        box = page.locator(".leave").bounding_box()
        assert box is not None
        assert box["height"] >= 48
        assert box["x"] > 360 / 3
        assert 640 - 100 < box["y"] < 640 - 48


def test_it_is_the_second_thing_a_keyboard_reaches(browser: Browser, site_url: str) -> None:
    """Its name tells of the other way, and says so on a screen with a keyboard."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site_url + GUIDE)
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        reached = str(page.evaluate("document.activeElement.innerText"))
        assert reached.split() == ["Keluar", "cepat", "atau", "Esc", "3", "kali"]


def test_the_link_leads_away_without_saying_where_from(
    either_phone: BrowserContext, site_url: str
) -> None:
    """With and without JavaScript the ordinary site opens, and is told nothing of this one."""
    seen: list[Request] = []
    page = either_phone.new_page()
    page.on("request", lambda request: seen.append(request))  # Playwright takes functions only
    page.goto(site_url + GUIDE)
    page.click(".leave")
    page.wait_for_url(ORDINARY)
    [asked] = [request for request in seen if request.url == ORDINARY]
    assert "referer" not in asked.all_headers()
    assert page.evaluate("document.referrer") == ""


def test_the_page_leaves_the_back_button(phone: BrowserContext, site_url: str) -> None:
    """With the script the page is replaced: going back leads to what was open before it."""
    page = phone.new_page()
    page.goto(site_url)
    page.goto(site_url + GUIDE)
    page.click(".leave")
    page.wait_for_url(ORDINARY)
    page.go_back()
    assert page.url == site_url


@pytest.mark.parametrize("way", WAYS)
def test_the_page_is_blank_before_anything_answers(
    phone: BrowserContext, site_url: str, way: str
) -> None:
    """The page goes blank by itself: it does not wait for the site it leads to."""
    page = phone.new_page()
    page.goto(site_url + GUIDE)
    told = leave_and_wait(page, way)
    assert told["seen"] == "0"


def test_escape_counts_aloud(phone: BrowserContext, site_url: str) -> None:
    """Each press is told to screen readers; a pause of five seconds begins again."""
    page = phone.new_page()
    page.goto(site_url + "en/" + GUIDE)
    told = page.locator(".leaving[role=alert]")
    page.keyboard.press("Escape")
    assert told.inner_text() == "To leave, press Esc again: 2 more."
    page.keyboard.press("Escape")
    assert told.inner_text() == "To leave, press Esc again: 1 more."
    time.sleep(5.1)
    page.keyboard.press("Escape")
    assert told.inner_text() == "To leave, press Esc again: 2 more."
    assert page.url == site_url + "en/" + GUIDE


def test_screen_readers_hear_that_it_worked(phone: BrowserContext, site_url: str) -> None:
    """What is left of the page is an alert that says so."""
    page = phone.new_page()
    page.goto(site_url + GUIDE)
    assert leave_and_wait(page, "press")["told"] == "Membuka situs lain."


HOLDING = """(all) => all.filter((one) => (
  ['radio', 'checkbox'].includes(one.type) ? one.checked : one.type !== 'hidden' && one.value
)).length"""


GIVEN = {"who": "child", "safe": "no", "problem": "overwork", "story": CANARY, "stage": "abroad"}


def fill(page: Page) -> None:
    page.click("[data-door=other]")
    walk_to(page, "country", GIVEN)
    give(page, "country", "MY")


def kept(page: Page) -> Any:
    """How many fields of the page hold an answer."""
    return page.eval_on_selector_all("input:not([type=hidden]), textarea, select", HOLDING)


@pytest.mark.parametrize("way", WAYS)
def test_what_was_typed_does_not_come_back(phone: BrowserContext, helped: str, way: str) -> None:
    """The fields are emptied before the page goes, and going back finds no filled form."""
    page = phone.new_page()
    page.goto(helped)
    page.goto(helped + "bantuan/")
    page.evaluate(
        f"""() => {{
          const fields = [...document.querySelectorAll('#form textarea, #form input')];
          const holding = {HOLDING};
          addEventListener('pagehide', () => {{ sessionStorage.left = holding(fields); }});
        }}"""
    )
    fill(page)
    leave(page, way)
    page.wait_for_url(ORDINARY)
    page.go_back()
    assert page.url == helped
    assert page.evaluate("sessionStorage.left") == "0"
    page.click("main >> text=butuh bantuan")
    assert kept(page) == 0


def test_the_receivers_form_has_the_link_too(helped: str, browser: Browser) -> None:
    """Its policy allows no script, so the link stands alone; back finds empty fields."""
    for context in phone_with(browser, False):
        page = context.new_page()
        page.goto(helped + "intake/form?language=id")
        fill_in(page, GIVEN | {"country": "MY"})
        page.click(".leave")
        page.wait_for_url(ORDINARY)
        page.go_back()
        assert page.url == helped + "intake/form?language=id"
        assert kept(page) == 0
        assert "tidak ada" not in page.inner_text(".leave")


def test_the_receivers_form_is_hidden_by_the_press_alone(helped: str, browser: Browser) -> None:
    """What a browser keeps of the page for "back" is blank, though no script emptied it."""
    for context in phone_with(browser, False):
        page = context.new_page()
        page.goto(helped + "intake/form?language=id")
        assert page.is_visible("[name=who]")
        page.hover(".leave")
        # The finger stays down: moving it would begin to drag the link, which has no end here.
        page.mouse.down()
        assert not page.is_visible("[name=who]")
        assert not page.is_visible("[name=story]")


def test_pages_say_what_remains(site: Path) -> None:
    """Below each such page stands that history and saved copies stay, with a link to more."""
    page = read_page(site / GUIDE / "index.html")
    assert "Riwayat HP dan salinan yang Anda simpan tetap ada." in page.text
    assert "../../tentang/privasi/#on-this-phone" in page.links


def test_reader_and_form_leave_by_key_as_well(phone: BrowserContext, helped: str) -> None:
    """The pages with a script of their own carry this one in it."""
    for path in ("paralegal/buka/", "en/bantuan/"):
        page = phone.new_page()
        page.goto(helped + path)
        leave(page, "keys")
        page.wait_for_url(ORDINARY)
        page.close()


def test_another_organization_may_choose_another_site(other_site: Path) -> None:
    """`leave_to` in organization.yml decides."""
    links = read_page(other_site / GUIDE / "index.html").links
    assert "https://cuaca.example/" in links
    assert ORDINARY not in links

"""Somebody in need walks to a number to call, by taps alone, and reads when it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from browser.conftest import SCRIPTS, run_in

PHONE: ViewportSize = {"width": 360, "height": 640}
MOST_TAPS = 3
HOME = {"id": "", "en": "en/"}
MISSION_IN_JOHOR = re.compile(r"Johor Bahru")

# "My sister in Johor has not answered since Lebaran": what each way is tapped by.
WAYS = {
    "problem": {
        "id": ["Keluarga tidak bisa dihubungi"],
        "en": ["A relative cannot be reached"],
    },
    "place": {"id": ["Saya mencari orang", "Malaysia"], "en": ["I am looking for", "Malaysia"]},
    "emergency": {"id": ["Darurat: lihat nomor", "Malaysia"], "en": ["Emergency: see", "Malaysia"]},
}


@pytest.fixture(params=["id", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def phone(
    browser: Browser, site_url: str, language: str, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """The home page on a phone, with JavaScript and without."""
    with browser.new_context(viewport=PHONE, java_script_enabled=request.param) as context:
        page = context.new_page()
        page.goto(site_url + HOME[language])
        yield page


def link(page: Page, words: str) -> Locator:
    """The first link in sight whose words begin so."""
    return page.get_by_role("link", name=re.compile("^" + re.escape(words))).first


@pytest.mark.parametrize("way", WAYS)
def test_a_sister_who_does_not_answer_is_three_taps_from_a_number(
    phone: Page, language: str, way: str
) -> None:
    """By problem, by place and by emergency the third tap at most dials; no menu, no typing."""
    for words in WAYS[way][language]:
        link(phone, words).click()
    taps = len(WAYS[way][language]) + 1
    call = phone.locator("main a[href^='tel:']").first
    expect(call).to_be_visible()
    assert re.fullmatch(r"tel:\+?\d+", call.get_attribute("href") or "")
    assert taps <= MOST_TAPS


def test_the_third_tap_can_be_the_consulate_in_johor(phone: Page, language: str) -> None:
    """From the choices of the home page, then the country, the consulate stands with its number."""
    for words in WAYS["place"][language]:
        link(phone, words).click()
    card = phone.locator(".card", has_text=MISSION_IN_JOHOR).first
    expect(card.locator("a[href^='tel:'], a[href^='https://wa.me/']").first).to_be_visible()


def test_a_place_without_anybody_begins_at_the_village(phone: Page, site_url: str) -> None:
    """No empty shelf: the way on is there, and somebody who can be reached."""
    phone.goto(site_url + "kontak/wilayah/33.03/")
    expect(phone.locator("#first + ol > li").first).to_contain_text("Balai desa")
    expect(phone.locator("#nearest ~ .cards .card a, #nearest ~ .lines a").first).to_be_visible()


def test_every_place_is_reached_without_script(phone: Page, site_url: str, language: str) -> None:
    """Those that are folded away open with a tap."""
    phone.goto(f"{site_url}{HOME[language]}kontak/")
    fold = phone.locator("details.fold").first
    fold.locator("summary").click()
    expect(fold.locator("a").first).to_be_visible()


# ---- "buka sekarang" -------------------------------------------------------------------------

WEEK = "MO,TU,WE,TH,FR 08:00 16:00 Asia/Jakarta"
NIGHT = "SA 22:00 02:00 Asia/Jakarta"


@pytest.fixture(scope="module")
def clock(browser: Browser) -> Iterator[Any]:
    """`clock(hours, at)`: what is said of these hours at that moment in Kuala Lumpur."""
    with browser.new_context(timezone_id="Asia/Kuala_Lumpur") as context:
        page = context.new_page()
        page.set_content("<!doctype html><title>Uji</title>")
        page.add_script_tag(content=(SCRIPTS / "open-now.js").read_text(encoding="utf-8"))
        run = partial(run_in, page)
        body = """return openSay({ hours: input[0], open: "open", closed: "closed",
          here: "{from} to {to}" }, new Date(input[1]))"""
        yield lambda hours, at: run(body, [hours, at])


@pytest.mark.parametrize(
    ("hours", "at", "said"),
    [
        (WEEK, "2026-11-23T08:30+07:00", "open 09.00 to 17.00"),
        (WEEK, "2026-11-23T07:59+07:00", "closed 09.00 to 17.00"),
        (WEEK, "2026-11-23T16:00+07:00", "closed 09.00 to 17.00"),
        (WEEK, "2026-11-22T10:00+07:00", "closed 09.00 to 17.00"),
        (NIGHT, "2026-11-21T23:00+07:00", "open 23.00 to 03.00"),
        (NIGHT, "2026-11-22T01:59+07:00", "open 23.00 to 03.00"),
        (NIGHT, "2026-11-22T02:00+07:00", "closed 23.00 to 03.00"),
        ("MO,TU,WE,TH,FR,SA,SU 00:00 24:00 Asia/Jakarta", "2026-11-22T03:00+07:00", "open"),
        (f"{WEEK}; SA 08:00 11:00 Asia/Jakarta", "2026-11-21T10:00+07:00", "open"),
        ("MO 08:00 16:00 Asia/Kuala_Lumpur", "2026-11-23T09:00+08:00", "open"),
    ],
)
def test_an_office_is_open_by_its_own_clock(clock: Any, hours: str, at: str, said: str) -> None:
    """Whoever reads elsewhere also learns the hours on their own clock."""
    assert clock(hours, at) == said


def test_the_page_of_a_body_says_whether_it_is_open(browser: Browser, site_url: str) -> None:
    """Only where its source gave exact hours; without script the hours stand as words."""
    with browser.new_context(viewport=PHONE, timezone_id="Asia/Jakarta") as context:
        page = context.new_page()
        page.goto(site_url + "kontak/kp2mi/")
        expect(page.locator("#open-now")).to_have_text("Menurut jadwal buka sekarang.")


# ---- the whole list --------------------------------------------------------------------------


def in_sight(page: Page) -> int:
    return page.locator("#filter-list > li:visible").count()


def test_the_list_narrows_at_once(browser: Browser, site_url: str, language: str) -> None:
    """A place brings those around it too; what is left is counted aloud; no request is made."""
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto(f"{site_url}{HOME[language]}kontak/daftar/", wait_until="networkidle")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        whole = in_sight(page)
        expect(page.locator("#filter-status")).to_contain_text(str(whole))
        page.select_option("#filter-place", label="Malaysia")
        malaysia = in_sight(page)
        assert 0 < malaysia < whole
        expect(page.locator("#filter-list a[href='../kbri-kl/']")).to_be_visible()
        page.check("#filter-reach")
        assert 0 < in_sight(page) < malaysia
        page.select_option("#filter-place", label="Banyumas")
        expect(page.locator("#filter-list a[href='../kp2mi/']")).to_be_visible()
        page.select_option("#filter-help", "insurance")
        expect(page.locator("#filter-list a[href='../kp2mi/']")).to_be_hidden()
        assert asked == []
        assert page.url == f"{site_url}{HOME[language]}kontak/daftar/"


def test_the_list_is_whole_without_script(browser: Browser, site_url: str) -> None:
    """Every body stands on it, and the fields that would do nothing are gone."""
    with browser.new_context(viewport=PHONE, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site_url + "kontak/daftar/")
        assert in_sight(page) > 50
        expect(page.locator("#filter")).to_be_hidden()

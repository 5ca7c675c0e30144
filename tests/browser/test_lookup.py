"""The look-up of a contact in Chromium: what is forgiven, what is not, and that nothing leaves.

The comparing runs in the browser only, so it is tested there, on the list of the real data and on
lists made for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from accessibility import faults
from browser.conftest import SCRIPTS, run_in
from content.lookup import grouped

LANGUAGES = ("id", "en")
HOME = {"id": "", "en": "en/"}
PHONE: ViewportSize = {"width": 360, "height": 640}
Ask = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def bench(browser: Browser) -> Iterator[Page]:
    """An empty page that holds the script of the look-up, without a field to act on."""
    page = browser.new_page()
    page.set_content("<!doctype html><title>Uji</title>")
    page.add_script_tag(content=(SCRIPTS / "lookup.js").read_text(encoding="utf-8"))
    yield page
    page.close()


def list_file(site: Path, language: str) -> Path:
    """The one list of a language."""
    (file,) = site.glob(f"assets/lookup-{language}-*.json")
    return file


def _asking(bench: Page, content: object) -> Ask:
    body = """const answers = lookUp(input[1], input[0]);
      return answers.map(({kind, entry, other, card}) => ({
        kind, path: entry ? entry.path : "", other: other && other.name, card }))"""
    index = bench.evaluate_handle("readIndex", content)
    return lambda typed: list(run_in(bench, body, [index, typed]))


@pytest.fixture(scope="module")
def ask(bench: Page, site: Path) -> Ask:
    """`ask(typed)`: the answers of the real list."""
    return _asking(bench, json.loads(list_file(site, "id").read_text(encoding="utf-8")))


def said(answers: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(answer["kind"], answer["path"]) for answer in answers]


# ---- 60 ways to write what is on the list --------------------------------------------------

KP2MI, KP2MI_ABROAD, KP2MI_CHAT = "0800-1000", "+62 21 29244800", "+62 811 8080 141"


@pytest.mark.parametrize(
    "typed",
    [
        "+6281290070027",
        "+62 812 9007 0027",
        "62 812-9007-0027",
        "6281290070027",
        "081290070027",
        "0812 9007 0027",
        "0812.9007.0027",
        "(0812) 9007-0027",
        "+62 (0)812 9007 0027",
        "+62 0812 9007 0027",
        "0062 812 9007 0027",
        "001 62 812 9007 0027",
        "01017 6281290070027",
        "81290070027",
        "O812 9007 OO27",
        "o8l2 9oo7 oo27",
        "0BI2 9007 0027".replace("B", "8"),
        "08|2 9007 0027",
        "08!2 9007 0027",
        "0 8 1 2 9 0 0 7 0 0 2 7",
        "0812\u00a09007\u00a00027",
        "0812\u20119007\u20110027",
        "0812–9007–0027",
        "０８１２９００７００２７",
        "٠٨١٢٩٠٠٧٠٠٢٧",
        "tel:+6281290070027",
        "https://wa.me/6281290070027",
        "wa.me/6281290070027",
        "WA: 0812-9007-0027",
        "HP 081290070027",
        "No. 0812 9007 0027",
        "telepon 0812/9007/0027",
        " 081290070027 \n",
        "[0812]90070027",
        "0812_9007_0027",
        "0812,9007,0027",
    ],
)
def test_a_number_is_known_however_it_is_written(ask: Ask, typed: str) -> None:
    """Country code or zero, blanks, dots, brackets and letters like digits do no harm."""
    answers = ask(typed)
    assert {answer["kind"] for answer in answers} == {"same"}
    assert "darurat/indonesia/" in {answer["path"] for answer in answers}


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("0800-1000", "kontak/kp2mi/"),
        ("08001000", "kontak/kp2mi/"),
        ("O8OO IOOO", "kontak/kp2mi/"),
        ("O800.l000", "kontak/kp2mi/"),
        ("(021) 29244800", "kontak/kp2mi/"),
        ("021-2924 4800", "kontak/kp2mi/"),
        ("+62 21 2924 48OO", "kontak/kp2mi/"),
        ("1955", "darurat/taiwan/"),
        ("l9S5", "darurat/taiwan/"),
        ("999", "darurat/malaysia/"),
        ("110", "darurat/indonesia/"),
        ("+603-2116 4016", "kontak/kbri-kl/"),
        ("03 2116 4016", "kontak/kbri-kl/"),
        ("0321164016", "kontak/kbri-kl/"),
        ("+852 5242 2240", "kontak/kjri-hong-kong/"),
        ("5242 2240", "kontak/kjri-hong-kong/"),
        ("https://www.kp2mi.go.id", ""),
    ],
)
def test_short_numbers_and_those_abroad_are_known(ask: Ask, typed: str, path: str) -> None:
    """As dialled there, or from Indonesia."""
    answers = ask(typed)
    if path:
        assert ("same", path) in said(answers)
    else:
        assert {answer["kind"] for answer in answers} <= {"same", "alike", "unknown"}


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("Paguyuban SERUNI Banyumas", "kontak/seruni-banyumas/"),
        ("paguyuban seruni", "kontak/seruni-banyumas/"),
        ("SERUNI", "kontak/seruni-banyumas/"),
        ("seruni banyumas", "kontak/seruni-banyumas/"),
        ("banyumas seruni", "kontak/seruni-banyumas/"),
        ("S E R U N I".replace(" ", ""), "kontak/seruni-banyumas/"),
        ("5ERUN1", "kontak/seruni-banyumas/"),
        ("seruny banyumas", "kontak/seruni-banyumas/"),
        ("srruni banyumas", "kontak/seruni-banyumas/"),
        ("ibu dari paguyuban Seruni", "kontak/seruni-banyumas/"),
        ("Migrant Care", "kontak/migrant-care/"),
        ("migrantcare", "kontak/migrant-care/"),
        ("migran care", "kontak/migrant-care/"),
        ("MIGRANT  CARE!", "kontak/migrant-care/"),
        ("SBMI", "kontak/sbmi/"),
        ("sbmi", "kontak/sbmi/"),
        ("Serikat Buruh Migran Indonesia", "kontak/sbmi/"),
        ("serikat buruh migrant indonesia", "kontak/sbmi/"),
        ("kabarbumi", "kontak/kabar-bumi/"),
        ("Kabar Bumi", "kontak/kabar-bumi/"),
        ("KP2MI", "kontak/kp2mi/"),
        ("kbri kl", "kontak/kbri-kl/"),
        ("KBRI Kuala Lumpur", "kontak/kbri-kl/"),
        ("kbri kualalumpur", "kontak/kbri-kl/"),
        ("tenaganita", "kontak/tenaganita/"),
        ("Tenaga Nita", "kontak/tenaganita/"),
        ("T1WA", "kontak/tiwa/"),
        ("polresta banyumas", "kontak/polresta-banyumas/"),
    ],
)
def test_a_name_is_known_however_it_is_written(ask: Ask, typed: str, path: str) -> None:
    """Without "Paguyuban", in capitals or not, with small mistakes, as one word or two."""
    assert ("named", path) in said(ask(typed))


@pytest.mark.parametrize(
    "typed",
    ["0812 9007 0028", "0812 9007 027", "0821 9007 0027", "+62 812 9007 00277", "0812 9007 0O72"],
)
def test_a_digit_that_differs_is_no_match(ask: Ask, typed: str) -> None:
    """A number made to look like a listed one is said to be alike, never the same."""
    answers = ask(typed)
    assert said(answers) == [("alike", answers[0]["path"])]
    assert answers[0]["path"] in {"kontak/kemlu-pwni/", "darurat/indonesia/"}


@pytest.mark.parametrize(
    "typed",
    ["0857 1234 9876", "+60 12 345 6789", "Budi Santoso", "Yayasan Maju Sejahtera Bersama", "147"],
)
def test_what_is_not_listed_is_said_not_to_be(ask: Ask, typed: str) -> None:
    """A stranger's number or name finds nothing, and no neighbour."""
    assert said(ask(typed)) == [("unknown", "")]


@pytest.mark.parametrize("typed", ["paralegal", "Paguyuban", "indonesia", "yayasan"])
def test_a_word_that_many_bear_is_too_general(ask: Ask, typed: str) -> None:
    """No body is vouched for on such a word."""
    assert said(ask(typed)) == [("vague", "")]


def test_a_false_number_under_a_true_name_is_no_match(ask: Ask) -> None:
    """The number is answered first; the name is only said to exist."""
    answers = said(ask("SERUNI Banyumas 0857 1234 9876"))
    assert answers == [("unknown", ""), ("named", "kontak/seruni-banyumas/")]


# ---- lists made for it ---------------------------------------------------------------------


def entry(name: str, **more: object) -> dict[str, object]:
    given: dict[str, object] = {
        "name": name, "path": f"kontak/{name}/", "names": [name], "numbers": [], "addresses": [],
        "checked": "", "replaced": [], "confused": [],
    }  # fmt: skip
    return given | more


INVENTED = {
    "entries": [
        entry(
            "mawar",
            names=["Paguyuban Mawar Contoh"],
            numbers=[{"number": "62 81200000000", "shown": "", "checked": ""}],
            addresses=["mawar@contoh.example", "mawar.example"],
            replaced=[
                {"number": "62 81300000000", "since": "", "note": ""},
                {"number": "886 90132000", "since": "", "note": ""},
            ],
            confused=[{"name": "Mawar Putih", "why": "Toko bunga."}],
        ),
        entry("melati", names=["Melati Contoh"]),
    ],
    "cards": [{"number": "4271-0385", "path": "kontak/kartu/4271-0385/"}],
}


@pytest.fixture(scope="module")
def ask_invented(bench: Page) -> Ask:
    return _asking(bench, INVENTED)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("0813 0000 0000", "replaced"),
        ("+886 90132000", "replaced"),
        ("Mawar Putih", "confused"),
        ("mawar putlh", "confused"),
        ("Mawar@Contoh.Example", "same"),
        ("https://www.mawar.example/kontak", "same"),
        ("mawar@cont0h.example", "alike"),
        ("mawar@lain.example", "unknown"),
        ("4271-0385", "card"),
        ("427l O385", "card"),
        ("No 42710385", "card"),
        ("4271-0386", "unknown"),
        ("1234567890123456789012", "unreadable"),
    ],
)
def test_every_kind_of_answer_is_given(ask_invented: Ask, typed: str, kind: str) -> None:
    """Replaced, confused, by e-mail, by site, by card, and too long to be one number."""
    assert ask_invented(typed)[0]["kind"] == kind


def test_a_false_friend_is_named_once(ask_invented: Ask) -> None:
    """Beside the true one its card warns already; alone it has an answer of its own."""
    assert said(ask_invented("mawar")) == [("named", "kontak/mawar/")]
    assert ask_invented("Mawar Putih")[0]["other"] == "Mawar Putih"


def test_nothing_typed_is_no_answer(ask_invented: Ask) -> None:
    """Blanks and signs ask nothing of the list."""
    assert said(ask_invented("  ")) == []
    assert said(ask_invented("?!")) == [("vague", "")]


def test_the_list_groups_numbers_by_country() -> None:
    """What has no country's code, or a wrong one, stays as it was written."""
    assert grouped("+622129244800") == "62 2129244800"
    assert grouped("+88690132000") == "886 90132000"
    assert grouped("0800-1000") == "0800-1000"
    assert grouped("+0") == "0"


# ---- the page --------------------------------------------------------------------------------


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def window(browser: Browser, site_url: str, language: str) -> Iterator[Page]:
    """The page on a phone, in each language."""
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto(f"{site_url}{HOME[language]}kontak/cek/")
        yield page


@pytest.mark.parametrize("typed", ["0812 9007 0027", "0812 9007 0028", "SERUNI", "0857 1234 9876"])
def test_an_answer_reads_well(window: Page, typed: str) -> None:
    """It stands in a live region, with what a paralegal never asks."""
    window.fill("#lookup-field", typed)
    window.keyboard.press("Enter")
    expect(window.locator("#lookup-answers .card").first).to_be_visible()
    expect(window.locator("#lookup-result[role=status] #lookup-asks")).to_contain_text("PIN")
    assert faults(window) == []
    assert window.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    window.locator("#lookup-field").press_sequentially("1")
    expect(window.locator("#lookup-answers .card")).to_have_count(0)
    expect(window.locator("#lookup-asks")).to_be_hidden()


def test_an_answer_says_how_it_was_checked_and_leads_there(browser: Browser, site_url: str) -> None:
    """Somebody who has a listed number reads its source and date, and can open the entry."""
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto(site_url + "en/kontak/cek/")
        page.fill("#lookup-field", "0800 1OOO")
        page.click("#lookup-button")
        card = page.locator("#lookup-answers .card").first
        expect(card.locator(".fresh")).to_contain_text(re.compile(r"20\d\d|undated"))
        card.locator("a").click()
        page.wait_for_url("**/en/kontak/kp2mi/")


def test_a_look_up_leaves_no_trace(browser: Browser, site_url: str, site: Path) -> None:
    """One file is fetched, at the first use; no request, address, history or storage holds it."""
    canary = "0857 1234 9876"
    requests: list[str] = []
    bodies: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site_url + "kontak/cek/", wait_until="networkidle")
        page.on("request", lambda request: requests.append(request.url))
        page.on("request", lambda request: bodies.append(request.post_data or ""))
        before = page.evaluate("history.length")
        page.locator("#lookup-field").press_sequentially(canary)
        page.keyboard.press("Enter")
        expect(page.locator("#lookup-answers .card")).to_have_count(1)
        page.click("#lookup-button")
        assert requests == [f"{site_url}assets/{list_file(site, 'id').name}"]
        assert set(bodies) == {""}
        assert page.url == site_url + "kontak/cek/"
        assert page.evaluate("history.length") == before
        assert page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]") == []
        assert page.evaluate("document.cookie") == ""
        page.reload()
        assert page.input_value("#lookup-field") == ""


def test_without_network_the_page_says_so_and_tries_again(browser: Browser, site_url: str) -> None:
    """What was typed stays, and pressing again fetches again."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site_url + "kontak/cek/")
        page.route("**/*.json", lambda route: route.abort())
        page.fill("#lookup-field", "SERUNI")
        page.click("#lookup-button")
        expect(page.locator("#lookup-status")).to_contain_text("Cek jaringan")
        page.unroute("**/*.json")
        page.click("#lookup-button")
        expect(page.locator("#lookup-answers .card").first).to_be_visible()


def test_without_script_the_page_tells_how_to_check(browser: Browser, site_url: str) -> None:
    """The field is gone; the way to the list and to those who know is there."""
    with browser.new_context(java_script_enabled=False, viewport=PHONE) as context:
        page = context.new_page()
        page.goto(site_url + "kontak/cek/")
        expect(page.locator("#lookup-field")).to_be_hidden()
        expect(page.locator("noscript")).to_be_visible()
        page.locator("main a[href='../']").first.click()
        page.wait_for_url("**/kontak/")


def test_an_empty_field_asks_for_something(browser: Browser, site_url: str) -> None:
    """Nothing is looked up."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site_url + "kontak/cek/")
        page.click("#lookup-button")
        expect(page.locator("#lookup-status")).to_have_text("Ketik dulu nomor atau nama.")

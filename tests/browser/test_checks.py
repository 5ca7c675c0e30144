"""The checks on the phone: what is asked, what comes out, and that no answer is left anywhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accessibility import faults
from built_site import ROOT
from content.checks import Check, load_checks

CHECKS = {check.id: check for check in load_checks(ROOT / "docs/data/checks.yml")}
OFFER, PAPERS = CHECKS["offer"], CHECKS["papers"]
OFFER_PAGE, PAPERS_PAGE = "panduan/cek-tawaran/", "panduan/syarat-dan-dokumen/"
PAGES = {OFFER_PAGE: OFFER, PAPERS_PAGE: PAPERS}
LANGUAGES = {"id": "", "en": "en/"}
ANSWERS = ("marked", "clear", "open")
STORED = """async () => ({
  local: localStorage.length, session: sessionStorage.length, cookies: document.cookie,
  state: history.state, caches: (await caches.keys()).length,
  databases: (await indexedDB.databases()).length,
})"""
# A paper that is not there has no answer to press.
PRESS = """(values) => values.forEach((value, number) => {
  const field = document.querySelector(`[name=answer-${number}][value=${value}]`);
  if (field) field.click();
})"""
NOTHING = {
    "local": 0,
    "session": 0,
    "cookies": "",
    "state": None,
    "caches": 0,
    "databases": 0,
}


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone of 360 by 640 pixels."""
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True)
    yield context
    context.close()


@pytest.fixture
def page(phone: BrowserContext) -> Page:
    return phone.new_page()


def answer(page: Page, check: Check, **given: str) -> None:
    """Press an answer to each question: "clear" unless told. `no_pt` names the point `no-pt`."""
    values = [given.get(point.id.replace("-", "_"), "clear") for point in check.points]
    page.evaluate(PRESS, values)


def advice(check: Check, when: str, language: str = "id") -> str:
    [outcome] = [outcome for outcome in check.outcomes if outcome.when == when]
    return outcome.advice[language]


def shown(page: Page, which: str) -> list[str]:
    """The questions or papers of one list of the result."""
    names: list[str] = page.locator(f"[data-list={which}] b").all_inner_texts()
    return names


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("prefix", LANGUAGES.values())
def test_without_script_the_page_is_a_list_with_its_reasons(
    browser: Browser, site_url: str, prefix: str, path: str
) -> None:
    """All reasons and outcomes are in sight, and there is nothing that does nothing."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site_url + prefix + path)
        points = PAGES[path].points
        assert page.locator("[data-point] p:visible").count() == len(points)
        assert page.locator("[data-when]:visible").count() == len(PAGES[path].outcomes)
        assert page.locator("main").locator("input:visible, button:visible").count() == 0


@pytest.mark.parametrize(("language", "prefix"), LANGUAGES.items())
def test_with_script_every_sign_is_a_question(
    page: Page, site_url: str, language: str, prefix: str
) -> None:
    """Three answers each, none chosen beforehand, and a name that screen readers say."""
    page.goto(site_url + prefix + OFFER_PAGE)
    for point in OFFER.points:
        group = page.get_by_role("group", name=point.text[language], exact=True)
        assert group.get_by_role("radio").count() == len(ANSWERS)
    assert page.locator(":checked").count() == 0
    assert page.locator("[data-point] p:visible").count() == 0


@pytest.mark.parametrize(
    ("given", "when"),
    [
        ({"wrong_visa": "marked"}, "stop"),
        ({"originals": "marked", "today": "marked"}, "away"),
        ({"pocket_money": "marked", "pay_first": "open"}, "ask"),
        ({"pay_first": "open"}, "open"),
        ({}, "clear"),
    ],
)
@pytest.mark.parametrize(("language", "prefix"), LANGUAGES.items())
def test_the_gravest_sign_decides(
    page: Page, site_url: str, given: dict[str, str], when: str, language: str, prefix: str
) -> None:
    """The result says what to do, lists what was marked and what is unknown, with reasons."""
    page.goto(site_url + prefix + OFFER_PAGE)
    answer(page, OFFER, **given)
    page.click(".button")
    expect(page.get_by_role("status")).to_contain_text(advice(OFFER, when, language))
    for which in ("marked", "open"):
        found = [p for p in OFFER.points if given.get(p.id.replace("-", "_")) == which]
        assert shown(page, which) == [point.text[language] for point in found]
        reasons = " ".join(page.locator(f"[data-list={which}] p:visible").all_inner_texts())
        assert all(point.reason[language] in reasons for point in found)
    expect(page.locator("#result")).to_be_in_viewport()


def test_a_question_without_answer_is_never_safe(page: Page, site_url: str) -> None:
    """Whoever presses at once reads that everything is still to be found out."""
    page.goto(site_url + OFFER_PAGE)
    page.click(".button")
    expect(page.get_by_role("status")).to_contain_text(advice(OFFER, "open"))
    assert len(shown(page, "open")) == len(OFFER.points)


def test_a_reason_comes_with_the_answer(page: Page, site_url: str) -> None:
    """It shows for yes and for unknown, and goes for no."""
    page.goto(site_url + OFFER_PAGE)
    first = page.locator("[data-point]").first
    for value, visible in [("marked", True), ("clear", False), ("open", True)]:
        first.locator(f"[value={value}]").check()
        assert first.locator("p").is_visible() is visible


def test_a_changed_answer_changes_the_result(page: Page, site_url: str) -> None:
    """The result never tells of an answer that is no longer given."""
    page.goto(site_url + OFFER_PAGE)
    answer(page, OFFER, no_pt="marked")
    page.click(".button")
    page.locator("[name=answer-0][value=clear]").check()
    expect(page.get_by_role("status")).to_contain_text(advice(OFFER, "clear"))
    assert shown(page, "marked") == []


@pytest.mark.parametrize(("language", "prefix"), LANGUAGES.items())
def test_missing_papers_are_listed_with_the_way_to_get_them(
    page: Page, site_url: str, language: str, prefix: str
) -> None:
    """What is ticked drops out; with everything ticked the advice is another."""
    page.goto(site_url + prefix + PAPERS_PAGE)
    assert page.locator("[data-point] p:visible").count() == len(PAPERS.points)
    page.locator("[name=answer-0]").check()
    page.click(".button")
    expect(page.get_by_role("status")).to_contain_text(advice(PAPERS, "open", language))
    assert shown(page, "open") == [point.text[language] for point in PAPERS.points[1:]]
    assert page.locator("[data-list=open] p:visible").count() == len(PAPERS.points) - 1
    page.locator("[name=answer-0]").uncheck()
    answer(page, PAPERS)
    expect(page.get_by_role("status")).to_contain_text(advice(PAPERS, "clear", language))
    assert shown(page, "open") == []


def test_a_keyboard_is_enough(page: Page, site_url: str) -> None:
    """Arrows choose, Enter shows the result, and the address stays as it was."""
    page.goto(site_url + OFFER_PAGE)
    page.locator("[name=answer-0]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(advice(OFFER, "stop"))
    page.keyboard.press("ArrowDown")
    assert page.locator("[name=answer-0][value=clear]").is_checked()
    assert page.url == site_url + OFFER_PAGE


@pytest.mark.parametrize(("path", "check"), PAGES.items())
def test_no_answer_is_sent_or_kept(page: Page, site_url: str, path: str, check: Check) -> None:
    """After all is answered, shown and cleared nothing was asked for and nothing is stored."""
    page.goto(site_url + path)
    page.wait_for_load_state("networkidle")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    answer(page, check, no_pt="marked", secret="open")
    page.click(".button")
    assert page.evaluate(STORED) == NOTHING
    page.click(".act [type=button]")
    assert page.evaluate(STORED) == NOTHING
    assert requests == []
    assert page.url == site_url + path


@pytest.mark.parametrize("path", PAGES)
def test_clearing_leaves_the_page_as_it_came(page: Page, site_url: str, path: str) -> None:
    """No answer, no reason and no result is left."""
    page.goto(site_url + path)
    before = page.locator(".check").inner_text()
    answer(page, PAGES[path], no_pt="marked")
    page.click(".button")
    page.click(".act [type=button]")
    assert page.locator(".check").inner_text() == before
    assert page.locator(":checked").count() == 0
    assert page.locator("section[data-list] li").count() == 0


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("way", ["back", "reload"])
def test_an_answer_does_not_come_again(page: Page, site_url: str, path: str, way: str) -> None:
    """Whoever goes back to the page, or reloads it, finds it empty."""
    page.goto(site_url + path)
    answer(page, PAGES[path], no_pt="marked")
    page.click(".button")
    if way == "back":
        page.goto(site_url + "kontak/")
        page.go_back()
    else:
        page.reload()
    expect(page.locator(".button")).to_be_visible()
    assert page.locator(":checked").count() == 0
    assert page.locator("section[data-list] li").count() == 0
    assert not page.locator("#result").is_visible()


def test_a_page_kept_for_back_was_emptied_when_it_was_left(page: Page, site_url: str) -> None:
    """Browsers may keep the page itself; what they keep has no answer in it."""
    page.goto(site_url + OFFER_PAGE)
    answer(page, OFFER, no_pt="marked")
    page.click(".button")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert page.locator(":checked").count() == 0
    assert page.get_by_role("status").inner_text() == ""
    assert page.locator("section[data-list] li").count() == 0


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("prefix", LANGUAGES.values())
def test_everybody_can_use_each_state(page: Page, site_url: str, prefix: str, path: str) -> None:
    """axe finds nothing before the answers or after them, and nothing is pushed sideways."""
    page.set_viewport_size({"width": 320, "height": 560})
    page.goto(site_url + prefix + path)
    assert faults(page) == []
    answer(page, PAGES[path], no_pt="marked", pocket_money="open", passport="open")
    page.click(".button")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("path", PAGES)
def test_a_thumb_can_hit_every_answer(page: Page, site_url: str, path: str) -> None:
    """Answers and buttons are at least 48 pixels high, and wide."""
    page.goto(site_url + path)
    page.click(".button")
    boxes = page.locator(".option, .act button").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect()).map((b) => [b.width, b.height])"
    )
    assert len(boxes) > len(PAGES[path].points)
    assert min(side for box in boxes for side in box) >= 48


def test_on_paper_the_result_takes_the_place_of_the_questions(page: Page, site_url: str) -> None:
    """What was found and whom to ask is printed; without a result the whole list is."""
    page.goto(site_url + OFFER_PAGE)
    page.emulate_media(media="print")
    assert page.locator(".points").is_visible()
    page.emulate_media(media="screen")
    answer(page, OFFER, no_pt="marked")
    page.click(".button")
    page.emulate_media(media="print")
    assert not page.locator(".points").is_visible()
    assert not page.locator(".act").first.is_visible()
    assert page.locator("[data-list=marked]").is_visible()
    assert page.locator("#ask").is_visible()


def test_leaving_fast_empties_the_check(page: Page, site_url: str) -> None:
    """The answers go with the page."""
    page.goto(site_url + OFFER_PAGE)
    answer(page, OFFER, no_pt="marked")
    page.route("**/*", lambda route: route.abort())
    left = page.evaluate(
        """() => {
          const fields = [...document.querySelectorAll('.check input')];
          document.querySelector('.leave').click();
          return [document.querySelector('.check'), fields.filter((one) => one.checked).length];
        }"""
    )
    assert left == [None, 0]

"""Everyone can use what does something: form, receiver and reader, in each of their states.

By axe, by keyboard alone, at 320 pixels, with text twice as large, in forced colours, with reduced
motion, on paper, and with a thumb. Pages that are only read are looked at by kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from accessibility import TARGET_SIZE, faults, violations
from form_walk import asked, fill_in, walk_on, walk_to
from open_site import OpenSite
from workplace import coordinator, sealed_report

LANGUAGES = ["id", "en"]
FORM = {"id": "bantuan/", "en": "en/bantuan/"}
READER = {"id": "paralegal/buka/", "en": "en/paralegal/buka/"}
KINDS = [
    "",
    "darurat/",
    "darurat/malaysia/",
    "panduan/dokumen-ditahan/",
    "panduan/baca-perjanjian/",
    "aturan/uu-18-2017/larangan-dan-pidana/",
    "negara/malaysia/",
    "kontak/",
    "kontak/wilayah/33.02/",
    "cari/",
    "tentang/tanpa-internet/",
]
PHONE: ViewportSize = {"width": 360, "height": 640}
# A window of 1,280 by 1,024 at 400 %.
ZOOMED: ViewportSize = {"width": 320, "height": 256}
WITH_MERAH: dict[str, Any] = {
    "who": "child",
    "safe": "no",
    "problem": ["unpaid-wages"],
    "stage": "abroad",
    "country": "MY",
    "regency": "33.02",
    "contact": "may-contact",
    "reach": "WhatsApp +44 7700 900124",
    "story": "Anak saya di Johor. Sejak Lebaran tidak ada kabar.",
}

# --- the states, and how to reach them ---

Walk = Callable[[Page, OpenSite, str], Iterator[str]]


def form_doors(page: Page, site: OpenSite, language: str) -> None:
    page.goto(site.address + FORM[language])
    page.wait_for_selector("[data-door]")


def form_question(page: Page, site: OpenSite, language: str) -> None:
    form_doors(page, site, language)
    page.click("[data-door=other]")
    walk_to(page, "problem", WITH_MERAH)


def form(page: Page, site: OpenSite, language: str) -> Iterator[str]:
    """The form from its doors to the PIN. Once it is not sent: it shows how a report is handed
    over then, the message, and the link where nothing can be shared.
    """
    page.add_init_script("navigator.canShare = undefined")
    page.goto(site.address + FORM[language].replace("bantuan/", "paralegal/catat/"))
    page.wait_for_selector("[data-door=volunteer]")
    yield "volunteer"
    page.route("**/intake/duty", lambda route: route.fulfill(json={"on_duty": False}))
    page.goto(site.address + FORM[language])
    page.wait_for_selector("#off-duty:not([hidden])")
    yield "off duty"
    page.unroute("**/intake/duty")
    form_doors(page, site, language)
    yield "doors"
    form_question(page, site, language)
    yield "question"
    page.click("#next")
    page.wait_for_selector("#problems:not([hidden])")
    yield "question with error"
    walk_to(page, "story", WITH_MERAH)
    yield "long answer"
    walk_to(page, "place-abroad", WITH_MERAH)
    yield "last extra"
    walk_on(page, {})
    yield "to check"
    page.click("#review summary")
    yield "to check, unfolded"
    page.route("**/intake/submissions", lambda route: route.abort())
    page.click("#send")
    page.wait_for_selector("#not-sent:not([hidden])")
    page.click("#share-sealed")
    page.wait_for_selector("#sealed-link-box:not([hidden])")
    yield "not sent"
    page.unroute("**/intake/submissions")
    page.click("#send")
    page.wait_for_selector("#call-now:not([hidden])")
    yield "received"
    page.click("#show-pin")
    page.fill("#last-four", "12")
    yield "received, with PIN"


def receiver_receipt(page: Page, site: OpenSite, language: str) -> None:
    page.goto(f"{site.address}intake/form?language={language}")
    fill_in(page, WITH_MERAH)
    page.click("button[type=submit]")
    page.wait_for_selector("#case-number")


def receiver(page: Page, site: OpenSite, language: str) -> Iterator[str]:
    """The receiver's own pages."""
    page.goto(f"{site.address}intake/form?language={language}&door=call")
    yield "call"
    page.goto(f"{site.address}intake/form?language={language}")
    yield "form"
    page.click("button[type=submit]")
    page.wait_for_selector("#problems")
    yield "form with problems"
    receiver_receipt(page, site, language)
    yield "receipt"
    pin = page.text_content("#pin")
    assert pin is not None
    page.goto(f"{site.address}intake/status?language={language}")
    page.fill("#pin", pin)
    page.click("button[type=submit]")
    page.wait_for_selector("#events")
    yield "news"
    page.goto(f"{site.address}intake/status?language={language}")
    page.fill("#pin", "1")
    page.click("button[type=submit]")
    page.wait_for_selector("#problem")
    yield "wrong PIN"
    page.goto(f"{site.address}intake/received/none?language={language}")
    page.wait_for_selector("main .admonition")
    yield "problem"


def reader_refusing(page: Page, site: OpenSite, language: str) -> None:
    page.goto(site.address + READER[language])
    page.click("#open-report")
    page.wait_for_selector("#report-error:not([hidden])")


def reader(page: Page, site: OpenSite, language: str) -> Iterator[str]:
    """The reader; in the end with a volunteer's key and its code, the coordinator's list, a case
    shared in part, and a sealed note.
    """
    reader_refusing(page, site, language)
    yield "refusing"
    open_report(page)
    page.wait_for_selector("#opened:not([hidden])")
    yield "with report"
    page.goto("about:blank")
    page.goto(site.address + READER[language])
    page.locator("#own-part > summary").click()
    page.click("#make-key")
    page.wait_for_selector("#own-new:not([hidden])")
    yield "making a key"
    page.fill("#own-last", page.inner_text("#own-passphrase")[-4:])
    page.check("#own-keep")
    page.click("#own-new button")
    page.wait_for_selector("#own-key:not([hidden])")
    page.locator("#volunteers-part > summary").click()
    page.fill("#volunteer-text", page.input_value("#own-link"))
    page.click("#read-volunteer")
    page.click("#add-volunteer")
    page.click("#other-key")
    open_report(page)
    page.check("#share-part")
    page.click("#share-form button")
    page.wait_for_selector("#shared:not([hidden])")
    page.fill("#note-text", "Sudah ditelepon.")
    page.click("#note-form button")
    page.wait_for_selector("#note-sealed:not([hidden])")
    yield "with casework"


def open_report(page: Page) -> None:
    """Open a report in the reader with the coordinator's key."""
    page.fill("#report-text", json.dumps(sealed_report(WITH_MERAH)[0]["sealed"]))
    page.fill("#key-text", coordinator().locked)
    page.fill("#passphrase-text", coordinator().passphrase)
    page.click("#open-report")


class Step(NamedTuple):
    """One state in one language: `walk` leads there."""

    walk: Walk
    state: str
    language: str

    def __str__(self) -> str:
        return f"{self.walk.__name__}, {self.state}, {self.language}"


STATES: dict[Walk, list[str]] = {
    form: [
        "volunteer",
        "off duty",
        "doors",
        "question",
        "question with error",
        "long answer",
        "last extra",
        "to check",
        "to check, unfolded",
        "not sent",
        "received",
        "received, with PIN",
    ],
    receiver: ["call", "form", "form with problems", "receipt", "news", "wrong PIN", "problem"],
    reader: ["refusing", "with report", "making a key", "with casework"],
}
STEPS = [
    Step(walk, state, language)
    for walk, states in STATES.items()
    for language in LANGUAGES
    for state in states
]


@pytest.fixture(scope="module")
def go_to(browser: Browser, open_site: OpenSite) -> Iterator[Callable[[Step], Page]]:
    """Return `go_to(step)`: a page in that state. It goes on from the state before, if it can."""
    contexts: list[BrowserContext] = []
    page: Page | None = None
    walked: tuple[Walk, str] | None = None
    ahead: Iterator[str] = iter(())

    def begin(step: Step) -> None:
        nonlocal page, walked, ahead
        while contexts:
            contexts.pop().close()
        contexts.append(browser.new_context(viewport=PHONE))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        walked, ahead = (step.walk, step.language), step.walk(page, open_site, step.language)

    def go(step: Step) -> Page:
        if walked != (step.walk, step.language) or step.state not in ahead:
            begin(step)
            assert step.state in ahead  # which goes as far as that state
        assert page is not None
        return page

    yield go
    while contexts:
        contexts.pop().close()


@pytest.fixture(scope="module", params=STEPS, ids=str)
def reached(go_to: Callable[[Step], Page], request: pytest.FixtureRequest) -> Page:
    """A page in one state; the tests look at it and change only how it is shown."""
    return go_to(request.param)


@pytest.fixture
def shown(reached: Page) -> Iterator[Page]:
    """That page on a phone, shown as usual again after the test."""
    yield reached
    reached.set_viewport_size(PHONE)
    reached.emulate_media(color_scheme="null", forced_colors="null", media="null")
    reached.evaluate("document.documentElement.style.fontSize = ''")


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A new page on a phone."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


# --- axe, widths, sizes ---


def test_axe_finds_nothing_in_any_state(shown: Page) -> None:
    """No rule of WCAG 2.2 A and AA, nor of axe's best practice, is broken."""
    assert faults(shown) == []
    assert violations(shown, TARGET_SIZE) == []


@pytest.mark.parametrize(
    ("size", "text"), [(ZOOMED, 1), (PHONE, 2)], ids=["zoomed to 400 %", "text of 200 %"]
)
def test_a_state_fits_without_sideways_scrolling(shown: Page, size: Any, text: int) -> None:
    """At 320 pixels, and with letters twice as large on a phone, nothing is pushed sideways."""
    shown.set_viewport_size(size)
    enlarge(shown, text)
    assert beyond_the_edge(shown) == []


@pytest.mark.parametrize("path", [prefix + path for path in KINDS for prefix in ("", "en/")])
def test_a_page_fits_with_text_of_200_per_cent(phone: Page, open_site: OpenSite, path: str) -> None:
    """Letters twice as large push nothing sideways, on each kind of page."""
    phone.goto(open_site.address + path)
    enlarge(phone, 2)
    assert beyond_the_edge(phone) == []


def test_the_way_out_stays_inside_the_window(phone: Page, open_site: OpenSite) -> None:
    """With text of 200 % it is neither cut off nor higher than a quarter of the window."""
    phone.goto(open_site.address + "panduan/dokumen-ditahan/")
    enlarge(phone, 2)
    box = phone.locator(".leave").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    assert box["height"] <= PHONE["height"] / 4


def enlarge(page: Page, times: int) -> None:
    """Make the letters larger, as the setting of a browser does."""
    page.evaluate(
        "times => { const { style } = document.documentElement; style.fontSize = '';"
        " style.fontSize = times * parseFloat(getComputedStyle(document.documentElement).fontSize)"
        " + 'px'; }",
        times,
    )


def beyond_the_edge(page: Page) -> list[str]:
    """What sticks out on the right of the window; a table may, in its region."""
    found: list[str] = page.evaluate(
        """() => document.scrollingElement.scrollWidth <= innerWidth ? []
          : [...document.querySelectorAll('body *')]
            .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
            .filter((one) => !one.closest('.table'))
            .map((one) => one.outerHTML.slice(0, 120))"""
    )
    return found


def test_a_thumb_hits_everything_in_any_state(shown: Page) -> None:
    """Whatever can be pressed is at least 48 by 48 pixels, links inside a sentence aside."""
    assert too_small(shown) == []


@pytest.mark.parametrize("path", [prefix + path for path in KINDS for prefix in ("", "en/")])
def test_a_thumb_hits_everything_on_a_page(phone: Page, open_site: OpenSite, path: str) -> None:
    """The same on each kind of page, with the menu open."""
    phone.goto(open_site.address + path)
    phone.click("summary")
    assert too_small(phone) == []


def too_small(page: Page) -> list[str]:
    """What can be pressed but is below 48 pixels in height or width.

    A box to tick counts with its label. A link counts unless it stands inside a sentence, where
    its size is given by the line (WCAG 2.2, 2.5.8).
    """
    found: list[str] = page.evaluate(
        """() => {
          const inSentence = (one) => one.matches('a') && getComputedStyle(one).display === 'inline'
            && one.parentElement.textContent.trim() !== one.textContent.trim();
          const area = (one) => (one.closest('label') || one).getBoundingClientRect();
          return [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
            .filter((one) => one.checkVisibility() && area(one).right > 0 && !inSentence(one))
            .filter((one) => area(one).height < 47.5 || area(one).width < 47.5)
            .map((one) => `${one.outerHTML.slice(0, 120)} ${area(one).width} ${area(one).height}`);
        }"""
    )
    return found


# --- the keyboard ---

FOCUS = """() => {
  const one = document.activeElement;
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const behind = (from) => {
    for (let at = from; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  // An outline with a negative offset is drawn on the element itself.
  const ground = parseFloat(style.outlineOffset) < 0 ? one : one.parentElement;
  const spots = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) =>
    document.elementFromPoint(box.left + x * box.width, box.top + y * box.height)));
  return {
    name: one.id || one.name || one.className || one.tagName,
    tag: one.tagName,
    top: Math.round(box.top + scrollY),
    fixed: style.position === 'fixed' || style.position === 'absolute',
    outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    colours: [style.outlineColor, behind(ground)],
    seen: spots.filter((spot) => spot && (one.contains(spot) || spot.contains(one)
      || (one.labels && [...one.labels].some((label) => label.contains(spot))))).length,
  };
}"""


def luminance(colour: str) -> float:
    """The relative luminance of `rgb(...)` (WCAG 2.2, glossary)."""
    parts = [int(part) / 255 for part in colour.split("(")[1].rstrip(")").split(",")[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def stops_of_tab(page: Page) -> Iterator[dict[str, Any]]:
    """Press Tab from the top of the page to its end; yield what has the focus each time."""
    page.evaluate(
        "() => { document.body.tabIndex = -1; document.body.focus();"
        " document.body.removeAttribute('tabindex'); }"
    )
    for _ in range(300):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["tag"] == "BODY":
            return
        yield focus
    raise AssertionError("300 presses of Tab do not lead through the page")


def test_focus_is_seen_and_follows_the_text(shown: Page) -> None:
    """At each stop of Tab an outline stands out, nothing covers it, and the next stop is never
    further up.
    """
    stops = list(stops_of_tab(shown))
    assert stops[0]["name"] == "skip"
    assert_focus_is_seen(stops)
    tops = [stop["top"] for stop in stops if not stop["fixed"]]
    assert [(one, other) for one, other in pairwise(tops) if other < one - 40] == []


@pytest.mark.parametrize("reach", [form_question, receiver_receipt, reader_refusing])
def test_focus_is_seen_in_the_dark(
    phone: Page, open_site: OpenSite, reach: Callable[[Page, OpenSite, str], None]
) -> None:
    """In dark colours too the outline stands out from what is around it."""
    phone.emulate_media(color_scheme="dark")
    reach(phone, open_site, "id")
    assert_focus_is_seen(list(stops_of_tab(phone)))


def assert_focus_is_seen(stops: list[dict[str, Any]]) -> None:
    """Two pixels or more, in a contrast of 3 (WCAG 2.2, 1.4.11), and not covered (2.4.11)."""
    assert [stop for stop in stops if stop["outline"] < 2] == []
    assert [stop for stop in stops if contrast(*stop["colours"]) < 3] == []
    assert [stop for stop in stops if not stop["seen"]] == []


@pytest.mark.parametrize("path", [FORM["id"], "panduan/baca-perjanjian/", "kontak/"])
def test_nothing_covers_the_focus_in_a_low_window(
    phone: Page, open_site: OpenSite, path: str
) -> None:
    """At 400 % a window is 256 pixels high; the way out, which stays, never hides the focus."""
    phone.set_viewport_size(ZOOMED)
    phone.goto(open_site.address + path)
    stops = list(stops_of_tab(phone))
    assert len(stops) > 15
    assert [stop for stop in stops if not stop["seen"]] == []


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until that has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


# What is pressed at each question; at any other, Tab leads to "skip".
KEYS = {
    "who": ["Space", "ArrowDown"],
    "safe": ["Space"],
    "stage": ["Space"],
    "contact": ["Space"],
}
LETTERS = {
    "story": "Anak saya di Johor.",
    "country": "Malay",
    "regency": "Banyum",
    "reach": "WhatsApp +44 7700 900124",
}


def answer_by_keyboard(page: Page) -> None:
    """Go through the questions; the focus stands at each, and Tab leads to its answers."""
    tab_to(page, "[data-door=other]")
    page.keyboard.press("Enter")
    while not page.is_visible("#enough"):
        name = asked(page)
        if name == "problem":
            tab_to(page, "[name=problem][value=unpaid-wages]")
            page.keyboard.press("Space")
        elif name in KEYS or name in LETTERS:
            tab_to(page, f"[name={name}]")
            for key in KEYS.get(name, []):
                page.keyboard.press(key)
            page.keyboard.type(LETTERS.get(name, ""))
        if page.is_visible("#enough"):
            break
        tab_to(page, "#skip" if page.is_visible("#skip") else "#next")
        page.keyboard.press("Enter")
    tab_to(page, "#enough")
    page.keyboard.press("Enter")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_is_filled_checked_changed_and_sent_by_keyboard(
    phone: Page, open_site: OpenSite, language: str
) -> None:
    """No pointer is needed from the door to the case number."""
    form_doors(phone, open_site, language)
    answer_by_keyboard(phone)
    assert focused(phone) == "review-title"
    for _ in ("who", "safe", "problem", "story"):
        tab_to(phone, "#review .step-back")
    phone.keyboard.press("Enter")
    assert asked(phone) == "story"
    tab_to(phone, "[name=story]")
    phone.keyboard.press("End")
    phone.keyboard.type(" Lama.")
    tab_to(phone, "#next")
    phone.keyboard.press("Enter")
    assert "Anak saya di Johor. Lama." in phone.inner_text("#review")
    tab_to(phone, "#send")
    phone.keyboard.press("Space")
    phone.wait_for_selector("#received:not([hidden])")
    assert focused(phone) == "received-title"


def focused(page: Page) -> str:
    """The id of what has the focus."""
    return str(page.evaluate("document.activeElement.id"))


def test_a_wide_table_scrolls_in_its_own_region(phone: Page, open_site: OpenSite) -> None:
    """The page does not move; arrow keys move the table, whose region is named by its heading."""
    phone.goto(open_site.address + "aturan/uu-18-2017/larangan-dan-pidana/")
    region = phone.get_by_role("region", name="Ancaman pidana sekarang")
    region.focus()
    for _ in range(3):
        phone.keyboard.press("ArrowRight")
    phone.wait_for_function("document.activeElement.scrollLeft > 0")
    assert phone.evaluate("scrollX") == 0


# --- motion, forced colours, paper ---


def test_nothing_moves_by_itself(shown: Page) -> None:
    """No transition and no animation, whether motion is reduced or not."""
    moving = """() => [...document.querySelectorAll('*')].map((one) => getComputedStyle(one))
      .filter((style) => style.animationName !== 'none' || style.scrollBehavior !== 'auto'
        || !/^(0s(, )?)+$/.test(style.transitionDuration)).length"""
    motions: tuple[Literal["no-preference", "reduce"], ...] = ("no-preference", "reduce")
    for motion in motions:
        shown.emulate_media(reduced_motion=motion)
        assert shown.evaluate(moving) == 0


BOXES = ".button, .call, .chat, .card, .admonition, .option, .code, .leave, .jump a, .choices a"


def test_boxes_have_borders_in_forced_colours(shown: Page) -> None:
    """Without backgrounds, buttons, cards and choices are still told apart from the page."""
    shown.emulate_media(forced_colors="active")
    assert without_border(shown) == []


@pytest.mark.parametrize("path", [prefix + path for path in KINDS for prefix in ("", "en/")])
def test_boxes_of_a_page_have_borders_in_forced_colours(
    phone: Page, open_site: OpenSite, path: str
) -> None:
    """The same on each kind of page."""
    phone.emulate_media(forced_colors="active")
    phone.goto(open_site.address + path)
    assert without_border(phone) == []


def without_border(page: Page) -> list[str]:
    """Boxes without a line of at least one pixel on all four sides in another colour."""
    found: list[str] = page.locator(BOXES).evaluate_all(
        """(all) => all.filter((one) => one.checkVisibility()).filter((one) => {
          const style = getComputedStyle(one);
          return ['Top', 'Right', 'Bottom', 'Left'].some((side) =>
            parseFloat(style[`border${side}Width`]) < 1 || style[`border${side}Style`] === 'none'
            || style[`border${side}Color`] === getComputedStyle(document.body).backgroundColor);
        }).map((one) => one.outerHTML.slice(0, 120))"""
    )
    return found


def on_paper(page: Page, selector: str) -> list[bool]:
    """Whether each element of that selector is printed."""
    page.emulate_media(media="print")
    seen: list[bool] = page.locator(selector).evaluate_all(
        "(all) => all.map((one) => one.checkVisibility())"
    )
    return seen


@pytest.mark.parametrize("language", LANGUAGES)
def test_paper_gets_the_text_and_not_the_buttons_around_it(
    phone: Page, open_site: OpenSite, language: str
) -> None:
    """Heading and date checked are printed; header, footer, way out and sharing are not."""
    phone.goto(open_site.address + ("en/" if language == "en" else "") + "panduan/dokumen-ditahan/")
    assert on_paper(phone, "h1, .checked time") == [True, True]
    around = on_paper(phone, "header, footer, .leave, .skip, .listen, .share")
    assert len(around) >= 5
    assert not any(around)


def test_paper_tells_where_links_lead_and_splits_no_card(phone: Page, open_site: OpenSite) -> None:
    """An address stands behind each outside link of the text; a card stays on one sheet."""
    phone.goto(open_site.address + "panduan/dokumen-ditahan/")
    phone.emulate_media(media="print")
    kept = phone.locator(".card, .admonition").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).breakInside)"
    )
    assert set(kept) == {"avoid"}
    phone.goto(open_site.address + "panduan/dokumen-ditahan/sumber/")
    printed = phone.locator("main a[href^=http]:visible").evaluate_all(
        "(all) => all.map((one) => [one.href, getComputedStyle(one, '::after').content])"
    )
    assert len(printed) >= 3
    for address, behind in printed:
        assert address.rstrip("/") in behind


def test_paper_is_light_for_whoever_reads_in_the_dark(phone: Page, open_site: OpenSite) -> None:
    """No page is printed as light letters, or on a dark ground."""
    phone.goto(open_site.address + "panduan/dokumen-ditahan/")
    phone.emulate_media(media="print", color_scheme="dark")
    colours = phone.locator("body, .card, .admonition, main a, .checked").evaluate_all(
        """(all) => all.map((one) => getComputedStyle(one))
          .map((style) => [style.color, style.backgroundColor])"""
    )
    assert len(colours) > 5
    for text, ground in colours:
        assert luminance(text) < 0.25
        assert ground.endswith(", 0)") or luminance(ground) > 0.8

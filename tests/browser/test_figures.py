"""The pictures inside pages as people see them: narrow, dark, in forced colours, and in order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from accessibility import CONTRAST, violations

PAGES = [
    prefix + path
    for path in (
        "panduan/jalur-resmi/",
        "panduan/setelah-minta-bantuan/",
        "paralegal/mulai/",
        "paralegal/mulai/github/",
        "aturan/",
    )
    for prefix in ("", "en/")
]
NARROWEST = 320
NARROW: ViewportSize = {"width": NARROWEST, "height": 640}
SMALLEST = 16.0  # pixels; the body's text has 20.16
# What a screen reader reaches, in its order, with the place where it is seen.
SEEN = """() => [...document.querySelectorAll('.figure h3, .figure p')].map((one) => {
  const { top, bottom, left, right } = one.getBoundingClientRect();
  return { text: one.textContent, top, bottom, left, right,
    size: parseFloat(getComputedStyle(one).fontSize) };
})"""
# Each drawn mark, the box of the line it stands on, and whether anything of it is left to see.
MARKS = """() => [...document.querySelectorAll('.figure .mark, .figure li > .icon')].map((one) => {
  const style = getComputedStyle(one);
  return { width: parseFloat(style.borderTopWidth), line: style.borderTopStyle,
    shape: [style.borderTopStyle, style.borderTopLeftRadius, style.transform !== 'none',
      (one.querySelector('use, path') || one).outerHTML].join() };
})"""


@pytest.fixture(scope="module")
def narrow(browser: Browser) -> Iterator[Page]:
    """The narrowest window."""
    context = browser.new_context(viewport=NARROW)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module", params=PAGES)
def path(request: pytest.FixtureRequest) -> str:
    """The page of each picture; the tests of one page stand together."""
    return str(request.param)


@pytest.fixture(scope="module")
def opened(narrow: Page, site_url: str, path: str) -> Page:
    """That page, opened once. Its contrasts are measured with all others in `test_site`."""
    narrow.goto(site_url + path)
    return narrow


@pytest.fixture
def window(opened: Page) -> Iterator[Page]:
    """The same, shown as usual again after the test."""
    yield opened
    opened.set_viewport_size(NARROW)
    opened.emulate_media(forced_colors="null")
    opened.evaluate("document.documentElement.style.fontSize = ''")


def test_a_picture_fits_the_narrowest_phone(window: Page) -> None:
    """Nothing is cut off or pushes the page sideways, and no word is smaller than small text."""
    assert window.evaluate("document.documentElement.scrollWidth") == NARROWEST
    seen = window.evaluate(SEEN)
    assert len(seen) > 15
    assert all(one["left"] >= 0 and one["right"] <= NARROWEST for one in seen)
    assert min(one["size"] for one in seen) >= SMALLEST


def test_it_grows_with_the_text(window: Page) -> None:
    """With text twice as large nothing overlaps and nothing is cut off."""
    window.set_viewport_size({"width": 640, "height": 640})
    window.evaluate("document.documentElement.style.fontSize = '225%'")
    assert window.evaluate("document.documentElement.scrollWidth") <= 640
    seen = window.evaluate(SEEN)
    for above, below in itertools.pairwise(seen):
        assert above["bottom"] <= below["top"] + 1, (above["text"], below["text"])


def test_what_is_read_aloud_comes_in_the_order_seen(window: Page) -> None:
    """From top to bottom, one below the other, on a phone and on a wide screen."""
    for width in (NARROWEST, 1280):
        window.set_viewport_size({"width": width, "height": 800})
        seen = window.evaluate(SEEN)
        for above, below in itertools.pairwise(seen):
            assert above["bottom"] <= below["top"] + 1, (above["text"], below["text"])


def test_forced_colours_keep_lines_and_marks(window: Page) -> None:
    """Every mark keeps a border, the line between them too, and words keep their contrast."""
    window.emulate_media(forced_colors="active")
    marks = window.evaluate(MARKS)
    assert marks
    assert all(mark["width"] >= 2 and mark["line"] != "none" for mark in marks)
    line = """() => ['.way', '.relay ol > li', '.screens ol > li',
      '.laws ol > li'].map((one) =>
      document.querySelector(one)).filter(Boolean).map((one) =>
      getComputedStyle(one, '::before')).map((style) => style.borderLeftStyle + style.content)"""
    assert window.evaluate(line) == ['solid""']
    assert violations(window, CONTRAST, ".figure") == []


@pytest.mark.parametrize("path", ["aturan/", "en/aturan/"])
def test_four_statuses_are_four_shapes(browser: Browser, site_url: str, path: str) -> None:
    """Without any colour each status still looks different from the others."""
    with browser.new_context(viewport=NARROW, forced_colors="active") as context:
        page = context.new_page()
        page.goto(site_url + path)
        key = page.evaluate(MARKS.replace(".figure .mark, .figure li > .icon", ".figure ul .mark"))
    assert len({mark["shape"] for mark in key}) == len(key) == 4


def test_a_thumb_can_hit_its_links(window: Page, path: str) -> None:
    """Each link is at least 48 pixels high."""
    heights = window.locator(".figure a").evaluate_all(
        "all => all.map(one => one.getClientRects()[0].height)"
    )
    assert bool(heights) is not path.endswith(("setelah-minta-bantuan/", "github/"))
    assert min(heights, default=48) >= 48

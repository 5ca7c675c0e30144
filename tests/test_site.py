"""The whole built site: languages, links, weight, and how it behaves in a browser."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize

from built_site import ROOT, run_build
from content.addresses import addresses, paths
from html_page import HtmlPage, read_page
from intake.organization import load_organization

ADDRESS = load_organization(ROOT / "docs/data/organization.yml").site
SOURCES = sorted(ROOT.glob("docs/**/*.id.md"))
URLS = [path.parent.relative_to(ROOT / "docs").as_posix() + "/" for path in SOURCES]
BOTH = [path for url in URLS for path in paths(url).values()]
# Pages that do something, and so need a script; all others are read with none.
WORKING = {"bantuan/", "paralegal/buka/"}
CONTENT = [path for path in BOTH if path.removeprefix("en/") not in WORKING]
NARROWEST = 320
PHONE: ViewportSize = {"width": 360, "height": 640}
# Lists of numbers may fill what a server sends before the first answer comes back: ten segments
# of 1,460 bytes (RFC 6928). A page of prose stays well below that.
HEAVIEST = 9_500
HEAVIEST_LIST = 14_600
LISTS = {"darurat/", "kontak/"}


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, HtmlPage]:
    """Every built page by its path from the root."""
    return {_path(file, site): read_page(file) for file in sorted(site.rglob("*.html"))}


@pytest.fixture(params=["light", "dark"])
def window(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A phone's window, once in light and once in dark colours."""
    context = browser.new_context(viewport=PHONE, color_scheme=request.param)
    yield context.new_page()
    context.close()


def test_every_page_stands_in_both_languages(pages: dict[str, HtmlPage]) -> None:
    """Each source is one page at its path and one under en/, and there is no other page."""
    assert sorted(pages) == sorted([*BOTH, "404.html"])


def test_nothing_but_our_own_files_is_published(site: Path) -> None:
    """The theme's scripts, styles and pictures stay at home, and so does the data."""
    others = {_relative(file, site) for file in site.rglob("*") if file.is_file()}
    others -= {path + "index.html" for path in BOTH}
    scripts = {name for name in others if name.startswith("assets/") and name.endswith(".js")}
    assert others - scripts == {"404.html", "sitemap.xml", "sitemap.xml.gz", "unduh/keys.json"}


@pytest.mark.parametrize("path", BOTH)
def test_a_page_names_its_language_and_its_pair(pages: dict[str, HtmlPage], path: str) -> None:
    """lang, canonical and hreflang name the page itself, its pair and Indonesian as default."""
    page, here = pages[path], addresses(path, ADDRESS)
    language = "en" if path.startswith("en/") else "id"
    assert page.all("html")[0].attributes["lang"] == language
    assert [link.attributes["href"] for link in page.relation("canonical")] == [here[language]]
    alternates = {
        link.attributes["hreflang"]: link.attributes["href"] for link in page.relation("alternate")
    }
    assert alternates == {**here, "x-default": here["id"]}


@pytest.mark.parametrize("path", BOTH)
def test_a_page_loads_nothing_from_elsewhere(pages: dict[str, HtmlPage], path: str) -> None:
    """Whatever the browser fetches by itself is on this site or inside the page."""
    for address in pages[path].loaded:
        assert not urlsplit(address).netloc, address
        assert urlsplit(address).scheme in ("", "data"), address


@pytest.mark.parametrize("path", BOTH)
def test_a_page_has_no_inline_style_or_code(pages: dict[str, HtmlPage], path: str) -> None:
    """Its policy forbids them, so an attribute or a script without src would do nothing."""
    for element in pages[path].elements:
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]
    for script in pages[path].all("script"):
        assert "src" in script.attributes or script.attributes["type"] == "application/json"


@pytest.mark.parametrize("path", CONTENT)
def test_a_page_that_is_read_has_no_script(pages: dict[str, HtmlPage], path: str) -> None:
    """Guides and numbers are there on the oldest phone."""
    assert pages[path].all("script") == []


@pytest.mark.parametrize("path", [*BOTH, "404.html"])
def test_no_link_is_broken(pages: dict[str, HtmlPage], path: str) -> None:
    """Every link inside the site leads to a page that exists, and to an anchor on it."""
    for link in pages[path].links:
        target = urlsplit(urljoin(ADDRESS + path, link))
        if target.scheme not in ("http", "https") or not target.geturl().startswith(ADDRESS):
            continue
        name = target.path.lstrip("/")
        assert name in pages, link
        assert not target.fragment or unquote(target.fragment) in pages[name].anchors, link


@pytest.mark.parametrize("path", BOTH)
def test_a_page_has_one_heading_and_a_description(pages: dict[str, HtmlPage], path: str) -> None:
    """One h1 says what the page is, and the description is a sentence."""
    page = pages[path]
    described = [m for m in page.all("meta") if m.attributes.get("name") == "description"]
    assert len(page.all("h1")) == 1
    assert described[0].attributes["content"].endswith(".")


@pytest.mark.parametrize("path", CONTENT)
def test_a_page_is_light(site: Path, path: str) -> None:
    """A whole page arrives in the first flight of packets, pages of prose with room to spare."""
    packed = gzip.compress((site / path / "index.html").read_bytes(), 9)
    is_list = path.removeprefix("en/") in LISTS
    assert len(packed) <= (HEAVIEST_LIST if is_list else HEAVIEST)


def test_a_page_without_its_pair_stops_the_build(tmp_path: Path) -> None:
    """The message names the file that is missing."""
    root = tmp_path / "checkout"
    for name in ("docs", "overrides", "scripts"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "mkdocs.yml", root)
    (root / "docs/kontak/index.en.md").unlink()
    run = run_build(tmp_path / "site", {}, root)
    assert run.returncode == 1
    assert "missing: docs/kontak/index.en.md;" in run.stderr


def test_the_address_can_be_set_from_outside(build_site: Callable[..., Path]) -> None:
    """INTAKE_SITE replaces the organization's address in canonical links."""
    folder = build_site(INTAKE_SITE="https://lain.example/situs/")
    page = read_page(folder / "en/darurat/index.html")
    canonical = page.relation("canonical")[0].attributes["href"]
    assert canonical == "https://lain.example/situs/en/darurat/"


@pytest.mark.parametrize("path", [*BOTH, "404.html"])
def test_a_page_is_accessible(window: Page, site_url: str, path: str) -> None:
    """axe finds no violation, in light and in dark colours."""
    window.goto(site_url + path)
    result = Axe().run(window)
    assert result.response["violations"] == []


@pytest.mark.parametrize("path", [*BOTH, "404.html"])
def test_a_page_fits_the_narrowest_phone(browser: Browser, site_url: str, path: str) -> None:
    """Nothing has to be pushed sideways at 320 pixels."""
    with browser.new_context(viewport={"width": NARROWEST, "height": 560}) as context:
        page = context.new_page()
        page.goto(site_url + path)
        assert page.evaluate("document.documentElement.scrollWidth") == NARROWEST


@pytest.mark.parametrize("path", BOTH)
def test_a_page_asks_no_other_host(browser: Browser, site_url: str, path: str) -> None:
    """The browser sends every request to this site, and its policy has nothing to report."""
    requests: list[str] = []
    complaints: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(site_url + path, wait_until="networkidle")
    assert [url for url in requests if not url.startswith((site_url, "data:"))] == []
    assert complaints == []


def test_the_first_tab_leads_past_the_header(browser: Browser, site_url: str) -> None:
    """A keyboard reaches the content with two keys."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site_url)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.tagName") == "MAIN"


def test_the_menu_and_the_languages_need_no_script(browser: Browser, site_url: str) -> None:
    """Without JavaScript the menu opens, leads on, and the language changes in place."""
    with browser.new_context(java_script_enabled=False, viewport=PHONE) as context:
        page = context.new_page()
        page.goto(site_url)
        page.click("summary")
        page.click(".menu a[href$='kontak/']")
        assert page.url == site_url + "kontak/"
        page.click(".language")
        assert page.url == site_url + "en/kontak/"


@pytest.mark.parametrize("path", [path for path in BOTH if "darurat" not in path])
def test_emergency_numbers_are_one_press_away(browser: Browser, site_url: str, path: str) -> None:
    """On a phone every page shows the way to the numbers without scrolling."""
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto(site_url + path)
        box = page.locator(".strip").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 200
    assert box["height"] >= 48


@pytest.mark.parametrize("path", ["", "darurat/", "kontak/"])
def test_a_thumb_can_hit_every_button(browser: Browser, site_url: str, path: str) -> None:
    """Choices, numbers and the ways around the site are at least 48 pixels high."""
    buttons = "header a, summary, footer a, .choices a, .jump a, .call, .chat, .other"
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto(site_url + path)
        heights = page.locator(buttons).evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().height).filter(Boolean)"
        )
    assert len(heights) >= 8
    assert min(heights) >= 48


def _relative(file: Path, site: Path) -> str:
    return file.relative_to(site).as_posix()


def _path(file: Path, site: Path) -> str:
    return _relative(file, site).removesuffix("index.html")

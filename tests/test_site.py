"""The whole built site: languages, links, weight, and how it behaves in a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize

from accessibility import CONTRAST, faults, know_axe, violations
from built_site import ROOT, run_build, todays_site
from content.addresses import addresses, paths
from directory.downloads import downloads
from directory.published import read_published
from html_page import HtmlPage, read_page
from intake.organization import load_organization
from page_weight import fetched, first_visit, fit, words_of

ADDRESS = load_organization(ROOT / "docs/data/organization.yml").site
SUB_PATH = "https://contoh.example/situs/"
SOURCES = [p for p in sorted(ROOT.glob("docs/**/*.id.md")) if ROOT / "docs/data" not in p.parents]
URLS = [path.parent.relative_to(ROOT / "docs").as_posix() + "/" for path in SOURCES]
WRITTEN = [path for url in URLS for path in paths(url).values()]
# Pages made from data: every one is read, and one of each sort is looked at in a browser.
MADE_FROM_DATA = [
    path
    for page in todays_site().generated_pages("id")
    for path in paths(page.source.removesuffix("index.id.md")).values()
]
SEEN = [  # a country, one without police, areas, kinds of help, bodies, sources, prints
    path
    for url in (
        "darurat/malaysia/",
        "darurat/kamboja/",
        "kontak/wilayah/33.02/",
        "kontak/wilayah/33.03/",
        "kontak/wilayah/JP/",
        "kontak/bantuan/information/",
        "kontak/kp2mi/",
        "kontak/seruni-banyumas/",
        "panduan/dokumen-ditahan/sumber/",
        "unduh/cetak/",
    )
    for path in paths(url).values()
]
BROWSED = [*WRITTEN, *SEEN]
BOTH = [*WRITTEN, *MADE_FROM_DATA]
# Pages that do something, and so need a script of their own.
WORKING = {
    url for url, path in zip(URLS, SOURCES, strict=True) if "\ntemplate: " in path.read_text()
}
CONTENT = [path for path in BOTH if path.removeprefix("en/") not in WORKING]
NARROWEST = 320
PHONE: ViewportSize = {"width": 360, "height": 640}

# Bytes after brotli, and requests. The second page somebody reads finds the script in the cache.
FIRST_VISIT = 8_000
NEXT_PAGE = 6_500
REQUESTS = 2
FORM_PAGE = 27_500
WORDS = 1_500


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, HtmlPage]:
    """Every built page by its path from the root."""
    return _pages(site)


class Visit(NamedTuple):
    """A page on a narrow phone, what it asked for, and what its browser complained of."""

    path: str
    page: Page
    requests: list[str]
    complaints: list[str]


@pytest.fixture(scope="module")
def narrow(browser: Browser) -> Iterator[Page]:
    """The window of a narrow phone."""
    with browser.new_context(viewport={"width": NARROWEST, "height": 560}) as context:
        know_axe(context)
        yield context.new_page()


@pytest.fixture(scope="module", params=[*BROWSED, "404.html"])
def visit(narrow: Page, site_url: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Each page, visited once for all that a browser is asked about it."""
    seen = Visit(request.param, narrow, [], [])

    def note_request(asked: Request) -> None:
        seen.requests.append(asked.url)

    def note_complaint(message: ConsoleMessage) -> None:
        seen.complaints.append(message.text)

    narrow.on("request", note_request)
    narrow.on("console", note_complaint)
    narrow.goto(site_url + seen.path)
    yield seen
    narrow.remove_listener("request", note_request)
    narrow.remove_listener("console", note_complaint)


def test_every_page_stands_in_both_languages(pages: dict[str, HtmlPage]) -> None:
    """Each source is one page at its path and one under en/, and there is no other page."""
    assert sorted(pages) == sorted([*BOTH, "404.html"])


def test_nothing_but_our_own_files_is_published(site: Path) -> None:
    """The theme's scripts, styles and pictures stay at home; of the data goes what is exported."""
    others = {_relative(file, site) for file in site.rglob("*") if file.is_file()}
    others -= {path + "index.html" for path in BOTH}
    # Scripts, search indexes and bundles to keep: our own, and small.
    assets = {name for name in others if name.startswith("assets/")}
    assert {Path(name).suffix for name in assets} == {".js", ".json"}
    of_today = todays_site()
    pictures = {picture.url for picture in of_today.pictures.values()}
    cards = set(downloads(read_published(ROOT / "docs/data", of_today.on)))
    prints = set(of_today.prints())
    assert pictures | cards | prints <= others
    assert others - assets - pictures - cards - prints == {
        "404.html",
        "sitemap.xml",
        "sitemap.xml.gz",
        "unduh/keys.json",
        "unduh/release.json",
        "unduh/tanpa-internet.json",
        "worker.js",
    }


def test_every_page_names_its_language_and_its_pair(pages: dict[str, HtmlPage]) -> None:
    """lang, canonical and hreflang name the page itself, its pair and Indonesian as default."""
    for path in BOTH:
        page, here = pages[path], addresses(path, ADDRESS)
        language = "en" if path.startswith("en/") else "id"
        assert page.all("html")[0].attributes["lang"] == language, path
        canonical = [link.attributes["href"] for link in page.relation("canonical")]
        assert canonical == [here[language]], path
        alternates = {
            link.attributes["hreflang"]: link.attributes["href"]
            for link in page.relation("alternate")
        }
        assert alternates == {**here, "x-default": here["id"]}, path


def test_no_page_loads_anything_from_elsewhere(pages: dict[str, HtmlPage]) -> None:
    """Whatever the browser fetches by itself is on this site or inside the page."""
    loaded = {(path, address) for path in BOTH for address in pages[path].loaded}
    assert loaded
    elsewhere = {
        (path, address)
        for path, address in loaded
        if urlsplit(address).netloc or urlsplit(address).scheme not in ("", "data")
    }
    assert elsewhere == set()


def test_no_page_has_inline_style_or_code(pages: dict[str, HtmlPage]) -> None:
    """Its policy forbids them, so an attribute or a script without src would do nothing."""
    for path in BOTH:
        for element in pages[path].elements:
            assert "style" not in element.attributes, path
            assert not [name for name in element.attributes if name.startswith("on")], path
        for script in pages[path].all("script"):
            kind = script.attributes.get("type")
            assert "src" in script.attributes or kind == "application/json", path


def test_no_page_that_is_read_waits_for_a_script(pages: dict[str, HtmlPage]) -> None:
    """Its one script, which reads aloud and leaves fast, comes after the text."""
    for path in CONTENT:
        scripts = pages[path].all("script")
        assert len(scripts) <= 1, path
        assert all("defer" in script.attributes for script in scripts), path


def test_no_link_is_broken(pages: dict[str, HtmlPage]) -> None:
    """Every link inside the site leads to a page that exists, and to an anchor on it."""
    broken = {path: _broken(pages, path, ADDRESS) for path in [*BOTH, "404.html"]}
    assert {path: found for path, found in broken.items() if found} == {}


@pytest.mark.parametrize("path", paths("tentang/sumber/").values())
def test_the_whole_directory_can_be_taken(
    pages: dict[str, HtmlPage], site: Path, path: str
) -> None:
    """The links to the table and to HSDS lead to files, from both languages."""
    links = [link for link in pages[path].links if link.endswith((".csv", ".json"))]
    files = [site / urljoin("/" + path, link).lstrip("/") for link in links]
    assert {file.name for file in files} == {"direktori.csv", "hsds.id.json", "hsds.en.json"}
    assert [file for file in files if not file.is_file()] == []


def test_every_card_to_keep_is_there(pages: dict[str, HtmlPage], site: Path) -> None:
    """A link to a vCard leads to one, from every language."""
    cards = {
        site / urljoin("/" + path, link).lstrip("/")
        for path in BOTH
        for link in pages[path].links
        if link.endswith(".vcf")
    }
    assert cards
    for card in cards:
        assert card.read_text(encoding="utf-8").startswith("BEGIN:VCARD"), card


@pytest.mark.parametrize("path", paths("unduh/cetak/").values())
def test_every_print_is_there(pages: dict[str, HtmlPage], site: Path, path: str) -> None:
    """A link to a PDF leads to one, from both languages."""
    links = [link for link in pages[path].links if link.endswith(".pdf")]
    files = [site / urljoin("/" + path, link).lstrip("/") for link in links]
    assert files
    assert {file.read_bytes()[:5] for file in files} == {b"%PDF-"}


def test_the_map_of_the_site_names_every_page(site: Path) -> None:
    """Each address stands once, with the page's other language beside it."""
    named = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    entries = ElementTree.parse(site / "sitemap.xml").getroot()
    locations = [entry.findtext(f"{named}loc") for entry in entries]
    assert sorted(map(str, locations)) == sorted(ADDRESS + path for path in BOTH)
    for entry in entries:
        links = {
            link.attrib["hreflang"]: link.attrib["href"]
            for link in entry
            if link.tag == "{http://www.w3.org/1999/xhtml}link"
        }
        here = addresses(links["id"].removeprefix(ADDRESS), ADDRESS)
        assert links == {**here, "x-default": here["id"]}


def test_every_page_is_previewed_neutrally(pages: dict[str, HtmlPage]) -> None:
    """What a chat shows of a link is title and description, without a picture from elsewhere."""
    for path in BOTH:
        meta = {
            m.attributes.get("property") or m.attributes.get("name", ""): m.attributes
            for m in pages[path].all("meta")
        }
        described = meta["description"]["content"]
        assert meta["og:description"]["content"] == described, path
        assert meta["og:title"]["content"], path
        locale = "en_GB" if path.startswith("en/") else "id_ID"
        assert meta["og:locale"]["content"] == locale, path
        picture = meta["og:image"]["content"] if "og:image" in meta else ADDRESS
        assert picture.startswith(ADDRESS), path


def test_every_page_speaks_the_language_of_its_address(pages: dict[str, HtmlPage]) -> None:
    """The words around the prose are those of the language, and so is the title's source."""
    for path in BOTH:
        english = path.startswith("en/")
        assert ("Skip to content" in pages[path].text) is english, path
        assert ("Lompat ke isi" in pages[path].text) is not english, path


def test_every_page_has_one_heading_and_a_description(pages: dict[str, HtmlPage]) -> None:
    """One h1 says what the page is, and the description is a sentence."""
    for path in BOTH:
        page = pages[path]
        described = [m for m in page.all("meta") if m.attributes.get("name") == "description"]
        assert len(page.all("h1")) == 1, path
        assert described[0].attributes["content"].endswith("."), path


def test_every_page_is_light(site: Path) -> None:
    """Page and script arrive in few packets; the next page finds the script in the cache."""
    for path in CONTENT:
        files = fetched(site, path)
        assert len(files) <= REQUESTS, path
        assert fit(files, FIRST_VISIT), path
        assert fit([site / path / "index.html"], NEXT_PAGE), path


def test_every_page_is_short(site: Path) -> None:
    """Its sources and what stands around it are not counted."""
    long = {path: words_of(site / path / "index.html") for path in CONTENT}
    assert {path: words for path, words in long.items() if words > WORDS} == {}


def test_the_form_is_light(other_site: Path) -> None:
    """Page and script are all that is needed to seal."""
    for path in paths("bantuan/").values():
        requests, size = first_visit(other_site, path)
        assert requests == REQUESTS
        assert size <= FORM_PAGE


@pytest.mark.parametrize(
    ("code", "slug"), [("MY", "malaysia"), ("ID", "indonesia"), ("TH", "thailand")]
)
def test_an_old_anchor_leads_to_the_country(
    pages: dict[str, HtmlPage], code: str, slug: str
) -> None:
    """darurat/#MY was the place of a country's numbers; it is now the link to its page."""
    for path in paths("darurat/").values():
        [link] = [a for a in pages[path].all("a") if a.attributes.get("id") == code]
        assert urljoin(path, link.attributes["href"]) == f"{path}{slug}/"


def test_an_issue_can_name_any_region_of_the_form(pages: dict[str, HtmlPage]) -> None:
    """kontak/wilayah/<code>/ exists for every code that a report may carry, but "unknown"."""
    regions = next(field for field in todays_site().data.form.fields if field.id == "regency")
    codes = {choice.id for choice in regions.choices} - {"00"}
    assert {f"kontak/wilayah/{code}/" for code in codes} <= pages.keys()


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


@pytest.fixture(scope="module")
def elsewhere(third_language: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of that checkout, built to stand in a folder of another."""
    folder = tmp_path_factory.mktemp("site")
    run = run_build(folder, {"INTAKE_SITE": SUB_PATH}, third_language)
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(scope="module")
def pages_elsewhere(elsewhere: Path) -> dict[str, HtmlPage]:
    """Its pages."""
    return _pages(elsewhere)


def test_a_further_language_is_a_matter_of_files(
    elsewhere: Path, pages_elsewhere: dict[str, HtmlPage]
) -> None:
    """With all its texts a third language is built, linked and mapped like the others."""
    home, guide = pages_elsewhere["ban/"], pages_elsewhere["ban/darurat/malaysia/"]
    assert home.all("html")[0].attributes["lang"] == "ban"
    assert "BAN " in guide.text
    for page in (pages_elsewhere["darurat/malaysia/"], guide):
        named = {link.attributes["hreflang"] for link in page.relation("alternate")}
        assert named == {"id", "en", "ban", "x-default"}
    assert SUB_PATH + "ban/kontak/wilayah/33.02/" in (elsewhere / "sitemap.xml").read_text()
    # The form speaks the languages of the program behind it, and is linked as it is.
    assert "ban/bantuan/" not in pages_elsewhere
    assert "../bantuan/" in home.links


def test_no_link_is_broken_under_a_sub_path(pages_elsewhere: dict[str, HtmlPage]) -> None:
    """On a project site of GitHub Pages, 404 page included, nothing leads above the site."""
    under = pages_elsewhere
    assert [link for path in under for link in _broken(under, path, SUB_PATH)] == []
    home = [link for link in under["404.html"].links if link.startswith("/")]
    assert home
    assert all(link.startswith("/situs/") for link in home)
    assert all(address.startswith(("/situs/", "data:")) for address in under["404.html"].loaded)


def test_the_address_can_be_set_from_outside(pages_elsewhere: dict[str, HtmlPage]) -> None:
    """INTAKE_SITE replaces the organization's address in canonical links."""
    canonical = pages_elsewhere["en/darurat/"].relation("canonical")[0].attributes["href"]
    assert canonical == SUB_PATH + "en/darurat/"


def test_a_further_language_waits_until_it_is_complete(without_receiver: Path) -> None:
    """With one page missing nothing of it is published, and the build says what it lacks."""
    said = without_receiver.with_name("said").read_text(encoding="utf-8")
    assert "Basa Bali is not published yet; it lacks kontak/index.ban.md" in said
    assert not (without_receiver / "ban").exists()
    assert "/ban/" not in (without_receiver / "sitemap.xml").read_text()
    assert 'hreflang="ban"' not in (without_receiver / "index.html").read_text()


def test_a_page_comes_whole_and_from_here(visit: Visit, site_url: str) -> None:
    """No other host is asked, the page's own policy has nothing to report, nothing is pushed
    sideways at 320 pixels, and the way to the emergency numbers is in sight.
    """
    assert [url for url in visit.requests if not url.startswith((site_url, "data:"))] == []
    assert visit.complaints == []
    width, strip = visit.page.evaluate(
        """() => [document.documentElement.scrollWidth,
          document.querySelector('.strip')?.getBoundingClientRect()]"""
    )
    assert width == NARROWEST
    if not visit.path.endswith("darurat/"):
        assert strip is not None
        assert strip["y"] + strip["height"] <= 200
        assert strip["height"] >= 48


def test_a_page_is_accessible(visit: Visit) -> None:
    """axe finds no violation."""
    assert faults(visit.page) == []


def test_axe_sees_a_mistake(browser: Browser) -> None:
    """A picture without words and pale letters are named, so an empty list means something."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content("<p style='color: #ddd; background: #fff'>Pucat <img src='data:,'></p>")
        assert {rule for rule, _ in violations(page)} >= {"image-alt", "color-contrast"}
        assert {rule for rule, _ in violations(page, CONTRAST, "p")} == {"color-contrast"}


def test_contrast_is_measured_where_something_looks_new(browser: Browser) -> None:
    """Pale letters are found among known ones, also those that are pale in the dark alone."""
    style = "<style>@media (prefers-color-scheme: dark) { .dim { color: #111; background: #222 } }"
    known = "<!doctype html><html lang=id><title>Uji</title><main><h1>Uji</h1><p>Jelas</p>"
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content(f"{known}</main></html>{style}</style>")
        assert faults(page) == []
        for word, added in (("Redup", "class=dim"), ("Pucat", "style='color: #ddd'")):
            page.set_content(f"{known}<p {added}>{word}</p></main></html>{style}</style>")
            found = faults(page)
            assert {rule for rule, _ in found} == {"color-contrast"}
            assert all(word in element for _, element in found)


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


@pytest.mark.parametrize(
    "path",
    [
        "",
        "darurat/",
        "darurat/malaysia/",
        "kontak/",
        "kontak/wilayah/33.02/",
        "kontak/kp2mi/",
        "kontak/bantuan/shelter/",
        "kontak/cek/",
        "kontak/daftar/",
        "kontak/perwakilan/",
    ],
)
def test_a_thumb_can_hit_every_button(browser: Browser, site_url: str, path: str) -> None:
    """Choices, numbers and the ways around the site are at least 48 pixels high."""
    buttons = (
        "header a, summary, footer a, .choices a, .jump a, .countries a, .call, .chat, .other,"
        "main .links a, main .lines li > a, .facts a, .who, main button, select, [type=text]"
    )
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


def _pages(site: Path) -> dict[str, HtmlPage]:
    return {_path(file, site): read_page(file) for file in sorted(site.rglob("*.html"))}


def _broken(pages: dict[str, HtmlPage], path: str, address: str) -> list[str]:
    """Return the links of a page that lead nowhere on the site it stands on."""
    targets = {link: urlsplit(urljoin(address + path, link)) for link in pages[path].links}
    own = urlsplit(address)
    inside = {
        link: target
        for link, target in targets.items()
        if (target.scheme, target.netloc) == (own.scheme, own.netloc)
    }
    # Where links to pictures lead is tested with the pictures, to cards and prints above.
    return [
        f"{path}: {link}"
        for link, target in inside.items()
        if not target.path.endswith((".pdf", ".png", ".vcf", ".csv", ".json"))
        if not _leads_somewhere(pages, target.path, target.fragment, own.path)
    ]


def _leads_somewhere(pages: dict[str, HtmlPage], path: str, fragment: str, root: str) -> bool:
    name = path.removeprefix(root)
    if not path.startswith(root) or name not in pages:
        return False
    return not fragment or unquote(fragment) in pages[name].anchors

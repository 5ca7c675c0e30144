"""The search page in Chromium: what is found first, and what the page fetches and keeps.

The ranking runs in the browser only, so it is tested there, on the index of the real content.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, JSHandle, Page, ViewportSize, expect

from accessibility import faults
from browser.conftest import SCRIPTS, run_in
from built_site import ROOT
from content import search
from content.search_text import PageText, page_text
from content.search_words import Roots, Words, load_words, split
from html_page import HtmlPage, read_page

Search = Callable[[str, str], list[str]]
LANGUAGES = ("id", "en")
HOME = {"id": "", "en": "en/"}
PHONE: ViewportSize = {"width": 360, "height": 640}
WORDS = load_words(ROOT / "docs/data/search.yml")
# Packed bytes of script and index on first use, at 80 pages and for each further one.
LIMIT = 30_000
LIMIT_PAGES = 80
LIMIT_EACH = 100
AGREEMENT = 0.99
MAIN = re.compile(r"<main[^>]*>(.*?)(?:<section class=\"sources\"|</main>)", re.DOTALL)


@pytest.fixture(scope="module")
def bench(browser: Browser) -> Iterator[Page]:
    """An empty page that holds the script of the search, without a field to act on."""
    page = browser.new_page()
    page.set_content("<!doctype html><title>Uji</title>")
    page.add_script_tag(content=(SCRIPTS / "search.js").read_text(encoding="utf-8"))
    yield page
    page.close()


@pytest.fixture(scope="module")
def run(bench: Page) -> Callable[..., Any]:
    """Run the body of an async function of `input` in that page."""
    return partial(run_in, bench)


def index_file(site: Path, language: str) -> Path:
    """The one index of a language."""
    (file,) = site.glob(f"assets/search-{language}-*.json")
    return file


def read_index(site: Path, language: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(index_file(site, language).read_text(encoding="utf-8"))
    return parsed


def listed(site: Path, language: str) -> list[str]:
    """The paths of the list of all pages, as the index numbers them, without their language."""
    html = (site / HOME[language] / "cari/index.html").read_text(encoding="utf-8")
    section = html.split('id="search-pages"', 1)[1].split("</section>", 1)[0]
    targets = re.findall(r'<li><a href="([^"]*)">', section)
    here = HOME[language] + "cari"
    assert targets
    return sorted(_resolved(here, target).removeprefix(HOME[language]) for target in targets)


def _resolved(here: str, target: str) -> str:
    parts = here.split("/")
    for step in target.split("/"):
        parts = parts[:-1] if step == ".." else parts if step == "." else [*parts, step]
    return "/".join(parts)


@pytest.fixture(scope="module")
def indexes(bench: Page, site: Path) -> dict[str, JSHandle]:
    """The real index of each language, as the script has read it."""
    return {
        language: bench.evaluate_handle("readIndex", read_index(site, language))
        for language in LANGUAGES
    }


@pytest.fixture(scope="module")
def find(bench: Page, indexes: dict[str, JSHandle], site: Path) -> Search:
    """`find(language, query)`: the paths of what the real index finds, best first."""
    paths = {language: listed(site, language) for language in LANGUAGES}

    def search_real(language: str, query: str) -> list[str]:
        given = {"index": indexes[language], "query": query}
        numbers = run_in(bench, "return search(input.query, input.index)", given)
        return [paths[language][number] for number in numbers]

    return search_real


# ---- words and roots ---------------------------------------------------------------------


def words_of(site: Path, language: str) -> set[str]:
    """Every word that is printed on a page of a language, without figures."""
    found: set[str] = set()
    nothing = {"title": "", "description": "", "topics": []}
    for path in listed(site, language):
        html = (site / HOME[language] / path / "index.html").read_text(encoding="utf-8")
        match = MAIN.search(html)
        assert match is not None
        text = page_text("", nothing, match[1])
        found.update(split(f"{text.headings} {text.text}"))
    return {word for word in found if not word.isdigit()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_browser_finds_the_stemmers_roots(
    run: Callable[..., Any], site: Path, language: str
) -> None:
    """Over every word of the site, taking off affixes agrees with PySastrawi and Snowball."""
    index = read_index(site, language)
    known = set(run("return readRoots(input.roots)", index))
    roots = Roots(language, WORDS[language])
    printed = words_of(site, language)
    # Buttons and hints of a template are no content, so their words may be in no index.
    table = {word: roots.phrase(word) for word in sorted(printed)}
    table = {word: root for word, root in table.items() if not root or root in known}
    assert len(table) > 0.97 * len(printed)
    body = "const index = readIndex(input[0]); return input[1].map((w) => rootOf(w, index) ?? null)"
    reduced = run(body, [index, list(table)])
    agreed = [root == found for root, found in zip(table.values(), reduced, strict=True)]
    assert sum(agreed) / len(agreed) >= AGREEMENT


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_foreign_dictionary_is_published(
    run: Callable[..., Any], site: Path, language: str
) -> None:
    """Each root of the index is the root of a word that stands on a page."""
    known = set(run("return readRoots(input.roots)", read_index(site, language)))
    files = [site / HOME[language] / path / "index.html" for path in listed(site, language)]
    shown = " ".join(map(all_words, map(read_page, files)))
    sources = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs/data/pages").rglob("*")]
    topics = " ".join(p.read_text(encoding="utf-8") for p in sources if p.is_file())
    roots = Roots(language, WORDS[language])
    assert (
        known - {*roots.of(shown), *roots.of(topics), *roots.of(" ".join(map(str, files)))} == set()
    )


def all_words(page: HtmlPage) -> str:
    """Text and description of a page."""
    described = [m.attributes.get("content", "") for m in page.all("meta")]
    return " ".join([page.text, *described])


@pytest.mark.parametrize(
    ("typed", "root"),
    [
        ("menahan", "tahan"),
        ("ditahannya", "tahan"),
        ("penahanan", "tahan"),
        ("nahan", "tahan"),
        ("mengirimkan", "kirim"),
        ("ngirim", "kirim"),
        ("nyimpan", "simpan"),
        ("keluargaku", "keluarga"),
        ("teman2", "teman"),
        ("bekerja", "kerja"),
        ("yang", ""),
        ("pasport", "paspor"),
    ],
)
def test_affixes_come_off(
    run: Callable[..., Any], indexes: dict[str, JSHandle], typed: str, root: str
) -> None:
    """Written well or as in a chat, a word leads to its root; a word that says nothing to none."""
    assert run("return rootOf(input[1], input[0])", [indexes["id"], typed]) == root


@pytest.mark.parametrize(
    ("one", "other", "mistakes"),
    [("paspor", "paspor", 0), ("paspr", "paspor", 1), ("psapor", "paspor", 1), ("gaji", "haki", 2)],
)
def test_mistakes_are_counted(run: Callable[..., Any], one: str, other: str, mistakes: int) -> None:
    """A letter changed, added, left out or swapped with the next is one mistake."""
    assert run("return distance(input[0], input[1])", [one, other]) == mistakes


@pytest.mark.parametrize(
    ("word", "allowed"), [("kbr", 0), ("gajh", 1), ("pasporr", 1), ("asuransy", 2)]
)
def test_longer_words_may_hold_more_mistakes(
    run: Callable[..., Any], word: str, allowed: int
) -> None:
    """None below four letters, one below eight, then two."""
    assert run("return allowedMistakes(input)", word) == allowed


# ---- ranking, on pages made for it -------------------------------------------------------


def page(path: str, title: str = "", headings: str = "", text: str = "") -> PageText:
    return PageText(path, "", title, "", headings, text)


FILLER = [page(f"~{number}", title=f"lain{number}", text="isi " * 3) for number in range(8)]


def ranked(
    run: Callable[..., Any], pages: list[PageText], query: str, words: Words | None = None
) -> list[str]:
    everything = search.numbered([*pages, *FILLER])
    content = json.loads(search.index("xx", everything, words or Words()).text)
    numbers = run("return search(input[1], readIndex(input[0]))", [content, query])
    return [everything[number].path for number in numbers]


def test_title_before_heading_before_text(run: Callable[..., Any]) -> None:
    """The same word counts by where it stands."""
    pages = [
        page("text", text="paspor " * 3),
        page("heading", headings="paspor"),
        page("title", title="paspor"),
    ]
    assert ranked(run, pages, "paspor ") == ["title", "heading", "text"]


def test_a_rare_word_weighs_more(run: Callable[..., Any]) -> None:
    """Of two words, the one that fewer pages hold decides."""
    often = [page(f"often {number}", text="gaji") for number in range(4)]
    pages = [*often, page("rare", text="jenazah")]
    assert ranked(run, pages, "gaji jenazah ")[0] == "rare"


def test_all_words_are_better_than_some(run: Callable[..., Any]) -> None:
    """A page that answers the whole question stands above one with a stronger half."""
    pages = [page("half", headings="gaji"), page("whole", text="gaji malaysia")]
    pages += [page("other half", headings="malaysia")]
    assert ranked(run, pages, "gaji malaysia ")[0] == "whole"


def test_the_typed_word_comes_before_another_for_the_same(run: Callable[..., Any]) -> None:
    """Both are found, phrases too, and the word itself first."""
    words = Words(same=(("calo", "sponsor", "petugas lapangan"),))
    pages = [
        page("same", text="calo"),
        page("typed", text="sponsor"),
        page("phrase", text="petugas lapangan"),
        page("half a phrase", text="lapangan"),
    ]
    found = ranked(run, pages, "sponsor ", words)
    assert (found[0], sorted(found[1:])) == ("typed", ["phrase", "same"])
    assert ranked(run, pages, "petugas lapangan ", words)[0] == "phrase"


def test_what_the_site_is_about_counts_only_alone(run: Callable[..., Any]) -> None:
    """With "tki" beside it, the other word decides; alone, it finds."""
    words = Words(common=("tki",))
    pages = [page("about", title="tki"), page("asked", text="hamil")]
    assert ranked(run, pages, "tki hamil ", words) == ["asked"]
    assert ranked(run, pages, "tki ", words) == ["about"]


@pytest.mark.parametrize(
    "query", ["pas", "paspr ", "psapor ", "PASPOR ", "paspor", "paspor xyzzy "]
)
def test_a_begun_or_mistyped_word_is_found(run: Callable[..., Any], query: str) -> None:
    """Capitals, mistakes, half a word and an unknown word beside it do no harm."""
    assert ranked(run, [page("found", text="paspor")], query) == ["found"]


@pytest.mark.parametrize("query", ["pas ", "xyzzy", "?", "yang "])
def test_what_is_not_there_is_not_found(run: Callable[..., Any], query: str) -> None:
    """A word that ended is whole, and nonsense finds nothing."""
    words = Words(ignored=("yang",))
    assert ranked(run, [page("found", text="paspor")], query, words) == []


# ---- real questions ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "query", "path"),
    [
        ("id", "menahan paspor", "panduan/dokumen-ditahan/"),
        ("id", "TKW hilang kontak", "panduan/hilang-kontak/"),
        ("id", "gaji tidak dibayar majikan malaysia", "panduan/gaji-tidak-dibayar/"),
        ("id", "call center", "darurat/"),
        ("id", "asuransi meninggal", "panduan/meninggal-di-luar-negeri/"),
        ("id", "sponsor minta uang", "panduan/diminta-uang/"),
        ("id", "pasport di tahan agen", "panduan/dokumen-ditahan/"),
        ("id", "paspr ditahn", "panduan/dokumen-ditahan/"),
        ("id", "disekap", "panduan/dikurung/"),
        ("id", "tki ilegal", "panduan/tanpa-dokumen/"),
        ("id", "nomor darurat", "darurat/"),
        ("en", "passport held", "panduan/dokumen-ditahan/"),
        ("en", "passprot witheld", "panduan/dokumen-ditahan/"),
        ("en", "unpaid wages", "panduan/gaji-tidak-dibayar/"),
        ("en", "locked in", "panduan/dikurung/"),
        ("en", "emergency", "darurat/"),
    ],
)
def test_an_urgent_question_finds_its_page_first(
    find: Search, language: str, query: str, path: str
) -> None:
    """The words of somebody in trouble, mistyped too, lead to the page that answers them."""
    assert find(language, query)[0] == path


@pytest.mark.parametrize(
    ("language", "query", "path"),
    [
        ("id", "ijazah ditahan pt", "panduan/dokumen-ditahan/"),
        ("id", "dipukul majikan", "panduan/kekerasan-dan-pelecehan/"),
        ("id", "dilecehkan", "panduan/kekerasan-dan-pelecehan/"),
        ("id", "jenazah", "panduan/meninggal-di-luar-negeri/"),
        ("id", "tidak boleh keluar rumah", "panduan/dikurung/"),
        ("id", "ditangkap polisi", "panduan/ditangkap-atau-ditahan/"),
        ("id", "suami tidak bisa dihubungi", "panduan/hilang-kontak/"),
        ("id", "tidak ada kabar dari anak saya", "panduan/hilang-kontak/"),
        ("id", "ganti majikan", "panduan/pindah-majikan/"),
        ("id", "kerja tidak sesuai kontrak", "panduan/pekerjaan-tidak-sesuai/"),
        ("id", "dijual", "panduan/perdagangan-orang/"),
        ("id", "kecelakaan kerja", "panduan/sakit-dan-kecelakaan/"),
        ("id", "hamil", "panduan/hamil/"),
        ("id", "lembur", "panduan/lembur-dan-istirahat/"),
        ("id", "syarat jadi tki", "panduan/syarat-dan-dokumen/"),
        ("id", "biaya penempatan", "panduan/biaya/"),
        ("id", "boss gak kasih gaji", "panduan/gaji-tidak-dibayar/"),
        ("id", "kirim uang", "panduan/kirim-uang/"),
        ("id", "undang-undang pelindungan", "aturan/uu-18-2017/"),
        ("id", "kbri singapura", "darurat/singapura/"),
        ("id", "banyumas", "kontak/wilayah/33.02/"),
        ("en", "agent took my passport", "panduan/dokumen-ditahan/"),
        ("en", "my employer does not pay", "panduan/gaji-tidak-dibayar/"),
        ("en", "missing daughter no news", "panduan/hilang-kontak/"),
        ("en", "call center", "darurat/"),
        ("en", "broker asks for money", "panduan/diminta-uang/"),
        ("en", "died abroad", "panduan/meninggal-di-luar-negeri/"),
        ("en", "beaten", "panduan/kekerasan-dan-pelecehan/"),
        ("en", "arrested", "panduan/ditangkap-atau-ditahan/"),
        ("en", "undocumented", "panduan/tanpa-dokumen/"),
        ("en", "trafficking", "panduan/perdagangan-orang/"),
        ("en", "change employer", "panduan/pindah-majikan/"),
        ("en", "is my agency licensed", "panduan/cek-p3mi/"),
        ("en", "law 18/2017", "aturan/uu-18-2017/"),
    ],
)
def test_a_question_finds_its_page_among_three(
    find: Search, language: str, query: str, path: str
) -> None:
    """What people type leads to the page they need, without scrolling far."""
    assert path in find(language, query)[:3]


# ---- the page ----------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_in_the_list(site: Path, language: str) -> None:
    """Each written page stands in it once, and no link is broken. The search itself does not, nor
    the list of all bodies, whose names are found on the pages of their areas.
    """
    docs = ROOT / "docs"
    written = {file.parent.relative_to(docs) for file in docs.rglob(f"index.{language}.md")}
    paths = [Path(path) for path in listed(site, language)]
    assert len(paths) == len(set(paths))
    assert written - set(paths) == {Path("cari"), Path("kontak/daftar")}
    assert all((site / HOME[language] / path / "index.html").is_file() for path in paths)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_needs_no_script(browser: Browser, site_url: str, language: str) -> None:
    """Without JavaScript the list is there, and no field that would do nothing."""
    with browser.new_context(java_script_enabled=False, viewport=PHONE) as context:
        window = context.new_page()
        window.goto(f"{site_url}{HOME[language]}cari/")
        expect(window.locator("#search-pages li").first).to_be_visible()
        expect(window.locator("#search-field")).to_be_hidden()


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def window(browser: Browser, site_url: str, language: str) -> Iterator[Page]:
    """The search page on a phone, in each language."""
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto(f"{site_url}{HOME[language]}cari/")
        yield page


def test_results_come_while_typing(window: Page) -> None:
    """They stand in the place of the list, are counted aloud, and read well."""
    window.locator("#search-field").press_sequentially("paspor")
    expect(window.locator("#search-status")).to_contain_text(re.compile(r"^\d+ "))
    shown = window.locator("#search-results li").count()
    assert window.locator("#search-status").inner_text().startswith(f"{shown} ")
    assert shown > 1
    expect(window.locator("#search-pages")).to_be_hidden()
    assert faults(window) == []
    assert window.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    window.locator("#search-field").fill("")
    expect(window.locator("#search-pages")).to_be_visible()
    expect(window.locator("#search-results")).to_be_hidden()


def test_nothing_found_keeps_the_list(window: Page) -> None:
    """The page says so, and the list stays."""
    window.fill("#search-field", "xyzzyx")
    expect(window.locator("#search-status")).not_to_be_empty()
    expect(window.locator("#search-pages")).to_be_visible()
    expect(window.locator("#search-results")).to_be_hidden()


def test_enter_leads_to_the_first_result(browser: Browser, site_url: str) -> None:
    """Keys alone reach the page that was asked for."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site_url + "cari/")
        page.locator("#search-field").press_sequentially("menahan paspor")
        page.keyboard.press("Enter")
        expect(page.locator("#search-results a").first).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url("**/panduan/dokumen-ditahan/")


def test_a_search_leaves_no_trace(browser: Browser, site_url: str, site: Path) -> None:
    """One file is fetched, at the first use; no request, address or history holds the words."""
    requests: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site_url + "cari/", wait_until="networkidle")
        page.on("request", lambda request: requests.append(request.url))
        before = page.evaluate("history.length")
        page.locator("#search-field").press_sequentially("paspor ditahan")
        page.keyboard.press("Enter")
        expect(page.locator("#search-results a").first).to_be_focused()
        assert requests == [f"{site_url}assets/{index_file(site, 'id').name}"]
        assert page.url == site_url + "cari/"
        assert page.evaluate("history.length") == before
        assert page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]") == []


def test_a_search_without_network_says_so_and_tries_again(browser: Browser, site_url: str) -> None:
    """The list stays, and the next letter fetches again."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site_url + "cari/")
        page.route("**/*.json", lambda route: route.abort())
        page.locator("#search-field").press_sequentially("paspo")
        expect(page.locator("#search-status")).to_contain_text("Cek jaringan")
        expect(page.locator("#search-pages")).to_be_visible()
        page.unroute("**/*.json")
        page.locator("#search-field").press_sequentially("r")
        expect(page.locator("#search-results a").first).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_script_and_index_are_light(site: Path, language: str) -> None:
    """What the first use fetches stays below 30 KB at 80 pages, packed as by GitHub Pages."""
    (script,) = site.glob("assets/search-????????????.js")
    files = [script, index_file(site, language)]
    further = max(0, len(listed(site, language)) - LIMIT_PAGES)
    packed = sum(len(gzip.compress(file.read_bytes())) for file in files)
    assert packed <= LIMIT + LIMIT_EACH * further


@pytest.mark.parametrize("path", ["", "en/", "panduan/dokumen-ditahan/", "en/kontak/"])
def test_other_pages_load_nothing_of_it(site: Path, path: str) -> None:
    """The search costs nothing where it is not used."""
    html = (site / path / "index.html").read_text(encoding="utf-8")
    assert "assets/search-" not in html

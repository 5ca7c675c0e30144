"""Letters, the case sheet and the chronology: filled in on the phone, and left nowhere on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accessibility import faults
from built_site import ROOT
from content.papers import load_papers

PAPERS = {paper.id: paper for paper in load_papers(ROOT / "docs/data/papers.yml")}
CHRONOLOGY = "panduan/kronologi/"
CANARY = "kenari-7f3a"
STORED = """async () => [localStorage.length, sessionStorage.length, document.cookie,
  history.state, (await caches.keys()).length, (await indexedDB.databases()).length]"""
NOTHING = [0, 0, "", None, 0, 0]


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone of 360 by 640 pixels."""
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture
def page(phone: BrowserContext) -> Page:
    return phone.new_page()


def tell(page: Page, number: int, **told: str) -> None:
    """Fill in one event of the chronology."""
    event = page.locator("fieldset").nth(number - 1)
    for name, value in told.items():
        event.locator(f"[data-for=event-{name}]").fill(value)


def pointed_out(page: Page) -> list[str]:
    page.locator("[data-for=subject]").focus()
    lines: list[str] = page.locator(".admonition[role=status] li").all_inner_texts()
    return lines


def whole(date: str) -> dict[str, str]:
    return {"date": date, "place": "Kota", "who": "saya", "what": "pindah", "proof": "tiket"}


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("prefix", ["", "en/"])
def test_every_answer_stands_on_the_paper(
    page: Page, site_url: str, prefix: str, name: str
) -> None:
    """Each question fills its gaps, wherever they are, and nothing else changes."""
    page.goto(f"{site_url}{prefix}panduan/{name}/")
    for question in PAPERS[name].questions:
        page.locator(f"[data-for={question.id}]").fill(f"isi {question.id}")
    for gap in page.locator(".paper [data-gap]").all():
        assert gap.inner_text() == f"isi {gap.get_attribute('data-gap')}"


def test_events_come_in_the_order_of_their_dates(page: Page, site_url: str) -> None:
    """Days, months in words and bare years are understood; what has no date comes last."""
    page.goto(site_url + CHRONOLOGY)
    for number, date in enumerate(["Agustus 2025", "lupa", "3-2-2025", "2024", "1 Mei 2025"], 1):
        if number > 1:
            page.click("[data-act=add]")
        tell(page, number, date=date)
    page.click("[data-act=sort]")
    dates = page.locator(".happened [data-event=date]").all_inner_texts()
    assert dates == ["2024", "3-2-2025", "1 Mei 2025", "Agustus 2025", "lupa"]


def test_gaps_in_a_chronology_are_pointed_out(page: Page, site_url: str) -> None:
    """What is missing in an event, months without a word, and a wrong order; then all is well."""
    page.goto(site_url + CHRONOLOGY)
    tell(page, 1, **whole("3-2-2025"))
    assert pointed_out(page) == ["Semua bagian terisi. Baca sekali lagi dengan suara keras."]
    page.click("[data-act=add]")
    tell(page, 2, **whole("3-8-2025") | {"who": "", "proof": ""})
    assert pointed_out(page) == [
        "Kejadian 2 belum lengkap: siapa saja, bukti. Tidak tahu? Tulis “tidak tahu”.",
        "Antara kejadian 1 dan 2 ada jarak 6 bulan. Apa yang terjadi waktu itu?",
    ]
    tell(page, 2, **whole("1-2-2025"))
    assert pointed_out(page) == ["Kejadian 2 lebih dulu daripada kejadian 1. Urutkan."]


def test_an_event_can_be_taken_out(page: Page, site_url: str) -> None:
    """The others keep their order and are counted anew; one empty event always stays."""
    page.goto(site_url + CHRONOLOGY)
    tell(page, 1, what="pertama")
    page.click("[data-act=add]")
    tell(page, 2, what="kedua")
    page.locator("[data-act=drop]").first.click()
    assert page.locator(".happened [data-event=what]").all_inner_texts() == ["kedua"]
    assert page.locator("legend").all_inner_texts() == ["Kejadian 1"]
    page.locator("[data-act=drop]").first.click()
    assert page.locator(".happened [data-event=what]").all_inner_texts() == [""]


def test_the_text_can_be_copied_and_saved(page: Page, site_url: str, tmp_path: Path) -> None:
    """Both hold the whole letter, with lines to write on where nothing was filled in."""
    page.goto(site_url + "panduan/surat-kuasa/")
    page.locator("[data-for=giver]").fill("Orang Contoh")
    page.click("[data-act=copy]")
    expect(page.locator(".told")).to_contain_text("Sudah disalin")
    copied = page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as download:
        page.click("[data-act=save]")
    download.value.save_as(tmp_path / "surat.txt")
    assert download.value.suggested_filename == "surat-kuasa.txt"
    assert (tmp_path / "surat.txt").read_text(encoding="utf-8") == copied
    assert copied.startswith("Surat kuasa\n\nSaya, Orang Contoh, nomor KTP atau paspor ....")


def test_only_the_paper_is_printed(page: Page, site_url: str) -> None:
    """One sheet, with what was filled in and without the page around it."""
    page.goto(site_url + "panduan/surat-ke-dinas/")
    page.locator("[data-for=name]").fill("Orang Contoh")
    pdf = pypdfium2.PdfDocument(page.pdf(format="A4"))
    assert len(pdf) == 1
    text = pdf[0].get_textpage().get_text_bounded()
    assert "Orang Contoh" in text
    assert "Pasal 77" in text
    assert "Cara mengirim" not in text
    assert "Keluar cepat" not in text


@pytest.mark.parametrize("name", PAPERS)
def test_nothing_is_sent_or_kept(page: Page, site_url: str, name: str) -> None:
    """Not by typing, sorting, copying or saving; and not in the address."""
    address = f"{site_url}panduan/{name}/"
    page.goto(address)
    page.wait_for_load_state("networkidle")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for field in page.locator(".asks [data-for]").all():
        field.fill(CANARY)
    page.click("[data-act=copy]")
    assert [url for url in requests if not url.startswith("blob:")] == []
    assert page.evaluate(STORED) == NOTHING
    assert page.url == address


@pytest.mark.parametrize("way", ["back", "reload", "clear", "pagehide"])
def test_what_was_typed_does_not_come_again(page: Page, site_url: str, way: str) -> None:
    """Whoever comes back, reloads, or clears finds the paper empty."""
    page.goto(site_url + CHRONOLOGY)
    tell(page, 1, what=CANARY)
    page.locator("[data-for=subject]").fill(CANARY)
    if way == "back":
        page.goto(site_url + "kontak/")
        page.go_back()
    elif way == "reload":
        page.reload()
    elif way == "clear":
        page.click("[data-act=clear]")
    else:
        page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    expect(page.locator(".asks")).to_be_visible()
    assert CANARY not in page.content()
    values = page.locator(".asks [data-for]").evaluate_all("(all) => all.map((f) => f.value)")
    assert set(values) == {""}


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("prefix", ["", "en/"])
def test_everybody_can_use_it(page: Page, site_url: str, prefix: str, name: str) -> None:
    """axe finds nothing, filled in or not, nothing is pushed sideways, thumbs hit the buttons."""
    page.set_viewport_size({"width": 320, "height": 560})
    page.goto(f"{site_url}{prefix}panduan/{name}/")
    for field in page.locator(".asks [data-for]").all():
        field.fill("isi")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    heights = page.locator(".asks button:visible, .asks input").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().height)"
    )
    assert heights
    assert min(heights) >= 48


def test_a_keyboard_is_enough(page: Page, site_url: str) -> None:
    """Tab reaches the first question; adding an event goes to its first field."""
    page.goto(site_url + CHRONOLOGY)
    page.locator("[data-act=add]").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("2-2-2026")
    assert page.locator("fieldset").nth(1).locator("[data-for=event-date]").input_value() == (
        "2-2-2026"
    )

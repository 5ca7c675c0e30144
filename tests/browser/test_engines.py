"""The whole path in Firefox and in WebKit: home, form, seal, send, issue, reader.

In Chromium the journeys walk it with much more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from intake.commands import deliver
from open_site import OpenSite
from webdriver import Window, find_program, firefox, webkit

CANARY = "BurungKenari8341"
PICKED = {
    "safe": "no",
    "problem": "papers-withheld",
    "stage": "abroad",
    "contact": "i-come-back",
}
LISTED = {"country": "MY", "regency": "33.02"}
FORM = {"id": "bantuan/", "en": "en/bantuan/"}
READER = {"id": "paralegal/buka/", "en": "en/paralegal/buka/"}
KINDS = ["", "darurat/", "panduan/dokumen-ditahan/", "kontak/", "bantuan/", "paralegal/buka/"]


def _programs(folder: Path) -> dict[str, Callable[[], AbstractContextManager[Window]] | None]:
    """How to start each engine, or None where a program for it is missing."""
    fox = find_program("firefox-esr", "firefox")
    driver, screen = find_program("WebKitWebDriver"), find_program("Xvfb")
    return {
        "Firefox": (lambda: firefox(fox, folder)) if fox else None,
        "WebKit": (lambda: webkit(driver, screen, folder)) if driver and screen else None,
    }


@pytest.fixture(scope="module", params=["Firefox", "WebKit"])
def window(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Window]:
    """A window of that engine. Without the engine it is left out, but never in CI."""
    start = _programs(tmp_path_factory.mktemp("engine"))[request.param]
    if start is None:
        missing = f"{request.param} is not installed: see .ci/run for the packages"
        assert "CI" not in os.environ, missing
        pytest.skip(missing)
    with start() as opened:
        opened.resize(360, 700)
        yield opened


def _set(window: Window, selector: str, value: str) -> None:
    """Give a list or a field its value, as a choice from the list or a paste would."""
    window.run(
        f"const field = document.querySelector({json.dumps(selector)});"
        f"field.value = {json.dumps(value)};"
        "field.dispatchEvent(new Event('input', { bubbles: true }));"
    )


def _press(window: Window, selector: str) -> None:
    """Scroll a button to the middle of the window, clear of "leave fast", and press it."""
    window.run(f"document.querySelector('{selector}').scrollIntoView({{ block: 'center' }})")
    window.click(selector)


ASKED = "return document.querySelector('#form [data-field]:not([hidden])').dataset.field"


def _fill(window: Window) -> None:
    """Through the door for oneself, question after question, until there is enough."""
    window.click("[data-door=write]")
    while window.run("return document.getElementById('enough').hidden"):
        name = window.run(ASKED)
        if name in PICKED:
            window.click(f"input[name='{name}'][value='{PICKED[name]}']")
        elif name in LISTED:
            _set(window, f"[name='{name}']", LISTED[name])
        elif name == "story":
            window.type("[name=story]", f"Paspor saya ditahan. {CANARY}")
        if window.run("return document.getElementById('enough').hidden"):
            _press(window, "#next")


def _send(window: Window) -> str:
    """Check, send, and return the case number."""
    _press(window, "#enough")
    window.wait("!document.getElementById('review').hidden")
    assert CANARY in window.run("return document.querySelector('.review').innerText")
    _press(window, "#send")
    window.wait("!document.getElementById('received').hidden")
    return str(window.run("return document.getElementById('case-number').textContent"))


@pytest.mark.parametrize("path", [prefix + path for path in KINDS for prefix in ("", "en/")])
def test_a_page_is_laid_out(window: Window, open_site: OpenSite, path: str) -> None:
    """Each kind of page shows its heading and fits the window."""
    window.open(open_site.address + path)
    assert window.run("return document.documentElement.lang") == (
        path[:2] if "en/" in path else "id"
    )
    assert window.run("return document.querySelector('h1').getClientRects().length") == 1
    assert window.run("return document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("language", ["id", "en"])
def test_home_leads_to_the_form(window: Window, open_site: OpenSite, language: str) -> None:
    """The link for help on the home page leads to the form, which opens."""
    window.open(open_site.address + ("" if language == "id" else "en/"))
    window.click(f"main a[href$='{FORM['id']}']")
    window.wait(f"location.href === {json.dumps(open_site.address + FORM[language])}")
    window.click("[data-door=call]")
    window.wait("!document.getElementById('form').hidden")


@pytest.mark.parametrize("language", ["id", "en"])
def test_what_one_engine_seals_its_reader_opens(
    window: Window, open_site: OpenSite, language: str
) -> None:
    """The form seals and sends, the report becomes an issue, and the reader shows the story."""
    window.open(open_site.address + FORM[language])
    window.wait("document.getElementById('form-definition')")
    _fill(window)
    case_number = _send(window)
    place = open_site.place
    assert deliver.courier(place.settings).deliver() >= 1
    issue = (place.tracker / f"{case_number}.md").read_text(encoding="utf-8")
    assert CANARY not in issue

    window.open(open_site.address + READER[language])
    _set(window, "#report-text", issue)
    _set(window, "#key-text", place.key_file.read_text(encoding="ascii"))
    window.type("#passphrase-text", place.passphrase_file.read_text(encoding="ascii").strip())
    window.click("#open-report")
    window.wait("!document.getElementById('opened').hidden")
    opened = window.run("return document.getElementById('opened').innerText")
    assert CANARY in opened
    assert case_number in opened


def test_the_menu_leads_on(window: Window, open_site: OpenSite) -> None:
    """On a narrow screen the menu opens, and its link leads to the page."""
    window.open(open_site.address + "darurat/")
    window.click("summary")
    window.click(".menu a[href$='kontak/']")
    window.wait(f"location.href === {json.dumps(open_site.address + 'kontak/')}")


def test_the_search_finds(window: Window, open_site: OpenSite) -> None:
    """Typing two words shows pages."""
    window.open(open_site.address + "cari/")
    window.wait("!document.getElementById('search-field').disabled")
    window.type("#search-field", "menahan paspor")
    window.wait("document.querySelector('#search-results li')")

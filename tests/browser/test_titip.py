"""The page that files a handed-over report, in real Chromium with a real receiver."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from accessibility import faults
from browser.conftest import SCRIPTS, run_in
from browser.served import Loopback
from intake import codes, commands, sealing
from intake.handed_over import find_handed_over
from intake.settings import Settings
from intake.spool import Spool
from open_site import OpenSite
from workplace import fetch, sealed_report, the_form

PATHS = {"id": "paralegal/titip/", "en": "en/paralegal/titip/"}
CANARY = "kanari-8h2k-titip"
PHONE = {"width": 360, "height": 640}
ANSWERS: dict[str, Any] = {
    "who": "child",
    "safe": "unknown",
    "problem": ["lost-contact"],
    "stage": "abroad",
    "country": "MY",
    "regency": "33.02",
    "contact": "i-come-back",
    "story": CANARY,
}


def posted(*keys: sealing.PublicKey) -> str:
    """What a phone would have posted."""
    return json.dumps(sealed_report(ANSWERS, "id", *keys)[0], separators=(",", ":"))


def number_of(body: str) -> str:
    """The case number of that report."""
    return codes.case_number(codes.decode(json.loads(body)["token"], codes.TOKEN_BYTES))


def shared_file(body: str) -> str:
    """The file as the form shares it."""
    return f"Permintaan bantuan tersegel. / A sealed request for help.\n\n{body}\n"


def cases(site: OpenSite, body: str) -> int:
    """How many rows of the spool come from that report's token."""
    with closing(Spool(site.place.settings.database)) as spool:
        token = codes.decode(json.loads(body)["token"], codes.TOKEN_BYTES)
        return int(spool.case_of(token) is not None)


class Visitor:
    """One open page, every request it made, and the words it speaks."""

    def __init__(self, context: BrowserContext, address: str, fragment: str) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.requests: list[Request] = []
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.goto("about:blank")
        self.page.goto(address + fragment)
        settings = self.page.locator("#titip-settings").text_content() or ""
        self.words = json.loads(settings)["words"]

    def send(self, text: str) -> None:
        """Paste and press the button."""
        self.page.fill("#titip-text", text)
        self.page.click("#titip-send")

    def expect_done(self, code: str, number: str) -> None:
        """The box says that with this number."""
        expect(self.page.locator("#titip-done")).to_be_visible()
        shown = self.page.locator("#titip-done p").all_inner_texts()
        assert shown == [self.words[code], number]

    def expect_problem(self, code: str) -> None:
        """The line says that, and has the focus."""
        line = self.page.locator("#titip-error")
        expect(line).to_be_visible()
        assert line.inner_text().strip() == self.words[code]
        assert self.page.evaluate("document.activeElement.id") == "titip-error"

    @property
    def sent(self) -> list[str | None]:
        """The body of each sending."""
        return [one.post_data for one in self.requests if one.method == "POST"]


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser, open_site: OpenSite) -> Iterator[Visit]:
    """Open the page in a fresh context."""
    contexts: list[BrowserContext] = []

    def open_page(language: str = "id", fragment: str = "", **options: Any) -> Visitor:
        context = browser.new_context(**{"viewport": PHONE} | options)
        contexts.append(context)
        context.set_default_timeout(60_000)
        return Visitor(context, open_site.address + PATHS[language], fragment)

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_link_is_filed_at_once_and_leaves_no_trace(visit: Visit, language: str) -> None:
    """The fragment leaves the address; the very bytes are posted; the case number is shown."""
    body = posted()
    visitor = visit(language, "#" + quote(body, safe=""))
    visitor.expect_done("created", number_of(body))
    assert visitor.page.evaluate("location.hash") == ""
    assert visitor.page.evaluate("history.length") == 2
    assert visitor.sent == [body]
    assert visitor.page.input_value("#titip-text") == ""


def test_form_titip_and_import_make_one_case(
    visit: Visit,
    open_site: OpenSite,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same report sent three ways: the second and third are told the first's number."""
    body = posted()
    address = open_site.address + "intake/submissions"
    status, told, _ = fetch(address, body.encode(), {"Content-Type": "application/json"})
    assert (status, json.loads(told)["case_number"]) == (201, number_of(body))
    visitor = visit()
    visitor.send(shared_file(body))
    visitor.expect_done("known", number_of(body))
    file = tmp_path / "minta-bantuan.txt"
    file.write_text(shared_file(body), encoding="utf-8")
    with (
        mock.patch.dict(os.environ, open_site.place.environment),
        mock.patch.object(Settings, "load_form", return_value=the_form()),
    ):
        assert commands.main(["import", str(file)]) == 0
    assert capsys.readouterr().out.startswith(f"{number_of(body)}  already there")
    assert cases(open_site, body) == 1


def test_a_file_from_the_phone_is_filed(visit: Visit, tmp_path: Path) -> None:
    """A coordinator without a key chooses the file that arrived."""
    body = posted()
    file = tmp_path / "minta-bantuan.txt"
    file.write_text(shared_file(body), encoding="utf-8")
    visitor = visit()
    visitor.page.set_input_files("#titip-file", file)
    expect(visitor.page.locator("#titip-text")).to_have_value(shared_file(body))
    visitor.page.click("#titip-send")
    visitor.expect_done("created", number_of(body))


def test_without_a_network_the_same_bytes_are_sent_again(visit: Visit) -> None:
    """The text stays, the button says so, and the next press sends what was sent before."""
    body = posted()
    visitor = visit()
    visitor.page.route("**/intake/submissions", lambda route: route.abort())
    visitor.send(shared_file(body))
    visitor.expect_problem("noNetwork")
    assert visitor.page.inner_text("#titip-send").strip() == visitor.words["retry"]
    assert visitor.page.input_value("#titip-text") == shared_file(body)
    visitor.page.unroute("**/intake/submissions")
    visitor.page.click("#titip-send")
    visitor.expect_done("created", number_of(body))
    assert visitor.sent == [body, body]
    assert visitor.page.inner_text("#titip-send").strip() == visitor.words["another"]


def test_each_refusal_has_its_own_words(visit: Visit) -> None:
    """Older keys, other bytes, damage, a busy receiver, no report, two reports, none at all."""
    body, other = posted(), posted()
    old = sealing.new_private_key().public("lama")
    visitor = visit()
    visitor.send(body)
    visitor.expect_done("created", number_of(body))
    cases = {
        "keys": posted(old),
        "token": body.replace('"ask-first"', '"may-share"'),
        "damaged": other.replace('"tag":"', '"tag":"A'),
        "none": "Halo",
        "several": body + other,
        "empty": " ",
    }
    for code, text in cases.items():
        visitor.send(text)
        visitor.expect_problem(code)
        assert visitor.page.input_value("#titip-text") == text
    visitor.send(other[:-30])
    visitor.expect_problem("damaged")

    def full(route: Route) -> None:
        route.fulfill(status=503, body="<h1>502</h1>", content_type="text/html")

    visitor.page.route("**/intake/submissions", full)
    visitor.send(other)
    visitor.expect_problem("later")
    assert visitor.page.inner_text("#titip-send").strip() == visitor.words["retry"]


def test_a_file_too_large_is_not_read(visit: Visit, tmp_path: Path) -> None:
    """A film chosen by mistake is refused."""
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(500_001))
    visitor = visit()
    visitor.page.set_input_files("#titip-file", film)
    visitor.expect_problem("fileTooLarge")


def test_nothing_is_kept_and_nothing_else_is_sent(visit: Visit, open_site: OpenSite) -> None:
    """No storage, no cookie; the report is in no address; leaving the page empties it."""
    body = posted()
    visitor = visit("id", "#" + quote(body, safe=""))
    visitor.expect_done("created", number_of(body))
    [post] = [one for one in visitor.requests if one.method == "POST"]
    assert post.url == open_site.address + "intake/submissions"
    assert "cookie" not in post.headers
    assert not post.headers.get("referer")
    token = json.loads(body)["token"]
    served = [one.url.split("#")[0] for one in visitor.requests]
    assert not any(token in url or CANARY in url for url in served)
    kept = visitor.page.evaluate(
        """async () => [localStorage.length, sessionStorage.length, document.cookie,
        (await indexedDB.databases()).length]"""
    )
    assert kept == [0, 0, "", 0]
    visitor.page.fill("#titip-text", body)
    visitor.page.goto(open_site.address + "unduh/keys.json")
    visitor.page.go_back()
    assert visitor.page.input_value("#titip-text") == ""


def test_an_anchor_of_the_page_is_left_alone(visit: Visit) -> None:
    """A fragment that is no report still leads to its heading, and nothing is sent."""
    visitor = visit("id", "#otherwise")
    assert visitor.page.evaluate("location.hash") == "#otherwise"
    assert visitor.sent == []


def test_without_javascript_the_command_is_named(browser: Browser, open_site: OpenSite) -> None:
    """The form stays hidden; the page says what to run instead."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(open_site.address + PATHS["id"], timeout=60_000)
    assert "intake import" in page.inner_text("#titip-notice")
    assert page.is_hidden("#titip")
    context.close()


def test_without_a_receiver_the_command_is_named(site: Path) -> None:
    """The published copy has nobody to post to, and offers no button."""
    for path in PATHS.values():
        page = (site / path / "index.html").read_text(encoding="utf-8")
        assert "intake import" in page
        assert "titip-send" not in page


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 800}], ids=["phone", "desk"])
def test_each_state_fits_and_is_accessible(
    visit: Visit, language: str, size: dict[str, int]
) -> None:
    """Nothing is cut off sideways, and axe finds no fault, before and after filing."""
    visitor = visit(language, viewport=size)
    for state in ("empty", "problem", "done"):
        if state == "problem":
            visitor.send("Halo")
            visitor.expect_problem("none")
        if state == "done":
            body = posted()
            visitor.send(body)
            visitor.expect_done("created", number_of(body))
        assert visitor.page.evaluate("document.scrollingElement.scrollWidth") <= size["width"]
        assert faults(visitor.page) == []


# The two that undo what chats do


@pytest.fixture(scope="module")
def finder(browser: Browser, loopback: Loopback) -> Iterator[Page]:
    """A page that holds handed-over.js alone."""
    page = browser.new_page()
    page.goto(loopback.address + "/")
    page.add_script_tag(content=(SCRIPTS / "handed-over.js").read_text(encoding="utf-8"))
    yield page
    page.close()


BODY = posted()
PIECES = st.sampled_from(
    [
        BODY,
        BODY[:-30],
        quote(BODY, safe=""),
        quote(quote(BODY, safe=""), safe=""),
        "\n",
        "\n> ",
        "\u200b",
        " Halo {saya} ",
        '{"facts":{"urgency":"red"}}',
        '{"version":',
        "}",
        "%7B",
        "\u201c",
        "=\r\n",
    ]
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pieces=st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=8), cut=st.integers(1, 90))
def test_browser_and_command_find_the_same(finder: Page, pieces: list[str], cut: int) -> None:
    """Whatever a chat made of it, page and command come to the same bytes."""
    text = "\n".join(pieces)
    text = "\n".join(text[place : place + cut] for place in range(0, min(len(text), 9000), cut))
    here = [one.body.decode() if one.body else "" for one in find_handed_over(text)]
    there = run_in(finder, "return findHandedOver(input).map((one) => one.body);", text)
    assert there == here

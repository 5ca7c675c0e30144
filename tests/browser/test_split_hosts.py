"""Site and receiver on two hosts: each page may reach the receiver as far as it must."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from waitress.server import create_server

from built_site import free_port, served
from form_walk import fill_in
from html_form import encoded, read_form
from open_site import copy_at
from workplace import PHONE, fetch, open_receiver, set_up

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# What a page asks the receiver by script, and what it posts to it as a form.
SCRIPTED = {"bantuan/", "bantuan/kabar/", "paralegal/catat/", "paralegal/titip/"}
POSTING = {"bantuan/kabar/"}


@dataclass(frozen=True)
class Hosts:
    """Where the two answer, each ending with a slash, and the built pages."""

    site: str
    receiver: str
    pages: Path


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory, other_site: Path) -> Iterator[Hosts]:
    """The site on one origin, its receiver on another: a browser counts the port too."""
    folder, port = tmp_path_factory.mktemp("split"), free_port()
    receiver, pages = f"http://127.0.0.1:{port}/", folder / "site"
    copy_at(other_site, pages, receiver)
    with served(pages) as site:
        phone = {"number": PHONE, "whatsapp": True, "tested": None}
        place = set_up(folder, site=site, receiver=f"{receiver}intake/", phone=phone)
        server = create_server(open_receiver(place), host="127.0.0.1", port=port, ident=None)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield Hosts(site, receiver, pages)
        finally:
            server.close()
            thread.join(timeout=10)


def policy(path: Path) -> dict[str, list[str]]:
    """The page's own policy, each directive with what it allows."""
    found = POLICY.search(path.read_text(encoding="utf-8"))
    assert found is not None, path
    directives = (part.split() for part in found[1].replace("&#39;", "'").split(";"))
    return {name: allowed for name, *allowed in directives}


def test_only_pages_that_must_reach_the_receiver_may(hosts: Hosts) -> None:
    """Whatever else goes wrong on a page, it cannot send what is on it anywhere else."""
    origin = hosts.receiver.rstrip("/")
    scripted, posting = set(), set()
    for path in hosts.pages.rglob("*.html"):
        allowed = policy(path)
        name = path.relative_to(hosts.pages).as_posix().removesuffix("index.html")
        name = name.removeprefix("en/")
        assert allowed["default-src"] == ["'none'"]
        assert allowed["script-src"] == ["'self'"]
        assert allowed["base-uri"] == ["'none'"]
        if origin in allowed["connect-src"]:
            scripted.add(name)
        if origin in allowed["form-action"]:
            posting.add(name)
        assert set(allowed["connect-src"]) <= {"'self'", "'none'", origin}
        assert set(allowed["form-action"]) <= {"'self'", origin}
    assert (scripted, posting) == (SCRIPTED, POSTING)


def test_the_reader_reaches_nothing(hosts: Hosts) -> None:
    """What is opened there stays there."""
    assert policy(hosts.pages / "paralegal/buka/index.html")["connect-src"] == ["'none'"]


@pytest.fixture
def pin(hosts: Hosts, answers: dict[str, str | list[str]]) -> str:
    """The PIN of a request that was sent on the receiver's own form."""
    _, form, _ = fetch(f"{hosts.receiver}intake/form?language=id")
    sent = encoded(read_form(form).filled_in(answers))
    status, _, receipt = fetch(f"{hosts.receiver}intake/submissions", sent, FORM)
    assert status == 303
    _, page, _ = fetch(hosts.receiver.rstrip("/") + receipt)
    found = re.search(r"\b\d{4} \d{4} \d{4} \d{4}\b", page)
    assert found is not None
    return found[0]


@pytest.fixture
def answers() -> dict[str, str | list[str]]:
    """The smallest answers that the form takes: ordinary, and nobody may call."""
    return {
        "who": "me",
        "safe": "yes",
        "problem": ["question"],
        "stage": "not-yet-left",
        "country": "MY",
        "regency": "33.02",
        "contact": "i-come-back",
    }


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A phone that says when a policy of a page has stopped something."""
    stopped: list[str] = []
    with browser.new_context(java_script_enabled=request.param) as context:
        page = context.new_page()
        page.on("console", lambda message: stopped.append(message.text))
        yield page
    assert [text for text in stopped if "Content Security Policy" in text] == []


def test_news_come_from_the_other_host(hosts: Hosts, page: Page, pin: str) -> None:
    """By script, and as a plain form that is posted from the site's page to the receiver."""
    page.goto(f"{hosts.site}bantuan/kabar/")
    page.fill("#pin", pin)
    page.click("#ask button")
    page.wait_for_selector("text=/[0-9A-Z]{4}-[0-9A-Z]{4}/")


def test_the_doors_lead_to_the_other_hosts_form(hosts: Hosts, browser: Browser) -> None:
    """Without JavaScript a door is a link, and the receiver's own policy lets its form be sent."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{hosts.site}bantuan/")
        page.click("[data-door=question]")
        assert page.url.startswith(f"{hosts.receiver}intake/form?")
        fill_in(page, {"ask": "Apa benar?", "country": "TW", "contact": "i-come-back"})
        page.click("button[type=submit]")
        assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", page.inner_text("#case-number").strip())

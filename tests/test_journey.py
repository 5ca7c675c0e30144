"""The whole path in real Chromium: home, form, check, send, issue, reader; and without JavaScript.

The canary is typed into every free field. It has to be readable in the reader, and nowhere else.
"""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route
from waitress.server import create_server

from built_site import ROOT, Build
from form_walk import fill_in, give, walk, walk_to
from github_stand_in import TOKEN, GitHubStandIn
from intake import commands, demonstration
from intake.commands import deliver
from intake.keys import NewKey, make_key
from intake.settings import Settings, read_settings
from intake.tracker import GitHubLogin
from intake.web import create_app

CANARY = "BurungKenari8341"
FREE_FIELDS = {
    "last-number": f"+44 7700 900123 {CANARY}",
    "sent-by": f"PT Rekaan {CANARY}",
    "story": f"Anak saya di Johor.\nSejak Lebaran tidak ada kabar. {CANARY} <b>😢</b>",
    "village": f"Desa Contoh {CANARY}",
    "place-abroad": f"Johor {CANARY}",
    "worker-name": f"Tokoh Contoh {CANARY}",
    "agency": f"Agen Contoh {CANARY}",
    "reach": f"WhatsApp +44 7700 900124 {CANARY}",
    "your-name": f"Ibu Contoh {CANARY}",
    "code-word": f"mawar {CANARY}",
}
ANSWERS: dict[str, str | list[str]] = {
    "who": "child",
    "safe": "no",
    "problem": ["lost-contact", "unpaid-wages"],
    "signs": ["isolated"],
    "stage": "abroad",
    "country": "MY",
    "regency": "33.02",
    "contact": "may-contact",
    **FREE_FIELDS,
}
FORM = {"id": "bantuan/", "en": "en/bantuan/"}
READER = {"id": "paralegal/buka/", "en": "en/paralegal/buka/"}
CHOICE = {"id": "butuh bantuan", "en": "need help"}
CALL_NOW = {"id": "Telepon sekarang", "en": "Call now"}


@dataclass(frozen=True)
class Running:
    """Site and receiver on one loopback address, and the folder that holds all they keep."""

    address: str
    settings: Settings
    key: NewKey
    folder: Path


@dataclass
class Watched:
    """A browser window with everything it asked of the network."""

    page: Page
    requests: list[Request]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, build_site: Build) -> Iterator[Running]:
    """The site built for a demonstration organization, served together with the receiver."""
    folder = tmp_path_factory.mktemp("path")
    port = _free_port()
    settings, key = _settings(folder, f"http://127.0.0.1:{port}/")
    site = build_site(**settings.for_site())
    app = demonstration.with_site(create_app(settings), site)
    server = create_server(app, host="127.0.0.1", port=port, ident=None)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield Running(f"http://127.0.0.1:{port}/", settings, key, folder)
    server.close()
    thread.join(timeout=10)


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone of 360 by 640 pixels."""
    context = browser.new_context(viewport={"width": 360, "height": 640})
    yield context
    context.close()


@pytest.fixture
def watched(phone: BrowserContext) -> Watched:
    """A window whose requests are kept for the assertions."""
    seen: list[Request] = []
    page = phone.new_page()
    page.on("request", lambda request: seen.append(request))  # Playwright takes functions only
    return Watched(page, seen)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _settings(folder: Path, address: str) -> tuple[Settings, NewKey]:
    folders, today = (folder / "keys", folder / "private"), date.today()
    key = make_key("coordinator", *folders, made=today, demonstration=True)
    make_key("recovery", *folders, made=today, recovery=True, demonstration=True)
    shipped = yaml.safe_load((ROOT / "docs/data/organization.yml").read_text(encoding="utf-8"))
    organization = folder / "organization.yml"
    invented = demonstration.invented(shipped, address, shipped["code_salt"])
    organization.write_text(yaml.safe_dump(invented), encoding="utf-8")
    settings = read_settings(
        {
            "INTAKE_DATABASE": f"sqlite:///{folder}/var/spool.db",
            "INTAKE_TRACKER": f"folder:{folder}/var/tracker",
            "INTAKE_KEYS": str(folder / "keys"),
            "INTAKE_ORGANIZATION": str(organization),
            "INTAKE_SITE": address,
            "INTAKE_SECRET_FILE": str(folder / "var/secret"),
        }
    )
    return settings, key


def _send(running: Running, page: Page, language: str) -> tuple[str, str]:
    """From the home page to case number and PIN."""
    page.goto(running.address + ("" if language == "id" else "en/"))
    page.click(f"main >> text={CHOICE[language]}")
    page.wait_for_url(running.address + FORM[language])
    walk(page, ANSWERS, "other")
    assert CANARY in page.inner_text("#review")
    page.click("#send")
    page.wait_for_selector("#received:not([hidden])")
    page.click("#show-pin")
    return page.inner_text("#case-number"), page.inner_text("#pin")


def _read(running: Running, page: Page, language: str, report: str) -> str:
    """Open a report in the reader and return what it shows."""
    page.goto(running.address + READER[language])
    page.fill("#report-text", report)
    page.fill("#key-text", running.key.locked_file.read_text(encoding="ascii"))
    page.fill("#passphrase-text", running.key.passphrase)
    page.click("#open-report")
    page.wait_for_selector("#opened:not([hidden])")
    return page.inner_text("#opened")


def _spellings(text: str) -> set[bytes]:
    """The text as it could hide: plain, percent-encoded, and base64 at each of three offsets."""
    raw = text.encode()
    shifted = {base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)}
    return {raw, raw[::-1], quote(text).encode(), raw.hex().encode(), *shifted}


def _assert_nowhere(running: Running, requests: list[Request]) -> None:
    kept = {path: path.read_bytes() for path in running.folder.rglob("*") if path.is_file()}
    assert any(path.name == "spool.db" for path in kept)
    sent = {f"{r.url} {r.headers}": r.post_data_buffer or b"" for r in requests}
    for spelling in _spellings(CANARY):
        assert [path for path, content in kept.items() if spelling in content] == []
        assert [r for r, body in sent.items() if spelling in body or spelling in r.encode()] == []


def _assert_readable(shown: str) -> None:
    for text in FREE_FIELDS.values():
        assert text in shown


@pytest.mark.parametrize("language", ["id", "en"])
def test_typed_text_is_readable_in_the_reader_and_nowhere_else(
    running: Running, watched: Watched, browser: Browser, language: str
) -> None:
    """Home, form, check, send, case number and PIN, folder issue, reader: in each language."""
    case_number, pin = _send(running, watched.page, language)
    assert len(pin.replace(" ", "")) == 16

    assert deliver.courier(running.settings).deliver() == 1
    issue = (running.folder / "var/tracker" / f"{case_number}.md").read_text(encoding="utf-8")
    assert f"title: MERAH · {case_number}" in issue

    team = browser.new_page()
    shown = _read(running, team, language, issue)
    assert case_number in shown
    _assert_readable(shown)
    team.close()
    _assert_nowhere(running, watched.requests)
    assert {r.url for r in watched.requests if not r.url.startswith(running.address)} == set()


def test_urgent_report_shows_numbers_to_call_before_the_case_number(
    running: Running, watched: Watched
) -> None:
    """After a MERAH report the country's numbers stand first."""
    case_number, _ = _send(running, watched.page, "id")
    shown = watched.page.inner_text("#received")
    assert shown.index(CALL_NOW["id"]) < shown.index("999") < shown.index(case_number)


def test_nothing_is_left_in_the_page_or_in_storage_after_sending(
    running: Running, watched: Watched
) -> None:
    """Once sent, neither fields, nor storage, nor cookies, nor the address hold anything."""
    page = watched.page
    _send(running, page, "id")
    typed = page.eval_on_selector_all(
        "#form input[type=text], textarea", "all => all.map(e => e.value)"
    )
    assert set(typed) == {""}
    assert CANARY not in page.content()
    stored = page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")
    assert stored == [0, 0, ""]
    assert page.evaluate("async () => (await indexedDB.databases()).length") == 0
    assert page.url == running.address + FORM["id"]


def test_form_without_javascript_is_opened_with_the_command(
    running: Running,
    browser: Browser,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without JavaScript the receiver seals; `intake open` shows what was typed."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 640})
    page = context.new_page()
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request))  # Playwright takes functions only
    page.goto(running.address)
    page.click(f"main >> text={CHOICE['id']}")
    page.click("[data-door=other]")
    fill_in(page, ANSWERS)
    page.click("button[type=submit]")
    case_number = page.inner_text("#case-number")
    shown = page.inner_text("main")
    assert shown.index(CALL_NOW["id"]) < shown.index(case_number)

    page.reload()
    assert page.inner_text("#case-number") == case_number
    context.close()
    assert deliver.courier(running.settings).deliver() >= 1
    # The one place where text may stand in a request: the form's own body, to the receiver.
    _assert_nowhere(running, [r for r in seen if r.method != "POST"])
    assert [r.url for r in seen if r.method == "POST"] == [
        running.address + "intake/submissions?language=id"
    ]

    for name, value in running.settings.for_site().items():
        monkeypatch.setenv(name, value)
    passphrase = running.folder / "passphrase"
    passphrase.write_text(running.key.passphrase, encoding="ascii")
    issue = running.folder / "var/tracker" / f"{case_number}.md"
    arguments = ["open", str(issue), "--key", str(running.key.locked_file)]
    status = commands.main([*arguments, "--passphrase-file", str(passphrase), "--json"])
    answers = json.loads(capfdbinary.readouterr().out)["answers"]
    assert status == 0
    assert {name: answers[name] for name in FREE_FIELDS} == FREE_FIELDS


def test_report_reaches_github_and_is_read_from_the_issue(
    running: Running, watched: Watched, browser: Browser, stand_in: GitHubStandIn
) -> None:
    """The same path with the GitHub stand-in as tracker."""
    case_number, _ = _send(running, watched.page, "id")
    login = GitHubLogin(token=TOKEN, api=stand_in.url)
    settings = replace(running.settings, tracker="github:aman/laporan", github=login)
    assert deliver.courier(settings).deliver() == 1

    [issue] = [i for i in stand_in.issues.values() if case_number in i.title]
    assert issue.title == f"MERAH · {case_number}"
    team = browser.new_page()
    _assert_readable(_read(running, team, "id", issue.body or ""))
    team.close()
    _assert_nowhere(running, watched.requests)
    for request in stand_in.requests:
        for spelling in _spellings(CANARY):
            assert spelling not in str(request).encode()


def test_without_webcrypto_the_form_leads_to_the_receiver(
    running: Running, phone: BrowserContext
) -> None:
    """An old browser, or plain http at home, gets the receiver's form, and it works."""
    phone.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    page = phone.new_page()
    page.goto(running.address + FORM["en"])
    page.click("[data-door=other]")
    page.wait_for_url("**/intake/form?language=en&door=other")
    fill_in(page, ANSWERS)
    page.click("button[type=submit]")
    assert "-" in page.inner_text("#case-number")


def test_plain_http_on_a_home_network_leads_to_the_receiver(
    running: Running, launch: Callable[..., Browser]
) -> None:
    """At an http address that is not this machine, browsers hide WebCrypto: the link stays."""
    browser = launch("--host-resolver-rules=MAP rumah.test 127.0.0.1")
    page = browser.new_page()
    page.goto(running.address.replace("127.0.0.1", "rumah.test") + FORM["id"])
    assert page.evaluate("[isSecureContext, 'subtle' in crypto]") == [False, False]
    assert page.is_hidden("#form")
    page.click("[data-door=call]")
    page.wait_for_url("**/intake/form?language=id&door=call")
    browser.close()


def test_problems_stand_at_the_top_with_focus_and_clear_nothing(
    running: Running, watched: Watched
) -> None:
    """A missing answer is named, with how to put it right; what was typed before stays."""
    page = watched.page
    page.goto(running.address + FORM["en"])
    page.click("[data-door=write]")
    walk_to(page, "story", {"safe": "yes", "problem": ["overwork"]})
    give(page, "story", CANARY)
    walk_to(page, "stage")
    page.click("#next")
    assert page.evaluate("document.activeElement.id") == "problems"
    named = page.eval_on_selector_all("#problems a", "all => all.map(a => a.hash)")
    assert named == ["#field-stage"]
    assert "choose “I don't know”" in page.inner_text("#problems")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "field-stage"
    page.click("#back")
    assert page.is_hidden("#problems")
    assert page.input_value("[name=story]") == CANARY
    assert page.url == running.address + FORM["en"]


def test_questions_follow_who_needs_help(running: Running, watched: Watched) -> None:
    """A mother is asked about her child."""
    page = watched.page
    page.goto(running.address + FORM["id"])
    page.click("[data-door=other]")
    for who, question in (
        ("child", "Apakah anak Anda aman sekarang?"),
        ("me", "Apakah Anda aman sekarang?"),
    ):
        give(page, "who", who)
        page.click("#next")
        assert page.inner_text("[data-question=safe]") == question
        page.click("#back")
    walk_to(page, "problem", {"who": "child", "safe": "unknown"})
    give(page, "problem", "overwork")
    page.click("#next")
    assert page.is_hidden("[name=last-number]")
    page.click("#back")
    give(page, "problem", "lost-contact")
    walk_to(page, "last-number")


def test_failed_network_keeps_the_text_and_sends_the_same_bytes_again(
    running: Running, watched: Watched
) -> None:
    """A lost answer gives no second case: "try again" repeats the very same bytes."""
    page = watched.page
    answered: list[str] = []

    def lose_first(route: Route) -> None:
        answered.append("lost")
        fetched = route.fetch()
        assert fetched.status == 201
        route.abort()

    page.goto(running.address + FORM["id"])
    walk(page, ANSWERS, "other")
    page.route("**/intake/submissions", lose_first, times=1)
    page.click("#send")
    page.wait_for_selector("#not-sent:not([hidden])")
    assert CANARY in page.inner_text("#review")
    with page.expect_response("**/intake/submissions") as second:
        page.click("#send")
    page.wait_for_selector("#received:not([hidden])")
    posts = [r.post_data_buffer for r in watched.requests if r.method == "POST"]
    assert answered == ["lost"]
    assert len(posts) == 2
    assert posts[0] == posts[1]
    assert second.value.status == 200


def test_changed_keys_are_fetched_from_the_site_and_the_report_is_sealed_again(
    running: Running, watched: Watched
) -> None:
    """A page with old keys gets the current ones from the site; nothing has to be typed again."""
    page = watched.page
    old_keys = running.folder / "old"
    other = make_key(f"old-{time.monotonic_ns()}", old_keys, old_keys, made=date.today())
    old = json.loads(other.public_file.read_text(encoding="utf-8"))

    def with_old_keys(route: Route) -> None:
        answer = route.fetch()
        held = json.loads((running.folder / "keys/coordinator.jwk").read_text(encoding="utf-8"))
        text = answer.text().replace(held["x"], old["x"]).replace(held["y"], old["y"])
        recovery = json.loads((running.folder / "keys/recovery.jwk").read_text(encoding="utf-8"))
        text = text.replace(recovery["x"], old["x"]).replace(recovery["y"], old["y"])
        route.fulfill(response=answer, body=text)

    page.route("**/bantuan/", with_old_keys)
    page.goto(running.address + FORM["id"])
    walk(page, ANSWERS, "other")
    page.click("#send")
    page.wait_for_selector("#received:not([hidden])")
    assert [r.url for r in watched.requests if r.url.endswith("keys.json")] == [
        running.address + "unduh/keys.json"
    ]
    assert deliver.courier(running.settings).deliver() >= 1


def test_too_long_text_is_refused_before_sealing_and_the_field_is_named(
    running: Running, watched: Watched
) -> None:
    """24,576 bytes is all a report can hold; the longest answer is the one to shorten."""
    page = watched.page
    page.goto(running.address + FORM["en"])
    walk(page, ANSWERS | {"story": "😢" * 5_990}, "other")
    page.click("#send")
    page.wait_for_selector("#problems:not([hidden])")
    assert page.eval_on_selector_all("#problems a", "all => all.map(a => a.hash)") == [
        "#field-story"
    ]
    assert [r.url for r in watched.requests if r.method == "POST"] == []
    assert page.input_value("[name=story]") == "😢" * 5_990

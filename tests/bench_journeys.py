"""Print what each journey through "Minta bantuan" costs on a slow phone: bytes and waiting.

`make bench` runs it. A page waits on the network and on its own processor; what a person needs to
read and answer is not counted. Nothing is judged by its time. A site that is not built, or a
journey that does not reach its end, ends it with exit status 1.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright
from waitress.server import create_server

from bench_pages import show
from built_site import ROOT, free_port, run_build
from form_walk import Answers, fill_in, send, walk
from slow_phone import (
    BITS_A_SECOND,
    LATENCY_MS,
    SCREEN,
    SLOWER_PROCESSOR,
    content_type,
    packed,
)
from workplace import open_receiver, set_up

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

ROUNDS = 3
CALL: Answers = {"country": "SA", "reach": "+44 7700 900101", "safe-hours": ["evening"]}
WRITE: Answers = {
    "safe": "no",
    "problem": ["unpaid-wages", "papers-withheld"],
    "signs": ["isolated"],
    "story": "Cerita rekaan untuk mengukur. " * 20,
    "stage": "abroad",
    "country": "SA",
    "regency": "33.02",
    "shared-phone": "watched",
    "contact": "i-come-back",
}
DAUGHTER: Answers = {
    "who": "child",
    "safe": "unknown",
    "problem": ["lost-contact"],
    "stage": "abroad",
    "country": "MY",
    "regency": "33.02",
    "contact": "may-contact",
    "reach": "+44 7700 900102",
}
QUESTION: Answers = {"ask": "Pertanyaan rekaan.", "country": "TW", "contact": "i-come-back"}


@dataclass(frozen=True)
class Cost:
    """What one journey took: bytes as they travelled, and seconds of waiting."""

    down: int
    up: int
    opening: float
    sending: float


class Meter:
    """Bytes that a page's requests and answers hold, as the browser counts them."""

    def __init__(self, session: CDPSession) -> None:
        self.down = self.up = 0
        session.on("Network.loadingFinished", self._finished)
        session.on("Network.requestWillBeSent", self._asked)

    def _finished(self, event: dict[str, Any]) -> None:
        self.down += int(event["encodedDataLength"])

    def _asked(self, event: dict[str, Any]) -> None:
        self.up += len(event["request"].get("postData", "").encode())


Journey = Callable[[Page, str], float]
"""Ask for help from the page that is open; returns the seconds waited after the last press."""


def main() -> None:
    """Measure every journey and print one table."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    title = (
        f"Journeys at {SCREEN['width']}x{SCREEN['height']}, {LATENCY_MS} ms, "
        f"{BITS_A_SECOND // 1000} kbit/s, CPU {SLOWER_PROCESSOR}x slower: median of {ROUNDS}"
    )
    head = ["journey", "bytes down", "bytes up", "s until open", "s until done"]
    if chromium is None:
        show(title, head, [["not measured: install Chromium"]])
        return
    (ROOT / "var").mkdir(mode=0o700, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as scratch,
        running(Path(scratch)) as address,
        sync_playwright() as started,
    ):
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        rows = [_row(browser, address, *journey) for journey in _journeys(browser, address)]
    show(title, head, rows)


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The site, compressed as a good host does it, and its receiver on one loopback address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    (folder / "place").mkdir()
    place = set_up(folder / "place", site=address, receiver=address + "intake/")
    built = run_build(folder / "site", dict(place.settings.for_site()))
    if built.returncode:
        sys.exit(built.stderr)
    app = _with_site(open_receiver(place), folder / "site")
    server = create_server(app, host="127.0.0.1", port=port, ident=None)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield address
    finally:
        server.close()
        thread.join(timeout=10)


def _with_site(receiver: WSGIApplication, folder: Path) -> WSGIApplication:
    def application(environ: dict[str, Any], start_response: StartResponse) -> Any:
        path = environ["PATH_INFO"]
        if path.startswith("/intake/"):
            return receiver(environ, start_response)
        file = folder / path.lstrip("/")
        file = file / "index.html" if file.is_dir() else file
        coding = "br" if "br" in environ.get("HTTP_ACCEPT_ENCODING", "") else "gzip"
        body = packed(file, coding)
        head = [("Content-Type", content_type(file)), ("Content-Encoding", coding)]
        start_response("200 OK", [*head, ("Content-Length", str(len(body)))])
        return [body]

    return application


def _journeys(browser: Browser, address: str) -> Iterator[tuple[str, str, bool, Journey]]:
    """Name, first page, whether JavaScript runs, and what is done there."""
    yield "call me", "bantuan/", True, _asking(CALL, "call")
    yield "ten minutes in Riyadh", "bantuan/", True, _asking(WRITE, "write")
    yield "a mother for her daughter", "bantuan/", True, _asking(DAUGHTER, "other")
    yield "a question", "bantuan/", True, _asking(QUESTION, "question")
    yield "receiver away: the locked report", "bantuan/", True, _handing_over
    yield "call me, no JavaScript", "intake/form?language=id&door=call", False, _plain(CALL)
    yield "the whole form, no JavaScript", "intake/form?language=id", False, _plain(DAUGHTER)
    pin = _pin_of_a_report(browser, address)
    yield "news by PIN", "bantuan/kabar/", True, _coming_back(pin)
    yield "news, and something added", "bantuan/kabar/", True, _coming_back(pin, _add)
    yield "news, withdrawn and restored", "bantuan/kabar/", True, _coming_back(pin, _withdraw)
    yield "news by PIN, no JavaScript", "intake/status?language=id", False, _plain_news(pin)


def _row(
    browser: Browser, address: str, name: str, path: str, script: bool, act: Journey
) -> list[str]:
    costs = [_cost(browser, address, path, script, act) for _ in range(ROUNDS)]
    return [
        name,
        f"{statistics.median(cost.down for cost in costs):,.0f}",
        f"{statistics.median(cost.up for cost in costs):,.0f}",
        f"{statistics.median(cost.opening for cost in costs):.2f}",
        f"{statistics.median(cost.sending for cost in costs):.2f}",
    ]


def _cost(browser: Browser, address: str, path: str, script: bool, act: Journey) -> Cost:
    with browser.new_context(
        viewport=SCREEN, is_mobile=True, has_touch=True, java_script_enabled=script
    ) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        session = context.new_cdp_session(page)
        meter = Meter(session)
        session.send("Network.enable")
        speed = {"downloadThroughput": BITS_A_SECOND / 8, "uploadThroughput": BITS_A_SECOND / 8}
        slow = {"offline": False, "latency": LATENCY_MS} | speed
        session.send("Network.emulateNetworkConditions", slow)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_PROCESSOR})
        opening = _timed(lambda: page.goto(address + path, wait_until="load"))
        sending = act(page, address)
        return Cost(meter.down, meter.up, opening, sending)


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _asking(answers: Answers, door: str) -> Journey:
    def ask(page: Page, _: str) -> float:
        walk(page, answers, door)
        return _timed(lambda: send(page))

    return ask


def _handing_over(page: Page, _: str) -> float:
    page.route("**/intake/submissions", lambda route: route.abort())
    walk(page, DAUGHTER, "other")
    page.click("#send")
    page.wait_for_selector("#hand-over:not([hidden])")

    def share() -> None:
        page.click("#share-sealed")
        page.wait_for_selector("#sealed-link-box:not([hidden])")

    return _timed(share)


def _plain(answers: Answers) -> Journey:
    def ask(page: Page, _: str) -> float:
        fill_in(page, answers)

        def press() -> None:
            page.click("button[type=submit]")
            page.wait_for_selector("#case-number")

        return _timed(press)

    return ask


def _pin_of_a_report(browser: Browser, address: str) -> str:
    with browser.new_context(viewport=SCREEN) as context:
        page = context.new_page()
        page.goto(address + "bantuan/")
        walk(page, WRITE, "write")
        send(page)
        return page.inner_text("#pin")


def _coming_back(pin: str, then: Callable[[Page], None] | None = None) -> Journey:
    def come(page: Page, _: str) -> float:
        page.fill("#pin", pin)

        def look() -> None:
            page.click("#ask button[type=submit]")
            page.wait_for_selector("#news:not([hidden])")

        waited = _timed(look)
        return waited if then is None else _timed(lambda: then(page))

    return come


def _add(page: Page) -> None:
    page.fill("#text", "Tambahan rekaan.")
    page.click("#add button[type=submit]")
    expect(page.locator("#text")).to_have_value("", timeout=60_000)


def _withdraw(page: Page) -> None:
    page.click("#withdraw")
    page.click("#certain")
    page.click("#withdrawn:not([hidden]) #restore")
    page.wait_for_selector("#withdrawn", state="hidden")


def _plain_news(pin: str) -> Journey:
    def come(page: Page, _: str) -> float:
        page.fill("[name=pin]", pin)

        def press() -> None:
            page.click("main button[type=submit]")
            page.wait_for_load_state()

        return _timed(press)

    return come


if __name__ == "__main__":
    main()

"""Serve built pages as a good host does, and look at them with a slow phone on a slow network.

Bodies are compressed beforehand, as hosts do; nothing leaves this machine. A page that the
browser does not paint within a minute raises Playwright's `TimeoutError`.
"""

from __future__ import annotations

import gzip
import mimetypes
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import brotli
from playwright.sync_api import Browser, Page, Route, ViewportSize

SCREEN: ViewportSize = {"width": 360, "height": 640}
LATENCY_MS = 400
BITS_A_SECOND = 400_000
SLOWER_PROCESSOR = 4
SETTLED_MS = 1_500

_WATCH = """
window.seen = {lcp: 0, cls: 0};
new PerformanceObserver(list => { for (const one of list.getEntries()) seen.lcp = one.startTime; })
  .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver(list => { for (const one of list.getEntries()) seen.cls += one.value; })
  .observe({type: "layout-shift", buffered: true});
"""
_READ = """() => ({...seen,
  fcp: performance.getEntriesByName("first-contentful-paint")[0].startTime})"""
# While another site is awaited no tool can ask the page, so it tells by a request of its own.
_LEAVING = """
addEventListener("click", (event) => {
  requestAnimationFrame(() => setTimeout(() => {
    const isGone = document.body.innerText.trim() === document.querySelector(".leaving").innerText;
    if (isGone) new Image().src = `/blank?${performance.now() - event.timeStamp}`;
  }));
}, true);
"""


@dataclass(frozen=True)
class Paint:
    """What a person waits for: milliseconds to the first and the largest paint, and the shift."""

    first: float
    largest: float
    shift: float


@dataclass
class Host:
    """A folder served on this machine; `sent` holds the file of each request, until cleared."""

    address: str
    sent: list[Path] = field(default_factory=list)


@cache
def packed(file: Path, coding: str) -> bytes:
    """Return a file as it travels: `br` (RFC 7932) or `gzip` (RFC 1952), at the highest level."""
    content = file.read_bytes()
    return brotli.compress(content, quality=11) if coding == "br" else gzip.compress(content, 9)


@contextmanager
def hosted(folder: Path) -> Iterator[Host]:
    """Serve a folder, compressed, on a free loopback port for as long as the block runs."""
    host = Host("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            # A browser that has seen enough closes its connections.
            with suppress(ConnectionResetError, BrokenPipeError):
                super().handle()

        def do_GET(self) -> None:
            file = folder / unquote(urlsplit(self.path).path).lstrip("/")
            file = file / "index.html" if file.is_dir() else file
            if not file.is_file():
                self.send_error(404)
                return
            host.sent.append(file)
            coding = "br" if "br" in self.headers.get("Accept-Encoding", "") else "gzip"
            body = packed(file, coding)
            self.send_response(200)
            self.send_header("Content-Type", content_type(file))
            self.send_header("Content-Encoding", coding)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "max-age=600")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the tables are the output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host.address = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def painted(browser: Browser, address: str, rounds: int) -> Paint:
    """Return the medians of some first visits over the slow network."""
    visits = [_visit(browser, address) for _ in range(rounds)]
    return Paint(
        statistics.median(visit.first for visit in visits),
        statistics.median(visit.largest for visit in visits),
        max(visit.shift for visit in visits),
    )


def blanked(browser: Browser, address: str, rounds: int) -> float:
    """Return the median milliseconds from pressing "leave fast" to the frame without the page."""
    return statistics.median(_leave(browser, address) for _ in range(rounds))


def _visit(browser: Browser, address: str) -> Paint:
    with _opened(browser, address, _WATCH) as page:
        seen = page.evaluate(_READ)
    return Paint(seen["fcp"], seen["lcp"], seen["cls"])


def _leave(browser: Browser, address: str) -> float:
    with _opened(browser, address, _LEAVING) as page:
        # The site that takes the page's place is not on this machine, and does not answer yet.
        asked: list[Route] = []
        page.route("https://**", lambda route: asked.append(route))
        with page.expect_request("**/blank?*") as told:
            page.tap(".leave", no_wait_after=True)
        for route in asked:
            route.abort()
        return float(urlsplit(told.value.url).query)


@contextmanager
def _opened(browser: Browser, address: str, script: str) -> Iterator[Page]:
    """A page that has settled on a slow phone, with a script of ours that ran before its own."""
    with browser.new_context(
        viewport=SCREEN, device_scale_factor=2, is_mobile=True, has_touch=True
    ) as context:
        page = context.new_page()
        page.add_init_script(script)
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": LATENCY_MS,
                "downloadThroughput": BITS_A_SECOND / 8,
                "uploadThroughput": BITS_A_SECOND / 8,
            },
        )
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_PROCESSOR})
        page.goto(address, wait_until="load", timeout=60_000)
        page.wait_for_timeout(SETTLED_MS)
        yield page


def content_type(file: Path) -> str:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind.endswith("script") else kind

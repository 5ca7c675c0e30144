"""Reading without a network: saved only when asked, whole, renewed, and really removed."""

from __future__ import annotations

import gzip
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from content.offline import OUTSIDE
from open_site import OpenSite

SAVER = {"id": "tentang/tanpa-internet/", "en": "en/tentang/tanpa-internet/"}
DONE = {"id": "Sudah tersimpan", "en": "Saved"}
REMOVED = {"id": "Sudah dihapus dari HP ini.", "en": "Removed from this phone."}
HEAVIEST = 2_500  # bytes a page, gzip, as a server sends them
UNDER = "situs/kami/"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files that the browser's own cache may not keep, and says nothing."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """The tests' output is for failures."""


@dataclass
class Server:
    """A folder served on one port that can be killed and started again."""

    folder: Path
    port: int = 0
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        handler = partial(Quiet, directory=str(self.folder))
        server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self.port = server.server_port
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        for end in (thread.join, server.server_close, server.shutdown):
            self._running.callback(end)

    def kill(self) -> None:
        self._running.close()


@pytest.fixture
def served_copy(site: Path, tmp_path: Path) -> Iterator[Server]:
    """A copy of the site below a path of its own, which a test may change."""
    shutil.copytree(site, tmp_path / UNDER)
    server = Server(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def home(served_copy: Server) -> str:
    """The address of that site's home page."""
    return served_copy.address + UNDER


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone with nothing in its memory."""
    context = browser.new_context(viewport={"width": 360, "height": 640})
    yield context
    context.close()


def save(page: Page, home: str, language: str = "id") -> None:
    """Ask for the copy of one language and wait until it is there."""
    page.goto(home + SAVER[language])
    page.click("#offline-save")
    expect(page.locator("#offline-state")).to_contain_text(DONE[language], timeout=20_000)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def kept(page: Page) -> dict[str, list[str]]:
    """The addresses in every cache of this origin."""
    script = """async () => Object.fromEntries(await Promise.all((await caches.keys()).map(
      async (name) => [name, (await (await caches.open(name)).keys()).map((r) => r.url)])))"""
    found: dict[str, list[str]] = page.evaluate(script)
    return found


def workers(page: Page) -> int:
    """How many service workers are registered."""
    script = "navigator.serviceWorker.getRegistrations().then((all) => all.length)"
    return int(page.evaluate(script))


def paths(site: Path, language: str) -> list[str]:
    """The paths of a language's pages that may be saved."""
    folder = site if language == "id" else site / "en"
    found = [
        file.parent.relative_to(folder).as_posix() + "/" for file in folder.rglob("index.html")
    ]
    plain = ["" if path == "./" else path for path in found if not path.startswith("en/")]
    prefix = "" if language == "id" else "en/"
    return [prefix + path for path in plain if not path.startswith(OUTSIDE)]


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_page_of_the_language_opens_with_the_server_killed(
    phone: BrowserContext, served_copy: Server, home: str, site: Path, language: str
) -> None:
    """Also below a path of its own, and just as it was built, numbers and scripts included."""
    page = phone.new_page()
    save(page, home, language)
    served_copy.kill()
    built = {
        path: (site / path / "index.html").read_text(encoding="utf-8")
        for path in paths(site, language)
    }
    copies = page.evaluate(
        "([home, paths]) => Promise.all(paths.map((path) => caches.match(home + path)"
        ".then((copy) => copy && copy.text())))",
        [home, list(built)],
    )
    assert dict(zip(built, copies, strict=True)) == built
    for path in list(built)[::12]:
        answer = page.goto(home + path, wait_until="commit")
        assert answer is not None
        assert answer.from_service_worker
        assert answer.text() == built[path]
    page.goto(home + SAVER[language].replace("tentang/tanpa-internet/", "darurat/malaysia/"))
    assert page.locator("a.call[href='tel:999']").count() == 1
    assert page.is_visible(".leave small")  # its script runs


def test_links_lead_on_without_a_network(
    phone: BrowserContext, served_copy: Server, home: str
) -> None:
    """A page shared with a tracker's query opens too, and the search finds."""
    page = phone.new_page()
    save(page, home)
    served_copy.kill()
    page.goto(home + "?fbclid=IwAR0")
    page.click("footer >> text=Kontak")
    assert page.url == home + "kontak/"
    page.goto(home + "cari/")
    page.fill("#search-field", "menahan paspor")
    expect(page.locator("#search-results li").first).to_be_visible()


def test_nothing_is_saved_unasked(phone: BrowserContext, home: str) -> None:
    """Reading, even the page that offers it, leaves no copy and no service worker."""
    page = phone.new_page()
    for path in ("", "panduan/dokumen-ditahan/", SAVER["id"]):
        page.goto(home + path, wait_until="networkidle")
        assert kept(page) == {}
        assert workers(page) == 0
    assert page.is_hidden("#offline-remove")
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_the_size_is_told_before(phone: BrowserContext, home: str, site: Path) -> None:
    """Pages and kilobytes stand above the button."""
    offer = json.loads((site / "unduh/tanpa-internet.json").read_text(encoding="utf-8"))["id"]
    page = phone.new_page()
    page.goto(home + SAVER["id"])
    said = f"Belum tersimpan. Unduhan: {offer['pages']} halaman, sekitar {offer['kilobytes']} KB."
    expect(page.locator("#offline-state")).to_have_text(said)
    assert offer["pages"] == len(paths(site, "id"))


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_copy_is_light(site: Path, language: str) -> None:
    """The whole bundle is at most 2.5 KB for each page."""
    offer = json.loads((site / "unduh/tanpa-internet.json").read_text(encoding="utf-8"))[language]
    packed = gzip.compress((site / offer["file"]).read_bytes(), 6)
    assert len(packed) <= HEAVIEST * offer["pages"]
    assert offer["kilobytes"] <= len(packed) / 1000 + 1


@pytest.mark.parametrize("language", ["id", "en"])
def test_removing_leaves_nothing(
    phone: BrowserContext, served_copy: Server, home: str, language: str
) -> None:
    """Both languages' copies and the service worker are gone, and reading brings none back."""
    page = phone.new_page()
    save(page, home, "id")
    save(page, home, "en")
    page.goto(home + SAVER[language])
    page.click("#offline-remove")
    expect(page.locator("#offline-state")).to_have_text(REMOVED[language])
    assert kept(page) == {}
    assert workers(page) == 0
    for path in ("", "darurat/"):
        page.goto(home + path, wait_until="networkidle")
    assert kept(page) == {}
    served_copy.kill()
    with pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
        page.goto(home)


def test_removing_works_without_a_network(
    phone: BrowserContext, served_copy: Server, home: str
) -> None:
    """A phone has to be cleared wherever it is."""
    page = phone.new_page()
    save(page, home)
    served_copy.kill()
    page.goto(home + SAVER["id"])
    page.click("#offline-remove")
    expect(page.locator("#offline-state")).to_have_text(REMOVED["id"])
    assert kept(page) == {}


def test_form_and_reader_are_never_saved_and_never_answered(
    phone: BrowserContext, home: str
) -> None:
    """They come from the network, and no copy holds them."""
    page = phone.new_page()
    save(page, home)
    for path in ("bantuan/", "paralegal/buka/", "paralegal/titip/"):
        answer = page.goto(home + path)
        assert answer is not None
        assert not answer.from_service_worker
    urls = [url for name in kept(page).values() for url in name]
    assert len(urls) > 20
    outside = tuple(home + prefix + path for prefix in ("", "en/") for path in OUTSIDE)
    assert [url for url in urls if url.startswith(outside)] == []


def test_the_receiver_is_never_answered_by_the_copy(site: Path, open_site: OpenSite) -> None:
    """Where the receiver answers below the site's address, the worker stays out of its way."""
    assert '"intake/"' in (open_site.pages / "worker.js").read_text(encoding="utf-8")
    assert '"intake/"' not in (site / "worker.js").read_text(encoding="utf-8")


def changed(server: Server, language: str, path: str, old: str, new: str) -> None:
    """Publish the site again with other words on one page."""
    site = server.folder / UNDER
    file = site / path / "index.html"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    offer_file = site / "unduh/tanpa-internet.json"
    offer = json.loads(offer_file.read_text(encoding="utf-8"))
    bundle = json.loads((site / offer[language]["file"]).read_text(encoding="utf-8"))
    bundle["files"][path] = [file.read_text(encoding="utf-8")]
    offer[language]["file"] = "assets/offline-new.json"
    (site / "assets/offline-new.json").write_text(json.dumps(bundle), encoding="utf-8")
    offer_file.write_text(json.dumps(offer), encoding="utf-8")


def test_a_copy_is_renewed_when_there_is_a_network(
    phone: BrowserContext, served_copy: Server, home: str
) -> None:
    """Opening any page of a changed site brings the new copy, and the old one goes."""
    page = phone.new_page()
    save(page, home)
    changed(served_copy, "id", "darurat/", "Nomor darurat", "Nomor baru")
    restart_worker(phone, page)
    page.goto(home + "kontak/")
    wait_for(lambda: [name.rpartition("/")[2] for name in kept(page)] == ["offline-new.json"])
    served_copy.kill()
    page.goto(home + "darurat/")
    assert page.inner_text("h1") == "Nomor baru"


def test_the_network_comes_first(phone: BrowserContext, served_copy: Server, home: str) -> None:
    """While there is one, a saved page is never shown in place of the current one."""
    page = phone.new_page()
    save(page, home)
    file = served_copy.folder / UNDER / "darurat/index.html"
    file.write_text(file.read_text(encoding="utf-8").replace("Nomor darurat", "Nomor baru"))
    page.goto(home + "darurat/")
    assert page.inner_text("h1") == "Nomor baru"


def test_a_failed_saving_leaves_nothing(phone: BrowserContext, home: str) -> None:
    """When the bundle does not come, no half copy and no service worker stays."""
    page = phone.new_page()
    page.route("**/assets/offline-*.json", lambda route: route.abort())
    page.goto(home + SAVER["id"])
    page.click("#offline-save")
    failed = "Tidak berhasil. Cek jaringan dan ruang di HP, lalu coba lagi."
    expect(page.locator("#offline-state")).to_have_text(failed)
    assert kept(page) == {}
    assert workers(page) == 0
    assert page.is_enabled("#offline-save")


def test_a_browser_that_cannot_save_says_so(phone: BrowserContext, home: str) -> None:
    """Without a service worker, as in an in-app browser, a sentence stands there and no button."""
    phone.add_init_script("delete Navigator.prototype.serviceWorker")
    page = phone.new_page()
    page.goto(home + SAVER["en"])
    assert page.is_visible("#offline-unable")
    assert page.is_hidden("#offline-save")


def test_it_says_that_others_can_find_it(phone: BrowserContext, home: str) -> None:
    """Before anybody presses the button."""
    page = phone.new_page()
    page.goto(home + SAVER["id"])
    warning = page.locator("#offline-able .warning")
    button = page.locator("#offline-save")
    assert "bisa ditemukan siapa pun yang memegang HP ini" in warning.inner_text()
    above, below = warning.bounding_box(), button.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] < below["y"]


def restart_worker(phone: BrowserContext, page: Page) -> None:
    """Stop the service worker, as a browser does after half a minute."""
    session = phone.new_cdp_session(page)
    session.send("ServiceWorker.enable")
    session.send("ServiceWorker.stopAllWorkers")


def wait_for(found: Callable[[], Any], seconds: float = 10) -> None:
    """Wait until there is something to find."""
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end
        time.sleep(0.1)

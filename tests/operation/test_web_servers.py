"""nginx and Caddy, as scripts/operation/ shows them, really started in front of a real receiver.

Only names of places, ports and certificates are put in; every other line is the example's own.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from built_site import ROOT
from html_form import encoded, read_form
from workplace import ORGANIZATION, PHONE, Serving, self_signed, serving, set_up

OPERATION = ROOT / "scripts/operation"
CANARY = "kanari-surat"
ONCE = (
    "Cache-Control",
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Answer:
    """What came back: every header as it stands, twice where it was sent twice."""

    status: int
    headers: http.client.HTTPMessage = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True)
class Front:
    """A web server that listens on loopback; `plain` is its port without TLS, if it has one."""

    port: int
    secure: bool
    folder: Path
    receiver: Serving
    plain: int | None = None

    def ask(
        self,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        host: str = "kirim.contoh.example",
        source: str = "127.0.0.1",
    ) -> Answer:
        """One request from an address of this machine."""
        place = (source, 0)
        connection: http.client.HTTPConnection
        if self.secure:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=30, source_address=place, context=context
            )
        else:
            connection = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=30, source_address=place
            )
        try:
            told = {"Host": host if self.secure else f"{host}:{self.port}"} | (headers or {})
            connection.request("GET" if body is None else "POST", path, body, told)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()

    def written(self) -> str:
        """Everything that the web server wrote into its folder, the site and settings left out."""
        logs = (path for path in self.folder.rglob("*.log") if path.is_file())
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in logs)


def program(name: str) -> str:
    """The program; without it these tests are left out, but never in CI."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None and "CI" not in os.environ:
        pytest.skip(f"{name} is not installed")
    assert found is not None, f"{name} is not installed"
    return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def nginx_files(folder: Path, receiver: str) -> tuple[Path, int, int]:
    """The example in a folder of its own, what includes it, and its two ports."""
    text = (OPERATION / "nginx.conf").read_text(encoding="utf-8")
    secure, plain = free_port(), free_port()
    certificate = self_signed(folder)
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{plain};")
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{secure} ssl")
    text = re.sub(r"/etc/letsencrypt/\S+\.pem", str(certificate), text)
    text = text.replace("http://127.0.0.1:8000", receiver.rstrip("/"))
    text = text.replace("/srv/migrasi-aman/site", str(folder / "site"))
    (folder / "example.conf").write_text(text, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    spare = "".join(f"{n}_temp_path {folder}/temp-{n}; " for n in ("client_body", "proxy"))
    path = folder / "nginx.conf"
    path.write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/all.log;\n"
        f"events {{}}\nhttp {{ access_log {folder}/access.log; {spare}\n"
        f"types {{ text/html html; text/css css; }}\ninclude {folder}/example.conf; }}\n",
        encoding="utf-8",
    )
    return path, secure, plain


@contextmanager
def nginx(folder: Path, receiver: Serving, change: Callable[[str], str] = str) -> Iterator[Front]:
    """nginx with the example, or with what `change` makes of it."""
    path, secure, plain = nginx_files(folder, receiver.address)
    example = folder / "example.conf"
    example.write_text(change(example.read_text(encoding="utf-8")), encoding="utf-8")
    command = [program("nginx"), "-p", str(folder), "-c", str(path), "-e", str(folder / "all.log")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr, checked.stderr
    with running(command, folder, secure):
        yield Front(secure, True, folder, receiver, plain)


@contextmanager
def caddy(folder: Path, receiver: Serving) -> Iterator[Front]:
    """Caddy with the example, without certificates, which it would fetch from elsewhere."""
    text = (OPERATION / "Caddyfile").read_text(encoding="utf-8")
    port = free_port()
    text = text.replace("{\n\tservers", "{\n\tadmin off\n\tauto_https off\n\tservers", 1)
    for host in ("kirim.contoh.example", "contoh.example"):
        text = text.replace(f"\n{host} {{", f"\nhttp://{host}:{port} {{\n\tbind 127.0.0.1", 1)
    text = text.replace("127.0.0.1:8000", receiver.address.removeprefix("http://").rstrip("/"))
    text = text.replace("/srv/migrasi-aman/site", str(folder / "site"))
    path = folder / "Caddyfile"
    path.write_text(text, encoding="utf-8")
    command = [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(path)]
    with running(command, folder, port):
        yield Front(port, False, folder, receiver)


@contextmanager
def running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    """The command until the block ends; it answers on its port when the block begins."""
    own = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "output.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **own})
        try:
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline and process.poll() is None:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            assert process.poll() is None, (folder / "output.log").read_text(encoding="utf-8")
            yield
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A receiver that trusts one web server in front of it, on a host of its own."""
    folder = tmp_path_factory.mktemp("receiver")
    place = set_up(folder, receiver="https://kirim.contoh.example/intake/")
    with serving(place.with_settings(INTAKE_PROXIES="1")) as started:
        yield started


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def front(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    receiver: Serving,
) -> Iterator[Front]:
    """Each of the two in front of that receiver."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "site").mkdir()
    (folder / "site/index.html").write_text("<h1>Migrasi Aman</h1>", encoding="utf-8")
    (folder / "site/404.html").write_text("<h1>Tidak ada</h1>", encoding="utf-8")
    start = {"nginx": nginx, "caddy": caddy}[request.param]
    with start(folder, receiver) as started:
        yield started


def _counts(headers: http.client.HTTPMessage) -> dict[str, int]:
    return {name: len(headers.get_all(name, [])) for name in ONCE}


def test_a_request_goes_through_with_each_header_once(
    front: Front, answers: dict[str, str | list[str]]
) -> None:
    """Form, sending, receipt: the protection arrives, and none of it twice."""
    shown = front.ask("/intake/form?language=id")
    fields = read_form(shown.text).filled_in(answers)
    sent = front.ask("/intake/submissions?language=id", encoded(fields), FORM)
    assert sent.status == 303
    receipt = front.ask(sent.headers["Location"])
    assert "PIN" in receipt.text
    for answer in (shown, sent, receipt, front.ask("/intake/none"), front.ask("/intake/health")):
        assert _counts(answer.headers) == dict.fromkeys(ONCE, 1)
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "Set-Cookie" not in answer.headers
        assert not re.search(r"[0-9]", answer.headers.get("Server", ""))


@pytest.mark.parametrize(("language", "lang"), [("id", "id"), ("en", "en")])
def test_too_large_a_form_is_answered_with_the_telephone(
    front: Front, language: str, lang: str
) -> None:
    """413 from the web server itself shows the receiver's page, in the person's language."""
    path = f"/intake/submissions?language={language}"
    answer = front.ask(path, b"story=" + b"x" * 600_000, FORM)
    assert answer.status == 413
    assert PHONE in answer.text
    assert f'<html lang="{lang}"' in answer.text
    assert _counts(answer.headers) == dict.fromkeys(ONCE, 1)


def test_a_sender_cannot_choose_its_address(front: Front) -> None:
    """61 requests that each claim another network are one network: the last one hears 429."""
    sent = {"Content-Type": "application/json"}
    source = "127.0.0.7" if front.secure else "127.0.0.8"  # both stand before one receiver
    for number in range(60):
        claimed = sent | {"X-Forwarded-For": f"203.0.{number}.1"}
        assert front.ask("/intake/submissions", b"{}", claimed, source=source).status == 422
    claimed = sent | {"X-Forwarded-For": "198.51.100.1"}
    refused = front.ask("/intake/submissions", b"{}", claimed, source=source)
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) > 0
    other = front.ask("/intake/submissions", b"{}", claimed, source="127.0.0.99")
    assert other.status == 422


def test_the_site_says_what_its_pages_cannot(front: Front) -> None:
    """No page can forbid framing by itself; the header does, on the page for errors too."""
    for path, status in (("/", 200), ("/tidak-ada/", 404)):
        answer = front.ask(path, host="contoh.example")
        assert (answer.status, "<h1>" in answer.text) == (status, True)
        assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert _counts(answer.headers) == dict.fromkeys(ONCE, 1)


def test_only_the_receivers_paths_are_there(front: Front) -> None:
    """Nothing else of this machine is shown under the receiver's name."""
    assert [front.ask(path).status for path in ("/", "/etc/passwd", "/intak")] == [404] * 3


def test_nothing_about_who_sent_what_is_written_down(front: Front) -> None:
    """Neither address nor path nor body stands in anything that the web server writes."""
    headers = FORM | {"User-Agent": CANARY, "Referer": f"https://{CANARY}.example/"}
    front.ask(f"/intake/received/{CANARY}")
    front.ask(f"/intake/submissions?{CANARY}", CANARY.encode() * 60_000, headers)
    front.ask(f"/intake/submissions?{CANARY}", CANARY.encode(), headers)
    front.ask(f"/{CANARY}")
    written = front.written()
    assert CANARY not in written
    assert "remote_ip" not in written


def test_a_receiver_that_is_down_is_told_with_numbers(tmp_path: Path, receiver: Serving) -> None:
    """503 from the web server alone, with the telephone and the way to the emergency numbers."""
    nobody = Serving(receiver.process, f"http://127.0.0.1:{free_port()}/")
    for name, begin in (("nginx", nginx), ("caddy", caddy)):
        folder = tmp_path / name
        (folder / "site").mkdir(parents=True)
        with begin(folder, nobody) as front:
            answer = front.ask("/intake/form")
        assert answer.status == 503
        assert PHONE in answer.text
        assert "https://contoh.example/darurat/" in answer.text
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_what_people_type_touches_no_disk_of_nginx(tmp_path: Path, receiver: Serving) -> None:
    """Half a megabyte of form stays in memory; with nginx's own buffer it would be a file."""
    told = []
    for name, own in (("example", ""), ("usual", "client_body_buffer_size 512k;")):
        folder = tmp_path / name
        (folder / "site").mkdir(parents=True)
        log = f"error_log {folder}/warnings.log warn;"
        change = lambda text, own=own, log=log: text.replace(own, "").replace(  # noqa: E731
            "error_log /dev/null;", log
        )
        with nginx(folder, receiver, change) as front:
            answer = front.ask("/intake/submissions", b"story=" + b"x" * 500_000, FORM)
        assert answer.status == 422
        told.append("buffered to a temporary file" in front.written())
    assert told == [False, True]


def test_http_leads_to_https(tmp_path: Path, receiver: Serving) -> None:
    """A typed address without https is led on, with its path, and nothing is taken there."""
    (tmp_path / "site").mkdir()
    with nginx(tmp_path, receiver) as front:
        assert front.plain is not None
        unlocked = Front(front.plain, False, front.folder, receiver)
        answer = unlocked.ask("/intake/form?language=en", host="kirim.contoh.example")
    assert answer.status == 308
    assert answer.headers["Location"].startswith("https://kirim.contoh.example")
    assert answer.headers["Location"].endswith("/intake/form?language=en")


def test_the_examples_are_of_the_organization_of_the_tests() -> None:
    """The numbers in them belong to nobody, and their names to nobody either."""
    for name in ("nginx.conf", "Caddyfile"):
        text = (OPERATION / name).read_text(encoding="utf-8")
        assert set(re.findall(r"\+\d{9,}", text)) == {ORGANIZATION["phone"]["number"]}
        assert set(re.findall(r"[\w.-]+\.example", text)) <= {
            "contoh.example", "kirim.contoh.example",
        }  # fmt: skip

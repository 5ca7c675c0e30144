"""An invented organization at work in one folder: its file, keys, settings, receiver and tracker.

It is ready for production except that nobody of it exists. Everything stands under one folder,
so that a test can look at all of it.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import ipaddress
import json
import os
import resource
import secrets
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from joserfc.jwk import ECKey

import content.site
from content.site import Site
from content.wording import Wording
from intake import codes, sealing
from intake.answers import derive_facts
from intake.form import Answers, Facts, Form, Language, load_form
from intake.organization import Organization
from intake.settings import FORM_FILE, ROOT, Settings, read_settings
from intake.submission import consents
from intake.web import create_app

NOW = 1_795_255_200  # 2026-11-21 10:00 UTC
PHONE = "+447700900001"  # Ofcom keeps +44 7700 900000 to 900999 for drama
REPOSITORY = "https://github.com/contoh/migrasi-aman"

ORGANIZATION: dict[str, Any] = {
    "id": "contoh",
    "name": {"id": "Tim contoh", "en": "The example team"},
    "operator": "Perkumpulan Contoh Rekaan",
    "responsible_role": {"id": "Koordinator contoh", "en": "Invented coordinator"},
    "phone": {"number": PHONE, "whatsapp": False, "tested": "2026-11-01"},
    "duty_hours": [{"days": ["mon", "fri"], "opens": "08:00", "closes": "16:00"}],
    "time_zone": "Asia/Jakarta",
    "home_region": "33",
    "site": "https://contoh.example/",
    "receiver": "https://contoh.example/intake/",
    "reading_times": {"red": 1, "yellow": 24, "green": 72},
    "retention_days": 90,
    "alerts": {"webhook": None},
    "settle_seconds": 120,
    "code_salt": "NjjM1hri6XZ9UxdCIzJPDg",
    "demonstration": False,
}


@dataclass(frozen=True)
class Holder:
    """A person who holds a key, with the passphrase they keep apart from it."""

    key: sealing.PrivateKey
    public: sealing.PublicKey
    passphrase: str
    locked: str


# The clear facts of a report about somebody whose family hears nothing.
LOST_CONTACT: Facts = {
    "urgency": "yellow",
    "country": "MY",
    "problem": ["contact-lost"],
    "regency": "33.02",
    "contact": "may-contact",
    "sharing": "ask-first",
    "language": "id",
}


class Crash(BaseException):
    """The machine goes down: nothing that would run afterwards counts."""


@dataclass
class Clock:
    """The time that a receiver is given; tests turn it on."""

    seconds: int = NOW

    def __call__(self) -> int:
        return self.seconds


@dataclass(frozen=True)
class Workplace:
    """One folder with everything, and the environment that leads a program there."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """The settings of that environment."""
        return read_settings(self.environment)

    @property
    def database(self) -> Path:
        """The spool's file."""
        return self.folder / "spool.db"

    @property
    def tracker(self) -> Path:
        """The folder tracker."""
        return self.folder / "tracker"

    @property
    def key_file(self) -> Path:
        """The coordinator's locked key."""
        return self.folder / "koordinator.key"

    @property
    def passphrase_file(self) -> Path:
        """The coordinator's passphrase; in real life never beside the key."""
        return self.folder / "koordinator.passphrase"

    def with_settings(self, **settings: str) -> Workplace:
        """The same folder under other settings."""
        return Workplace(self.folder, self.environment | settings)

    def with_database(self, url: str) -> Workplace:
        """The same folder with another database, and the secret that servers ask for."""
        (self.folder / "secret").write_text("5e" * 32, encoding="ascii")
        return self.with_settings(INTAKE_DATABASE=url)


@cache
def coordinator() -> Holder:
    """The holder who opens reports in these tests; made once, since locking is slow."""
    return _holder("koordinator", recovery=False)


@cache
def recovery() -> Holder:
    """The holder of the offline key."""
    return _holder("pemulihan", recovery=True)


@cache
def the_form() -> Form:
    """The form as it ships, for the province of `ORGANIZATION`."""
    return load_form(FORM_FILE, ORGANIZATION["home_region"])


def set_up(folder: Path, **organization: object) -> Workplace:
    """Write the organization file, with these fields changed, the keys and a locked key."""
    text = yaml.safe_dump(ORGANIZATION | organization, allow_unicode=True)
    (folder / "organization.yml").write_text(text, encoding="utf-8")
    write_keys(folder / "keys", coordinator().public, recovery().public)
    place = Workplace(
        folder,
        {
            "INTAKE_DATABASE": f"sqlite:///{folder}/spool.db",
            "INTAKE_TRACKER": f"folder:{folder}/tracker",
            "INTAKE_KEYS": f"{folder}/keys",
            "INTAKE_ORGANIZATION": f"{folder}/organization.yml",
            "INTAKE_SECRET_FILE": f"{folder}/secret",
            "INTAKE_ERASED_FILE": f"{folder}/erased",
        },
    )
    place.key_file.write_text(coordinator().locked + "\n", encoding="ascii")
    place.passphrase_file.write_text(coordinator().passphrase + "\n", encoding="ascii")
    return place


def write_keys(folder: Path, *keys: sealing.PublicKey) -> None:
    """Make `folder` hold these public keys and no other."""
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.jwk"):
        path.unlink()
    for key in keys:
        text = json.dumps(key.published())
        (folder / f"{key.name}.jwk").write_text(text, encoding="utf-8")


def open_receiver(place: Workplace, now: Callable[[], int] | None = None) -> Flask:
    """`create_app`, with form and site data read once for all tests: reading takes seconds."""
    with (
        mock.patch.object(Settings, "load_form", return_value=the_form()),
        mock.patch.object(Site, "read", _site),
        mock.patch.object(content.site, "_data", _data_of),
    ):
        return create_app(place.settings, now or Clock())


def sealed_report(
    answers: Answers, language: Language = "id", *keys: sealing.PublicKey
) -> tuple[dict[str, Any], bytes]:
    """What a browser posts for these answers, and the plaintext that it sealed."""
    token, verifier = codes.new_token(), codes.encode(secrets.token_bytes(32))
    facts = derive_facts(the_form(), answers, language)
    content = {
        "version": 1,
        "token": token,
        "language": language,
        "facts": facts,
        "answers": answers,
        "consents": consents(the_form(), answers, NOW),
        "return_verifier": verifier,
        "answer_key": codes.encode(secrets.token_bytes(32)),
        "written_at": NOW,
    }
    plaintext = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    held = keys or (coordinator().public, recovery().public)
    posted = {name: content[name] for name in ("version", "token", "language", "facts")}
    sealed = sealing.seal(plaintext, held)
    return posted | {"sealed": sealed, "return_verifier": verifier}, plaintext


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file grow for as long as the block runs, as on a disk without room."""
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, kept[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)


def child_environment(place: Workplace) -> dict[str, str]:
    """The environment for a command of that workplace: none of this machine's own settings."""
    inherited = {name: value for name, value in os.environ.items() if "INTAKE_" not in name}
    return inherited | place.environment


def run_intake(place: Workplace, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one `intake` command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "intake.commands", *arguments],
        cwd=ROOT,
        env=child_environment(place),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@dataclass(frozen=True)
class Serving:
    """A running `intake serve` and where it answers, ending with a slash."""

    process: subprocess.Popen[str]
    address: str

    def stop(self, signal: int) -> tuple[int, str]:
        """Send the signal; returns exit status and everything it logged."""
        self.process.send_signal(signal)
        _, log = self.process.communicate(timeout=20)
        return self.process.returncode, log


@contextmanager
def serving(place: Workplace) -> Iterator[Serving]:
    """`intake serve` on a free port, once it answers; killed at the end if it still runs."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "intake.commands", "serve", "--port", str(port)],
        cwd=ROOT,
        env=child_environment(place),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    running = Serving(process, f"http://127.0.0.1:{port}/")
    try:
        _wait_for(running)
        yield running
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


@contextmanager
def published(folder: Path, certificate: Path | None = None) -> Iterator[str]:
    """Serve a folder on a free loopback port, over https where there is a certificate."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        scheme = "https" if certificate else "http"
        yield f"{scheme}://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the tests' output is for failures."""


def fetch(
    address: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """One request, redirects not followed: status, text, and where it leads."""
    request = urllib.request.Request(address, body, dict(headers or {}))
    try:
        with _OPENER.open(request, timeout=30) as answer:
            return answer.status, answer.read().decode(), ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers.get("Location", "")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _wait_for(running: Serving) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if running.process.poll() is not None:
            raise AssertionError(f"intake serve ended: {running.process.communicate()[1]}")
        try:
            if fetch(f"{running.address}intake/health")[0] == 200:
                return
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError("intake serve did not answer within a minute")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _holder(name: str, *, recovery: bool) -> Holder:
    key, passphrase = _key_of_this_run(name), sealing.new_passphrase()
    public = key.public(name, recovery=recovery)
    return Holder(key, public, passphrase, sealing.lock(key, passphrase))


def _key_of_this_run(name: str) -> sealing.PrivateKey:
    """All workers of one run make the same: what is sealed on a site that one has built, the
    others open.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", secrets.token_hex())
    # 31 bytes are always below the order of the curve.
    number = int.from_bytes(hashlib.sha256(f"{run} {name}".encode()).digest()[:31], "big")
    derived = ec.derive_private_key(number, ec.SECP256R1())
    pem = derived.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    key = ECKey.import_key(pem)
    return sealing.PrivateKey(key.thumbprint(), key)


_read_site = Site.read
_sites: dict[tuple[str, str], Site] = {}


def _site(root: Path, settings: Mapping[str, str]) -> Site:
    # Of the settings only these two decide what the receiver's pages say.
    file = Path(settings["INTAKE_ORGANIZATION"])
    known = (file.read_text(encoding="utf-8"), settings.get("INTAKE_SITE", ""))
    if known not in _sites:
        _sites[known] = _read_site(root, settings)
    return _sites[known]


_read_data = content.site._data
_data: dict[str, content.site.Data] = {}


def _data_of(
    folder: Path, organization: Organization, wording: Wording, on: dt.date
) -> content.site.Data:
    # All but the organization itself is the same for every one of a province.
    province = organization.home_region
    if province not in _data:
        _data[province] = _read_data(folder, organization, wording, on)
    return replace(_data[province], organization=organization)

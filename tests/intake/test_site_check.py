"""The live site is compared with its release byte for byte; whatever was changed is named."""

from __future__ import annotations

import functools
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from built_site import served
from duty_room import SECRET_PATH, DutyRoom, duty_room
from intake import commands, site_check
from intake.site_check import (
    MANIFEST,
    Difference,
    ReleaseProblem,
    compare,
    read_release,
    release_of,
)
from workplace import Workplace, set_up

FILES = {
    "index.html": "<h1>Beranda</h1>",
    "404.html": "<h1>Tidak ada</h1>",
    "bantuan/index.html": '<script src="../assets/form-1.js">',
    "paralegal/buka/index.html": '<script src="../../assets/reader-1.js">',
    "darurat/malaysia/index.html": '<a href="tel:999">',
    "assets/form-1.js": "seal()",
    "assets/reader-1.js": "open()",
    "unduh/keys.json": '{"keys": [{"kid": "a"}]}',
    "unduh/berkas dengan spasi.txt": "x",
}
Run = Callable[..., tuple[int, list[str]]]


class _Server(SimpleHTTPRequestHandler):
    """Serves the folder as a host of pages does: with 404.html for what is not there."""

    moved: dict[str, str]
    extra: dict[str, str]

    def do_GET(self) -> None:
        if self.path in self.moved:
            self.send_response(302)
            self.send_header("Location", self.moved[self.path])
            self.end_headers()
        else:
            super().do_GET()

    def end_headers(self) -> None:
        for name, value in self.extra.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def live(
    folder: Path, moved: dict[str, str] | None = None, extra: dict[str, str] | None = None
) -> Iterator[str]:
    """The folder as a live site, with these redirects and headers."""
    handler = type("Live", (_Server,), {"moved": moved or {}, "extra": extra or {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=folder))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A small build with its manifest."""
    folder = tmp_path / "released"
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / MANIFEST).write_text(release_of(folder, 1_795_305_600).manifest(), encoding="utf-8")
    return folder


@pytest.fixture
def online(released: Path, tmp_path: Path) -> Path:
    """The same files, as they were put online."""
    return Path(shutil.copytree(released, tmp_path / "online"))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[DutyRoom]:
    """Servers that take alerts."""
    with duty_room(tmp_path) as opened:
        yield opened


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `intake doctor` with these options; exit status and lines."""
    place = set_up(tmp_path)

    def doctor(*options: str, at: Workplace = place) -> tuple[int, list[str]]:
        for name, value in at.environment.items():
            monkeypatch.setenv(name, value)
        status = commands.main(["doctor", *options])
        return status, capsys.readouterr().out.splitlines()

    return doctor


@pytest.mark.parametrize("kept", ["folder", "manifest"])
def test_a_site_as_it_was_released_is_well(
    released: Path, online: Path, tmp_path: Path, run: Run, kept: str
) -> None:
    """Against the folder of the build, or its manifest kept elsewhere: exit 0."""
    manifest = tmp_path / "disimpan.json"
    manifest.write_bytes((released / MANIFEST).read_bytes())
    with live(online) as site:
        path = released if kept == "folder" else manifest
        assert run("--site", site, "--release", str(path)) == (
            0,
            [
                f"ok   site: all {len(FILES)} files are as they were released",
                "ok   headers: the server adds none; each page carries its policy itself",
            ],
        )


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("assets/form-1.js", "seal(); tell()"),
        ("assets/reader-1.js", "open()\n"),
        ("bantuan/index.html", '<script src="https://lain.example/x.js">'),
        ("paralegal/buka/index.html", "<h1>Buka di sini</h1>"),
        ("unduh/keys.json", '{"keys": [{"kid": "a"}, {"kid": "b"}]}'),
        ("darurat/malaysia/index.html", '<a href="tel:998">'),
        ("404.html", "<h1>Lain</h1>"),
    ],
)
def test_one_changed_file_is_named(released: Path, online: Path, path: str, text: str) -> None:
    """Script, reader, form, an added key, a number, even the page for what is not there."""
    (online / path).write_text(text, encoding="utf-8")
    with live(online) as site:
        found = compare(site, read_release(released))
    assert found == [Difference(path, "differs from the release")]


def test_a_manifest_online_that_was_changed_too_helps_nobody(
    released: Path, online: Path, run: Run
) -> None:
    """Whoever changes a script can change the site's own manifest: it is never believed."""
    (online / "assets/form-1.js").write_text("tell()", encoding="utf-8")
    (online / MANIFEST).write_text(release_of(online, 1).manifest(), encoding="utf-8")
    with live(online) as site:
        status, lines = run("--site", site, "--release", str(released / MANIFEST))
        assert (status, lines[0]) == (
            1,
            f"FAIL site: {site}assets/form-1.js differs from the release",
        )


def test_a_page_that_is_missing_is_named(released: Path, online: Path) -> None:
    """With the status that the server gave."""
    (online / "bantuan/index.html").unlink()
    (online / "bantuan").rmdir()
    with live(online) as site:
        assert compare(site, read_release(released)) == [
            Difference("bantuan/index.html", "is missing (404)")
        ]


def test_no_redirect_is_followed(released: Path, online: Path, tmp_path: Path) -> None:
    """A page that leads to another host is named, and that host is not asked."""
    asked = tmp_path / "lain"
    asked.mkdir()
    with live(asked) as other, live(online, {"/bantuan/": f"{other}bantuan/"}) as site:
        assert compare(site, read_release(released)) == [
            Difference("bantuan/index.html", "leads elsewhere (302)")
        ]


def test_a_site_that_is_down_is_told(released: Path) -> None:
    """Each file that does not answer is a difference."""
    found = compare("http://127.0.0.1:1/", read_release(released))
    assert len(found) == len(FILES)
    assert {one.what for one in found} == {"does not answer (URLError)"}


def test_headers_that_this_site_never_sends_are_told(
    released: Path, online: Path, run: Run
) -> None:
    """A cookie or a refresh is a fault; protection that a server adds is listed."""
    extra = {"Set-Cookie": "a=b", "Refresh": "0", "X-Frame-Options": "DENY"}
    with live(online, extra=extra) as site:
        status, lines = run("--site", site, "--release", str(released))
    assert (status, lines[1:]) == (
        1,
        [
            "FAIL headers: the server sends set-cookie, which this site never does",
            "FAIL headers: the server sends refresh, which this site never does",
        ],
    )
    with live(online, extra={"X-Frame-Options": "DENY"}) as site:
        assert site_check.headers(site) == ([], ["x-frame-options"])


@pytest.mark.parametrize("site", ["http://contoh.example/", "https://contoh.example", "ftp://x/"])
def test_only_a_locked_address_is_asked(site: str, released: Path, run: Run) -> None:
    """Over plain http anybody between could answer as the site."""
    assert run("--site", site, "--release", str(released))[0] == 1
    with pytest.raises(ReleaseProblem, match="https:// and a slash"):
        compare(site, read_release(released))


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"version": 1}', '{"version": 1, "built": 1, "files": {"../x": "a"}}', "\xff"],
)
def test_what_is_no_release_is_refused(tmp_path: Path, text: str) -> None:
    """The message says where to take it from."""
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReleaseProblem, match=r"is not the unduh/release\.json of a build"):
        read_release(path)


def test_two_people_are_told_what_differs(
    released: Path, online: Path, room: DutyRoom, tmp_path: Path, run: Run
) -> None:
    """With `--alert`, by every channel and only when something differs; the sentence has a count.

    Who has not named two people hears that too.
    """
    lone = set_up(tmp_path, alerts={"webhook": f"{room.web}{SECRET_PATH}"})
    options = ("--release", str(released), "--alert")
    with live(online) as site:
        status, lines = run("--site", site, *options, at=lone)
        assert (status, len(room.posted)) == (1, 0)
        assert lines[-1].startswith("FAIL alerts: alerts reach 1 people and two are needed")
        (online / "assets/form-1.js").write_text("tell()", encoding="utf-8")
        status, lines = run("--site", site, *options, at=lone)
    assert status == 1
    assert room.texts("webhook") == [
        "MENDESAK: situs berbeda dari rilisnya di 1 tempat. Jangan buka laporan di sana. "
        "Periksa sekarang."
    ]
    assert "form-1" not in json.dumps(room.posted)


def test_the_checkout_builds_the_same_site_again(other_site: Path, run: Run) -> None:
    """Without a release at hand this checkout is built as of the site's own time: byte for byte.

    The one file that only the live site has is its manifest, which is not believed.
    """
    place = Workplace(
        other_site.parent,
        {
            "INTAKE_ORGANIZATION": str(other_site.parent / "organization/organization.yml"),
            "INTAKE_KEYS": str(other_site.parent / "organization/keys"),
        },
    )
    with served(other_site) as site:
        status, lines = run("--site", site, at=place)
    assert (status, lines[0][:16]) == (0, "ok   site: all 1"), lines

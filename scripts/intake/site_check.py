"""Compare the live site, byte for byte, with the release that was reviewed.

Each build writes `unduh/release.json`: when it was built, and the SHA-256 of every published file.
The copy that counts is never the one on the site: it is a file kept elsewhere, a folder that was
built, or a build of this checkout as of the time at which the site says it was built. That time is
all that is taken from the site, and it changes no more than what is out of date by then.
Everything is asked of the one host that is named, and no redirect is followed. What cannot be
compared raises `ReleaseProblem`; what differs is a list of `Difference`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from intake.asking import Answer, NoAnswer, ask

MANIFEST = "unduh/release.json"
# The packed sitemap holds the second in which it was packed; the sitemap itself is compared.
LEFT_OUT = (MANIFEST, "sitemap.xml.gz")
VERSION = 1
LARGEST_FILE = 50 * 2**20
TIMEOUT_SECONDS = 30
AT_ONCE = 4
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# What a web server can add to the policy that each page carries itself.
PROTECTING = (
    "content-security-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
)
# What this site never sends: it keeps nothing on a phone and sends nobody on.
UNWANTED = ("set-cookie", "refresh")


class ReleaseProblem(Exception):
    """There is nothing to compare the site with; the message says how to get it."""


@dataclass(frozen=True)
class Difference:
    """One published file that is not as it was released."""

    path: str
    what: str


@dataclass(frozen=True)
class Release:
    """What was released: when it was built, and each file's SHA-256 by its path."""

    built: int
    files: Mapping[str, str]

    def manifest(self) -> str:
        """The text of `unduh/release.json`."""
        content = {"version": VERSION, "built": self.built, "files": dict(self.files)}
        return json.dumps(content, indent=0, sort_keys=True) + "\n"


def release_of(folder: Path, built: int) -> Release:
    """The release that a finished build is, without its manifest and what bears its own time."""
    files = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return Release(built, {path: files[path] for path in files if path not in LEFT_OUT})


def read_release(path: Path) -> Release:
    """The release in a manifest, or in the folder of a build; raises `ReleaseProblem`."""
    if path.is_dir():
        found = release_of(path, read_release(path / MANIFEST).built)
        if "index.html" not in found.files:
            raise ReleaseProblem(f"{path} holds no build: make one with mkdocs build --strict.")
        return found
    try:
        return _read(path.read_bytes())
    except (OSError, ReleaseProblem) as error:
        raise ReleaseProblem(
            f"{path} is not the {MANIFEST} of a build: take it from the release that was reviewed."
        ) from error


def built_at(site: str) -> int:
    """When the live site says that it was built; raises `ReleaseProblem`."""
    answer = _asked(site, MANIFEST)
    built = _read(answer.body).built if isinstance(answer, Answer) and answer.is_good else None
    if built is None:
        raise ReleaseProblem(
            f"{site}{MANIFEST} does not say when the site was built: give --release the manifest "
            "or the folder that was published."
        )
    return built


def compare(site: str, release: Release) -> list[Difference]:
    """Every released file that the live site does not have as it was released, by path."""
    check_address(site)
    with ThreadPoolExecutor(AT_ONCE) as several:
        found = several.map(lambda item: _difference(site, *item), sorted(release.files.items()))
        return [difference for difference in found if difference is not None]


def headers(site: str) -> tuple[list[str], list[str]]:
    """What the form page's headers have that they should not; and which protection they add."""
    answer = _asked(site, "bantuan/index.html")
    if not isinstance(answer, Answer):
        return [f"the form page does not answer ({answer})"], []
    sent = {name.lower() for name in answer.headers}
    wrong = [f"the server sends {name}, which this site never does" for name in UNWANTED]
    wrong = [line for name, line in zip(UNWANTED, wrong, strict=True) if name in sent]
    return wrong, [name for name in PROTECTING if name in sent]


def check_address(site: str) -> None:
    """Raise `ReleaseProblem` unless nobody between here and the site can change what it says."""
    parts = urlsplit(site)
    locked = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not locked or not site.endswith("/"):
        raise ReleaseProblem("Write the site's whole address: https:// and a slash at its end.")


def _difference(site: str, path: str, digest: str) -> Difference | None:
    answer = _asked(site, path)
    if not isinstance(answer, Answer):
        return Difference(path, f"does not answer ({answer})")
    if 300 <= answer.status < 400:
        return Difference(path, f"leads elsewhere ({answer.status})")
    # A host may serve the page of a missing address as what it is, with that status.
    if not answer.is_good and path != "404.html":
        return Difference(path, f"is missing ({answer.status})")
    if not hmac.compare_digest(hashlib.sha256(answer.body).hexdigest(), digest):
        return Difference(path, "differs from the release")
    return None


def _asked(site: str, path: str) -> Answer | NoAnswer:
    """The file as a reader's browser asks for it: a page by its folder."""
    shown = path.removesuffix("index.html") if path.endswith(("/index.html",)) else path
    shown = "" if path == "index.html" else shown
    try:
        return ask(f"{site}{quote(shown)}", seconds=TIMEOUT_SECONDS, most=LARGEST_FILE)
    except NoAnswer as error:
        return error


def _read(text: bytes) -> Release:
    try:
        match json.loads(text):
            case {"version": 1, "built": int(built), "files": dict(files)}:
                return Release(built, dict(_digests(files)))
    except (ValueError, RecursionError):
        pass
    raise ReleaseProblem(f"This is no {MANIFEST}.")


def _digests(files: Mapping[object, object]) -> Iterator[tuple[str, str]]:
    for path, digest in files.items():
        if not isinstance(digest, str) or len(digest) != 64 or ".." in str(path).split("/"):
            raise ReleaseProblem(f"This is no {MANIFEST}.")
        yield str(path), digest

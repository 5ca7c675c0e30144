"""Pack all pages of a language into one small bundle that a phone may keep.

Works on the finished site. A file that a page names and the site lacks is left out: the tests on
links find it. Nothing else can fail.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from content.addresses import prefix
from content.assets import minified

OFFER = "unduh/tanpa-internet.json"
WORKER = "worker.js"
OUTSIDE = ("bantuan/", "kontak/kartu/", "paralegal/buka/", "paralegal/titip/")
"""Paths, without language, that no copy holds: what is typed and read there needs the network.

Whether a paralegal's card is valid can change on any day, so no phone answers that from memory."""

_WORKER_PARTS = ("saved.js", "worker.js")
_PAGE = "index.html"
_NAMED = re.compile(r"assets/[\w.-]+\.(?:js|json)\b")
_CHECKED = re.compile(r'<p class="checked">.*?datetime="([\d-]+)"')
_SHORTEST_SHARED = 16
_NAME_DIGITS = 12
_KILOBYTE = 1000


@dataclass(frozen=True)
class Bundle:
    """One language's copy: its file, and what the page that offers it says about it."""

    url: str
    text: str
    pages: int
    checked: str
    """The newest date on which a page was checked, ISO 8601."""

    @property
    def facts(self) -> dict[str, str | int]:
        """What is published about the bundle."""
        size = len(gzip.compress(self.text.encode(), 9, mtime=0))
        kilobytes = -(-size // _KILOBYTE)
        return {
            "file": self.url,
            "pages": self.pages,
            "kilobytes": kilobytes,
            "checked": self.checked,
        }


def offline_files(
    site: Path, languages: Sequence[str], scripts: Path, address: str, receiver: str | None
) -> dict[str, str]:
    """Return the text of every file that reading without a network needs, by its path.

    `site` is the folder of the finished site, `address` where it is published.
    """
    bundles = {language: bundle(site, language, languages) for language in languages}
    files = {one.url: one.text for one in bundles.values()}
    files[OFFER] = json.dumps({name: one.facts for name, one in bundles.items()}) + "\n"
    outside = [prefix(language) + path for language in languages for path in OUTSIDE]
    files[WORKER] = _worker(scripts, [*outside, *_under(receiver, address)])
    return files


def bundle(site: Path, language: str, languages: Sequence[str]) -> Bundle:
    """Pack the pages of one language with the scripts and the search index that they name."""
    pages = _pages(site, language, languages)
    text = json.dumps(pack(pages | _named(site, pages.values())), ensure_ascii=False)
    digits = hashlib.sha256(text.encode()).hexdigest()[:_NAME_DIGITS]
    dates = [day for html in pages.values() for day in _CHECKED.findall(html)]
    url = f"assets/offline-{language}-{digits}.json"
    return Bundle(url, text, len(pages), max(dates, default=""))


def pack(files: Mapping[str, str]) -> dict[str, object]:
    """Return the files with every line that several of them share written once.

    `shared` holds those lines; a file is a list of texts and of numbers into `shared`.
    """
    lines = {path: text.splitlines(keepends=True) for path, text in files.items()}
    often = Counter(line for own in lines.values() for line in set(own))
    ordered = dict.fromkeys(line for own in lines.values() for line in own)
    shared = [line for line in ordered if often[line] > 1 and len(line) >= _SHORTEST_SHARED]
    numbers = {line: number for number, line in enumerate(shared)}
    return {
        "shared": shared,
        "files": {path: _parts(own, numbers) for path, own in lines.items()},
    }


def _parts(lines: Iterable[str], numbers: Mapping[str, int]) -> list[str | int]:
    parts: list[str | int] = []
    for line in lines:
        last = parts[-1] if parts else None
        if line in numbers:
            parts.append(numbers[line])
        elif isinstance(last, str):
            parts[-1] = last + line
        else:
            parts.append(line)
    return parts


def _pages(site: Path, language: str, languages: Sequence[str]) -> dict[str, str]:
    """Return the HTML of the language's pages by path, the home page first."""
    others = tuple(prefix(other) for other in languages if prefix(other) and other != language)
    found = {}
    for file in sorted((site / prefix(language)).rglob(_PAGE)):
        path = file.parent.relative_to(site).as_posix().removeprefix(".") + "/"
        path = path.removeprefix("/")
        shared = path.removeprefix(prefix(language))
        if not path.startswith(others) and not shared.startswith(OUTSIDE):
            found[path] = file.read_text(encoding="utf-8")
    return found


def _named(site: Path, pages: Iterable[str]) -> dict[str, str]:
    """Return the scripts and data files that the pages load."""
    names = sorted({name for html in pages for name in _NAMED.findall(html)})
    files = {name: site / name for name in names}
    return {name: file.read_text(encoding="utf-8") for name, file in files.items() if file.exists()}


def _worker(scripts: Path, outside: Sequence[str]) -> str:
    head = f"const OUTSIDE = {json.dumps(outside)};"
    return minified(scripts, _WORKER_PARTS, head)


def _under(receiver: str | None, address: str) -> list[str]:
    """Return the receiver's path below the site's address, if that is where it answers."""
    if receiver is None or not receiver.startswith(address):
        return []
    return [urlsplit(receiver).path.removeprefix(urlsplit(address).path)]

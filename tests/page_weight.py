"""Weigh a built page as a phone downloads it: bytes after brotli, requests, and words.

A file that is not there raises `FileNotFoundError`. GitHub Pages serves gzip; most other hosts
serve brotli.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import brotli

from html_page import read_page

_AROUND = re.compile(
    r"<(style|script|svg|section class=\"sources\")\b.*?</(?:style|script|svg|section)>", re.DOTALL
)
_MAIN = re.compile(r"<main.*?</main>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def fit(files: Iterable[Path], most: int) -> bool:
    """Whether the files take no more than so many bytes together.

    Where brotli's sixth level says so already, its highest, which takes ten times as long, is not
    asked.
    """
    files = list(files)
    return any(sum(brotli_bytes(file, level) for file in files) <= most for level in (6, 11))


@cache
def brotli_bytes(file: Path, level: int = 11) -> int:
    """Return the file's bytes at a level of brotli; hosts store it at the highest beforehand."""
    return len(brotli.compress(file.read_bytes(), quality=level))


@cache
def gzip_bytes(file: Path) -> int:
    """Return the file's bytes at gzip's highest level."""
    return len(gzip.compress(file.read_bytes(), 9))


def fetched(site: Path, path: str) -> list[Path]:
    """Return the files that a browser with an empty cache fetches by itself to show a page."""
    page = site / path / "index.html"
    inside = [a for a in read_page(page).loaded if urlsplit(a).scheme != "data"]
    return [page, *(site / urljoin("/" + path, address).lstrip("/") for address in inside)]


def first_visit(site: Path, path: str) -> tuple[int, int]:
    """Return requests and bytes of a first visit."""
    files = fetched(site, path)
    return len(files), sum(brotli_bytes(file) for file in files)


def words_of(file: Path) -> int:
    """Return the words of a page's main part without its sources."""
    main = _MAIN.search(file.read_text(encoding="utf-8"))
    return len(_TAG.sub(" ", _AROUND.sub(" ", main[0])).split()) if main else 0

"""What the real pages cite: texts that were read, each of them, and no others are kept."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from built_site import ROOT
from content.pairs import front_matter
from directory.records import Source, load_sources

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
# What may be printed. Nothing from memory, nothing unverified.
PRINTABLE = {"text seen", "own page seen", "official page seen", "secondary source"}
# These make no claim of their own; all others name what they rest on.
WITHOUT_SOURCES = {
    "index",
    "bantuan",
    "bantuan/kabar",
    "cari",
    "data/pages",
    "kontak",
    "kontak/cek",
    "kontak/daftar",
    "kontak/perwakilan",
    "panduan",
    "paralegal",
    "paralegal/buka",
    "paralegal/catat",
    "paralegal/latihan",
    "paralegal/titip",
    "tentang",
    "tentang/aksesibilitas",
    "tentang/koreksi",
    "tentang/tanpa-internet",
}


@cache
def sources() -> dict[str, Source]:
    return {source.id: source for source in load_sources(DOCS / "data/sources")}


@cache
def front(path: Path) -> dict[str, Any]:
    return front_matter(name(path), path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return path.relative_to(DOCS).as_posix()


def folder(path: Path) -> str:
    return path.parent.relative_to(DOCS).as_posix().replace(".", "index")


def cited(path: Path) -> list[str]:
    return list(front(path).get("sources") or [])


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_what_a_page_cites_may_be_printed(path: Path) -> None:
    """Each id stands for a text that was read, and how near to its origin is known."""
    ids = cited(path)
    assert [one for one in ids if one not in sources()] == []
    assert {sources()[one].confidence for one in ids} <= PRINTABLE
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("path", [p for p in PAGES if folder(p) not in WITHOUT_SOURCES], ids=name)
def test_a_page_that_claims_something_names_its_sources(path: Path) -> None:
    """Whoever doubts a sentence can read where it comes from."""
    assert cited(path)


def test_every_source_is_cited() -> None:
    """What no page rests on is not kept, checked and dated for nobody."""
    used = {one for path in PAGES for one in cited(path)}
    assert sorted(sources().keys() - used) == []

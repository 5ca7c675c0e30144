"""Print how heavy and how fast our pages are, beside plain Material and a bare page.

`make bench` runs it. What misses its goal is marked with `!` and nothing fails by it: bytes are
judged in tests/test_site.py, and times are the machine's. A site that is not built ends it with
exit status 1. Without Chromium, or without Node for Lighthouse, the table says so.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import yaml
from playwright.sync_api import Browser, sync_playwright

from built_site import ROOT, run_build
from page_weight import words_of
from slow_phone import (
    BITS_A_SECOND,
    LATENCY_MS,
    SCREEN,
    SLOWER_PROCESSOR,
    Host,
    blanked,
    hosted,
    packed,
    painted,
)
from workplace import set_up

KINDS = {
    "home": "",
    "guide": "panduan/dokumen-ditahan/",
    "country": "negara/malaysia/",
    "numbers": "darurat/",
    "numbers of a country": "darurat/malaysia/",
    "contact list": "kontak/",
    "contacts of an area": "kontak/wilayah/33.02/",
    "law": "aturan/uu-18-2017/",
    "search": "cari/",
    "form": "bantuan/",
    "volunteers' form": "paralegal/catat/",
    "reader": "paralegal/buka/",
}
BY_LIGHTHOUSE = ("home", "guide", "country", "numbers", "contact list", "form", "reader")
WITH_A_WAY_OUT = ("guide", "numbers", "numbers of a country", "form", "reader")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LIGHTHOUSE = "lighthouse@12"
ROUNDS = 3

FIRST_VISIT, NEXT_PAGE, FORM_PAGE = 8_000, 6_500, 27_500
FIRST_PAINT_MS, LARGEST_PAINT_MS = 900, 1_100
EMPTY_MS = 100
# The site as it is has more than the 80 pages that are to build in 2 seconds.
SECONDS_TO_BUILD = {80: 2, 400: 6, 2_000: 30}
WORDS_A_PAGE = 600

_CALL = re.compile(r"\{[{%].*?[%}]\}")
_OURS = re.compile(r"^(?:template|languages): .*\n", re.MULTILINE)


def main() -> None:
    """Measure everything and print one table after another."""
    (ROOT / "var").mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as scratch:
        variants = build_variants(Path(scratch))
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        with sync_playwright() as running:
            browser = chromium and running.chromium.launch(
                executable_path=chromium, args=["--no-sandbox"]
            )
            compare(variants, browser or None)
            leaving(variants["ours"], browser or None)
        lighthouse(variants["ours"], chromium)
        scale(Path(scratch))


def compare(variants: dict[str, Path], browser: Browser | None) -> None:
    """Bytes, requests and paints of every kind of page in every variant."""
    rows = []
    for name, folder in variants.items():
        with hosted(folder) as host:
            rows += [
                [name, kind, *measured(host, folder, path, browser, kind.endswith("form"))]
                for kind, path in KINDS.items()
                if (folder / path / "index.html").is_file()
            ]
    network = f"{LATENCY_MS} ms, {BITS_A_SECOND // 1000} kbit/s, CPU {SLOWER_PROCESSOR}x slower"
    show(
        f"Pages at {SCREEN['width']}x{SCREEN['height']}, {network}, brotli: median of {ROUNDS}",
        ["variant", "page", "words", "requests", "brotli", "next", "gzip", "FCP", "LCP", "shift"],
        rows,
    )


def measured(
    host: Host, folder: Path, path: str, browser: Browser | None, is_form: bool
) -> Iterator[str]:
    """One row: what a first visit fetches, and how long it takes to paint."""
    page = folder / path / "index.html"
    if browser is None:
        yield from [str(words_of(page)), "-", "-", "-", "-", "no Chromium", "-", "-"]
        return
    files = _fetched(host, browser, path)
    yield str(words_of(page))
    yield str(len(files))
    yield judged(_size(files, "br"), FORM_PAGE if is_form else FIRST_VISIT)
    yield judged(_size([page], "br"), FORM_PAGE if is_form else NEXT_PAGE)
    yield f"{_size(files, 'gzip'):,}"
    paint = painted(browser, host.address + path, ROUNDS)
    yield judged(paint.first, FIRST_PAINT_MS)
    yield judged(paint.largest, LARGEST_PAINT_MS)
    yield f"{paint.shift:.3f}{'!' if paint.shift else ''}"


def leaving(site: Path, browser: Browser | None) -> None:
    """How long "leave fast" takes to empty each kind of page that has it."""
    title, head = f"Leave fast, CPU {SLOWER_PROCESSOR}x slower", ["page", "ms until empty"]
    if browser is None:
        show(title, head, [["not measured: install Chromium"]])
        return
    with hosted(site) as host:
        rows = [
            [kind, judged(blanked(browser, host.address + KINDS[kind], ROUNDS), EMPTY_MS)]
            for kind in WITH_A_WAY_OUT
        ]
    show(title, head, rows)


def lighthouse(site: Path, chromium: str | None) -> None:
    """The four scores of each kind of page on a phone, where Node can be had."""
    title, head = "Lighthouse, mobile", ["page", *CATEGORIES, "what it found"]
    npx = shutil.which("npx")
    if npx is None or chromium is None:
        show(title, head, [["not measured: install Node (npx) and Chromium"]])
        return
    with hosted(site) as host, tempfile.TemporaryDirectory() as scratch:
        rows = [
            [kind, *_scores(npx, chromium, host.address + KINDS[kind], Path(scratch))]
            for kind in BY_LIGHTHOUSE
            if (site / KINDS[kind] / "index.html").is_file()
        ]
    show(title, head, rows)


def scale(folder: Path) -> None:
    """How long the site takes to build as it is and with invented guides, and how large it is."""
    rows = []
    for pages, seconds in SECONDS_TO_BUILD.items():
        root = folder / f"checkout-{pages}"
        written = _checkout_with_guides(root, pages)
        begun = time.perf_counter()
        _built(root / "site", {}, root)
        lasted = time.perf_counter() - begun
        files = [file for file in (root / "site").rglob("*") if file.is_file()]
        made = sum(file.suffix == ".html" for file in files) - written
        size = sum(file.stat().st_size for file in files)
        rows.append(
            [f"{written:,}", f"{made:,}", judged(lasted, seconds, 1), f"{size / 1e6:.1f} MB"]
        )
    show("Building", ["pages written", "made from data", "seconds", "size"], rows)


def build_variants(folder: Path) -> dict[str, Path]:
    """Ours with an open form, the same prose with plain Material, and a page with nothing else."""
    place = folder / "place"
    place.mkdir()
    ours = _built(folder / "ours", dict(set_up(place).settings.for_site()), ROOT)
    material = _built(folder / "material", {}, _material_checkout(folder / "plain"))
    bare = folder / "bare" / KINDS["guide"]
    bare.mkdir(parents=True)
    bare.joinpath("index.html").write_text(_without_style(ours / KINDS["guide"] / "index.html"))
    return {"ours": ours, "material": material, "bare": folder / "bare"}


def judged(value: float, goal: float, digits: int = 0) -> str:
    """Return a value, marked if it misses its goal."""
    return f"{value:,.{digits}f}{'!' if value > goal else ''}"


def show(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print one table, the first two columns to the left and figures to the right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[n]) for line in lines if n < len(line)) for n in range(len(head))]
    print(f"\n{title}")
    for line in lines:
        cells = [
            cell.ljust(width) if place < 2 and not cell[:1].isdigit() else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=False))
        ]
        print("  " + "  ".join(cells).rstrip(), flush=True)


def _fetched(host: Host, browser: Browser, path: str) -> list[Path]:
    """Return what a browser with an empty cache asks for by itself."""
    host.sent.clear()
    with browser.new_context(viewport=SCREEN) as context:
        context.new_page().goto(host.address + path, wait_until="networkidle")
    return list(host.sent)


def _size(files: Iterable[Path], coding: str) -> int:
    return sum(len(packed(file, coding)) for file in files)


def _scores(npx: str, chromium: str, address: str, scratch: Path) -> list[str]:
    flags = "--headless=new --no-sandbox --disable-dev-shm-usage"
    run = subprocess.run(
        [npx, "--yes", LIGHTHOUSE, address, "--quiet", "--output=json", "--output-path=stdout",
         f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={flags}"],
        env=os.environ | {"CHROME_PATH": chromium, "npm_config_cache": str(scratch)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if run.returncode:
        return [f"not measured: {run.stderr.strip().splitlines()[-1]}"]
    report = json.loads(run.stdout)
    scores = [f"{report['categories'][name]['score'] * 100:.0f}" for name in CATEGORIES]
    return [*scores, ", ".join(_findings(report)) or "nothing"]


def _findings(report: dict[str, object]) -> Iterator[str]:
    """Yield the audits that cost points."""
    categories: dict[str, dict[str, list[dict[str, str | float]]]] = report["categories"]  # type: ignore[assignment]
    audits: dict[str, dict[str, float | None]] = report["audits"]  # type: ignore[assignment]
    for category in categories.values():
        for audit in category["auditRefs"]:
            score = audits[str(audit["id"])]["score"]
            if audit["weight"] and score is not None and score < 0.9:
                yield str(audit["id"])


def _built(folder: Path, settings: dict[str, str], root: Path) -> Path:
    run = run_build(folder, settings, root)
    if run.returncode:
        sys.exit(run.stderr)
    return folder


def _material_checkout(root: Path) -> Path:
    """Return a folder with our prose for plain Material: without cards, so lighter than ours."""
    for page in ROOT.glob("docs/**/*.md"):
        if ROOT / "docs/data" not in page.parents:
            text = _CALL.sub("", _OURS.sub("", page.read_text(encoding="utf-8")))
            copy = root / page.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text, encoding="utf-8")
    ours = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    languages = [
        {"locale": "id", "name": "Indonesia", "default": True},
        {"locale": "en", "name": "English"},
    ]
    plain = {
        "site_name": ours["site_name"],
        "site_url": "https://contoh.example/",
        # Without Google's fonts, which would be two requests more.
        "theme": {"name": "material", "language": "id", "font": False},
        "plugins": ["search", {"i18n": {"docs_structure": "suffix", "languages": languages}}],
        "markdown_extensions": ours["markdown_extensions"],
        # Anchors of cards and links to pages made from data are not there.
        "validation": {"links": {"not_found": "info", "anchors": "info"}},
    }
    (root / "mkdocs.yml").write_text(yaml.safe_dump(plain, sort_keys=False), encoding="utf-8")
    return root


def _without_style(page: Path) -> str:
    """Return a page's text and links, with nothing around them."""
    html = page.read_text(encoding="utf-8")
    main = re.search(r"<main.*?</main>", html, re.DOTALL)
    assert main is not None
    inside = re.sub(r"<svg.*?</svg>| class=\"[^\"]*\"", "", main[0], flags=re.DOTALL)
    return f'<!doctype html><html lang="id"><meta charset="utf-8"><title>Uji</title>{inside}'


def _checkout_with_guides(root: Path, pages: int) -> int:
    """Write our checkout with as many invented guides as it lacks; return its written pages."""
    for name in ("overrides", "scripts", "docs"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "mkdocs.yml", root)
    data = root / "docs/data"
    ours = [path for path in root.glob("docs/**/index.*.md") if data not in path.parents]
    chance = random.Random(pages)  # the same pages on every run
    guides = range(max(0, pages - len(ours)) // 2)
    for number in guides:
        for language in ("id", "en"):
            file = root / f"docs/panduan/rekaan-{number}/index.{language}.md"
            file.parent.mkdir(exist_ok=True)
            file.write_text(_invented_page(f"rekaan {number}", chance), encoding="utf-8")
    return len(ours) + 2 * len(guides)


def _invented_page(title: str, chance: random.Random) -> str:
    """Return a page of made-up words, with a list, a warning, a card and sources."""
    front = {
        "title": f"Halaman {title}",
        "description": "Kata-kata rekaan untuk mengukur.",
        "checked": "2026-11-21",
        "audience": ["worker"],
        "topics": ["papers-held"],
        "sources": ["uu18-p1-2-pmi"],
    }
    return (
        f"---\n{yaml.safe_dump(front)}---\n{_sentences(chance, 5)}\n\n## Langkah\n\n"
        + "".join(f"1. {_sentences(chance, 1)}\n" for _ in range(5))
        + f'\n!!! warning "Hati-hati"\n    {_sentences(chance, 2)}\n\n'
        + '{{ hotline("id-kemlu-pwni") }}\n\n'
        + "".join(
            f"## Bagian {{ #part-{number} }}\n\n{_sentences(chance, WORDS_A_PAGE // 60)}\n\n"
            for number in range(5)
        )
    )


def _sentences(chance: random.Random, count: int) -> str:
    """Return sentences of twelve made-up words."""
    letters = ["ba", "ca", "di", "ga", "ku", "la", "me", "no", "pe", "ra", "si", "tu", "wa"]
    words = ["".join(chance.choices(letters, k=chance.randint(2, 4))) for _ in range(12 * count)]
    return " ".join(
        " ".join(words[start : start + 12]).capitalize() + "." for start in range(0, len(words), 12)
    )


if __name__ == "__main__":
    main()

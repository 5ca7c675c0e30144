"""The QR code that the reader draws is the standard's: held against segno and read by a scanner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import segno
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser
from segno.encoder import mask_scores

from browser.conftest import SCRIPTS, run_in
from browser.served import Loopback

Run = Callable[..., Any]
DRAWN = """
  const { version, message } = qrMessage(input);
  const patterns = qrPatterns(version);
  qrPutVersion(patterns, version);
  qrPutFormat(patterns, 0);
  const way = qrWay(patterns);
  const drawn = QR_MASKS.map((_, mask) => qrMasked(patterns, way, message, mask));
  return drawn.map((rows) => rows.map((row) => row.map(Number)));
"""
LINK = "https://contoh.example/paralegal/buka/#relawan="


@pytest.fixture(scope="module")
def draw(browser: Browser, loopback: Loopback) -> Iterator[Run]:
    """Run code in a page that holds the encoder."""
    page = browser.new_page()
    page.goto(loopback.address + "/")
    for name in ("sealing.js", "qr.js"):
        page.add_script_tag(content=(SCRIPTS / name).read_text(encoding="utf-8"))
    yield partial(run_in, page)
    page.close()


def matrix(draw: Run, text: str) -> list[list[int]]:
    """What the page draws for that text: rows of 0 and 1."""
    rows: list[list[int]] = draw("return qrCode(input).map((row) => row.map(Number));", text)
    return rows


def mask_of(rows: list[list[int]]) -> int:
    """The mask that a code's format information names (ISO/IEC 18004, section 7.9.1)."""
    return int("".join(map(str, rows[8][2:5])), 2) ^ 0b101


def test_every_version_is_module_by_module_that_of_segno(draw: Run) -> None:
    """The longest text of each version from 1 to 20: patterns, data, checks and names agree.

    Shorter texts are read instead: behind their end segno fills in a byte that the standard does
    not know, which no scanner looks at.
    """
    rooms = draw(
        "return QR_BLOCKS.map((_, place) => qrRoom(place + 1) - (place + 1 < 10 ? 2 : 3));"
    )
    for version, room in enumerate(rooms, 1):
        text = ("Migrasi-aman" * 60)[:room]
        ours = matrix(draw, text)
        theirs = segno.make_qr(
            text, error="m", mode="byte", boost_error=False, version=version, mask=mask_of(ours)
        )
        assert ours == [list(row) for row in theirs.matrix], version
    assert draw("return qrCode(input);", "a" * (rooms[-1] + 1)) == "error: too-large"


@pytest.mark.parametrize(
    "text",
    [
        "7",
        "Halo, ini uji pendek.",
        "Kode é dan 🙏",
        LINK + "eyJrdHkiOiJFQyIsImNydiI6IlAtMjU2IiwieCI6" * 4,
        "y9" * 106,
        "x" * 415,
    ],
    ids=len,
)
def test_a_scanner_reads_it(draw: Run, text: str) -> None:
    """Each comes back as it was written, with the quiet zone that scanners need."""
    rows = matrix(draw, text)
    size = (len(rows) + 8) * 4
    picture = Image.new("1", (size, size), 1)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                left, top = (x + 4) * 4, (y + 4) * 4
                picture.paste(0, (left, top, left + 4, top + 4))
    [found] = zxingcpp.read_barcodes(picture.convert("L"))
    assert found.text == text


def penalty(rows: list[list[int]]) -> int:
    """The sum of table 11 as segno counts it."""
    scored = mask_scores([bytearray(row) for row in rows], len(rows), len(rows))  # type: ignore[no-untyped-call]
    return sum(scored)


def test_the_mask_is_the_best_one(draw: Run) -> None:
    """Of the eight pictures of one text, the one drawn has the least penalty by segno's count."""
    for text in ("7", LINK, "y9" * 60):
        drawn = draw(DRAWN, text)
        scores = [penalty(rows) for rows in drawn]
        assert matrix(draw, text) == drawn[scores.index(min(scores))]

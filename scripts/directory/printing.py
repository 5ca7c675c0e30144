"""Set a sheet as a PDF: tagged, its text selectable, the same bytes for the same words and day.

A sheet that does not fit its template, or holds a letter that the font does not have, raises
`NotPrintable` with typst's own words.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import segno

from content.typeset import NotPrintable as NotPrintable
from content.typeset import typeset

_TEMPLATES = Path(__file__).with_name("print")
_ICONS = files("material") / "templates/.icons/material"


@dataclass(frozen=True)
class Sheet:
    """What one template is filled with; `content` has to be fit for JSON."""

    template: str
    language: str
    title: str
    on: date
    content: Mapping[str, object]

    @property
    def text(self) -> str:
        """Everything that the template reads."""
        dated = {"year": self.on.year, "month": self.on.month, "day": self.on.day}
        head = {"language": self.language, "title": self.title, "on": dated, "phone": _phone()}
        return json.dumps({**self.content, **head}, ensure_ascii=False, sort_keys=True)

    @property
    def fingerprint(self) -> str:
        """What changes whenever the PDF would: words, templates or typst."""
        read = (version("typst"), self.template, self.text, _templates())
        return hashlib.sha256("\0".join(read).encode()).hexdigest()


def pdf(sheet: Sheet) -> bytes:
    """Return the sheet as PDF/UA-1 (ISO 14289-1)."""
    return typeset(_TEMPLATES / f"{sheet.template}.typ", sheet.text, sheet.title, sheet.on)


@cache
def qr(address: str) -> str:
    """Return a QR code (ISO/IEC 18004) as SVG; a quarter of it may be dirty or torn."""
    written = io.BytesIO()
    code = segno.make(address, error="q", micro=False, boost_error=False)
    code.save(written, kind="svg", border=4, xmldecl=False, svgclass=None, lineclass=None)
    return written.getvalue().decode()


@cache
def _templates() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted(_TEMPLATES.glob("*.typ")))


@cache
def _phone() -> str:
    return (_ICONS / "phone.svg").read_text(encoding="utf-8")

"""Set a sheet as a PDF: tagged, its text selectable, the same bytes for the same words and day.

Only this module knows typst. A sheet that does not fit its template, or holds a letter that the
font does not have, raises `NotPrintable` with typst's own words.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import segno
import typst

_TEMPLATES = Path(__file__).with_name("print")
_FONTS = files("fontpkg_atkinson_hyperlegible") / "files"
_ICONS = files("material") / "templates/.icons/material"


class NotPrintable(Exception):
    """Why something cannot be printed, and what to do about it."""


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
    compiler = typst.Compiler(
        _TEMPLATES / f"{sheet.template}.typ",
        root=_TEMPLATES,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"sheet": sheet.text},
    )
    # No clock of the machine goes in: the day is the one that stands on the sheet.
    day = datetime(sheet.on.year, sheet.on.month, sheet.on.day, tzinfo=UTC)
    try:
        made, warnings = compiler.compile_with_warnings(
            format="pdf", pdf_standards=["ua-1"], timestamp=day
        )
    except typst.TypstError as error:
        raise NotPrintable(f"{sheet.title}: {error.message}; mend the text") from error
    if warnings or not isinstance(made, bytes):
        told = "; ".join(warning.message for warning in warnings)
        raise NotPrintable(f"{sheet.title}: {told}; mend the template {sheet.template}.typ")
    return made


@cache
def qr(address: str) -> str:
    """Return a QR code (ISO/IEC 18004) as SVG; a quarter of it may be dirty or torn."""
    written = io.BytesIO()
    code = segno.make(address, error="q", micro=False, boost_error=False)
    code.save(written, kind="svg", border=4, xmldecl=False, svgclass=None, lineclass=None)
    return written.getvalue().decode()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_FONTS)]
    )


@cache
def _templates() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted(_TEMPLATES.glob("*.typ")))


@cache
def _phone() -> str:
    return (_ICONS / "phone.svg").read_text(encoding="utf-8")

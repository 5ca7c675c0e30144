"""Set a typst template as a PDF: tagged, with our own letters, the same bytes for the same words.

Only this module knows typst. Text that does not fit its template, or holds a letter that the font
does not have, raises `NotPrintable` with typst's own words.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import typst

_FONTS = files("fontpkg_atkinson_hyperlegible") / "files"


class NotPrintable(Exception):
    """Why something cannot be printed, and what to do about it."""


def typeset(template: Path, sheet: str, title: str, on: date) -> bytes:
    """Return a template, filled with the JSON text `sheet`, as PDF/UA-1 (ISO 14289-1)."""
    compiler = typst.Compiler(
        template,
        root=template.parent,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"sheet": sheet},
    )
    # No clock of the machine goes in: the day is the one that stands on the sheet.
    day = datetime(on.year, on.month, on.day, tzinfo=UTC)
    try:
        made, warnings = compiler.compile_with_warnings(
            format="pdf", pdf_standards=["ua-1"], timestamp=day
        )
    except typst.TypstError as error:
        raise NotPrintable(f"{title}: {error.message}; mend the text") from error
    if warnings or not isinstance(made, bytes):
        told = "; ".join(warning.message for warning in warnings)
        raise NotPrintable(f"{title}: {told}; mend the template {template.name}")
    return made


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_FONTS)]
    )

"""Open a PDF as a reader does: its text, its size, its language, its QR codes."""

from __future__ import annotations

import ctypes
import re

import pypdfium2
import pypdfium2.raw as pdfium
import zxingcpp

_POINTS_PER_MM = 72 / 25.4


class Pdf:
    """One PDF, opened by PDFium."""

    def __init__(self, content: bytes) -> None:
        self._document = pypdfium2.PdfDocument(content)

    @property
    def pages(self) -> int:
        return len(self._document)

    @property
    def title(self) -> str:
        return str(self._document.get_metadata_dict()["Title"])

    @property
    def language(self) -> str:
        """The document's language (ISO 32000-1, section 14.9.2)."""
        length = pdfium.FPDFCatalog_GetLanguage(self._document, None, 0)
        room = ctypes.create_string_buffer(length)
        wide = ctypes.cast(room, ctypes.POINTER(pdfium.FPDF_WCHAR))
        pdfium.FPDFCatalog_GetLanguage(self._document, wide, length)
        return room.raw.decode("utf-16-le").rstrip("\0")

    @property
    def is_tagged(self) -> bool:
        return bool(pdfium.FPDFCatalog_IsTagged(self._document))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the first page in millimetres."""
        width, height = self._document[0].get_size()
        return round(width / _POINTS_PER_MM, 1), round(height / _POINTS_PER_MM, 1)

    def text(self, page: int = 0) -> str:
        """The text of a page that can be selected, its lines joined."""
        found = self._document[page].get_textpage().get_text_range()
        return re.sub(r"\s+", " ", found).strip()

    def codes(self, page: int = 0) -> list[str]:
        """What a camera reads in a page that lies before it at 150 dots per inch, in grey."""
        picture = self._document[page].render(scale=150 / 72, grayscale=True).to_pil()
        return [code.text for code in zxingcpp.read_barcodes(picture)]

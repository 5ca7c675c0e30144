"""Read the one form of a page as a browser without JavaScript would send it.

A page without a form gives no fields and no action; nothing raises.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

from intake.form import Answers


@dataclass
class HtmlForm:
    """Where a form goes, and the fields it would send as it stands: what is ticked and typed."""

    action: str = ""
    fields: dict[str, list[str]] = field(default_factory=dict)

    def filled_in(self, answers: Answers) -> dict[str, list[str]]:
        """The fields after a person has given these answers."""
        typed = {
            name: value if isinstance(value, list) else [value] for name, value in answers.items()
        }
        return self.fields | typed


def read_form(html: str) -> HtmlForm:
    """Return the form of a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.form


def encoded(fields: dict[str, list[str]]) -> bytes:
    """The fields as a browser encodes them: line breaks as CR LF (HTML, "form submission")."""
    lines = {
        name: [value.replace("\r\n", "\n").replace("\n", "\r\n") for value in values]
        for name, values in fields.items()
    }
    return urlencode(lines, doseq=True).encode()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.form = HtmlForm()
        self._area: str | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form.action = found["action"]
        elif tag == "input" and (found["type"] in ("text", "hidden") or "checked" in found):
            self._add(found["name"], found["value"])
        elif tag == "select":
            self._select = found["name"]
        elif tag == "option" and "selected" in found:
            self._add(self._select, found["value"])
        elif tag == "textarea":
            self._area = found["name"]
            self._add(self._area, "")

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.form.fields[self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            # The line feed right after the start tag is not part of the value.
            values = self.form.fields[self._area]
            values[-1] = values[-1].removeprefix("\n")
            self._area = None

    def _add(self, name: str, value: str) -> None:
        self.form.fields.setdefault(name, []).append(value)

"""Leave out of a page's inlined style sheet the rules that nothing on the page can meet.

Only class names and tags are looked at, and a rule stays while it may still match, so a page
looks as it would with the whole sheet. Whatever its scripts mention may still come, and counts
as present. HTML without an inlined sheet is returned as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from content.assets import style_source

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_CLASSES = re.compile(r'class="([^"]+)"')
_TAGS = re.compile(r"<([a-z][a-z0-9]*)")
# What a selector says beyond classes and tags is taken for true.
_BEYOND = re.compile(r"\[[^\]]*\]|::?[\w-]+(?:\([^)]*\))?|#[\w-]+")
_NAMES = re.compile(r"\.?[a-zA-Z][\w-]*")
_WORDS = re.compile(r"[a-zA-Z][\w-]*")
_QUOTED = re.compile(r"""["'`]([a-z][a-z0-9]*)["'`]""")
_VALUE = re.compile(r"--([\w-]+):[^;}]*;?")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_BLOCK = re.compile(r"(@[^{}]+)\{((?:[^{}]+\{[^{}]*\})*)\}|([^{}@]+)\{([^{}]*)\}")


class _Rule(NamedTuple):
    condition: str
    selectors: tuple[tuple[str, frozenset[str]], ...]
    body: str


def fitted(html: str, scripts: Iterable[str] = ()) -> str:
    """Return the page with a smaller sheet, and with its policy naming that sheet's digest.

    `scripts` are the texts of the scripts that the page loads.
    """
    match = _STYLE.search(html)
    if match is None:
        return html
    whole = match[1]
    page = html[: match.start()] + html[match.end() :]
    present = {f".{name}" for names in _CLASSES.findall(page) for name in names.split()}
    present.update(_TAGS.findall(page))
    for script in scripts:
        present |= _mentioned(script)
    text = _without_idle_values(_written(_rules(whole), present))
    # The policy stands above the sheet.
    return html.replace(style_source(whole), style_source(text), 1).replace(whole, text, 1)


def _written(rules: Iterable[_Rule], present: set[str]) -> str:
    parts: list[str] = []
    open_condition = ""
    for rule in rules:
        selectors = [text for text, names in rule.selectors if names <= present]
        if not selectors:
            continue
        if rule.condition != open_condition:
            parts.append("}" * bool(open_condition) + rule.condition + "{" * bool(rule.condition))
            open_condition = rule.condition
        parts.append(f"{','.join(selectors)}{{{rule.body}}}")
    return "".join(parts) + "}" * bool(open_condition)


def _without_idle_values(sheet: str) -> str:
    """Leave out the custom properties that no rule reads any more."""
    return _VALUE.sub(lambda m: m[0] if f"var(--{m[1]})" in sheet else "", sheet)


@cache
def _mentioned(script: str) -> set[str]:
    """Return every word of a script as a class it may set, and every quoted one as a tag."""
    return {f".{word}" for word in _WORDS.findall(script)} | set(_QUOTED.findall(script))


@cache
def _rules(sheet: str) -> tuple[_Rule, ...]:
    return tuple(_read(sheet))


def _read(sheet: str) -> Iterator[_Rule]:
    for block in _BLOCK.finditer(sheet):
        if block[1]:
            for inner in _RULE.finditer(block[2]):
                yield _Rule(block[1], _selectors(inner[1]), inner[2])
        else:
            yield _Rule("", _selectors(block[3]), block[4])


def _selectors(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((one, frozenset(_NAMES.findall(_BEYOND.sub(" ", one)))) for one in _split(text))


def _split(text: str) -> list[str]:
    """Split at commas, but not at those inside :not(a, b)."""
    return re.split(r",(?![^(]*\))", text)

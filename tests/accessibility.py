"""Ask axe what keeps people from using a page.

Its script is half a megabyte, so a page is given it only once, and only what axe finds comes back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page

CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {name: {"enabled": False} for name in ("color-contrast", "link-in-text-block")},
}
_LOOKS = """() => {
  const style = [...document.querySelectorAll('style')].map((one) => one.textContent).join('');
  const seen = [...document.querySelectorAll('body *')].filter((one) => one.checkVisibility());
  return [style, [...new Set(seen.map((element) => {
    const names = [];
    for (let at = element; at; at = at.parentElement) {
      const chosen = at.matches('label') && at.querySelector(':checked') ? ' chosen' : '';
      names.push(`${at.tagName}.${at.getAttribute('class')} ${at.getAttributeNames()}${chosen}`);
    }
    return names.join(' in ');
  }))]];
}"""
_RUN = """([within, options]) =>
  axe.run(within || document, { resultTypes: ['violations'], ...options })
    .then(({ violations }) => violations.flatMap(
      (rule) => rule.nodes.map((node) => [rule.id, node.html])))"""


_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_measured: set[str] = set()


def know_axe(context: BrowserContext) -> None:
    """Give every page that this window opens from now on the script beforehand."""
    context.add_init_script(AXE_SCRIPT)


def violations(
    page: Page, options: Mapping[str, object] | None = None, within: str | None = None
) -> list[list[str]]:
    """Return each rule of axe that is broken and the element that breaks it.

    `options` are those of `axe.run`; `within` is a selector, or None for the whole page.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[list[str]] = page.evaluate(_RUN, [within, options or {}])
    return found


def faults(page: Page) -> list[list[str]]:
    """Return what axe finds on the page, by WCAG 2.2 A and AA and its own best practice.

    Contrasts take most of its time and depend on looks alone: they are measured, in light and in
    dark colours, where something looks like nothing that was measured before in this process.
    """
    found = violations(page, RULES)
    if new := _looks(page) - _measured:
        for scheme in _SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += violations(page, CONTRAST)
        page.emulate_media(color_scheme="null")
        if not found:
            _measured.update(new)
    return found


def _looks(page: Page) -> set[str]:
    """What gives each element that is seen its colours: the page's style, its name, classes,
    attributes, and what it stands in.
    """
    style, names = page.evaluate(_LOOKS)
    digest = hashlib.sha256(style.encode()).hexdigest()
    return {f"{digest} {name}" for name in names}

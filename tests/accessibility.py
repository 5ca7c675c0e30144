"""Ask axe what keeps people from using a page.

Its script is half a megabyte, so a page is given it only once, and only what axe finds comes back.
"""

from __future__ import annotations

from collections.abc import Mapping

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page

CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
WITHOUT_CONTRAST = {
    "rules": {name: {"enabled": False} for name in ("color-contrast", "link-in-text-block")}
}
_LOOKS = """() => [...new Set([...document.querySelectorAll('body *')].map((element) => {
  const names = [];
  for (let at = element; at; at = at.parentElement) {
    names.push(`${at.tagName}.${at.getAttribute('class')} ${at.getAttributeNames()}`);
  }
  return names.join(' in ');
}))]"""
_RUN = """([within, options]) =>
  axe.run(within || document, { resultTypes: ['violations'], ...options })
    .then(({ violations }) => violations.flatMap(
      (rule) => rule.nodes.map((node) => [rule.id, node.html])))"""


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


def looks(page: Page) -> set[str]:
    """What gives each element of the page its colours: its name, classes, attributes, and what it
    stands in.
    """
    return set(page.evaluate(_LOOKS))

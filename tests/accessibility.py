"""Ask axe what keeps people from using a page.

Its script is half a megabyte, so a page is given it only once, and only what axe finds comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, JSHandle, Page

_CONTRASTS = ["color-contrast", "link-in-text-block"]
CONTRAST = {"runOnly": {"type": "rule", "values": _CONTRASTS}}
TARGET_SIZE = {"runOnly": {"type": "rule", "values": ["target-size"]}}
# As slow as all others together: asked where something is done, not on every page.
_ASKED_APART = (*_CONTRASTS, *TARGET_SIZE["runOnly"]["values"])
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {name: {"enabled": False} for name in _ASKED_APART},
}
# Of all that is seen, each look: an element's name, classes, attributes and colours, and those of
# all that it stands in.
_LOOKS = """() => {
  const known = new Map();
  const look = (one) => {
    if (!one) return '';
    if (!known.has(one)) {
      const { color, backgroundColor, fontSize, fontWeight } = getComputedStyle(one);
      const chosen = one.matches('label') && one.querySelector(':checked') ? 'chosen' : '';
      const own = [one.tagName, one.getAttribute('class'), one.getAttributeNames(), chosen,
        color, backgroundColor, fontSize, fontWeight];
      known.set(one, `${own.join(' ')} in ${look(one.parentElement)}`);
    }
    return known.get(one);
  };
  const seen = [...document.querySelectorAll('body *')].filter((one) => one.checkVisibility());
  return new Map(seen.map((one) => [one, look(one)]));
}"""
_NAMES = "(looks) => [...new Set(looks.values())]"
# Those that look so; one that stands in another of them is looked at with it.
_THAT_LOOK_SO = """([looks, names]) => {
  const wanted = new Set(names);
  const found = new Set([...looks.keys()].filter((one) => wanted.has(looks.get(one))));
  return [...found].filter((one) => !found.has(one.parentElement));
}"""
_RUN = """([within, options]) =>
  axe.run(Array.isArray(within) ? { include: within } : within || document,
    { resultTypes: ['violations'], ...options })
    .then(({ violations }) => violations.flatMap(
      (rule) => rule.nodes.map((node) => [rule.id, node.html])))"""


_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_measured: set[str] = set()


def know_axe(context: BrowserContext) -> None:
    """Give every page that this window opens from now on the script beforehand."""
    context.add_init_script(AXE_SCRIPT)


def violations(
    page: Page,
    options: Mapping[str, object] | None = None,
    within: str | JSHandle | None = None,
) -> list[list[str]]:
    """Return each rule of axe that is broken and the element that breaks it.

    `options` are those of `axe.run`; `within` is a selector, a list of elements in the page, or
    None for the whole page.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[list[str]] = page.evaluate(_RUN, [within, options or {}])
    return found


def faults(page: Page) -> list[list[str]]:
    """Return what axe finds on the page, by WCAG 2.2 A and AA and its own best practice.

    All but `TARGET_SIZE`, which `violations` asks.

    Contrasts take most of its time and depend on looks alone: they are measured, in light and in
    dark colours, where something looks like nothing that was measured before in this process.
    """
    found = violations(page, RULES)
    looks = page.evaluate_handle(_LOOKS)
    if new := set(page.evaluate(_NAMES, looks)) - _measured:
        elements = page.evaluate_handle(_THAT_LOOK_SO, [looks, list(new)])
        for scheme in _SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += violations(page, CONTRAST, elements)
        page.emulate_media(color_scheme="null")
        if not found:
            _measured.update(new)
    return found

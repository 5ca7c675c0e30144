"""Give templates and prose Material's icons as inline SVG that screen readers pass over.

The word always stands beside the icon. A name that Material does not have raises
`ContentProblem`. An icon that a page shows often is drawn once and referred to.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import material
from markupsafe import Markup

from content.problem import ContentProblem

THEME = Path(material.__file__).parent / "templates"
_OFTEN = 3
_ICON = re.compile(r'<svg class="icon" aria-hidden="true" viewBox="([^"]+)">(.*?)</svg>')
_ICONS = THEME / ".icons" / "material"


@cache
def icon(name: str) -> Markup:
    """Return `material/<name>.svg` of the theme, ready to stand in HTML."""
    try:
        svg = (_ICONS / f"{name}.svg").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ContentProblem(f"there is no Material icon {name!r}: choose another name") from error
    plain = svg.replace(' xmlns="http://www.w3.org/2000/svg"', "")
    marked = plain.replace("<svg ", '<svg class="icon" aria-hidden="true" ', 1).strip()
    return Markup(marked)  # noqa: S704 - the theme's own file, chosen by name


def share_icons(html: str) -> Markup:
    """Return the HTML with every icon that it holds three times or more drawn only once.

    The drawings stand at the end, outside anything that a script may empty or clone.
    """
    counted = Counter(_ICON.findall(html))
    often = [drawing for drawing, times in counted.items() if times >= _OFTEN]
    if not often:
        return Markup(html)  # noqa: S704 - a page's own HTML
    names = {drawing: f"i{number}" for number, drawing in enumerate(often)}

    def refer(match: re.Match[str]) -> str:
        name = names.get((match[1], match[2]))
        if name is None:
            return match[0]
        return f'<svg class="icon" aria-hidden="true"><use href="#{name}"/></svg>'

    symbols = "".join(
        f'<symbol id="{name}" viewBox="{box}">{shape}</symbol>'
        for (box, shape), name in names.items()
    )
    shared = _ICON.sub(refer, html)
    return Markup(  # noqa: S704 - a page's own HTML
        f'{shared}<svg class="symbols" aria-hidden="true">{symbols}</svg>'
    )

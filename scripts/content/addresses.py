"""Where a page stands in each language: Indonesian at the root, others under their code.

`languages` are the codes that the page stands in; nothing here can fail.
"""

from __future__ import annotations

from collections.abc import Sequence

from content.languages import DEFAULT, REQUIRED


def paths(url: str, languages: Sequence[str] = REQUIRED) -> dict[str, str]:
    """Return the page's path from the site's root in each language; the home page is empty.

    `url` is the page's address as MkDocs gives it: `./`, `darurat/`, `en/darurat/`.
    """
    whole = url.removeprefix("./")
    first, _, rest = whole.partition("/")
    shared = rest if first in languages and first != DEFAULT else whole
    return {language: prefix(language) + shared for language in languages}


def addresses(url: str, site: str, languages: Sequence[str] = REQUIRED) -> dict[str, str]:
    """Return the page's absolute address in each language; `site` ends with a slash."""
    return {language: site + path for language, path in paths(url, languages).items()}


def elsewhere(url: str, language: str, languages: Sequence[str], root: str) -> dict[str, str]:
    """Return links to the page's other languages, from a page whose site root is at `root`."""
    return {
        other: root + path for other, path in paths(url, languages).items() if other != language
    }


def prefix(language: str) -> str:
    """Return what stands before every path of one language."""
    return "" if language == DEFAULT else f"{language}/"

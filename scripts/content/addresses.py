"""Where a page stands in each language: Indonesian at the root, English under `en/`."""

from __future__ import annotations

LANGUAGES = ("id", "en")
DEFAULT_LANGUAGE = "id"
_PREFIX = {"id": "", "en": "en/"}


def paths(url: str) -> dict[str, str]:
    """Return the page's path from the site's root in each language; the home page is empty.

    `url` is the page's address as MkDocs gives it: `./`, `darurat/`, `en/darurat/`.
    """
    plain = url.removeprefix("./")
    if plain.startswith(_PREFIX["en"]):
        plain = plain.removeprefix(_PREFIX["en"])
    return {language: prefix + plain for language, prefix in _PREFIX.items()}


def addresses(url: str, site: str) -> dict[str, str]:
    """Return the page's absolute address in each language; `site` ends with a slash."""
    return {language: site + path for language, path in paths(url).items()}


def prefix(language: str) -> str:
    """Return what stands before every path of one language."""
    return _PREFIX[language]

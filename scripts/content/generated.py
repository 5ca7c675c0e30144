"""Make the pages that the data asks for, each from one text in `docs/data/pages/`.

A text is a page like any other, with front matter and the prose's calls, and may print the
values handed to it. One that is missing or names another value raises `ContentProblem`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import jinja2

from content.areas import HOME, AreaPage
from content.citations import Citation
from content.directory_blocks import Directory
from content.emergency import Numbers
from content.languages import DEFAULT
from content.problem import ContentProblem
from directory.records import Contact

FOLDER = "pages"
RESERVED = frozenset({"bantuan", "cek", "daftar", "kartu", "negara", "perwakilan", "wilayah"})
"""Names under /kontak/ that no body may have as its id."""
_FENCE = "\n---\n"
# As other search plugins spell it: an area without anybody of its own is no answer to a search.
_UNLISTED = "\nsearch: {exclude: true}"

_JINJA = jinja2.Environment(undefined=jinja2.StrictUndefined)  # noqa: S701 - YAML of our own


@dataclass(frozen=True)
class GeneratedPage:
    """One page of one language, before its prose is rendered."""

    source: str
    """Where it would stand in docs/, such as `darurat/malaysia/index.id.md`."""
    text: str
    words: Mapping[str, object]
    """What its prose may print."""

    def unlisted(self) -> GeneratedPage:
        """Return the page as one that the search does not find."""
        front, fence, body = self.text.partition(_FENCE)
        return replace(self, text=front + _UNLISTED + fence + body)


def generated_pages(
    texts: Path,
    language: str,
    countries: Sequence[Numbers],
    areas: Iterable[AreaPage],
    directory: Directory | None = None,
    wording: Mapping[str, str] | None = None,
) -> Iterator[GeneratedPage]:
    """Yield the pages of one language: numbers of countries, areas, kinds of help, bodies."""
    by_code = {numbers.country.code: numbers for numbers in countries}
    for numbers in countries:
        path = f"darurat/{numbers.country.slug}"
        nearby = by_code.get(numbers.country.nearby or "")
        words = _words_of_country(numbers, nearby, language)
        yield generated_page(texts, "country-numbers", path, language, words)
    for page in areas:
        path = f"kontak/wilayah/{page.area.code}"
        words = _words_of_area(page, language, by_code.get(page.area.code))
        made = generated_page(texts, "area", path, language, words)
        yield made if page.area.contacts else made.unlisted()
    if directory and wording:
        yield from _directory_pages(texts, language, directory, wording)


def _directory_pages(
    texts: Path, language: str, directory: Directory, wording: Mapping[str, str]
) -> Iterator[GeneratedPage]:
    """Yield a page for each kind of help and each body.

    The search does not list them: it finds bodies on the pages of their areas, and the index has
    to stay light.
    """
    for service in directory.services:
        offered = directory.offering(service)
        words: dict[str, object] = {
            "service": service,
            "title": wording[f"service_{service}"],
            "reachable": any(one.channels for one in offered),
            "unsure": any(not one.channels for one in offered),
        }
        yield generated_page(texts, "help", f"kontak/bantuan/{service}", language, words).unlisted()
    for contact in directory.contacts:
        if contact.id in RESERVED:
            raise ContentProblem(_taken(contact.id))
        words = _words_of_contact(contact, directory, language)
        yield generated_page(
            texts, "organization", f"kontak/{contact.id}", language, words
        ).unlisted()


def _taken(name: str) -> str:
    return f"contacts.yml: {name!r} is the name of /kontak/{name}/; choose another"


def sources_page(
    texts: Path, source: str, front: Mapping[str, object], cited: Sequence[Citation]
) -> GeneratedPage:
    """Return the page that holds the addresses of another page's sources."""
    path, language = source.removesuffix(".md").rsplit("/index.", 1)
    title = str(front["title"]).replace('"', '\\"')
    words = {"title": title, "checked": front["checked"], "cited": cited}
    return generated_page(texts, "sources", f"{path}/sumber", language, words).unlisted()


def _words_of_country(numbers: Numbers, nearby: Numbers | None, language: str) -> dict[str, object]:
    country = numbers.country
    return {
        "code": country.code,
        "place": country.name[language],
        # An office of Indonesia reads Indonesian, whoever writes.
        "place_id": country.name[DEFAULT],
        "note": country.emergency_note[language] if country.emergency_note else None,
        "nearby": nearby.country.slug if nearby else None,
        "nearby_place": nearby.country.name[language] if nearby else None,
        "first": numbers.first.id,
        "second": numbers.second.id if numbers.second else None,
        "second_is_mission": numbers.second is not None and numbers.second.kind == "mission",
        "others": len(numbers.others),
        "emergency": len(numbers.emergency),
        "missions": len(numbers.missions),
        "chat": numbers.chat.number.removeprefix("+") if numbers.chat else "",
    }


def _words_of_area(page: AreaPage, language: str, numbers: Numbers | None) -> dict[str, object]:
    nearest = page.nearest
    return {
        "code": page.area.code,
        "place": page.area.name[language],
        "reachable": len(page.area.reachable),
        "unsure": len(page.area.unsure),
        "nearest": nearest.code if nearest else None,
        "nearest_place": nearest.name[language] if nearest else None,
        "wider": [(area.code, area.name[language]) for area in page.wider],
        "country": page.country.slug if page.country else None,
        "missions": [record.id for record in numbers.missions] if numbers else [],
        "numbers": numbers.country.slug if numbers else None,
    }


def _words_of_contact(contact: Contact, directory: Directory, language: str) -> dict[str, object]:
    areas = directory.areas_of(contact)
    return {
        "id": contact.id,
        "name": contact.name[language].replace('"', '\\"'),
        "reachable": len(contact.channels),
        "scheduled": "yes" if contact.schedule else "",
        "beware_of": bool(contact.superseded_numbers or contact.not_to_be_confused_with),
        "abroad": contact.coverage.country != HOME,
        "areas": [(area.code, area.name[language]) for area in areas],
    }


def generated_page(
    texts: Path, name: str, path: str, language: str, words: Mapping[str, object]
) -> GeneratedPage:
    """Return the page at `path` made from the text of that name, its front matter filled in."""
    file = texts / f"{name}.{language}.md"
    try:
        # Only the front matter: the body's calls wait until MkDocs renders the page.
        front, _, body = file.read_text(encoding="utf-8").partition(_FENCE)
        head = _compiled(front).render(words)
    except (OSError, jinja2.TemplateError) as error:
        raise ContentProblem(f"{file}: {error}") from error
    return GeneratedPage(f"{path}/index.{language}.md", head + _FENCE + body, words)


@lru_cache(maxsize=8)
def _compiled(text: str) -> jinja2.Template:
    return _JINJA.from_string(text)

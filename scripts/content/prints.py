"""Make the ready prints that stand under /unduh/cetak/, none of them twice, and their page.

What cannot be printed stops the build: `ContentProblem` says which entry and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from content.generated import GeneratedPage, generated_page
from content.languages import DEFAULT
from content.problem import ContentProblem
from directory.posters import Directory, Size, Wish, poster
from directory.print_words import Saying
from directory.printing import NotPrintable, Sheet, pdf
from directory.records import Country

FOLDER = "unduh/cetak"
_NAMES: dict[Size, str] = {
    "a3": "poster-a3",
    "a4": "poster-a4",
    "a6": "kartu-saku-a6",
    "talk": "lembar-bicara-a4",
}


@dataclass(frozen=True)
class Print:
    """One file that is ready to be printed."""

    url: str
    sheet: Sheet


def ready_prints(known: Directory, says: Sequence[Saying], on: date) -> Iterator[Print]:
    """Yield each size in each language, then a pocket card for each country of the directory."""
    wishes = [(Wish(size, on), name) for size, name in _NAMES.items()]
    for country in known.countries:
        name = f"{_NAMES['a6']}-{country.slug}"
        wishes.append((Wish("a6", on, country=country.code), name))
    for wish, name in wishes:
        for say in says:
            yield Print(f"{FOLDER}/{name}-{say.language}.pdf", _sheet(wish, known, say))


def prints_page(
    texts: Path, language: str, countries: Iterable[Country], on: date
) -> GeneratedPage:
    """Return the page that offers the prints, with a pocket card for each of these countries."""
    words: dict[str, object] = {
        "checked": on.isoformat(),
        "folder": "" if language == DEFAULT else f"../../../{FOLDER}/",
        "countries": [(country.slug, country.name[language]) for country in countries],
    }
    return generated_page(texts, "prints", FOLDER, language, words)


def printed(one: Print, kept: Path) -> bytes:
    """Return the PDF from the folder `kept`, where it is made only once. The folder may go."""
    file = kept / f"{one.sheet.fingerprint}.pdf"
    if file.exists():
        return file.read_bytes()
    try:
        made = pdf(one.sheet)
    except NotPrintable as problem:
        raise ContentProblem(f"{one.url}: {problem}") from problem
    kept.mkdir(parents=True, exist_ok=True)
    # Two builds at once write the same bytes; neither may read the half of them.
    half = file.with_suffix(f".{id(one)}")
    half.write_bytes(made)
    half.replace(file)
    return made


def _sheet(wish: Wish, known: Directory, say: Saying) -> Sheet:
    try:
        return poster(wish, known, say)
    except NotPrintable as problem:
        raise ContentProblem(f"print.yml: {problem}") from problem

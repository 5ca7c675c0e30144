"""Hold what the whole site is made from, and hand each template and page its share.

Data that cannot be read raises `ContentProblem`, `DataProblems` or `OrganizationProblem`, each
with the file and the cure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup

from content import admonitions, assets, search
from content.addresses import addresses, elsewhere, paths, prefix
from content.areas import HOME, HOME_SLUG, Area, AreaPage, Places, area_pages, areas, country_name
from content.card_pages import card_pages
from content.channels import dial_link, host, shown_number, whatsapp_link
from content.checks import Check, check_block, load_checks
from content.citations import Citation, citations
from content.corrections import corrections
from content.dates import spoken_date
from content.directory_blocks import Blocks, Directory
from content.drawing import drawn
from content.emergency import MAIN_COUNTRIES, Numbers, numbers_by_country
from content.figures import Figures, draw, link_from, load_figures, rows, turns
from content.fitted import fitted
from content.freshness import LIMITS, Limit, build_day, load_limits, long_unchecked
from content.generated import FOLDER, GeneratedPage, generated_pages, sources_page
from content.icons import THEME, icon, share_icons
from content.jump_lists import with_buttons
from content.languages import (
    DEFAULT,
    REQUIRED,
    Language,
    limited_pages,
    load_languages,
    missing_pages,
    missing_texts,
    plain,
)
from content.leave import leaves
from content.lookup import LookupIndex, Say, lookup_index
from content.offline import offline_files
from content.pairs import front_matter
from content.papers import Paper, load_papers, paper_block, with_gaps
from content.pictures import (
    Picture,
    Saying,
    Subject,
    load_subjects,
    of_country,
    of_problem,
    read_guide,
)
from content.prints import printed, prints_page, ready_prints
from content.problem import ContentProblem
from content.prose import Prose
from content.search_text import PageText
from content.search_words import Words, load_words
from content.sharing import reading_minutes, share_link
from content.tables import with_regions
from content.wording import Wording, load_wording, missing_words
from directory.age import as_printed
from directory.cards import Card, load_cards
from directory.downloads import downloads
from directory.posters import Directory as PrintedDirectory
from directory.print_words import load_saying
from directory.published import read_published
from directory.records import (
    Contact,
    Country,
    Hotline,
    Source,
    Text,
    load_contacts,
    load_countries,
    load_hotlines,
    load_regions,
    load_sources,
    provenance,
)
from intake.form import Form, for_browser, for_form_page, load_form
from intake.organization import Organization, load_organization
from intake.sealing import active, read_public_keys

# More than these, with their addresses, would weigh too much under a page.
FEW_SOURCES = 3

# Which of overrides/scripts/ make up the one script of a working page, in order.
BUNDLES = {
    "check": ("leave.js", "listen.js", "check.js"),
    "filter": ("filter.js", "leave.js"),
    "form": (
        "sealing.js",
        "case-number.js",
        "codes.js",
        "urgency.js",
        "open-now.js",
        "listen.js",
        "questions.js",
        "sending.js",
        "hand-over.js",
        "form.js",
        "in-app.js",
        "leave.js",
    ),
    "kabar": ("sealing.js", "codes.js", "answer.js", "kabar.js", "leave.js"),
    "lookup": ("lookup.js", "leave.js"),
    "offline": ("saved.js", "offline.js"),
    "page": ("leave.js", "listen.js"),
    "paper": ("leave.js", "listen.js", "paper.js"),
    "profile": ("leave.js", "listen.js", "open-now.js"),
    "reader": (
        "sealing.js",
        "case-number.js",
        "codes.js",
        "opening.js",
        "locking.js",
        "answer.js",
        "urgency.js",
        "open-now.js",
        "hours.js",
        "handed-over.js",
        "finding.js",
        "laying-out.js",
        "keeping.js",
        "passing-on.js",
        "qr.js",
        "answering.js",
        "own-key.js",
        "volunteers.js",
        "sharing.js",
        "notes.js",
        "reader.js",
        "leave.js",
    ),
    "search": ("search.js", "leave.js"),
    "titip": ("handed-over.js", "titip.js", "leave.js"),
}

_SCRIPT = re.compile(r"<script[^>]* src=\"[./]*(assets/[^\"]+\.js)\"")


@dataclass(frozen=True)
class Data:
    """What templates read as `data`."""

    organization: Organization
    hotlines: Sequence[Hotline]
    form: Form
    contacts: Sequence[Contact]
    countries: Sequence[Country]
    sources: Sequence[Source]
    areas: Sequence[Area]
    area_pages: Sequence[AreaPage]
    numbers: Sequence[Numbers]
    subjects: Sequence[Subject]
    figures: Figures
    checks: Sequence[Check]
    papers: Sequence[Paper]
    cards: Sequence[Card]


@dataclass(frozen=True)
class Site:
    """One build's data, settings and open pages."""

    overrides: Path
    keys: Path
    address: str
    texts: Path
    data: Data
    wording: Wording
    known_languages: Sequence[Language]
    limited: Mapping[str, Sequence[str]]
    search_words: Mapping[str, Words]
    limits: Sequence[Limit]
    on: date
    """Day of this build: what is out of date by then is not printed."""
    _open: dict[str, Prose] = field(default_factory=dict)
    _found: dict[str, list[PageText]] = field(default_factory=dict)
    _indexes: dict[str, search.Index] = field(default_factory=dict)
    _lists: dict[str, LookupIndex] = field(default_factory=dict)
    _published: dict[str, list[str]] = field(default_factory=dict)
    _words: dict[str, Mapping[str, object]] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path, settings: Mapping[str, str]) -> Self:
        """Read the checkout at `root`; settings are those of the environment."""
        folder = root / "docs" / "data"
        organization = load_organization(
            Path(settings.get("INTAKE_ORGANIZATION") or folder / "organization.yml")
        )
        languages = load_languages(folder / "languages.yml")
        wording = load_wording(folder / "wording.yml", [language.code for language in languages])
        on = build_day(settings, datetime.now(UTC))
        return cls(
            overrides=root / "overrides",
            keys=Path(settings.get("INTAKE_KEYS") or folder / "keys"),
            address=settings.get("INTAKE_SITE") or organization.site,
            texts=folder / FOLDER,
            data=_data(folder, organization, wording, on),
            wording=wording,
            known_languages=languages,
            limited=limited_pages(root / "docs", _pages(root / "docs")),
            search_words=load_words(folder / "search.yml"),
            limits=load_limits(root / LIMITS),
            on=on,
        )

    @cached_property
    def languages(self) -> tuple[Language, ...]:
        """The languages that are published: those that lack nothing."""
        return tuple(one for one in self.known_languages if not self.missing(one.code))

    def missing(self, language: str) -> list[str]:
        """Return what a further language lacks, each with its place; required ones lack nothing."""
        if language in REQUIRED:
            return []
        data = self.data
        told: dict[str, object] = {
            "hotlines": data.hotlines,
            "contacts": data.contacts,
            "countries": data.countries,
            "figures": data.figures,
            "checks": data.checks,
            "papers": data.papers,
        }
        return [
            *missing_pages(language, _pages(self.texts.parent.parent), self.limited),
            *(f"wording.yml: {name}" for name in missing_words(self.wording, language)),
            *(place for file in told for place in missing_texts(language, told[file], file)),
        ]

    def long_unchecked(self, path: str, checked: str | date) -> bool:
        """Whether the page at that path, checked on that day, has to say that it is old."""
        return long_unchecked(f"/{path}", date.fromisoformat(str(checked)), self.limits, self.on)

    def check_pairs(self, pages: Iterable[str]) -> None:
        """Raise `ContentProblem` naming every Markdown file that lacks its pair."""
        present = list(pages)
        missing = [path for code in REQUIRED for path in missing_pages(code, present, self.limited)]
        if missing:
            files = ", ".join(f"docs/{path}" for path in sorted(missing))
            raise ContentProblem(
                f"missing: {files}; every page stands in Indonesian and English side by side"
            )

    def languages_of(self, page: str) -> list[str]:
        """Return the codes of the languages a page stands in, given its path in docs/."""
        limit = self.limited.get(plain(page))
        codes = [language.code for language in self.languages]
        return [code for code in codes if limit is None or code in limit]

    def publish(self, language: str, urls: Iterable[str]) -> None:
        """Remember the pages of a language, for the map of the site."""
        self._published[language] = list(urls)

    def site_map(self) -> list[dict[str, str]]:
        """Return the addresses of every page by language, once all languages are built."""
        codes = [language.code for language in self.languages]
        by_path: dict[str, dict[str, str]] = {}
        for language, urls in self._published.items():
            for url in urls:
                shared = paths(url, codes)[DEFAULT]
                by_path.setdefault(shared, {})[language] = addresses(url, self.address, codes)[
                    language
                ]
        return list(by_path.values())

    def link(self, root: str, language: str, path: str) -> str:
        """Return a link from any page, whose home page is at `root`, to a page by its path.

        Where the page does not stand in that language, the link leads to the default language.
        """
        if language in self.languages_of(f"{path}index.md"):
            return root + path
        return root.removesuffix(prefix(language)) + path

    def generated_pages(self, language: str) -> list[GeneratedPage]:
        """Return the pages that data asks for; their prose is rendered like any other's."""
        data = self.data
        pages = [
            *generated_pages(
                self.texts,
                language,
                data.numbers,
                data.area_pages,
                self.directory,
                self.wording[language],
            ),
            *self._sources_pages(language),
            prints_page(self.texts, language, data.countries[:MAIN_COUNTRIES], self.on),
            *card_pages(self.texts, language, data.cards, self.on, self._say_date(language)),
        ]
        self._words.update({page.source: page.words for page in pages})
        return pages

    def generated_files(self) -> dict[str, str]:
        """Return the text of every file that is published but stands nowhere in docs/."""
        scripts = [self.script(name) for name in BUNDLES]
        published = {script.url: script.text for script in scripts}
        lists = [self.lookup_index(language.code) for language in self.languages]
        published |= {one.url: one.text for one in lists}
        keys = {"keys": self.public_keys()}
        return published | {"unduh/keys.json": json.dumps(keys, sort_keys=True) + "\n"}

    def files_from(self, finished: Path) -> dict[str, str]:
        """Return the text of every file that is made from the finished site in that folder."""
        codes = [language.code for language in self.languages]
        receiver = self.data.organization.receiver
        kept = offline_files(finished, codes, self.overrides / "scripts", self.address, receiver)
        return kept | downloads(read_published(self.texts.parent, self.on))

    @cached_property
    def pictures(self) -> Mapping[tuple[str, str], Picture]:
        """The pictures that are passed on, by path of their page and by language."""
        found = [picture for one in self.languages for picture in self._pictures(one.code)]
        return {(f"{picture.page}/", picture.language): picture for picture in found}

    def picture_of(self, path: str, language: str) -> Picture | None:
        """Return the picture of the page at that path, where it has one."""
        return self.pictures.get((path, language))

    def drawn_pictures(self) -> dict[str, bytes]:
        """Return every picture by its path; a picture that has not changed is not drawn again."""
        kept = self.overrides.parent / "var" / "pictures"
        return {picture.url: drawn(picture, kept) for picture in self.pictures.values()}

    def prints(self) -> dict[str, bytes]:
        """Return every ready print by its path; one that has not changed is not set again."""
        data, kept = self.data, self.overrides.parent / "var" / "prints"
        known = PrintedDirectory(
            hotlines=data.hotlines,
            contacts=data.contacts,
            countries=data.countries[:MAIN_COUNTRIES],
            provinces=(),
            site=self.address,
            home_region=data.organization.home_region,
            docs=self.texts.parent.parent,
        )
        says = [load_saying(self.texts.parent, language) for language in REQUIRED]
        return {one.url: printed(one, kept) for one in ready_prints(known, says, self.on)}

    def _say_date(self, language: str) -> Callable[[str], str]:
        months = self.wording[language]["months"]
        return lambda day: spoken_date(day, months)

    def _pictures(self, language: str) -> list[Picture]:
        data, docs = self.data, self.texts.parent.parent
        hotlines = {record.id: record for record in data.hotlines}
        months = self.wording[language]["months"]
        say = Saying(
            language,
            self.wording[language],
            lambda day: spoken_date(day, months),
            _reachable(self.address + prefix(language)),
        )
        first_steps = read_guide(docs, "darurat", "steps", language)
        found = [of_country(numbers, first_steps, hotlines, say) for numbers in data.numbers]
        for subject in data.subjects:
            guide = read_guide(docs, subject.page, subject.steps, language)
            found.append(of_problem(subject, guide, hotlines, say))
        return [picture for picture in found if picture is not None]

    def public_keys(self) -> list[dict[str, str | bool]]:
        """Return the public keys that reports are sealed to, as they are published."""
        return [key.published() for key in active(read_public_keys(self.keys))]

    def script(self, name: str) -> assets.Script:
        """Return one bundle; templates print its `url` and `integrity`."""
        return assets.script(self.overrides / "scripts", name, BUNDLES[name])

    def style(self, *names: str) -> assets.Style:
        """Return the named sheets as one inlined style."""
        return assets.style(self.overrides / "styles", names)

    def fit_style(self, html: str) -> str:
        """Return a finished page with no more style than it can use."""
        scripts = (self._scripts[name] for name in _SCRIPT.findall(html))
        return fitted(html, scripts)

    def open_prose(self, page: str, language: str, text: str) -> str:
        """Render a page's calls; `finish_prose` has to follow."""
        data = self.data
        blocks: dict[str, Callable[..., Markup]] = {
            **Blocks(page, language, self.directory, *self.parts).calls(),
            "check": partial(self._check, page, language),
            "paper": partial(self._paper, page, language),
            "figure": partial(self._figure, page, language),
        }
        prose = Prose(page, language, self._cards, data.hotlines, data.areas, data.numbers, blocks)
        self._open[page] = prose
        words = self._words.get(page, {})
        return prose.render(text, organization=data.organization, language=language, **words)

    def finish_prose(self, page: str, html: str) -> str:
        """Put the page's cards, icons and buttons into its HTML."""
        placed = self._open.pop(page).place(with_regions(page, with_buttons(html)))
        return admonitions.with_icons(page, placed)

    def let_find(self, language: str, page: PageText) -> None:
        """Put a finished page into the list and the index of its language."""
        self._found.setdefault(language, []).append(page)

    def search_index(self, language: str) -> search.Index:
        """Return the search index of a language, once all its pages are finished."""
        if language not in self._indexes:
            words = self.search_words.get(language, Words())
            self._indexes[language] = search.index(language, self._found.get(language, []), words)
        return self._indexes[language]

    def lookup_index(self, language: str) -> LookupIndex:
        """Return the list of a language that a number or a name is compared with."""
        if language not in self._lists:
            self._lists[language] = self._lookup_index(language)
        return self._lists[language]

    def _lookup_index(self, language: str) -> LookupIndex:
        data = self.data
        slugs = {numbers.country.code: numbers.country.slug for numbers in data.numbers}
        say = Say(language, self.wording[language])
        cards = [{"number": card.number, "path": card.page} for card in data.cards]
        return lookup_index(data.contacts, data.hotlines, slugs, say, cards)

    def equip(self, environment: jinja2.Environment) -> None:
        """Give a Jinja environment the data, words and helpers; escape what it prints."""
        environment.autoescape = True
        environment.undefined = jinja2.StrictUndefined
        environment.trim_blocks = environment.lstrip_blocks = True
        environment.filters["share_icons"] = share_icons
        environment.globals.update(
            corrections=partial(corrections, self.data.organization),
            addresses=lambda url, languages: addresses(url, self.address, languages),
            country_name=lambda code: country_name(code, self.data.countries, self._home),
            data=self.data,
            dial_link=dial_link,
            directory=self.directory,
            elsewhere=elsewhere,
            form_definition=lambda language: for_browser(self.data.form, language),
            form_page_definition=lambda language: for_form_page(self.data.form, language),
            host=host,
            icon=icon,
            leaves=leaves,
            languages={language.code: language for language in self.languages},
            figure_turns=turns,
            law_rows=rows,
            link=self.link,
            long_unchecked=self.long_unchecked,
            link_from=link_from,
            with_gaps=with_gaps,
            lookup_index=self.lookup_index,
            pages_by_letter=lambda language: search.by_letter(self._found.get(language, [])),
            paths=paths,
            picture_of=self.picture_of,
            prefix=prefix,
            provenance=provenance,
            public_keys=self.public_keys,
            receiver_origin=_origin(self.data.organization.receiver),
            reading_minutes=reading_minutes,
            script=cache(self.script),
            search_index=self.search_index,
            share_link=share_link,
            shown_number=shown_number,
            site_map=self.site_map,
            spoken_date=lambda day, language: spoken_date(day, self.wording[language]["months"]),
            style=cache(self.style),
            whatsapp_link=whatsapp_link,
            wording=self.wording,
        )

    def citations(self, page: str, cited: Iterable[str]) -> list[Citation]:
        """Return the sources printed under a page."""
        return citations(page, cited, self._sources)

    @cached_property
    def _sources(self) -> dict[str, Source]:
        return {source.id: source for source in self.data.sources}

    @cached_property
    def _scripts(self) -> dict[str, str]:
        scripts = [self.script(name) for name in BUNDLES]
        return {script.url: script.text for script in scripts}

    def has_sources_page(self, page: str, cited: Sequence[Citation]) -> bool:
        """Whether the addresses of a page's sources stand on a page of their own."""
        return len(cited) > FEW_SOURCES and page not in self._words

    def _sources_pages(self, language: str) -> Iterator[GeneratedPage]:
        docs = self.texts.parent.parent
        for path in sorted(docs.glob(f"*/**/index.{language}.md")):
            page = path.relative_to(docs).as_posix()
            front = front_matter(page, path.read_text(encoding="utf-8"))
            cited = self.citations(page, front.get("sources") or ())
            if self.has_sources_page(page, cited):
                yield sources_page(self.texts, page, front, cited)

    @cached_property
    def _home(self) -> Text:
        return _text(self.wording, "home_country")

    def _figure(self, page: str, language: str, name: str) -> Markup:
        return draw(name, page, language, self._macros("figure"))

    def _check(self, page: str, language: str, name: str) -> Markup:
        return check_block(name, page, language, self.data.checks, self._macros("check"))

    def _paper(self, page: str, language: str, name: str) -> Markup:
        return paper_block(name, page, language, self.data.papers, self._macros("paper"))

    @cached_property
    def directory(self) -> Directory:
        """What the pages under /kontak/ are made from."""
        data = self.data
        return Directory(data.contacts, data.areas, data.area_pages, data.numbers)

    @cached_property
    def parts(self) -> tuple[Any, Any]:
        """The macros that cards, and that the pages of the directory are made of."""
        return self._macros("cards"), self._macros("directory")

    @property
    def _cards(self) -> Any:
        return self.parts[0]

    @cached_property
    def templates(self) -> jinja2.Environment:
        """Every template of this build, each compiled once."""
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([self.overrides, THEME]),
            autoescape=True,
            auto_reload=False,
        )
        self.equip(environment)
        return environment

    def _macros(self, name: str) -> Any:
        return self.templates.get_template(f"parts/{name}.html").module


def _data(folder: Path, organization: Organization, wording: Wording, on: date) -> Data:
    # Here drafts and what is out of date end: no page, picture or file below sees them.
    hotlines = as_printed(load_hotlines(folder / "hotlines.yml"), on)
    contacts = as_printed(load_contacts(folder / "contacts.yml"), on)
    countries = load_countries(folder / "countries.yml")
    places = Places(
        load_regions(folder / "regions.yml"),
        countries,
        organization.home_region,
        _text(wording, "whole_country"),
    )
    found = areas(contacts, places)
    return Data(
        organization=organization,
        form=load_form(folder / "form.yml", organization.home_region),
        hotlines=hotlines,
        contacts=contacts,
        countries=countries,
        sources=load_sources(folder / "sources"),
        areas=found,
        area_pages=area_pages(found, places),
        numbers=numbers_by_country(hotlines, _with_home(countries, wording)),
        subjects=load_subjects(folder / "pictures.yml"),
        figures=load_figures(folder / "figures.yml"),
        checks=load_checks(folder / "checks.yml"),
        papers=load_papers(folder / "papers.yml"),
        cards=load_cards(folder / "cards.yml"),
    )


def _with_home(countries: Sequence[Country], wording: Wording) -> list[Country]:
    """Return the countries in the order of the emergency page: the main ones, home, the rest."""
    home = Country(
        code=HOME,
        slug=HOME_SLUG,
        name=_text(wording, "home_country"),
        emergency_note=_text(wording, "home_emergency_note"),
    )
    return [*countries[:MAIN_COUNTRIES], home, *countries[MAIN_COUNTRIES:]]


def _text(wording: Wording, name: str) -> Text:
    return Text(**{code: words[name] for code, words in wording.items() if name in words})


def _pages(docs: Path) -> list[str]:
    """Return the Markdown files of docs/, generated pages' texts among them."""
    return [path.relative_to(docs).as_posix() for path in docs.rglob("*.md")]


def _reachable(address: str) -> str:
    """Return a published address as people write it; nothing for one of this machine."""
    return address.removeprefix("https://") if address.startswith("https://") else ""


def _origin(address: str | None) -> str | None:
    """Return scheme, host and port of an address (RFC 6454, section 6.2)."""
    if address is None:
        return None
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"

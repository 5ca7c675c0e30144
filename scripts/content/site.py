"""Hold what the whole site is made from, and hand each template and page its share.

Data that cannot be read raises `ContentProblem`, `DataProblems` or `OrganizationProblem`, each
with the file and the cure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import jinja2

from content import admonitions, assets
from content.addresses import addresses, paths, prefix
from content.areas import Area, areas, country_name
from content.channels import dial_link, host, shown_number, whatsapp_link
from content.citations import Citation, citations
from content.dates import spoken_date
from content.icons import THEME, icon, share_icons
from content.jump_lists import with_buttons
from content.pairs import missing_pairs
from content.problem import ContentProblem
from content.prose import Prose
from content.wording import load_wording
from directory.records import (
    Contact,
    Country,
    Hotline,
    Source,
    load_contacts,
    load_countries,
    load_hotlines,
    load_regions,
    load_sources,
)
from intake.form import Form, for_browser, load_form
from intake.organization import Organization, load_organization
from intake.sealing import read_public_keys

# Which of overrides/scripts/ make up the one script of a working page, in order.
BUNDLES = {
    "form": ("sealing.js", "codes.js", "urgency.js", "form.js"),
    "reader": ("sealing.js", "urgency.js", "reader.js"),
}


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


@dataclass(frozen=True)
class Site:
    """One build's data, settings and open pages."""

    overrides: Path
    keys: Path
    address: str
    data: Data
    wording: Mapping[str, Mapping[str, str]]
    _open: dict[str, Prose] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path, settings: Mapping[str, str]) -> Self:
        """Read the checkout at `root`; settings are those of the environment."""
        folder = root / "docs" / "data"
        organization = load_organization(
            Path(settings.get("INTAKE_ORGANIZATION") or folder / "organization.yml")
        )
        return cls(
            overrides=root / "overrides",
            keys=Path(settings.get("INTAKE_KEYS") or folder / "keys"),
            address=settings.get("INTAKE_SITE") or organization.site,
            data=_data(folder, organization),
            wording=load_wording(folder / "wording.yml"),
        )

    def check_pairs(self, pages: Iterable[str]) -> None:
        """Raise `ContentProblem` naming every Markdown file that lacks its pair."""
        if missing := missing_pairs(pages):
            files = ", ".join(f"docs/{path}" for path in missing)
            raise ContentProblem(
                f"missing: {files}; every page stands in Indonesian and English side by side"
            )

    def generated_files(self) -> dict[str, str]:
        """Return the text of every file that is published but stands nowhere in docs/."""
        scripts = [self.script(name) for name in BUNDLES]
        published = {script.url: script.text for script in scripts}
        keys = {"keys": self.public_keys()}
        return published | {"unduh/keys.json": json.dumps(keys, sort_keys=True) + "\n"}

    def public_keys(self) -> list[dict[str, str | bool]]:
        """Return the public keys that reports are sealed to, as they are published."""
        return [key.published() for key in read_public_keys(self.keys)]

    def script(self, name: str) -> assets.Script:
        """Return one bundle; templates print its `url` and `integrity`."""
        return assets.script(self.overrides / "scripts", name, BUNDLES[name])

    def style(self, *names: str) -> assets.Style:
        """Return the named sheets as one inlined style."""
        return assets.style(self.overrides / "styles", names)

    def open_prose(self, page: str, language: str, text: str) -> str:
        """Render a page's calls; `finish_prose` has to follow."""
        data = self.data
        prose = Prose(page, language, self._cards, data.hotlines, data.areas)
        self._open[page] = prose
        return prose.render(text, organization=data.organization, language=language)

    def finish_prose(self, page: str, html: str) -> str:
        """Put the page's cards, icons and buttons into its HTML."""
        placed = self._open.pop(page).place(with_buttons(html))
        return admonitions.with_icons(page, placed)

    def equip(self, environment: jinja2.Environment) -> None:
        """Give a Jinja environment the data, words and helpers; escape what it prints."""
        environment.autoescape = True
        environment.undefined = jinja2.StrictUndefined
        environment.trim_blocks = environment.lstrip_blocks = True
        environment.filters["share_icons"] = share_icons
        environment.globals.update(
            addresses=lambda url: addresses(url, self.address),
            country_name=lambda code: country_name(code, self.data.countries),
            data=self.data,
            dial_link=dial_link,
            form_definition=lambda language: for_browser(self.data.form, language),
            host=host,
            icon=icon,
            paths=paths,
            prefix=prefix,
            public_keys=self.public_keys,
            receiver_origin=_origin(self.data.organization.receiver),
            script=cache(self.script),
            shown_number=shown_number,
            spoken_date=spoken_date,
            style=cache(self.style),
            whatsapp_link=whatsapp_link,
            wording=self.wording,
        )

    def citations(self, page: str, cited: Iterable[str]) -> list[Citation]:
        """Return the sources printed under a page."""
        return citations(page, cited, self.data.sources)

    @cached_property
    def _cards(self) -> Any:
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([self.overrides, THEME]), autoescape=True
        )
        self.equip(environment)
        return environment.get_template("parts/cards.html").module


def _data(folder: Path, organization: Organization) -> Data:
    contacts = load_contacts(folder / "contacts.yml")
    countries = load_countries(folder / "countries.yml")
    provinces = load_regions(folder / "regions.yml")
    return Data(
        organization=organization,
        form=load_form(folder / "form.yml", organization.home_region),
        hotlines=load_hotlines(folder / "hotlines.yml"),
        contacts=contacts,
        countries=countries,
        sources=load_sources(folder / "sources"),
        areas=areas(contacts, provinces, countries, organization.home_region),
    )


def _origin(address: str | None) -> str | None:
    """Return scheme, host and port of an address (RFC 6454, section 6.2)."""
    if address is None:
        return None
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"

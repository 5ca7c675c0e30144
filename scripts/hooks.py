"""What MkDocs calls: put the data in front of the templates and publish our own files only.

The work is done in `content`. What cannot be published stops the build with one plain message.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

# MkDocs resets sys.path once this file is loaded, so everything of ours is imported here.
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from content.problem import ContentProblem
from content.site import Site
from directory.records import DataProblems
from intake.form import FormProblem
from intake.organization import OrganizationProblem
from intake.sealing import KeyProblem

if TYPE_CHECKING:
    import jinja2

BEFORE_LANGUAGES = 0
AFTER_LANGUAGES = -150

_site: Site | None = None


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Read all data; the address comes from INTAKE_SITE or from the organization's file."""
    global _site
    root = Path(config.config_file_path).parent
    with _told_plainly():
        _site = Site.read(root, os.environ)
    config.site_url = _site.address
    return config


@event_priority(BEFORE_LANGUAGES)
def _keep_our_files(files: Files, config: MkDocsConfig) -> Files:
    """Keep our pages and pictures, drop the theme's own files, refuse a page without its pair."""
    ours = [file for file in files if file.src_dir == config.docs_dir]
    with _told_plainly():
        _get().check_pairs(file.src_uri for file in ours if file.is_documentation_page())
    return Files(ours)


@event_priority(AFTER_LANGUAGES)
def _add_generated_files(files: Files, config: MkDocsConfig) -> Files:
    """Add scripts and downloads. static-i18n, which runs before, cannot take generated files."""
    with _told_plainly():
        published = _get().generated_files()
    for path, text in published.items():
        files.append(_generated(path, text, config))
    return files


on_files = CombinedEvent(_keep_our_files, _add_generated_files)


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Render the prose's own calls before Markdown sees the text."""
    with _told_plainly():
        return _get().open_prose(page.file.src_uri, _language(page), markdown)


def on_page_content(html: str, page: Page, **_: object) -> str:
    """Put cards and icons where the prose called for them."""
    with _told_plainly():
        return _get().finish_prose(page.file.src_uri, html)


def on_env(env: jinja2.Environment, **_: object) -> jinja2.Environment:
    """Give the templates data, words and helpers; escape what they print; forgive no gap."""
    _get().equip(env)
    return env


def on_page_context(context: Any, page: Page, **_: object) -> Any:
    """Give the page the texts that its front matter cites."""
    with _told_plainly():
        context["citations"] = _get().citations(page.file.src_uri, page.meta.get("sources", []))
    return context


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except (ContentProblem, DataProblems, FormProblem, KeyProblem, OrganizationProblem) as problem:
        raise PluginError(str(problem)) from problem


def _get() -> Site:
    if _site is None:
        raise PluginError("the site's data has not been read: on_config did not run")
    return _site


def _language(page: Page) -> str:
    # static-i18n gives each file its locale; MkDocs' own type does not know it.
    return str(page.file.locale)  # type: ignore[attr-defined]


def _generated(path: str, text: str, config: MkDocsConfig) -> File:
    file: Any = File.generated(config, path, content=text)
    # What static-i18n sets on every file, and reads again when it writes the site.
    file.dest_uri = file.url = file.norm_src_uri = path
    file.alternates = {}
    file.locale = file.locale_alternate_of = "id"
    file.localization = None
    return file  # type: ignore[no-any-return]

"""What MkDocs calls: put the data in front of the templates and publish our own files only.

The work is done in `content`. What cannot be published stops the build with one plain message.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

# MkDocs resets sys.path once this file is loaded, so everything of ours is imported here.
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import CombinedEvent, event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs_static_i18n.config import I18nPluginLanguage

from content.addresses import prefix
from content.generated import GeneratedPage
from content.languages import DEFAULT, Language, language_of, plain, told
from content.problem import ContentProblem
from content.search_text import page_text
from content.site import Site
from directory.records import DataProblems
from intake.form import FormProblem
from intake.organization import OrganizationProblem
from intake.sealing import KeyProblem
from intake.site_check import MANIFEST, release_of

if TYPE_CHECKING:
    import jinja2

BEFORE_LANGUAGES = 0
AFTER_LANGUAGES = -150
SEARCH_TEMPLATE = "search.html"

_log = get_plugin_logger(__name__)
_site: Site | None = None
_begun_at = 0


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Read all data; the address comes from INTAKE_SITE or from the organization's file.

    static-i18n builds the site once for each language, with the data of the first time.
    """
    global _begun_at, _site
    plugin: Any = config.plugins["i18n"]
    if not plugin.building:
        root = Path(config.config_file_path).parent
        with _told_plainly():
            _site = Site.read(root, os.environ)
        _begun_at = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
        plugin.config.languages = _configured(_site)
    config.site_url = _get().address
    return config


@event_priority(BEFORE_LANGUAGES)
def _keep_our_files(files: Files, config: MkDocsConfig) -> Files:
    """Keep our pages and pictures, drop the theme's own files, refuse a page without its pair."""
    ours = [file for file in files if file.src_dir == config.docs_dir]
    with _told_plainly():
        _get().check_pairs(file.src_uri for file in ours if file.is_documentation_page())
    published = [language.code for language in _get().languages]
    # A translation that is not complete waits beside its pages.
    return Files([file for file in ours if language_of(file.src_uri) in (None, *published)])


@event_priority(AFTER_LANGUAGES)
def _add_generated_files(files: Files, config: MkDocsConfig) -> Files:
    """Add scripts, downloads and pages made from data. static-i18n, which runs before, cannot
    take generated files.
    """
    language = _current_language(config)
    with _told_plainly():
        published = _get().generated_files()
        pages = _get().generated_pages(language)
    for path, text in published.items():
        files.append(_generated(path, text, config))
    for page in pages:
        files.append(_generated_page(page, language, config))
    for file in files.documentation_pages():
        _keep_to_its_language(file, language)
    pages_of_this_language = files.documentation_pages(inclusion=InclusionLevel.is_included)
    urls = [file.url for file in pages_of_this_language]
    _get().publish(language, urls)
    return files


on_files = CombinedEvent(_keep_our_files, _add_generated_files)


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Render the prose's own calls before Markdown sees the text."""
    with _told_plainly():
        return _get().open_prose(page.file.src_uri, _language(page), markdown)


def on_page_content(html: str, page: Page, **_: object) -> str:
    """Put cards and icons where the prose called for them, and let the search find the page."""
    with _told_plainly():
        finished = _get().finish_prose(page.file.src_uri, html)
    unlisted = page.meta.get("search", {}).get("exclude")
    if not unlisted and page.meta.get("template") != SEARCH_TEMPLATE:
        _get().let_find(_language(page), page_text(page.file.url, page.meta, finished))
    return finished


def on_env(
    _env: jinja2.Environment, config: MkDocsConfig, files: Files, **_: object
) -> jinja2.Environment:
    """Let every language use the templates that are compiled already.

    All pages of this language are finished now and none is written, so here the index is added.
    """
    index = _get().search_index(_current_language(config))
    files.append(_generated(index.url, index.text, config))
    return _get().templates


def on_page_context(context: Any, page: Page, **_: object) -> Any:
    """Give the page its languages and the texts that its front matter cites."""
    context["page_languages"] = _get().languages_of(page.file.src_uri)
    source = page.file.src_uri
    with _told_plainly():
        cited = _get().citations(source, page.meta.get("sources", []))
    context["citations"] = cited
    context["sources_page"] = _get().has_sources_page(source, cited)
    return context


@event_priority(AFTER_LANGUAGES)
def on_post_build(config: MkDocsConfig) -> None:
    """Add what is made from the finished pages, once all languages are built."""
    plugin: Any = config.plugins["i18n"]
    if plugin.building:
        return
    folder = Path(config.site_dir)
    with _told_plainly():
        texts = _get().files_from(folder)
        written = {path: text.encode() for path, text in texts.items()}
        pictures = _get().drawn_pictures()
        prints = _get().prints()
    for path, content in (written | pictures | prints).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    release = release_of(folder, _begun_at)
    (folder / MANIFEST).write_text(release.manifest(), encoding="utf-8")


def on_post_page(output: str, **_: object) -> str:
    """Take out of each page the styles it has no use for."""
    return _get().fit_style(output)


def on_post_template(output_content: str, **_: object) -> str:
    """The same for the page that stands for all addresses that do not exist."""
    return _get().fit_style(output_content)


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


def _configured(site: Site) -> list[I18nPluginLanguage]:
    """Return the languages as static-i18n wants them, and say what keeps others back."""
    for language in site.known_languages:
        if missing := site.missing(language.code):
            _log.info("%s is not published yet; it lacks %s", language.name, told(missing))
    return [_for_plugin(language) for language in site.languages]


def _for_plugin(language: Language) -> I18nPluginLanguage:
    # Not validated: static-i18n refuses codes of three letters, but can build them.
    configured = I18nPluginLanguage()
    configured.load_dict(
        {
            "locale": language.code,
            "name": language.name,
            "default": language.code == DEFAULT,
            "build": True,
            "link": "/" + prefix(language.code),
        }
    )
    return configured


def _current_language(config: MkDocsConfig) -> str:
    plugin: Any = config.plugins["i18n"]
    return str(plugin.current_language)


def _keep_to_its_language(file: Any, language: str) -> None:
    """Leave out a page that static-i18n would show in the place of one that does not exist.

    Links to it lead to the page in its own language.
    """
    if file.locale != language:
        file.inclusion = InclusionLevel.EXCLUDED
        file.dest_uri = file.dest_uri.removeprefix(prefix(language))
        file.url = file.url.removeprefix(prefix(language))


def _language(page: Page) -> str:
    # static-i18n gives each file its locale; MkDocs' own type does not know it.
    return str(page.file.locale)  # type: ignore[attr-defined]


def _generated(path: str, text: str, config: MkDocsConfig) -> File:
    file: Any = File.generated(config, path, content=text)
    file.dest_uri = file.url = path
    return _as_languages_know_it(file, path, DEFAULT)


def _generated_page(page: GeneratedPage, language: str, config: MkDocsConfig) -> File:
    file: Any = File.generated(config, page.source, content=page.text)
    shared = plain(page.source)
    file.url = prefix(language) + shared.removesuffix("index.md")
    file.dest_uri = file.url + "index.html"
    # Or MkDocs would take it for a page of the name index.id.
    file.name = "index"
    return _as_languages_know_it(file, shared, language)


def _as_languages_know_it(file: Any, shared: str, language: str) -> File:
    # What static-i18n sets on every file, and reads again when it writes the site.
    file.norm_src_uri = shared
    file.alternates = {}
    file.locale = file.locale_alternate_of = language
    file.localization = None
    return file  # type: ignore[no-any-return]

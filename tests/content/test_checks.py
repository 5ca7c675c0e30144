"""The checks that people answer on their own phone: their data, and what the page prints of it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from built_site import ROOT
from content.checks import Check, Point, check_block, load_checks
from content.pairs import front_matter
from content.problem import ContentProblem
from directory.reading import DataProblems
from directory.records import Text
from html_page import HtmlPage, read_page
from page_weight import brotli_bytes, first_visit, words_of

FILE = ROOT / "docs/data/checks.yml"
CHECKS = {check.id: check for check in load_checks(FILE)}
PAGES = {"offer": "panduan/cek-tawaran", "papers": "panduan/syarat-dan-dokumen"}
POINTS = [(check.id, point) for check in CHECKS.values() for point in check.points]
BOTH = [prefix + page + "/" for prefix in ("", "en/") for page in PAGES.values()]
LONGEST = 30  # words in a sentence
MEAN = 15
LAW = re.compile(r"\b(?:Pasal|Art\.) (\d+)")

Entries = list[dict[str, Any]]


def named(value: object) -> str:
    return value.id if isinstance(value, Point) else str(value)


def texts(check: Check) -> Iterator[Text]:
    """Every sentence that the check prints."""
    for point in check.points:
        yield from (text for text in (point.text, point.look, point.reason) if text)
    for outcome in check.outcomes:
        yield outcome.advice


@pytest.fixture
def entries() -> Entries:
    """The file's own content, to be spoilt."""
    return copy.deepcopy(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def problems(entries: Entries, tmp_path: Path) -> list[str]:
    file = tmp_path / "checks.yml"
    file.write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")
    with pytest.raises(DataProblems) as raised:
        load_checks(file)
    return [str(problem) for problem in raised.value.problems]


def test_each_check_stands_on_its_page() -> None:
    """Every check of the file is called by one page, in both languages."""
    assert CHECKS.keys() == PAGES.keys()
    for name, page in PAGES.items():
        for language in ("id", "en"):
            text = (ROOT / "docs" / page / f"index.{language}.md").read_text(encoding="utf-8")
            assert text.count(f'{{{{ check("{name}") }}}}') == 1


@pytest.mark.parametrize(("check", "point"), POINTS, ids=named)
def test_every_point_has_its_reason_in_both_languages(check: str, point: Point) -> None:
    """A sign is a question with a reason; a paper says what to check and how to get it."""
    for language in ("id", "en"):
        assert point.reason[language].endswith((".", "?"))
        if check == "offer":
            assert point.text[language].endswith("?")
        else:
            assert point.look is not None
            assert point.look[language].startswith(("Cek:", "Check:"))


@pytest.mark.parametrize(("check", "point"), POINTS, ids=named)
def test_a_reason_names_the_same_law_in_both_languages(check: str, point: Point) -> None:  # noqa: ARG001 - the name tells the check
    """The articles are the same, and a reason that names one cites its source."""
    articles = LAW.findall(point.reason.id)
    assert articles == LAW.findall(point.reason.en)
    assert point.sources or not articles


@pytest.mark.parametrize("name", PAGES)
def test_the_page_cites_what_its_check_rests_on(name: str) -> None:
    """Each source of a sign or paper stands under the page, and so has been looked at."""
    source = f"{PAGES[name]}/index.id.md"
    front = front_matter(source, (ROOT / "docs" / source).read_text(encoding="utf-8"))
    used = {source for point in CHECKS[name].points for source in point.sources}
    assert used <= set(front["sources"])


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["id", "en"])
def test_sentences_are_short(name: str, language: str) -> None:
    """As in every page's prose."""
    found = [re.split(r"[.?:] ", text[language]) for text in texts(CHECKS[name])]
    lengths = [len(sentence.split()) for sentences in found for sentence in sentences]
    assert max(lengths) <= LONGEST
    assert sum(lengths) / len(lengths) <= MEAN


def test_a_strong_sign_means_not_to_pay_or_sign() -> None:
    """Both grave outcomes say so first, and the gravest belongs to the last part alone."""
    offer = CHECKS["offer"]
    advice = {outcome.when: outcome.advice for outcome in offer.outcomes}
    for when in ("away", "stop"):
        assert advice[when].id.startswith("Jangan bayar, jangan tanda tangan")
        assert advice[when].en.startswith("Do not pay, do not sign")
    parts = [{point.strength for point in group.points} for group in offer.groups]
    assert parts[-1] == {"away"}
    assert not any("away" in part for part in parts[:-1])


def test_no_outcome_is_a_number() -> None:
    """What comes out is a step to take, never a score."""
    for check in CHECKS.values():
        for outcome in check.outcomes:
            assert not re.search(r"\d|%", outcome.advice.id + outcome.advice.en)


def test_an_outcome_that_is_missing_is_told(entries: Entries, tmp_path: Path) -> None:
    """Nobody ends without advice."""
    del entries[1]["outcomes"][0]
    assert problems(entries, tmp_path) == [
        "checks.yml: papers: outcomes: must be open, clear, in this order; mend them"
    ]


def test_a_point_that_stands_twice_is_told(entries: Entries, tmp_path: Path) -> None:
    """Each has its own name, whichever group it is in."""
    entries[0]["groups"][1]["points"][0]["id"] = "no-pt"
    assert problems(entries, tmp_path) == [
        "checks.yml: offer: no-pt: stands more than once; give each point its own id"
    ]


def test_a_sign_without_strength_is_told(entries: Entries, tmp_path: Path) -> None:
    """Or its answer would lead to nothing."""
    del entries[0]["groups"][0]["points"][0]["strength"]
    assert problems(entries, tmp_path) == [
        "checks.yml: offer: no-pt: has no strength; write away, stop or ask"
    ]


def test_a_paper_is_no_sign(entries: Entries, tmp_path: Path) -> None:
    """It has neither strength nor a heading for what was found."""
    entries[1]["groups"][0]["points"][0]["strength"] = "stop"
    entries[1]["marked"] = {"id": "Ada", "en": "Found"}
    assert problems(entries, tmp_path) == [
        "checks.yml: papers: marital-status: is a paper and has no strength; remove it",
        "checks.yml: papers: marked: belongs to signs and to nothing else; add or remove it",
    ]


def test_a_reason_that_is_missing_is_told(entries: Entries, tmp_path: Path) -> None:
    """So is one that stands in one language only."""
    del entries[0]["groups"][0]["points"][0]["reason"]
    del entries[0]["groups"][0]["points"][1]["reason"]["en"]
    assert problems(entries, tmp_path) == [
        "checks.yml: offer: groups.1.points.1.reason: is missing; add it",
        "checks.yml: offer: groups.1.points.2.reason.en: is missing; add it",
    ]


def test_an_unknown_check_is_named() -> None:
    """A page that calls for it learns where to write it."""
    with pytest.raises(ContentProblem) as problem:
        check_block("visa", "panduan/x/index.id.md", "id", tuple(CHECKS.values()), None)
    assert str(problem.value) == (
        "panduan/x/index.id.md: 'visa' does not stand in docs/data/checks.yml"
    )


@pytest.mark.parametrize("path", BOTH)
def test_the_page_is_whole_before_any_script(site: Path, path: str) -> None:
    """Every question, reason and outcome is printed, and nothing that only a script could use."""
    page = read_page(site / path / "index.html")
    language = "en" if path.startswith("en/") else "id"
    [check] = [CHECKS[name] for name, own in PAGES.items() if path.endswith(own + "/")]
    printed_text = " ".join(page.text.split())
    for text in texts(check):
        assert text[language] in printed_text
    assert {group.id for group in check.groups} | {"result"} <= page.anchors
    assert_nothing_can_be_sent(page)


def assert_nothing_can_be_sent(page: HtmlPage) -> None:
    [form] = page.all("form")
    assert form.attributes["autocomplete"] == "off"
    assert not {"action", "method", "target"} & form.attributes.keys()
    assert not [field for field in page.all("input") if "name" in field.attributes]


@pytest.mark.parametrize("path", BOTH)
def test_the_page_is_light(site: Path, path: str) -> None:
    """No heavier than a page to read, though its script asks the questions."""
    requests, size = first_visit(site, path)
    assert requests == 2
    assert size <= 8_000
    assert brotli_bytes(site / path / "index.html") <= 6_500
    assert words_of(site / path / "index.html") <= 1_500

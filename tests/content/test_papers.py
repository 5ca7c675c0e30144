"""The letters and sheets to fill in: their data, and what stands on the page before any script."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from built_site import ROOT
from content.pairs import front_matter
from content.papers import Paper, load_papers, paper_block, with_gaps
from content.problem import ContentProblem
from directory.reading import DataProblems
from html_page import read_page
from page_weight import brotli_bytes, first_visit

FILE = ROOT / "docs/data/papers.yml"
PAPERS = {paper.id: paper for paper in load_papers(FILE)}
LAW = re.compile(r"\b(?:Pasal|Article) (\d+)")

Entries = list[dict[str, Any]]


@pytest.fixture
def entries() -> Entries:
    """The file's own content, to be spoilt."""
    return copy.deepcopy(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def problems(entries: Entries, tmp_path: Path) -> list[str]:
    file = tmp_path / "papers.yml"
    file.write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")
    with pytest.raises(DataProblems) as raised:
        load_papers(file)
    return [str(problem) for problem in raised.value.problems]


def of(entries: Entries, name: str) -> dict[str, Any]:
    [found] = [entry for entry in entries if entry["id"] == name]
    return found


def laws(paper: Paper, language: str) -> list[str]:
    return [
        law for block in paper.blocks if block.text for law in LAW.findall(block.text[language])
    ]


@pytest.mark.parametrize("name", PAPERS)
def test_each_paper_stands_on_its_page(name: str) -> None:
    """It is called once in each language, by the page that bears its name."""
    for language in ("id", "en"):
        text = (ROOT / f"docs/panduan/{name}/index.{language}.md").read_text(encoding="utf-8")
        assert text.count(f'{{{{ paper("{name}") }}}}') == 1


@pytest.mark.parametrize("name", PAPERS)
def test_the_page_cites_the_law_of_its_letter(name: str) -> None:
    """A letter with an article names the same one in both languages, and its page has the text."""
    paper = PAPERS[name]
    assert laws(paper, "id") == laws(paper, "en")
    front = front_matter("x", (ROOT / f"docs/panduan/{name}/index.id.md").read_text("utf-8"))
    for article in laws(paper, "id"):
        assert any(re.search(rf"-p{article}(-|$|\D)", source) for source in front["sources"])


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("prefix", ["", "en/"])
def test_without_script_the_paper_can_be_printed_and_written_on(
    site: Path, prefix: str, name: str
) -> None:
    """All its text and gaps stand there; the questions wait for the script, and send nothing."""
    page = read_page(site / prefix / "panduan" / name / "index.html")
    [form] = page.all("form")
    assert "hidden" in form.attributes
    assert not {"action", "method", "target"} & form.attributes.keys()
    assert not [field for field in page.all("input") if "name" in field.attributes]
    gaps = {gap.attributes["data-gap"] for gap in page.all("b") if "data-gap" in gap.attributes}
    assert gaps == {question.id for question in PAPERS[name].questions}
    assert PAPERS[name].title["en" if prefix else "id"] in page.text


def test_text_of_a_paper_cannot_become_html() -> None:
    """What stands in the file is text, its gaps alone are elements."""
    assert with_gaps("<i>{name}</i> & {other}") == (
        '&lt;i&gt;<b data-gap="name"></b>&lt;/i&gt; &amp; <b data-gap="other"></b>'
    )


def test_a_gap_without_question_is_told(entries: Entries, tmp_path: Path) -> None:
    """In either language."""
    of(entries, "surat-kuasa")["blocks"][0]["text"]["en"] += " {age}"
    assert problems(entries, tmp_path) == [
        "papers.yml: surat-kuasa: age: is a gap in en that no question fills; add the question"
    ]


def test_a_question_without_gap_is_told(entries: Entries, tmp_path: Path) -> None:
    """What is asked for nothing is not asked."""
    del of(entries, "lembar-kasus")["blocks"][1]
    assert problems(entries, tmp_path) == [
        f"papers.yml: lembar-kasus: safe-contact: is asked and has no gap in {language}; "
        "add {safe-contact} to a block"
        for language in ("id", "en")
    ]


def test_a_question_asked_twice_is_told(entries: Entries, tmp_path: Path) -> None:
    """Each gap has one answer."""
    paper = of(entries, "surat-kuasa")
    paper["questions"].append(paper["questions"][0])
    assert problems(entries, tmp_path) == [
        "papers.yml: surat-kuasa: giver: is asked twice; give each question its own id"
    ]


def test_a_block_with_the_wrong_content_is_told(entries: Entries, tmp_path: Path) -> None:
    """A heading has words, an answer a question."""
    of(entries, "kronologi")["blocks"].append({"kind": "heading", "question": "wish"})
    assert problems(entries, tmp_path) == [
        "papers.yml: kronologi: blocks.4: heading takes text and nothing else; mend it"
    ]


def test_events_without_their_place_are_told(entries: Entries, tmp_path: Path) -> None:
    """What is asked about events is printed."""
    del of(entries, "kronologi")["blocks"][1]
    assert problems(entries, tmp_path) == [
        "papers.yml: kronologi: events: needs a block of the kind events, and that block needs "
        "events; add it"
    ]


def test_an_unknown_paper_is_named() -> None:
    """A page that calls for it learns where to write it."""
    with pytest.raises(ContentProblem) as problem:
        paper_block("visum", "panduan/x/index.id.md", "id", tuple(PAPERS.values()), None)
    assert str(problem.value) == (
        "panduan/x/index.id.md: 'visum' does not stand in docs/data/papers.yml"
    )


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("prefix", ["", "en/"])
def test_the_page_is_light(site: Path, prefix: str, name: str) -> None:
    """No heavier than a page to read, though its script fills the paper."""
    path = f"{prefix}panduan/{name}/"
    requests, size = first_visit(site, path)
    assert requests == 2
    assert size <= 8_000
    assert brotli_bytes(site / path / "index.html") <= 6_500

"""The pictures inside pages: whole in both languages, traced to sources, and never only drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from built_site import ROOT, todays_site
from content.figures import (
    LANES,
    NAMES,
    Figures,
    Law,
    draw,
    link_from,
    load_figures,
    rows,
    turns,
)
from content.pairs import numbers
from content.problem import ContentProblem
from directory.reading import DataProblems
from directory.records import Text
from html_page import read_page

FILE = ROOT / "docs/data/figures.yml"
PAGES = {
    "official-way": "panduan/jalur-resmi",
    "after-asking": "panduan/setelah-minta-bantuan",
    "setting-up": "paralegal/mulai",
    "github-screens": "paralegal/mulai/github",
    "law-timeline": "aturan",
}
FIGURE = re.compile(r"<figure.*?</figure>", re.DOTALL)


@pytest.fixture(scope="module")
def real() -> Figures:
    return load_figures(FILE)


@pytest.fixture(scope="module")
def made(site: Path) -> dict[tuple[str, str], str]:
    """Each picture's HTML as it is published, by its name and its language."""
    return {
        (name, language): FIGURE.findall((site / prefix / page / "index.html").read_text())[0]
        for name, page in PAGES.items()
        for language, prefix in (("id", ""), ("en", "en"))
    }


def texts(value: object) -> Iterator[Text]:
    """Every text of a record, however deep."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, BaseModel):
        for _, part in value:
            yield from texts(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from texts(part)


def cited(value: object) -> set[str]:
    """The ids of every source that a record, or anything in it, leans on."""
    if isinstance(value, BaseModel):
        own = set(getattr(value, "sources", ()))
        return own.union(*(cited(part) for _, part in value))
    return set().union(*map(cited, value)) if isinstance(value, tuple) else set()


def law(name: str, **fields: object) -> Law:
    """An invented law with some fields changed."""
    plain: dict[str, Any] = {
        "id": name,
        "year": 2000,
        "name": {"id": name, "en": name},
        "about": {"id": "contoh", "en": "an example"},
        "page": "aturan/uu-18-2017",
        "status": "in-force",
    }
    return Law.model_validate(plain | fields)


def test_both_languages_carry_the_same_numbers(real: Figures) -> None:
    """Articles, days and numbers of laws are the same figures in both."""
    found = list(texts(real))
    assert len(found) > 100
    assert [text for text in found if numbers(text["id"]) != numbers(text["en"])] == []


def test_sentences_are_short(real: Figures) -> None:
    """No sentence of a picture is above twenty words."""
    for text in texts(real):
        for language in ("id", "en"):
            longest = max(len(one.split()) for one in re.split(r"(?<=[.?]) ", text[language]))
            assert longest <= 20, text[language]


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_leans_on_sources_that_its_page_cites(real: Figures, name: str) -> None:
    """Whoever reads it finds the article below the same page."""
    sources = cited(getattr(real, name.replace("-", "_")))
    assert sources
    for language in ("id", "en"):
        page = (ROOT / "docs" / PAGES[name] / f"index.{language}.md").read_text(encoding="utf-8")
        front = yaml.safe_load(page.split("\n---\n", 1)[0])
        assert sources - set(front["sources"]) == set()


def test_every_law_has_a_source_and_a_summary(real: Figures) -> None:
    """Its page exists in both languages, and each summary of a law is on the timeline."""
    laws = real.law_timeline
    assert all(one.sources for one in laws)
    linked = {one.page.partition("#")[0] for one in laws}
    for page in linked:
        assert (ROOT / "docs" / page / "index.id.md").is_file()
        assert (ROOT / "docs" / page / "index.en.md").is_file()
    summaries = {path.parent for path in ROOT.glob("docs/aturan/*/**/index.id.md")}
    assert linked == {path.relative_to(ROOT / "docs").as_posix() for path in summaries}


def test_laws_stand_in_the_order_of_their_years(real: Figures) -> None:
    """The oldest comes first."""
    years = [one.year for one in real.law_timeline]
    assert years == sorted(years)


def test_a_repealed_law_says_since_when_and_by_which_article(real: Figures) -> None:
    """And what replaced it stands on the timeline."""
    repealed = [row for row in rows(real.law_timeline) if row.law.status == "repealed"]
    assert repealed
    assert all(row.law.since and row.law.basis and row.replaced_by for row in repealed)
    assert all(row.law.status == "repealed" for row in rows(real.law_timeline) if row.replaced_by)


def test_an_amended_law_says_what_changed_it(real: Figures) -> None:
    """By a law on the timeline, or in its note."""
    changed = [one for one in real.law_timeline if one.status == "amended"]
    assert all(one.changed_by or one.note for one in changed)
    assert all(one.status == "amended" for one in real.law_timeline if one.changed_by)


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_drawn_has_words(
    made: dict[tuple[str, str], str], real: Figures, name: str, language: str
) -> None:
    """The picture has a name, its drawings are hidden, and every text of the data can be read."""
    html = made[name, language]
    assert re.match(r'<figure class="figure \w+" aria-label="[^"]{10,}">', html)
    assert "<ol" in html
    assert all('aria-hidden="true"' in svg for svg in re.findall(r"<svg[^>]*>", html))
    plain = " ".join(re.sub(r"<[^>]+>", " ", html).replace("&#39;", "'").split())
    missing = [
        text[language]
        for text in texts(getattr(real, name.replace("-", "_")))
        if text[language] not in plain
    ]
    assert missing == []


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_status_is_a_shape_and_a_word(
    made: dict[tuple[str, str], str], real: Figures, language: str
) -> None:
    """Each law shows the mark of its status, the same word beside it, and the key has all four."""
    words = todays_site().wording[language]
    html = made["law-timeline", language]
    key, timeline = html.split("<ol>")
    statuses = ("in-force", "amended", "repealed", "unconfirmed")
    assert re.findall(r'class="mark ([\w-]+)"', key) == list(statuses)
    assert all(words[f"figure_{status}"] in key for status in statuses)
    shown = re.findall(r'class="mark ([\w-]+)".*?<p><b>([^<]+)\.</b>', timeline, re.DOTALL)
    assert shown == [(one.status, words[f"figure_{one.status}"]) for one in real.law_timeline]
    drawn = dict(re.findall(r'mark ([\w-]+)">(<svg.*?</svg>)', html))
    assert len(set(drawn.values())) == len(statuses)


def test_each_picture_stands_on_its_page_alone(site: Path) -> None:
    """The official way is drawn nowhere else, nor are the others."""
    drawn = {
        page.parent.relative_to(site).as_posix()
        for page in site.rglob("index.html")
        if any(
            e.attributes.get("class", "").startswith("figure ") for e in read_page(page).elements
        )
    }
    assert drawn == {*PAGES.values(), *(f"en/{page}" for page in PAGES.values())}


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_screen_says_where_and_what_to_do(
    made: dict[tuple[str, str], str], real: Figures, language: str
) -> None:
    """Each window names its path and its switches in GitHub's English, with our verb beside it."""
    words = todays_site().wording[language]
    windows = made["github-screens", language].split('<div class="pane">')[1:]
    assert len(windows) == len(real.github_screens)
    for window, screen in zip(windows, real.github_screens, strict=True):
        assert f'<p lang="en">{screen.path}</p>' in window
        shown = re.findall(r'</svg> ([^:<]+): <b lang="en">([^<]+)</b>', window)
        assert shown == [(words[f"figure_{one.do}"], one.label) for one in screen.switches]


def test_an_unknown_name_is_told_with_those_that_exist() -> None:
    """The message names the page and the file."""
    with pytest.raises(ContentProblem) as problem:
        draw("tidak-ada", "panduan/x/index.id.md", "id", None)
    assert str(problem.value) == (
        "panduan/x/index.id.md: there is no figure 'tidak-ada'; docs/data/figures.yml has "
        "official-way, after-asking, setting-up, github-screens, law-timeline"
    )


def test_prose_calls_for_a_picture_by_its_name() -> None:
    """The call leaves a mark that becomes the picture; an unknown name stops the build."""
    site = todays_site()
    page = "panduan/jalur-resmi/index.id.md"
    mark = site.open_prose(page, "id", '{{ figure("official-way") }}')
    assert site.finish_prose(page, f"<p>{mark}</p>").startswith("<figure ")
    with pytest.raises(ContentProblem, match="there is no figure 'x'"):
        site.open_prose(page, "id", '{{ figure("x") }}')


def test_the_file_holds_every_picture_and_no_other(tmp_path: Path) -> None:
    """A name that is misspelled is told beside those that belong there."""
    (tmp_path / "figures.yml").write_text("official-way: []\nafter: []\n", encoding="utf-8")
    with pytest.raises(DataProblems) as problems:
        load_figures(tmp_path / "figures.yml")
    assert str(problems.value) == (
        "figures.yml: whole file: file: "
        "must hold official-way, after-asking, setting-up, github-screens, law-timeline "
        "and nothing else"
    )


def test_a_link_to_no_page_stops_the_build(tmp_path: Path) -> None:
    """Beside an empty docs/ the first page that is missing is named."""
    (tmp_path / "data").mkdir()
    copy = tmp_path / "data/figures.yml"
    copy.write_text(FILE.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ContentProblem) as problem:
        load_figures(copy)
    assert str(problem.value) == "figures.yml: docs/panduan/cek-p3mi is no page; correct it"


def test_an_old_law_waits_in_a_lane_for_what_replaced_it() -> None:
    """Two that wait together stand in two lanes, and a lane is free again afterwards."""
    laws = [
        law("a", replaced_by="c"),
        law("b", replaced_by="e"),
        law("c"),
        law("d", replaced_by="e"),
        law("e"),
    ]
    found = rows(laws)
    assert [row.lanes for row in found] == [
        ("from", ""),
        ("through", "from"),
        ("to", "through"),
        ("from", "through"),
        ("to", "to"),
    ]
    assert [one.id for one in found[4].replaces] == ["b", "d"]
    assert [one.id for one in found[0].replaced_by] == ["c"]


def test_changes_are_told_from_both_sides() -> None:
    """A law that changes another lists it, without being told so twice in the data."""
    old, new = rows([law("a", changed_by=("b",)), law("b")])
    assert [one.id for one in old.changed_by] == ["b"]
    assert [one.id for one in new.changes] == ["a"]


@pytest.mark.parametrize(
    ("laws", "message"),
    [
        (
            [law("a", replaced_by="x")],
            "figures.yml: a names 'x', which is not on the timeline; add it",
        ),
        (
            [law("b"), law("a", replaced_by="b")],
            "figures.yml: a stands below what replaced it; move it up",
        ),
        (
            [*(law(f"a{n}", replaced_by="z") for n in range(LANES + 1)), law("z")],
            "figures.yml: beside a2 more than 2 laws wait for what replaced them; the picture has "
            "no room, so name the old law in the new one's note instead",
        ),
    ],
)
def test_a_timeline_that_cannot_be_drawn_says_why(laws: list[Law], message: str) -> None:
    """The message names the law and the cure."""
    with pytest.raises(ContentProblem) as problem:
        rows(laws)
    assert str(problem.value) == message


def test_offices_side_by_side_are_one_group(real: Figures) -> None:
    """They branch off together, between whoever comes before and after."""
    groups = turns(real.after_asking)
    assert [office for office, _ in groups] == [False, True, False]
    assert [turn.id for turn in groups[1][1]] == ["kp2mi", "kemlu", "mission", "police"]
    assert all(turn.can and turn.cannot and turn.time for turn in groups[1][1])


@pytest.mark.parametrize(
    ("target", "link"),
    [
        ("panduan/cek-p3mi", "../cek-p3mi/"),
        ("aturan/uu-21-2007#penalties", "../../aturan/uu-21-2007/#penalties"),
        ("panduan/jalur-resmi#siskop2mi", "./#siskop2mi"),
    ],
)
def test_links_are_relative_to_the_page(target: str, link: str) -> None:
    """So they stay in the language of the page and work under any address."""
    assert link_from("panduan/jalur-resmi/index.en.md", target) == link

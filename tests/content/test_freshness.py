"""Limits hold for places, and whatever is over its limit is listed."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from built_site import ROOT
from content.freshness import (
    LIMITS,
    Limit,
    build_day,
    check,
    days_allowed,
    load_limits,
    long_unchecked,
)
from content.problem import ContentProblem
from directory.records import DataProblems

REAL = load_limits(ROOT / LIMITS)
SEEN = dt.date(2026, 1, 1)
NOW = dt.datetime(2026, 11, 22, 23, 59, tzinfo=dt.UTC)


def after(days: int) -> dt.date:
    return SEEN + dt.timedelta(days)


@pytest.mark.parametrize(
    ("place", "days"),
    [
        ("/aturan/uu-18-2017/", 180),
        ("/data/sources/law.yml", 180),
        ("/negara/malaysia/", 90),
        ("/darurat/malaysia/", 90),
        ("/data/sources/countries.yml", 90),
        ("/panduan/hilang-kontak/", 180),
        ("/", 180),
    ],
)
def test_law_has_half_a_year_and_a_country_a_quarter(place: str, days: int) -> None:
    """The longest place that holds a page or file gives its limit."""
    assert days_allowed(place, REAL) == days


def test_a_place_without_a_limit_is_refused() -> None:
    """Nothing is fresh for ever by mistake."""
    with pytest.raises(ContentProblem) as problem:
        days_allowed("/aturan/", [Limit(place="/negara/", days=90)])
    assert str(problem.value) == "freshness.yml: no limit holds for /aturan/; add one for /"


@pytest.mark.parametrize(("days", "old"), [(0, False), (180, False), (181, True), (-3, False)])
def test_a_page_tells_its_readers_past_twice_its_limit(days: int, old: bool) -> None:
    """A country's page does so on day 181."""
    assert long_unchecked("/negara/malaysia/", SEEN, REAL, after(days)) is old


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """One law, one country and one cited text of each, all looked at on the first of January."""
    (tmp_path / "docs/data/sources").mkdir(parents=True)
    shutil.copy(ROOT / LIMITS, tmp_path / LIMITS)
    for page in ("aturan/uu", "negara/laos"):
        for language in ("id", "en"):
            file = tmp_path / f"docs/{page}/index.{language}.md"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"---\ntitle: x\nchecked: {SEEN}\n---\nx\n")
    for name in ("law", "countries"):
        (tmp_path / f"docs/data/sources/{name}.yml").write_text(
            f'- {{id: {name}, law: UU, article: null, title: null, url: "https://x.example/",'
            f' kind: law, dated: null, seen: "{SEEN}", confidence: text seen}}\n'
        )
    return tmp_path


def test_what_is_over_its_limit_is_listed_oldest_first(checkout: Path) -> None:
    """A pair is one line, a file of sources is one line, and each says how old it is."""
    assert check(checkout, after(90)) == []
    assert [str(old) for old in check(checkout, after(91))] == [
        "docs/data/sources/countries.yml, 1 of 1 texts: checked 2026-01-01, 91 days ago; limit 90",
        "docs/negara/laos/index.*.md: checked 2026-01-01, 91 days ago; limit 90",
    ]
    assert [old.what for old in check(checkout, after(181))] == [
        "docs/data/sources/countries.yml, 1 of 1 texts",
        "docs/negara/laos/index.*.md",
        "docs/aturan/uu/index.*.md",
        "docs/data/sources/law.yml, 1 of 1 texts",
    ]


def test_the_real_pages_are_all_looked_at() -> None:
    """A century from now every page and every file of sources is in the list."""
    listed = {old.what.split(",")[0] for old in check(ROOT, dt.date(2126, 1, 1))}
    # Texts that take their day from elsewhere: a page's sources, a card, the day of the build.
    dated_elsewhere = {f"docs/data/pages/{one}.*.md" for one in ("card", "prints", "sources")}
    pages = {
        path.relative_to(ROOT).as_posix().replace(".id.md", ".*.md")
        for path in (ROOT / "docs").rglob("*.id.md")
    } - dated_elsewhere
    files = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/data/sources").glob("*.yml")
    }
    assert listed == pages | files


def test_a_day_that_is_none_is_refused(checkout: Path) -> None:
    """The message names the page and the shape of a day."""
    (checkout / "docs/aturan/uu/index.id.md").write_text('---\nchecked: "soon"\n---\nx\n')
    with pytest.raises(ContentProblem) as problem:
        check(checkout, SEEN)
    assert str(problem.value) == (
        "aturan/uu/index.id.md: checked is 'soon'; write a day such as 2026-11-21"
    )


def test_a_place_begins_with_a_slash(tmp_path: Path) -> None:
    """Else it would never be met."""
    (tmp_path / "freshness.yml").write_text("- {place: aturan/, days: 180}\n")
    with pytest.raises(DataProblems) as problem:
        load_limits(tmp_path / "freshness.yml")
    assert str(problem.value) == (
        "freshness.yml: aturan/: place: String should match pattern '^/\\S*$'"
    )


@pytest.mark.parametrize(
    ("settings", "day"),
    [
        ({}, dt.date(2026, 11, 22)),
        ({"SOURCE_DATE_EPOCH": ""}, dt.date(2026, 11, 22)),
        ({"SOURCE_DATE_EPOCH": "1830000000"}, dt.date(2027, 12, 28)),
    ],
)
def test_a_build_knows_its_day(settings: dict[str, str], day: dt.date) -> None:
    """SOURCE_DATE_EPOCH, which MkDocs heeds too, goes before the clock."""
    assert build_day(settings, NOW) == day


def test_seconds_that_are_none_are_refused() -> None:
    """The message says what to write."""
    with pytest.raises(ContentProblem) as problem:
        build_day({"SOURCE_DATE_EPOCH": "tomorrow"}, NOW)
    assert str(problem.value) == "SOURCE_DATE_EPOCH is 'tomorrow'; write seconds since 1970"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "content.freshness", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_ends_with_1_when_something_is_old(checkout: Path) -> None:
    """And prints the list, one line each."""
    fresh, old = run(checkout, "--on", str(after(90))), run(checkout, "--on", str(after(181)))
    assert (fresh.returncode, fresh.stdout) == (0, "")
    assert (old.returncode, len(old.stdout.splitlines())) == (1, 4)


def test_the_command_ends_with_2_when_it_cannot_tell(checkout: Path) -> None:
    """A day that is none, and limits that cannot be read, are no fresh site."""
    wrong = run(checkout, "--on", "21/11/2026")
    assert wrong.returncode == 2
    assert "21/11/2026 is no day; write 2026-11-21" in wrong.stderr
    (checkout / LIMITS).unlink()
    unread = run(checkout)
    assert (unread.returncode, unread.stdout) == (2, "")
    assert unread.stderr.startswith("freshness.yml: whole file: file: cannot be read")

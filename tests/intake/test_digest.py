"""A month is counted once and right, and what may leave the team points at nobody."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filed_cases import case, file
from intake import aggregate, digest, issue
from intake.aggregate import CountedBefore, MonthNotOver, Row
from intake.commands import digest as command
from intake.digest import Month, NoMonth, Seen, View
from intake.form import LANGUAGES
from intake.organization import Organization
from intake.register import Dates, read_tracker
from intake.spool import Status
from intake.tracker.folder import FolderTracker
from pdf_reader import Pdf
from test_canary import CANARY, is_in
from workplace import ORGANIZATION, Workplace, coordinator, recovery, run_intake, set_up, the_form

MONTH = Month.read("2026-11", "Asia/Jakarta")
DAY = 86_400


def view(language: str = "id", now: int = MONTH.end + DAY) -> View:
    """November 2026, looked at on 2 December."""
    organization = Organization.model_validate(ORGANIZATION)
    assert language in LANGUAGES
    return View(the_form(), organization, MONTH, now, language)


def one(place: int, **changed: Any) -> Seen:
    """An invented case of 20 November."""
    facts = {"country": "MY", "regency": "33.02", "problem": ["money"], "contact": "may-contact"}
    values: dict[str, Any] = {
        "case_number": f"K7Q2-9{place:03}",
        "urgency": "green",
        "status": Status.READ,
        "facts": facts | changed.pop("facts", {}),
        "received_at": MONTH.start + 19 * DAY,
        "closed_at": None,
        "team": "umum",
        "late": False,
        "withdrawn": False,
        "share_again": False,
    }
    return Seen(**(values | changed))


def figures(shown: dict[str, Any]) -> dict[str, int]:
    """The figures by their English names."""
    return {figure["label"]: figure["count"] for figure in shown["figures"]}


def chart(shown: dict[str, Any], title: str) -> dict[str, int]:
    """The rows of a chart."""
    found = next(chart for chart in shown["charts"] if chart["title"] == title)
    return {row["label"]: row["count"] for row in found["rows"] if row["count"]}


def test_month_is_the_organizations_own() -> None:
    """It begins at midnight in Jakarta, not in Greenwich; December is followed by January."""
    assert MONTH.start == 1_793_466_000  # 2026-10-31 17:00 UTC
    assert MONTH.before(11, "Asia/Jakarta").name == "2025-12"
    for wrong in ("2026-13", "11-2026", "2026-1", "2026-11-01"):
        with pytest.raises(NoMonth):
            Month.read(wrong, "Asia/Jakarta")


def test_figures_count_what_came_what_is_open_and_what_is_late() -> None:
    """Withdrawn and later cases are not open; erased ones are new in their month."""
    closed = {"status": Status.CLOSED, "closed_at": MONTH.end - DAY}
    cases = [
        one(1),
        one(2, received_at=MONTH.start - 40 * DAY, late=True, urgency="red"),
        one(3, **closed),
        one(4, received_at=MONTH.start - DAY, status=Status.CLOSED, closed_at=MONTH.start - 9),
        one(5, withdrawn=True),
        one(6, received_at=MONTH.end),
        one(7, status=Status.CLOSED, closed_at=MONTH.end + 5),
    ]
    tallies = [{"month": "2026-11", "cases": 2}, {"month": "2026-09", "cases": 9}]
    shown = digest.content(cases, tallies, view("en"), practised=0)
    assert figures(shown) == {
        "New": 6,
        "Still open": 3,
        "Overdue": 1,
        "Closed": 1,
        "Withdrawn": 1,
        "New, then erased": 2,
    }
    assert shown["notes"] == [
        "As of 30 November 2026. Codes and case numbers only, no report's content."
    ]
    assert chart(shown, "New requests by month") == {
        "September 2026": 10,
        "October 2026": 1,
        "November 2026": 6,
    }
    assert chart(shown, "Still open, by age") == {"8 to 30 days": 2, "31 to 90 days": 1}
    assert chart(shown, "New, by problem") == {"Pay and costs": 4}


def test_agenda_begins_with_what_is_late_and_urgent() -> None:
    """Late first, then MERAH, KUNING, HIJAU, the oldest of each first; a next step for each."""
    early = MONTH.start + DAY
    cases = [
        one(1),
        one(2, urgency="red", status=Status.RECEIVED),
        one(3, urgency="yellow", facts={"contact": "i-come-back"}),
        one(4, received_at=early, status=Status.PASSED_ON),
        one(5, late=True, status=Status.WAITING),
        one(6, share_again=True, received_at=None),
    ]
    points = digest.agenda(cases, view("en"))
    assert [point["case"][-1] for point in points] == list("523641")
    assert [point["next"] for point in points] == [
        "Ask the office you wait for. Note its answer.",
        "Open and read it now.",
        "Do not call. Prepare an answer to the PIN.",
        "Share it anew: a volunteer's key was struck out.",
        "Ask the receiver for the outcome. Tell the person.",
        "Call in the safe hours. Choose a team.",
    ]
    assert [point["age"] for point in points][3:5] == ["?", "29 days"]


def test_unread_case_is_late_after_the_hours_promised() -> None:
    """MERAH after an hour, HIJAU after 72, whether or not a reminder is out."""
    for urgency, hours in (("red", 1), ("green", 72)):
        for more, late in ((60, True), (-60, False)):
            at = view().at - hours * 3_600 - more
            assert digest._unread(Status.RECEIVED, urgency, at, view()) is late
    assert not digest._unread(Status.READ, "red", 0, view())


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    """Cases in a folder tracker: two of people, one raised to MERAH, one of practice."""
    made = set_up(tmp_path)
    tracker = FolderTracker(made.tracker)
    for number in range(3):
        file(tracker, number, story=CANARY, agency=CANARY)
    tracker.remove_label(2, "darurat: hijau")
    tracker.set_label(2, "darurat: merah")
    tracker.set_label(3, "uji: latihan")
    return made


def test_labels_decide_and_tests_do_not_count(place: Workplace) -> None:
    """An urgency that a person raised is the case's; what nobody sent is left out."""
    found, _ = read_tracker(FolderTracker(place.tracker), {}, MONTH.end)
    cases = digest.seen(found, view())
    assert [(seen.case_number, seen.urgency) for seen in cases] == [
        (case(0), "green"),
        (case(1), "red"),
    ]
    assert not digest.is_test(["pola: A1", "status: baru"], "")
    assert digest.is_test(["uji: otomatis"], f"{issue.TRIAL_LINE}\n")
    assert not digest.is_test(["uji: otomatis"], "A label set by mistake hides nobody.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_digest_is_a_page_and_a_pdf_without_content(place: Workplace, language: str) -> None:
    """Both hold the case numbers and nothing that was typed; the page asks no other host."""
    out = place.folder / "out"
    arguments = ("digest", "--month", "2026-11", "--out", str(out), "--language", language)
    done = run_intake(place, *arguments)
    assert done.returncode == 0, done.stderr
    page = (out / "digest.html").read_text(encoding="utf-8")
    pdf = Pdf((out / "digest.pdf").read_bytes())
    text = " ".join(pdf.text(number) for number in range(pdf.pages))
    left_out = {
        "id": "latihan yang tidak dihitung: 1.",
        "en": "Practice cases that are not counted: 1.",
    }
    for told in (page, text):
        assert left_out[language] in told
        assert case(0) in told
        assert case(1) in told
        assert case(2) not in told
    assert not re.search(r"https?://|<script|@import|url\(", page)
    assert (pdf.language, pdf.is_tagged) == (language, True)
    assert {path.name for path in out.iterdir()} == {"digest.html", "digest.pdf"}
    assert not any(is_in(path.read_bytes()) for path in out.iterdir())
    assert not is_in((done.stdout + done.stderr).encode())
    assert not place.database.exists()


def test_same_digest_is_the_same_bytes() -> None:
    """No clock of the machine goes into the PDF."""
    shown = digest.content([one(1)], [], view(), practised=0)
    assert command._pdf("digest", shown) == command._pdf("digest", shown)


def many(count: Callable[[int], dict[str, Any]], cases: int = 40) -> list[Seen]:
    """Cases whose facts depend on their place."""
    return [one(number, facts=count(number)) for number in range(cases)]


def published(cases: list[Seen], at: View | None = None) -> list[Row]:
    """The rows, everybody having agreed."""
    return aggregate.rows(cases, {seen.case_number for seen in cases}, at or view())


def test_aggregate_counts_those_who_agreed() -> None:
    """Nobody else, and nobody who withdrew; a month is counted after its end."""
    cases = [*many(lambda _: {}, 9), one(90, withdrawn=True), one(91, received_at=MONTH.end)]
    agreed = {seen.case_number for seen in cases[1:]}
    assert aggregate.rows(cases, agreed, view())[0].cases == 8
    with pytest.raises(MonthNotOver, match="2026-11 is not over"):
        published(cases, view(now=MONTH.end - 1))


def test_fewer_than_five_are_not_told() -> None:
    """Then the whole aggregate is one hidden total, and its print says so."""
    for cases in range(5):
        rows = published(many(lambda _: {}, cases))
        assert [(row.table, row.cases) for row in rows] == [("total", None)]
    page = Pdf(command._pdf("aggregate", aggregate.content(rows, view("en"))))
    assert "Fewer than five requests this month." in page.text()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["33.01"] * 5 + ["33.02"] * 9 + ["33.03", "33.04", "32"]),
            st.sampled_from(["MY"] * 9 + ["SA"] * 6 + ["HK", "TW"]),
            st.sampled_from(["red", "yellow", "green"]),
            st.sets(st.sampled_from(sorted(the_form().groups)[:5]), min_size=1, max_size=3),
        ),
        max_size=60,
    )
)
@settings(max_examples=150, deadline=None)
def test_published_tables_fit_and_show_no_small_count(
    cases: list[tuple[str, str, str, set[str]]],
) -> None:
    """Every count shown is five or more and true, and tables agree with their totals."""
    facts = [{"regency": a, "country": c, "problem": sorted(p)} for a, c, _, p in cases]
    listed = [one(n, facts=fact, urgency=cases[n][2]) for n, fact in enumerate(facts)]
    rows = published(listed)
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.cases is not None:
            assert row.cases >= 5
            sums[row.table] += row.cases
    for name in ("area", "country"):
        assert name not in sums or sums[name] == len(cases)
    areas = {row.area: row.cases for row in rows if row.table == "area"}
    true = Counter(area for area, *_ in cases)
    assert all(true[area] == count for area, count in areas.items() if area != "other")
    crossed = [row for row in rows if row.table == "area_country"]
    for area, total in areas.items():
        line = [row.cases for row in crossed if row.area == area]
        hidden = line.count(None)
        assert hidden != 1
        assert hidden or not line or sum(count or 0 for count in line) == total


def test_open_data_is_described_and_hides_in_both_forms(tmp_path: Path) -> None:
    """CSV says hidden, JSON null; the dictionary names each column; the counts are the same."""
    rows = published(many(lambda n: {"country": "SA" if n % 3 else "MY", "regency": "33.01"}))
    files = aggregate.open_data(rows, view())
    aggregate.keep(tmp_path, files)
    with (tmp_path / "aggregate.csv").open(newline="", encoding="utf-8") as opened:
        listed = list(csv.DictReader(opened))
    whole = json.loads((tmp_path / "aggregate.json").read_text(encoding="utf-8"))
    assert all(f"| `{column}` |" in files["README.md"] for column in listed[0])
    shown = ["" if row["cases"] is None else str(row["cases"]) for row in whole["rows"]]
    assert [row["cases"].replace("hidden", "") for row in listed] == shown
    assert {row["country"]: row["cases"] for row in listed if row["table"] == "country"} == {
        "SA": "26",
        "other": "14",
    }


def test_month_is_published_once(tmp_path: Path) -> None:
    """The same counts may be written again; others are refused, and the first stay."""
    cases = many(lambda _: {}, 12)
    aggregate.keep(tmp_path, aggregate.open_data(published(cases), view()))
    aggregate.keep(tmp_path, aggregate.open_data(published(cases), view()))
    before = (tmp_path / "aggregate.csv").read_bytes()
    with pytest.raises(CountedBefore, match="keep the first"):
        aggregate.keep(tmp_path, aggregate.open_data(published(cases[1:]), view()))
    assert (tmp_path / "aggregate.csv").read_bytes() == before


def test_consent_is_read_and_nothing_else(tmp_path: Path) -> None:
    """Who ticked "may be counted" counts; a report of another key is told as a number."""
    tracker = FolderTracker(tmp_path / "tracker")
    file(tracker, 0, story=CANARY)
    posted = {"statistics": ["count-me"]}
    file(tracker, 1, **posted)  # type: ignore[arg-type]
    file(tracker, 2, recovery().public)
    found, _ = read_tracker(tracker, {case(1): Dates(received_at=1)}, 1)
    assert aggregate.agreed(found, coordinator().key) == (frozenset({case(1)}), 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_aggregate_print_is_one_page(language: str) -> None:
    """With everything that it can hold, in both languages, and no case number on it."""
    names = [region for region in sorted(the_form().field("regency").codes) if region != "00"][:12]
    codes = sorted(the_form().field("country").codes)[:8]
    groups = sorted(the_form().groups)
    cases = many(
        lambda n: {"regency": names[n % 12], "country": codes[n % 8], "problem": groups}, 300
    )
    page = Pdf(command._pdf("aggregate", aggregate.content(published(cases), view(language))))
    assert page.pages == 1
    assert page.size == (210.0, 297.0)
    assert "K7Q2" not in page.text()

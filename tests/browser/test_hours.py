"""Safe hours, by the clock of whoever is to call: the same as Python's time zones say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from playwright.sync_api import Page

from browser.conftest import SCRIPTS, run_in
from intake.form import for_browser, load_form
from intake.settings import FORM_FILE, ROOT

HERE = "Asia/Jakarta"
FORM = load_form(FORM_FILE, "33")
ZONES: dict[str, str] = {
    country["code"]: country["zone"]
    for country in yaml.safe_load((ROOT / "docs/data/countries.yml").read_text("utf-8"))
    if "zone" in country
}
# Winter and summer in Europe, and the minutes around midnight in Jakarta.
MOMENTS = [
    datetime(2026, 1, 15, 3, 0, tzinfo=UTC),
    datetime(2026, 7, 15, 16, 59, tzinfo=UTC),
    datetime(2026, 7, 19, 17, 1, tzinfo=UTC),
]


@pytest.fixture(scope="module")
def clock(bench: Page) -> Page:
    """The page with the scripts of the reader's clock."""
    for name in ("open-now.js", "hours.js"):
        bench.add_script_tag(content=(Path(SCRIPTS) / name).read_text(encoding="utf-8"))
    return bench


def shown(page: Page, answers: dict[str, Any], now: datetime = MOMENTS[0]) -> Any:
    """What the reader works out for these answers."""
    fields = for_browser(FORM, "id")["fields"]
    field = next(one for one in fields if one["id"] == "safe-hours")
    body = """return safeHoursHere(
      input.answers, input.field, {zones: input.zones, here: input.here}, new Date(input.now))"""
    given = {"answers": answers, "field": field, "zones": ZONES, "here": HERE}
    return run_in(page, body, given | {"now": now.timestamp() * 1000})


def by_python(hours: tuple[str, str], zone: str, now: datetime) -> str:
    """The same stretch, with the offsets that both zones have at that moment."""
    offsets = [now.astimezone(ZoneInfo(name)).utcoffset() for name in (HERE, zone)]
    here, there = (offset.total_seconds() // 60 for offset in offsets if offset is not None)
    minutes = [int(clock[:2]) * 60 + int(clock[3:]) + here - there for clock in hours]
    return "-".join(f"{int(m // 60 % 24):02}.{int(m % 60):02}" for m in minutes)


@pytest.mark.parametrize("now", MOMENTS, ids=lambda now: now.strftime("%m-%d"))
def test_the_hours_of_every_country_are_those_of_its_zone(clock: Page, now: datetime) -> None:
    """Thirty-five countries, in summer and winter: Chromium agrees with Python to the minute."""
    hours = FORM.field("safe-hours").choice("morning").hours
    assert hours == ("09:00", "15:00")
    for code, zone in ZONES.items():
        answers = {"clock": "work-country", "country": code, "safe-hours": ["morning"]}
        assert shown(clock, answers, now) == [by_python(hours, zone, now)], code
    assert len(ZONES) >= 35


def test_evening_in_riyadh_is_night_in_java(clock: Page) -> None:
    """19.00 to 23.00 in Saudi Arabia is 23.00 to 03.00 WIB."""
    answers = {"clock": "work-country", "country": "SA", "safe-hours": ["evening", "night"]}
    assert shown(clock, answers) == ["23.00-03.00", "03.00-09.00"]


def test_indonesian_clocks_need_no_country(clock: Page) -> None:
    """WITA is an hour ahead of WIB, whatever the country of work is."""
    answers = {"clock": "wita", "country": "SA", "safe-hours": ["early"]}
    assert shown(clock, answers) == ["04.00-08.00"]


@pytest.mark.parametrize(
    "unclear",
    [
        {},
        {"clock": "unknown"},
        {"clock": "work-country", "country": "AU"},
        {"clock": "work-country", "country": "ZZ"},
    ],
)
def test_without_a_known_clock_nothing_is_worked_out(clock: Page, unclear: dict[str, str]) -> None:
    """No answer, "I don't know", and a country of several zones all give no hour."""
    assert shown(clock, {"safe-hours": ["morning"], **unclear}) is None


@pytest.mark.parametrize("chosen", [None, ["any"], ["day-off"], ["unknown"]])
def test_what_is_no_stretch_of_the_day_is_not_translated(
    clock: Page, chosen: list[str] | None
) -> None:
    """Any time needs no clock, and nothing is shown where nothing was answered."""
    answers = {"clock": "wib"} | ({"safe-hours": chosen} if chosen else {})
    assert shown(clock, answers) == []

"""Count a month for the team's meeting: what came, what is open, what is late, and an agenda.

From labels, facts and dates of the register alone; nothing sealed is opened. Canary requests and
practice are left out, and so is whoever withdrew. Pure functions: time, words
and the register are passed in. A month that is none raises `NoMonth`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from content.dates import spoken_date
from intake import issue as card
from intake.form import Form, Language
from intake.labels import LATE, PRACTICE, SHARE_AGAIN, TEAM, URGENCY, WITHDRAWN, status_of
from intake.organization import Organization
from intake.register import Case, Register, labelled
from intake.spool import Status

DAY = 86_400
MONTHS_SHOWN = 6
PRINT = Path(__file__).with_name("print")
_WORDING = Path(__file__).resolve().parents[2] / "docs/data/wording.yml"
_AGES = (("age_week", 7), ("age_month", 30), ("age_quarter", 90))
_ORDER = ("red", "yellow", "green")


class NoMonth(Exception):
    """The month is not one; write it as 2026-11."""


@dataclass(frozen=True)
class Month:
    """A month of the organization's own clock: from `start` on, before `end`, in UTC seconds."""

    name: str
    start: int
    end: int

    @classmethod
    def read(cls, text: str, zone: str) -> Month:
        """`2026-11`; anything else raises `NoMonth`."""
        if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", text):
            raise NoMonth(f"{text!r} is no month: write --month 2026-11.")
        year, month = map(int, text.split("-"))
        following = (year + month // 12, month % 12 + 1)
        begins = (
            dt.datetime(y, m, 1, tzinfo=ZoneInfo(zone)) for y, m in ((year, month), following)
        )
        return cls(text, *(int(moment.timestamp()) for moment in begins))

    def holds(self, seconds: int | None) -> bool:
        """Whether that moment is in this month."""
        return seconds is not None and self.start <= seconds < self.end

    def before(self, months: int, zone: str) -> Month:
        """The month that was so many months earlier."""
        place = int(self.name[:4]) * 12 + int(self.name[5:]) - 1 - months
        return Month.read(f"{place // 12:04}-{place % 12 + 1:02}", zone)


@dataclass(frozen=True)
class Seen:
    """One case as the team's labels and dates show it."""

    case_number: str
    urgency: str
    status: Status
    facts: Mapping[str, Any]
    received_at: int | None
    closed_at: int | None
    team: str
    late: bool
    withdrawn: bool
    share_again: bool

    def was_open(self, at: int) -> bool:
        """Whether the case was there and not yet closed then."""
        there = self.received_at is None or self.received_at < at
        done = self.status is Status.CLOSED and (self.closed_at is None or self.closed_at < at)
        return there and not done and not self.withdrawn


@dataclass(frozen=True)
class View:
    """Everything that counting needs besides the register."""

    form: Form
    organization: Organization
    month: Month
    now: int
    language: Language

    @property
    def at(self) -> int:
        """The moment that the digest shows: now, or the end of a month that is over."""
        return min(self.now, self.month.end)

    @property
    def day(self) -> dt.date:
        """The day of that moment, by the organization's clock."""
        zone = ZoneInfo(self.organization.time_zone)
        return dt.datetime.fromtimestamp(self.at - (self.at == self.month.end), zone).date()

    def say(self, name: str, **values: object) -> str:
        """A phrase of `print/digest.yml`."""
        return str(_words()[name][self.language]).format(**values)

    def spoken(self, value: str | dt.date) -> str:
        """A date or a month as people say it."""
        return spoken_date(value, _month_names()[self.language])


def seen(register: Register, view: View) -> list[Seen]:
    """Every case of the register that counts, each once."""
    counted = (case for case in register.cases if case.facts is not None)
    return [_seen(case, view) for case in counted if not is_test(case.labels, case.body)]


def practised(register: Register) -> int:
    """How many cases of practice are left out."""
    return sum(PRACTICE in case.labels for case in register.cases)


def is_test(labels: Sequence[str], body: str) -> bool:
    """Whether nobody stands behind a case: a canary request, or practice."""
    return PRACTICE in labels or card.is_trial(labels, body)


def content(
    cases: Sequence[Seen],
    tallies: Sequence[Mapping[str, Any]] | None,
    view: View,
    practised: int,
) -> dict[str, Any]:
    """What page and PDF show, fit for JSON; `tallies` is None where no spool is kept."""
    month = view.spoken(view.month.name)
    return {
        "language": view.language,
        "brand": view.organization.name[view.language],
        "title": view.say("title", month=month),
        "kicker": view.say("kicker"),
        "on": {"year": view.day.year, "month": view.day.month, "day": view.day.day},
        "notes": list(_notes(cases, tallies, view, practised)),
        "figures": _figures(cases, tallies or (), view),
        "charts": _charts(cases, tallies or (), view),
        "agenda": agenda(cases, view),
        "words": {name: text[view.language] for name, text in _words().items()},
    }


def agenda(cases: Sequence[Seen], view: View) -> list[dict[str, Any]]:
    """The open cases: late ones first, then by urgency, the oldest first."""
    opened = [case for case in cases if case.was_open(view.at)]
    opened.sort(
        key=lambda case: (
            not case.late,
            _ORDER.index(case.urgency),
            case.received_at or 0,
            case.case_number,
        )
    )
    return [_point(case, view) for case in opened]


def counted(rows: Iterable[tuple[str, int]], note: str = "") -> dict[str, Any]:
    """The rows of a chart, each with its share of the largest in per cent."""
    listed = list(rows)
    most = max((count for _, count in listed), default=0) or 1
    return {
        "note": note,
        "rows": [
            {"label": label, "count": count, "share": round(100 * count / most)}
            for label, count in listed
        ],
    }


def label_of(form: Form, name: str, code: str, language: Language) -> str:
    """A fact's code as people read it; a code of an older form stays as it is."""
    if name == "problem":
        return form.groups[code].label[language] if code in form.groups else code
    if name == "urgency":
        return form.levels[code].tag  # type: ignore[index]
    field = form.field(name)
    return field.choice(code).label[language] if code in field.codes else code


def _seen(case: Case, view: View) -> Seen:
    facts = case.facts or {}
    shown = [str(URGENCY[label]) for label in case.labels if label in URGENCY]
    urgency = shown[0] if shown else str(facts.get("urgency", "green"))
    status = status_of(case.state, case.labels)
    return Seen(
        case_number=case.case_number,
        urgency=urgency,
        status=status,
        facts=facts,
        received_at=case.dates.received_at,
        closed_at=case.dates.closed_at,
        team=", ".join(labelled(case.labels, TEAM)),
        late=LATE in case.labels or _unread(status, urgency, case.dates.received_at, view),
        withdrawn=WITHDRAWN in case.labels,
        share_again=SHARE_AGAIN in case.labels,
    )


def _unread(status: Status, urgency: str, received_at: int | None, view: View) -> bool:
    """Whether nobody has read a case within the hours that the form promises."""
    hours = getattr(view.organization.reading_times, urgency)
    late = received_at is not None and received_at + hours * 3_600 < view.at
    return status is Status.RECEIVED and late


def _notes(
    cases: Sequence[Seen],
    tallies: Sequence[Mapping[str, Any]] | None,
    view: View,
    practised: int,
) -> Iterator[str]:
    yield view.say("dated", day=view.spoken(view.day))
    if undated := sum(case.received_at is None for case in cases):
        yield view.say("undated", count=undated)
    if tallies is None:
        yield view.say("no_spool")
    if practised:
        yield view.say("practised", count=practised)


def _figures(
    cases: Sequence[Seen], tallies: Sequence[Mapping[str, Any]], view: View
) -> list[dict[str, Any]]:
    month = view.month
    opened = [case for case in cases if case.was_open(view.at)]
    figures = {
        "new": _new(cases, tallies, month),
        "open": len(opened),
        "overdue": sum(case.late for case in opened),
        "closed": sum(
            case.status is Status.CLOSED and month.holds(case.closed_at) for case in cases
        ),
        "withdrawn": sum(case.withdrawn for case in cases),
        "erased": _erased(tallies, month),
    }
    return [{"label": view.say(name), "count": count} for name, count in figures.items()]


def _new(cases: Sequence[Seen], tallies: Sequence[Mapping[str, Any]], month: Month) -> int:
    return sum(month.holds(case.received_at) for case in cases) + _erased(tallies, month)


def _erased(tallies: Sequence[Mapping[str, Any]], month: Month) -> int:
    return sum(int(row["cases"]) for row in tallies if row["month"] == month.name)


def _charts(
    cases: Sequence[Seen], tallies: Sequence[Mapping[str, Any]], view: View
) -> list[dict[str, Any]]:
    zone = view.organization.time_zone
    months = [view.month.before(back, zone) for back in range(MONTHS_SHOWN - 1, -1, -1)]
    opened = [case for case in cases if case.was_open(view.at)]
    fresh = [case for case in cases if view.month.holds(case.received_at)]
    charts = {
        "by_month": counted((view.spoken(m.name), _new(cases, tallies, m)) for m in months),
        "by_urgency": counted(_by_urgency(opened, view)),
        "by_age": counted(_by_age(opened, view)),
        "by_problem": counted(_by_fact(fresh, "problem", view), view.say("by_problem_note")),
        "by_country": counted(_by_fact(fresh, "country", view)),
        "by_area": counted(_by_fact(fresh, "regency", view)),
    }
    return [{"title": view.say(name), **chart} for name, chart in charts.items()]


def _by_urgency(cases: Sequence[Seen], view: View) -> Iterator[tuple[str, int]]:
    found = Counter(case.urgency for case in cases)
    for level in _ORDER:
        yield label_of(view.form, "urgency", level, view.language), found[level]


def _by_age(cases: Sequence[Seen], view: View) -> Iterator[tuple[str, int]]:
    found = Counter(_age_group(case.received_at, view) for case in cases)
    names = [*(name for name, _ in _AGES), "age_older", "age_unknown"]
    for name in names:
        if found[name] or name != "age_unknown":
            yield view.say(name), found[name]


def _age_group(received_at: int | None, view: View) -> str:
    if received_at is None:
        return "age_unknown"
    days = _days(received_at, view)
    return next((name for name, most in _AGES if days <= most), "age_older")


def _by_fact(cases: Sequence[Seen], name: str, view: View) -> list[tuple[str, int]]:
    found = Counter(code for case in cases for code in codes_of(case.facts, name))
    rows = [(label_of(view.form, name, code, view.language), n) for code, n in found.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def codes_of(facts: Mapping[str, Any], name: str) -> list[str]:
    """The codes of a fact, one or many."""
    value = facts.get(name, [])
    return [str(code) for code in (value if isinstance(value, list) else [value])]


def _days(received_at: int, view: View) -> int:
    return max(0, view.at - received_at) // DAY


def _point(case: Seen, view: View) -> dict[str, Any]:
    return {
        "case": case.case_number,
        "level": case.urgency,
        "urgency": label_of(view.form, "urgency", case.urgency, view.language),
        "age": "?" if case.received_at is None else _age(case.received_at, view),
        "status": view.say(f"status_{case.status}"),
        "team": case.team or "-",
        "late": case.late,
        "next": view.say(f"next_{_next(case)}"),
    }


def _age(received_at: int, view: View) -> str:
    return view.say("days", count=_days(received_at, view))


def _next(case: Seen) -> str:
    if case.share_again:
        return "share-again"
    calls = case.status in (Status.READ, Status.WORKING)
    if calls and case.facts.get("contact") == "i-come-back":
        return "comes-back"
    # A month that is over may show a case open that was closed since: its last step was work.
    return str(Status.WORKING if case.status is Status.CLOSED else case.status)


@cache
def _words() -> dict[str, dict[str, str]]:
    return dict(yaml.safe_load((PRINT / "digest.yml").read_text(encoding="utf-8")))


@cache
def _month_names() -> dict[str, str]:
    wording = yaml.load(_WORDING.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return dict(wording["months"])

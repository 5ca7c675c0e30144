"""Remind the team of what is late: one comment for each thing, and one label for as long as it is.

Late are: a case that nobody has read within `reading_times`; one that was read, and that nobody has
taken on within the same time again; one on which nobody has done anything for `quiet_days`; and the
clock of an official complaint that ends soon. A reminder says what is late and what to do, never a
fact about a person. The same one is never written twice. Times are passed in.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from intake.database import care, clocks, events, remarks, reports
from intake.form import Level
from intake.labels import LATE, URGENCY_LABEL
from intake.markdown import plain
from intake.organization import Organization, ReadingTimes
from intake.plan import Deadline, Plan, shipped_plan
from intake.spool import Kind, Spool, State, Status
from intake.tracker import IssueGone, Tracker

EVERY_SECONDS = 60
_HOUR, _DAY = 3_600, 86_400

_PERHAPS = "Lihat jam aman di laporan tersegel sebelum menelepon."
_NO_CALL = "Jangan menelepon: siapkan jawaban tersegel untuk PIN."


@dataclass(frozen=True)
class Case:
    """What reminding knows of an open case; times are UTC seconds, clocks names and days."""

    case_number: str
    number: int
    urgency: str
    may_contact: bool
    status: Status
    received_at: int
    status_at: int
    active_at: int
    marked_late: bool = False
    clocks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reminder:
    """One thing that is late: its name, and what stands below the issue."""

    name: str
    text: str


@dataclass(frozen=True)
class Reminders:
    """Everything that reminding needs. `now` gives integer UTC seconds."""

    spool: Spool
    tracker: Tracker
    organization: Organization
    now: Callable[[], int]
    plan: Plan = field(default_factory=shipped_plan)

    def remind(self) -> int:
        """Commit every reminder that is new, and take the label off what is late no more.

        The courier writes them. Returns how many are new.
        """
        told = self._told()
        for case in _ended_cases(self.spool):
            self._settle_where_needed(case, told[case.case_number])
        return sum(self._look_at(case, told[case.case_number]) for case in open_cases(self.spool))

    def _told(self) -> defaultdict[str, dict[str, str]]:
        """The reminders of each case and how far they are: asked once, since most have none."""
        query = sa.select(remarks.c.case_number, remarks.c.name, remarks.c.state)
        told: defaultdict[str, dict[str, str]] = defaultdict(dict)
        with self.spool.transaction() as connection:
            for row in connection.execute(query.where(remarks.c.act == Kind.REMINDER)):
                told[row.case_number][row.name] = row.state
        return told

    def _look_at(self, case: Case, told: dict[str, str]) -> int:
        late = list(due(case, self.organization, self.plan, self.now()))
        if not late:
            self._settle_where_needed(case, told)
        return sum(self._tell(case, one) for one in late if one.name not in told)

    def _tell(self, case: Case, reminder: Reminder) -> bool:
        kind, name, text = Kind.REMINDER, reminder.name, reminder.text
        return self.spool.remark(case.case_number, kind, name, text, self.now())

    def _settle_where_needed(self, case: Case, told: dict[str, str]) -> None:
        if case.marked_late or State.WAITING in told.values():
            self._settle(case)

    def _settle(self, case: Case) -> None:
        """Nothing is late: what was still to be written is not, and the label goes."""
        mine = (remarks.c.case_number == case.case_number) & (remarks.c.act == Kind.REMINDER)
        with self.spool.transaction() as connection:
            connection.execute(remarks.delete().where(mine, remarks.c.state == State.WAITING))
        if not case.marked_late:
            return
        with suppress(IssueGone):  # with the issue went its label
            self.tracker.remove_label(case.number, LATE)
        with self.spool.transaction() as connection:
            of_case = care.c.case_number == case.case_number
            connection.execute(care.update().where(of_case).values(marked_late=False))


def due(case: Case, organization: Organization, plan: Plan, now: int) -> Iterator[Reminder]:
    """Everything that is late with a case at this time."""
    hours = _hours(organization.reading_times, case.urgency)
    if case.status is Status.RECEIVED and now >= case.received_at + hours * _HOUR:
        yield _unread(case, hours)
    if case.status is Status.READ and now >= case.status_at + hours * _HOUR:
        yield _not_taken(case)
    quiet = organization.quiet_days
    if case.status is not Status.RECEIVED and now >= case.active_at + quiet * _DAY:
        yield _quiet(case, quiet)
    today = dt.datetime.fromtimestamp(now, ZoneInfo(organization.time_zone)).date()
    for name, day in case.clocks:
        deadline = plan.deadline(name)
        last = dt.date.fromisoformat(day)
        if deadline and today >= last - dt.timedelta(days=deadline.remind_days):
            yield _ending(deadline, day)


def open_cases(spool: Spool) -> list[Case]:
    """Every filed case of a person, neither closed nor withdrawn, in the order of filing."""
    return _cases(spool, ~_ENDED)


def _ended_cases(spool: Spool) -> list[Case]:
    """Those closed or withdrawn since: nothing is late with them, whatever is on the card."""
    return _cases(spool, _ENDED)


_ENDED = (reports.c.status == Status.CLOSED) | reports.c.withdrawn_at.is_not(None)


def _cases(spool: Spool, which: sa.ColumnElement[bool]) -> list[Case]:
    newest = sa.select(events.c.case_number, sa.func.max(events.c.at).label("status_at"))
    steps = newest.group_by(events.c.case_number).subquery()
    query = (
        sa.select(
            *(reports.c[name] for name in ("case_number", "number", "urgency", "status", "facts")),
            reports.c.received_at,
            steps.c.status_at,
            care.c.active_at,
            care.c.marked_late,
        )
        .join(steps, steps.c.case_number == reports.c.case_number)
        .outerjoin(care, care.c.case_number == reports.c.case_number)
        .where(reports.c.state == State.VERIFIED, reports.c.number.is_not(None))
        .where(which, ~reports.c.trial)
        .order_by(reports.c.id)
    )
    with spool.transaction() as connection:
        set_clocks = defaultdict(list)
        for row in connection.execute(sa.select(clocks).order_by(clocks.c.day, clocks.c.name)):
            set_clocks[row.case_number].append((row.name, row.day))
        return [_case(row, set_clocks[row.case_number]) for row in connection.execute(query)]


def _case(row: Any, set_clocks: list[tuple[str, str]]) -> Case:
    return Case(
        case_number=row.case_number,
        number=row.number,
        urgency=row.urgency,
        may_contact=json.loads(row.facts).get("contact") == "may-contact",
        status=Status(row.status),
        received_at=row.received_at,
        status_at=row.status_at,
        active_at=max(row.active_at or 0, row.status_at),
        marked_late=bool(row.marked_late),
        clocks=tuple(set_clocks),
    )


def _hours(times: ReadingTimes, urgency: str) -> int:
    # A level that is not known is treated as the most urgent one.
    return {"red": times.red, "yellow": times.yellow, "green": times.green}.get(urgency, times.red)


def _unread(case: Case, hours: int) -> Reminder:
    word = _word(case.urgency)
    return Reminder(
        f"baca-{word.lower()}",
        f"{word} ini belum dibaca dalam {hours} jam. Buka sekarang, lalu tulis /dibaca.",
    )


def _not_taken(case: Case) -> Reminder:
    how = _PERHAPS if case.may_contact else _NO_CALL
    return Reminder(
        f"tangani-{_word(case.urgency).lower()}",
        f"Sudah dibaca, belum ada yang menangani. {how} Pilih relawan atau tulis /ditangani.",
    )


def _quiet(case: Case, days: int) -> Reminder:
    since = dt.datetime.fromtimestamp(case.active_at, dt.UTC).date().isoformat()
    return Reminder(
        f"diam-{since}",
        f"{days} hari tanpa kegiatan. Catat langkah berikutnya, tersegel, atau tulis /selesai.",
    )


def _ending(deadline: Deadline, day: str) -> Reminder:
    source = f" Sumber: {plain(deadline.article)}." if deadline.article else ""
    doubt = f" Belum pasti: {plain(deadline.doubt.id)}" if deadline.doubt else ""
    return Reminder(
        f"tenggat-{deadline.id}-{day}",
        f"Tenggat {day}: {plain(deadline.title.id)} ({plain(deadline.span.id)}).{source}{doubt} "
        "Sudah ada jawaban? Tulis /dijawab.",
    )


def _word(urgency: str) -> str:
    known: dict[str, Level] = {"red": "red", "yellow": "yellow", "green": "green"}
    return URGENCY_LABEL[known.get(urgency, "red")].removeprefix("darurat: ").upper()

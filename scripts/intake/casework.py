"""Do what the team says at the tracker, and keep its cards in order.

A command, or a case shared with a volunteer, is heeded once: its comment is noted after the act,
and every act may be repeated, so a fault in between does no harm. One status and one urgency stand
on a card. The urgency may be raised by a label or a command, and lowered by the command alone. A
comment that holds a number in the clear is hidden and its writer warned; neither the log nor the
warning repeats anything of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from intake.clear_numbers import holds_number
from intake.database import care, clocks, heeded, reports
from intake.form import LEVELS, Level
from intake.labels import (
    LABEL_OF,
    LATE,
    NO_NAMES,
    SHARE_AGAIN,
    STATUS,
    TEAM,
    URGENCY,
    URGENCY_LABEL,
    VOLUNTEER,
    higher,
    level_title,
)
from intake.orders import (
    LEVEL_WORDS,
    STATUS_WORDS,
    Order,
    looks_like_order,
    read_order,
    shared_to,
)
from intake.plan import Plan, shipped_plan
from intake.sealing import NotSealed, find_sealed
from intake.spool import REMARKS, Kind, Spool, Status
from intake.tracker import Comment, Issue, Misconfigured, Tracker

WARNING = (
    "Komentar di atas disembunyikan: di dalamnya ada nomor yang tidak tersegel. "
    "Penulisnya: hapus komentar itu sekarang, juga dari riwayatnya. "
    "Tulis lagi dengan pembaca, tersegel. Surel pemberitahuan mungkin sudah terkirim."
)
KEPT = (
    "Darurat tidak diturunkan lewat label. "
    "Untuk menurunkannya tulis komentar /darurat kuning atau /darurat hijau."
)
UNKNOWN = (
    "Perintah itu tidak dikenal. Tulis satu perintah saja dalam satu komentar. "
    "Daftarnya di halaman paralegal/perintah."
)

_PROGRAMS = (*REMARKS, Kind.ADDITION, Kind.WITHDRAWN, Kind.RESTORED)
_log = logging.getLogger("intake.casework")


@dataclass(frozen=True)
class _Kept:
    status: Status
    urgency: str


@dataclass(frozen=True)
class Casework:
    """Everything that this needs. `now` gives integer UTC seconds."""

    spool: Spool
    tracker: Tracker
    now: Callable[[], int]
    plan: Plan = field(default_factory=shipped_plan)

    # --- comments ---

    def heed(self, case_number: str, comment: Comment) -> bool:
        """Do what a comment says, once; returns whether its issue has changed by it."""
        if not _by_program(comment.body):
            self._note_activity(case_number, comment.created_at)
        if order := read_order(comment.body):
            return self._once(case_number, comment, "order", lambda: self._obey(comment, order))
        if holds_number(comment.body):
            return self._once(case_number, comment, "hidden", lambda: self._hide(comment))
        if mark := shared_to(comment.body, case_number):
            return self._once(case_number, comment, "share", lambda: self._share(comment, mark))
        if looks_like_order(comment.body):
            self._answer_unknown(case_number, comment)
        return False

    def _once(self, case_number: str, comment: Comment, act: str, do: Callable[[], bool]) -> bool:
        row = {"case_number": case_number, "comment": comment.id, "act": act}
        mine = sa.and_(*(heeded.c[name] == value for name, value in row.items()))
        with self.spool.transaction() as connection:
            if connection.execute(sa.select(heeded.c.act).where(mine)).first():
                return False
        if not do():
            return False
        # Noted last: after a fault the act is done again, which does no harm.
        with self.spool.transaction() as connection:
            if not connection.execute(sa.select(heeded.c.act).where(mine)).first():
                connection.execute(heeded.insert().values(row))
        _log.info("%s: a comment was heeded (%s)", case_number, act)
        return True

    def _obey(self, comment: Comment, order: Order) -> bool:
        number, case_number = comment.number, self._case_of(comment)
        match order.word:
            case word if word in STATUS_WORDS:
                self._show_status(self.tracker.read(number), STATUS_WORDS[word])
            case "darurat":
                self._show_urgency(self.tracker.read(number), case_number, LEVEL_WORDS[order.name])
            case "relawan":
                self._give(number, case_number, order.name)
            case "lepas":
                self.tracker.remove_label(number, f"{VOLUNTEER}{order.name}")
            case "coret":
                self._strike_out(order.name)
            case "tim" if order.name in {team.id for team in self.plan.teams}:
                self._swap(self.tracker.read(number), f"{TEAM}{order.name}", TEAM)
            case "tenggat" if self.plan.deadline(order.name):
                self._set_clock(case_number, order)
            case "dijawab":
                self._stop_clocks(case_number)
            case _:
                self._answer_unknown(case_number, comment)
        return True

    def _hide(self, comment: Comment) -> bool:
        case_number = self._case_of(comment)
        self.tracker.set_label(comment.number, NO_NAMES)
        self.spool.remark(case_number, Kind.WARNING, _mark(comment), WARNING, self.now())
        try:
            self.tracker.hide(comment.number, comment.id)
        except Misconfigured as error:
            # The warning has to stand all the same, and other cases must not wait for this.
            _log.error("%s: a comment with a number could not be hidden: %s", case_number, error)
            return False
        _log.warning("%s: a comment held a number in the clear; it is hidden now", case_number)
        return True

    def _share(self, comment: Comment, mark: str) -> bool:
        case_number = self._case_of(comment)
        try:
            find_sealed(comment.body)
        except NotSealed:
            _log.warning("%s: what was shared is not whole; paste it again", case_number)
            return False
        self._give(comment.number, case_number, mark)
        return True

    def _give(self, number: int, case_number: str, mark: str) -> None:
        self.tracker.set_label(number, f"{VOLUNTEER}{mark}")
        self.tracker.remove_label(number, SHARE_AGAIN)
        if self._kept(case_number).status in (Status.RECEIVED, Status.READ):
            self._show_status(self.tracker.read(number), Status.WORKING)

    def _strike_out(self, mark: str) -> None:
        """Take a lost key's label from every open issue, and say that the case needs a new one."""
        label = f"{VOLUNTEER}{mark}"
        for issue in self.tracker.updated_since(0):
            if issue.state == "open" and label.casefold() in _folded(issue.labels):
                self.tracker.set_label(issue.number, SHARE_AGAIN)
                self.tracker.remove_label(issue.number, label)

    def _answer_unknown(self, case_number: str, comment: Comment) -> None:
        self.spool.remark(case_number, Kind.UNKNOWN, _mark(comment), UNKNOWN, self.now())

    # --- cards ---

    def mend(self, case_number: str, issue: Issue) -> Status:
        """Leave one status and one urgency on a card; returns the status that it then shows."""
        kept = self._kept(case_number)
        if issue.state == "open" and kept.urgency in LEVELS:
            self._mend_urgency(issue, case_number, kept.urgency)
        shown = {STATUS[name.casefold()] for name in issue.labels if name.casefold() in STATUS}
        status = decide(issue.state, shown, kept.status)
        self._show_status(issue, status)
        self._note_label(case_number, LATE in _folded(issue.labels))
        return status

    def _mend_urgency(self, issue: Issue, case_number: str, kept: Level) -> None:
        levels = [URGENCY[name.casefold()] for name in issue.labels if name.casefold() in URGENCY]
        top = min(levels, key=LEVELS.index, default=None)
        if top is not None and not higher(kept, top):
            if levels != [kept]:
                self._show_urgency(issue, case_number, top)
            return
        # Said first: of two remarks of one day only one is ever written.
        self.spool.remark(case_number, Kind.KEPT, _day(self.now()), KEPT, self.now())
        self._show_urgency(issue, case_number, kept)

    def _show_urgency(self, issue: Issue, case_number: str, level: Level) -> None:
        self._swap(issue, URGENCY_LABEL[level], *URGENCY)
        if issue.title != level_title(level, case_number):
            self.tracker.set_title(issue.number, level_title(level, case_number))
        with self.spool.transaction() as connection:
            mine = reports.c.case_number == case_number
            connection.execute(reports.update().where(mine).values(urgency=level))

    def _show_status(self, issue: Issue, status: Status) -> None:
        self._swap(issue, LABEL_OF[status], *STATUS)
        state = "closed" if status is Status.CLOSED else "open"
        if issue.state != state:
            self.tracker.set_state(issue.number, state)

    def _swap(self, issue: Issue, wanted: str, *kinds: str) -> None:
        """Set one label, then take away others of its kind: at no time is there none."""
        if wanted.casefold() not in _folded(issue.labels):
            self.tracker.set_label(issue.number, wanted)
        for name in issue.labels:
            if name.casefold() != wanted.casefold() and _is_of(name, kinds):
                self.tracker.remove_label(issue.number, name)

    # --- what is kept ---

    def _case_of(self, comment: Comment) -> str:
        case_number = self.spool.case_of_issue(comment.number)
        if case_number is None:
            raise AssertionError(f"Issue {comment.number} is no case.")
        return case_number

    def _kept(self, case_number: str) -> _Kept:
        query = sa.select(reports.c.status, reports.c.urgency)
        with self.spool.transaction() as connection:
            row = connection.execute(query.where(reports.c.case_number == case_number)).one()
        return _Kept(Status(row.status), row.urgency)

    def _note_activity(self, case_number: str, at: int) -> None:
        self._note(case_number, care.c.active_at < at, {"active_at": at})

    def _note_label(self, case_number: str, late: bool) -> None:
        self._note(case_number, care.c.marked_late != late, {"marked_late": late})

    def _note(
        self, case_number: str, differs: sa.ColumnElement[bool], values: dict[str, object]
    ) -> None:
        mine = care.c.case_number == case_number
        with self.spool.transaction() as connection:
            if connection.execute(sa.select(care.c.case_number).where(mine)).first():
                connection.execute(care.update().where(mine, differs).values(values))
            else:
                connection.execute(care.insert().values({"case_number": case_number, **values}))

    def _set_clock(self, case_number: str, order: Order) -> None:
        mine = (clocks.c.case_number == case_number) & (clocks.c.name == order.name)
        row = {"case_number": case_number, "name": order.name, "day": order.day}
        with self.spool.transaction() as connection:
            connection.execute(clocks.delete().where(mine))
            connection.execute(clocks.insert().values(row))

    def _stop_clocks(self, case_number: str) -> None:
        with self.spool.transaction() as connection:
            connection.execute(clocks.delete().where(clocks.c.case_number == case_number))


def decide(state: str, shown: Collection[Status], kept: Status) -> Status:
    """The one status of a card, from its state, its labels and the status it had before.

    A label that came newly counts, the furthest of several. A closed issue is closed; one that was
    opened again is being worked on. Without a label nothing has changed, but somebody looked.
    """
    order = list(Status).index
    if state == "closed":
        return Status.CLOSED
    if new := set(shown) - {kept}:
        return max(new, key=order)
    if kept is Status.CLOSED:
        return Status.WORKING
    return kept if shown or kept is not Status.RECEIVED else Status.READ


def _by_program(body: str) -> bool:
    line = body.partition("\n")[0].strip()
    return any(line.startswith(f"<!-- intake {word} ") for word in _PROGRAMS)


def _is_of(name: str, kinds: Iterable[str]) -> bool:
    folded = name.casefold()
    return any(folded == kind or (kind == TEAM and folded.startswith(kind)) for kind in kinds)


def _folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}


def _mark(comment: Comment) -> str:
    return f"{'a' if comment.id < 0 else ''}{abs(comment.id)}"


def _day(now: int) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d")

"""File a register in another tracker: every case once, whatever happens between.

A case is filed as a stub, then its comments, its state, and last its body; so a body that is more
than its marker says that the case is whole. A run that was broken off is simply started again. What
may have been written is looked up, after the time that a tracker's list may lag, before it is
written again; `InDoubt` that comes twice is `TrackerUnavailable`. Markers, titles and labels stay
as they were; numbers are the new tracker's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from intake import database
from intake.register import Case, Register, body_with_dates, comment_with_place, place_line
from intake.spool import Spool, State
from intake.tracker import (
    InDoubt,
    Issue,
    Tracker,
    TrackerUnavailable,
    case_number_in,
    has_marker,
    marker_line,
)


@dataclass(frozen=True)
class Filed:
    """What became of one case."""

    case_number: str
    number: int
    fresh: bool

    def __str__(self) -> str:
        return f"{self.case_number}  {'filed' if self.fresh else 'already there'}  #{self.number}"


@dataclass(frozen=True)
class Importer:
    """Where a register goes. `journal` says when something was last filed; `wait` takes seconds."""

    tracker: Tracker
    settle_seconds: int
    journal: Path
    now: Callable[[], int]
    wait: Callable[[float], object]

    def take(self, register: Register) -> Iterator[Filed]:
        """File what is not there, and go on with what was begun; one line for each case."""
        self.tracker.check()
        self._settle_last()
        known = _known(self.tracker)
        for case in register.cases:
            found = known.get(case.case_number)
            if found is not None and found.body.strip() != marker_line(case.case_number):
                yield Filed(case.case_number, found.number, fresh=False)
            else:
                number = self._create(case) if found is None else found.number
                self._finish(case, number)
                yield Filed(case.case_number, number, fresh=True)
        self.journal.unlink(missing_ok=True)

    def _settle_last(self) -> None:
        """Wait until the list surely shows what a run that was broken off filed last."""
        if self.journal.exists():
            since = self.now() - int(self.journal.read_text(encoding="ascii").strip() or 0)
            if 0 <= since < self.settle_seconds:
                self.wait(self.settle_seconds - since)

    def _create(self, case: Case) -> int:
        marker = marker_line(case.case_number)
        self.journal.write_text(f"{self.now()}\n", encoding="ascii")
        return self._once(
            lambda: self.tracker.create(case.title, case.labels, marker + "\n"),
            lambda: self.tracker.find(marker),
        )

    def _finish(self, case: Case, number: int) -> None:
        there = [comment.body for comment in self.tracker.comments(number)]
        for place, said in enumerate(case.comments):
            if not any(has_marker(body, place_line(place, said)) for body in there):
                self._comment(case, number, place)
        self.tracker.set_state(number, case.state)
        self.tracker.fill(number, body_with_dates(case))

    def _comment(self, case: Case, number: int, place: int) -> None:
        line = place_line(place, case.comments[place])

        def written() -> int | None:
            below = self.tracker.comments(number)
            return next((c.id for c in below if has_marker(c.body, line)), None)

        self._once(lambda: self.tracker.comment(number, comment_with_place(case, place)), written)

    def _once(self, act: Callable[[], int], look: Callable[[], int | None]) -> int:
        for _ in range(2):
            try:
                return act()
            except InDoubt:
                self.wait(self.settle_seconds)
                if (found := look()) is not None:
                    return found
        raise TrackerUnavailable("The tracker does not say what became of a case: start again.")


def follow_numbers(spool: Spool, numbers: Mapping[str, int]) -> int:
    """Have a receiver's spool follow its cases to their new issues; returns how many it has."""
    reports = database.reports
    moved = 0
    with spool.transaction() as connection:
        for case_number, number in numbers.items():
            mine = (reports.c.case_number == case_number) & (reports.c.state == State.VERIFIED)
            moved += connection.execute(reports.update().where(mine).values(number=number)).rowcount
    return moved


def _known(tracker: Tracker) -> dict[str, Issue]:
    """Every case of the tracker; a stub gives way to a whole issue of the same case."""
    known: dict[str, Issue] = {}
    for issue in tracker.updated_since(0):
        try:
            case_number = case_number_in(issue.body)
        except ValueError:
            continue
        if case_number not in known or issue.body.strip() != marker_line(case_number):
            known[case_number] = issue
    return known

"""Move reports from the spool to the tracker: exactly one issue each, whatever happens between.

Each state is committed before the act it describes: `in doubt` before the issue is created,
`stubbed` before it is filled, `filled` before it is read back. What comes back for a case, a
letter, becomes exactly one comment in the same way: `in doubt` before it is written. Withdrawals
and restorings go before everything else, additions after the reports, remarks last. A restart
therefore never has to guess. A fault that only a person can mend raises `Misconfigured` and stops
the run.

Whether time has settled a doubt is read from the tracker's own clock where it tells one: this
machine's may be set forwards while an issue that was created does not show in any list yet.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from intake import issue, letters
from intake.form import Form
from intake.labels import LATE
from intake.sealing import NotSealed, PublicKey, find_sealed, to_active
from intake.spool import (
    HOPEFUL,
    LONGEST_WAIT_SECONDS,
    REMARKS,
    Kind,
    Letter,
    Report,
    Spool,
    State,
)
from intake.tracker import (
    InDoubt,
    Issue,
    IssueGone,
    NotYet,
    Tracker,
    TrackerUnavailable,
    has_marker,
    marker_line,
)

TURN_SECONDS = 120
FIRST_WAIT_SECONDS = 5
CHECK_SECONDS = 10  # a check of the tracker holds for one report, and no longer than this
# An issue has one label of each of these kinds, and the team exchanges it for another.
ONE_OF_EACH = ("darurat:", "status:", "tim:")
LIST_MARGIN_SECONDS = 600  # how far apart clocks may be when a list is cut short

_log = logging.getLogger("intake.delivery")


@dataclass(frozen=True)
class Courier:
    """Everything one worker needs. `now` gives integer UTC seconds.

    A report that none of the active `keys` opens is filed with a label that says so; without keys
    none is looked at.
    """

    spool: Spool
    tracker: Tracker
    form: Form
    site: str
    settle_seconds: int
    holder: str
    now: Callable[[], int]
    keys: tuple[PublicKey, ...] = ()

    def deliver(self, enough: Callable[[], bool] = lambda: False) -> int:
        """Work on everything that is due; returns how many reports and letters were finished.

        Asked before each step, `enough` ends the run early; what is left is due again.

        The tracker is checked before each report and each letter, so that nothing more is filed
        into a repository that has become public. Raises `Misconfigured` when a person has to mend
        something, and `TrackerUnavailable` when the tracker asks to be left alone for a while.
        """
        try:
            return self._deliver_due(enough)
        finally:
            # Every state is committed, so the next worker need not wait for the turn to run out.
            self.spool.end_turn(self.holder)

    def _deliver_due(self, enough: Callable[[], bool]) -> int:
        finished = 0
        checked: tuple[str, int] | None = None
        begun: Report | None = None  # what the last step leaves to be gone on with
        while not enough() and self.spool.take_turn(self.holder, self.now(), TURN_SECONDS):
            due = begun or self._due()
            if due is None:
                break
            try:
                if not self._still_holds(checked, due):
                    self.tracker.check()
                    checked = (due.case_number, self.now())
                if isinstance(due, Letter):
                    finished += self._step_letter(due)
                    continue
                begun = self._step(due)
                if begun is not None and begun.state is State.VERIFIED:
                    finished, begun = finished + 1, None
            except NotYet as pause:
                # Nothing is wrong, so whoever runs us goes on with what is not limited.
                _log.info("%s", pause)
                break
        return finished

    def _still_holds(self, checked: tuple[str, int] | None, due: Report | Letter) -> bool:
        if checked is None:
            return False
        case_number, at = checked
        return case_number == due.case_number and 0 <= self.now() - at < CHECK_SECONDS

    def _due(self) -> Report | Letter | None:
        now, spool = self.now(), self.spool
        notice_or_report = spool.due_notice(now) or spool.due(now)
        return notice_or_report or spool.due_addition(now) or spool.due_remark(now)

    def _step(self, report: Report) -> Report | None:
        """The report as it stands after its next step; None when it has to wait for another."""
        acts = {
            State.WAITING: self._create,
            State.IN_DOUBT: self._look,
            State.STUBBED: self._fill,
            State.FILLED: self._verify,
        }
        try:
            return acts[report.state](report)
        except TrackerUnavailable as error:
            self._wait(report, error.retry_after or 0)
            if error.retry_after is not None:
                # Asked to slow down: who goes on with the next report is shut out for longer.
                raise
        except IssueGone as error:
            # Somebody took it away on purpose; filing it again would hide that.
            _log.error("%s: %s", report.case_number, error)
            self._wait(report, LONGEST_WAIT_SECONDS)
        return None

    def _reach(self, report: Report, state: State, number: int | None = None) -> Report:
        now = self.now()
        self.spool.move(report.case_number, state, now, number)
        kept = report.number if number is None else number
        attempts = 0 if state in HOPEFUL else report.attempts
        return replace(report, state=state, state_at=now, number=kept, attempts=attempts)

    def _create(self, report: Report) -> Report | None:
        case, begun_at = report.case_number, self._settling_time()
        if not self.spool.move(case, State.IN_DOUBT, self.now(), state_at=begun_at, was=report):
            return None  # another worker was faster
        begun = replace(report, state=State.IN_DOUBT, state_at=begun_at)
        labels = self._labels(report)
        title = issue.title(self.form, report.facts, case)
        try:
            number = self.tracker.create(title, labels, marker_line(case))
        except TrackerUnavailable:
            self.spool.move(case, State.WAITING, self.now(), was=begun)
            raise
        except InDoubt:
            _log.warning("%s: no clear answer; the tracker's list decides", case)
            return None
        return self._reach(report, State.STUBBED, number)

    def _look(self, report: Report) -> Report | None:
        looked_at = self._settling_time()  # before the list was made, not after it had come
        since = max(0, report.state_at - LIST_MARGIN_SECONDS)
        number = self.tracker.find(marker_line(report.case_number), since)
        if number is not None:
            return self._reach(report, State.STUBBED, number)
        if looked_at >= report.state_at + self.settle_seconds:
            # Longer than any list lags: nothing was created, so it is safe to try again.
            self.spool.move(report.case_number, State.WAITING, self.now(), was=report)
        else:
            self._wait(report, 0)
        return None

    def _fill(self, report: Report) -> Report:
        text = issue.body(
            self.form,
            report.facts,
            report.sealed,
            report.case_number,
            self.site,
            trial=report.trial,
        )
        self.tracker.fill(_number(report), text)
        return self._reach(report, State.FILLED)

    def _verify(self, report: Report) -> Report | None:
        kept = self.tracker.read(_number(report))
        if not _holds(kept.body, report):
            _log.warning(
                "%s: the issue does not hold the report; filling it again", report.case_number
            )
            self.spool.move(report.case_number, State.STUBBED, self.now())
            self._wait(report, 0)
            return None
        self._restore_labels(report, kept)
        verified = self._reach(report, State.VERIFIED)
        _log.info("%s: filed and verified as issue %d", report.case_number, _number(report))
        return verified

    def _labels(self, report: Report) -> list[str]:
        labels = issue.labels(self.form, report.facts, trial=report.trial)
        if self.keys and not to_active(report.sealed, self.keys):
            labels.append(issue.OLD_KEY)
        return labels

    def _restore_labels(self, report: Report, kept: Issue) -> None:
        """Set what GitHub dropped on creation; a label that the team exchanged stays as it is."""
        there = {label.casefold() for label in kept.labels}
        chosen = {kind for kind in ONE_OF_EACH if any(label.startswith(kind) for label in there)}
        for label in self._labels(report):
            if label.casefold() not in there and not label.startswith(tuple(chosen)):
                self.tracker.set_label(kept.number, label)

    def _settling_time(self) -> int:
        told = self.tracker.time()
        return self.now() if told is None else told

    def _wait(self, report: Report, at_least: int) -> None:
        until, attempts = self._later(report.attempts, at_least)
        self.spool.postpone(report.case_number, until, attempts)

    def _later(self, attempts: int, at_least: int) -> tuple[int, int]:
        # A tracker that asks for longer remembers that itself.
        wait = min(max(FIRST_WAIT_SECONDS * 2**attempts, at_least), LONGEST_WAIT_SECONDS)
        return self.now() + wait, min(attempts + 1, 10)

    # --- letters ---

    def _step_letter(self, letter: Letter) -> bool:
        act = self._look_for_letter if letter.state is State.IN_DOUBT else self._write
        try:
            return act(letter)
        except TrackerUnavailable as error:
            self._wait_with_letter(letter, error.retry_after or 0)
            if error.retry_after is not None:
                raise
        except IssueGone as error:
            self._without_issue(letter, error)
        return False

    def _write(self, letter: Letter) -> bool:
        self._show_label(letter)
        begun = replace(letter, state=State.IN_DOUBT, state_at=self._settling_time())
        if not self.spool.move_letter(
            letter, State.IN_DOUBT, self.now(), state_at=begun.state_at, was=letter
        ):
            return False  # another worker was faster
        try:
            comment = self.tracker.comment(letter.number, letters.body(letter))
        except TrackerUnavailable:
            self.spool.move_letter(letter, State.WAITING, self.now(), was=begun)
            raise
        except InDoubt:
            _log.warning("%s: no clear answer; the issue's comments decide", letter.case_number)
            return False
        return self._written(letter, comment)

    def _show_label(self, letter: Letter) -> None:
        if letter.kind is Kind.WITHDRAWN:
            self.tracker.set_label(letter.number, issue.WITHDRAWN)
        if letter.kind is Kind.RESTORED:
            self.tracker.remove_label(letter.number, issue.WITHDRAWN)
        if letter.kind is Kind.REMINDER:
            self.tracker.set_label(letter.number, LATE)

    def _look_for_letter(self, letter: Letter) -> bool:
        looked_at = self._settling_time()
        for comment in self.tracker.comments(letter.number):
            if has_marker(comment.body, letters.marker(letter)):
                return self._written(letter, comment.id)
        if looked_at >= letter.state_at + self.settle_seconds:
            self.spool.move_letter(letter, State.WAITING, self.now(), was=letter)
        else:
            self._wait_with_letter(letter, 0)
        return False

    def _written(self, letter: Letter, comment: int) -> bool:
        self.spool.move_letter(letter, State.VERIFIED, self.now(), comment)
        _log.info("%s: %s written as a comment", letter.case_number, letter.kind)
        return True

    def _without_issue(self, letter: Letter, error: IssueGone) -> None:
        """Its issue was deleted: a restored case is filed anew, nobody can read a withdrawn one."""
        if letter.kind is Kind.WITHDRAWN or letter.kind in REMARKS:
            self.spool.move_letter(letter, State.VERIFIED, self.now())
            return
        if letter.kind is Kind.RESTORED:
            _log.warning("%s: restored after its issue had gone; filing it", letter.case_number)
            self.spool.file_again(letter.case_number, self.now())
            return
        _log.error("%s: %s", letter.case_number, error)
        self._wait_with_letter(letter, LONGEST_WAIT_SECONDS)

    def _wait_with_letter(self, letter: Letter, at_least: int) -> None:
        until, attempts = self._later(letter.attempts, at_least)
        self.spool.postpone_letter(letter, until, attempts)


def _number(report: Report) -> int:
    if report.number is None:
        raise AssertionError(f"{report.case_number} has no issue in state {report.state}")
    return report.number


def _holds(body: str, report: Report) -> bool:
    try:
        sealed = find_sealed(body)
    except NotSealed:
        return False
    return sealed == report.sealed and has_marker(body, marker_line(report.case_number))

"""Compare spool and tracker both ways and say in a line each what does not fit; change nothing.

Lines hold case numbers and issue numbers only. What `intake purge` is about to delete, or has just
deleted on one side, is no finding; neither is what was filed while the comparison ran.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from intake import purge
from intake.form import Form
from intake.labels import status_of
from intake.sealing import NotSealed, find_sealed, same_content
from intake.spool import Kept, Spool, State
from intake.tracker import Comment, Issue, IssueGone, Tracker, case_number_of

FOLLOWED_SECONDS = 900  # for so long a change at the tracker may be unknown to the spool


@dataclass(frozen=True)
class Audit:
    """What is compared. `now` is UTC seconds; the deadlines are those of `intake purge`."""

    spool: Spool
    tracker: Tracker
    form: Form
    deadlines: purge.Deadlines
    now: int

    def run(self) -> Iterator[str]:
        """One line for each thing that does not fit, in the order of the case numbers."""
        before = self.spool.kept()
        issues = self.tracker.updated_since(0)
        comments = self.tracker.comments_since(0)
        after = self.spool.kept()
        yield from sorted(self._lines(before, after, issues, comments))

    def _lines(
        self,
        before: dict[str, Kept],
        after: dict[str, Kept],
        issues: list[Issue],
        comments: list[Comment],
    ) -> Iterator[str]:
        acts = purge.newest_acts(comments)
        by_number = {issue.number: issue for issue in issues}
        of_case = _by_case(issues)
        for case_number in before.keys() & after.keys():
            # As it was before the list was made: what was filed then must be on it.
            kept = before[case_number]
            found = of_case.get(case_number, [])
            yield from self._case(kept, after[case_number], found, by_number, acts)
        for case_number in of_case.keys() - after.keys() - before.keys():
            for issue in of_case[case_number]:
                if purge.why_deleted(issue, acts.get(case_number), self.deadlines) is None:
                    yield f"{case_number}: issue {issue.number} is extra: no such case is kept here"
        yield from self._letters(before, comments, by_number)

    def _case(
        self,
        kept: Kept,
        after: Kept,
        found: list[Issue],
        by_number: dict[int, Issue],
        acts: dict[str, tuple[str, int]],
    ) -> Iterator[str]:
        case_number = kept.case_number
        if len(found) > 1:
            numbers = ", ".join(str(number) for number in sorted(issue.number for issue in found))
            yield f"{case_number}: issues {numbers} are all of this case: keep one, delete the rest"
        if kept.number is None:
            return
        issue = by_number.get(kept.number)
        if issue is None:
            if not self._is_going(kept) and self._is_gone(kept.number):
                others = "".join(f"; issue {other.number} is of this case" for other in found)
                yield f"{case_number}: issue {kept.number} is missing at the tracker{others}"
            return
        if issue not in found:
            yield f"{case_number}: issue {issue.number} is altered: its marker line is gone"
        if not _is_titled(self.form, issue, case_number):
            yield f"{case_number}: issue {issue.number} is altered: its title says something else"
        if kept.state is State.VERIFIED and not _holds(self.spool, issue, case_number):
            yield f"{case_number}: issue {issue.number} is altered: its sealed report is another"
        yield from self._states(after, issue, acts.get(case_number))

    def _states(self, kept: Kept, issue: Issue, act: tuple[str, int] | None) -> Iterator[str]:
        if kept.state is not State.VERIFIED or issue.updated_at > self.now - FOLLOWED_SECONDS:
            return
        place = f"{kept.case_number}: issue {issue.number}"
        if kept.status is not status_of(issue.state, issue.labels):
            yield f"{place} has another status than is kept here: look whether intake deliver runs"
        shown = purge.is_marked(issue) or (act is not None and act[0] == "withdrawn")
        if shown and kept.withdrawn_at is None:
            yield f"{place} shows a withdrawal that is not kept here"
        if kept.withdrawn_at is not None and not shown and not kept.waits:
            yield f"{place} does not show that the case was withdrawn"

    def _is_going(self, kept: Kept) -> bool:
        """Whether purge deletes it here too, sooner or later by a day."""
        if kept.closed_at is not None and (kept.trial or kept.closed_at <= self.deadlines.closed):
            return True
        return kept.withdrawn_at is not None

    def _is_gone(self, number: int) -> bool:
        """Ask for the issue itself: a list lags behind."""
        try:
            self.tracker.read(number)
        except IssueGone:
            return True
        return False

    def _letters(
        self, before: dict[str, Kept], comments: list[Comment], by_number: dict[int, Issue]
    ) -> Iterator[str]:
        there = {(comment.number, comment.id): comment for comment in comments}
        for letter in self.spool.written():
            kept = before.get(letter.case_number)
            if kept is None or kept.number != letter.number or letter.number not in by_number:
                continue
            comment = there.get((letter.number, letter.comment))
            place = f"{letter.case_number}: comment {letter.comment} of issue {letter.number}"
            if comment is None:
                yield f"{place} is missing: it held an addition"
            elif not _is_same(comment.body, letter.sealed):
                yield f"{place} is altered: it held an addition"


def _by_case(issues: Iterable[Issue]) -> dict[str, list[Issue]]:
    found: dict[str, list[Issue]] = defaultdict(list)
    for issue in issues:
        if case_number := case_number_of(issue):
            found[case_number].append(issue)
    return found


def _is_titled(form: Form, issue: Issue, case_number: str) -> bool:
    return issue.title in {f"{level.tag} · {case_number}" for level in form.levels.values()}


def _holds(spool: Spool, issue: Issue, case_number: str) -> bool:
    sealed = spool.sealed(case_number)
    return sealed is None or _is_same(issue.body, sealed)


def _is_same(text: str, sealed: dict[str, object]) -> bool:
    try:
        return same_content(find_sealed(text), sealed)
    except NotSealed:
        return False

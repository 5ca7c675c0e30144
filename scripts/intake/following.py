"""Copy what the team did at the tracker into the spool, and do what it said there.

Copied are each case's status and its sealed answer; commands, shared cases and cards out of order
are left to `casework`. Issues and comments are asked for by when they were changed, never case by
case, and what was changed shortly before is looked at again, since lists lag. An answer is checked
for its form; it cannot be read here. Any other comment is passed over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from intake.casework import Casework
from intake.sealing import NotSealed, find_answer
from intake.spool import Spool
from intake.tracker import Comment, Issue, IssueGone, Tracker, has_marker, letter_line

OVERLAP_SECONDS = 300
GITHUB_SECONDS = 60  # between two looks; a look is three or four requests

_ASKED, _SEEN = "follow asked", "follow seen"  # the names of the two notes in the spool
_log = logging.getLogger("intake.following")


@dataclass(frozen=True)
class Follower:
    """Everything that following needs. `now` gives integer UTC seconds."""

    spool: Spool
    tracker: Tracker
    every_seconds: int
    now: Callable[[], int]

    def follow(self) -> int:
        """Copy what is new, at most once in `every_seconds`; returns how many cases moved on."""
        now = self.now()
        if 0 <= now - self.spool.noted(_ASKED) < self.every_seconds:
            return 0  # a look in the future was before the clock was set back
        self.spool.note(_ASKED, now)
        since = max(0, self.spool.noted(_SEEN) - OVERLAP_SECONDS)
        issues = self.tracker.updated_since(since)
        comments = self.tracker.comments_since(since)
        # Comments first: what a command changes is then seen at once.
        touched = {comment.number for comment in comments if self._heed(comment)}
        moved = sum(self._copy_status(issue) for issue in self._fresh(issues, touched))
        # Noted last: after a fault everything is looked at again, which does no harm.
        seen = [issue.updated_at for issue in issues]
        seen += [comment.updated_at for comment in comments]
        self.spool.note(_SEEN, max(seen, default=self.spool.noted(_SEEN)))
        return moved

    @cached_property
    def _casework(self) -> Casework:
        return Casework(self.spool, self.tracker, self.now)

    def _fresh(self, issues: Iterable[Issue], touched: set[int]) -> Iterator[Issue]:
        """The issues as they are now; those that a comment changed are read once more."""
        yield from (issue for issue in issues if issue.number not in touched)
        for number in sorted(touched):
            try:
                yield self.tracker.read(number)
            except IssueGone as error:
                _log.error("%s", error)

    def _copy_status(self, issue: Issue) -> bool:
        case_number = self.spool.case_of_issue(issue.number)
        if case_number is None:
            return False
        try:
            status = self._casework.mend(case_number, issue)
        except IssueGone as error:
            _log.error("%s: %s", case_number, error)
            return False
        moved = self.spool.reach(case_number, status, min(issue.updated_at, self.now()))
        if moved:
            _log.info("%s: the team has come a step further", case_number)
        return moved

    def _heed(self, comment: Comment) -> bool:
        """Whether the comment's issue was changed by what it says."""
        case_number = self.spool.case_of_issue(comment.number)
        if case_number is None:
            return False
        if has_marker(comment.body, letter_line("answer", case_number)):
            self._copy_answer(case_number, comment)
        try:
            return self._casework.heed(case_number, comment)
        except IssueGone as error:
            _log.error("%s: %s", case_number, error)
            return False

    def _copy_answer(self, case_number: str, comment: Comment) -> None:
        try:
            answer = find_answer(comment.body)
        except NotSealed:
            _log.warning("%s: an answer is not whole; paste it again from the reader", case_number)
            return
        self.spool.keep_answer(case_number, answer, comment.created_at)

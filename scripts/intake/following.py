"""Copy what the team did at the tracker into the spool: each case's status and its sealed answer.

Issues and comments are asked for by when they were changed, never case by case, and what was
changed shortly before is looked at again, since lists lag. An answer is checked for its form; it
cannot be read here. A comment that is no answer of ours is passed over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from intake.sealing import NotSealed, find_answer
from intake.spool import Spool, Status
from intake.tracker import Comment, Issue, Tracker, has_marker, letter_line

LABELS = {
    "status: baru": Status.RECEIVED,
    "status: dibaca": Status.READ,
    "status: ditangani": Status.WORKING,
    "status: menunggu jawaban": Status.WAITING,
    "status: diteruskan": Status.PASSED_ON,
    "status: selesai": Status.CLOSED,
}
OVERLAP_SECONDS = 300
GITHUB_SECONDS = 60  # between two looks; a look is three or four requests

_ASKED, _SEEN = "follow asked", "follow seen"  # the names of the two notes in the spool
_ORDER = list(Status)
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
        moved = sum(self._copy_status(issue) for issue in issues)
        for comment in comments:
            self._copy_answer(comment)
        # Noted last: after a fault everything is looked at again, which does no harm.
        seen = [issue.updated_at for issue in issues]
        seen += [comment.updated_at for comment in comments]
        self.spool.note(_SEEN, max(seen, default=self.spool.noted(_SEEN)))
        return moved

    def _copy_status(self, issue: Issue) -> bool:
        case_number = self.spool.case_of_issue(issue.number)
        if case_number is None:
            return False
        at = min(issue.updated_at, self.now())
        moved = self.spool.reach(case_number, status_of(issue.state, issue.labels), at)
        if moved:
            _log.info("%s: the team has come a step further", case_number)
        return moved

    def _copy_answer(self, comment: Comment) -> None:
        case_number = self.spool.case_of_issue(comment.number)
        if case_number is None or not has_marker(comment.body, letter_line("answer", case_number)):
            return
        try:
            answer = find_answer(comment.body)
        except NotSealed:
            _log.warning("%s: an answer is not whole; paste it again from the reader", case_number)
            return
        self.spool.keep_answer(case_number, answer, comment.created_at)


def status_of(state: str, labels: Sequence[str]) -> Status:
    """The status that an issue shows: closed when it is closed, else its furthest label.

    The program gives each issue a status; one without was changed by a person, so it was read.
    """
    if state == "closed":
        return Status.CLOSED
    shown = [LABELS[label.casefold()] for label in labels if label.casefold() in LABELS]
    return max(shown, key=_ORDER.index, default=Status.READ)

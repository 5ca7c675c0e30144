"""Delete what was withdrawn, and closed cases whose days are over, at the tracker and in the spool.

What was withdrawn goes after 48 hours, so that a run each day keeps the promise of 72. Until it
has run the PIN restores a case; so each one is looked at once more just before it is deleted. An
open case that nobody withdrew is never touched, and of a case in the spool one count remains. A
closed trial, which no person sent, goes at once and leaves no count. The tracker's side asks for an
owner's credential, which the receiver never has. Time is passed in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import tzinfo

from intake import issue as card
from intake.spool import Spool
from intake.tracker import Comment, Issue, IssueGone, Tracker, case_number_of

WITHDRAWN_SECONDS = 48 * 3_600
_DAY = 86_400
_ACT = re.compile(r"<!-- intake (withdrawn|restored) (\S+) ([0-9]+) -->")


@dataclass(frozen=True)
class Deadlines:
    """What was withdrawn or closed at these seconds, or before, is deleted."""

    withdrawn: int
    closed: int

    @classmethod
    def at(cls, now: int, retention_days: int) -> Deadlines:
        """The deadlines of a run at this time."""
        return cls(now - WITHDRAWN_SECONDS, now - retention_days * _DAY)


def purge_spool(
    spool: Spool, deadlines: Deadlines, zone: tzinfo, *, dry_run: bool
) -> Iterator[str]:
    """Erase what is due from the spool; gives one line about each case. Months are of `zone`."""
    for case_number in spool.erasable(deadlines.withdrawn, deadlines.closed):
        if dry_run:
            yield f"{case_number}: would be erased from the spool"
        elif spool.erase(case_number, deadlines.withdrawn, deadlines.closed, zone):
            yield f"{case_number}: erased from the spool"
    if not dry_run:
        spool.settle()


def purge_tracker(tracker: Tracker, deadlines: Deadlines, *, dry_run: bool) -> Iterator[str]:
    """Delete what is due from the tracker; gives one line about each issue.

    Issues that are no cases, or that only look withdrawn, stay; of the latter a line says why.
    """
    acts = newest_acts(tracker.comments_since(0))
    for issue in tracker.updated_since(0):
        case_number = case_number_of(issue)
        if case_number is None:
            continue
        reason = why_deleted(issue, acts.get(case_number), deadlines)
        if reason is None:
            yield from _odd(issue, case_number, acts.get(case_number))
        elif dry_run:
            yield f"{case_number}: issue {issue.number} would be deleted ({reason})"
        elif _delete(tracker, issue.number, case_number, deadlines):
            yield f"{case_number}: issue {issue.number} deleted ({reason})"


def withdrawn_since(tracker: Tracker) -> int | None:
    """When the oldest withdrawn case that still stands at the tracker was withdrawn."""
    acts = newest_acts(tracker.comments_since(0))
    there = {case_number_of(issue) for issue in tracker.updated_since(0)}
    withdrawn = [at for case, (word, at) in acts.items() if word == "withdrawn" and case in there]
    return min(withdrawn, default=None)


def _delete(tracker: Tracker, number: int, case_number: str, deadlines: Deadlines) -> bool:
    """Look once more, since it may have been restored or opened again meanwhile; then delete."""
    try:
        issue = tracker.read(number)
        act = newest_acts(tracker.comments(number)).get(case_number)
        if why_deleted(issue, act, deadlines) is None:
            return False
        tracker.delete(number)
    except IssueGone:
        return False
    return True


def why_deleted(issue: Issue, act: tuple[str, int] | None, deadlines: Deadlines) -> str | None:
    """Why the issue is to be deleted now, or None when it stays."""
    if is_marked(issue) and act and act[0] == "withdrawn" and act[1] <= deadlines.withdrawn:
        return "withdrawn"
    closed_at = issue.closed_at
    if issue.state == "closed" and card.is_trial(issue.labels, issue.body):
        return "test"
    if issue.state == "closed" and closed_at is not None and closed_at <= deadlines.closed:
        return "closed"
    return None


def _odd(issue: Issue, case_number: str, act: tuple[str, int] | None) -> Iterator[str]:
    """What does not fit together, which a person has to look at."""
    withdrawn = act is not None and act[0] == "withdrawn"
    if withdrawn and not is_marked(issue):
        yield (
            f"{case_number}: issue {issue.number} was withdrawn but has lost the label "
            f"“{card.WITHDRAWN}”: set it again, or it is not deleted"
        )
    if is_marked(issue) and not withdrawn:
        yield (
            f"{case_number}: issue {issue.number} has the label “{card.WITHDRAWN}” but no "
            "withdrawal: take the label away, or delete the issue by hand"
        )


def is_marked(issue: Issue) -> bool:
    """Whether the issue has the label of what was withdrawn."""
    return card.WITHDRAWN in {label.casefold() for label in issue.labels}


def newest_acts(comments: Iterable[Comment]) -> dict[str, tuple[str, int]]:
    """The newest withdrawal or restoring of each case, and its time."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for comment in comments:
        if act := _ACT.fullmatch(comment.body.partition("\n")[0].strip()):
            found[act[2]].append((int(act[3]), act[1]))
    # Withdrawn and restored within one second: the restoring was the later act.
    newest = {case_number: max(acts, key=_order) for case_number, acts in found.items()}
    return {case_number: (word, at) for case_number, (at, word) in newest.items()}


def _order(act: tuple[int, str]) -> tuple[int, bool]:
    return act[0], act[1] == "restored"

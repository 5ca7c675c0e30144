"""Seal open cases to today's keys, with a key that opens them, on its holder's own computer.

Only the wrapping of the content key changes, so a case can be compared with the spool afterwards
(`sealing.same_content`). What was sealed is opened in memory and written nowhere. Doing it twice
changes nothing; what somebody changed meanwhile is left and named. Closed and withdrawn cases are
left to `intake purge`. A text that does not come back as it was written raises `NotReadBack`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from intake.issue import OLD_KEY, WITHDRAWN, BodyChanged, BodyTooLong, readdressed
from intake.sealing import (
    Damaged,
    NotForThisKey,
    NotSealed,
    PrivateKey,
    PublicKey,
    active,
    find_sealed,
    recipient_ids,
    reseal,
)
from intake.tracker import Comment, Issue, IssueGone, Tracker, case_number_in

# Comments that are sealed to the organization's keys; a share is sealed to one volunteer's.
_OURS = re.compile(r"<!-- intake (?:addition|note) ")
_CHANGED = "it was changed meanwhile: run this again"
_LEFT = {
    NotSealed: "it holds no sealed report: look at the issue",
    NotForThisKey: "this key does not open it: let the holder of another key run this",
    Damaged: "its sealed report was changed or cut: restore it from the issue's history",
    BodyChanged: "its sealed block was written otherwise by hand: mend it",
    BodyTooLong: "its text would be too long for the tracker: shorten it by hand",
    IssueGone: "it was deleted meanwhile",
}


class NotReadBack(Exception):
    """The tracker does not hold what was written: a person has to look before anything goes on."""


@dataclass(frozen=True)
class Outcome:
    """What became of one case: how many texts were sealed anew, or why one was left."""

    case_number: str
    renewed: int = 0
    left: str = ""

    def __str__(self) -> str:
        return f"{self.case_number}  {f'left: {self.left}' if self.left else 'sealed anew'}"


@dataclass(frozen=True)
class Renewal:
    """The tracker, a key that opens what is there, and the keys it shall be sealed to."""

    tracker: Tracker
    key: PrivateKey
    keys: Sequence[PublicKey]
    dry_run: bool = False

    def run(self) -> Iterator[Outcome]:
        """One outcome for each open case, as it happens; 0 renewed where all was right."""
        self.tracker.check()
        comments: dict[int, list[Comment]] = defaultdict(list)
        for comment in self.tracker.comments_since(0):
            comments[comment.number].append(comment)
        for issue in self.tracker.updated_since(0):
            if _counts(issue):
                yield from self._case(issue, comments[issue.number])

    def _case(self, issue: Issue, comments: Sequence[Comment]) -> Iterator[Outcome]:
        try:
            case_number = case_number_in(issue.body)
        except ValueError:
            return  # written by a person: nothing of ours
        renewed = 0
        try:
            renewed += self._body(issue)
            if OLD_KEY in issue.labels and not self.dry_run:
                self.tracker.remove_label(issue.number, OLD_KEY)  # today's keys open it now
            for comment in comments:
                renewed += bool(_OURS.match(comment.body)) and self._comment(comment)
        except tuple(_LEFT) as error:
            yield Outcome(case_number, renewed, _LEFT[type(error)])
        except _Changed:
            yield Outcome(case_number, renewed, _CHANGED)
        else:
            yield Outcome(case_number, renewed)

    def _body(self, issue: Issue) -> bool:
        text = self._renewed(issue.body)
        if text is None or self.dry_run:
            return text is not None
        before = self.tracker.read(issue.number)
        if (before.body, before.state) != (issue.body, issue.state):
            raise _Changed
        self.tracker.fill(issue.number, text)
        _confirm(issue.number, text, self.tracker.read(issue.number).body)
        return True

    def _comment(self, comment: Comment) -> bool:
        text = self._renewed(comment.body)
        if text is None or self.dry_run:
            return text is not None
        if self._body_of(comment) != comment.body:
            raise _Changed
        self.tracker.amend(comment.number, comment.id, text)
        _confirm(comment.number, text, self._body_of(comment))
        return True

    def _body_of(self, comment: Comment) -> str:
        kept = {one.id: one.body for one in self.tracker.comments(comment.number)}
        return kept.get(comment.id, "")

    def _renewed(self, text: str) -> str | None:
        """The text sealed to today's keys; None when it is."""
        sealed = find_sealed(text)
        if not is_stale(sealed, self.keys):
            return None
        return readdressed(text, sealed, reseal(sealed, self.key, self.keys))


class _Changed(Exception):
    """Somebody wrote between our looking and our writing."""


def _confirm(number: int, written: str, kept: str) -> None:
    try:
        same = find_sealed(kept) == find_sealed(written)
    except NotSealed:
        same = False
    if not same or written.partition("\n")[0].strip() != kept.partition("\n")[0].strip():
        raise NotReadBack(
            f"Issue {number} does not hold what was just written: look at its history, then run "
            "intake reseal again."
        )


def summary(outcomes: Sequence[Outcome], *, dry_run: bool = False) -> str:
    """One line that counts what became of all open cases."""
    renewed = sum(bool(one.renewed) for one in outcomes if not one.left)
    left = sum(bool(one.left) for one in outcomes)
    done = "would be sealed anew" if dry_run else "sealed anew"
    return f"{renewed} {done}, {len(outcomes) - renewed - left} already right, {left} left"


def count_stale(issues: Sequence[Issue], keys: Sequence[PublicKey]) -> int:
    """How many of these issues are open cases whose report is sealed to other keys."""
    return sum(_is_stale_case(issue, keys) for issue in issues if _counts(issue))


def is_stale(sealed: dict[str, Any], keys: Sequence[PublicKey]) -> bool:
    """Whether a message is sealed to other keys than the active ones."""
    return set(recipient_ids(sealed)) != {key.kid for key in active(keys)}


def _counts(issue: Issue) -> bool:
    return issue.state == "open" and WITHDRAWN not in {name.casefold() for name in issue.labels}


def _is_stale_case(issue: Issue, keys: Sequence[PublicKey]) -> bool:
    try:
        return is_stale(find_sealed(issue.body), keys)
    except NotSealed:
        return False  # just filed, or written by a person

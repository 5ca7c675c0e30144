"""Group open cases that name the same agency, employer or telephone number, by neutral labels.

A key holder runs this on her own computer. Reports and what was added to them are opened in
memory only; what leaves this module are case numbers and labels such as `pola: A3`. What this key
does not open, or what is no report, is told by its case number and left out. `pola: belum
diperiksa` stays until a person has called back and takes it away; `pola: bukan` leaves a case out.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from intake import sealing
from intake.form import UNKNOWN_COUNTRY, UNKNOWN_REGION, Form
from intake.issue import is_trial
from intake.labels import NOT_GROUPED, UNCHECKED, WITHDRAWN
from intake.naming import Name, Traces, fold, is_told, same, traces
from intake.sealing import PrivateKey
from intake.tracker import Comment, Issue, Tracker, case_number_in

_LABEL = re.compile(r"pola: ([A-Z]+)([1-9])")
_WITH_TEXT = re.compile(r"<!-- intake (?:addition|note) \S+(?: [0-9a-f]+)? -->")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Opened:
    """One open case and whom it names. Nothing but its numbers and labels shows in `repr`."""

    case_number: str
    number: int
    labels: frozenset[str]
    traces: Traces = field(repr=False)


@dataclass(frozen=True)
class Change:
    """Labels that one issue gets and loses."""

    number: int
    case_number: str
    gets: tuple[str, ...] = ()
    loses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What one run found: each group's label and cases, what to write, what stayed shut."""

    groups: Mapping[str, tuple[str, ...]]
    changes: tuple[Change, ...]
    opened: int
    shut: tuple[str, ...]


def look(tracker: Tracker, key: PrivateKey, form: Form, known: Collection[str]) -> Found:
    """Open every open case and group them; `known` are numbers that everybody may name."""
    issues = tracker.updated_since(0)
    comments = _with_text(tracker.comments_since(0))
    places = _places(form)
    opened, shut = [], []
    for issue in issues:
        case_number = _case_of(issue)
        if case_number is None:
            continue
        try:
            opened.append(_open(issue, case_number, comments[issue.number], key, places, known))
        except (sealing.NotSealed, sealing.NotForThisKey, sealing.Damaged, ValueError):
            shut.append(case_number)
    used = {label for issue in issues for label in issue.labels}
    groups = name_groups(find_groups(opened), opened, used)
    changes = tuple(_changes(groups, opened))
    return Found(groups, changes, len(opened), tuple(sorted(shut)))


def write(tracker: Tracker, changes: Iterable[Change]) -> None:
    """Set and take away labels, new ones first, so that a stop between leaves no case without."""
    for change in changes:
        for label in change.gets:
            tracker.set_label(change.number, label)
        for label in change.loses:
            tracker.remove_label(change.number, label)


def public_numbers(*files: Path) -> frozenset[str]:
    """The telephone numbers of data files: offices that many reports name, and no pattern."""
    return frozenset(n for file in files for n in _NUMBER.findall(file.read_text(encoding="utf-8")))


def find_groups(opened: Sequence[Opened]) -> list[frozenset[str]]:
    """The sets of two or more cases that share a trace; a set within another is left out."""
    shared = {*_by_phone(opened), *_by_name(opened)}
    found = {cases for cases in shared if len(cases) > 1}
    return sorted(
        (cases for cases in found if not any(cases < other for other in found)),
        key=lambda cases: (-len(cases), sorted(cases)),
    )


def name_groups(
    groups: Sequence[frozenset[str]], opened: Sequence[Opened], used: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Each group under its label: the one that most of its cases bear, else one never used."""
    labels = {case.case_number: _letters(case.labels) for case in opened}
    kept: dict[str, frozenset[str]] = {}
    for _, label, group in sorted(
        ((-overlap, label, group) for label, group, overlap in _overlaps(groups, labels)),
        key=lambda found: (found[0], _order(found[1]), sorted(found[2])),
    ):
        if label not in kept and group not in kept.values():
            kept[label] = group
    fresh = _fresh_labels({*used, *kept})
    for group in groups:
        if group not in kept.values():
            kept[next(fresh)] = group
    return {label: tuple(sorted(kept[label])) for label in sorted(kept, key=_order)}


def _overlaps(
    groups: Sequence[frozenset[str]], labels: Mapping[str, frozenset[str]]
) -> Iterable[tuple[str, frozenset[str], int]]:
    for group in groups:
        for label in frozenset[str]().union(*(labels[case] for case in group)):
            yield label, group, sum(label in labels[case] for case in group)


def _changes(groups: Mapping[str, tuple[str, ...]], opened: Sequence[Opened]) -> Iterable[Change]:
    belongs: dict[str, set[str]] = defaultdict(set)
    for label, cases in groups.items():
        for case_number in cases:
            belongs[case_number].add(label)
    for case in opened:
        mine = belongs[case.case_number]
        gets = sorted(mine - case.labels, key=_order)
        # A label that no group bears any more went into another group. Where this run found no
        # group for a case, its label stays: the other case may be closed, or sealed to others.
        loses = sorted(_letters(case.labels) - groups.keys(), key=_order) if mine else []
        if gets or loses:
            unchecked = [UNCHECKED] if gets else []
            yield Change(case.number, case.case_number, (*gets, *unchecked), tuple(loses))


def _by_phone(opened: Sequence[Opened]) -> Iterable[frozenset[str]]:
    cases: dict[str, set[str]] = defaultdict(set)
    for case in opened:
        for phone in case.traces.phones:
            cases[phone].add(case.case_number)
    return map(frozenset, cases.values())


def _by_name(opened: Sequence[Opened]) -> Iterable[frozenset[str]]:
    clusters: list[list[tuple[Opened, Name]]] = []
    named = sorted(
        ((case, name) for case in opened for name in case.traces.names),
        key=lambda pair: (pair[0].case_number, pair[1].words),
    )
    for case, name in named:
        # Alike with all of them, or a chain of slips would lead from one company to another.
        for cluster in clusters:
            if all(same(name, other) and _may_meet(case, name, met) for met, other in cluster):
                cluster.append((case, name))
                break
        else:
            clusters.append([(case, name)])
    for cluster in clusters:
        name = cluster[0][1]
        telling = (c for c in opened if is_told(name, c.traces.told))
        told = {c.case_number for c in telling if _may_meet(c, name, cluster[0][0])}
        yield frozenset({case.case_number for case, _ in cluster} | told)


def _may_meet(case: Opened, name: Name, other: Opened) -> bool:
    """Two people of one name are often two; one country or regency makes them rather one."""
    return name.company or bool(case.traces.near & other.traces.near)


def _open(
    issue: Issue,
    case_number: str,
    comments: Sequence[Comment],
    key: PrivateKey,
    places: Collection[str],
    known: Collection[str],
) -> Opened:
    report = _content(issue.body, key)
    answers, facts = report.get("answers"), report.get("facts")
    if not isinstance(answers, dict) or not isinstance(facts, dict):
        raise ValueError("This is no report.")
    more = [_added(comment, key) for comment in comments]
    near = {str(facts.get("country")), str(facts.get("regency"))} - {
        UNKNOWN_COUNTRY,
        UNKNOWN_REGION,
    }
    found = traces(answers, more, near, places, str(facts.get("country")))
    named = Traces(found.names, found.told, found.phones - set(known), found.near)
    return Opened(case_number, issue.number, frozenset(issue.labels), named)


def _content(text: str, key: PrivateKey) -> dict[str, Any]:
    try:
        content = json.loads(sealing.open_sealed(sealing.find_sealed(text), key))
    except (ValueError, RecursionError):
        # Raised without its cause, which quotes what a person wrote.
        raise ValueError("This is no report.") from None
    if not isinstance(content, dict):
        raise ValueError("This is no report.")
    return content


def _added(comment: Comment, key: PrivateKey) -> str:
    """What was added later; an addition that this key does not open adds nothing here."""
    try:
        text = _content(comment.body, key).get("text")
    except (sealing.NotSealed, sealing.NotForThisKey, sealing.Damaged, ValueError):
        return ""
    return text if isinstance(text, str) else ""


def _with_text(comments: Iterable[Comment]) -> defaultdict[int, list[Comment]]:
    found: defaultdict[int, list[Comment]] = defaultdict(list)
    for comment in comments:
        if _WITH_TEXT.fullmatch(comment.body.partition("\n")[0].strip()):
            found[comment.number].append(comment)
    return found


def _case_of(issue: Issue) -> str | None:
    """The case number of an open case that may be looked at, or None."""
    if issue.state == "closed" or {WITHDRAWN, NOT_GROUPED} & set(issue.labels):
        return None
    if is_trial(issue.labels, issue.body):
        return None  # nobody is behind it
    try:
        return case_number_in(issue.body)
    except ValueError:
        return None


def _places(form: Form) -> frozenset[str]:
    """The words of all countries and regions of the form: "agency Taiwan" names nobody."""
    labels = [
        label
        for name in ("country", "regency")
        for choice in form.field(name).choices
        for label in (choice.label.id, choice.label.en)
    ]
    return frozenset(fold(word) for label in labels for word in re.findall(r"\w+", label))


def _letters(labels: Iterable[str]) -> frozenset[str]:
    return frozenset(label for label in labels if _LABEL.fullmatch(label))


def _order(label: str) -> tuple[int, str, str]:
    found = _LABEL.fullmatch(label)
    return (len(found[1]), found[1], found[2]) if found else (99, label, "")


def _fresh_labels(used: Collection[str]) -> Iterator[str]:
    """A1 to A9, B1 ... Z9, AA1 ..., beginning after the last that was ever used."""
    last = max((_order(label) for label in _letters(used)), default=(0, "", ""))
    for size in count(1):
        for letters in _of_size(size):
            for digit in "123456789":
                if (size, letters, digit) > last:
                    yield f"pola: {letters}{digit}"


def _of_size(size: int) -> Iterable[str]:
    if size == 0:
        return [""]
    return (first + rest for first in _LETTERS for rest in _of_size(size - 1))

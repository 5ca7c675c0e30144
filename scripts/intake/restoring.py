"""Bring a backup back without bringing back what was deleted, and without filing anything twice.

Before a row enters the database it is decided in a private copy: what a proof says was erased goes;
what was withdrawn or restored at the tracker since then is so here; a case whose issue was deleted
is withdrawn, so that nobody works on it and `intake purge` erases it after two days, unless its PIN
restores it. What was waiting may have been filed since, so the tracker's list decides, and it is
asked only after the settle time. All rows come in one transaction, and into an empty database only.
Whatever forbids restoring raises `NotRestored`, and nothing was changed then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from intake import purge
from intake.backup import ROWS_AT_ONCE, Unpacked
from intake.database import additions, meta, metadata, notices, remarks, reports
from intake.spool import FILED, LONGEST_WAIT_SECONDS, REMARKS, Kind, Spool, State
from intake.tracker import Comment, Issue, Tracker, case_number_of

_REMARK = re.compile(rf"<!-- intake ({'|'.join(REMARKS)}) (\S+) (\S+) -->")
_UNFINISHED = (State.WAITING, State.IN_DOUBT)


class NotRestored(Exception):
    """The backup does not come back as it is; the message says what to do first."""


@dataclass(frozen=True)
class Seen:
    """What the tracker holds, and the newest withdrawal or restoring of each case."""

    issues: tuple[Issue, ...]
    acts: dict[str, tuple[str, int]]
    comments: tuple[Comment, ...]

    @classmethod
    def at(cls, tracker: Tracker) -> Seen:
        """Everything, as the tracker shows it now."""
        issues, comments = tracker.updated_since(0), tracker.comments_since(0)
        return cls(tuple(issues), purge.newest_acts(comments), tuple(comments))


def apply(
    backup: Unpacked,
    proofs: frozenset[bytes],
    seen: Seen | None,
    settle_seconds: int,
    now: int,
    zone: tzinfo,
) -> Iterator[str]:
    """Change the copy as the module says; gives a line about each case that is not as it was."""
    for case_number in backup.spool.erase_proven(proofs, zone):
        yield f"{case_number}: was erased since, and stays so"
    with backup.spool.transaction() as connection:
        if seen is not None:
            yield from _follow(connection, seen, now)
        _doubt(connection, now + min(settle_seconds, LONGEST_WAIT_SECONDS))
        connection.execute(meta.delete().where(meta.c.name == "turn"))


def pour(backup: Unpacked, spool: Spool) -> int:
    """Bring every row of the copy into the empty database at once; returns how many reports."""
    with backup.spool.snapshot() as source, spool.transaction() as target:
        _refuse_full(target)
        target.execute(meta.delete())
        for table in metadata.sorted_tables:
            found = source.execute(sa.select(table), execution_options={"yield_per": ROWS_AT_ONCE})
            for rows in found.mappings().partitions():
                target.execute(table.insert(), [dict(row) for row in rows])
            _go_on_numbering(target, table)
        return target.execute(sa.select(sa.func.count()).select_from(reports)).scalar_one()


def refuse_full(spool: Spool) -> None:
    """Raise `NotRestored` unless the database is empty."""
    with spool.transaction() as connection:
        _refuse_full(connection)


def _refuse_full(connection: Connection) -> None:
    for table in metadata.sorted_tables:
        if table is not meta and connection.execute(sa.select(table).limit(1)).first():
            raise NotRestored(
                "INTAKE_DATABASE holds a spool already: move it away, or name an empty database. "
                "Its proofs of what was erased come along with --erased."
            )


def _go_on_numbering(connection: Connection, table: sa.Table) -> None:
    """PostgreSQL counts on its own; rows that came with their number are unknown to it."""
    if connection.dialect.name == "postgresql" and "id" in table.columns:
        sequence = sa.func.setval(
            sa.func.pg_get_serial_sequence(table.name, "id"),
            sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0) + 1).scalar_subquery(),
            sa.false(),
        )
        connection.execute(sa.select(sequence))


def _follow(connection: Connection, seen: Seen, now: int) -> Iterator[str]:
    standing = {case: issue for issue in seen.issues if (case := case_number_of(issue)) is not None}
    numbers = {issue.number for issue in seen.issues}
    kept = connection.execute(
        sa.select(reports.c.case_number, reports.c.number, reports.c.withdrawn_at)
    ).all()
    filed = [row for row in kept if row.number is not None]
    gone = [row for row in filed if row.number not in numbers and row.case_number not in standing]
    if gone and len(gone) == len(filed):
        raise NotRestored(
            f"None of the {len(gone)} issues that the backup knows stands at INTAKE_TRACKER: name "
            "the right tracker, or restore with --without-tracker."
        )
    for row in gone:
        _withdraw(connection, row, now, state=State.VERIFIED)
        yield f"{row.case_number}: its issue was deleted since; withdrawn here"
    for row in kept:
        if issue := standing.get(row.case_number):
            yield from _act(connection, row, issue, seen.acts.get(row.case_number), now)
    _remember_remarks(connection, seen.comments, {row.case_number for row in kept})
    for case_number in standing.keys() - {row.case_number for row in kept}:
        # Should it be sent again: the list decides before a second issue is made.
        connection.execute(meta.insert().values(name=FILED + case_number, value="1"))


def _remember_remarks(
    connection: Connection, comments: tuple[Comment, ...], cases: set[str]
) -> None:
    """Put down what the program said below an issue since the backup: it is said once."""
    known = connection.execute(sa.select(remarks.c.case_number, remarks.c.act, remarks.c.name))
    said = {tuple(row) for row in known}
    for comment in comments:
        found = _REMARK.fullmatch(comment.body.partition("\n")[0].strip())
        if found is None or found[2] not in cases or (found[2], found[1], found[3]) in said:
            continue
        values = {"case_number": found[2], "act": found[1], "name": found[3], "text": ""}
        at = comment.created_at
        connection.execute(
            remarks.insert().values(values | _verified(at) | {"at": at, "comment": comment.id})
        )
        said.add((found[2], found[1], found[3]))


def _act(
    connection: Connection, row: Any, issue: Issue, act: tuple[str, int] | None, now: int
) -> Iterator[str]:
    """Have the case withdrawn, or not, as its issue shows."""
    word, at = act or ("", now)
    withdrawn = purge.is_marked(issue) or word == Kind.WITHDRAWN
    if withdrawn and row.withdrawn_at is None:
        _withdraw(connection, row, at if word == Kind.WITHDRAWN else now)
        yield f"{row.case_number}: was withdrawn since, and is so here"
    elif not withdrawn and word == Kind.RESTORED and _was_withdrawn_by(row, at):
        _update(connection, row, withdrawn_at=None)
        _told(connection, row, Kind.RESTORED, at)
        yield f"{row.case_number}: was restored with its PIN since, and is so here"


def _was_withdrawn_by(row: Any, at: int) -> bool:
    return row.withdrawn_at is not None and row.withdrawn_at <= at


def _withdraw(connection: Connection, row: Any, at: int, **values: object) -> None:
    since = at if row.withdrawn_at is None else row.withdrawn_at
    _update(connection, row, withdrawn_at=since, **values)
    _told(connection, row, Kind.WITHDRAWN, since)


def _update(connection: Connection, row: Any, **values: object) -> None:
    mine = reports.c.case_number == row.case_number
    connection.execute(reports.update().where(mine).values(values))


def _told(connection: Connection, row: Any, act: Kind, at: int) -> None:
    """Put down that the tracker shows the act; what it was still to be told falls away."""
    mine = notices.c.case_number == row.case_number
    connection.execute(notices.delete().where(mine, notices.c.state != State.VERIFIED))
    values = {"case_number": row.case_number, "act": act, "at": at}
    connection.execute(notices.insert().values(values | _verified(at)))


def _verified(at: int) -> dict[str, Any]:
    return {"state": State.VERIFIED, "state_at": at, "not_before": at, "attempts": 0}


def _doubt(connection: Connection, not_before: int) -> None:
    """What was waiting may be filed: it is looked for, among all that is newer than itself."""
    values = {"state": State.IN_DOUBT, "not_before": not_before, "attempts": 1}
    for table, since in (
        (reports, reports.c.received_at),
        (additions, additions.c.received_at),
        (notices, notices.c.at),
        (remarks, remarks.c.at),
    ):
        unfinished = table.c.state.in_(_UNFINISHED)
        connection.execute(table.update().where(unfinished).values(values | {"state_at": since}))

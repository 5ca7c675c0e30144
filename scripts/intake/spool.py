"""Keep every accepted report on disk until its case is closed (SQLAlchemy Core).

"Sent" may be said only after `Spool.accept` or `Spool.add` has returned: its transaction is
committed then. Problems of the database raise `SpoolUnavailable`, which never carries a row's
content. What is suspect is kept and filed last; when too much waits, `SpoolFull` refuses more,
so the disk stays bounded and nothing that was acknowledged is lost.
Times are integer UTC seconds.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from intake import codes, database
from intake.database import OF_THE_TEAM as _OF_THE_TEAM
from intake.database import SpoolUnavailable as SpoolUnavailable
from intake.database import additions as _additions
from intake.database import canaries as _canaries
from intake.database import erased as _erased
from intake.database import events as _events
from intake.database import meta as _meta
from intake.database import notices as _notices
from intake.database import put as _put
from intake.database import remarks as _remarks
from intake.database import reports as _reports
from intake.database import tallies as _tallies
from intake.form import Facts
from intake.together import Together

SUSPECTS_PER_HOUR = 20
SUSPECTS_KEPT = 2_000
WAITING_BYTES_KEPT = 512 * 2**20  # some 15,000 of the longest reports
ADDITIONS_WAITING = 50  # per case
LONGEST_WAIT_SECONDS = 900  # nothing is put off for longer
FILED = "filed "  # with a case number, in the table meta: an issue that a restored spool lacks
DELETED_AFTER_SECONDS = 72 * 3_600  # what a person who withdraws is promised


class SpoolFull(SpoolUnavailable):
    """Too much waits to be filed; what is refused now was never acknowledged."""


class TokenReused(Exception):
    """The token was used before, with other bytes; a new report needs a new token."""


class Erased(TokenReused):
    """The report was withdrawn, or long closed, and erased: it is not taken in again."""


class Withdrawn(Exception):
    """The case was withdrawn: restore it first, then add to it."""


class State(StrEnum):
    """How far delivery has come. Each is committed before the act that follows it."""

    WAITING = "waiting"
    IN_DOUBT = "in doubt"
    STUBBED = "stubbed"
    FILLED = "filled"
    VERIFIED = "verified"


HOPEFUL = (State.STUBBED, State.VERIFIED)  # reached, what is tried next waits the shortest again


class Status(StrEnum):
    """How far the team has come with a case, in the order in which a case usually goes."""

    RECEIVED = "received"
    READ = "read"
    WORKING = "working"
    WAITING = "waiting"
    PASSED_ON = "passed-on"
    CLOSED = "closed"


class Kind(StrEnum):
    """What a letter to an issue is about; also the word in its marker line."""

    ADDITION = "addition"
    NOTE = "note"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    REMINDER = "reminder"
    WARNING = "warning"
    KEPT = "kept"
    UNKNOWN = "unknown"


REMARKS = (Kind.REMINDER, Kind.WARNING, Kind.KEPT, Kind.UNKNOWN)


@dataclass(frozen=True)
class NewReport:
    """A checked report, about to be kept. Only its facts show in `repr`."""

    token: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    facts: Facts
    sealed: dict[str, Any] = field(repr=False)
    verifier: bytes = field(repr=False)


@dataclass(frozen=True)
class NewAddition:
    """A checked addition to a case, about to be kept. Nothing sent shows in `repr`.

    `kind` is ADDITION for what the person wrote, NOTE for what the team did.
    """

    token: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    sealed: dict[str, Any] = field(repr=False)
    kind: Kind = Kind.ADDITION


@dataclass(frozen=True)
class Report:
    """A kept report, as delivery needs it."""

    case_number: str
    facts: Facts
    sealed: dict[str, Any] = field(repr=False)
    received_at: int
    state: State
    state_at: int
    attempts: int
    number: int | None
    suspect: bool = False
    trial: bool = False


@dataclass(frozen=True)
class Letter:
    """An addition, note, notice or remark that has still to be written below its issue, `number`.

    `at` is when the person sent it; `mark` tells two of one sort to one case apart. `text` is a
    remark's own sentence, which the program made.
    """

    id: int
    kind: Kind
    case_number: str
    number: int
    at: int
    mark: str
    sealed: dict[str, Any] = field(repr=False)
    state: State
    state_at: int
    attempts: int
    text: str = ""


@dataclass(frozen=True)
class Event:
    """A status that a case has reached, and when."""

    status: Status
    at: int


@dataclass(frozen=True)
class Returned:
    """What a person who comes back with the PIN may know. The answer stays sealed."""

    case_number: str
    status: Status
    events: tuple[Event, ...]
    answer: str | None = field(repr=False)
    answer_at: int | None
    withdrawn_at: int | None

    @property
    def deleted_by(self) -> int | None:
        """Until when everything is deleted at the latest, once it was withdrawn."""
        return None if self.withdrawn_at is None else self.withdrawn_at + DELETED_AFTER_SECONDS


@dataclass(frozen=True)
class Kept:
    """What a comparison with the tracker needs of a case; `waits` while a notice is to be told."""

    case_number: str
    number: int | None
    state: State
    status: Status
    withdrawn_at: int | None
    closed_at: int | None
    trial: bool
    waits: bool


@dataclass(frozen=True)
class Written:
    """An addition that stands as a comment below its issue."""

    case_number: str
    number: int
    comment: int
    sealed: dict[str, Any] = field(repr=False)


class Spool:
    """The reports on disk. One instance serves many threads."""

    def __init__(self, url: str) -> None:
        self._engine = database.connect(url)
        with self._reported():
            database.examine(self._engine)
        with self.transaction() as connection:
            database.bring_up_to_date(connection)
        self._accepting = Together(self.transaction, (TokenReused, SpoolFull))

    def accept(self, report: NewReport, now: int, suspect: bool = False) -> tuple[str, bool]:
        """Commit a report; returns its case number and whether it is new.

        The same token with the same digest gives the first answer again, suspect or not; with
        another digest it raises `TokenReused`, and `Erased` once its case was erased. Raises
        `SpoolFull` when too much waits.
        """
        return self._accepting.commit(
            lambda connection: self._accept(connection, report, now, suspect)
        )

    def _accept(
        self, connection: Connection, report: NewReport, now: int, suspect: bool
    ) -> tuple[str, bool]:
        token_hash = codes.hashed_token(report.token)
        case_number = codes.case_number(report.token)
        asked = {
            "token_hash": token_hash,
            "proof": _proof(token_hash),
            "canary": token_hash.hex(),
            "case_number": case_number,
            "filed": FILED + case_number,
        }
        known = connection.execute(_KNOWN, asked).one()
        if known.digest is not None:
            if not hmac.compare_digest(known.digest, report.digest):
                raise TokenReused("The token was used before; take a new one.")
            return str(known.kept_as), False
        if known.erased:
            raise Erased("This report was erased as was promised; it is not taken in again.")
        sealed = json.dumps(report.sealed, separators=(",", ":"))
        _refuse_bytes(known.waiting_bytes + len(sealed))
        if suspect:
            _refuse_suspect(connection)
        if known.taken:
            case_number = codes.case_number(report.token, characters=10)
        row = {
            "case_number": case_number,
            "token_hash": token_hash,
            "digest": report.digest,
            "facts": json.dumps(report.facts),
            "sealed": sealed,
            "verifier": report.verifier,
            "received_at": now,
            "urgency": str(report.facts.get("urgency", "")),
            "status": Status.RECEIVED,
            "suspect": suspect,
            "trial": known.canary,
            "size": len(sealed),
        }
        row |= _fresh(now)
        if known.filed or known.taken:
            row |= _state_of_new(connection, case_number)
        connection.execute(_reports.insert(), row)
        event = {"case_number": case_number, "status": Status.RECEIVED, "at": now}
        connection.execute(_events.insert(), event)
        return case_number, True

    def case_of(self, token: bytes) -> str | None:
        """The case number that a token was given, if any."""
        with self.transaction() as connection:
            token_hash = codes.hashed_token(token)
            kept = connection.execute(_OF_TOKEN, {"token_hash": token_hash}).one_or_none()
        return kept.case_number if kept else None

    def compare(self, token: bytes, digest: bytes) -> tuple[str, bool] | None:
        """The case that a token was given, and whether with this digest; None if it is unused."""
        with self.transaction() as connection:
            token_hash = codes.hashed_token(token)
            kept = connection.execute(_OF_TOKEN, {"token_hash": token_hash}).one_or_none()
        return (kept.case_number, hmac.compare_digest(kept.digest, digest)) if kept else None

    def due(self, now: int) -> Report | None:
        """The next report to work on: begun ones first, then the oldest, suspect ones last.

        Of those, no more than `SUSPECTS_PER_HOUR` are begun. What was withdrawn before it was
        begun is held back.
        """
        times = {"now": now, "latest": now + LONGEST_WAIT_SECONDS}
        with self.transaction() as connection:
            full = _suspects_begun(connection, now) >= SUSPECTS_PER_HOUR
            for query in _NEXT[:-1] if full else _NEXT:
                if row := connection.execute(query, times).one_or_none():
                    return _report(row)
        return None

    def move(
        self,
        case_number: str,
        state: State,
        now: int,
        number: int | None = None,
        *,
        state_at: int | None = None,
        was: Report | None = None,
    ) -> bool:
        """Commit that a report has reached a state; `number` is its issue once that is known.

        `state_at` is when it did so by another clock than `now`, such as the tracker's. Returns
        False and changes nothing when another worker has moved it since it was as `was` has it.
        """
        values = _reached(state, now, state_at)
        if number is not None:
            values["number"] = number
        if state in HOPEFUL:
            values["attempts"] = 0
        if state is State.IN_DOUBT:
            values["begun_at"] = sa.func.coalesce(_reports.c.begun_at, now)
        mine = (_reports.c.case_number == case_number) & _still(_reports, was)
        with self.transaction() as connection:
            return bool(connection.execute(_reports.update().where(mine).values(values)).rowcount)

    def postpone(self, case_number: str, until: int, attempts: int) -> None:
        """Commit that a report is not to be tried before `until`."""
        self._update(case_number, {"not_before": until, "attempts": attempts})

    def counts(self) -> dict[State, int]:
        """How many reports stand in each state."""
        query = sa.select(_reports.c.state, sa.func.count()).group_by(_reports.c.state)
        with self.transaction() as connection:
            found = {State(state): count for state, count in connection.execute(query)}
        return {state: found.get(state, 0) for state in State}

    def held_back(self) -> int:
        """How many suspect reports wait for their hour."""
        with self.transaction() as connection:
            return _suspects_waiting(connection)

    # --- people who come back ---

    def by_verifier(self, stored: bytes) -> Returned | None:
        """The case of a stored verifier, if any; the first report that brought it keeps it."""
        return self._returned(_reports.c.verifier == stored)

    def by_token(self, token: bytes) -> Returned | None:
        """The same, by the report's own token, which only who has opened the report knows."""
        return self._returned(_reports.c.token_hash == codes.hashed_token(token))

    def of_case(self, case_number: str) -> Returned | None:
        """The same, by case number."""
        return self._returned(_reports.c.case_number == case_number)

    def _returned(self, mine: sa.ColumnElement[bool]) -> Returned | None:
        query = sa.select(_reports).where(mine).order_by(_reports.c.id).limit(1)
        with self.transaction() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            of_case = sa.select(_events).where(_events.c.case_number == row.case_number)
            steps = connection.execute(of_case.order_by(_events.c.at, _events.c.id)).all()
        return Returned(
            case_number=row.case_number,
            status=Status(row.status),
            events=tuple(Event(Status(step.status), step.at) for step in steps),
            answer=row.answer,
            answer_at=row.answer_at,
            withdrawn_at=row.withdrawn_at,
        )

    def add(self, case_number: str, addition: NewAddition, now: int) -> tuple[int, bool]:
        """Commit an addition; returns when it was received and whether it is new.

        Tokens work as in `accept`. Raises `Withdrawn` and `SpoolFull`.
        """
        token_hash = codes.hashed_token(addition.token)
        with self.transaction() as connection:
            kept = connection.execute(
                sa.select(_additions).where(_additions.c.token_hash == token_hash)
            ).one_or_none()
            if kept is not None:
                same = hmac.compare_digest(kept.digest, addition.digest)
                if not same or kept.case_number != case_number:
                    raise TokenReused("The token was used before; take a new one.")
                return int(kept.received_at), False
            _refuse_addition(connection, case_number)
            sealed = json.dumps(addition.sealed, separators=(",", ":"))
            _refuse_bytes(connection.execute(_WAITING_BYTES).scalar_one() + len(sealed))
            connection.execute(
                _additions.insert().values(
                    case_number=case_number,
                    kind=addition.kind,
                    token_hash=token_hash,
                    digest=addition.digest,
                    sealed=sealed,
                    size=len(sealed),
                    received_at=now,
                    **_fresh(now),
                )
            )
        return now, True

    def withdraw(self, case_number: str, now: int) -> int:
        """Commit that nobody may contact this person; returns since when. Twice is once."""
        with self.transaction() as connection:
            since = connection.execute(_withdrawn_at(case_number)).scalar_one()
            if since is not None:
                return int(since)
            _update(connection, case_number, {"withdrawn_at": now})
            _tell(connection, case_number, Kind.WITHDRAWN, now)
        return now

    def restore(self, case_number: str, now: int) -> None:
        """Commit that a withdrawn case goes on. Doing it twice is doing it once."""
        with self.transaction() as connection:
            if connection.execute(_withdrawn_at(case_number)).scalar_one() is None:
                return
            _update(connection, case_number, {"withdrawn_at": None})
            _tell(connection, case_number, Kind.RESTORED, now)

    # --- letters: what has to be written below an issue ---

    def due_notice(self, now: int) -> Letter | None:
        """The next notice of a withdrawal or restoring; those of one case go in their order."""
        return self._due_letter(_notices, now)

    def due_addition(self, now: int) -> Letter | None:
        """The oldest addition whose issue is there; those to a withdrawn case wait."""
        return self._due_letter(_additions, now)

    def due_remark(self, now: int) -> Letter | None:
        """The oldest remark of the program whose issue is there."""
        return self._due_letter(_remarks, now)

    def remark(self, case_number: str, kind: Kind, name: str, text: str, now: int) -> bool:
        """Commit that a sentence is to stand below the issue; one of this name stands there once.

        Returns whether it is a new one.
        """
        mine = (_remarks.c.case_number == case_number) & (_remarks.c.act == kind)
        with self.transaction() as connection:
            known = sa.select(_remarks.c.id).where(mine, _remarks.c.name == name)
            if connection.execute(known).first():
                return False
            values = {"case_number": case_number, "act": kind, "name": name, "text": text}
            connection.execute(_remarks.insert().values(values | {"at": now, **_fresh(now)}))
        return True

    def move_letter(
        self,
        letter: Letter,
        state: State,
        now: int,
        comment: int | None = None,
        *,
        state_at: int | None = None,
        was: Letter | None = None,
    ) -> bool:
        """Commit that a letter has reached a state; `comment` is where it stands. See `move`."""
        values = _reached(state, now, state_at)
        if comment is not None:
            values["comment"] = comment
        return self._update_letter(letter, values, was)

    def postpone_letter(self, letter: Letter, until: int, attempts: int) -> None:
        """Commit that a letter is not to be tried before `until`."""
        self._update_letter(letter, {"not_before": until, "attempts": attempts})

    def file_again(self, case_number: str, now: int) -> None:
        """Commit that the issue is gone and the report has to be filed anew, additions and all."""
        again = {**_fresh(now), "number": None}
        with self.transaction() as connection:
            _update(connection, case_number, again)
            mine = _additions.c.case_number == case_number
            connection.execute(_additions.update().where(mine).values(_fresh(now)))
            for table in (_notices, _remarks):
                connection.execute(table.delete().where(table.c.case_number == case_number))

    # --- what the tracker says ---

    def case_of_issue(self, number: int) -> str | None:
        """The case number whose report was filed as this issue, if any."""
        query = sa.select(_reports.c.case_number).where(_reports.c.number == number)
        with self.transaction() as connection:
            return connection.execute(query).scalars().first()

    def reach(self, case_number: str, status: Status, at: int) -> bool:
        """Commit the status that the tracker shows; returns whether it is a new one.

        Of a trial no step is kept: nobody read it.
        """
        with self.transaction() as connection:
            changed = connection.execute(
                _reports.update()
                .where(_reports.c.case_number == case_number, _reports.c.status != status)
                .values(status=status, closed_at=at if status is Status.CLOSED else None)
            ).rowcount
            if changed and not connection.execute(_is_trial(case_number)).scalar_one():
                event = {"case_number": case_number, "status": status, "at": at}
                connection.execute(_events.insert().values(event))
        return bool(changed)

    def keep_answer(self, case_number: str, answer: str, at: int) -> None:
        """Commit the team's sealed answer, unless a newer one is kept."""
        newer = _reports.c.answer_at.is_(None) | (_reports.c.answer_at <= at)
        with self.transaction() as connection:
            connection.execute(
                _reports.update()
                .where(_reports.c.case_number == case_number, newer)
                .values(answer=answer, answer_at=at)
            )

    def noted(self, name: str) -> int:
        """A number that a worker noted for its next run; 0 where it noted none."""
        with self.transaction() as connection:
            value = connection.execute(sa.select(_meta.c.value).where(_meta.c.name == name))
            return int(value.scalar_one_or_none() or 0)

    def note(self, name: str, value: int) -> None:
        """Commit a number for the next run."""
        with self.transaction() as connection:
            known = connection.execute(sa.select(_meta.c.name).where(_meta.c.name == name)).first()
            _put(connection, name, str(value), new=known is None)

    # --- erasing ---

    def erasable(self, withdrawn_before: int, closed_before: int) -> list[str]:
        """The cases that were withdrawn or closed by then, oldest first.

        A case whose withdrawal, or anything else, the tracker has still to show is not among
        them: erased here, it could never be found and deleted there.
        """
        query = sa.select(_reports.c.case_number).where(_due_to_go(withdrawn_before, closed_before))
        with self.transaction() as connection:
            return list(connection.execute(query.order_by(_reports.c.id)).scalars())

    def erase(
        self, case_number: str, withdrawn_before: int, closed_before: int, zone: tzinfo
    ) -> bool:
        """Erase a case, if it is still to go, and commit one more in the count of its month.

        Months are those of `zone`, as in everything that is told about them.
        """
        mine = _reports.c.case_number == case_number
        due = _due_to_go(withdrawn_before, closed_before)
        with self.transaction() as connection:
            row = connection.execute(sa.select(_reports).where(mine, due)).one_or_none()
            if row is None:
                return False
            if not row.trial:
                connection.execute(_erased.insert().values(proof=_proof(row.token_hash)))
            _erase(connection, row, zone)
        return True

    def proofs(self) -> list[bytes]:
        """By these each erased report is known again; they lead to no case."""
        with self.transaction() as connection:
            return list(connection.execute(sa.select(_erased.c.proof)).scalars())

    def erase_proven(self, proofs: frozenset[bytes], zone: tzinfo) -> list[str]:
        """Erase the cases that were erased before, and keep the proofs; returns their numbers."""
        with self.transaction() as connection:
            known = set(connection.execute(sa.select(_erased.c.proof)).scalars())
            if new := [{"proof": proof} for proof in sorted(proofs - known)]:
                connection.execute(_erased.insert(), new)
            kept = connection.execute(sa.select(_reports.c.id, _reports.c.token_hash)).all()
            gone = [row.id for row in kept if _proof(row.token_hash) in proofs]
            cases = []
            for number in gone:
                row = connection.execute(sa.select(_reports).where(_reports.c.id == number)).one()
                _erase(connection, row, zone)
                cases.append(row.case_number)
        return cases

    def settle(self) -> None:
        """Have SQLite write its journal away, so that nothing erased is left in that file."""
        if self._engine.dialect.name != "sqlite":
            return
        with self._reported():
            connection = self._engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    def tallies(self) -> list[dict[str, Any]]:
        """What is left of erased cases: month, country, problem groups, urgency and how many."""
        query = sa.select(_tallies).order_by(*_tallies.primary_key.columns)
        with self.transaction() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    # --- what doctor and the duty page ask ---

    def unread(self) -> dict[str, int]:
        """For each urgency, when the oldest report that nobody has read yet was received.

        Suspect and withdrawn reports and trials do not count.
        """
        query = (
            sa.select(_reports.c.urgency, sa.func.min(_reports.c.received_at))
            .where(_reports.c.status == Status.RECEIVED, ~_reports.c.suspect)
            .where(_reports.c.withdrawn_at.is_(None), ~_reports.c.trial)
            .group_by(_reports.c.urgency)
        )
        with self.transaction() as connection:
            return {row[0]: int(row[1]) for row in connection.execute(query)}

    def last_read_at(self) -> int | None:
        """When the team last took a case a step further."""
        query = sa.select(sa.func.max(_events.c.at)).where(_events.c.status != Status.RECEIVED)
        with self.transaction() as connection:
            return _time(connection.execute(query).scalar_one())

    def oldest_withdrawn(self) -> int | None:
        """When the oldest withdrawn case that is still kept was withdrawn."""
        query = sa.select(sa.func.min(_reports.c.withdrawn_at))
        with self.transaction() as connection:
            return _time(connection.execute(query).scalar_one())

    # --- what an audit asks ---

    def kept(self) -> dict[str, Kept]:
        """Every case by its number, without what is sealed."""
        waits = sa.exists().where(
            _notices.c.case_number == _reports.c.case_number, _notices.c.state != State.VERIFIED
        )
        query = sa.select(
            _reports.c.case_number,
            _reports.c.number,
            _reports.c.state,
            _reports.c.status,
            _reports.c.withdrawn_at,
            _reports.c.closed_at,
            _reports.c.trial,
            waits.label("waits"),
        )
        with self.snapshot() as connection:
            return {row.case_number: _kept(row) for row in connection.execute(query)}

    def sealed(self, case_number: str) -> dict[str, Any] | None:
        """The sealed report of a case, None once it was erased."""
        query = sa.select(_reports.c.sealed).where(_reports.c.case_number == case_number)
        with self.snapshot() as connection:
            text = connection.execute(query).scalar_one_or_none()
        return None if text is None else dict(json.loads(text))

    def written(self) -> Iterator[Written]:
        """Each addition that was written below an issue."""
        query = (
            sa.select(_additions, _reports.c.number)
            .join(_reports, _reports.c.case_number == _additions.c.case_number)
            .where(_additions.c.state == State.VERIFIED, _additions.c.comment.is_not(None))
        )
        with self.snapshot() as connection:
            for row in connection.execute(query, execution_options={"yield_per": 100}):
                sealed = json.loads(row.sealed)
                yield Written(row.case_number, row.number, row.comment, sealed)

    # --- turns ---

    def take_turn(self, holder: str, now: int, seconds: int) -> bool:
        """Whether this worker may deliver until `now + seconds`; one holds the turn at a time.

        Workers on several machines go by the database server's clock instead of their own.
        """
        with self.transaction() as connection:
            now = database.shared_time(connection, now)
            row = connection.execute(
                sa.select(_meta.c.value).where(_meta.c.name == "turn").with_for_update()
            ).one_or_none()
            held_by, until = json.loads(row.value) if row else ("", 0)
            # A turn that ends later than any can was taken before the clock was set back.
            if held_by != holder and now < until <= now + 2 * seconds:
                return False
            _put(connection, "turn", json.dumps([holder, now + seconds]), new=row is None)
        return True

    def end_turn(self, holder: str) -> None:
        """Let another worker deliver at once; nothing happens unless the turn is this holder's."""
        with self.transaction() as connection:
            value = connection.execute(
                sa.select(_meta.c.value).where(_meta.c.name == "turn").with_for_update()
            ).scalar_one_or_none()
            if value is not None and json.loads(value)[0] == holder:
                _put(connection, "turn", json.dumps([holder, 0]), new=False)

    def close(self) -> None:
        """Give back the database's connections."""
        self._engine.dispose()

    def _update(self, case_number: str, values: dict[str, Any]) -> None:
        with self.transaction() as connection:
            _update(connection, case_number, values)

    def _due_letter(self, table: sa.Table, now: int) -> Letter | None:
        times = {"now": now, "latest": now + LONGEST_WAIT_SECONDS}
        with self.transaction() as connection:
            row = connection.execute(_NEXT_LETTER[table.name], times).one_or_none()
        return _letter(row) if row else None

    def _update_letter(
        self, letter: Letter, values: dict[str, Any], was: Letter | None = None
    ) -> bool:
        notes = dict.fromkeys((Kind.ADDITION, Kind.NOTE), _additions)
        table = {**notes, **dict.fromkeys(REMARKS, _remarks)}.get(letter.kind, _notices)
        mine = (table.c.id == letter.id) & _still(table, was)
        with self.transaction() as connection:
            return bool(connection.execute(table.update().where(mine).values(values)).rowcount)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction, committed at its end; raises `SpoolUnavailable`."""
        with self._reported(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Read one moment of the database, and keep nobody from writing; `SpoolUnavailable`."""
        with (
            self._reported(),
            self._engine.connect().execution_options(**{database.SNAPSHOT: True}) as connection,
        ):
            yield connection

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise database.unavailable(error) from None


def _reached(state: State, now: int, state_at: int | None) -> dict[str, Any]:
    return {"state": state, "state_at": now if state_at is None else state_at, "not_before": now}


def _still(table: sa.Table, was: Report | Letter | None) -> sa.ColumnElement[bool]:
    if was is None:
        return sa.true()
    # The time as well: one that was begun anew meanwhile stands in the same state again.
    return (table.c.state == was.state) & (table.c.state_at == was.state_at)


# Given when it is asked.
_NOW, _LATEST = (
    sa.bindparam("now", type_=sa.BigInteger),
    sa.bindparam("latest", type_=sa.BigInteger),
)


def _is_time(table: sa.Table) -> sa.ColumnElement[bool]:
    """Not put off, or not any more; further than anything is put off means a clock set back."""
    later = (table.c.not_before > _NOW) & (table.c.not_before <= _LATEST)
    return (table.c.attempts == 0) | ~later


def _first(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """The oldest report of these that is not put off."""
    oldest = (
        sa.select(_reports.c.id)
        .where(*conditions, _is_time(_reports))
        .order_by(_reports.c.id)
        .limit(1)
    )
    return sa.select(_reports).where(_reports.c.id == oldest.scalar_subquery())


_BEGUN = _reports.c.state.in_([State.IN_DOUBT, State.STUBBED, State.FILLED])
_WAITING = (_reports.c.state == State.WAITING) & _reports.c.withdrawn_at.is_(None)
_UNBEGUN = _reports.c.begun_at.is_(None)
# What is worked on first, asked one after another: in a flood thousands wait, and an index gives
# the oldest of one state, where sorting all of them would take longer than filing one. The last
# is left out once an hour's suspects were begun.
_NEXT = (
    _first(_BEGUN, ~_reports.c.suspect),
    _first(_WAITING, ~_reports.c.suspect),
    _first(_BEGUN, _reports.c.suspect),
    _first(_WAITING, _reports.c.suspect, ~_UNBEGUN),
    _first(_WAITING, _reports.c.suspect, _UNBEGUN),
)


def _fresh(now: int) -> dict[str, Any]:
    return {"state": State.WAITING, "state_at": now, "not_before": now, "attempts": 0}


def _state_of_new(connection: Connection, case_number: str) -> dict[str, Any]:
    """A report whose issue outlived the spool comes again: the tracker's list decides."""
    filed = connection.execute(_FORGET, {"filed": FILED + case_number})
    return {"state": State.IN_DOUBT, "state_at": 0} if filed.rowcount else {}


def _update(connection: Connection, case_number: str, values: dict[str, Any]) -> None:
    mine = _reports.c.case_number == case_number
    connection.execute(_reports.update().where(mine).values(values))


def _is_trial(case_number: str) -> sa.Select[Any]:
    return sa.select(_reports.c.trial).where(_reports.c.case_number == case_number)


def _suspects_begun(connection: Connection, now: int) -> int:
    begun = _reports.c.suspect & _reports.c.begun_at.between(now - 3_599, now)
    return connection.execute(sa.select(sa.func.count()).where(begun)).scalar_one()


def _erase(connection: Connection, row: Any, zone: tzinfo) -> None:
    """Add the case to its count, unless it was a test, and delete all that is kept of it."""
    if not row.trial:
        _count(connection, row, zone)
    for table in (_reports, _events, _additions, _notices, *_OF_THE_TEAM):
        connection.execute(table.delete().where(table.c.case_number == row.case_number))


def _proof(token_hash: bytes) -> bytes:
    return hashlib.sha256(b"erased" + token_hash).digest()


def _suspects_waiting(connection: Connection) -> int:
    waiting = _reports.c.suspect & (_reports.c.state == State.WAITING)
    return connection.execute(sa.select(sa.func.count()).where(waiting)).scalar_one()


def _refuse_suspect(connection: Connection) -> None:
    if _suspects_waiting(connection) >= SUSPECTS_KEPT:
        raise SpoolFull(f"{SUSPECTS_KEPT} suspect reports wait already: look at what comes in.")


def _waiting_bytes(table: sa.Table) -> sa.ColumnElement[int]:
    unfiled = table.c.state.in_([state for state in State if state is not State.VERIFIED])
    return sa.func.coalesce(
        sa.select(sa.func.sum(table.c.size)).where(unfiled).scalar_subquery(), 0
    )


def _stands(column: sa.Column[Any], name: str) -> sa.Exists:
    return sa.exists().where(column == sa.bindparam(name))


_WAITING_BYTES = sa.select(_waiting_bytes(_reports) + _waiting_bytes(_additions))
_OF_TOKEN = sa.select(_reports.c.case_number, _reports.c.digest).where(
    _reports.c.token_hash == sa.bindparam("token_hash")
)
_FORGET = _meta.delete().where(_meta.c.name == sa.bindparam("filed"))
# All that is asked before a report is kept, in one question: asking took longer than finding.
_KNOWN = sa.select(
    _OF_TOKEN.with_only_columns(_reports.c.case_number).scalar_subquery().label("kept_as"),
    _OF_TOKEN.with_only_columns(_reports.c.digest).scalar_subquery().label("digest"),
    _stands(_erased.c.proof, "proof").label("erased"),
    _stands(_reports.c.case_number, "case_number").label("taken"),
    _stands(_canaries.c.token_hash, "canary").label("canary"),
    _stands(_meta.c.name, "filed").label("filed"),
    _WAITING_BYTES.scalar_subquery().label("waiting_bytes"),
)


def _refuse_bytes(waiting: int) -> None:
    if waiting > WAITING_BYTES_KEPT:
        raise SpoolFull(
            f"{WAITING_BYTES_KEPT} bytes wait to be filed already: look why delivery stands still."
        )


def _refuse_addition(connection: Connection, case_number: str) -> None:
    if connection.execute(_withdrawn_at(case_number)).scalar_one() is not None:
        raise Withdrawn("The case was withdrawn: restore it first, then add to it.")
    mine = (_additions.c.case_number == case_number) & (_additions.c.state != State.VERIFIED)
    if connection.execute(sa.select(sa.func.count()).where(mine)).scalar_one() >= ADDITIONS_WAITING:
        raise SpoolFull(f"{ADDITIONS_WAITING} additions to one case wait already.")


def _time(value: Any) -> int | None:
    return None if value is None else int(value)


def _withdrawn_at(case_number: str) -> sa.Select[Any]:
    return sa.select(_reports.c.withdrawn_at).where(_reports.c.case_number == case_number)


def _tell(connection: Connection, case_number: str, act: Kind, now: int) -> None:
    """Have the tracker show the act; one that it was not told yet simply falls away."""
    mine = _notices.c.case_number == case_number
    connection.execute(_notices.delete().where(mine, _notices.c.state == State.WAITING))
    told = sa.select(_notices.c.act).where(mine).order_by(_notices.c.id.desc()).limit(1)
    shown = connection.execute(told).scalar_one_or_none() or Kind.RESTORED
    # A second withdrawal is shown again: its time says when everything is deleted.
    if shown != act or act is Kind.WITHDRAWN:
        values = {"case_number": case_number, "act": act, "at": now, **_fresh(now)}
        connection.execute(_notices.insert().values(values))


def _due_to_go(withdrawn_before: int, closed_before: int) -> sa.ColumnElement[bool]:
    told, filed = (
        ~sa.exists().where(
            table.c.case_number == _reports.c.case_number, table.c.state != State.VERIFIED
        )
        for table in (_notices, _additions)
    )
    # With a withdrawn case its additions go; of a closed one none may be lost that waits.
    withdrawn = _reports.c.withdrawn_at <= withdrawn_before
    # A trial has done its work once it is closed.
    over = (_reports.c.closed_at <= closed_before) | _reports.c.trial
    closed = _reports.c.closed_at.is_not(None) & over & filed
    shown = (_reports.c.state == State.VERIFIED) & told
    return (withdrawn | closed) & (shown | (_reports.c.state == State.WAITING))


def _count(connection: Connection, row: Any, zone: tzinfo) -> None:
    """Add a case to the count of its month, country, problem groups and urgency."""
    facts = json.loads(row.facts)
    problem = facts.get("problem", [])
    key = {
        "month": datetime.fromtimestamp(row.received_at, zone).strftime("%Y-%m"),
        "country": str(facts.get("country", "")),
        "problem": ",".join(problem) if isinstance(problem, list) else str(problem),
        "urgency": row.urgency,
    }
    mine = sa.and_(*(_tallies.c[name] == value for name, value in key.items()))
    more = _tallies.update().where(mine).values(cases=_tallies.c.cases + 1)
    if not connection.execute(more).rowcount:
        connection.execute(_tallies.insert().values(key | {"cases": 1}))


def _next_letter(table: sa.Table) -> sa.Select[Any]:
    unfinished = table.c.state != State.VERIFIED
    query = (
        sa.select(table, _reports.c.number)
        .join(_reports, _reports.c.case_number == table.c.case_number)
        .where(
            unfinished,
            _is_time(table),
            _reports.c.state == State.VERIFIED,
        )
        .order_by(table.c.id)
        .limit(1)
    )
    if table is _additions:
        return query.where(_reports.c.withdrawn_at.is_(None))
    first = sa.select(sa.func.min(table.c.id)).where(unfinished).group_by(table.c.case_number)
    return query.where(table.c.id.in_(first))


_NEXT_LETTER = {table.name: _next_letter(table) for table in (_notices, _additions, _remarks)}


def _letter(row: Any) -> Letter:
    values = row._mapping
    addition = "token_hash" in values
    return Letter(
        id=row.id,
        kind=Kind(row.kind if addition else row.act),
        case_number=row.case_number,
        number=row.number,
        at=row.received_at if addition else row.at,
        mark=row.token_hash.hex()[:8] if addition else values.get("name", str(row.at)),
        sealed=json.loads(row.sealed) if addition else {},
        state=State(row.state),
        state_at=row.state_at,
        attempts=row.attempts,
        text=values.get("text", ""),
    )


def _kept(row: Any) -> Kept:
    return Kept(
        case_number=row.case_number,
        number=row.number,
        state=State(row.state),
        status=Status(row.status),
        withdrawn_at=row.withdrawn_at,
        closed_at=row.closed_at,
        trial=row.trial,
        waits=bool(row.waits),
    )


def _report(row: Any) -> Report:
    return Report(
        case_number=row.case_number,
        facts=json.loads(row.facts),
        sealed=json.loads(row.sealed),
        received_at=row.received_at,
        state=State(row.state),
        state_at=row.state_at,
        attempts=row.attempts,
        number=row.number,
        suspect=row.suspect,
        trial=row.trial,
    )

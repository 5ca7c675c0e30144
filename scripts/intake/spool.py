"""Keep every accepted report on disk until its case is closed (SQLAlchemy Core).

"Sent" may be said only after `Spool.accept` has returned: its transaction is committed then.
Problems of the database raise `SpoolUnavailable`, which never carries a row's content.
Times are integer UTC seconds.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from intake import codes
from intake.form import Facts

SCHEMA_VERSION = 1
BUSY_SECONDS = 30


class SpoolUnavailable(Exception):
    """The database cannot be used; the message names the setting, never a row."""


class TokenReused(Exception):
    """The token was used before, with other bytes; a new report needs a new token."""


class State(StrEnum):
    """How far delivery has come. Each is committed before the act that follows it."""

    WAITING = "waiting"
    IN_DOUBT = "in doubt"
    STUBBED = "stubbed"
    FILLED = "filled"
    VERIFIED = "verified"


@dataclass(frozen=True)
class NewReport:
    """A checked report, about to be kept. Only its facts show in `repr`."""

    token: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    facts: Facts
    sealed: dict[str, Any] = field(repr=False)
    verifier: bytes = field(repr=False)


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


_metadata = sa.MetaData()
_meta = sa.Table(
    "meta",
    _metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.String(200), nullable=False),
)
_reports = sa.Table(
    "reports",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_number", sa.String(12), nullable=False, unique=True),
    sa.Column("token_hash", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("digest", sa.LargeBinary(32), nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("verifier", sa.LargeBinary(32), nullable=False),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(12), nullable=False, index=True),
    sa.Column("state_at", sa.BigInteger, nullable=False),
    sa.Column("not_before", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("number", sa.BigInteger),
)


class Spool:
    """The reports on disk. One instance serves many threads."""

    def __init__(self, url: str) -> None:
        try:
            self._engine = _engine(url)
        except (SQLAlchemyError, ImportError, OSError, ValueError) as error:
            # The address may hold a password, so it is not repeated.
            raise SpoolUnavailable(
                f"INTAKE_DATABASE leads to no database ({type(error).__name__}): "
                "write an SQLAlchemy URL such as sqlite:///var/spool.db and install its driver."
            ) from None
        with self._begin() as connection:
            _metadata.create_all(connection)
            _check_version(connection)

    def accept(self, report: NewReport, now: int) -> tuple[str, bool]:
        """Commit a report; returns its case number and whether it is new.

        The same token with the same digest gives the first answer again; with another
        digest it raises `TokenReused`.
        """
        token_hash = codes.hashed_token(report.token)
        with self._begin() as connection:
            kept = connection.execute(
                sa.select(_reports.c.case_number, _reports.c.digest).where(
                    _reports.c.token_hash == token_hash
                )
            ).one_or_none()
            if kept is None:
                return self._insert(connection, report, token_hash, now), True
            if not hmac.compare_digest(kept.digest, report.digest):
                raise TokenReused("The token was used before; take a new one.")
            return str(kept.case_number), False

    def case_of(self, token: bytes) -> str | None:
        """The case number that a token was given, if any."""
        query = sa.select(_reports.c.case_number).where(
            _reports.c.token_hash == codes.hashed_token(token)
        )
        with self._begin() as connection:
            return connection.execute(query).scalar_one_or_none()

    def due(self, now: int) -> Report | None:
        """The next report to work on: begun ones first, then the oldest."""
        begun = sa.case((_reports.c.state == State.WAITING, 1), else_=0)
        query = (
            sa.select(_reports)
            .where(_reports.c.state != State.VERIFIED, _reports.c.not_before <= now)
            .order_by(begun, _reports.c.id)
            .limit(1)
        )
        with self._begin() as connection:
            row = connection.execute(query).one_or_none()
        return _report(row) if row else None

    def move(self, case_number: str, state: State, now: int, number: int | None = None) -> None:
        """Commit that a report has reached a state; `number` is its issue once that is known."""
        values: dict[str, Any] = {"state": state, "state_at": now, "not_before": now}
        if number is not None:
            values["number"] = number
        if state in (State.STUBBED, State.VERIFIED):
            values["attempts"] = 0
        self._update(case_number, values)

    def postpone(self, case_number: str, until: int, attempts: int) -> None:
        """Commit that a report is not to be tried before `until`."""
        self._update(case_number, {"not_before": until, "attempts": attempts})

    def counts(self) -> dict[State, int]:
        """How many reports stand in each state."""
        query = sa.select(_reports.c.state, sa.func.count()).group_by(_reports.c.state)
        with self._begin() as connection:
            found = {State(state): count for state, count in connection.execute(query)}
        return {state: found.get(state, 0) for state in State}

    def take_turn(self, holder: str, now: int, seconds: int) -> bool:
        """Whether this worker may deliver until `now + seconds`; one holds the turn at a time."""
        with self._begin() as connection:
            row = connection.execute(
                sa.select(_meta.c.value).where(_meta.c.name == "turn").with_for_update()
            ).one_or_none()
            held_by, until = json.loads(row.value) if row else ("", 0)
            if held_by != holder and until > now:
                return False
            _put(connection, "turn", json.dumps([holder, now + seconds]), new=row is None)
        return True

    def end_turn(self, holder: str) -> None:
        """Let another worker deliver at once; nothing happens unless the turn is this holder's."""
        with self._begin() as connection:
            value = connection.execute(
                sa.select(_meta.c.value).where(_meta.c.name == "turn").with_for_update()
            ).scalar_one_or_none()
            if value is not None and json.loads(value)[0] == holder:
                _put(connection, "turn", json.dumps([holder, 0]), new=False)

    def close(self) -> None:
        """Give back the database's connections."""
        self._engine.dispose()

    def _insert(
        self, connection: Connection, report: NewReport, token_hash: bytes, now: int
    ) -> str:
        case_number = codes.case_number(report.token)
        taken = sa.select(_reports.c.id).where(_reports.c.case_number == case_number)
        if connection.execute(taken).first():
            case_number = codes.case_number(report.token, characters=10)
        connection.execute(
            _reports.insert().values(
                case_number=case_number,
                token_hash=token_hash,
                digest=report.digest,
                facts=json.dumps(report.facts),
                sealed=json.dumps(report.sealed, separators=(",", ":")),
                verifier=report.verifier,
                received_at=now,
                state=State.WAITING,
                state_at=now,
                not_before=now,
                attempts=0,
            )
        )
        return case_number

    def _update(self, case_number: str, values: dict[str, Any]) -> None:
        with self._begin() as connection:
            connection.execute(
                _reports.update().where(_reports.c.case_number == case_number).values(values)
            )

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            # The library's own text may repeat the row; only its kind is told.
            raise SpoolUnavailable(
                f"The database of INTAKE_DATABASE does not answer ({type(error).__name__}): "
                "check that its disk has room and that the program may write there."
            ) from None


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(parsed, hide_parameters=True, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # One connection: a second writer would wait inside SQLite, slower and without a queue.
    engine = sa.create_engine(
        parsed,
        hide_parameters=True,
        poolclass=sa.QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None},
    )
    sa.event.listen(engine, "connect", _durable)
    sa.event.listen(engine, "begin", _begin_immediate)
    return engine


def _durable(connection: Any, _record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _check_version(connection: Connection) -> None:
    found = connection.execute(sa.select(_meta.c.value).where(_meta.c.name == "schema")).scalar()
    if found is None:
        _put(connection, "schema", str(SCHEMA_VERSION), new=True)
    elif found != str(SCHEMA_VERSION):
        raise SpoolUnavailable(
            f"The database has schema {found}, this program needs {SCHEMA_VERSION}: "
            "run the version of the program that wrote it."
        )


def _put(connection: Connection, name: str, value: str, *, new: bool) -> None:
    if new:
        connection.execute(_meta.insert().values(name=name, value=value))
    else:
        connection.execute(_meta.update().where(_meta.c.name == name).values(value=value))


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
    )

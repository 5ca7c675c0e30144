"""The spool's tables, its connections, and the way from an older schema to this one.

SQLite and PostgreSQL give the same: a transaction is alone from its first statement to its commit,
a commit is on disk, and whoever waits too long for its turn is told so. A database that is damaged,
or that would lose what it committed, is refused at start. A newer schema is refused and left alone.
Steps are written out as they were when they were made, so that a step never changes under a
database that has still to take it. Whatever is wrong raises `SpoolUnavailable`, which names the
setting and never a row.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

SCHEMA_VERSION = 6
BUSY_SECONDS = 30
CONNECTIONS = 4  # to PostgreSQL, from each program; one of them writes at a time
SNAPSHOT = "intake_snapshot"  # execution option: read one moment, and keep nobody from writing

# Whoever writes holds this lock of the database until its commit: "intake" in ASCII.
_LOCK = 0x696E74616B65
_DAMAGED_SQLITE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_DAMAGED_POSTGRESQL = ("XX001", "XX002")  # data_corrupted, index_corrupted
_DAMAGED = (
    "The database of INTAKE_DATABASE is damaged: stop the receiver, move the database away and "
    "run intake restore with the newest backup."
)


class SpoolUnavailable(Exception):
    """The database cannot be used; the message names the setting, never a row."""


metadata = sa.MetaData()
meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.String(200), nullable=False),
)
reports = sa.Table(
    "reports",
    metadata,
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
    sa.Column("urgency", sa.String(12), nullable=False, server_default=""),
    sa.Column("status", sa.String(12), nullable=False, server_default="received"),
    sa.Column("suspect", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("size", sa.Integer, nullable=False, server_default="0"),
    sa.Column("begun_at", sa.BigInteger),
    sa.Column("withdrawn_at", sa.BigInteger),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("answer", sa.Text),
    sa.Column("answer_at", sa.BigInteger),
    sa.Column("trial", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("ix_reports_verifier", "verifier"),
    sa.Index("ix_reports_number", "number"),
    sa.Index("ix_reports_waiting", "state", "suspect", "size"),
    sa.Index("ix_reports_begun", "suspect", "begun_at"),
    sa.Index("ix_reports_status", "status", "suspect", "urgency", "received_at"),
)
events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_number", sa.String(12), nullable=False, index=True),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
additions = sa.Table(
    "additions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_number", sa.String(12), nullable=False, index=True),
    sa.Column("token_hash", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("digest", sa.LargeBinary(32), nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("state_at", sa.BigInteger, nullable=False),
    sa.Column("not_before", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("comment", sa.BigInteger),
    sa.Column("kind", sa.String(12), nullable=False, server_default="addition"),
    sa.Index("ix_additions_waiting", "state", "size"),
)
# What the tracker still has to show: that a case was withdrawn, or restored.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_number", sa.String(12), nullable=False, index=True),
    sa.Column("act", sa.String(12), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(12), nullable=False, index=True),
    sa.Column("state_at", sa.BigInteger, nullable=False),
    sa.Column("not_before", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("comment", sa.BigInteger),
)
# What is left of an erased case: one more in a count, and nothing to find it by.
tallies = sa.Table(
    "tallies",
    metadata,
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("country", sa.String(12), primary_key=True),
    sa.Column("problem", sa.String(200), primary_key=True),
    sa.Column("urgency", sa.String(12), primary_key=True),
    sa.Column("cases", sa.Integer, nullable=False),
)

# By this an erased report is known again, should its file or mail come once more. It is made from
# the token, and leads back to neither token nor case number.
erased = sa.Table(
    "erased",
    metadata,
    sa.Column("proof", sa.LargeBinary(32), primary_key=True),
)

# The daily test requests, each written down before it is sent. Whatever arrives with such a token
# is a trial, and nobody outside can write one down.
canaries = sa.Table(
    "canaries",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("case_number", sa.String(12)),
    sa.Column("found_at", sa.BigInteger),
)
# What somebody on duty is told until they acknowledge it: one row for each thing and channel.
alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("kind", sa.String(12), primary_key=True),
    sa.Column("subject", sa.String(40), primary_key=True),
    sa.Column("channel", sa.String(12), primary_key=True),
    sa.Column("since", sa.BigInteger, nullable=False),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Column("told_at", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("acknowledged_at", sa.BigInteger),
)
# What the program has still to say below an issue in a fixed sentence of its own, each once.
remarks = sa.Table(
    "remarks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_number", sa.String(12), nullable=False, index=True),
    sa.Column("act", sa.String(12), nullable=False),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(12), nullable=False, index=True),
    sa.Column("state_at", sa.BigInteger, nullable=False),
    sa.Column("not_before", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("comment", sa.BigInteger),
    sa.UniqueConstraint("case_number", "act", "name", name="uq_remarks"),
)
# Which comments of the team were acted on, and as what; nothing of what they hold.
heeded = sa.Table(
    "heeded",
    metadata,
    sa.Column("case_number", sa.String(12), primary_key=True),
    sa.Column("comment", sa.BigInteger, primary_key=True),
    sa.Column("act", sa.String(12), primary_key=True),
)
# What reminding needs to know of a case: when somebody last did something, and what is on the card.
care = sa.Table(
    "care",
    metadata,
    sa.Column("case_number", sa.String(12), primary_key=True),
    sa.Column("active_at", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("marked_late", sa.Boolean, nullable=False, server_default=sa.false()),
)
# The clocks of official complaints that the team has set; the day is ISO 8601.
clocks = sa.Table(
    "clocks",
    metadata,
    sa.Column("case_number", sa.String(12), primary_key=True),
    sa.Column("name", sa.String(20), primary_key=True),
    sa.Column("day", sa.String(10), nullable=False),
)
OF_THE_TEAM = (remarks, heeded, care, clocks)


def connect(url: str) -> Engine:
    """An engine on the database of that URL; raises `SpoolUnavailable`."""
    try:
        return _engine(url)
    except (SQLAlchemyError, ImportError, OSError, ValueError) as error:
        # The address may hold a password, so it is not repeated.
        raise SpoolUnavailable(
            f"INTAKE_DATABASE leads to no database ({type(error).__name__}): "
            "write sqlite:///var/spool.db or postgresql+psycopg://USER@HOST/NAME."
        ) from None


def bring_up_to_date(connection: Connection) -> None:
    """Make the tables, or take every step from an older schema; all of it or nothing."""
    metadata.create_all(connection, tables=[meta])
    version = sa.select(meta.c.value).where(meta.c.name == "schema").with_for_update()
    found = connection.execute(version).scalar()
    if found is None:
        metadata.create_all(connection)
        put(connection, "schema", str(SCHEMA_VERSION), new=True)
    elif found != str(SCHEMA_VERSION):
        _migrate(connection, found)


def put(connection: Connection, name: str, value: str, *, new: bool) -> None:
    """Write one line of the table `meta`."""
    if new:
        connection.execute(meta.insert().values(name=name, value=value))
    else:
        connection.execute(meta.update().where(meta.c.name == name).values(value=value))


def _migrate(connection: Connection, found: str) -> None:
    if not found.isdigit() or int(found) not in _STEPS:
        raise SpoolUnavailable(
            f"The database has schema {found}, this program needs {SCHEMA_VERSION}: "
            "run the version of the program that wrote it."
        )
    for version in range(int(found), SCHEMA_VERSION):
        _STEPS[version](connection)
    put(connection, "schema", str(SCHEMA_VERSION), new=False)


# What the two databases call differently.
_WORDS = {
    "sqlite": {"id": "id INTEGER NOT NULL", "bytes": "BLOB"},
    "postgresql": {"id": "id SERIAL NOT NULL", "bytes": "BYTEA"},
}


def _run(connection: Connection, *statements: str) -> None:
    """Execute a step's DDL, in which `{id}` is a numbered key column and `{bytes}` raw bytes."""
    for statement in statements:
        connection.exec_driver_sql(statement.format(**_WORDS[connection.dialect.name]))


_COLUMNS_OF_2 = (
    "urgency VARCHAR(12) NOT NULL DEFAULT ''",
    "status VARCHAR(12) NOT NULL DEFAULT 'received'",
    "suspect BOOLEAN NOT NULL DEFAULT FALSE",
    "size INTEGER NOT NULL DEFAULT 0",
    "begun_at BIGINT",
    "withdrawn_at BIGINT",
    "closed_at BIGINT",
    "answer TEXT",
    "answer_at BIGINT",
)
_TABLES_OF_2 = (
    "CREATE TABLE events ({id}, case_number VARCHAR(12) NOT NULL, status VARCHAR(12) NOT NULL, "
    "at BIGINT NOT NULL, PRIMARY KEY (id))",
    "CREATE TABLE additions ({id}, case_number VARCHAR(12) NOT NULL, token_hash {bytes} NOT NULL, "
    "digest {bytes} NOT NULL, sealed TEXT NOT NULL, size INTEGER NOT NULL, "
    "received_at BIGINT NOT NULL, state VARCHAR(12) NOT NULL, state_at BIGINT NOT NULL, "
    "not_before BIGINT NOT NULL, attempts INTEGER NOT NULL, comment BIGINT, PRIMARY KEY (id), "
    "UNIQUE (token_hash))",
    "CREATE TABLE notices ({id}, case_number VARCHAR(12) NOT NULL, act VARCHAR(12) NOT NULL, "
    "at BIGINT NOT NULL, state VARCHAR(12) NOT NULL, state_at BIGINT NOT NULL, "
    "not_before BIGINT NOT NULL, attempts INTEGER NOT NULL, comment BIGINT, PRIMARY KEY (id))",
    "CREATE TABLE tallies (month VARCHAR(7) NOT NULL, country VARCHAR(12) NOT NULL, "
    "problem VARCHAR(200) NOT NULL, urgency VARCHAR(12) NOT NULL, cases INTEGER NOT NULL, "
    "PRIMARY KEY (month, country, problem, urgency))",
)
_INDEXES_OF_2 = (
    "ix_reports_verifier ON reports (verifier)",
    "ix_reports_number ON reports (number)",
    "ix_reports_waiting ON reports (state, suspect, size)",
    "ix_reports_begun ON reports (suspect, begun_at)",
    "ix_reports_status ON reports (status, suspect, urgency, received_at)",
    "ix_events_case_number ON events (case_number)",
    "ix_additions_case_number ON additions (case_number)",
    "ix_additions_waiting ON additions (state, size)",
    "ix_notices_case_number ON notices (case_number)",
    "ix_notices_state ON notices (state)",
)


def _from_1_to_2(connection: Connection) -> None:
    """People can come back: status, withdrawal, answer, additions, and what is suspect."""
    _run(connection, *(f"ALTER TABLE reports ADD COLUMN {column}" for column in _COLUMNS_OF_2))
    _run(connection, *_TABLES_OF_2)
    _run(connection, *(f"CREATE INDEX {index}" for index in _INDEXES_OF_2))
    _run(connection, "UPDATE reports SET size = LENGTH(sealed)")
    _run(
        connection,
        "INSERT INTO events (case_number, status, at) "
        "SELECT case_number, 'received', received_at FROM reports ORDER BY id",
    )
    for row in connection.execute(sa.text("SELECT id, facts FROM reports")).all():
        urgency = str(json.loads(row.facts).get("urgency", ""))
        told = sa.text("UPDATE reports SET urgency = :urgency WHERE id = :id")
        connection.execute(told, {"urgency": urgency, "id": row.id})


def _from_2_to_3(connection: Connection) -> None:
    """What was erased is not taken in again."""
    _run(connection, "CREATE TABLE erased (proof {bytes} NOT NULL, PRIMARY KEY (proof))")


_TABLES_OF_4 = (
    "canaries (token_hash VARCHAR(64) NOT NULL PRIMARY KEY, made_at BIGINT NOT NULL, "
    "case_number VARCHAR(12), found_at BIGINT)",
    "alerts (kind VARCHAR(12) NOT NULL, subject VARCHAR(40) NOT NULL, "
    "channel VARCHAR(12) NOT NULL, since BIGINT NOT NULL, "
    "next_at BIGINT NOT NULL, told_at BIGINT NOT NULL DEFAULT 0, acknowledged_at BIGINT, "
    "PRIMARY KEY (kind, subject, channel))",
)


def _from_3_to_4(connection: Connection) -> None:
    """Somebody is alerted, and a test request goes the whole way each day."""
    _run(connection, "ALTER TABLE reports ADD COLUMN trial BOOLEAN NOT NULL DEFAULT FALSE")
    _run(connection, *(f"CREATE TABLE {table}" for table in _TABLES_OF_4))


_TABLES_OF_5 = (
    "remarks ({id}, case_number VARCHAR(12) NOT NULL, "
    "act VARCHAR(12) NOT NULL, name VARCHAR(60) NOT NULL, text TEXT NOT NULL, at BIGINT NOT NULL, "
    "state VARCHAR(12) NOT NULL, state_at BIGINT NOT NULL, not_before BIGINT NOT NULL, "
    "attempts INTEGER NOT NULL, comment BIGINT, PRIMARY KEY (id), "
    "CONSTRAINT uq_remarks UNIQUE (case_number, act, name))",
    "heeded (case_number VARCHAR(12) NOT NULL, comment BIGINT NOT NULL, act VARCHAR(12) NOT NULL, "
    "PRIMARY KEY (case_number, comment, act))",
    "care (case_number VARCHAR(12) NOT NULL PRIMARY KEY, active_at BIGINT NOT NULL DEFAULT 0, "
    "marked_late BOOLEAN NOT NULL DEFAULT FALSE)",
    "clocks (case_number VARCHAR(12) NOT NULL, name VARCHAR(20) NOT NULL, "
    "day VARCHAR(10) NOT NULL, PRIMARY KEY (case_number, name))",
)


def _from_4_to_5(connection: Connection) -> None:
    """The team's commands are heeded once, and reminders are written once."""
    _run(connection, *(f"CREATE TABLE {table}" for table in _TABLES_OF_5))
    for column in ("case_number", "state"):
        _run(connection, f"CREATE INDEX ix_remarks_{column} ON remarks ({column})")


def _from_5_to_6(connection: Connection) -> None:
    """What is added to a case is the person's addition or a note of the team."""
    _run(
        connection, "ALTER TABLE additions ADD COLUMN kind VARCHAR(12) NOT NULL DEFAULT 'addition'"
    )


_STEPS: dict[int, Callable[[Connection], None]] = {
    1: _from_1_to_2,
    2: _from_2_to_3,
    3: _from_3_to_4,
    4: _from_4_to_5,
    5: _from_5_to_6,
}


# --- connections ---


def unavailable(error: SQLAlchemyError) -> SpoolUnavailable:
    """What is said of a database's error. The library's own text may repeat a row."""
    original = error.orig if isinstance(error, DBAPIError) else None
    # SQLite's extended codes keep the plain one in their low byte.
    if (
        getattr(original, "sqlite_errorcode", 0) & 0xFF in _DAMAGED_SQLITE
        or getattr(original, "sqlstate", None) in _DAMAGED_POSTGRESQL
    ):
        return SpoolUnavailable(_DAMAGED)
    return SpoolUnavailable(
        f"The database of INTAKE_DATABASE does not answer ({type(error).__name__}): "
        "check that it runs, that its disk has room and that the program may write there."
    )


def examine(engine: Engine) -> None:
    """Raise `SpoolUnavailable` for a damaged database, and for one that forgets at a power cut."""
    with engine.connect().execution_options(**{SNAPSHOT: True}) as connection:
        if engine.dialect.name == "sqlite":
            # Looks at every page, and lets others write meanwhile.
            if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                raise SpoolUnavailable(_DAMAGED)
            return
        for name in ("fsync", "full_page_writes"):
            if connection.exec_driver_sql(f"SHOW {name}").scalar() != "on":
                raise SpoolUnavailable(
                    f"The server of INTAKE_DATABASE runs with {name} = off and would lose reports "
                    "at a power cut: set it to on."
                )


def shared_time(connection: Connection, now: int) -> int:
    """The time by which machines take turns: the server's own where there is one, else `now`."""
    if connection.dialect.name == "sqlite":
        return now
    clock = "SELECT extract(epoch FROM clock_timestamp())::bigint"
    return int(connection.exec_driver_sql(clock).scalar_one())


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    return _postgresql(parsed)


def _sqlite(url: URL) -> Engine:
    if url.database and not url.database.startswith("file:"):
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # One connection: a second writer would wait inside SQLite, slower and without a queue.
    engine = sa.create_engine(
        url,
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
    snapshot = connection.get_execution_options().get(SNAPSHOT)
    connection.exec_driver_sql("BEGIN" if snapshot else "BEGIN IMMEDIATE")


# A dead network is noticed within a minute; what the URL itself says goes first.
_NETWORK: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "application_name": "intake",
    # Behind a pooler the next statement may meet a server process that knows no prepared ones.
    "prepare_threshold": None,
}
# Said in each transaction, since a pooler, a role or the URL may have said otherwise before. A
# program that fell silent in a transaction is cut off, so that the lock is free again.
_SESSION = (
    "SET LOCAL synchronous_commit = on; "
    f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'; "
    "SET LOCAL statement_timeout = '120s'; "
    f"SET LOCAL idle_in_transaction_session_timeout = '{BUSY_SECONDS}s'"
)


def _postgresql(url: URL) -> Engine:
    if url.drivername != "postgresql+psycopg":
        raise ValueError("Nothing else was ever tried.")
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        pool_pre_ping=True,
        # Each statement sees what was committed before it, so also before the lock was given.
        isolation_level="READ COMMITTED",
        connect_args={name: value for name, value in _NETWORK.items() if name not in url.query},
    )
    sa.event.listen(engine, "begin", _begin_alone)
    return engine


def _begin_alone(connection: Connection) -> None:
    """What BEGIN IMMEDIATE gives: the lock is held before anything is read, until the commit."""
    if connection.get_execution_options().get(SNAPSHOT):
        begin = f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; {_SESSION}"
    else:
        begin = f"{_SESSION}; SELECT pg_advisory_xact_lock({_LOCK})"
    connection.exec_driver_sql(begin, execution_options={"no_parameters": True})

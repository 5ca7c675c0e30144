"""One file that holds the whole spool and the receiver's secret, whichever database it came from.

It is an SQLite file with every table as it was at one moment, made while the receiver goes on. A
digest over all rows tells a damaged one. `unpacked` gives a private copy in today's schema; a file
that is no whole backup, is older than 30 days or comes from a newer program raises `BackupProblem`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from intake.database import SCHEMA_VERSION, metadata
from intake.spool import Spool

KEPT_SECONDS = 30 * 86_400
ROWS_AT_ONCE = 200

_ABOUT = "CREATE TABLE backup (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)"


class BackupProblem(Exception):
    """The file cannot be written, or cannot be restored; the message says what to do."""


@dataclass(frozen=True)
class Unpacked:
    """A private copy of a backup: its spool, when it was made and the receiver's secret."""

    spool: Spool
    made_at: int
    secret: bytes = field(repr=False)


def make(spool: Spool, secret: bytes, file: Path, now: int) -> None:
    """Write a new file, readable by its owner alone; it is there whole or not at all."""
    if file.exists():
        raise BackupProblem(f"{file} is there already: name a new file.")
    unfinished = file.with_name(f".{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _fill(spool, secret, unfinished, now)
        _sync(unfinished)
        unfinished.rename(file)
        _sync(file.parent)
    except (sqlite3.Error, sa.exc.SQLAlchemyError):
        raise BackupProblem(
            f"{file} could not be written: look whether its disk has room."
        ) from None
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def unpacked(file: Path, now: int) -> Iterator[Unpacked]:
    """A copy of the backup for the block, checked and in today's schema; `BackupProblem`."""
    with tempfile.TemporaryDirectory(prefix="intake-") as folder:
        copy = Path(folder) / "spool.db"
        shutil.copyfile(file, copy)
        about = _read(copy, file)
        made_at = int(about["made_at"])
        if not -86_400 <= now - made_at <= KEPT_SECONDS:
            raise BackupProblem(
                f"{file} was made more than {KEPT_SECONDS // 86_400} days ago, or this machine's "
                "clock is wrong: what people were promised is deleted would come back."
            )
        if int(about["schema"]) > SCHEMA_VERSION:
            raise BackupProblem(
                f"{file} was written by a newer program: restore it with that program."
            )
        with closing(Spool(_url(copy))) as spool:
            yield Unpacked(spool, made_at, bytes.fromhex(about["secret"]))


def _fill(spool: Spool, secret: bytes, file: Path, now: int) -> None:
    engine = sa.create_engine(_url(file), poolclass=sa.NullPool)
    metadata.create_all(engine)
    with closing(sqlite3.connect(file, isolation_level=None)) as target:
        target.execute("BEGIN")
        with spool.snapshot() as source:
            for table in metadata.sorted_tables:
                marks = ", ".join("?" * len(table.columns))
                query = sa.select(table).order_by(*table.primary_key.columns)
                found = source.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
                for rows in found.partitions():
                    target.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)  # noqa: S608 - our own names
        about = {
            "made_at": str(now),
            "schema": str(SCHEMA_VERSION),
            "secret": secret.hex(),
            "digest": _digest(target),
        }
        target.execute(_ABOUT)
        target.executemany("INSERT INTO backup VALUES (?, ?)", about.items())
        target.execute("COMMIT")


def _read(copy: Path, file: Path) -> dict[str, str]:
    """What the backup says about itself, once it was found to be whole."""
    damaged = BackupProblem(f"{file} is no whole backup: restore another one.")
    try:
        with closing(sqlite3.connect(copy)) as connection:
            checked = connection.execute("PRAGMA quick_check(1)").fetchone()
            about = dict(connection.execute("SELECT name, value FROM backup"))
            if checked != ("ok",) or about.get("digest") != _digest(connection):
                raise damaged
    except sqlite3.Error:
        raise damaged from None
    return about


def _digest(connection: sqlite3.Connection) -> str:
    """SHA-256 over each row of each table, in their order."""
    digest = hashlib.sha256()
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'backup' ORDER BY 1"
    for (name,) in connection.execute(tables).fetchall():
        digest.update(name.encode())
        for row in connection.execute(f"SELECT * FROM {name} ORDER BY rowid"):  # noqa: S608 - a table's name
            digest.update(repr(row).encode())
    return digest.hexdigest()


def _url(file: Path) -> str:
    return URL.create("sqlite", database=str(file)).render_as_string()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The databases that tests run on: what `rows` reads from any, and a PostgreSQL of this run's own.

It stands in a temporary folder and is reached by a socket in that folder alone. The server refuses
root, so root hands it to another account. Without PostgreSQL on this machine there is nothing to
start: `PostgresMissing`.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import Engine, make_url

from intake import database
from workplace import full_disk

KINDS = ("sqlite", "postgresql")
DEBIAN = "/usr/lib/postgresql"  # where apt puts the programs, a folder for each version
ROLE = "intake"  # may do what a spool needs and is no superuser
SECONDS = 60


class PostgresMissing(Exception):
    """PostgreSQL is not installed here."""


@dataclass(frozen=True)
class Postgres:
    """A running server. Each schema is an empty database as far as the spool can see.

    Schemas in `spare` have all tables of a spool, and nothing in them.
    """

    folder: Path
    process: subprocess.Popen[bytes]
    names: Iterator[int]
    spare: list[str] = field(default_factory=list)

    def new_schema(self) -> str:
        """The URL of a new, empty schema."""
        name = f"spool_{next(self.names)}"
        self.execute(f"CREATE SCHEMA {name} AUTHORIZATION {ROLE}")
        return (
            f"postgresql+psycopg://{ROLE}@/postgres?host={self.folder}"
            f"&options=-csearch_path%3D{name}"
        )

    def drop_schema(self, url: str) -> None:
        """Throw the schema of that URL away."""
        self.execute(f"DROP SCHEMA {url.rpartition('%3D')[2]} CASCADE")

    def cut_off(self) -> None:
        """End every connection of a spool, so that no table is held any more."""
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", ROLE
        )

    def emptied(self, url: str) -> bool:
        """Whether the schema of that URL has a spool's tables, in which nothing is left now."""
        name, tables = url.rpartition("%3D")[2], database.metadata.tables
        found = self.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", name)
        if {table for (table,) in found} != set(tables):
            return False
        version = f"FROM {name}.meta WHERE name = 'schema' AND value = '{database.SCHEMA_VERSION}'"
        if not self.execute(f"SELECT value {version}"):
            return False
        emptying = [f"DELETE FROM {name}.{table}" for table in tables if table != "meta"]
        counted = [table for table, columns in tables.items() if "id" in columns.c]
        counting = [f"SELECT setval('{name}.{table}_id_seq', 1, false)" for table in counted]
        self.execute(
            "; ".join([f"DELETE FROM {name}.meta WHERE name <> 'schema'", *emptying, *counting])
        )
        return True

    def execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """One statement as the server's owner; returns its rows."""
        with psycopg.connect(f"host={self.folder} user=postgres", autocommit=True) as owner:
            found = owner.execute(statement, values or None)
            return found.fetchall() if found.description else []


@contextmanager
def started() -> Iterator[Postgres]:
    """A server for the block; raises `PostgresMissing`."""
    programs = _programs()
    # Not below pytest's own folder: other accounts may not enter that.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    process = None
    try:
        process = _start(programs, folder)
        running = Postgres(folder, process, count(1))
        _wait_for(running)
        running.execute(f"CREATE ROLE {ROLE} LOGIN")
        yield running
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)  # "fast shutdown"
            process.wait(timeout=SECONDS)
        shutil.rmtree(folder)


def run_script(url: str, script: str) -> None:
    """Fill an empty database with what SQLite's `.dump` wrote."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(parsed.database))) as file:
            file.executescript(script)
        return
    spelled = script.replace("id INTEGER NOT NULL", "id SERIAL NOT NULL").replace("BLOB", "BYTEA")
    rows(url, re.sub(r"X'([0-9A-F]*)'", r"'\\x\1'", spelled))
    for table in re.findall(r"CREATE TABLE (\w+) \(\s+id SERIAL", spelled):
        rows(url, f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")


@contextmanager
def without_room(url: str) -> Iterator[None]:
    """Let the database take no row for as long as the block runs, as on a full disk."""
    if url.startswith("sqlite"):
        with full_disk():
            yield
        return
    full = "BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END"
    rows(url, f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $${full}$$")
    for table in ("reports", "additions"):
        rows(url, f"CREATE TRIGGER no_room BEFORE INSERT ON {table} EXECUTE FUNCTION refuse()")
    try:
        yield
    finally:
        rows(url, "DROP FUNCTION refuse() CASCADE")


@contextmanager
def empty(server: Postgres, *, bare: bool = False) -> Iterator[str]:
    """The URL of an empty schema for the block, with all that opened it closed afterwards.

    A bare one has never had a table.
    """
    opened: list[Engine] = []
    connect = database.connect

    def kept(url: str) -> Engine:
        opened.append(connect(url))
        return opened[-1]

    url = server.new_schema() if bare or not server.spare else server.spare.pop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "connect", kept)
        yield url
    for engine in opened:
        engine.dispose()
    server.cut_off()
    if bare or not server.emptied(url):
        server.drop_schema(url)
    else:
        server.spare.append(url)


@contextmanager
def given_time() -> Iterator[None]:
    """Have workers take turns by the time that they are given, whatever a server's clock says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "shared_time", lambda _connection, now: now)
        yield


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """What another program reads from a spool's database, whichever it is; or does to it."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(parsed.database), isolation_level=None)) as file:
            return file.execute(query).fetchall()
    with psycopg.connect(user=ROLE, dbname="postgres", autocommit=True, **parsed.query) as server:  # type: ignore[arg-type]
        found = server.execute(query)
        return found.fetchall() if found.description else []


def content(url: str) -> bytes:
    """Everything that the database keeps: SQLite's files, or all rows and the server's own log."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = Path(str(parsed.database))
        return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    kept = [rows(url, f"SELECT * FROM {table}") for table in database.metadata.tables]
    log = Path(str(parsed.query["host"])) / "server.log"
    return str(kept).encode() + log.read_bytes()


def _programs() -> Path:
    versions = sorted(Path(DEBIAN).glob("*/bin"), key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).parent
    if not versions:
        raise PostgresMissing
    return versions[-1]


def _start(programs: Path, folder: Path) -> subprocess.Popen[bytes]:
    account = _account()
    if account:
        shutil.chown(folder, account["user"], account["group"])
    data = str(folder / "data")
    make = ["--pgdata", data, "--username=postgres", "--auth=trust", "--encoding=UTF8"]
    subprocess.run(
        [programs / "initdb", *make, "--no-locale", "--no-sync"],
        cwd="/",
        stdout=subprocess.DEVNULL,
        check=True,
        **account,
    )
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "shared_buffers": "16MB",
        "fsync": "on",
    }
    chosen = [f"-c{name}={value}" for name, value in options.items()]
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen(
            [programs / "postgres", "-D", data, *chosen], cwd="/", stdout=log, stderr=log, **account
        )


def _account() -> dict[str, Any]:
    """Who runs the server: PostgreSQL's account where there is one, never root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name for entry in pwd.getpwall()}
    name = "postgres" if "postgres" in known else "nobody"
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


def _wait_for(server: Postgres) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            server.execute("SELECT 1")
        except psycopg.OperationalError:
            if server.process.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    raise AssertionError((server.folder / "server.log").read_text(encoding="utf-8"))

"""Whatever becomes of machine, disk or file: an acknowledged report is there, or the spool says so.

Children are killed right before and right after each statement that a commit is made of.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import slow_disk
from databases import rows
from intake import codes, database
from intake.form import Facts
from intake.settings import ROOT
from intake.spool import NewAddition, NewReport, Spool, SpoolUnavailable, State
from workplace import full_disk

NOW = 1_795_000_000
FACTS: Facts = {"urgency": "red"}
CASE = "6X3G-HZZQ"
DAMAGED = (
    "The database of INTAKE_DATABASE is damaged: stop the receiver, move the database away and "
    "run intake restore with the newest backup."
)

# Kills itself at the Nth statement of one act, before it or after it; -1 stands for the commit.
CHILD = """
import os, signal, sys
from datetime import UTC
import sqlalchemy as sa
from intake.spool import NewAddition, NewReport, Spool, State
url, act, at, when = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
spool = Spool(url)
seen = 0
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
def count(*_):
    global seen
    seen += 1
    if seen == at:
        die()
engine = spool._engine
if at > 0:
    sa.event.listen(engine, f"{when}_cursor_execute", count)
elif when == "before":
    sa.event.listen(engine, "commit", die)
acts = {
    "accept": lambda: spool.accept(
        NewReport(bytes(16), bytes(32), {"urgency": "red"}, {"iv": "x"}, bytes(32)), 1
    ),
    "add": lambda: spool.add("6X3G-HZZQ", NewAddition(b"a" * 16, bytes(32), {"iv": "x"}), 1),
    "withdraw": lambda: spool.withdraw("6X3G-HZZQ", 1),
    "move": lambda: spool.move("6X3G-HZZQ", State.STUBBED, 1, 7),
    "erase": lambda: spool.erase("6X3G-HZZQ", 10**10, 0, UTC),
}
acts[act]()
print("acknowledged", flush=True)
die()
"""


def report(token: int = 0) -> NewReport:
    """A report that is ready to be kept."""
    return NewReport(token.to_bytes(16, "big"), bytes(32), FACTS, {"iv": "x"}, bytes(32))


def addition() -> NewAddition:
    """An addition that is ready to be kept."""
    return NewAddition(b"a" * 16, bytes(32), {"iv": "x"})


def killed(url: str, act: str, at: int, when: str) -> bool:
    """Let a child act and be killed there; returns whether it said that the act is done."""
    child = subprocess.run(
        [sys.executable, "-c", CHILD, url, act, str(at), when],
        cwd=ROOT,
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    return child.stdout == "acknowledged\n"


# Every point of the longest act on SQLite, and those around the commit of the others on both.
POINTS = [(-1, "before"), (-1, "after"), (1, "after"), (3, "before"), (5, "after"), (7, "before")]


@pytest.mark.parametrize(("at", "when"), POINTS)
def test_killed_receiver_keeps_what_it_acknowledged(database_url: str, at: int, when: str) -> None:
    """Its report is whole or not there at all, and its phone gets one case for one token."""
    acknowledged = killed(database_url, "accept", at, when)
    with closing(Spool(database_url)) as spool:
        kept = sum(spool.counts().values())
        events = rows(database_url, "SELECT count(*) FROM events")
        assert events == [(kept,)]
        assert kept == 1 if acknowledged else kept in (0, 1)
        assert spool.accept(report(), NOW) == (CASE, kept == 0)
        assert sum(spool.counts().values()) == 1


@pytest.mark.parametrize("act", ["add", "withdraw", "move", "erase"])
@pytest.mark.parametrize(("at", "when"), [(-1, "before"), (-1, "after")])
def test_killed_program_does_each_act_whole_or_not_at_all(
    database_url: str, act: str, at: int, when: str
) -> None:
    """Killed before the commit nothing is changed; after it everything is, and twice is once."""
    with closing(Spool(database_url)) as spool:
        spool.accept(report(), NOW)
        if act == "erase":
            spool.withdraw(CASE, NOW)
    acknowledged = killed(database_url, act, at, when)
    assert acknowledged is (when == "after")
    with closing(Spool(database_url)) as spool:
        done = {
            "add": lambda: spool.add(CASE, addition(), NOW)[1] is False,
            "withdraw": lambda: spool.withdraw(CASE, NOW) == 1,
            "move": lambda: spool.kept()[CASE].state is State.STUBBED,
            "erase": lambda: (
                (spool.kept(), len(spool.proofs()), len(spool.tallies())) == ({}, 1, 1)
            ),
        }
        assert done[act]() is acknowledged


# --- a slow disk ---

# So many threads bring so many reports; then the process kills itself.
SENDERS = """
import os, signal, sys
from concurrent.futures import ThreadPoolExecutor
from intake.spool import NewReport, Spool
url, senders, reports = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
spool = Spool(url)
def bring(token):
    os.write(2, b"brought\\n")
    raw = token.to_bytes(16, "big")
    spool.accept(NewReport(raw, bytes(32), {"urgency": "red"}, {"iv": "x"}, raw * 2), 1)
    os.write(2, b"acknowledged %d\\n" % token)
with ThreadPoolExecutor(senders) as pool:
    list(pool.map(bring, range(reports)))
os.kill(os.getpid(), signal.SIGKILL)
"""


@contextmanager
def bringing(
    url: str, folder: Path, *, senders: int, reports: int
) -> Iterator[subprocess.Popen[str]]:
    """A process that brings reports to a disk whose fsync takes 5 ms longer, killed at the end."""
    slow = slow_disk.environment(folder)
    if slow is None:
        assert "CI" not in os.environ, "There is no C compiler: see .ci/run for the package"
        pytest.skip("needs a C compiler, which makes the disk slow")
    child = subprocess.Popen(
        [sys.executable, "-c", SENDERS, url, str(senders), str(reports)],
        cwd=ROOT,
        env={"PYTHONPATH": ":".join(sys.path), "SLOW_DISK_TELLS": "1"} | slow,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def test_slow_disk_has_synced_before_anything_is_acknowledged(tmp_path: Path) -> None:
    """Between bringing a report and its acknowledgement there is a whole fsync, each time."""
    url = f"sqlite:///{tmp_path}/spool.db"
    Spool(url).close()
    with bringing(url, tmp_path, senders=1, reports=3) as child:
        _, said = child.communicate(timeout=60)
    _, *acts = said.split("brought\n")
    assert [act.split("\n")[-2] for act in acts] == [f"acknowledged {token}" for token in range(3)]
    assert all(act.startswith(slow_disk.SYNCED) for act in acts)
    with closing(Spool(url)) as spool:
        assert len(spool.kept()) == 3


def test_slow_disk_keeps_what_it_acknowledged_to_many(tmp_path: Path) -> None:
    """Killed while eight bring reports at once: each acknowledged one is there, and whole."""
    url = f"sqlite:///{tmp_path}/spool.db"
    Spool(url).close()
    acknowledged: set[int] = set()
    with bringing(url, tmp_path, senders=8, reports=10_000) as child:
        assert child.stderr is not None
        for line in child.stderr:
            if line.startswith("acknowledged "):
                acknowledged.add(int(line.split()[1]))
            if len(acknowledged) == 100:
                break
    assert len(acknowledged) == 100
    with closing(Spool(url)) as spool:
        for token in acknowledged:
            raw = token.to_bytes(16, "big")
            assert spool.compare(raw, bytes(32)) == (codes.case_number(raw), True)
        assert len(spool.kept()) < 10_000  # it was in the middle of its work


# --- SQLite's disk and file ---


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database stands."""
    return tmp_path / "spool.db"


@pytest.fixture
def spool(path: Path) -> Iterator[Spool]:
    """A spool with one report."""
    with closing(Spool(f"sqlite:///{path}")) as opened:
        opened.accept(report(), NOW)
        yield opened


def test_full_disk_acknowledges_nothing_and_loses_nothing(spool: Spool) -> None:
    """Every act is refused; with room again each of them works, and the first report is there."""
    with full_disk():
        for act in (
            lambda: spool.accept(report(1), NOW),
            lambda: spool.add(CASE, addition(), NOW),
            lambda: spool.withdraw(CASE, NOW),
            lambda: spool.move(CASE, State.IN_DOUBT, NOW),
            lambda: spool.take_turn("a", NOW, 120),
        ):
            with pytest.raises(SpoolUnavailable):
                act()
    assert spool.kept()[CASE].state is State.WAITING
    assert spool.accept(report(1), NOW)[1] is True
    assert spool.take_turn("b", NOW, 120) is True


def test_disk_that_fills_up_keeps_what_fitted(path: Path, spool: Spool) -> None:
    """A file that may not grow takes some reports and refuses the rest; all it took is there."""
    with spool.transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 8}")
    big = [replace(report(token), sealed={"iv": "x" * 3_000}) for token in range(1, 1_000)]
    taken: list[str] = []
    with pytest.raises(SpoolUnavailable) as error:
        taken.extend(spool.accept(one, NOW)[0] for one in big)
    assert "check that it runs, that its disk has room" in str(error.value)
    assert len(taken) > 1
    spool.close()
    with closing(Spool(f"sqlite:///{path}")) as again:
        assert set(again.kept()) == {CASE, *taken}


def test_read_only_database_is_told(path: Path, spool: Spool) -> None:
    """Nothing is acknowledged; what is there stays."""
    spool.close()
    read_only = f"sqlite:///file:{path}?mode=ro&uri=true"
    with closing(Spool(read_only)) as there, pytest.raises(SpoolUnavailable) as error:
        there.accept(report(1), NOW)
    assert "that the program may write there" in str(error.value)
    with closing(Spool(f"sqlite:///{path}")) as again:
        assert list(again.kept()) == [CASE]


@pytest.mark.usefixtures("spool")
def test_locked_database_is_waited_for_and_then_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that never ends is no reason to hang; once it ended the report is taken."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        closing(Spool(f"sqlite:///{path}")) as impatient,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SpoolUnavailable):
            impatient.accept(report(1), NOW)
        other.execute("ROLLBACK")
        assert impatient.accept(report(1), NOW)[1] is True


@pytest.mark.parametrize("place", ["head", "middle", "end"])
def test_torn_file_is_refused_at_start(path: Path, spool: Spool, place: str) -> None:
    """Overwritten or cut short, the program says to restore, and leaves the file as it is."""
    for token in range(1, 40):
        spool.accept(report(token), NOW)
    spool.settle()
    spool.close()
    content = bytearray(path.read_bytes())
    if place == "head":
        content[:16] = b"\x00" * 16
    elif place == "middle":
        content[8_192 : len(content) // 2] = b"\xa5" * (len(content) // 2 - 8_192)
    else:
        del content[len(content) // 2 :]
    path.write_bytes(content)
    with pytest.raises(SpoolUnavailable) as error:
        Spool(f"sqlite:///{path}")
    assert str(error.value) == DAMAGED


def test_torn_journal_loses_no_checkpointed_report(path: Path, spool: Spool) -> None:
    """What stands in the file is there, whatever became of the last lines of the journal."""
    spool.settle()
    copy = path.with_name("torn.db")
    copy.write_bytes(path.read_bytes())
    spool.accept(report(1), NOW)
    journal = path.with_name("spool.db-wal").read_bytes()
    copy.with_name("torn.db-wal").write_bytes(journal[: len(journal) - 100])
    with closing(Spool(f"sqlite:///{copy}")) as torn:
        assert CASE in torn.kept()
        assert torn.accept(report(1), NOW)[0] == "FGYC-T45V"


@pytest.mark.parametrize("state", ["XX001", "XX002"])
def test_page_that_postgresql_finds_broken_is_told(postgres_url: str, state: str) -> None:
    """The server notices by its checksums; the message says to restore."""
    with closing(Spool(postgres_url)) as spool:
        spool.accept(report(), NOW)
        broken = f"BEGIN RAISE EXCEPTION 'invalid page' USING ERRCODE = '{state}'; END"
        rows(
            postgres_url,
            f"CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $${broken}$$",
        )
        rows(
            postgres_url, "CREATE TRIGGER broken BEFORE INSERT ON reports EXECUTE FUNCTION broken()"
        )
        with pytest.raises(SpoolUnavailable) as error:
            spool.accept(report(1), NOW)
    assert str(error.value) == DAMAGED

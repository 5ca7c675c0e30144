"""What the spool was given stays: through crashes, repeats, collisions and other processes."""

from __future__ import annotations

import hashlib
import signal
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from databases import rows
from intake import codes
from intake.database import SCHEMA_VERSION
from intake.form import Facts
from intake.spool import NewReport, Report, Spool, SpoolUnavailable, State, TokenReused

NOW = 1_795_000_000
CANARY = "kenari-7f3a"
FACTS: Facts = {
    "urgency": "red",
    "country": "MY",
    "problem": ["money", "safety"],
    "regency": "33.02",
    "contact": "may-contact",
    "sharing": "ask-first",
    "language": "id",
}


def report(token: int = 0, digest: bytes = b"d" * 32) -> NewReport:
    """A report that is ready to be kept."""
    return NewReport(
        token=token.to_bytes(16, "big"),
        digest=digest,
        facts=FACTS,
        sealed={"protected": CANARY, "recipients": [{"header": {"kid": "k"}}]},
        verifier=b"v" * 32,
    )


@pytest.fixture
def spool(database_url: str) -> Iterator[Spool]:
    """A new spool."""
    opened = Spool(database_url)
    yield opened
    opened.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where an SQLite database stands; its folder is not there yet."""
    return tmp_path / "var" / "spool.db"


@pytest.fixture
def on_disk(path: Path) -> Iterator[Spool]:
    """A new spool in that file."""
    opened = Spool(f"sqlite:///{path}")
    yield opened
    opened.close()


# --- accepting ---


def test_accepted_report_is_on_disk_at_once(spool: Spool, database_url: str) -> None:
    """Another connection reads it as soon as `accept` has returned: it is committed."""
    assert spool.accept(report(), NOW) == ("6X3G-HZZQ", True)
    assert rows(database_url, "SELECT case_number, state, received_at, number FROM reports") == [
        ("6X3G-HZZQ", "waiting", NOW, None)
    ]


def test_accepted_report_outlives_a_killed_process(database_url: str) -> None:
    """A process that is killed right after `accept` leaves a whole report behind."""
    program = (
        "import os, sys, signal\n"
        "from intake.spool import NewReport, Spool\n"
        "new = NewReport(bytes(16), bytes(32), {'urgency': 'red'}, {'iv': 'x'}, bytes(32))\n"
        f"Spool({database_url!r}).accept(new, {NOW})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path)}, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    again = Spool(database_url)
    kept = again.due(NOW)
    again.close()
    assert kept is not None
    assert (kept.case_number, kept.facts, kept.sealed) == (
        "6X3G-HZZQ", {"urgency": "red"}, {"iv": "x"},
    )  # fmt: skip


def test_kept_report_comes_back_as_it_was(spool: Spool) -> None:
    """Facts and sealed text are the same, in the same order."""
    spool.accept(report(), NOW)
    assert spool.due(NOW) == Report(
        case_number="6X3G-HZZQ",
        facts=FACTS,
        sealed=report().sealed,
        received_at=NOW,
        state=State.WAITING,
        state_at=NOW,
        attempts=0,
        number=None,
    )


def test_only_the_hash_of_the_token_is_kept(on_disk: Spool, path: Path) -> None:
    """Who reads the database cannot send again in a person's name."""
    token = hashlib.sha256(b"x").digest()[:16]
    new = NewReport(token, bytes(32), FACTS, {"iv": "x"}, bytes(32))
    on_disk.accept(new, NOW)
    kept = rows(f"sqlite:///{path}", "SELECT token_hash FROM reports")
    assert kept == [(codes.hashed_token(token),)]
    files = [file.read_bytes() for file in path.parent.iterdir()]
    assert any(codes.hashed_token(token) in content for content in files)
    assert not any(token in content for content in files)


def test_same_token_and_bytes_give_the_same_answer(spool: Spool) -> None:
    """A repeated sending is no second report, however often and late it comes."""
    assert spool.accept(report(), NOW) == ("6X3G-HZZQ", True)
    assert spool.accept(report(), NOW + 1) == ("6X3G-HZZQ", False)
    spool.move("6X3G-HZZQ", State.VERIFIED, NOW + 2, 7)
    assert spool.accept(report(), NOW + 99_999) == ("6X3G-HZZQ", False)
    assert sum(spool.counts().values()) == 1


def test_same_token_with_other_bytes_is_refused(spool: Spool) -> None:
    """The first sending stays as it was."""
    spool.accept(report(), NOW)
    with pytest.raises(TokenReused) as error:
        spool.accept(report(digest=b"e" * 32), NOW)
    assert str(error.value) == "The token was used before; take a new one."
    assert spool.accept(report(), NOW) == ("6X3G-HZZQ", False)


def test_case_of_a_token(spool: Spool) -> None:
    """A known token gives its case number, an unknown one nothing."""
    spool.accept(report(), NOW)
    assert spool.case_of(bytes(16)) == "6X3G-HZZQ"
    assert spool.case_of(b"x" * 16) is None


def test_taken_case_number_grows_by_two_letters(spool: Spool) -> None:
    """Two tokens whose hashes share their first 40 bits: the second gets 50 bits."""
    first, second = report(290_445), report(3_452_483)
    assert codes.case_number(first.token) == codes.case_number(second.token)
    assert spool.accept(first, NOW) == ("AKGG-JAK7", True)
    longer, fresh = spool.accept(second, NOW)
    assert fresh is True
    assert longer == codes.case_number(second.token, characters=10)
    assert longer.startswith("AKGG-JAK7-")
    assert len(longer) == 12
    assert spool.accept(second, NOW) == (longer, False)
    assert spool.case_of(first.token) == "AKGG-JAK7"


def test_many_senders_at_once_are_all_kept(spool: Spool) -> None:
    """Eight threads send forty reports, each of them twice: forty are kept, forty are repeats."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: spool.accept(report(n // 2), NOW), range(80)))
    assert sum(fresh for _, fresh in answers) == 40
    assert [case for case, _ in answers[::2]] == [case for case, _ in answers[1::2]]
    assert len({case for case, _ in answers}) == 40
    assert spool.counts()[State.WAITING] == 40


def test_two_processes_share_one_spool(database_url: str) -> None:
    """Receivers beside each other wait for one another, and give one answer to one token."""
    spools = [Spool(database_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: spools[n % 4].accept(report(n // 4), NOW), range(40)))
    for one in spools:
        one.close()
    assert sum(fresh for _, fresh in answers) == 10


# --- what is due ---


def test_oldest_is_due_first_but_begun_ones_before_it(spool: Spool) -> None:
    """A report that was begun is finished before a new one is begun."""
    cases = [spool.accept(report(n), NOW - n)[0] for n in range(3)]
    assert due_case(spool) == cases[0]
    spool.move(cases[2], State.IN_DOUBT, NOW)
    assert due_case(spool) == cases[2]
    spool.move(cases[1], State.STUBBED, NOW, 5)
    assert due_case(spool) == cases[1]
    spool.move(cases[1], State.VERIFIED, NOW)
    spool.move(cases[2], State.VERIFIED, NOW)
    assert due_case(spool) == cases[0]
    spool.move(cases[0], State.VERIFIED, NOW)
    assert due_case(spool) is None


def due_case(spool: Spool, now: int = NOW) -> str | None:
    """The case number of the report that is due."""
    found = spool.due(now)
    return found.case_number if found else None


def test_postponed_report_waits_and_blocks_nobody(spool: Spool) -> None:
    """It is due again at the second it was put off to, not before."""
    first, second = (spool.accept(report(n), NOW)[0] for n in range(2))
    spool.postpone(first, NOW + 60, 1)
    assert due_case(spool) == second
    spool.postpone(second, NOW + 90, 3)
    assert due_case(spool, NOW + 59) is None
    assert due_case(spool, NOW + 60) == first
    kept = spool.due(NOW + 60)
    assert kept is not None
    assert (kept.attempts, kept.state) == (1, State.WAITING)


@pytest.mark.parametrize(
    ("state", "attempts"),
    [
        (State.WAITING, 4),
        (State.IN_DOUBT, 4),
        (State.STUBBED, 0),
        (State.FILLED, 4),
    ],
)
def test_moving_makes_due_and_keeps_the_number(spool: Spool, state: State, attempts: int) -> None:
    """A reached state is due at once; the issue's number stays; a new issue begins anew."""
    case, _ = spool.accept(report(), NOW)
    spool.move(case, State.IN_DOUBT, NOW, 7)
    spool.postpone(case, NOW + 900, 4)
    spool.move(case, state, NOW + 1)
    kept = spool.due(NOW + 1)
    assert kept is not None
    assert (kept.state, kept.state_at, kept.number) == (state, NOW + 1, 7)
    assert (kept.attempts, kept.received_at) == (attempts, NOW)


def test_ciphertext_stays_after_delivery(spool: Spool, database_url: str) -> None:
    """A verified report is due no more, but is kept until its case is closed."""
    case, _ = spool.accept(report(), NOW)
    spool.move(case, State.VERIFIED, NOW, 7)
    assert due_case(spool, NOW + 10**6) is None
    assert rows(database_url, "SELECT number, sealed FROM reports")[0][1].count(CANARY) == 1


def test_counts_name_every_state(spool: Spool) -> None:
    """States without a report count zero."""
    for number in range(3):
        spool.accept(report(number), NOW)
    spool.move("6X3G-HZZQ", State.FILLED, NOW, 1)
    assert spool.counts() == {
        State.WAITING: 2, State.IN_DOUBT: 0, State.STUBBED: 0, State.FILLED: 1, State.VERIFIED: 0,
    }  # fmt: skip


# --- turns ---


def test_one_worker_holds_the_turn(spool: Spool) -> None:
    """Another gets it only when it has run out; the holder may take it anew at any time."""
    assert spool.take_turn("a", NOW, 120) is True
    assert spool.take_turn("b", NOW, 120) is False
    assert spool.take_turn("a", NOW + 60, 120) is True
    assert spool.take_turn("b", NOW + 179, 120) is False
    assert spool.take_turn("b", NOW + 180, 120) is True
    assert spool.take_turn("a", NOW + 180, 120) is False


def test_given_back_turn_is_free_at_once(spool: Spool) -> None:
    """Only its holder can give it back, and giving back what nobody holds does no harm."""
    spool.end_turn("a")
    assert spool.take_turn("a", NOW, 120) is True
    spool.end_turn("b")
    assert spool.take_turn("b", NOW, 120) is False
    spool.end_turn("a")
    assert spool.take_turn("b", NOW, 120) is True


def test_of_many_who_want_the_turn_one_gets_it(database_url: str) -> None:
    """Workers in other processes are kept out by the database, not by luck."""
    spools = [Spool(database_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda n: spools[n].take_turn(f"w{n}", NOW, 120), range(4)))
    for one in spools:
        one.close()
    assert sorted(taken) == [False, False, False, True]


# --- the database ---


def test_sqlite_is_set_to_lose_nothing(on_disk: Spool) -> None:
    """WAL, a sync at every commit, and deleted pages overwritten, on the connection in use."""
    with on_disk._engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "busy_timeout": 30_000,
    }  # fmt: skip


def test_there_is_one_connection(on_disk: Spool) -> None:
    """Writers queue in front of one connection instead of colliding inside SQLite."""
    pool: Any = on_disk._engine.pool
    assert (pool.size(), pool._max_overflow) == (1, 0)


def test_every_transaction_takes_the_write_lock_at_its_start(on_disk: Spool, path: Path) -> None:
    """BEGIN IMMEDIATE: nothing that was read can change before it is written."""
    other = sqlite3.connect(path, timeout=0)
    with on_disk.transaction(), pytest.raises(sqlite3.OperationalError, match="database is locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_reopened_spool_goes_on(database_url: str) -> None:
    """Reports, states and turns are there after a restart."""
    first = Spool(database_url)
    case, _ = first.accept(report(), NOW)
    first.move(case, State.STUBBED, NOW, 7)
    first.take_turn("a", NOW, 120)
    first.close()
    again = Spool(database_url)
    kept = again.due(NOW)
    assert kept is not None
    assert (kept.case_number, kept.state, kept.number) == (case, State.STUBBED, 7)
    assert again.take_turn("b", NOW, 120) is False
    again.close()


def test_database_of_another_version_is_left_alone(database_url: str) -> None:
    """A newer schema is not touched; the message says what to do."""
    Spool(database_url).close()
    newer = SCHEMA_VERSION + 1
    rows(database_url, f"UPDATE meta SET value = '{newer}' WHERE name = 'schema'")
    with pytest.raises(SpoolUnavailable) as error:
        Spool(database_url)
    assert str(error.value) == (
        f"The database has schema {newer}, this program needs {SCHEMA_VERSION}: "
        "run the version of the program that wrote it."
    )


DAMAGED = (
    "The database of INTAKE_DATABASE is damaged: stop the receiver, move the database away and "
    "run intake restore with the newest backup."
)


def no_answer(kind: str) -> str:
    """What is said when the database does not work."""
    return (
        f"The database of INTAKE_DATABASE does not answer ({kind}): "
        "check that it runs, that its disk has room and that the program may write there."
    )


def no_database(kind: str) -> str:
    """What is said when the setting leads to no database at all."""
    return (
        f"INTAKE_DATABASE leads to no database ({kind}): "
        "write sqlite:///var/spool.db or postgresql+psycopg://USER@HOST/NAME."
    )


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (lambda tmp: f"sqlite:///{tmp}", no_answer("OperationalError")),
        (lambda tmp: f"sqlite:///{tmp / 'lain.txt'}", DAMAGED),
        (lambda tmp: f"sqlite:///{tmp / 'lain.txt' / 'spool.db'}", no_database("FileExistsError")),
        (lambda _: "var/spool.db", no_database("ArgumentError")),
        (lambda _: f"basis://aman:{CANARY}@lain/x", no_database("ValueError")),
        (lambda _: f"postgresql://aman:{CANARY}@lain:{CANARY}/x", no_database("ValueError")),
    ],
)
def test_place_that_is_no_database_is_told(
    tmp_path: Path, url: Callable[[Path], str], message: str
) -> None:
    """A folder, another file, a path under a file, no URL: a sentence, and never the password."""
    (tmp_path / "lain.txt").write_text("bukan basis data\n" * 100, encoding="utf-8")
    with pytest.raises(SpoolUnavailable) as error:
        Spool(url(tmp_path))
    assert str(error.value) == message
    assert CANARY not in "".join(traceback.format_exception(error.value))


def test_refused_row_is_not_shown(spool: Spool) -> None:
    """Neither message nor traceback of a failed write holds what was to be written."""
    new = NewReport(bytes(16), bytes(32), FACTS, {"iv": CANARY}, None)  # type: ignore[arg-type]
    with pytest.raises(SpoolUnavailable) as error:
        spool.accept(new, NOW)
    assert str(error.value) == no_answer("IntegrityError")
    assert CANARY not in "".join(traceback.format_exception(error.value))
    assert error.value.__cause__ is None
    assert due_case(spool) is None


def test_failed_write_leaves_the_spool_usable(spool: Spool, database_url: str) -> None:
    """Once the cause is mended the same report is accepted."""
    rows(database_url, "ALTER TABLE reports RENAME TO hidden")
    with pytest.raises(SpoolUnavailable) as error:
        spool.accept(report(), NOW)
    kind = "OperationalError" if database_url.startswith("sqlite") else "ProgrammingError"
    assert str(error.value) == no_answer(kind)
    rows(database_url, "ALTER TABLE hidden RENAME TO reports")
    assert spool.accept(report(), NOW) == ("6X3G-HZZQ", True)


def test_reports_show_their_facts_only(spool: Spool) -> None:
    """`repr` of a new and of a kept report holds no token, digest, verifier or sealed text."""
    spool.accept(report(), NOW)
    assert repr(report()) == f"NewReport(facts={FACTS!r})"
    shown = repr(spool.due(NOW))
    assert CANARY not in shown
    assert "sealed" not in shown

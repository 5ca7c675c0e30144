"""Several machines share one PostgreSQL: nothing lost, nothing doubled, one worker at a time."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from psycopg import connect
from sqlalchemy.engine import make_url

from databases import Postgres, rows
from intake import database
from intake.form import Answers
from intake.settings import ROOT
from intake.spool import NewReport, Spool, SpoolUnavailable
from workplace import (
    LOST_CONTACT,
    Workplace,
    child_environment,
    fetch,
    run_intake,
    sealed_report,
    serving,
    set_up,
)

NOW = 1_795_000_000
CANARY = "kenari-7f3a"
NO_ANSWER = (
    "The database of INTAKE_DATABASE does not answer (OperationalError): "
    "check that it runs, that its disk has room and that the program may write there."
)


def report(token: int) -> NewReport:
    """A report that is ready to be kept."""
    return NewReport(token.to_bytes(16, "big"), bytes(32), LOST_CONTACT, {"iv": CANARY}, bytes(32))


@pytest.fixture
def spool(postgres_url: str) -> Iterator[Spool]:
    """A new spool."""
    with closing(Spool(postgres_url)) as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path, postgres_url: str) -> Workplace:
    """An organization at work, whose database other machines use too."""
    return set_up(tmp_path).with_database(postgres_url)


# --- what a commit means ---


def test_commit_is_on_disk_whatever_the_url_says(postgres_url: str) -> None:
    """`synchronous_commit` is on and nothing waits for ever, also behind a careless URL."""
    careless = postgres_url + "%20-csynchronous_commit%3Doff%20-clock_timeout%3D0"
    with closing(Spool(careless)) as spool, spool.transaction() as connection:
        found = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in (
                "synchronous_commit",
                "lock_timeout",
                "statement_timeout",
                "idle_in_transaction_session_timeout",
                "transaction_isolation",
            )
        }
    assert found == {
        "synchronous_commit": "on",
        "lock_timeout": "30s",
        "statement_timeout": "2min",
        "idle_in_transaction_session_timeout": "30s",
        "transaction_isolation": "read committed",
    }


def test_server_that_forgets_is_refused(postgres: Postgres, postgres_url: str) -> None:
    """Without full pages in its log a server may lose what it committed."""
    set_full_pages(postgres, "off")
    try:
        with pytest.raises(SpoolUnavailable) as error:
            Spool(postgres_url)
    finally:
        set_full_pages(postgres, "on")
    assert str(error.value) == (
        "The server of INTAKE_DATABASE runs with full_page_writes = off and would lose reports "
        "at a power cut: set it to on."
    )
    Spool(postgres_url).close()


def set_full_pages(server: Postgres, value: str) -> None:
    """Change the setting, and wait until new sessions have it."""
    server.execute(f"ALTER SYSTEM SET full_page_writes = {value}")
    server.execute("SELECT pg_reload_conf()")
    while server.execute("SHOW full_page_writes") != [(value,)]:
        time.sleep(0.01)


def test_transaction_is_alone_from_its_first_statement(spool: Spool, postgres_url: str) -> None:
    """Nothing that was read can change before it is written: a second one gets no lock."""
    held = f"SELECT pg_try_advisory_xact_lock({database._LOCK})"
    with spool.transaction():
        assert rows(postgres_url, held) == [(False,)]
    assert rows(postgres_url, held) == [(True,)]


def test_who_waits_too_long_is_told(
    spool: Spool, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that does not come to an end is no reason to wait for ever."""
    impatient = database._SESSION.replace("lock_timeout = '30s'", "lock_timeout = '10ms'")
    monkeypatch.setattr(database, "_SESSION", impatient)
    other = Spool(postgres_url)
    with spool.transaction(), pytest.raises(SpoolUnavailable) as error:
        other.accept(report(1), NOW)
    assert str(error.value) == NO_ANSWER
    other.close()


def test_writer_that_falls_silent_is_cut_off(
    spool: Spool, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that froze in a transaction does not keep the others from writing."""
    other = Spool(postgres_url)
    with monkeypatch.context() as patch:
        short = database._SESSION.replace("session_timeout = '30s'", "session_timeout = '10ms'")
        patch.setattr(database, "_SESSION", short)
        frozen = spool._engine.connect()
        frozen.begin()
    assert other.accept(report(1), NOW)[1] is True
    frozen.invalidate()
    frozen.close()
    other.close()


def test_many_receivers_give_one_answer_to_one_token(postgres_url: str) -> None:
    """Four connect at once to an empty database and take the same twenty reports."""
    with ThreadPoolExecutor(4) as pool:
        spools = list(pool.map(lambda _: Spool(postgres_url), range(4)))
        answers = list(pool.map(lambda n: spools[n % 4].accept(report(n // 4), NOW), range(80)))
    for spool in spools:
        spool.close()
    assert sum(fresh for _, fresh in answers) == 20
    assert [len({case for case, _ in answers[n : n + 4]}) for n in range(0, 80, 4)] == [1] * 20


# --- a server that goes and comes back ---


def test_cut_connections_are_replaced(spool: Spool, postgres: Postgres) -> None:
    """After the server was started anew the next report is taken at once."""
    spool.accept(report(1), NOW)
    postgres.cut_off()
    assert spool.accept(report(2), NOW)[1] is True
    assert spool.accept(report(1), NOW)[1] is False


def test_connection_cut_in_the_middle_takes_nothing(
    spool: Spool, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not committed was not acknowledged, and the message tells no row."""
    accept = spool._accept

    def cut_off(*arguments: Any) -> tuple[str, bool]:
        kept = accept(*arguments)
        postgres.cut_off()
        return kept

    monkeypatch.setattr(spool, "_accept", cut_off)
    with pytest.raises(SpoolUnavailable) as error:
        spool.accept(report(1), NOW)
    assert str(error.value) == NO_ANSWER
    assert CANARY not in "".join(traceback.format_exception(error.value))
    assert sum(spool.counts().values()) == 0


def test_server_that_is_down_is_one_sentence(postgres: Postgres) -> None:
    """Neither address nor password of the URL is told."""
    url = f"postgresql+psycopg://aman:{CANARY}@/spool?host={postgres.folder}/nowhere"
    with pytest.raises(SpoolUnavailable) as error:
        Spool(url)
    assert str(error.value) == NO_ANSWER
    shown = "".join(traceback.format_exception(error.value))
    assert CANARY not in shown
    assert "nowhere" not in shown


# --- turns ---


def test_turn_goes_by_the_clock_of_the_server(spool: Spool) -> None:
    """A worker whose own clock is a year ahead takes no turn that another holds."""
    assert spool.take_turn("a", NOW, 120) is True
    assert spool.take_turn("b", NOW + 31_536_000, 120) is False
    spool.end_turn("a")
    assert spool.take_turn("b", 0, 120) is True


WORKER = """
import dataclasses, time
from intake import commands, delivery
from intake.commands import deliver
from intake.tracker.folder import FolderTracker
delivery.TURN_SECONDS, deliver.WATCH_SECONDS = 8, 1
courier = deliver.courier
deliver.courier = lambda those: dataclasses.replace(courier(those), settle_seconds=1)
def hang(*_):
    print("hanging", flush=True)
    time.sleep(600)
if {hanging}:
    FolderTracker.create = hang
commands.main(["deliver", "--watch"])
"""


@contextmanager
def worker(place: Workplace, *, hanging: bool) -> Iterator[subprocess.Popen[str]]:
    """`intake deliver --watch` with short turns; a hanging one never comes back from filing."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER.format(hanging=hanging)],
        cwd=ROOT,
        env=child_environment(place),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_another_worker_takes_over_from_a_killed_one(place: Workplace, postgres_url: str) -> None:
    """Three workers: while one holds the turn no other delivers; killed, its turn runs out."""
    spool = Spool(postgres_url)
    sealed = sealed_report(ANSWERS)[0]["sealed"]
    cases = [spool.accept(replace(report(n), sealed=sealed), NOW)[0] for n in range(3)]
    with worker(place, hanging=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "hanging\n"
        with worker(place, hanging=False), worker(place, hanging=False):
            assert spool.take_turn("another", NOW, 8) is False
            assert spool.counts()["in doubt"] == 1  # type: ignore[index]
            first.send_signal(signal.SIGKILL)
            wait_until_filed(spool, 3)
    spool.close()
    assert sorted(path.stem for path in place.tracker.glob("[!.]*.md")) == sorted(cases)


def wait_until_filed(spool: Spool, count: int) -> None:
    """Wait until so many reports are verified."""
    deadline = time.monotonic() + 120
    while spool.counts()["verified"] < count:  # type: ignore[index]
        assert time.monotonic() < deadline, spool.counts()
        time.sleep(0.2)


# --- receivers ---


def test_receivers_share_database_and_secret(place: Workplace) -> None:
    """Whichever of two a balancer picks, it gives the same case number and knows the PIN."""
    sent, _ = sealed_report(ANSWERS)
    with serving(place) as first, serving(place) as second:
        answers = [
            ask(server.address, "submissions", sent) for server in (first, second, first, second)
        ]
        verifier = {"version": 1, "return_verifier": sent["return_verifier"]}
        found = [ask(server.address, "status", verifier) for server in (first, second)]
    assert [status for status, _ in answers] == [201, 200, 200, 200]
    assert len({text for _, text in answers}) == 1
    assert [status for status, _ in found] == [200, 200]
    assert {json.loads(text)["case_number"] for _, text in found} == {
        json.loads(answers[0][1])["case_number"]
    }


ANSWERS: Answers = {
    "who": "me", "safe": "yes", "problem": ["question"], "stage": "not-yet-left",
    "country": "MY", "regency": "33.02", "contact": "i-come-back",
}  # fmt: skip


def ask(address: str, door: str, content: object) -> tuple[int, str]:
    """Post JSON to a receiver: status and answer."""
    body = json.dumps(content).encode()
    status, text, _ = fetch(f"{address}intake/{door}", body, {"Content-Type": "application/json"})
    return status, text


def test_receiver_makes_no_secret_of_its_own(place: Workplace) -> None:
    """A second one would know none of the PINs that the first gave out."""
    (place.folder / "secret").unlink()
    started = run_intake(place, "serve")
    assert started.returncode == 1
    assert started.stderr.startswith("intake: INTAKE_SECRET_FILE: ")
    assert not (place.folder / "secret").exists()


def test_password_of_the_database_is_in_no_output(place: Workplace) -> None:
    """Neither doctor nor a command that fails tells it."""
    parsed = make_url(place.settings.database).set(password=CANARY)
    with_password = place.with_settings(
        INTAKE_DATABASE=parsed.render_as_string(hide_password=False)
    )
    missing = with_password.environment["INTAKE_DATABASE"].replace("/postgres?", "/missing?")
    broken = with_password.with_settings(INTAKE_DATABASE=missing)
    for there, command in ((with_password, "doctor"), (broken, "doctor"), (broken, "deliver")):
        ran = run_intake(there, command)
        assert "database" in (ran.stdout + ran.stderr).casefold()
        assert CANARY not in ran.stdout + ran.stderr


def test_two_workers_at_once_migrate_once(postgres_url: str) -> None:
    """Whoever starts second waits for the first and finds the new schema."""
    with connect(user="intake", dbname="postgres", **make_url(postgres_url).query) as first:  # type: ignore[arg-type]
        first.execute(f"SELECT pg_advisory_xact_lock({database._LOCK})")
        with ThreadPoolExecutor(2) as pool:
            opening = [pool.submit(Spool, postgres_url) for _ in range(2)]
            first.rollback()
            for spool in opening:
                spool.result().close()
    assert rows(postgres_url, "SELECT count(*) FROM meta WHERE name = 'schema'") == [(1,)]

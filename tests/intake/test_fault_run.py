"""A thousand reports through every kind of fault at random, with programs killed all the while.

Two receivers (`intake serve`), two workers and a GitHub that fails run as processes of their own;
senders post until they are answered, as browsers do. When all is filed, each acknowledged report is
one issue that holds what was sent, and each recipient opens it with two libraries. It prints its
seed; with that in `FAULT_RUN_SEED` the same faults, deeds and kills come again in the same order,
as far as the machine runs the processes alike.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from jwcrypto import jwe as jwcrypto_jwe
from jwcrypto import jwk as jwcrypto_jwk

from built_site import ROOT
from failing_github import DEEDS, EDITS, KINDS
from intake import codes, issue
from intake.sealing import find_sealed, open_sealed
from intake.spool import Spool, State
from intake.tracker import marker_line
from running_worker import SITE
from workplace import (
    Holder,
    Workplace,
    child_environment,
    coordinator,
    fetch,
    free_port,
    recovery,
    sealed_report,
    set_up,
    the_form,
)

REPORTS = 1_000
SENDERS = 4
RECEIVERS, WORKERS = 3, 6  # how many of each are killed
IMPATIENT = 0.05  # of the senders give up when they are not answered at once
LONGEST_SECONDS = 900  # the run is lost, not slow
ANSWERS: dict[str, str | list[str]] = {
    "who": "me",
    "safe": "yes",
    "problem": ["question"],
    "stage": "not-yet-left",
    "country": "MY",
    "regency": "33.02",
    "contact": "i-come-back",
}


@dataclass
class Program:
    """A process that is killed and started again; `log` keeps what all its lives have said."""

    arguments: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[str] | None = None
    had_said: int = 0

    def start(self, **streams: int) -> None:
        """Start it, or start it again."""
        with self.log.open("a") as said:
            self.had_said = said.tell()
            self.process = subprocess.Popen(
                [sys.executable, *self.arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=streams.get("stdout", subprocess.DEVNULL),
                stderr=said,
                text=True,
            )

    def is_up(self) -> bool:
        """Whether it has started: the first that each of them says is that it is ready."""
        assert self.process is not None
        assert self.process.poll() is None, f"It ended by itself: {self.log.read_text()[-2_000:]}"
        return self.log.stat().st_size > self.had_said

    def kill(self) -> None:
        """End it as a power cut would: nothing of it runs any further."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()


@dataclass
class Sent:
    """One report: what was posted, what it says, and whether somebody was told that it is kept."""

    posted: dict[str, Any] = field(repr=False)
    plaintext: bytes = field(repr=False)
    acknowledged: bool = False

    @property
    def case_number(self) -> str:
        """As its token makes it."""
        return codes.case_number(codes.decode(self.posted["token"], codes.TOKEN_BYTES))


@dataclass
class Run:
    """Everything of one run, with its own chance."""

    seed: str
    spool: Spool
    chance: random.Random
    ports: list[int]
    github: Program
    address: str
    receivers: list[Program]
    workers: list[Program]
    sent: list[Sent] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    requests: int = 0

    def send(self, report: Sent) -> None:
        """Post until it is kept, the same bytes to any receiver, unless the sender gives up."""
        patient = self.chance.random() >= IMPATIENT
        body = json.dumps(report.posted).encode()
        deadline = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < deadline:
            self.requests += 1
            # Each from a neighbourhood of its own, or most would be held back as suspect.
            network = f"10.{self.requests // 250 % 250}.{self.requests % 250}.1"
            headers = {"Content-Type": "application/json", "X-Forwarded-For": network}
            address = f"http://127.0.0.1:{self.chance.choice(self.ports)}/intake/submissions"
            try:
                status, text, _ = fetch(address, body, headers)
            except (OSError, HTTPException):  # refused, reset, or cut off in its answer
                status, text = 0, ""
                time.sleep(0.3)
            if status in (200, 201):
                assert json.loads(text)["case_number"] == report.case_number
                report.acknowledged = True
            if report.acknowledged or not patient:
                return
        raise AssertionError("A report was not taken in all the time.")

    def kill_some(self, sending: threading.Event) -> None:
        """Kill one program after another, each when so much is done; until every report is filed.

        Not by the clock, or a slow machine would do nothing but start them again.
        """
        deadline = time.monotonic() + LONGEST_SECONDS
        moments = sorted(self.chance.randrange(2 * REPORTS) for _ in range(RECEIVERS + WORKERS))
        chosen = ["receiver"] * RECEIVERS + ["worker"] * WORKERS
        while moments or not (sending.is_set() and self.is_filed()):
            assert time.monotonic() < deadline, self.state()
            time.sleep(self.chance.uniform(0.1, 0.4))
            if moments and (self.done() >= moments[0] or (sending.is_set() and self.is_filed())):
                moments.pop(0)
                self.kill_one(chosen.pop(self.chance.randrange(len(chosen))))

    def kill_one(self, name: str) -> None:
        """Kill one of them in the middle of its work, and start it again."""
        program = self.chance.choice(self.receivers if name == "receiver" else self.workers)
        while not program.is_up():
            time.sleep(0.05)
        program.kill()
        self.killed[name] += 1
        program.start()

    def done(self) -> int:
        """How much there is on disk: each report counts once it is kept, and once it is filed."""
        counts = self.spool.counts()
        return sum(counts.values()) + counts[State.VERIFIED]

    def is_filed(self) -> bool:
        """Whether the spool has nothing left to do."""
        counts = self.spool.counts()
        return sum(counts.values()) == counts[State.VERIFIED]

    def state(self) -> str:
        """What a failure has to tell, besides the logs."""
        return f"seed {self.seed}, killed {dict(self.killed)}, spool {self.spool.counts()}"


def test_a_thousand_reports_survive_everything(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 lost, 0 twice, every one opened by every recipient with two libraries."""
    seed = os.environ.get("FAULT_RUN_SEED") or str(random.SystemRandom().randrange(10**9))
    with running(tmp_path, database_url, seed) as run:
        carry_out(run)
        _, text, _ = fetch(f"{run.address}/run")
    told = json.loads(text)
    with capsys.disabled():
        print(f"\nfault run: seed {seed}, killed {dict(run.killed)}, {told['requests']} requests")
    try:
        check(run, told)
    except AssertionError as error:
        raise AssertionError(f"{run.state()}, {told['happened']}") from error


def carry_out(run: Run) -> None:
    """Send everything while programs are killed."""
    for number in range(REPORTS):
        story = {**ANSWERS, "story": f"Cerita rekaan nomor {number}."}
        run.sent.append(Sent(*sealed_report(story)))
    sending = threading.Event()
    with ThreadPoolExecutor(SENDERS + 1) as pool:
        killer = pool.submit(run.kill_some, sending)
        try:
            list(pool.map(run.send, run.sent))
        finally:
            sending.set()
        killer.result()


def check(run: Run, told: dict[str, Any]) -> None:
    """All figures of the run."""
    acknowledged = {sent.case_number for sent in run.sent if sent.acknowledged}
    known = {sent.case_number: sent for sent in run.sent}
    filed = Counter(found["title"].rpartition(" · ")[2] for found in told["issues"])
    assert len(acknowledged) >= REPORTS * (1 - 2 * IMPATIENT)
    assert acknowledged - set(filed) == set(), "lost"
    assert {case: often for case, often in filed.items() if often != 1} == {}, "twice"
    assert set(filed) - set(known) == set(), "nobody sent that"
    assert run.spool.counts()[State.VERIFIED] == len(filed)
    for found in told["issues"]:
        check_issue(found, known[found["title"].rpartition(" · ")[2]])
    assert {*KINDS, *DEEDS, *EDITS} - set(told["happened"]) == set()
    assert run.killed == {"receiver": RECEIVERS, "worker": WORKERS}
    assert told["undescribed"] == []
    # A watcher may be sent an issue twice over, never its content.
    assert all(len(email.splitlines()) == 3 for email in told["emails"])


def check_issue(found: dict[str, Any], sent: Sent) -> None:
    """One issue holds what was sent, whole and labelled, and both recipients open it."""
    facts, sealed = sent.posted["facts"], sent.posted["sealed"]
    expected = issue.body(the_form(), facts, sealed, sent.case_number, SITE)
    assert found["body"] == expected
    assert found["body"].startswith(marker_line(sent.case_number))
    assert set(found["labels"]) == set(issue.labels(the_form(), facts))
    for holder in (coordinator(), recovery()):
        content = find_sealed(found["body"])
        assert open_sealed(content, holder.key).strip() == sent.plaintext
        assert opened_by_jwcrypto(content, holder).strip() == sent.plaintext


def opened_by_jwcrypto(sealed: dict[str, Any], holder: Holder) -> bytes:
    """The same with another implementation."""
    message = jwcrypto_jwe.JWE(algs=["ECDH-ES+A256KW", "A256GCM"])
    message.deserialize(
        json.dumps(sealed), jwcrypto_jwk.JWK(**holder.key._key.as_dict(private=True))
    )
    return bytes(message.payload)


@contextmanager
def running(folder: Path, database: str, seed: str) -> Iterator[Run]:
    """All programs of a run; killed at its end."""
    place = set_up(folder)
    place.settings.load_secret()  # which is made beside SQLite only
    place = place.with_settings(INTAKE_DATABASE=database, INTAKE_PROXIES="1")
    origin, ports = str(time.monotonic()), [free_port(), free_port()]
    with ExitStack() as stack:
        spool = Spool(database)  # first of all: two that start at once would both make the tables
        stack.callback(spool.close)

        def program(name: str, *arguments: str) -> Program:
            made = Program(list(arguments), environment(place), folder / f"{name}.log")
            stack.callback(made.kill)
            return made

        github = program("github", "tests/failing_github.py", seed, origin)
        github.start(stdout=subprocess.PIPE)
        assert github.process is not None
        assert github.process.stdout is not None
        address = github.process.stdout.readline().strip()
        serve = ("-m", "intake.commands", "serve", "--port")
        receivers = [program(f"receiver-{port}", *serve, str(port)) for port in ports]
        workers = [
            program(f"worker-{n}", "tests/running_worker.py", seed, origin, address) for n in (1, 2)
        ]
        for each in (*receivers, *workers):
            each.start()
        yield Run(seed, spool, random.Random(seed), ports, github, address, receivers, workers)


def environment(place: Workplace) -> dict[str, str]:
    """The environment of each program; the helpers of the tests can be imported."""
    paths = f"{ROOT / 'tests'}{os.pathsep}{ROOT / 'scripts'}"
    return child_environment(place) | {"PYTHONPATH": paths}

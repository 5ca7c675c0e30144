"""Print what the receiver takes in a second beside what the same disk commits, and a burst's fate.

`make bench` runs it. The receiver is `intake serve` in a process of its own, on the disk under
`var/`, once as it is and once with 5 ms more for each fsync. Nothing is judged by its time, but a
report that is lost ends it with exit status 1. A number as argument makes the burst smaller.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import slow_disk
from built_site import ROOT
from intake import codes
from intake.spool import Spool, State
from printed_table import show
from workplace import Workplace, child_environment, fetch, free_port, sealed_report, set_up

SENDERS = 32
REPORTS = 1_000
COMMITS = 300
BURST = 10_000
ANSWERS: dict[str, str | list[str]] = {
    "who": "child",
    "safe": "unknown",
    "problem": ["lost-contact", "unpaid-wages"],
    "signs": ["unknown"],
    "stage": "abroad",
    "country": "MY",
    "regency": "33.02",
    "contact": "may-contact",
    "reach": "Cerita rekaan untuk mengukur.",
    "story": "Cerita rekaan untuk mengukur. " * 40,
}
_networks = itertools.count()


def main() -> None:
    """Measure everything and print one table after another."""
    burst = int(sys.argv[1]) if sys.argv[1:] else BURST
    (ROOT / "var").mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as scratch:
        folder = Path(scratch)
        how = f"{REPORTS:,} reports from {SENDERS} senders"
        show(f"Receiver, this disk: {how}", throughput(folder / "plain", {}))
        slow = slow_disk.environment(folder)
        if slow is None:
            print("\nReceiver, 5 ms for each fsync: not measured, since there is no C compiler")
        else:
            title = f"Receiver, {slow_disk.MILLISECONDS} ms more for each fsync: {how}"
            show(title, throughput(folder / "slow", slow))
        show(f"A burst of {burst:,} reports", drained(folder / "burst", burst))


def throughput(folder: Path, disk: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Reports kept a second, beside bare commits of as many bytes before and after."""
    folder.mkdir()
    place = set_up(folder).with_settings(INTAKE_PROXIES="1")
    bodies = reports(REPORTS)
    with receiver(place, disk) as (port, process):
        alone = [commits(folder, len(bodies[0]), disk)]
        worked = processor_seconds(process.pid)
        lasted, waits = send_all(port, bodies)
        worked = processor_seconds(process.pid) - worked
        alone.append(commits(folder, len(bodies[0]), disk))
    require(place, REPORTS)
    rate, disk_rate = REPORTS / lasted, statistics.mean(alone)
    yield "bytes of one request", f"{len(bodies[0]):,}"
    yield "commits a second, this disk alone", f"{alone[0]:.0f} before, {alone[1]:.0f} after"
    yield "reports kept a second", f"{rate:.0f}"
    yield "of the disk's own rate (goal 0.9)", f"{rate / disk_rate:.2f}"
    yield "processor for each report", f"{worked / REPORTS * 1000:.1f} ms"
    yield "wait, median", f"{statistics.median(waits) * 1000:.0f} ms"
    yield "wait, 99 of 100 (goal 500 ms)", f"{waits[int(len(waits) * 0.99)] * 1000:.0f} ms"


def drained(folder: Path, burst: int) -> Iterator[tuple[str, str]]:
    """Whether a burst is kept, and filed into the folder tracker, and what memory that takes."""
    folder.mkdir()
    place = set_up(folder).with_settings(INTAKE_PROXIES="1")
    with receiver(place, {}) as (port, process):
        before = memory(process.pid, "VmRSS")
        lasted, _ = send_all(port, reports(burst))
        yield "kept", f"{burst:,} in {lasted:.0f} s"
        yield (
            "receiver's memory before, after, at most",
            (f"{before:,}, {memory(process.pid, 'VmRSS'):,}, {memory(process.pid, 'VmHWM'):,} KiB"),
        )
    require(place, burst)
    begun = time.perf_counter()
    worker = subprocess.Popen(
        [sys.executable, "-m", "intake.commands", "deliver"],
        cwd=ROOT,
        env=child_environment(place),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(worker.pid, 0)
    if status:
        sys.exit(f"intake deliver ended with {status}.")
    issues = len(list(place.tracker.glob("*.md")))
    if issues != burst:
        sys.exit(f"{issues} of {burst} reports were filed.")
    yield "filed", f"{issues:,} in {time.perf_counter() - begun:.0f} s"
    yield "worker's memory at most", f"{used.ru_maxrss:,} KiB"


def reports(count: int) -> list[bytes]:
    """So many requests; sealed once, since sealing anew would be the sender's work."""
    sealed, _ = sealed_report(ANSWERS)
    return [json.dumps(sealed | {"token": codes.new_token()}).encode() for _ in range(count)]


def send_all(port: int, bodies: list[bytes]) -> tuple[float, list[float]]:
    """Send everything; returns how long that took, and each wait, the shortest first."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as senders:
        waits = sorted(senders.map(send, [port] * len(bodies), bodies))
    return time.perf_counter() - begun, waits


def send(port: int, body: bytes) -> float:
    """One report over a connection of its own; returns how long the answer took."""
    number = next(_networks)
    network = f"10.{number // 250 % 250}.{number % 250}.1"  # else most would be suspect
    headers = {"Content-Type": "application/json", "X-Forwarded-For": network}
    begun = time.perf_counter()
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("POST", "/intake/submissions", body, headers)
        answer = connection.getresponse()
        answer.read()
    if answer.status != 201:
        sys.exit(f"The receiver answered {answer.status} instead of 201.")
    return time.perf_counter() - begun


@contextmanager
def receiver(
    place: Workplace, disk: dict[str, str]
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """`intake serve` on a free port, once it answers."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "intake.commands", "serve", "--port", str(port)],
        cwd=ROOT,
        env=child_environment(place) | disk,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not answers(port):
            if process.poll() is not None:
                sys.exit("intake serve ended by itself.")
            time.sleep(0.1)
        yield port, process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def answers(port: int) -> bool:
    """Whether the receiver is up."""
    try:
        return fetch(f"http://127.0.0.1:{port}/intake/health")[0] == 200
    except urllib.error.URLError:
        return False


def commits(folder: Path, size: int, disk: dict[str, str]) -> float:
    """Bare inserts of as many bytes a second, as durable as the spool's, in a process alone."""
    command = [sys.executable, __file__, "--commits", str(folder / "alone.db"), str(size)]
    done = subprocess.run(
        command, env=os.environ | disk, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def commit(file: str, size: int) -> None:
    """Print how many commits this disk makes in a second."""
    with closing(sqlite3.connect(file, isolation_level=None)) as disk:
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL"):
            disk.execute(statement)
        disk.execute("CREATE TABLE IF NOT EXISTS kept (content BLOB)")
        begun = time.perf_counter()
        for _ in range(COMMITS):
            disk.execute("INSERT INTO kept VALUES (?)", (bytes(size),))
        print(COMMITS / (time.perf_counter() - begun))


def processor_seconds(process: int) -> float:
    """How long a process has computed so far."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(process: int, name: str) -> int:
    """KiB that a process holds, or held at most."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def require(place: Workplace, count: int) -> None:
    """End with a failure unless so many reports are in the spool."""
    spool = Spool(place.settings.database)
    waiting = spool.counts()[State.WAITING]
    spool.close()
    if waiting != count:
        sys.exit(f"{waiting} of {count} reports are in the spool.")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--commits"]:
        commit(sys.argv[2], int(sys.argv[3]))
    else:
        main()

"""Print how heavy the pages are and how fast sealing, unlocking and the receiver are here.

`make bench` runs it. Nothing is judged by its time, since that is the machine's; a site that is
not built or a report that is not kept ends it with exit status 1. Scratch files lie under
`var/`, on the disk that a receiver would use, and are removed.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import platform
import resource
import socket
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from waitress.server import create_server

import flood
from built_site import ROOT, run_build
from intake import codes, sealing
from intake.commands import serve
from intake.spool import Spool, State
from intake.web import create_app
from workplace import Workplace, coordinator, recovery, sealed_report, set_up

REPORTS = 200
SENDERS = 8
ROUNDS = 10
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


def main() -> None:
    """Measure everything and print one table after another."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    (ROOT / "var").mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as scratch:
        folder = Path(scratch)
        show("This machine", machine())
        show("Site", site(folder / "site"))
        show("Pages: bytes as they are, bytes after gzip -9", pages(folder / "site"))
        show(f"One at a time: median of {ROUNDS}", crypto())
        show(f"Receiver: {REPORTS} reports from {SENDERS} senders", receiver(folder))
        show(f"Flood: {flood.JUNK:,} junk sendings, {flood.PEOPLE} people", flooded(folder))


def show(title: str, rows: Iterable[tuple[str, str]]) -> None:
    """Print one table, names to the left and values to the right."""
    kept = list(rows)
    names, values = max(len(name) for name, _ in kept), max(len(value) for _, value in kept)
    print(f"\n{title}")
    for name, value in kept:
        print(f"  {name:<{names}}  {value:>{values}}", flush=True)


def machine() -> Iterator[tuple[str, str]]:
    """What the numbers below depend on."""
    yield "system", platform.platform()
    yield "processor", f"{_processor()}, {os.cpu_count()} of them"
    yield "Python", platform.python_version()
    yield "SQLite", sqlite3.sqlite_version


def site(folder: Path) -> Iterator[tuple[str, str]]:
    """How long a whole build takes, and what comes of it."""
    begun = time.perf_counter()
    run = run_build(folder, {})
    if run.returncode:
        sys.exit(run.stderr)
    yield "seconds to build", f"{time.perf_counter() - begun:.1f}"
    yield "pages", str(len(list(folder.rglob("*.html"))))
    yield "files", str(sum(path.is_file() for path in folder.rglob("*")))
    yield "bytes", f"{sum(p.stat().st_size for p in folder.rglob('*') if p.is_file()):,}"


def pages(folder: Path) -> Iterator[tuple[str, str]]:
    """The weight of every page and script; styles and icons are inside the pages."""
    for path in sorted([*folder.rglob("*.html"), *folder.rglob("*.js")]):
        content = path.read_bytes()
        name = path.relative_to(folder).as_posix().removesuffix("index.html") or "/"
        yield name, f"{len(content):,}  {len(gzip.compress(content, 9)):>7,}"


def crypto() -> Iterator[tuple[str, str]]:
    """What a key holder and a receiver without JavaScript wait for."""
    holder, keys = coordinator(), (coordinator().public, recovery().public)
    posted, plaintext = sealed_report(ANSWERS)
    locked, passphrase, salt = holder.locked, holder.passphrase, bytes(16)
    yield "unlock a key", _median(lambda: sealing.unlock(locked, passphrase))
    yield "seal to two keys", _median(lambda: sealing.seal(plaintext, keys))
    yield "check and write out anew", _median(lambda: sealing.rewrite(posted["sealed"]))
    yield "open a report", _median(lambda: sealing.open_sealed(posted["sealed"], holder.key))
    yield "derive a PIN's keys", _median(lambda: codes.pin_keys("0" * codes.PIN_DIGITS, salt))


def receiver(folder: Path) -> Iterator[tuple[str, str]]:
    """Reports kept a second, beside what this disk can commit at all."""
    bodies = [json.dumps(sealed_report(ANSWERS)[0]).encode() for _ in range(REPORTS)]
    commits = _commits_a_second(folder / "disk.db", len(bodies[0]))
    # Senders name addresses of their own, or the limit for one network would answer.
    place = set_up(folder).with_settings(INTAKE_PROXIES="1")
    with _listening(place) as port, ThreadPoolExecutor(SENDERS) as senders:
        begun = time.perf_counter()
        waits = sorted(senders.map(_send, [port] * REPORTS, bodies, range(REPORTS)))
        lasted = time.perf_counter() - begun
    yield "bytes of one request", f"{len(bodies[0]):,}"
    yield "reports kept a second", f"{_kept(place) / lasted:.0f}"
    yield "commits a second, this disk alone", f"{commits:.0f}"
    yield "wait, median", f"{statistics.median(waits) * 1000:.0f} ms"
    yield "wait, 99 of 100", f"{waits[int(len(waits) * 0.99)] * 1000:.0f} ms"


def flooded(folder: Path) -> Iterator[tuple[str, str]]:
    """What a flood of the longest reports costs, in this process, and what became of people."""
    (folder / "flood").mkdir()
    place = set_up(folder / "flood")
    app = create_app(place.settings)
    logging.disable(logging.CRITICAL)  # each refusal for want of room is a line of its own
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    done = flood.flood(app, "Cerita rekaan untuk mengukur. " * 700)
    lasted, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    logging.disable(logging.NOTSET)
    files = (place.folder / "spool.db").parent.glob("spool.db*")
    yield "seconds", f"{lasted:.0f}"
    yield (
        "seconds of a processor",
        f"{after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.0f}",
    )
    yield "requests a second", f"{(flood.JUNK + flood.PEOPLE) / lasted:.0f}"
    yield "people answered 201", f"{len(done.people)} of {flood.PEOPLE}"
    for (sort, status), count in sorted(done.answers.items()):
        yield f"{sort}, answered {status}", f"{count:,}"
    yield "bytes on disk", f"{sum(file.stat().st_size for file in files):,}"
    yield "more memory at its most, KiB", f"{after.ru_maxrss - before.ru_maxrss:,}"
    spool = Spool(place.settings.database)
    order = [report.case_number for report in flood.filed(spool, int(time.time()))]
    spool.close()
    last = max(order.index(number) for number in done.people)
    yield "filed in the first hour", f"{len(order)}, the last person as number {last + 1}"


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def _median(act: Callable[[], object]) -> str:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    return f"{statistics.median(times) * 1000:.1f} ms"


def _commits_a_second(file: Path, size: int) -> float:
    """Bare inserts of as many bytes, as durable as the spool's, one commit each."""
    with closing(sqlite3.connect(file, isolation_level=None)) as disk:
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL"):
            disk.execute(statement)
        disk.execute("CREATE TABLE kept (content BLOB)")
        begun = time.perf_counter()
        for _ in range(REPORTS):
            disk.execute("INSERT INTO kept VALUES (?)", (bytes(size),))
        return REPORTS / (time.perf_counter() - begun)


@contextmanager
def _listening(place: Workplace) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = create_server(
        create_app(place.settings),
        sockets=[listener],
        **serve.SERVER,
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.close()
        thread.join()


def _send(port: int, body: bytes, sender: int) -> float:
    headers = {
        "Content-Type": "application/json",
        "X-Forwarded-For": f"192.0.2.{sender}",  # RFC 5737: addresses for examples
    }
    begun = time.perf_counter()
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("POST", "/intake/submissions", body, headers)
        answer = connection.getresponse()
        answer.read()
    if answer.status != 201:
        sys.exit(f"The receiver answered {answer.status} instead of 201.")
    return time.perf_counter() - begun


def _kept(place: Workplace) -> int:
    spool = Spool(place.settings.database)
    waiting = spool.counts()[State.WAITING]
    spool.close()
    if waiting != REPORTS:
        sys.exit(f"{waiting} of {REPORTS} reports are in the spool.")
    return waiting


if __name__ == "__main__":
    main()

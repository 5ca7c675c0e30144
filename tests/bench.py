"""Print how heavy the pages are, how fast sealing and unlocking are here, and what a flood costs.

`make bench` runs it. Nothing is judged by its time, since that is the machine's; a site that is
not built ends it with exit status 1. Scratch files lie under
`var/`, on the disk that a receiver would use, and are removed.
"""

from __future__ import annotations

import gzip
import logging
import os
import platform
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import flood
from built_site import ROOT, run_build
from intake import codes, sealing
from intake.spool import Spool
from intake.web import create_app
from printed_table import show
from workplace import coordinator, recovery, sealed_report, set_up

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
        show(f"Flood: {flood.JUNK:,} junk sendings, {flood.PEOPLE} people", flooded(folder))


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


if __name__ == "__main__":
    main()

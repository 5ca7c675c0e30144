"""Build the site as the checkout does and serve it on this machine.

A build that fails is returned, not raised: the caller reads its exit code and its messages.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import functools
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from content.pairs import front_matter
from content.site import Site

ROOT = Path(__file__).parent.parent

# 2026-11-22. Pages grow old by themselves and then say so; the tests look at them as they are.
BUILT = "1795305600"

Build = Callable[..., Path]
"""`build(**settings)`: build the site under INTAKE_ settings and return its folder."""


@functools.cache
def todays_site() -> Site:
    """All that the checkout's pages are made of, as of today; read once, since that takes long."""
    return Site.read(ROOT, {})


@functools.cache
def later() -> dt.date:
    """A day on which a country's page is past twice its limit and a guide is not."""
    text = (ROOT / "docs/negara/malaysia/index.id.md").read_text(encoding="utf-8")
    checked: dt.date = front_matter("negara/malaysia", text)["checked"]
    return checked + dt.timedelta(181)


def run_build(
    folder: Path, settings: dict[str, str], root: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Build the checkout at `root` into a folder, as `mkdocs build --strict` does.

    Unless SOURCE_DATE_EPOCH is among the settings, the site is built as of `BUILT`.
    """
    inherited = {name: value for name, value in os.environ.items() if "INTAKE_" not in name}
    fixed = {"NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": BUILT}
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=root,
        env=inherited | fixed | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def made_once(folder: Path, make: Callable[[Path], object]) -> None:
    """Let the first process that asks make the folder, while the others wait for it.

    What `make` raises is raised in that process; the next one tries again.
    """
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            half = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
            make(half)
            half.rename(folder)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a free loopback port for as long as the block runs."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_QuietHandler, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the tests' output is for failures."""

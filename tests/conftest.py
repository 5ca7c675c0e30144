"""What many tests share: the site built once, served on this machine, and a browser to see it."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright
from sqlalchemy.engine import Dialect, Engine

import databases
import third_language as third_language_files
from built_site import ROOT, Build, later, made_once, run_build, served
from github_stand_in import pytest_report_header, stand_in
from intake import database
from open_site import BUILT_FOR, OpenSite, opened
from workplace import PHONE, REPOSITORY, set_up

__all__ = ["ROOT", "Build", "pytest_report_header", "stand_in"]


# Root has no sandbox to give; the others keep a browser from asking its maker for anything.
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

# Files that run for minutes begin first, so that no worker is left alone with one at the end.
LONGEST = (
    "tests/test_site.py",
    "tests/intake/test_fault_run.py",
    "tests/browser/test_reach.py",
    "tests/test_month.py",
    "tests/browser/test_kabar.py",
    "tests/browser/test_volunteer.py",
    "tests/browser/test_reader.py",
    "tests/intake/test_casework.py",
    "tests/intake/test_delivery.py",
    "tests/intake/test_delivery_faults.py",
)


def pytest_configure() -> None:
    """Let SIGINT interrupt: what a shell starts in the background ignores it, with its children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than processors: some wait for a killed program, a pause or a page."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; within a file everything stays in its order."""
    begins = {ROOT / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: begins.get(item.path, len(LONGEST)))


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run that all its workers see; what `made_once` puts there stays as it is."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def build_site(shared_folder: Path) -> Build:
    """Return `build(**settings)`: the folder of a site built under those INTAKE_ settings.

    It is built once for all workers, so no test may change it.
    """

    def make(folder: Path, settings: dict[str, str]) -> None:
        run = run_build(folder, settings)
        assert run.returncode == 0, run.stderr
        assert "WARNING" not in run.stderr, run.stderr

    @functools.cache
    def build(**settings: str) -> Path:
        name = hashlib.sha256(repr(sorted(settings.items())).encode()).hexdigest()[:12]
        folder = shared_folder / f"site-{name}"
        made_once(folder, lambda new: make(new, settings))
        return folder

    return build


@pytest.fixture(scope="session")
def site(build_site: Build) -> Path:
    """The folder of the site as the checkout publishes it: nobody runs the form yet."""
    return build_site()


@pytest.fixture(scope="session")
def other_site(shared_folder: Path, build_site: Build) -> Path:
    """The folder of the site of another organization, as it is built some months later.

    It runs the form on a host apart, leaves elsewhere, and takes corrections on GitHub and by
    WhatsApp.
    """
    folder = shared_folder / "organization"
    phone = {"number": PHONE, "whatsapp": True, "tested": None}
    others = {
        "receiver": f"{BUILT_FOR}intake/",
        "leave_to": "https://cuaca.example/",
        "repository": REPOSITORY,
        "phone": phone,
    }
    made_once(folder, lambda new: set_up(new, **others))
    midnight = dt.datetime.combine(later(), dt.time(), dt.UTC)
    return build_site(
        INTAKE_ORGANIZATION=str(folder / "organization.yml"),
        INTAKE_KEYS=str(folder / "keys"),
        SOURCE_DATE_EPOCH=str(int(midnight.timestamp())),
    )


@pytest.fixture(scope="session")
def third_language(shared_folder: Path) -> Path:
    """A checkout with a third language."""
    root = shared_folder / "third-language"
    made_once(root, third_language_files.write)
    return root


@pytest.fixture(scope="session")
def without_receiver(shared_folder: Path, third_language: Path) -> Path:
    """The folder of the site of an organization that has no receiver, but WhatsApp on its phone.

    Its third language lacks a page. `said`, beside the folder, is what the build said.
    """
    folder = shared_folder / "without-receiver"

    def make(new: Path) -> None:
        root, phone = new / "checkout", {"number": PHONE, "whatsapp": True, "tested": "2026-11-01"}
        shutil.copytree(third_language, root)
        (root / "docs/kontak/index.ban.md").unlink()
        place = set_up(new, receiver=None, phone=phone)
        run = run_build(new / "site", dict(place.settings.for_site()), root)
        assert run.returncode == 0, run.stderr
        (new / "said").write_text(run.stderr, encoding="utf-8")

    made_once(folder, make)
    return folder / "site"


@pytest.fixture(scope="session")
def site_url(site: Path) -> Iterator[str]:
    """The address of that site on this machine, ending with a slash."""
    with served(site) as address:
        yield address


@pytest.fixture(scope="session")
def open_site(
    tmp_path_factory: pytest.TempPathFactory, shared_folder: Path, build_site: Build
) -> Iterator[OpenSite]:
    """The site of an organization that runs the form, together with its receiver."""
    with opened(tmp_path_factory.mktemp("open"), shared_folder, build_site) as running:
        yield running


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def launch(request: pytest.FixtureRequest) -> Callable[..., Browser]:
    """Return `launch(*arguments)`: a Chromium started with these, besides those always needed.

    Where it is there, Chromium without its own windows: pages are the same, and opening one takes
    a fifth of the time. Without Chromium browser tests are skipped, but never in CI.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if chromium is None and "CI" not in os.environ:
        pytest.skip("Chromium is not installed: run apt-get install chromium for browser tests")
    running: Playwright = request.getfixturevalue("playwright")
    return lambda *arguments: running.chromium.launch(
        executable_path=chromium, args=[*CHROMIUM_ARGUMENTS, *arguments]
    )


@pytest.fixture(scope="session")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """One Chromium for the whole run."""
    launched = launch()
    yield launched
    launched.close()


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Keep what SQLAlchemy has compiled for the next spool; anew it takes a third of most tests."""
    kept: dict[str, tuple[dict[Any, Any], Dialect]] = {}
    connect = database.connect

    def connected(url: str) -> Engine:
        engine = connect(url)
        compiled, dialect = kept.setdefault(engine.dialect.name, ({}, engine.dialect))
        engine = engine.execution_options(compiled_cache=compiled)
        engine.dialect = dialect  # what is compiled is known by the dialect that it is for
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "connect", connected)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[databases.Postgres]:
    """A PostgreSQL server for the whole run; each worker of the run has its own.

    Without PostgreSQL its tests are skipped, but never in CI.
    """
    try:
        with databases.started() as running:
            yield running
    except databases.PostgresMissing:
        if "CI" in os.environ:
            raise
        pytest.skip("PostgreSQL is not installed: run apt-get install postgresql for its tests")


@pytest.fixture
def postgres_url(postgres: databases.Postgres) -> Iterator[str]:
    """The URL of a PostgreSQL database that no spool has ever opened."""
    with databases.empty(postgres, bare=True) as url:
        yield url


@pytest.fixture(params=databases.KINDS)
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Return `new_database()`: the URL of an empty database.

    The test runs once on each kind. Workers take turns by the time that the test gives.
    """
    with _databases(request, tmp_path) as new:
        yield new


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """The URL of an empty database; the test runs once on each kind."""
    return new_database()


@pytest.fixture(params=databases.KINDS)
def new_bare_database(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], str]]:
    """Return `new_bare_database()`: the URL of one that no spool has ever opened.

    The test runs once on each kind.
    """
    with _databases(request, tmp_path, bare=True) as new:
        yield new


@pytest.fixture(scope="module", params=databases.KINDS)
def module_database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The same for all tests of a file, one after another."""
    with _databases(request, tmp_path_factory.mktemp("database")) as new:
        yield new()


@contextmanager
def _databases(
    request: pytest.FixtureRequest, folder: Path, *, bare: bool = False
) -> Iterator[Callable[[], str]]:
    numbers = count()
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{folder}/spool-{next(numbers)}.db"
        return
    server = request.getfixturevalue("postgres")
    with ExitStack() as stack:
        stack.enter_context(databases.given_time())
        yield lambda: stack.enter_context(databases.empty(server, bare=bare))

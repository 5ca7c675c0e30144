"""The units and the entry for Passenger in scripts/operation/ are sound, and tell no secret."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from built_site import ROOT
from intake.commands import COMMANDS, parser
from intake.settings import SETTINGS
from workplace import Workplace, child_environment, set_up

OPERATION = ROOT / "scripts/operation"
UNITS = sorted(path.name for path in OPERATION.glob("intake-*.*") if path.is_file())
INTAKE = "/srv/migrasi-aman/.venv/bin/intake"
SECRET = re.compile(r"--?\w*(?:token|password|passphrase|secret)\w*(?!-file)", re.IGNORECASE)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with the units as they are installed; the program is the one of this checkout."""
    for name in UNITS:
        text = (OPERATION / name).read_text(encoding="utf-8")
        text = text.replace(INTAKE, str(Path(sys.executable).with_name("intake")))
        (tmp_path / name).write_text(text.replace("/srv/migrasi-aman", str(ROOT)), "utf-8")
    shutil.copytree(OPERATION / "intake-.service.d", tmp_path / "intake-.service.d")
    return tmp_path


def systemd(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`systemd-analyze` over that folder; left out where it is missing, but never in CI."""
    program = shutil.which("systemd-analyze")
    if program is None and "CI" not in os.environ:
        pytest.skip("systemd is not installed")
    assert program is not None, "systemd is not installed"
    return subprocess.run(
        [program, *arguments],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:", "SYSTEMD_COLORS": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_no_fault_in_a_unit(installed: Path, name: str) -> None:
    """Each section and key is one that systemd knows, and each program is there."""
    run = systemd(installed, "verify", "--man=no", str(installed / name))
    assert (run.returncode, run.stdout + run.stderr) == (0, "")


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_a_service_may_do_little(installed: Path, name: str) -> None:
    """systemd's own measure of exposure, from 0 to 10, is below 1.5."""
    run = systemd(installed, "security", "--offline=yes", "--threshold=15", str(installed / name))
    assert run.returncode == 0, run.stdout[-200:]


def test_every_unit_is_hardened_and_has_an_account_of_its_own() -> None:
    """The drop-in's name covers each service, and it names no root."""
    text = (OPERATION / "intake-.service.d/hardening.conf").read_text(encoding="utf-8")
    assert all(name.startswith("intake-") for name in UNITS)
    for line in ("User=intake", "ProtectSystem=strict", "NoNewPrivileges=yes", "UMask=0077"):
        assert f"\n{line}\n" in text


def test_the_units_run_commands_that_there_are() -> None:
    """Each line is one that the command line takes."""
    text = "".join((OPERATION / name).read_text(encoding="utf-8") for name in UNITS)
    started = re.findall(rf"^ExecStart={INTAKE} (.*)$", text, re.MULTILINE)
    assert [line.split()[0] for line in started] == ["deliver", "serve"]
    for line in started:
        parser().parse_args(line.split())


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A checkout whose program only writes down what it was asked, and fails at purging."""
    program = tmp_path / ".venv/bin/intake"
    program.parent.mkdir(parents=True)
    told = '#!/bin/sh\necho "$@" >> done\n[ "$1" = backup ] && touch "$2"\n[ "$1" != purge ]\n'
    program.write_text(told, encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def daily(folder: Path) -> tuple[int, list[str]]:
    """Run the day's acts there; returns how it ended, and what the program was asked."""
    run = subprocess.run(
        [str(OPERATION / "daily.sh")],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "STATE_DIRECTORY": str(folder)},
        check=False,
    )
    return run.returncode, (folder / "done").read_text(encoding="utf-8").splitlines()


def test_the_day_does_everything_whatever_fails(day: Path) -> None:
    """Deletion fails here: backup and doctor come all the same, and the unit has failed."""
    status, done = daily(day)
    assert status == 1
    assert [line.split()[0] for line in done] == ["purge", "backup", "doctor"]


def test_a_backup_of_a_month_is_let_go(day: Path) -> None:
    """What was deleted since must not come back; yesterday's stays."""
    folder = day / "backup"
    folder.mkdir()
    for name, age in (("lama", 31), ("kemarin", 1)):
        (folder / name).touch()
        seconds = time.time() - age * 86_400
        os.utime(folder / name, (seconds, seconds))
    daily(day)
    left = {path.name for path in folder.iterdir()}
    assert "kemarin" in left
    assert "lama" not in left
    assert len(left) == 2


@pytest.mark.parametrize("name", ["receiver.env", "deliver.env"])
def test_the_settings_are_ones_that_the_program_reads(name: str) -> None:
    """The receiver's file holds no login, and neither holds the owner's token."""
    text = (OPERATION / name).read_text(encoding="utf-8")
    names = set(re.findall(r"INTAKE_[A-Z_]+", text))
    assert names <= set(SETTINGS)
    assert "INTAKE_GITHUB_OWNER_TOKEN" not in names
    assert (name == "receiver.env") == (not any("GITHUB" in setting for setting in names))


def test_no_command_takes_a_secret_as_an_option() -> None:
    """A process list is read by everybody on the machine: secrets come by settings and files."""
    for command in COMMANDS:
        text = Path(str(command.__file__)).read_text(encoding="utf-8")
        for option in re.findall(r'"(--[\w-]+)"', text):
            assert not SECRET.search(option) or option.endswith("-file"), option
    for name in UNITS:
        for line in re.findall(r"^Exec\w+=.*$", (OPERATION / name).read_text("utf-8"), re.M):
            assert "INTAKE_" not in line
            assert not SECRET.search(line)


# Passenger


ASK = """
import runpy, sys
from werkzeug.test import Client
application = runpy.run_path(sys.argv[1])["application"]
asked = [("", "/intake/health"), ("/intake", "/health"), ("/intake", "/form"), ("", "/")]
for script, path in asked:
    answer = Client(application).get(path, environ_overrides={"SCRIPT_NAME": script})
    print(answer.status_code, answer.headers["X-Content-Type-Options"], "<form" in answer.text)
"""


def passenger(place: Workplace) -> subprocess.CompletedProcess[str]:
    """The entry imported in a process of its own, as Passenger does, and asked."""
    return subprocess.run(
        [sys.executable, "-c", ASK, str(OPERATION / "passenger_wsgi.py")],
        cwd=ROOT,
        env=child_environment(place),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_passenger_serves_the_receiver(tmp_path: Path) -> None:
    """At the root of a host, and below an address where the host cuts the path in two."""
    run = passenger(set_up(tmp_path))
    assert run.stdout.splitlines() == [
        "200 nosniff False", "200 nosniff False", "200 nosniff True", "404 nosniff False",
    ], run.stderr  # fmt: skip


def test_passenger_refuses_what_intake_serve_refuses(tmp_path: Path) -> None:
    """An invented organization gets no real reports, whatever starts the program."""
    place = set_up(tmp_path, demonstration=True, site="http://127.0.0.1:9/", receiver=None)
    run = passenger(place.with_settings(INTAKE_TRACKER="github:aman/laporan"))
    assert run.returncode == 1
    assert "not ready for real people" in run.stderr
    assert not place.database.exists()

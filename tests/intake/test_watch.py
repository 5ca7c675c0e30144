"""`intake deliver --watch` files, follows, alerts and sends its test request, and stops cleanly."""

from __future__ import annotations

import json
import logging
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from duty_room import SECRET_PATH, DutyRoom, duty_room
from filed_cases import SMALLEST
from github_stand_in import TOKEN, GitHubStandIn, stand_in
from intake import commands, log
from intake.alerts import LOGIN_ENDS
from intake.commands.deliver import courier, tracker_parts, watch
from intake.settings import ROOT
from intake.spool import Spool
from intake.tracker import GitHubLogin, Misconfigured
from intake.tracker.github import GitHubTracker
from workplace import (
    Workplace,
    child_environment,
    open_receiver,
    sealed_report,
    set_up,
    the_form,
)

__all__ = ["stand_in"]

LINE = re.compile(
    r'time=[0-9T:-]+Z level=[a-z]+ from=[\w.]+ text="(?:[^"\\]|\\.)*"( error="[^"]*")?'
)
CANARY = "kenari-5h2m"


@pytest.fixture(autouse=True)
def _one_reading_of_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped form is read once for all tests: it takes most of a second."""
    monkeypatch.setattr("intake.settings.load_form", lambda _path, _region: the_form())


@pytest.fixture
def room(tmp_path: Path) -> Iterator[DutyRoom]:
    """Servers that take alerts."""
    with duty_room(tmp_path) as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path, room: DutyRoom) -> Workplace:
    """A workplace whose duty channel is the webhook."""
    return set_up(tmp_path, alerts={"webhook": f"{room.web}{SECRET_PATH}"}, receiver=None)


def report_red(place: Workplace, answers: dict[str, str | list[str]]) -> str:
    """Send a red report with a canary in its story; its case number."""
    red = answers | {"safe": "no", "story": CANARY}
    with_receiver = set_up(place.folder, receiver="https://contoh.example/intake/")
    sent, _ = sealed_report(red)
    app = open_receiver(with_receiver, lambda: int(time.time()))
    answer = app.test_client().post("/intake/submissions", json=sent)
    assert answer.json is not None
    return str(answer.json["case_number"])


def until(happened: Callable[[], object]) -> None:
    """Wait for something that another thread or process does."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.05)


def test_a_red_report_rings_and_the_worker_stops_cleanly(
    tmp_path: Path, room: DutyRoom, answers: dict[str, str | list[str]]
) -> None:
    """As a process: filed, told once, every line of its log well formed and without content."""
    made = set_up(tmp_path)
    case = report_red(made, answers)
    place = set_up(tmp_path, alerts={"webhook": f"{room.web}{SECRET_PATH}"}, receiver=None)
    command = [sys.executable, "-m", "intake.commands", "deliver", "--watch"]
    worker = subprocess.Popen(
        command, cwd=ROOT, env=child_environment(place), stderr=subprocess.PIPE, text=True
    )
    try:
        until(lambda: room.posted and any(place.tracker.glob("*.md")))
    finally:
        worker.send_signal(signal.SIGTERM)
        _, said = worker.communicate(timeout=60)
    assert worker.returncode == 0
    assert room.texts("webhook") == [
        f"MERAH: 1 laporan belum dibaca. Buka sekarang. Kasus: {case}."
    ]
    lines = said.splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert lines[-1].endswith('from=intake text="stopped"')
    assert "alerts reach 1 people and two are needed" in said
    assert CANARY not in said + json.dumps(room.posted)
    assert SECRET_PATH not in said


def test_delivery_that_stands_still_stops_nothing_else(
    place: Workplace,
    room: DutyRoom,
    answers: dict[str, str | list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A tracker that cannot be written to: the red report is told all the same."""
    report_red(place, answers)
    set_up(place.folder, alerts={"webhook": f"{room.web}{SECRET_PATH}"}, receiver=None)
    place.tracker.write_text("a file where the folder should be", encoding="utf-8")
    stopped = threading.Event()
    running = threading.Thread(target=watch, args=(place.settings, 0.05, stopped))
    running.start()
    try:
        until(lambda: room.posted)
    finally:
        stopped.set()
        running.join()
    assert any(text.startswith("delivery: ") for text in caplog.messages)


def test_a_channel_that_is_down_holds_up_no_delivery(
    place: Workplace,
    room: DutyRoom,
    answers: dict[str, str | list[str]],
) -> None:
    """The report is filed while nobody can be told."""
    report_red(place, answers)
    set_up(place.folder, alerts={"webhook": f"{room.web}{SECRET_PATH}"}, receiver=None)
    room.down = {"webhook"}
    stopped = threading.Event()
    running = threading.Thread(target=watch, args=(place.settings, 0.05, stopped))
    running.start()
    try:
        until(lambda: list(place.tracker.glob("*.md")))
    finally:
        stopped.set()
        running.join()
    assert room.posted == []


@pytest.mark.parametrize(
    ("header", "ends"),
    [
        ("2026-12-01 09:00:00 UTC", 1_796_115_600),
        ("2026-12-01 09:00:00 +0700", 1_796_090_400),
        ("soon", 0),
        ("", 0),
    ],
)
def test_the_end_of_a_token_is_noted(
    place: Workplace, stand_in: GitHubStandIn, header: str, ends: int
) -> None:
    """GitHub says it in each answer, in UTC or with an offset; the alerts find it in the spool."""
    stand_in.token_ends = header
    hub = place.with_settings(
        INTAKE_TRACKER="github:aman/laporan",
        INTAKE_GITHUB_TOKEN=TOKEN,
        INTAKE_GITHUB_API=stand_in.url,
    )
    worker = courier(hub.settings)
    for part in tracker_parts(hub.settings, worker, threading.Event()):
        part.act()
    assert worker.spool.noted(LOGIN_ENDS) == ends
    worker.spool.close()


def test_what_is_late_is_said_by_the_same_watch(tmp_path: Path) -> None:
    """A red report of two hours ago that nobody has read: filed, found late, reminded of, once."""
    sent, _ = sealed_report({**SMALLEST, "safe": "no"})
    receiver = open_receiver(set_up(tmp_path), lambda: int(time.time()) - 7_200)
    assert receiver.test_client().post("/intake/submissions", json=sent).status_code == 201
    place = set_up(tmp_path, receiver=None)  # no test request is sent then
    worker = courier(place.settings)
    parts = tracker_parts(place.settings, worker, threading.Event())
    for _ in range(3):
        for part in parts:
            part.act()
    (comment,) = worker.tracker.comments(1)
    assert comment.body.startswith("<!-- intake reminder ")
    worker.spool.close()


def test_a_closed_issue_stays_closed(stand_in: GitHubStandIn) -> None:
    """Closing twice does no harm, and one that is gone is said so."""
    login = GitHubLogin(token=TOKEN, api=stand_in.url)
    tracker = GitHubTracker("aman/laporan", login, pace=0, timeout=5)
    number = stand_in.add_issue("x", "<!-- intake K7Q2-9MPA -->")
    tracker.set_state(number, "closed")
    tracker.set_state(number, "closed")
    assert stand_in.issues[number].state == "closed"
    stand_in.delete(number)
    with pytest.raises(Misconfigured, match="no longer in"):
        tracker.set_state(number, "closed")


# The commands


def use(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)


def test_a_test_message_goes_by_each_channel(
    place: Workplace,
    room: DutyRoom,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is marked as one; with fewer than two people reached the command ends with 1."""
    use(place, monkeypatch)
    assert commands.main(["alert", "--test"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "alerts reach 1 people and two are needed: fill in alerts in the organization file, then "
        "try intake alert --test.",
        "webhook: sent",
    ]
    assert room.texts("webhook") == ["UJI: ini pesan percobaan. Tidak ada yang perlu dikerjakan."]
    room.down = {"webhook"}
    assert commands.main(["alert", "--test"]) == 1
    assert "webhook: the server answers 502\n" in capsys.readouterr().out


def test_acknowledging_nothing_says_so(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A case number with a slip ends with 1, so that nobody thinks it is settled."""
    use(place, monkeypatch)
    assert commands.main(["alert", "--acknowledge", "K7Q2-9MPA"]) == 1
    assert capsys.readouterr().out == "0 acknowledged\n"


def test_the_canary_needs_a_receiver(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without one there is no path to try."""
    use(place, monkeypatch)
    assert commands.main(["canary"]) == 1
    assert capsys.readouterr().err.endswith("names no receiver to send to.\n")
    Spool(place.settings.database).close()


def test_libraries_that_log_requests_stay_quiet(caplog: pytest.LogCaptureFixture) -> None:
    """PyGithub's and Waitress' records below a warning go nowhere, nor do warnings of a rush."""
    with pytest.raises(SystemExit):
        commands.main(["--help"])
    log.set_up()
    for name in ("github", "waitress"):
        logging.getLogger(name).info(CANARY)
    logging.getLogger("waitress.queue").warning(CANARY)
    assert CANARY not in caplog.text

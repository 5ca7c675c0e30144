"""The team's status and sealed answer come back from the tracker, and nothing else does."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from github_stand_in import DOWN, TOKEN, GitHubStandIn
from intake import issue
from intake.casework import decide
from intake.following import OVERLAP_SECONDS, Follower
from intake.labels import STATUS
from intake.sealing import seal_answer
from intake.spool import NewReport, Returned, Spool, State, Status
from intake.tracker import GitHubLogin, Tracker, TrackerUnavailable, marker_line
from intake.tracker.folder import FolderTracker
from intake.tracker.github import GitHubTracker
from workplace import Clock

NOW = 1_795_000_000
RED = "darurat: merah"
CANARY = "kenari-7f3a"
ANSWER = seal_answer(CANARY.encode(), bytes(32))


@pytest.fixture
def clock() -> Clock:
    """A clock at the test's start."""
    return Clock(NOW)


@pytest.fixture
def stand_in(clock: Clock) -> Iterator[GitHubStandIn]:
    """GitHub on that clock."""
    made = GitHubStandIn(clock)
    try:
        yield made
    finally:
        made.close()
    assert made.failures == []


@pytest.fixture
def github(stand_in: GitHubStandIn) -> GitHubTracker:
    """The receiver's tracker."""
    login = GitHubLogin(token=TOKEN, api=stand_in.url)
    return GitHubTracker("aman/laporan", login, pace=0, timeout=1)


@pytest.fixture
def spool(database_url: str) -> Iterator[Spool]:
    """A new spool."""
    opened = Spool(database_url)
    yield opened
    opened.close()


@pytest.fixture
def case(spool: Spool, stand_in: GitHubStandIn) -> str:
    """One case, filed as issue 1."""
    return filed(spool, stand_in, 0)


def filed(spool: Spool, stand_in: GitHubStandIn, token: int) -> str:
    """One more case that stands as an issue."""
    new = NewReport(
        token.to_bytes(16, "big"), bytes(32), {"urgency": "red"}, {}, token.to_bytes(32, "big")
    )
    kept, _ = spool.accept(new, NOW)
    labels = [RED, issue.NEW]
    number = stand_in.add_issue(f"MERAH · {kept}", marker_line(kept), labels)
    spool.move(kept, State.VERIFIED, NOW, number)

    return kept


def returned(spool: Spool, token: int = 0) -> Returned:
    """What the person of that case is told."""
    found = spool.by_verifier(token.to_bytes(32, "big"))
    assert found is not None
    return found


def follower(spool: Spool, tracker: Tracker, clock: Clock, every: int = 0) -> Follower:
    """A worker that has just started."""
    return Follower(spool, tracker, every, clock)


def answer(case_number: str, text: str = ANSWER) -> str:
    """A comment as the coordinator pastes it."""
    return f'<!-- intake answer {case_number} -->\n\n```json\n{{"answer": "{text}"}}\n```\n'


# --- what a status is ---


@pytest.mark.parametrize(
    ("state", "shown", "kept", "status"),
    [
        ("open", {"received"}, "received", "received"),
        ("open", {"read"}, "received", "read"),
        ("open", {"received", "read"}, "received", "read"),
        ("open", {"working", "waiting"}, "waiting", "working"),
        ("open", {"read", "working", "passed-on"}, "read", "passed-on"),
        ("open", {"received"}, "read", "received"),
        ("open", set(), "received", "read"),
        ("open", set(), "waiting", "waiting"),
        ("open", {"closed"}, "working", "closed"),
        ("open", {"closed"}, "closed", "working"),
        ("open", set(), "closed", "working"),
        ("open", {"closed", "read"}, "closed", "read"),
        ("closed", {"received"}, "received", "closed"),
        ("closed", set(), "closed", "closed"),
    ],
)
def test_status_is_the_label_that_came_newly(
    state: str, shown: set[str], kept: str, status: str
) -> None:
    """Closed is closed, opened again is being worked on, and no label is no step."""
    assert decide(state, {Status(name) for name in shown}, Status(kept)) is Status(status)


def test_every_status_has_one_label() -> None:
    """None is missing, and the first is the one that the program sets."""
    assert sorted(STATUS.values()) == sorted(Status)
    assert STATUS[issue.NEW] is Status.RECEIVED


# --- following ---


@pytest.mark.usefixtures("case")
def test_status_comes_back_with_its_time(
    spool: Spool, stand_in: GitHubStandIn, github: GitHubTracker, clock: Clock
) -> None:
    """Each step once, as often as the worker looks."""
    worker = follower(spool, github, clock)
    assert worker.follow() == 0
    for label, at in (("status: dibaca", 100), ("status: ditangani", 200)):
        clock.seconds = NOW + at
        stand_in.issues[1].labels = [RED, label]
        stand_in.issues[1].updated_at = clock.seconds
        clock.seconds += 30
        assert [worker.follow(), worker.follow()] == [1, 0]
    stand_in.issues[1].state = "closed"
    stand_in.issues[1].updated_at = NOW + 300
    assert worker.follow() == 1
    assert [(step.status, step.at) for step in returned(spool).events] == [
        ("received", NOW), ("read", NOW + 100), ("working", NOW + 200), ("closed", clock.seconds),
    ]  # fmt: skip


def test_answer_is_copied_and_not_read(
    spool: Spool, stand_in: GitHubStandIn, github: GitHubTracker, clock: Clock, case: str
) -> None:
    """The newest well-formed one counts; it stays as it was sealed."""
    worker = follower(spool, github, clock)
    stand_in.add_comment(1, answer(case))
    worker.follow()
    assert (returned(spool).answer, returned(spool).answer_at) == (ANSWER, NOW)
    newer = seal_answer(b"x", bytes(32))
    clock.seconds += 60
    stand_in.add_comment(1, answer(case, newer))
    stand_in.add_comment(1, answer(case, newer[:-2]))
    worker.follow()
    assert (returned(spool).answer, returned(spool).answer_at) == (newer, NOW + 60)


@pytest.mark.parametrize(
    "comment",
    [
        "{case} sudah dihubungi",
        '<!-- intake answer K7Q2-9MPA -->\n{{"answer": "' + ANSWER + '"}}',
        '<!-- intake answer {case} -->\n{{"answer": "kenari-7f3a"}}',
        "<!-- intake answer {case} -->",
        '> <!-- intake answer {case} -->\n{{"answer": "' + ANSWER + '"}}',
        '{{"answer": "' + ANSWER + '"}}',
    ],
)
def test_other_comments_are_no_answer(
    spool: Spool,
    stand_in: GitHubStandIn,
    github: GitHubTracker,
    clock: Clock,
    case: str,
    comment: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Another case's marker, no marker or no whole answer: nothing comes back or is logged."""
    caplog.set_level(logging.DEBUG)
    stand_in.add_comment(1, comment.format(case=case))
    follower(spool, github, clock).follow()
    assert returned(spool).answer is None
    assert CANARY not in caplog.text
    assert ANSWER not in caplog.text


def test_asking_does_not_grow_with_the_cases(
    spool: Spool, stand_in: GitHubStandIn, github: GitHubTracker, clock: Clock
) -> None:
    """Thirty cases are followed with the same few requests as one."""
    for token in range(30):
        filed(spool, stand_in, token)
    worker = follower(spool, github, clock)
    worker.follow()
    first = len(stand_in.requests)
    for kept in stand_in.issues.values():
        kept.labels = [RED, "status: dibaca"]
    assert worker.follow() == 30
    assert len(stand_in.requests) == 2 * first
    assert first <= 4


@pytest.mark.usefixtures("case")
def test_many_workers_together_ask_once_a_minute(
    spool: Spool, stand_in: GitHubStandIn, github: GitHubTracker, clock: Clock
) -> None:
    """The time of the last question is in the spool, also through a restart."""
    follower(spool, github, clock, every=60).follow()
    asked = len(stand_in.requests)
    clock.seconds += 59
    follower(spool, github, clock, every=60).follow()
    assert len(stand_in.requests) == asked
    clock.seconds += 1
    follower(spool, github, clock, every=60).follow()
    assert len(stand_in.requests) == 2 * asked


@pytest.mark.usefixtures("case")
def test_change_that_a_list_shows_late_is_not_missed(
    spool: Spool, stand_in: GitHubStandIn, github: GitHubTracker, clock: Clock
) -> None:
    """Another case moved on meanwhile; the overlap brings the older change in."""
    filed(spool, stand_in, 1)
    worker = follower(spool, github, clock)
    clock.seconds += 1_000
    stand_in.issues[2].labels = [RED, "status: dibaca"]
    stand_in.issues[2].updated_at = clock.seconds
    worker.follow()
    stand_in.issues[1].labels = [RED, "status: ditangani"]
    stand_in.issues[1].updated_at = clock.seconds - OVERLAP_SECONDS
    worker.follow()
    assert returned(spool).status is Status.WORKING


def test_fault_half_way_loses_no_change(
    spool: Spool, stand_in: GitHubStandIn, github: GitHubTracker, clock: Clock, case: str
) -> None:
    """What was seen is noted after it was copied, not before."""
    worker = follower(spool, github, clock)
    stand_in.issues[1].labels = [RED, "status: dibaca"]
    stand_in.add_comment(1, answer(case))
    stand_in.faults.append(DOWN)
    with pytest.raises(TrackerUnavailable):
        worker.follow()
    clock.seconds += 10_000
    worker.follow()
    assert (returned(spool).status, returned(spool).answer) == (Status.READ, ANSWER)


def test_issues_of_others_are_passed_over(
    spool: Spool, stand_in: GitHubStandIn, github: GitHubTracker, clock: Clock, case: str
) -> None:
    """An issue that the team opened by hand is no case."""
    number = stand_in.add_issue("rapat", "catatan", ["status: selesai"])
    stand_in.add_comment(number, answer(case))
    follower(spool, github, clock).follow()
    assert (returned(spool).status, returned(spool).answer) == (Status.RECEIVED, None)


def test_folder_is_followed_alike(spool: Spool, tmp_path: Path, clock: Clock) -> None:
    """A label changed in an editor and an answer put beside the issue come back."""
    folder = FolderTracker(tmp_path / "tracker")
    kept, _ = spool.accept(NewReport(bytes(16), bytes(32), {}, {}, bytes(32)), NOW)
    spool.move(kept, State.VERIFIED, NOW, folder.create("x", [issue.NEW], marker_line(kept)))
    path = tmp_path / "tracker" / f"{kept}.md"
    path.write_text(path.read_text("utf-8").replace("baru", "diteruskan"), encoding="utf-8")
    (tmp_path / "tracker" / kept).mkdir()
    beside = tmp_path / "tracker" / kept / "jawaban.md"
    beside.write_text(answer(kept), encoding="utf-8")
    for file in (path, beside):
        os.utime(file, (NOW + 5, NOW + 5))
    clock.seconds += 60
    assert follower(spool, folder, clock).follow() == 1
    found = returned(spool)
    assert (found.status, found.answer, found.answer_at) == (Status.PASSED_ON, ANSWER, NOW + 5)

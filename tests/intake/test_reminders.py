"""What is late is said once, with one label for as long as it is late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from github_stand_in import TOKEN, Fault, GitHubStandIn
from intake import commands, issue
from intake.clear_numbers import holds_number
from intake.delivery import Courier
from intake.following import Follower
from intake.form import Form
from intake.labels import LATE
from intake.organization import Organization
from intake.plan import shipped_plan
from intake.reminders import Case, Reminders, due
from intake.spool import NewReport, Spool, State, Status
from intake.tracker import GitHubLogin, Tracker, TrackerUnavailable, marker_line
from intake.tracker.folder import FolderTracker
from intake.tracker.github import GitHubTracker
from workplace import LOST_CONTACT as FACTS
from workplace import Clock, set_up, the_form

NOW = 1_795_000_000
HOUR, DAY = 3_600, 86_400

CASE = Case("K7Q2-9MPA", 1, "yellow", True, Status.RECEIVED, NOW, NOW, NOW)


def names(case: Case, organization: Organization, now: int) -> list[str]:
    """What is late with a case."""
    return [reminder.name for reminder in due(case, organization, shipped_plan(), now)]


# --- what is late ---


@pytest.mark.parametrize(
    ("urgency", "hours", "name"),
    [
        ("red", 1, "baca-merah"),
        ("yellow", 24, "baca-kuning"),
        ("green", 72, "baca-hijau"),
        ("", 1, "baca-merah"),
    ],
)
def test_unread_case_is_late_after_its_reading_time(
    organization: Organization, urgency: str, hours: int, name: str
) -> None:
    """Not a second before; a case without a known urgency counts as the most urgent."""
    case = replace(CASE, urgency=urgency)
    assert names(case, organization, NOW + hours * HOUR - 1) == []
    assert names(case, organization, NOW + hours * HOUR) == [name]


def test_read_case_is_late_when_nobody_takes_it_on(organization: Organization) -> None:
    """The same time again, counted from the reading; then it speaks of safe hours or of none."""
    case = replace(CASE, status=Status.READ, status_at=NOW + HOUR)
    assert names(case, organization, NOW + 25 * HOUR - 1) == []
    (late,) = due(case, organization, shipped_plan(), NOW + 25 * HOUR)
    assert late.name == "tangani-kuning"
    assert "Lihat jam aman di laporan tersegel" in late.text
    (silent,) = due(replace(case, may_contact=False), organization, shipped_plan(), NOW + 25 * HOUR)
    assert "Jangan menelepon" in silent.text
    assert "sebelum menelepon" not in silent.text


@pytest.mark.parametrize("status", [Status.WORKING, Status.WAITING, Status.PASSED_ON])
def test_quiet_case_is_late_after_a_week(organization: Organization, status: Status) -> None:
    """Counted from the last step; another quiet week after another step is another reminder."""
    case = replace(CASE, status=status)
    assert names(case, organization, NOW + 7 * DAY - 1) == []
    assert names(case, organization, NOW + 7 * DAY) == ["diam-2026-11-18"]
    later = replace(case, active_at=NOW + 8 * DAY)
    assert names(later, organization, NOW + 9 * DAY) == []
    assert names(later, organization, NOW + 15 * DAY) == ["diam-2026-11-26"]


def test_clock_of_a_complaint_rings_before_its_last_day(organization: Organization) -> None:
    """By the organization's own calendar, with source and doubt, until somebody answers."""
    case = replace(CASE, status=Status.WAITING, clocks=(("komitmen", "2026-11-30"),))
    midnight = int(dt.datetime(2026, 11, 27, 17, tzinfo=dt.UTC).timestamp())  # 00.00 WIB
    case = replace(case, active_at=midnight)
    assert names(case, organization, midnight - 1) == []
    (late,) = due(case, organization, shipped_plan(), midnight)
    assert late.name == "tenggat-komitmen-2026-11-30"
    for part in (
        "Tenggat 2026-11-30",
        "Pasal 18 ayat (3)",
        "Belum pasti:",
        "Tanya BP3MI",
        "/dijawab",
    ):
        assert part in late.text


def test_every_reminder_is_short_and_holds_no_number(organization: Organization) -> None:
    """For each status, urgency and clock: plain sentences that the number check lets pass."""
    clocks = tuple((deadline.id, "2026-11-30") for deadline in shipped_plan().deadlines)
    seen = set()
    for status in Status:
        for urgency in ("red", "yellow", "green"):
            case = replace(CASE, status=status, urgency=urgency, clocks=clocks)
            for reminder in due(case, organization, shipped_plan(), NOW + 400 * DAY):
                seen.add(reminder.name)
                assert not holds_number(reminder.text)
                assert len(reminder.name) <= 60
                assert len(reminder.text) < 400
    assert len(seen) == 3 + 3 + 1 + len(clocks)


# --- from case to comment ---


@dataclass
class Desk:
    """A case at a tracker, and everything that works on it."""

    spool: Spool
    tracker: Tracker
    form: Form
    organization: Organization
    clock: Clock
    case: str
    number: int

    def round(self, hours: float = 0) -> int:
        """Some hours later: follow, remind, write; how many reminders are new."""
        self.clock.seconds += int(hours * HOUR)
        Follower(self.spool, self.tracker, 0, self.clock).follow()
        new = Reminders(self.spool, self.tracker, self.organization, self.clock).remind()
        Courier(
            self.spool, self.tracker, self.form, "https://contoh.example/", 120, "a", self.clock
        ).deliver()
        Follower(self.spool, self.tracker, 0, self.clock).follow()
        return new

    def reminded(self) -> list[str]:
        """The names of the reminders below the issue."""
        firsts = [comment.body.partition("\n")[0] for comment in self.tracker.comments(self.number)]
        start = f"<!-- intake reminder {self.case} "
        return [line.removeprefix(start).removesuffix(" -->") for line in firsts if start in line]

    def is_marked(self) -> bool:
        """Whether the label is there."""
        return LATE in self.tracker.read(self.number).labels


@pytest.fixture
def stand_in() -> Iterator[GitHubStandIn]:
    """GitHub on a clock that a test turns."""
    made = GitHubStandIn(Clock(NOW))
    try:
        yield made
    finally:
        made.close()
    assert made.failures == []


@pytest.fixture(params=["folder", "github"])
def desk(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    database_url: str,
    stand_in: GitHubStandIn,
    form: Form,
    organization: Organization,
) -> Iterator[Desk]:
    """The same desk at each tracker."""
    login = GitHubLogin(token=TOKEN, api=stand_in.url)
    clock = stand_in.clock
    assert isinstance(clock, Clock)
    tracker: Tracker = GitHubTracker("aman/laporan", login, pace=0, timeout=1)
    if request.param == "folder":
        tracker = FolderTracker(tmp_path / "tracker")
    spool = Spool(database_url)
    case, _ = spool.accept(NewReport(bytes(16), bytes(32), FACTS, {}, bytes(32)), NOW)
    labels = issue.labels(form, FACTS)
    number = tracker.create(issue.title(form, FACTS, case), labels, marker_line(case))
    spool.move(case, State.VERIFIED, NOW, number)
    yield Desk(spool, tracker, form, organization, clock, case, number)
    spool.close()


def test_unread_case_is_reminded_of_once(desk: Desk) -> None:
    """One comment, one label; reading takes the label, the comment stays."""
    assert desk.round(23) == 0
    assert desk.round(1) == 1
    assert [desk.round(hours) for hours in (0, 1, 30)] == [0, 0, 0]
    assert desk.reminded() == ["baca-kuning"]
    assert desk.is_marked()
    desk.tracker.set_label(desk.number, "status: dibaca")
    desk.round()
    assert not desk.is_marked()
    assert desk.reminded() == ["baca-kuning"]


def test_reading_in_time_leaves_nothing_behind(desk: Desk) -> None:
    """What was due and not yet written is not written, and no label comes late."""
    desk.clock.seconds += 25 * HOUR
    worker = Reminders(desk.spool, desk.tracker, desk.organization, desk.clock)
    assert worker.remind() == 1
    desk.tracker.set_label(desk.number, "status: dibaca")
    Follower(desk.spool, desk.tracker, 0, desk.clock).follow()
    assert worker.remind() == 0
    assert desk.spool.due_remark(desk.clock()) is None
    desk.round()
    assert desk.reminded() == []
    assert not desk.is_marked()


def test_raised_urgency_has_a_reminder_of_its_own(desk: Desk) -> None:
    """What was in time as green or yellow is late as red."""
    desk.round(2)
    desk.tracker.set_label(desk.number, "darurat: merah")
    desk.round()
    desk.round()
    assert desk.reminded() == ["baca-merah"]


def test_withdrawn_and_closed_cases_are_left_alone(desk: Desk) -> None:
    """Nobody is told to work on them."""
    desk.spool.withdraw(desk.case, NOW)
    assert desk.round(100) == 0
    desk.spool.restore(desk.case, desk.clock())
    desk.tracker.set_state(desk.number, "closed")
    assert desk.round(1_000) == 0
    assert desk.reminded() == []


@pytest.mark.parametrize("end", ["closed", "withdrawn"])
def test_case_that_ends_is_late_no_more(desk: Desk, end: str) -> None:
    """Its label goes with the next look, and a reminder that was due is not written any more."""
    assert desk.round(24) == 1
    assert desk.is_marked()
    desk.clock.seconds += HOUR
    if end == "closed":
        desk.tracker.set_state(desk.number, "closed")
    else:
        desk.spool.withdraw(desk.case, desk.clock())
    desk.round()
    desk.round()
    assert not desk.is_marked()
    assert desk.reminded() == ["baca-kuning"]


def test_reminder_is_not_written_below_a_case_that_was_closed(desk: Desk) -> None:
    """Closed between finding it late and writing so."""
    desk.clock.seconds += 25 * HOUR
    worker = Reminders(desk.spool, desk.tracker, desk.organization, desk.clock)
    assert worker.remind() == 1
    desk.tracker.set_state(desk.number, "closed")
    assert desk.round() == 0
    assert desk.reminded() == []


def test_label_that_a_person_set_is_mended(desk: Desk) -> None:
    """It says what the program found, so it goes when nothing is late."""
    desk.tracker.set_label(desk.number, LATE)
    desk.round()
    desk.round()
    assert not desk.is_marked()


@pytest.mark.parametrize("desk", ["github"], indirect=True)
def test_faults_repeat_no_reminder(desk: Desk, stand_in: GitHubStandIn) -> None:
    """Down before, during and after the comment: one stands there, with its label."""
    desk.clock.seconds += 25 * HOUR
    stand_in.faults.extend(
        [
            Fault(503, method="POST", path="/labels"),
            Fault(503, method="POST", path="/comments"),
            Fault(500, after=True, method="POST", path="/comments"),
            Fault(503, method="GET", path="/comments"),
        ]
    )
    for _ in range(12):
        try:
            desk.round(0.1)
        except TrackerUnavailable:
            continue
    assert not stand_in.faults
    assert desk.reminded() == ["baca-kuning"]
    assert desk.is_marked()


@pytest.mark.parametrize("desk", ["github"], indirect=True)
def test_persons_own_words_are_activity_and_the_programs_are_not(
    desk: Desk, stand_in: GitHubStandIn
) -> None:
    """A pasted note starts the quiet week anew; a reminder or an addition does not."""
    desk.tracker.set_label(desk.number, "status: ditangani")
    desk.round()
    desk.round(6 * 24)
    stand_in.add_comment(desk.number, f"<!-- intake addition {desk.case} 1a2b -->\n\nx")
    desk.round(25)
    assert desk.reminded() == ["diam-2026-11-18"]
    stand_in.add_comment(desk.number, f"<!-- intake note {desk.case} -->\n\nx")
    desk.round(6 * 24)
    assert not desk.is_marked()
    desk.round(25)
    assert desk.reminded() == ["diam-2026-11-18", "diam-2026-11-25"]


def test_command_reminds_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`intake remind` on its own: the comment is there when it ends."""
    monkeypatch.setattr("intake.settings.load_form", lambda _path, _region: the_form())
    place = set_up(tmp_path)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    spool, folder = Spool(place.environment["INTAKE_DATABASE"]), FolderTracker(place.tracker)
    case, _ = spool.accept(NewReport(bytes(16), bytes(32), FACTS, {}, bytes(32)), 0)
    number = folder.create("x", ["status: baru"], marker_line(case))
    spool.move(case, State.VERIFIED, 0, number)
    spool.close()
    for expected in ("1 new reminders\n", "0 new reminders\n"):
        assert commands.main(["remind"]) == 0
        assert capsys.readouterr().out == expected
    (comment,) = folder.comments(number)
    assert comment.body.startswith(f"<!-- intake reminder {case} baca-kuning -->")
    assert LATE in folder.read(number).labels

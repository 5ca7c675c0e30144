"""A month in a team's life: sixty requests, from arriving to being deleted, against GitHub's stand-in.

People of all kinds ask on every way; a coordinator and three volunteers read, share, note, answer,
pass on and close; the program walks through November hour by hour. Then a hundred days pass.
"""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest

from github_stand_in import GitHubStandIn, StoredComment, StoredIssue
from intake import sealing
from intake.form import Level
from intake.labels import LABEL_OF, LATE, NO_NAMES, OLD_KEY, SHARE_AGAIN, STATUS, URGENCY
from intake.labels import URGENCY_LABEL, WITHDRAWN
from intake.reminders import due, open_cases
from intake.plan import shipped_plan
from intake.spool import Status
from intake.tracker import marker_line
from pdf_reader import Pdf
from team_month import (
    DAY,
    DOORS,
    HOUR,
    LEAKED,
    Request,
    Team,
    answers_of,
    listening,
    words_of,
)
from test_canary import CANARY, spellings
from workplace import Clock, Holder, coordinator, recovery

START = 1_793_466_000  # 1 November 2026, 00.00 in Jakarta
DAYS = 30
LOST, ROTATED, RESEALED, LOOKED = 12 * 24, 19 * 24, 21 * 24, 28 * 24  # hours of the month
AGENCY = "Sinar Rekaan Jaya"
ALIKE = ("PT. Sinar Rekaan Jaya", "pt sinar rekaan djaya", "PT Sinar Rekaan Jaya Tbk")

Act = Callable[[Team, Request], object]


def says(text: str, status: str = "") -> Act:
    """A command, and the status that the PIN sees after it."""

    def act(team: Team, request: Request) -> None:
        team.say(request, text)
        if status:
            request.reach(status)

    return act


def labels(label: str, status: str = "") -> Act:
    """The same by label."""

    def act(team: Team, request: Request) -> None:
        team.relabel(request, label, label.partition(":")[0])
        if status:
            request.reach(status)

    return act


def presses(state: str, status: str) -> Act:
    """The same by the button."""

    def act(team: Team, request: Request) -> None:
        team.press(request, state)
        request.reach(status)

    return act


def shares(team: Team, request: Request) -> None:
    """Shared: from then on somebody works on it."""
    team.share(request)
    if request.steps[-1] in ("received", "read"):
        request.reach("working")


def raises(team: Team, request: Request) -> None:
    """The urgency goes up by label, down by label in vain, and down by command."""
    request.level = "red"
    team.relabel(request, "darurat: merah", "darurat")


def lowers(team: Team, request: Request) -> None:
    """By command, the only way."""
    request.level = "yellow"
    team.say(request, "/darurat kuning")


# What is done about a request, and how many hours after it came.
LIVES: dict[str, tuple[tuple[int, Act], ...]] = {
    "whole": (
        (1, says("/dibaca", "read")),
        (3, says("/tim umum")),
        (5, shares),
        (26, Team.note),
        (30, Team.answer),
        (60, says("/diteruskan", "passed-on")),
        (80, Team.paste_note),
        (120, says("/selesai", "closed")),
    ),
    "waiting": (
        (2, labels("status: dibaca", "read")),
        (20, shares),
        (40, says("/menunggu", "waiting")),
        (41, Team.note),
        (44, Team.answer),
    ),
    "answered": ((2, says("/dibaca", "read")), (3, Team.answer), (30, presses("closed", "closed"))),
    "unread": ((80, says("/ditangani", "working")),),
    "read": ((1, says("/dibaca", "read")),),
    "withdrawn": ((2, says("/dibaca", "read")), (4, Team.add), (20, Team.withdraw)),
    "at once": ((0, Team.withdraw),),
    "restored": (
        (2, says("/DIBACA", "read")),
        (3, Team.add),
        (20, Team.withdraw),
        (40, Team.restore),
        (45, shares),
        (47, Team.note),
    ),
    "clock": (
        (3, says("/ditangani", "working")),
        (10, says("/tenggat komitmen 2026-11-27")),
        (11, says("/tenggat janji 2026-11-24")),
    ),
    "stopped clock": (
        (3, says("/ditangani", "working")),
        (10, says("/tenggat lpsk 2026-11-29")),
        (12, says("/dijawab")),
    ),
    "leaked": (
        (1, says("/dibaca", "read")),
        (4, says(f"Tolong telepon ibunya di {LEAKED}, {CANARY}")),
        (6, shares),
    ),
    "raised": (
        (1, says("/ditangani", "working")),
        (2, raises),
        (10, labels("darurat: hijau")),
        (20, lowers),
    ),
    "reopened": (
        (1, says("/ditangani", "working")),
        (10, presses("closed", "closed")),
        (30, presses("open", "working")),
        (31, says("/selesaikan")),
    ),
    "added": ((1, says("/dibaca", "read")), (5, Team.add), (6, Team.add), (9, shares)),
    "test": (),
}
HOW_MANY = {
    "whole": 12, "waiting": 10, "answered": 8, "unread": 6, "read": 4, "withdrawn": 4,
    "at once": 1, "restored": 3, "clock": 2, "stopped clock": 1, "leaked": 2, "raised": 2,
    "reopened": 1, "added": 3, "test": 1,
}  # fmt: skip
LEVELS: tuple[Level, ...] = ("green", "yellow", "red")


def planned() -> list[Request]:
    """The sixty requests of the month, in the order in which they come."""
    lives = [life for life, count in HOW_MANY.items() for _ in range(count)]
    made = [_request(place, life) for place, life in enumerate(lives)]
    named = [request for request in made if request.life in ("waiting", "clock")][:6:2]
    for request, agency in zip(named, ALIKE, strict=True):
        request.agency = agency
    late = next(request for request in made if request.life == "read" and request.way == "json")
    late.way, late.at = "late page", START + (ROTATED + 5) * HOUR
    return sorted(made, key=lambda request: request.at)


def _request(place: int, life: str) -> Request:
    # Each life meets each door, level and way sooner or later; days and nights too.
    way = "plain" if place % 6 == 1 else "handed" if place in (8, 26, 44) else "json"
    way = {0: "suspect"}.get(place, way) if life != "test" else "test"
    door = DOORS[place % len(DOORS)]
    level = LEVELS[place // 2 % 3]
    if life == "test":
        door, level = "write", "green"
    if door == "question":
        level = "green"
    if door == "call":
        level = "yellow"
    # The first three weeks bring most; whoever comes late leaves a case open at the end.
    hour = 8 + (place * 10 + place // 7) % (22 * 24)
    return Request(place, life, way, level, START + hour * HOUR, door)


@dataclass
class Shown:
    """The tracker and what each PIN sees, at one moment."""

    issues: dict[int, StoredIssue]
    comments: list[StoredComment]
    hidden: set[int]
    status: dict[int, tuple[int, dict[str, Any]]]  # by place
    late: set[str]
    tallies: list[dict[str, Any]]

    def below(self, request: Request) -> list[str]:
        """The comments below a case, oldest first."""
        return [one.body for one in self.comments if one.number == request.number]


@dataclass
class Month:
    """The team, and what was to be seen when November ended and a hundred days later."""

    team: Team
    new: Holder
    at_the_end: Shown
    much_later: Shown
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def people(self) -> list[Request]:
        """The requests with a person, or a machine, behind them."""
        return [request for request in self.team.requests if request.way != "test"]

    def of(self, *lives: str) -> list[Request]:
        """The requests of these lives."""
        return [request for request in self.team.requests if request.life in lives]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    """November 2026, and a hundred days more."""
    clock = Clock(START)
    stand_in = GitHubStandIn(clock)
    team = Team(tmp_path_factory.mktemp("bulan"), stand_in, clock)
    try:
        with listening(team.heard), mock.patch("secrets.token_bytes", team.rng.randbytes):
            yield _lived(team)
    finally:
        team.close()
        stand_in.close()
    assert stand_in.failures == []


def _lived(team: Team) -> Month:
    key, passphrase = sealing.new_private_key(), sealing.new_passphrase()
    new = Holder(key, key.public("koordinator-baru"), passphrase, sealing.lock(key, passphrase))
    coming = planned()
    for hour in range(DAYS * 24):
        team.clock.seconds = START + hour * HOUR
        _do_what_is_planned(team, hour, new)
        while coming and coming[0].at <= team.clock():
            request = coming.pop(0)
            request.answers = answers_of(request) if request.life != "test" else {}
            team.arrive(request)
        _act(team)
        team.work()
        _note_numbers(team)
        if hour % 24 == 3:
            team.canary.look()
            team.purge()
    assert coming == []
    team.clock.seconds = START + DAYS * DAY + HOUR
    _write_reports(team)
    at_the_end = _look(team)
    files = {str(path): path.read_bytes() for path in team.place.folder.rglob("*") if path.is_file()}
    team.clock.seconds += 100 * DAY
    team.work()
    team.work()
    team.purge()
    team.work()
    return Month(team, new, at_the_end, _look(team), files)


def _do_what_is_planned(team: Team, hour: int, new: Holder) -> None:
    """What happens once in the month."""
    if hour == LOST:
        team.strike_out(team.volunteers[1])
    if hour == LOST + 1:
        team.share_again()
    if hour == ROTATED:
        team.rotate(new)
    if hour == RESEALED:
        assert team.with_key("reseal", holder=coordinator()) == 0
    if hour == LOOKED:
        assert team.with_key("patterns") == 0


def _act(team: Team) -> None:
    """Everything that is to be done about each request in this hour."""
    for request in team.requests:
        since = (team.clock() - request.at) // HOUR
        for after, act in LIVES[request.life]:
            if after == since:
                act(team, request)


def _note_numbers(team: Team) -> None:
    """Whoever was filed has an issue."""
    for request in team.requests:
        if not request.number and not (request.withdrawn and request.life == "at once"):
            team.issue(request)


def _write_reports(team: Team) -> None:
    folder = team.place.folder
    assert team.with_key("digest", "--month", "2026-11", "--out", str(folder / "ringkasan")) == 0
    assert team.run("export", str(folder / "ekspor")) == 0


def _look(team: Team) -> Shown:
    plan = shipped_plan()
    late = {
        case.case_number
        for case in open_cases(team.spool)
        if any(due(case, team.organization, plan, team.clock()))
    }
    return Shown(
        issues=copy.deepcopy(team.stand_in.issues),
        comments=copy.deepcopy([*team.stand_in.written.values()]),
        hidden=set(team.stand_in.minimized),
        status={r.place: _asked(team, r) for r in team.requests if r.life != "test"},
        late=late,
        tallies=team.spool.tallies(),
    )


def _asked(team: Team, request: Request) -> tuple[int, dict[str, Any]]:
    """What the page of news is told for this PIN."""
    sent = {"version": 1, "return_verifier": request.keys.verifier}
    told = team.phone(request).post("/intake/status", json=sent)
    return told.status_code, told.json or {}


def test_core(month: Month) -> None:
    print(Counter(month.team.heard.lines[0:0]), len(month.team.stand_in.requests))

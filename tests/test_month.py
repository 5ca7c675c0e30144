"""A month in a team's life: sixty requests, from arriving to being deleted, at GitHub's stand-in.

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
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa

from github_stand_in import GitHubStandIn, StoredComment, StoredIssue
from intake import codes, sealing
from intake.answers import compute_urgency, derive_facts
from intake.form import Level
from intake.labels import (
    LABEL_OF,
    LATE,
    NO_NAMES,
    OLD_KEY,
    SHARE_AGAIN,
    STATUS,
    URGENCY,
    URGENCY_LABEL,
)
from intake.plan import shipped_plan
from intake.reminders import due, open_cases
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
from workplace import Clock, Holder, coordinator, recovery, the_form

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
# Without JavaScript the receiver stretches a PIN, which takes time: few, of different lives.
PLAIN, HANDED = (1, 13, 37, 43, 57), (8, 26, 44)
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
    # Each life meets each door and level sooner or later, by day and by night.
    ways = {0: "suspect"} | dict.fromkeys(PLAIN, "plain") | dict.fromkeys(HANDED, "handed")
    way = "test" if life == "test" else ways.get(place, "json")
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
    coming, before = planned(), True
    for hour in range(DAYS * 24):
        team.clock.seconds = START + hour * HOUR
        happened = _do_what_is_planned(team, hour, new)
        while coming and coming[0].at <= team.clock():
            request = coming.pop(0)
            request.answers = answers_of(request) if request.life != "test" else {}
            team.arrive(request)
            happened = True
        happened |= _act(team)
        # The round after it writes what the first one found out.
        quiet = not (happened or before) and hour % 6 > 0
        before = team.work(quiet=quiet) or happened
        _note_numbers(team)
        if hour % 24 == 3:
            team.purge()
    assert coming == []
    team.clock.seconds = START + DAYS * DAY
    team.work()
    team.work()
    _write_reports(team)
    at_the_end = _look(team)
    files = {
        str(path): path.read_bytes() for path in team.place.folder.rglob("*") if path.is_file()
    }
    team.clock.seconds += 100 * DAY
    team.work()
    team.work()
    team.purge()
    team.work()
    return Month(team, new, at_the_end, _look(team), files)


def _do_what_is_planned(team: Team, hour: int, new: Holder) -> bool:
    """What happens once in the month; whether anything did."""
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
    return hour in (LOST, LOST + 1, ROTATED, RESEALED, LOOKED)


def _act(team: Team) -> bool:
    """Everything that is to be done about each request in this hour; whether anything was."""
    acted = False
    for request in team.requests:
        since = (team.clock() - request.at) // HOUR
        for after, act in LIVES[request.life]:
            if after == since:
                act(team, request)
                acted = True
    return acted


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


# --- cards ---


def test_requests_are_of_all_kinds() -> None:
    """Sixty of them: every door, way, urgency, contact and sharing; the same in every run."""
    requests = planned()
    assert len(requests) == 60
    people = [request for request in requests if request.life != "test"]
    facts = [derive_facts(the_form(), answers_of(request), "id") for request in people]
    assert {request.door for request in people} == set(DOORS)
    ways = Counter(request.way for request in requests)
    assert ways.keys() == {"json", "plain", "suspect", "handed", "late page", "test"}
    assert {fact["urgency"] for fact in facts} == set(LEVELS)
    assert {fact["contact"] for fact in facts} == {"may-contact", "i-come-back"}
    assert {fact["sharing"] for fact in facts} == {"tell-nobody", "may-share", "ask-first"}
    assert requests == planned()


def test_each_request_became_one_issue(month: Month) -> None:
    """By its title and its marker; no number was given twice, and nothing else was filed."""
    numbers = [request.number for request in month.team.requests if request.number]
    assert sorted(numbers) == list(range(1, 60))
    (never_filed,) = month.of("at once")
    assert never_filed.number == 0
    for request in month.people:
        if kept := month.at_the_end.issues.get(request.number):
            word = URGENCY_LABEL[request.level].removeprefix("darurat: ").upper()
            assert kept.title == f"{word} · {request.case_number}"
            assert (kept.body or "").startswith(marker_line(request.case_number))


def test_each_card_shows_one_status_one_urgency_and_its_team(month: Month) -> None:
    """What the last act made them, and the issue is closed where the case is."""
    for request in month.people:
        kept = month.at_the_end.issues.get(request.number)
        if kept is None:
            continue
        names = [name for name in kept.labels if name in STATUS]
        assert names == [LABEL_OF[Status(request.steps[-1])]], request
        assert [name for name in kept.labels if name in URGENCY] == [URGENCY_LABEL[request.level]]
        assert sum(name.startswith("tim: ") for name in kept.labels) == 1
        assert ("tim: umum" in kept.labels) or request.life != "whole"
        assert (kept.state == "closed") == (request.steps[-1] == "closed")
        assert len(kept.labels) == len(set(kept.labels))


def test_late_is_marked_while_it_is_late(month: Month) -> None:
    """The label stands on those cases with which something is late now, and on no other."""
    marked = {r.case_number for r in month.people if LATE in _labels(month, r)}
    assert marked == month.at_the_end.late
    assert len(marked) > 10


def test_test_request_left_nothing(month: Month) -> None:
    """It was filed, found, closed, and deleted on both sides, and it counts nowhere."""
    (test,) = month.of("test")
    assert test.number not in month.at_the_end.issues
    assert month.team.spool.of_case(test.case_number) is None
    assert "test request found and closed" in "".join(month.team.heard.lines)


# --- what the person sees ---


def test_each_pin_is_told_its_own_steps(month: Month) -> None:
    """In their order, with times that never go back; whoever withdrew is known no more."""
    for request in month.people:
        status, told = month.at_the_end.status[request.place]
        if request.withdrawn:
            assert status == 404
            continue
        assert status == 200
        assert told["case_number"] == request.case_number
        assert [event["status"] for event in told["events"]] == request.steps, request
        times = [event["at"] for event in told["events"]]
        assert times == sorted(times)
        assert request.at <= times[0] < times[-1] <= START + DAYS * DAY + 120
        assert told["withdrawn_at"] is None


def test_answer_is_opened_by_its_pin_alone(month: Month) -> None:
    """Each answer came back to its own PIN; another PIN's key opens nothing of it."""
    answered = [request for request in month.people if request.answered]
    assert len(answered) == 30
    for request, other in zip(answered, answered[1:] + answered[:1], strict=True):
        sealed = month.at_the_end.status[request.place][1]["answer"]["sealed"]
        keys = (codes.decode(one.keys.answer_key, 32) for one in (request, other))
        content = json.loads(sealing.open_answer(sealed, next(keys)))
        assert content["text"] == request.answered
        with pytest.raises(sealing.Damaged):
            sealing.open_answer(sealed, next(keys))
    silent = [r for r in month.people if not r.answered and not r.withdrawn]
    assert all(month.at_the_end.status[r.place][1]["answer"] is None for r in silent)


# --- what stands below the cards ---


def test_every_letter_stands_once(month: Month) -> None:
    """Additions, notes, withdrawals and restorings, however often a phone sent them."""
    sorts = {"addition", "note", "withdrawn", "restored"}
    for request in month.people:
        if request.number in month.at_the_end.issues:
            found = words_of(month.at_the_end.below(request))
            assert Counter(w for w in found if w in sorts) == Counter(request.letters), request
    firsts = [one.body.partition("\n")[0] for one in month.at_the_end.comments]
    written = [line for line in firsts if re.match(r"<!-- intake \w+ \S+ \S+ -->", line)]
    assert not [
        line for line, count in Counter(written).items() if count > 1 and "share" not in line
    ]


def test_reminders_came_when_they_had_to(month: Month) -> None:
    """Unread, not taken on, quiet, a clock: each once; a clock that was stopped is silent."""
    for request in month.people:
        if request.number not in month.at_the_end.issues:
            continue
        names = _reminders(month, request)
        assert len(names) == len(set(names))
        word = URGENCY_LABEL[_came_as(request)].removeprefix("darurat: ")
        assert (f"baca-{word}" in names) == _was_read_late(request), (request, names)
        if request.life == "read":
            assert f"tangani-{word}" in names
        if request.life in ("waiting", "unread", "reopened"):
            assert any(name.startswith("diam-") for name in names), (request, names)
        if request.steps[-1] == "closed":
            assert not any(name.startswith("diam-") for name in names)
    for request in month.of("clock"):
        found = [name for name in _reminders(month, request) if name.startswith("tenggat")]
        assert found == ["tenggat-janji-2026-11-24", "tenggat-komitmen-2026-11-27"]
    (stopped,) = month.of("stopped clock")
    assert not [name for name in _reminders(month, stopped) if name.startswith("tenggat")]


def test_a_reminder_says_what_is_late_and_nothing_of_a_person(month: Month) -> None:
    """A hundred days later none of them was repeated either."""
    firsts = [one.body.partition("\n")[0] for one in month.much_later.comments]
    reminders = [line for line in firsts if line.startswith("<!-- intake reminder")]
    assert len(reminders) == len(set(reminders)) > 30


def test_urgency_is_lowered_by_command_alone(month: Month) -> None:
    """The label was set back with one sentence, the command was obeyed."""
    for request in month.of("raised"):
        assert words_of(month.at_the_end.below(request)).count("kept") == 1
    for request in month.of("reopened"):
        assert words_of(month.at_the_end.below(request)).count("unknown") == 1


def test_number_in_a_comment_is_hidden_and_goes_nowhere(month: Month) -> None:
    """Its writer is warned; it is in no request, file, log, alert or export of the program's."""
    for request in month.of("leaked"):
        below = [one for one in month.at_the_end.comments if one.number == request.number]
        (leak,) = [one for one in below if LEAKED in one.body]
        assert leak.id in month.at_the_end.hidden
        assert words_of(month.at_the_end.below(request)).count("warning") == 1
        assert NO_NAMES in _labels(month, request)
    assert len(month.at_the_end.hidden) == len(month.of("leaked"))
    assert _holding(month, LEAKED) == []


# --- keys ---


def test_volunteers_read_what_was_shared_with_them_alone(month: Month) -> None:
    """Each share opens with one key; after a phone was lost nothing was sealed to it."""
    team, found = month.team, 0
    for one in month.at_the_end.comments:
        mark = re.match(r"<!-- intake share \S+ (\w+) -->", one.body)
        if mark is None:
            continue
        sealed, found = sealing.find_sealed(one.body), found + 1
        openers = [v.mark for v in team.volunteers if _opens(sealed, v.key)]
        assert openers == [mark[1]]
        lost = team.struck is not None and mark[1] == team.struck.mark
        assert not lost or one.created_at < START + LOST * HOUR
    assert found > 20


def test_lost_phone_has_no_open_case(month: Month) -> None:
    """Its mark left every open card, and each case that had it is with somebody else."""
    team = month.team
    assert team.struck is not None
    again = 0
    for request in month.people:
        names = _labels(month, request)
        if not names or request.steps[-1] == "closed":
            continue
        assert f"relawan: {team.struck.mark}" not in names
        assert SHARE_AGAIN not in names
        if request.shared_to:
            assert f"relawan: {request.shared_to[-1]}" in names
            again += team.struck.mark in request.shared_to
    assert again > 0


def test_open_cases_open_with_todays_keys_and_no_other(month: Month) -> None:
    """The new reader's and the recovery key; not the retired one, a volunteer's or a stranger's."""
    team, opened = month.team, 0
    others = [coordinator().key, sealing.new_private_key(), *(v.key for v in team.volunteers)]
    for request in month.people:
        kept = month.at_the_end.issues.get(request.number)
        if kept is None or kept.state == "closed":
            continue
        sealed, opened = sealing.find_sealed(kept.body or ""), opened + 1
        for key in (month.new.key, recovery().key):
            content = json.loads(sealing.open_sealed(sealed, key))
            assert content["answers"] == request.answers
        assert not any(_opens(sealed, key) for key in others)
        assert OLD_KEY not in kept.labels
        for body in month.at_the_end.below(request):
            if re.match("<!-- intake (addition|note)", body):
                assert _opens(sealing.find_sealed(body), month.new.key)
    assert opened > 20
    assert "tinjau: kunci lama" in str([r.body for r in team.stand_in.sent("POST")])


def test_same_agency_is_one_group(month: Month) -> None:
    """Three spellings, one label; nothing else is alike."""
    named = {r.case_number for r in month.people if r.agency}
    labelled = {r.case_number for r in month.people if "pola: A1" in _labels(month, r)}
    assert named == labelled
    assert len(named) == 3
    assert not [name for name in month.team.stand_in.labels if name.startswith("pola: a2")]


# --- the end ---


def test_withdrawn_cases_are_gone(month: Month) -> None:
    """Three days later at most: from the tracker, from every table, and told with 404."""
    withdrawn = [request for request in month.people if request.withdrawn]
    assert len(withdrawn) == 5
    for request in withdrawn:
        assert request.number not in month.at_the_end.issues
        assert month.team.spool.of_case(request.case_number) is None
    told = json.dumps([request.body for request in month.team.stand_in.sent("PATCH")])
    assert withdrawn[0].case_number in told


def test_closed_cases_go_after_their_days(month: Month) -> None:
    """A hundred days later; open ones stay, and one count is left of each that went."""
    gone = [r for r in month.people if r.withdrawn or r.steps[-1] == "closed"]
    for request in month.people:
        assert (request.number in month.much_later.issues) == (request not in gone)
        assert month.much_later.status[request.place][0] == (404 if request in gone else 200)
    rest = _rows(month, "SELECT case_number FROM {}")
    assert rest <= {r.case_number for r in month.people if r not in gone}
    counted = Counter[tuple[str, str]]()
    for row in month.much_later.tallies:
        assert row["month"] == "2026-11"
        counted[row["country"], row["urgency"]] += row["cases"]
    assert counted == Counter((_country(r), r.level) for r in gone)


def test_digest_counts_the_month(month: Month) -> None:
    """Page and PDF: how many came, are open, closed and erased, and an agenda of the open ones."""
    page = _file(month, "digest.html").decode()
    figures = {label: int(n) for n, label in re.findall(r"<strong>(\d+)</strong>([^<]+)", page)}
    closed = sum(r.steps[-1] == "closed" for r in month.people)
    erased = sum(r.withdrawn for r in month.people)
    open_ones = [r for r in month.people if not r.withdrawn and r.steps[-1] != "closed"]
    assert [*figures.values()] == [
        59, len(open_ones), len(month.at_the_end.late), closed, 0, erased,
    ]  # fmt: skip
    pdf = Pdf(_file(month, "digest.pdf"))
    text = " ".join(pdf.text(at) for at in range(pdf.pages))
    for request in month.people:
        assert (request.case_number in text) == (request in open_ones)
        assert (request.case_number in page) == (request in open_ones)


def test_alerts_rang_for_red_cases_alone(month: Month) -> None:
    """Each red case was told until somebody read it; a message holds numbers of cases, no more."""
    red = {r.case_number for r in month.people if _came_as(r) == "red" or r.life == "raised"}
    told = {number for message in month.team.room.messages for number in message.cases}
    assert told
    assert told <= red
    assert {str(message.kind) for message in month.team.room.messages} == {"red"}


def test_what_people_typed_is_nowhere(month: Month) -> None:
    """Not in a file, an issue, a comment, an e-mail, a request, a log, an alert or what is printed.

    The search itself finds it where it was opened.
    """
    assert _holding(month, CANARY, AGENCY) == []
    opened = json.dumps(month.team.opened(month.of("waiting")[0])).encode()
    assert _is_in(opened, CANARY)


def test_no_secret_of_a_person_is_kept(month: Month) -> None:
    """Neither token nor PIN nor what it yields is in a file, at the tracker or in a log."""
    secrets = [
        secret
        for request in month.people
        for secret in (request.token, request.pin, request.keys.verifier, request.keys.answer_key)
        if secret
    ]
    assert len(secrets) > 3 * 59
    assert _holding(month, *secrets, spelt=False) == []


# --- looking ---


def _labels(month: Month, request: Request) -> list[str]:
    kept = month.at_the_end.issues.get(request.number)
    return kept.labels if kept else []


def _reminders(month: Month, request: Request) -> list[str]:
    line = re.compile(rf"<!-- intake reminder {request.case_number} (\S+) -->")
    found = (line.match(body) for body in month.at_the_end.below(request))
    return [match[1] for match in found if match]


def _opens(sealed: dict[str, Any], key: sealing.PrivateKey) -> bool:
    try:
        return bool(sealing.open_sealed(sealed, key))
    except sealing.NotForThisKey:
        return False


def _came_as(request: Request) -> Level:
    return compute_urgency(the_form().urgency, request.answers)


def _was_read_late(request: Request) -> bool:
    """Whether the first act came after the hours that the form promises."""
    return LIVES[request.life][0][0] > {"red": 1, "yellow": 24, "green": 72}[_came_as(request)]


def _country(request: Request) -> str:
    return str(request.answers["country"])


def _file(month: Month, name: str) -> bytes:
    return next(content for path, content in month.files.items() if path.endswith(f"/{name}"))


def _rows(month: Month, query: str) -> set[str]:
    """What a query says of every table that knows cases."""
    tables = ("reports", "events", "additions", "notices", "remarks", "heeded", "care", "clocks")
    with month.team.spool.transaction() as connection:
        found = (connection.execute(sa.text(query.format(table))).scalars() for table in tables)
        return {str(value) for values in found for value in values}


def _is_in(content: bytes, *words: str, spelt: bool = True) -> bool:
    found = (spellings(word) if spelt else [word.encode()] for word in words)
    return any(one in content for each in found for one in each)


def _holding(month: Month, *words: str, spelt: bool = True) -> list[str]:
    """Where one of the words is, in any spelling; what a person typed at GitHub is hers."""
    team, stand_in = month.team, month.team.stand_in
    places = {
        "issues": [
            f"{kept.title} {kept.labels} {kept.body}" for kept in month.at_the_end.issues.values()
        ],
        "comments": [one.body for one in month.at_the_end.comments if LEAKED not in one.body],
        "e-mails": stand_in.emails,
        "requests": [repr(request) for request in stand_in.requests],
        "logs": team.heard.lines,
        "alerts": [f"{message!r} {message.text}" for message in team.room.messages],
        "printed": [team.printed.getvalue()],
    }
    texts = {name: "\n".join(lines).encode() for name, lines in places.items()}
    return [
        name for name, text in (texts | month.files).items() if _is_in(text, *words, spelt=spelt)
    ]

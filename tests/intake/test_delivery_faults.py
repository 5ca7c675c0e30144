"""Each kind of fault that GitHub, people and clocks have in store: one whole issue all the same.

A real spool on disk, the GitHub tracker and the stand-in, on one clock that the test turns. What a
single call does about each kind is in `tracker/test_github.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from github_stand_in import OWNER_TOKEN, REPOSITORY_ID, TOKEN, Fault, GitHubStandIn
from intake import issue
from intake.delivery import CHECK_SECONDS, TURN_SECONDS, Courier
from intake.sealing import find_sealed, open_sealed
from intake.spool import LONGEST_WAIT_SECONDS, NewReport, Spool, State
from intake.tracker import GitHubLogin, Misconfigured, TrackerUnavailable, marker_line
from intake.tracker.github import GitHubTracker
from workplace import LOST_CONTACT, NOW, Clock, coordinator, sealed_report, the_form

SETTLE = 120
SITE = "https://contoh.example/"
BY_ID = str(REPOSITORY_ID)
ANSWERS: dict[str, str | list[str]] = {
    "who": "me",
    "safe": "yes",
    "problem": ["question"],
    "stage": "not-yet-left",
    "country": "MY",
    "regency": "33.02",
    "contact": "i-come-back",
}
YEAR = 365 * 86_400


@dataclass
class Post:
    """A spool, GitHub, and the worker's own clock, which may be wrong."""

    folder: Path
    github: GitHubStandIn
    clock: Clock
    place: str = BY_ID
    token: str = TOKEN
    wrong: int = 0  # seconds that the worker's clock is ahead of GitHub's
    kept: dict[str, tuple[bytes, dict[str, Any]]] = field(default_factory=dict)
    stops: list[str] = field(default_factory=list)
    starts: int = 0

    def now(self) -> int:
        """The worker's time."""
        return self.clock() + self.wrong

    @cached_property
    def spool(self) -> Spool:
        """The spool, which remembers nothing besides its file."""
        return Spool(f"sqlite:///{self.folder}/spool.db")

    def accept(self, count: int = 1) -> list[str]:
        """Keep so many reports; returns their case numbers."""
        cases = []
        for _ in range(count):
            sent, plaintext = sealed_report(ANSWERS)
            token = len(self.kept).to_bytes(16, "big")
            new = NewReport(token, bytes(32), LOST_CONTACT, sent["sealed"], bytes(32))
            cases.append(self.spool.accept(new, self.now())[0])
            self.kept[cases[-1]] = (plaintext, sent["sealed"])
        return cases

    def deliver(self) -> int:
        """One run of a worker that has just started; what stops it is kept in `stops`."""
        self.starts += 1
        login = GitHubLogin(token=self.token, api=self.github.url)
        tracker = GitHubTracker(
            self.place, login, notes=self.spool, pace=0, timeout=1, clock=lambda: self.now()
        )
        holder = f"worker {self.starts}"
        worker = Courier(self.spool, tracker, the_form(), SITE, SETTLE, holder, self.now)
        try:
            return worker.deliver()
        except (Misconfigured, TrackerUnavailable) as error:
            self.stops.append(f"{type(error).__name__}: {error}")
            return 0

    def states(self) -> list[State]:
        """The state of each report, in their order."""
        with self.spool.transaction() as connection:
            rows = connection.exec_driver_sql("SELECT state FROM reports ORDER BY id").all()
        return [State(row[0]) for row in rows]

    def run_on(self, seconds: int = 2_000, step: int = 20) -> None:
        """Run a fresh worker every `step` seconds until all is filed, or so much time is over."""
        until = self.clock() + seconds
        while self.clock() < until:
            self.deliver()
            if set(self.states()) == {State.VERIFIED}:
                return
            self.clock.seconds += step

    def holds_each_once(self) -> bool:
        """Whether GitHub has one issue for each case, whole, with all its labels, that opens."""
        assert set(self.states()) == {State.VERIFIED}, self.stops
        found = {kept.title: kept for kept in self.github.issues.values()}
        assert len(found) == len(self.github.issues) == len(self.kept), "too many or too few"
        for case, (plaintext, sealed) in self.kept.items():
            there = found[issue.title(the_form(), LOST_CONTACT, case)]
            assert there.body is not None
            assert there.body == issue.body(the_form(), LOST_CONTACT, sealed, case, SITE)
            assert set(there.labels) == set(issue.labels(the_form(), LOST_CONTACT))
            assert open_sealed(find_sealed(there.body), coordinator().key).strip() == plaintext
        return True

    def created(self) -> int:
        """How often an issue was asked for."""
        return sum(asked.path.endswith("/issues") for asked in self.github.sent("POST"))


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    """A post office where all goes well."""
    clock = Clock()
    stand_in = GitHubStandIn(clock)
    made = Post(tmp_path, stand_in, clock)
    try:
        yield made
    finally:
        made.spool.close()
        stand_in.close()
    assert stand_in.failures == []


LIMITED = '{"message": "You have exceeded a secondary rate limit. Please wait."}'
HTML = "<html><h1>Unicorn!</h1></html>"

# Each fault strikes the request that it names; whatever follows goes well.
FAULTS: dict[str, Fault] = {
    "5xx before": Fault(500),
    "502 in HTML": Fault(502, body=HTML),
    "503 with Retry-After": Fault(503, headers={"Retry-After": "70"}),
    "5xx after": Fault(500, after=True),
    "reset before": Fault(None),
    "reset after": Fault(None, after=True),
    "hang before": Fault(200, hang=True),
    "hang after": Fault(200, hang=True, after=True),
    "truncated": Fault(200, after=True, body='{"number": 1, "tit'),
    "cut off": Fault(200, after=True, headers={"Content-Length": "999", "Connection": "close"}),
    "HTML": Fault(200, after=True, body=HTML),
    "empty": Fault(200, after=True, body=""),
    "another's": Fault(200, after=True, body='{"number": 77}'),
    "401": Fault(401),
    "403": Fault(403, body='{"message": "Resource not accessible"}'),
    "403 secondary": Fault(403, body=LIMITED),
    "403 with Retry-After": Fault(403, headers={"Retry-After": "45"}),
    "403 primary": Fault(
        403, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(NOW + 300)}
    ),
    "404": Fault(404, body='{"message": "Not Found"}'),
    "408": Fault(408),
    "410": Fault(410, body='{"message": "Issues are disabled"}'),
    "422": Fault(422, body='{"message": "Validation Failed", "errors": []}'),
    "429": Fault(429),
    "451": Fault(451),
}


@pytest.mark.parametrize("when", ["create", "fill", "read", "check"])
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_ends_with_one_whole_issue(post: Post, name: str, when: str) -> None:
    """Whichever request of a batch it strikes, each report is one issue, whole and labelled."""
    post.accept(2)
    strike(post, FAULTS[name], when)
    post.run_on()
    assert post.holds_each_once()
    # Where it can be known that nothing was created, it is; else the list decided.
    assert post.created() <= 3


def strike(post: Post, fault: Fault, when: str) -> None:
    """Let the fault strike that step of the first report."""
    method, path = {
        "create": ("POST", "/issues"),
        "fill": ("PATCH", ""),
        "read": ("GET", "/issues/1"),
        "check": ("GET", f"/{REPOSITORY_ID}"),
    }[when]
    changes = {"method": method, "path": path, "status": fault.status}
    if when == "create" and fault.status == 200 and fault.after:
        changes["status"] = 201
    post.github.faults.append(Fault(**(fault.__dict__ | changes)))


def test_a_late_creation_is_waited_for(post: Post) -> None:
    """The answer says 502, the issue comes half a minute later: no second one is made."""
    post.accept(2)
    post.github.faults.append(Fault(502, method="POST", late=30))
    post.run_on()
    assert post.holds_each_once()
    assert post.created() == 2


@pytest.mark.parametrize("lag", [1, 60, SETTLE - 20])
def test_a_list_that_lags_does_not_make_a_second_issue(post: Post, lag: int) -> None:
    """It shows up within the settle time, and is filled."""
    post.accept(2)
    post.github.lag = lag
    post.github.faults.append(Fault(None, after=True, method="POST"))
    post.run_on()
    assert post.holds_each_once()
    assert post.created() == 2


def test_a_doubtful_issue_is_found_on_a_late_page(post: Post) -> None:
    """People wrote two pages of issues meanwhile."""
    post.accept()
    post.github.faults.append(Fault(None, after=True, method="POST"))
    post.github.faults.append(Fault(503, method="GET", path="/issues"))
    post.deliver()
    post.clock.seconds += 1
    others = [post.github.add_issue("rapat", "tanpa penanda") for _ in range(230)]
    post.run_on()
    for number in others:
        del post.github.issues[number]
    assert post.holds_each_once()
    assert post.created() == 1
    pages = [asked.query.get("page") for asked in post.github.sent("GET") if asked.query]
    assert "3" in pages


def test_a_doubt_reads_no_more_of_a_long_list_than_it_needs(post: Post) -> None:
    """Years of issues are there: only those since the doubt are asked for."""
    post.clock.seconds -= YEAR
    others = [post.github.add_issue("lama", "tanpa penanda") for _ in range(250)]
    post.clock.seconds += YEAR
    post.accept()
    post.github.faults.append(Fault(None, method="POST"))
    post.run_on()
    lists = [asked for asked in post.github.sent("GET") if asked.path.endswith("/issues")]
    assert lists
    assert all("page" not in asked.query for asked in lists)
    for number in others:
        del post.github.issues[number]
    assert post.holds_each_once()


# The repository changes under us


def test_a_renamed_repository_is_followed_by_its_id(post: Post) -> None:
    """301 and 307 in the middle of a batch cost one more try, and nothing is filed elsewhere."""
    post.accept(3)
    rename_after(post, 1)
    post.run_on()
    assert post.holds_each_once()


def test_a_renamed_repository_stops_whoever_goes_by_its_name(post: Post) -> None:
    """The message names the cure; with it, what was in doubt is found and not made again."""
    post.place = "aman/laporan"
    post.accept(3)
    rename_after(post, 1)
    post.run_on(200)
    assert len(post.github.issues) == 1
    assert f"set INTAKE_TRACKER to github:{BY_ID}" in post.stops[-1]
    post.place = BY_ID
    post.run_on()
    assert post.holds_each_once()


def rename_after(post: Post, issues: int) -> None:
    """Rename the repository once so many issues are there."""
    at_issue(post, issues, lambda: post.github.rename("kasus"))


def at_issue(post: Post, number: int, act: Callable[[], object]) -> None:
    """Do something as soon as the issue of that number has been created."""
    add = post.github.add_issue
    done: list[object] = []

    def add_and_act(title: str, body: str | None, labels: list[str] | None = None) -> int:
        made = add(title, body, labels)
        if made == number and not done:
            done.append(act())
        return made

    post.github.add_issue = add_and_act  # type: ignore[method-assign]


@pytest.mark.parametrize("visibility", ["public", "internal"])
def test_nothing_more_is_filed_once_others_may_read(post: Post, visibility: str) -> None:
    """Turned public between two reports of one batch: the second is not filed, not even a stub."""
    post.accept(3)

    def publish() -> None:
        post.github.visibility = visibility

    at_issue(post, 1, publish)
    post.run_on(300)
    assert len(post.github.issues) == 1
    assert set(post.stops) == {
        f"Misconfigured: {BY_ID} is not private: make it private or name another repository in "
        "INTAKE_TRACKER."
    }
    post.github.visibility = "private"
    post.run_on()
    assert post.holds_each_once()


def test_a_stub_is_not_filled_once_others_may_read(post: Post) -> None:
    """Ten seconds after the check, or in the next run, the content stays here."""
    (case,) = post.accept()

    def publish() -> None:
        post.github.visibility = "public"
        post.clock.seconds += CHECK_SECONDS

    at_issue(post, 1, publish)
    post.run_on(300)
    assert post.github.issues[1].body == marker_line(case)
    assert post.states() == [State.STUBBED]
    post.github.visibility = "private"
    post.run_on()
    assert post.holds_each_once()


def test_lost_push_rights_stop_and_labels_are_set_afterwards(post: Post) -> None:
    """GitHub drops labels without a word; once the right is back, none is missing."""
    post.accept(2)

    def demote() -> None:
        post.github.push = False
        post.github.issues[1].labels.clear()

    at_issue(post, 1, demote)
    post.run_on(300)
    assert len(post.github.issues) == 1
    assert any("push right" in stop or "labels of issue 1" in stop for stop in post.stops)
    post.github.push = True
    post.run_on()
    assert post.holds_each_once()


def test_labels_of_an_issue_that_was_found_are_restored(post: Post) -> None:
    """The answer was lost and the labels dropped: adopted by its marker, it gets them all."""
    post.accept()
    post.github.push = False
    allow(post)
    post.github.faults.append(Fault(None, after=True, method="POST", path="/issues"))
    post.deliver()
    assert post.github.issues[1].labels == []
    post.github.push = True
    post.run_on()
    assert post.holds_each_once()
    assert post.created() == 1


def allow(post: Post) -> None:
    """Let the next check pass, as if the right were lost just after it."""
    stored = post.github._repository

    def once(*asked: Any, **named: Any) -> Any:
        del post.github._repository
        status, content, headers = stored(*asked, **named)
        content["permissions"]["push"] = True
        return status, content, headers

    post.github._repository = once  # type: ignore[method-assign]


def test_labels_that_were_restored_in_part_are_completed(post: Post) -> None:
    """The worker died between two of them, or GitHub failed: two kinds begin with the same word."""
    post.accept()
    post.github.faults.append(Fault(503, method="GET", path="/issues/1"))
    post.deliver()
    every = list(post.github.issues[1].labels)
    assert sum(label.startswith("boleh:") for label in every) == 2
    post.github.issues[1].labels = [next(label for label in every if label.startswith("boleh:"))]
    post.github.faults.append(Fault(503, method="POST", path="/issues/1/labels"))
    post.run_on()
    assert post.holds_each_once()


def test_labels_that_the_team_changed_stay(post: Post) -> None:
    """Raised to red and read before it was verified: neither is set back, and nothing is added."""
    post.accept()
    post.github.faults.append(Fault(503, method="GET", path="/issues/1"))
    post.deliver()
    kept = post.github.issues[1]
    kept.labels = [label for label in kept.labels if not label.startswith(("darurat", "status"))]
    changed = [*kept.labels, "darurat: merah", "status: dibaca"]
    kept.labels = list(changed)
    post.run_on()
    assert post.github.issues[1].labels == changed


def test_a_right_lost_before_the_labels_are_restored_is_told(post: Post) -> None:
    """It is not taken for filed until its labels are there."""
    post.accept()
    allow(post)
    post.github.push = False
    post.github.faults.append(Fault(None, after=True, method="POST", path="/issues"))
    post.deliver()
    post.run_on(400)
    assert post.states() != [State.VERIFIED]
    post.github.push = True
    post.run_on()
    assert post.holds_each_once()


@pytest.mark.parametrize("state", [True, False])
def test_an_archived_repository_or_one_without_issues_waits(post: Post, state: bool) -> None:
    """Both stop, say so, and lose nothing."""
    post.accept(2)

    def close() -> None:
        if state:
            post.github.archived = True
        else:
            post.github.has_issues = False

    at_issue(post, 1, close)
    post.run_on(300)
    assert len(post.github.issues) == 1
    post.github.archived, post.github.has_issues = False, True
    post.run_on()
    assert post.holds_each_once()


@pytest.mark.parametrize("when", ["create", "fill", "read"])
def test_a_token_that_ends_in_the_middle_of_a_batch(post: Post, when: str) -> None:
    """401 stops everything at once; with a new token the batch goes on where it was."""
    post.accept(3)
    strike(post, Fault(401), when)
    post.deliver()
    assert post.stops == [
        f"Misconfigured: {BY_ID} refuses the login: make a new token or key and set it."
    ]
    assert len(post.github.issues) == (0 if when == "create" else 1)
    post.token = OWNER_TOKEN
    post.run_on()
    assert post.holds_each_once()


# People change what was filed


def test_a_stub_that_a_person_wrote_over_is_known_by_its_title(post: Post) -> None:
    """The answer was lost, and the marker deleted by hand: it is filled, not made once more."""
    post.accept()
    post.github.faults.append(Fault(None, after=True, method="POST"))
    post.github.faults.append(Fault(503, method="GET", path="/issues"))
    post.deliver()
    post.github.issues[1].body = "Siapa yang membuat ini?"
    post.run_on()
    assert post.holds_each_once()
    assert post.created() == 1


def test_a_stub_that_a_person_deleted_is_not_made_again(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said in the log, and the report stays in the spool."""
    caplog.set_level(logging.ERROR)
    cases = post.accept(2)
    post.github.faults.append(Fault(503, method="PATCH"))
    post.deliver()
    post.github.delete(1)
    post.run_on(3_000)
    assert post.states() == [State.STUBBED, State.VERIFIED]
    assert post.created() == 2
    assert caplog.messages[0] == (
        f"{cases[0]}: Issue 1 is no longer in {BY_ID}: someone deleted or moved it."
    )


def test_a_stub_that_was_edited_is_filled(post: Post) -> None:
    """Whatever a person wrote into a stub gives way to the report."""
    post.accept()
    post.github.faults.append(Fault(503, method="PATCH"))
    post.deliver()
    post.github.issues[1].body = "catatan"
    post.run_on()
    assert post.holds_each_once()


# Clocks


@pytest.mark.parametrize("jump", [-10 * YEAR, -86_400, -3_600, 3_600, 86_400, 10 * YEAR])
@pytest.mark.parametrize("lag", [0, SETTLE - 20])
def test_a_clock_that_jumps_in_a_doubt_makes_no_second_issue(
    post: Post, jump: int, lag: int
) -> None:
    """The settle time is GitHub's: set forwards it does not end early, set back it still ends."""
    post.accept(2)
    post.github.lag = lag
    post.github.faults.append(Fault(None, after=True, method="POST"))
    post.deliver()
    post.wrong = jump
    post.run_on()
    assert post.holds_each_once()
    assert post.created() == 2


@pytest.mark.parametrize("jump", [-10 * YEAR, -86_400, -3_600, 3_600, 86_400, 10 * YEAR])
def test_a_clock_that_jumps_does_not_hold_up_what_waits(post: Post, jump: int) -> None:
    """Waiting, put off or in doubt: it is filed within the longest pause, as GitHub counts."""
    post.accept(3)
    post.github.faults += [Fault(408, method="POST"), Fault(503, method="PATCH")]
    post.deliver()
    post.wrong = jump
    post.accept()
    post.run_on(LONGEST_WAIT_SECONDS + 100)
    assert post.holds_each_once()


@pytest.mark.parametrize("jump", [-10 * YEAR, -3_600, 3_600])
def test_a_clock_that_jumps_in_a_rest(post: Post, jump: int) -> None:
    """Set back it costs one rest more; set forwards GitHub says it again."""
    post.accept()
    post.github.faults.append(Fault(429, headers={"Retry-After": "300"}))
    post.deliver()
    asked = len(post.github.requests)
    post.wrong = jump
    post.deliver()
    assert len(post.github.requests) == asked or jump > 0
    post.run_on(1_000)
    assert post.holds_each_once()


@pytest.mark.parametrize("jump", [-10 * YEAR, -3_600])
def test_a_turn_does_not_outlive_its_holder_because_a_clock_was_set_back(
    post: Post, jump: int
) -> None:
    """A worker died with the turn, then the clock was set back: another takes over."""
    post.accept()
    assert post.spool.take_turn("the dead one", post.now(), TURN_SECONDS)
    post.wrong = jump
    post.run_on(2 * TURN_SECONDS + 20)
    assert post.holds_each_once()


def test_a_turn_is_kept_from_a_worker_whose_clock_is_slow(post: Post) -> None:
    """Two machines that differ by less than two minutes do not take it from each other."""
    assert post.spool.take_turn("fast", NOW + 100, TURN_SECONDS)
    assert not post.spool.take_turn("slow", NOW, TURN_SECONDS)


# Restarts


def test_a_restart_in_a_rest_waits_on(post: Post) -> None:
    """Ten workers are started in the middle of it; GitHub hears of none of them."""
    post.accept(2)
    post.github.faults.append(Fault(403, method="POST", headers={"Retry-After": "600"}))
    post.deliver()
    asked = len(post.github.requests)
    for _ in range(10):
        post.clock.seconds += 59
        post.deliver()
    assert len(post.github.requests) == asked
    post.clock.seconds += 20
    post.run_on()
    assert post.holds_each_once()


def test_what_watchers_are_sent_holds_no_content(post: Post) -> None:
    """GitHub mails an issue as it was created: title and marker, and later edits not at all."""
    (case,) = post.accept()
    post.run_on()
    title = issue.title(the_form(), LOST_CONTACT, case)
    assert post.github.emails == [f"{title}\n\n{marker_line(case)}"]

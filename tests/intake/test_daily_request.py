"""A test request goes the whole real way each day, is marked as one, and counts nowhere."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from github_stand_in import OWNER_TOKEN, TOKEN, GitHubStandIn
from intake import canary, commands, issue
from intake.answers import check_answers, derive_facts
from intake.canary import ANSWERS, Canary, CanaryFailed
from intake.delivery import Courier
from intake.purge import Deadlines, purge_spool, purge_tracker
from intake.reading import lay_out
from intake.sealing import find_sealed, open_sealed
from intake.spool import Spool, State, Status
from intake.tracker import GitHubLogin, Tracker
from intake.tracker.folder import FolderTracker
from intake.tracker.github import GitHubTracker
from workplace import (
    NOW,
    Clock,
    Workplace,
    coordinator,
    open_receiver,
    published,
    recovery,
    sealed_report,
    set_up,
    the_form,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@dataclass
class Way:
    """The whole path on loopback: site, receiver, spool, tracker."""

    place: Workplace
    spool: Spool
    clock: Clock
    keys: Path
    tracker: Tracker

    @property
    def courier(self) -> Courier:
        """The delivery worker."""
        form, organization = the_form(), self.place.settings.load_organization()
        return Courier(self.spool, self.tracker, form, organization.site, 120, "x", self.clock)

    @property
    def canary(self) -> Canary:
        """What sends and finds, as if just started."""
        organization = self.place.settings.load_organization()
        return Canary(self.spool, self.tracker, the_form(), organization, self.clock)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def door() -> Iterator[tuple[int, list[WSGIApplication]]]:
    """A port that answers with the application put into the list, for as long as the block runs."""
    behind: list[WSGIApplication] = []
    server = make_server("127.0.0.1", 0, lambda *asked: behind[0](*asked), request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.port, behind
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


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
def way(tmp_path: Path, database_url: str, clock: Clock) -> Iterator[Way]:
    """Site, receiver and folder tracker, all at work."""
    folder = tmp_path / "published"
    (folder / "unduh").mkdir(parents=True)
    keys = folder / "unduh" / "keys.json"
    held = [coordinator().public.published(), recovery().public.published()]
    keys.write_text(json.dumps({"keys": held}), encoding="utf-8")
    with published(folder) as site, door() as (port, behind):
        made = set_up(tmp_path, site=site, receiver=f"http://127.0.0.1:{port}/intake/")
        place = made.with_database(database_url)
        behind.append(open_receiver(place, clock))
        spool = Spool(place.settings.database)
        yield Way(place, spool, clock, keys, place.settings.open_tracker())
        spool.close()


def test_the_answers_are_a_form_that_anybody_could_send() -> None:
    """Nothing is wrong with them, and they are of the lowest urgency."""
    assert check_answers(the_form(), ANSWERS, "id") == []
    assert derive_facts(the_form(), ANSWERS, "id")["urgency"] == "green"


def test_it_goes_the_whole_way(way: Way) -> None:
    """Sealed to the published keys, filed and marked, found, closed; and readable on the way."""
    way.canary.step()
    assert way.courier.deliver() == 1
    (path,) = way.place.tracker.glob("*.md")
    kept = way.tracker.read(1)
    assert kept.title == f"HIJAU · {path.stem}"
    assert {issue.TRIAL, issue.NEW, "darurat: hijau"} <= set(kept.labels)
    opened = open_sealed(find_sealed(kept.body), coordinator().key)
    assert "Uji otomatis." in lay_out(the_form(), opened, "id")
    assert kept.state == "open"
    way.canary.step()
    assert way.tracker.read(1).state == "closed"
    assert canary.last_found_at(way.spool) == NOW
    way.canary.step()
    assert len(list(way.place.tracker.glob("*.md"))) == 1


def test_it_goes_the_whole_way_on_github(way: Way, stand_in: GitHubStandIn) -> None:
    """The same there; the owner's run deletes it whatever the retention is."""
    login = GitHubLogin(token=TOKEN, api=stand_in.url)
    way.tracker = GitHubTracker("aman/laporan", login, pace=0, timeout=5)
    way.canary.step()
    way.courier.deliver()
    way.canary.step()
    assert stand_in.issues[1].state == "closed"
    owned = GitHubTracker(
        "aman/laporan", GitHubLogin(token=OWNER_TOKEN, api=stand_in.url), pace=0, timeout=5
    )
    (line,) = purge_tracker(owned, Deadlines.at(NOW, 90), dry_run=False)
    assert line.endswith("issue 1 deleted (test)")
    assert stand_in.issues == {}


def test_one_is_sent_each_day(way: Way) -> None:
    """Not two, also across a restart; and the next day another."""
    for hour in range(50):
        way.clock.seconds = NOW + hour * 3_600
        way.canary.step()
        way.courier.deliver()
    assert len(list(way.place.tracker.glob("*.md"))) == 3


def test_a_purge_deletes_it_on_both_sides_and_counts_nothing(way: Way) -> None:
    """Closed test requests go at once, followed or not, and leave no tally or step of the team."""
    way.canary.step()
    way.courier.deliver()
    way.canary.step()
    (case,) = (path.stem for path in way.place.tracker.glob("*.md"))
    returned = way.spool.of_case(case)
    assert returned is not None
    assert returned.status is Status.CLOSED
    assert way.spool.last_read_at() is None
    deadlines = Deadlines.at(NOW, 90)
    assert list(purge_tracker(way.tracker, deadlines, dry_run=False)) == [
        f"{case}: issue 1 deleted (test)"
    ]
    assert list(purge_spool(way.spool, deadlines, UTC, dry_run=False)) == [
        f"{case}: erased from the spool"
    ]
    assert way.spool.tallies() == []
    assert way.spool.of_case(case) is None


def test_it_is_nobody_who_waits(way: Way) -> None:
    """A test request that nobody reads does not make the team look late."""
    way.canary.step()
    assert way.spool.unread() == {}


def test_a_label_alone_makes_no_test_request(way: Way) -> None:
    """A real case that somebody labels so by mistake is kept as long as any other."""
    sent, _ = sealed_report({**ANSWERS, "story": "x"})
    open_receiver(way.place, way.clock).test_client().post("/intake/submissions", json=sent)
    way.courier.deliver()
    way.tracker.set_label(1, issue.TRIAL)
    way.tracker.set_state(1, "closed")
    assert list(purge_tracker(way.tracker, Deadlines.at(NOW, 90), dry_run=False)) == []


def test_nobody_outside_can_send_one(way: Way) -> None:
    """The same answers with another token are a request like any other."""
    sent, _ = sealed_report(ANSWERS)
    open_receiver(way.place, way.clock).test_client().post("/intake/submissions", json=sent)
    way.courier.deliver()
    kept = way.tracker.read(1)
    assert issue.TRIAL not in kept.labels
    assert not issue.is_trial(kept.labels, kept.body)
    assert way.spool.unread() == {"green": NOW}


def test_one_that_is_not_found_in_time_is_overdue(way: Way) -> None:
    """After half an hour; it is over when that one, or a later one, is found."""
    way.canary.step()
    assert not canary.is_overdue(way.spool, NOW + 1_799)
    assert canary.is_overdue(way.spool, NOW + 1_800)
    way.courier.deliver()
    way.canary.step()
    assert not canary.is_overdue(way.spool, NOW + 1_800)


def test_a_receiver_that_is_down_is_overdue_too(way: Way) -> None:
    """What could not be sent is written down first; it is tried every five minutes."""
    organization = way.place.settings.load_organization()
    gone = organization.model_copy(update={"receiver": "http://127.0.0.1:1/intake/"})
    there = way.canary
    down = Canary(there.spool, there.tracker, there.form, gone, there.now)
    for minute in range(31):
        way.clock.seconds = NOW + minute * 60
        if minute % 5 == 0:
            with pytest.raises(CanaryFailed, match="failed at the receiver: URLError"):
                down.step()
        else:
            down.step()
    assert canary.is_overdue(way.spool, way.clock())
    way.clock.seconds += 300
    there.step()
    way.courier.deliver()
    there.step()
    assert not canary.is_overdue(way.spool, way.clock())


def test_an_answer_that_got_lost_does_not_leave_it_open(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receiver took it and the line broke: it is found, marked and closed all the same."""

    def lost(self: Canary, sent: dict[str, object]) -> str:
        _post(self, sent)
        raise CanaryFailed("the test request failed at the receiver: TimeoutError")

    _post = Canary._post
    with monkeypatch.context() as patch:
        patch.setattr(Canary, "_post", lost)
        with pytest.raises(CanaryFailed):
            way.canary.step()
    way.courier.deliver()
    assert len(way.canary.look()) == 1
    assert way.tracker.read(1).state == "closed"


def test_keys_that_cannot_be_used_are_told(way: Way) -> None:
    """A site without keys, or with spoilt ones, fails the request and names the step."""
    for text in ("{}", "x", '{"keys": []}', '{"keys": [{"kid": "a", "x": "AA", "y": "AA"}]}'):
        way.keys.write_text(text, encoding="utf-8")
        with pytest.raises(CanaryFailed, match="the site's keys"):
            way.canary.send()
    way.keys.unlink()
    with pytest.raises(CanaryFailed, match="the site's keys, which answers 404"):
        way.canary.send()


@pytest.fixture
def command(way: Way, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """`intake canary` in the workplace of the way; it looks once, and waits for nothing."""
    monkeypatch.setattr("intake.settings.load_form", lambda _path, _region: the_form())
    for name, value in way.place.environment.items():
        monkeypatch.setenv(name, value)
    return lambda: commands.main(["canary", "--wait", "0"])


def test_the_command_sends_files_finds_and_closes(
    way: Way, command: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    """One run and no more: the way is whole."""
    assert command() == 0
    kept = way.tracker.read(1)
    assert (kept.state, issue.is_trial(kept.labels, kept.body)) == ("closed", True)
    assert capsys.readouterr().out.endswith(": sent, filed, found and closed\n")


def test_the_command_knows_what_the_worker_found_first(
    command: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`intake deliver --watch` files, finds and closes it meanwhile."""
    look = Canary.look
    monkeypatch.setattr(Canary, "look", lambda self: look(self) and look(self))
    assert command() == 0


def test_the_command_says_what_was_not_found(
    way: Way,
    command: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Sent, but nothing files it: exit 1 with the case number."""
    monkeypatch.setattr(Courier, "deliver", lambda _self: 0)
    assert command() == 1
    assert capsys.readouterr().out.endswith(": sent, and not found in 0 seconds\n")
    assert way.spool.counts()[State.WAITING] == 1


def test_an_issue_without_its_mark_is_not_closed(
    way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    """What is found but not as it was sent counts as not found, and is left for a person."""
    way.canary.step()
    way.courier.deliver()
    way.tracker.remove_label(1, issue.TRIAL)
    assert way.canary.look() == []
    assert "is not at the tracker as it was sent" in caplog.text
    assert way.tracker.read(1).state == "open"


def test_the_spool_of_yesterdays_schema_learns_of_it(tmp_path: Path) -> None:
    """Reports that were kept before are no trials."""
    spool = Spool(f"sqlite:///{tmp_path}/new.db")
    assert spool.counts()[State.WAITING] == 0
    assert canary.last_found_at(spool) is None
    assert not canary.is_overdue(spool, NOW)
    spool.close()


def test_a_folder_closes_once(tmp_path: Path) -> None:
    """Closing a closed issue changes nothing."""
    tracker = FolderTracker(tmp_path)
    number = tracker.create("x", [], "<!-- intake K7Q2-9MPA -->")
    tracker.set_state(number, "closed")
    before = (tmp_path / "K7Q2-9MPA.md").stat().st_mtime_ns
    tracker.set_state(number, "closed")
    assert (tmp_path / "K7Q2-9MPA.md").stat().st_mtime_ns == before
    assert tracker.read(number).state == "closed"

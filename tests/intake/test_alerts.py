"""Whoever is on duty is told until somebody acknowledges it, whatever channel or process fails."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from duty_room import BOT, SECRET_PATH, DutyRoom, duty_room
from intake import alerts
from intake.alerts import LOGIN_ENDS, Alarm
from intake.channels import Channel, ChannelFailed, Kind, Message
from intake.form import Facts
from intake.sealing import KeyProblem, PublicKey
from intake.spool import NewAddition, NewReport, Spool, State, Status
from workplace import NOW, Clock

CANARY = "kenari-4t1b"
DAY = 86_400


@dataclass
class Told:
    """A channel that keeps what it is given, or fails."""

    name: str = "webhook"
    people: int = 1
    messages: list[Message] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    down: bool = False

    def send(self, message: Message, now: int) -> None:
        if self.down:
            raise ChannelFailed(f"{self.name}: the server answers 502")
        self.messages.append(message)
        self.at.append(now)

    @property
    def kinds(self) -> list[Kind]:
        return [message.kind for message in self.messages]


@pytest.fixture
def spool(database_url: str) -> Iterator[Spool]:
    """A new spool."""
    opened = Spool(database_url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    """A clock at the test's start."""
    return Clock(NOW)


def kept(spool: Spool, token: int, urgency: str = "red", *, suspect: bool = False) -> str:
    """A new report; its case number."""
    facts: Facts = {"urgency": urgency, "country": CANARY}
    new = NewReport(
        token.to_bytes(16, "big"), bytes(32), facts, {"ct": CANARY}, token.to_bytes(32, "big")
    )
    return spool.accept(new, NOW, suspect)[0]


def filed(spool: Spool, token: int) -> str:
    """A red report that stands as an issue."""
    case = kept(spool, token)
    spool.move(case, State.VERIFIED, NOW, token)
    return case


def alarm(
    spool: Spool, clock: Clock, *channels: Channel, keys: tuple[PublicKey, ...] = ()
) -> Alarm:
    """What looks and tells, as if just started."""
    return Alarm(spool, channels, lambda: keys, clock)


def minutes(told: Told) -> list[int]:
    return [(at - NOW) // 60 for at in told.at]


def look_each_minute(running: Alarm, clock: Clock, until: int) -> None:
    """Look once a minute until that minute after the start."""
    while clock.seconds <= NOW + until * 60:
        running.look()
        clock.seconds += 60


def test_a_red_report_is_told_until_it_is_read(spool: Spool, clock: Clock) -> None:
    """Each quarter of an hour for an hour, then each hour; a status past `baru` ends it."""
    case = filed(spool, 1)
    told = Told()
    running = alarm(spool, clock, told)
    look_each_minute(running, clock, 200)
    assert minutes(told) == [0, 15, 30, 45, 60, 120, 180]
    assert set(told.messages) == {Message(Kind.RED, 1, (case,))}
    spool.reach(case, Status.READ, clock())
    look_each_minute(running, clock, 400)
    assert len(told.messages) == 7


@pytest.mark.parametrize("which", ["case", "all"])
def test_a_command_ends_the_repeating(spool: Spool, clock: Clock, which: str) -> None:
    """For that case or for everything so far; what comes later is told."""
    case = filed(spool, 1)
    told = Told()
    running = alarm(spool, clock, told)
    running.look()
    assert alerts.acknowledge(spool, case if which == "case" else "all", clock()) == 1
    assert alerts.acknowledge(spool, case, clock()) == 0
    look_each_minute(running, clock, 120)
    assert len(told.messages) == 1
    other = filed(spool, 2)
    running.look()
    assert told.messages[1:] == [Message(Kind.RED, 1, (other,))]


def test_a_restart_goes_on_where_it_was(spool: Spool, clock: Clock) -> None:
    """The state is on disk: another process tells nothing twice and forgets nothing."""
    kept(spool, 1)
    told = Told()
    for _ in range(5):
        alarm(spool, clock, told).look()
    assert minutes(told) == [0]
    clock.seconds += 900
    alarm(spool, clock, told).look()
    assert minutes(told) == [0, 15]


def test_who_dies_while_telling_is_followed_by_another_try(spool: Spool, clock: Clock) -> None:
    """A message goes out at least once: after a minute the next worker sends it."""

    class Dies(Told):
        def send(self, message: Message, now: int) -> None:
            raise KeyboardInterrupt(f"{message.kind} {now}")

    kept(spool, 1)
    with pytest.raises(KeyboardInterrupt):
        alarm(spool, clock, Dies()).look()
    told = Told()
    alarm(spool, clock, told).look()
    assert told.messages == []
    clock.seconds += alerts.RETRY_SECONDS
    alarm(spool, clock, told).look()
    assert len(told.messages) == 1


def test_two_workers_tell_once(spool: Spool, clock: Clock) -> None:
    """Whoever takes the turn first tells; the other finds nothing to do."""
    kept(spool, 1)
    first, second = Told(), Told()

    class Between(Told):
        def send(self, message: Message, now: int) -> None:
            alarm(spool, clock, second).look()
            first.send(message, now)

    alarm(spool, clock, Between()).look()
    assert (len(first.messages), len(second.messages)) == (1, 0)


def test_a_channel_that_is_down_is_tried_again_and_the_other_is_used(
    spool: Spool, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Each channel keeps its own time; the log names channel and trouble."""
    kept(spool, 1)
    web, mail = Told("webhook", down=True), Told("email")
    running = alarm(spool, clock, web, mail)
    look_each_minute(running, clock, 3)
    assert (len(web.messages), len(mail.messages)) == (0, 1)
    assert caplog.messages.count("an alert did not go out: webhook: the server answers 502") == 4
    web.down = False
    running.look()
    assert len(web.messages) == 1


def test_what_comes_together_is_told_together(spool: Spool, clock: Clock) -> None:
    """Red reports less than a minute apart share one message, which names all of them."""
    told = Told()
    running = alarm(spool, clock, told)
    first = kept(spool, 1)
    running.look()
    others = [kept(spool, number) for number in range(2, 40)]
    clock.seconds += 15
    running.look()
    assert len(told.messages) == 1
    clock.seconds += 45
    running.look()
    assert told.messages[1].cases[0] == first
    assert set(told.messages[1].cases) == {first, *others}


def test_only_unread_red_reports_ring(spool: Spool, clock: Clock) -> None:
    """Neither yellow ones, nor withdrawn ones, nor what a machine seems to have sent, unfiled."""
    kept(spool, 1, "yellow")
    withdrawn = kept(spool, 2)
    spool.withdraw(withdrawn, NOW)
    suspect = kept(spool, 3, suspect=True)
    told = Told()
    running = alarm(spool, clock, told)
    running.look()
    assert told.messages == []
    spool.move(suspect, State.VERIFIED, NOW, 3)
    running.look()
    assert told.messages == [Message(Kind.RED, 1, (suspect,))]


def test_what_waits_an_hour_to_be_filed_is_told(spool: Spool, clock: Clock) -> None:
    """Reports, additions and withdrawals count; it is over once they stand at the tracker."""
    first, second = kept(spool, 1, "green"), kept(spool, 2, "green")
    for number, case in enumerate((first, second), 1):
        spool.move(case, State.VERIFIED, NOW, number)
    waiting = kept(spool, 3, "green")
    spool.add(first, NewAddition(bytes(16), bytes(32), {"ct": CANARY}), NOW)
    spool.withdraw(second, NOW)
    told = Told()
    running = alarm(spool, clock, told)
    clock.seconds += 3_599
    running.look()
    assert told.messages == []
    clock.seconds += 1
    running.look()
    assert told.messages == [Message(Kind.WAITING, 3)]
    spool.move(waiting, State.VERIFIED, clock(), 3)
    for letter in (spool.due_notice(clock()), spool.due_addition(clock())):
        assert letter is not None
        spool.move_letter(letter, State.VERIFIED, clock())
    clock.seconds += 900
    running.look()
    assert len(told.messages) == 1


def test_a_login_that_ends_is_told_a_month_a_week_and_a_day_before(
    spool: Spool, clock: Clock
) -> None:
    """An acknowledgement lasts until the next of these days, so that nobody forgets."""
    spool.note(LOGIN_ENDS, NOW + 31 * DAY)
    told = Told()
    running = alarm(spool, clock, told)
    days = []
    for day in range(33):
        clock.seconds = NOW + day * DAY
        running.look()
        days += [day] * alerts.acknowledge(spool, "all", clock())
    assert days == [1, 24, 30]
    assert [message.count for message in told.messages] == [30, 7, 1]
    spool.note(LOGIN_ENDS, 0)
    running.look()
    assert len(told.messages) == 3


def test_a_key_that_ends_is_told(spool: Spool, clock: Clock) -> None:
    """One that is retired, or ends later, or never, is not."""

    def dated(days: int | None, retired: dt.date | None = None) -> PublicKey:
        day = None if days is None else dt.datetime.fromtimestamp(NOW + days * DAY, dt.UTC).date()
        return PublicKey("kid", "x", "y", "contoh", expires=day, retired=retired)

    plain = PublicKey("kid", "x", "y", "contoh")
    told = Told()
    keys = (plain, dated(None), dated(40), dated(20), dated(29), dated(5, dt.date(2026, 11, 1)))
    alarm(spool, clock, told, keys=keys).look()
    assert told.messages == [Message(Kind.KEY, 2)]


def test_keys_that_cannot_be_read_silence_nothing(
    spool: Spool, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """A broken file in the keys folder is logged, and a red report is told all the same."""

    def broken() -> tuple[PublicKey, ...]:
        raise KeyProblem("x.jwk is not a public key; make one with: intake keys new")

    case, told = filed(spool, 1), Told()
    Alarm(spool, [told], broken, clock).look()
    assert told.messages == [Message(Kind.RED, 1, (case,))]
    assert "the keys cannot be looked at (KeyProblem): run intake doctor" in caplog.messages


def test_no_channel_and_no_log_holds_content(
    spool: Spool, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Through real servers: what was sent, failed and logged holds no fact, and no secret."""
    caplog.set_level(logging.DEBUG)
    for token in range(3):
        kept(spool, token)
    spool.note(LOGIN_ENDS, NOW + DAY)
    room: DutyRoom
    with duty_room(tmp_path) as room:
        running = alarm(spool, clock, room.webhook, room.telegram, room.mail)
        running.look()
        clock.seconds += 4_000
        room.down = {"webhook", "telegram", "email"}
        running.look()
    assert len(room.mails) == 2
    assert len(room.posted) == 4
    everything = repr((room.posted, room.mails)) + caplog.text + repr(running)
    assert "MERAH: 3 laporan belum dibaca" in everything
    assert CANARY not in everything
    assert BOT not in caplog.text
    assert SECRET_PATH not in caplog.text
    assert "contoh.example" not in caplog.text

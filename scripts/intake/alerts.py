"""Tell whoever is on duty that something waits, again and again until somebody acknowledges it.

What is to be told follows from the spool each time: red reports that nobody has read, what has
waited too long to be filed, a test request that did not arrive, a login or key about to end. It is
over when the reason is gone (a red report's status is past `baru`) or when it was acknowledged
with `intake alert`. Each channel keeps its own time, so one that is down neither holds up another
nor delivery. A turn is committed before a message goes out and lasts `RETRY_SECONDS`: whoever dies
between is followed by another try, so a message goes out at least once. Time is passed in.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from intake import canary
from intake.channels import Channel, ChannelFailed, Kind, Message
from intake.database import additions, notices, reports
from intake.database import alerts as _alerts
from intake.sealing import KeyProblem, PublicKey
from intake.spool import Spool, State, Status

OFTEN_SECONDS = 900
OFTEN_FOR_SECONDS = 3_600
SELDOM_SECONDS = 3_600
RETRY_SECONDS = 60
GAP_SECONDS = 60  # red reports that come closer together than this share one message
WAITING_SECONDS = 3_600
ENDS_WITHIN_DAYS = (30, 7, 1)  # told anew at each of these, also when the last was acknowledged
LOGIN_ENDS = "login ends"  # the name of the note in the spool
_DAY = 86_400
_SOON = ENDS_WITHIN_DAYS[0] * _DAY

_log = logging.getLogger("intake.alerts")

Reasons = Mapping[tuple[Kind, str], int]
"""What is to be told now: kind and subject, which may be a case number, and how many."""


@dataclass(frozen=True)
class Alarm:
    """Everything that alerting needs. `keys` are those that the site seals to."""

    spool: Spool
    channels: Sequence[Channel]
    keys: Callable[[], Sequence[PublicKey]]
    now: Callable[[], int]

    def look(self) -> None:
        """Find what is to be told and tell it where its time has come."""
        now = self.now()
        found = reasons(self.spool, self._held(), now)
        with self.spool.transaction() as connection:
            _settle(connection, found, [channel.name for channel in self.channels], now)
        kinds = {kind for kind, _ in found}
        for channel in self.channels:
            for kind in sorted(kinds):
                self._tell(channel, kind, found, now)

    def _held(self) -> Sequence[PublicKey]:
        """The keys, or none while they cannot be read: red reports are told all the same."""
        try:
            return self.keys()
        except (KeyProblem, OSError) as error:
            _log.error("the keys cannot be looked at (%s): run intake doctor", type(error).__name__)
            return ()

    def _tell(self, channel: Channel, kind: Kind, found: Reasons, now: int) -> None:
        with self.spool.transaction() as connection:
            subjects = _take_turn(connection, kind, channel.name, now)
        if not subjects:
            return
        try:
            channel.send(_message(kind, subjects, found), now)
        except ChannelFailed as error:
            _log.warning("an alert did not go out: %s", error)
            return
        with self.spool.transaction() as connection:
            _told(connection, kind, channel.name, subjects, now)
        _log.info("alert by %s: %s, %d", channel.name, kind, len(subjects))


def reasons(spool: Spool, keys: Sequence[PublicKey], now: int) -> Reasons:
    """Everything that somebody on duty has to know now."""
    with spool.transaction() as connection:
        found = dict.fromkeys(((Kind.RED, case) for case in _unread_red(connection)), 1)
        waiting = _waiting(connection, now - WAITING_SECONDS)
    if waiting:
        found[Kind.WAITING, ""] = waiting
    if canary.is_overdue(spool, now):
        found[Kind.CANARY, ""] = 1
    if ends_at := spool.noted(LOGIN_ENDS):
        found |= _ending(Kind.TOKEN, ends_at - now, max(0, (ends_at - now) // _DAY))
    soon = [at - now for key in keys if (at := _key_ends_at(key)) and at - now <= _SOON]
    if soon:
        found |= _ending(Kind.KEY, min(soon), len(soon))
    return found


def acknowledge(spool: Spool, which: str, now: int) -> int:
    """Let nobody be told of that case again, or of `all` so far; returns how many things."""
    open_ones: sa.ColumnElement[bool] = _alerts.c.acknowledged_at.is_(None)
    if which != "all":
        open_ones &= _alerts.c.subject == which
    with spool.transaction() as connection:
        found = connection.execute(
            sa.select(_alerts.c.kind, _alerts.c.subject).where(open_ones).distinct()
        ).all()
        connection.execute(_alerts.update().where(open_ones).values(acknowledged_at=now))
    return len(found)


def _unread_red(connection: Connection) -> list[str]:
    """Red reports that nobody has read; what is suspect counts once it stands as an issue."""
    query = (
        sa.select(reports.c.case_number)
        .where(reports.c.urgency == "red", reports.c.status == Status.RECEIVED)
        .where(reports.c.withdrawn_at.is_(None), ~reports.c.trial)
        .where(~reports.c.suspect | (reports.c.state == State.VERIFIED))
        .order_by(reports.c.id)
    )
    return list(connection.execute(query).scalars())


def _waiting(connection: Connection, since: int) -> int:
    """How many sendings and withdrawals the tracker should have shown by now."""
    count = sa.select(sa.func.count())
    late = count.where(
        reports.c.state != State.VERIFIED,
        reports.c.received_at <= since,
        reports.c.withdrawn_at.is_(None),
        ~reports.c.suspect,
        ~reports.c.trial,
    )
    of_case = reports.c.case_number == additions.c.case_number
    filed = sa.exists().where(
        of_case, reports.c.state == State.VERIFIED, reports.c.withdrawn_at.is_(None)
    )
    added = count.where(additions.c.state != State.VERIFIED, additions.c.received_at <= since)
    told = count.where(notices.c.state != State.VERIFIED, notices.c.at <= since)
    standing = sa.exists().where(
        reports.c.case_number == notices.c.case_number, reports.c.state == State.VERIFIED
    )
    queries = (late, added.where(filed), told.where(standing))
    return sum(int(connection.execute(query).scalar_one()) for query in queries)


def _ending(kind: Kind, left: int, count: int) -> dict[tuple[Kind, str], int]:
    """The reason of something that ends in `left` seconds, if that is soon."""
    within = [days for days in ENDS_WITHIN_DAYS if left <= days * _DAY]
    return {(kind, f"{min(within)} days"): count} if within else {}


def _key_ends_at(key: PublicKey) -> int | None:
    """When a key ends, if its file says so; one that is retired has ended well."""
    if key.ends is None or key.retired is not None:
        return None
    return int(dt.datetime.combine(key.ends, dt.time(), dt.UTC).timestamp())


def _settle(connection: Connection, found: Reasons, channels: Sequence[str], now: int) -> None:
    """Forget what is over, and write down what is new, for each channel."""
    kept = connection.execute(sa.select(_alerts)).all()
    known = {(row.kind, row.subject, row.channel) for row in kept}
    for row in kept:
        if (Kind(row.kind), row.subject) not in found:
            connection.execute(_alerts.delete().where(_same(row.kind, row.subject)))
    acknowledged = {(row.kind, row.subject) for row in kept if row.acknowledged_at is not None}
    for kind, subject in found:
        for channel in channels:
            if (kind, subject, channel) in known or (kind, subject) in acknowledged:
                continue
            told = [row.told_at for row in kept if (row.kind, row.channel) == (kind, channel)]
            first = max(now, max(told, default=0) + GAP_SECONDS)
            connection.execute(
                _alerts.insert().values(
                    kind=kind, subject=subject, channel=channel, since=now, next_at=first
                )
            )


def _take_turn(connection: Connection, kind: Kind, channel: str, now: int) -> list[str]:
    """What this worker has to tell now; another one, or a crash, leaves it for a minute."""
    mine = (_alerts.c.kind == kind) & (_alerts.c.channel == channel)
    mine &= _alerts.c.acknowledged_at.is_(None)
    taken = _alerts.update().where(mine, _alerts.c.next_at <= now)
    if not connection.execute(taken.values(next_at=now + RETRY_SECONDS)).rowcount:
        return []
    query = sa.select(_alerts.c.subject).where(mine).order_by(_alerts.c.since, _alerts.c.subject)
    return list(connection.execute(query).scalars())


def _told(
    connection: Connection, kind: Kind, channel: str, subjects: Sequence[str], now: int
) -> None:
    mine = (_alerts.c.kind == kind) & (_alerts.c.channel == channel)
    often = _alerts.c.since > now - OFTEN_FOR_SECONDS
    pause = sa.case((often, OFTEN_SECONDS), else_=SELDOM_SECONDS)
    connection.execute(
        _alerts.update()
        .where(mine, _alerts.c.subject.in_(subjects))
        .values(told_at=now, next_at=now + pause)
    )


def _message(kind: Kind, subjects: Sequence[str], found: Reasons) -> Message:
    if kind is Kind.RED:
        return Message(kind, len(subjects), tuple(subjects))
    return Message(kind, max(found.get((kind, subject), 0) for subject in subjects))


def _same(kind: str, subject: str) -> sa.ColumnElement[bool]:
    return (_alerts.c.kind == kind) & (_alerts.c.subject == subject)

"""Tell a sending that no person makes from one that a person may have made.

Suspicion refuses nothing: what is suspect is kept, answered like any other, and filed last.
Refused with `TooMany` is only a network that sends more than a village behind one address would.
Nothing here reaches a disk: a network is a number under a key that lives in memory for a day.
Time is passed in, in UTC seconds.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from cryptography.fernet import Fernet, InvalidToken

from intake import codes

HOUR = 3_600
NETWORK_SUSPECT = 10  # an hour; more than one phone sends, also with mistakes
NETWORK_MOST = 60  # an hour; mobile networks put many people behind one address
EVERYBODY_USUAL = 60  # an hour from all networks; a team that reads for free never sees so many
SECONDS_TO_READ = 10  # nobody reads the form, answers and sends it in less
NETWORKS_KEPT = 100_000  # some 20 MB; whoever comes beyond them is suspect


class TooMany(Exception):
    """Too many at once; try again after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many requests; try again after {retry_after} seconds.")
        self.retry_after = retry_after


@dataclass(frozen=True)
class Visit:
    """One sending, as its network looks: it shows neither address nor network."""

    suspect: bool  # by its own network
    around: bytes = field(repr=False)


@dataclass
class _Hours:
    """When each of a bounded number of keys was seen in the last hour."""

    most: int
    _seen: dict[bytes, array[int]] = field(default_factory=dict, repr=False)
    _swept: int = 0

    def times(self, key: bytes, now: int) -> array[int] | None:
        """The key's times, oldest first; None where there is no room for one more key."""
        if key not in self._seen:
            if len(self._seen) >= self.most:
                self._sweep(now)
            if len(self._seen) >= self.most:
                return None
            self._seen[key] = array("q")
        times = self._seen[key]
        while times and times[0] <= now - HOUR:
            times.pop(0)
        return times

    def forget(self) -> None:
        """Drop everything."""
        self._seen.clear()

    def _sweep(self, now: int) -> None:
        if now < self._swept + 60:  # going through all of them for each sender would be the harm
            return
        self._swept = now
        old = [key for key, times in self._seen.items() if not times or times[-1] <= now - HOUR]
        for key in old:
            del self._seen[key]


class _Networks:
    """When each network was seen in the last hour, under a key that is forgotten each day."""

    def __init__(self, most: int) -> None:
        self._hours = _Hours(most)
        self._day = -1
        self._key = b""

    def hidden(self, network: str, now: int) -> bytes:
        """What stands for the network today."""
        if now // 86_400 != self._day:
            self._day, self._key = now // 86_400, secrets.token_bytes(32)
            self._hours.forget()
        return hmac.digest(self._key, network.encode(), "sha256")[:16]

    def times(self, hidden: bytes, now: int) -> array[int] | None:
        """When it was seen, oldest first; None where there is no room for one more network."""
        return self._hours.times(hidden, now)


class Senders:
    """Who sends how often: by network, by neighbourhood, and all together."""

    def __init__(self, now: Callable[[], int], networks_kept: int = NETWORKS_KEPT) -> None:
        self._now = now
        self._networks = _Networks(networks_kept)
        self._around = _Networks(networks_kept)
        self._all = _Hours(1)
        self._lock = threading.Lock()

    def count(self, address: str | None) -> Visit:
        """Count one sending; raises `TooMany`."""
        network, around = neighbourhood(address)
        now = self._now()
        with self._lock:
            near = self._around.hidden(around, now)
            times = self._networks.times(self._networks.hidden(network, now), now)
            if times is None:
                return Visit(True, near)
            if len(times) >= NETWORK_MOST:
                raise TooMany(max(1, times[0] + HOUR - now))
            times.append(now)
            return Visit(len(times) > NETWORK_SUSPECT, near)

    def suspects(self, visit: Visit) -> bool:
        """Whether a report of that sending is held back; asked once, before it is kept.

        When more arrives than a team of this size ever sees, only the first of each
        neighbourhood in an hour is above suspicion: a person is, a flood from rented
        machines is not.
        """
        if visit.suspect:
            return True
        now = self._now()
        with self._lock:
            near, everybody = self._around.times(visit.around, now), self._all.times(b"", now)
            first = near is not None and not near
            if first and near is not None:
                near.append(now)
            if everybody is not None and len(everybody) < EVERYBODY_USUAL:
                everybody.append(now)
                return False
            return not first


class Failures:
    """How often a network gave something wrong. What others do counts against nobody."""

    def __init__(
        self, now: Callable[[], int], most: int, networks_kept: int = NETWORKS_KEPT
    ) -> None:
        self._now = now
        self._most = most
        self._networks = _Networks(networks_kept)
        self._lock = threading.Lock()

    def check(self, address: str | None) -> None:
        """Raise `TooMany` after too many failures in an hour."""
        with self._lock:
            times = self._times(address)
            if times is not None and len(times) >= self._most:
                raise TooMany(max(1, times[0] + HOUR - self._now()))

    def count(self, address: str | None) -> None:
        """Count one failure."""
        with self._lock:
            times = self._times(address)
            if times is not None and len(times) < self._most:
                times.append(self._now())

    def _times(self, address: str | None) -> array[int] | None:
        now = self._now()
        return self._networks.times(self._networks.hidden(neighbourhood(address)[0], now), now)


class Stamps:
    """The hidden box of the receiver's form that says when its page was made.

    It is bound to the form's token, so one page makes one report. It never runs out: a page
    kept open for days is sent like any other.
    """

    def __init__(self, secret: bytes, now: Callable[[], int]) -> None:
        self._fernet = Fernet(codes.encode(hmac.digest(secret, b"form stamp", "sha256")) + "=")
        self._now = now

    def make(self, token: str) -> str:
        """The stamp of a page made now."""
        return self._fernet.encrypt_at_time(token.encode(), self._now()).decode()

    def is_ours(self, stamp: str, token: str) -> bool:
        """Whether this program made the stamp for that token."""
        return self._made_at(stamp, token) is not None

    def suspects(self, stamp: str, token: str) -> bool:
        """Whether the form came back sooner than a person can read it, or without its stamp."""
        made_at = self._made_at(stamp, token)
        return made_at is None or self._now() < made_at + SECONDS_TO_READ

    def _made_at(self, stamp: str, token: str) -> int | None:
        try:
            if not hmac.compare_digest(self._fernet.decrypt(stamp.encode()), token.encode()):
                return None
            return self._fernet.extract_timestamp(stamp)
        except InvalidToken:
            return None


def neighbourhood(address: str | None) -> tuple[str, str]:
    """A sender's own network and the wider one around it; empty where there is no address.

    An IPv4 address and its /24; of IPv6 the /64 that one subscriber has (RFC 6177) and its /48.
    """
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "", ""
    own, wider = (64, 48) if parsed.version == 6 else (32, 24)
    return tuple(str(ip_network((parsed, size), strict=False)) for size in (own, wider))  # type: ignore[return-value]

"""What is suspect, from whom, for how long, and how much memory it may take."""

from __future__ import annotations

import threading

import pytest

from intake.suspicion import (
    EVERYBODY_USUAL,
    NETWORK_MOST,
    NETWORK_SUSPECT,
    SECONDS_TO_READ,
    Failures,
    Senders,
    Stamps,
    TooMany,
    neighbourhood,
)
from intake.turns import SUSPECT_PLACES, Turns
from workplace import NOW, Clock

SECRET = bytes(range(32))


def refused(senders: Senders, address: str) -> int:
    """After how many seconds that address may come again."""
    with pytest.raises(TooMany) as caught:
        senders.count(address)
    return caught.value.retry_after


@pytest.mark.parametrize(
    ("address", "own", "wider"),
    [
        ("203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"),
        ("2001:db8:7:1::9", "2001:db8:7:1::/64", "2001:db8:7::/48"),
        (None, "", ""),
        ("", "", ""),
        ("unix", "", ""),
        ("203.0.113.7:80", "", ""),
    ],
)
def test_a_network_is_what_one_subscriber_has(address: str | None, own: str, wider: str) -> None:
    """An IPv4 address or an IPv6 /64, with the /24 or /48 around it; anything else is one."""
    assert neighbourhood(address) == (own, wider)


def test_a_network_may_send_again_an_hour_after_its_first() -> None:
    """The hour moves: each sending counts for 3,600 seconds, and a refused one not at all."""
    clock = Clock()
    senders = Senders(clock)
    for _ in range(NETWORK_MOST):
        senders.count("203.0.113.1")
        clock.seconds += 10
    assert refused(senders, "203.0.113.1") == 3_600 - 10 * NETWORK_MOST
    clock.seconds = NOW + 3_599
    assert refused(senders, "203.0.113.1") == 1
    clock.seconds += 1
    assert senders.count("203.0.113.1").suspect
    assert refused(senders, "203.0.113.1") == 10


def test_a_network_is_suspect_after_ten() -> None:
    """The eleventh in an hour is, whatever the tenth was."""
    senders = Senders(Clock())
    seen = [senders.suspects(senders.count("203.0.113.1")) for _ in range(NETWORK_SUSPECT + 1)]
    assert seen == [False] * NETWORK_SUSPECT + [True]


def test_what_is_held_back_does_not_make_others_suspect() -> None:
    """One network fills no more than its ten of what everybody may send."""
    senders = Senders(Clock())
    for _ in range(NETWORK_MOST):
        senders.suspects(senders.count("203.0.113.1"))
    usual = [f"198.51.100.{number}" for number in range(EVERYBODY_USUAL - NETWORK_SUSPECT)]
    assert not any(senders.suspects(senders.count(address)) for address in usual)
    assert senders.suspects(senders.count("198.51.100.250"))


def test_a_new_day_starts_without_memory() -> None:
    """At midnight UTC the key is thrown away, and with it everything that was counted."""
    clock = Clock(NOW - NOW % 86_400 - 1)
    senders = Senders(clock)
    before = senders.count("203.0.113.1").around
    for _ in range(NETWORK_MOST - 1):
        senders.count("203.0.113.1")
    refused(senders, "203.0.113.1")
    clock.seconds += 1
    visit = senders.count("203.0.113.1")
    assert not visit.suspect
    assert visit.around != before


def test_no_network_shows() -> None:
    """`repr` of a sending tells only whether it is suspect."""
    assert repr(Senders(Clock()).count("203.0.113.1")) == "Visit(suspect=False)"


def test_beyond_the_room_for_networks_whoever_is_new_is_suspect() -> None:
    """Memory is bounded; those who are known are served as before, and room comes back."""
    clock = Clock()
    senders = Senders(clock, networks_kept=2)
    seen = [senders.count(f"203.0.{number}.1").suspect for number in (1, 2, 3, 1)]
    assert seen == [False, False, True, False]
    clock.seconds += 3_600
    assert not senders.count("203.0.3.1").suspect


def test_failures_are_counted_for_each_network() -> None:
    """After the most that is allowed only that network waits, for what is left of the hour."""
    clock = Clock()
    failures = Failures(clock, most=2)
    for _ in range(3):
        failures.count("203.0.113.1")
        clock.seconds += 60
    with pytest.raises(TooMany) as caught:
        failures.check("203.0.113.1")
    assert caught.value.retry_after == 3_600 - 180
    failures.check("203.0.113.2")
    clock.seconds += 3_600
    failures.check("203.0.113.1")


def test_a_stamp_fits_one_token_and_one_receiver() -> None:
    """Another token, another secret or another text has none."""
    clock = Clock()
    stamps = Stamps(SECRET, clock)
    stamp = stamps.make("token")
    clock.seconds += SECONDS_TO_READ
    assert stamps.is_ours(stamp, "token")
    assert not stamps.suspects(stamp, "token")
    for other, token in ((stamps, "other"), (Stamps(bytes(32), clock), "token")):
        assert not other.is_ours(stamp, token)
        assert other.suspects(stamp, token)
    for text in ("", "x", "é", "\N{REPLACEMENT CHARACTER}", stamp[:-1], "gAAAAA=="):
        assert stamps.suspects(text, "token")


def test_haste_ends_after_ten_seconds() -> None:
    """A second too early is suspect, and so is a page from the future."""
    clock = Clock()
    stamps = Stamps(SECRET, clock)
    stamp = stamps.make("token")
    seen = []
    for seconds in (-60, 0, SECONDS_TO_READ - 1, SECONDS_TO_READ):
        clock.seconds = NOW + seconds
        seen.append(stamps.suspects(stamp, "token"))
    assert seen == [True, True, True, False]


def test_suspects_leave_places_to_others() -> None:
    """Suspects take two places of the six and are turned away at once beyond them."""
    turns = Turns(running=2, places=6, seconds=9)
    with turns.taken(suspect=True), turns.taken(suspect=True):
        with pytest.raises(TooMany) as caught, turns.taken(suspect=True):
            pass
        assert caught.value.retry_after == 9
        waiting = threading.Thread(target=_once, args=[turns])
        waiting.start()
    waiting.join(5)
    assert not waiting.is_alive()
    assert SUSPECT_PLACES == 2


def test_whoever_finds_no_place_is_turned_away_at_once() -> None:
    """Waiting is for a few: no flood of them holds every thread. Places are given back."""
    turns = Turns(running=2, places=2, seconds=600)
    for _ in range(2):
        with turns.taken(), turns.taken(), pytest.raises(TooMany), turns.taken():
            pass


def _once(turns: Turns) -> None:
    with turns.taken():
        pass

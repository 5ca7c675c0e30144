"""A flood leaves people served, the order of filing theirs, and the disk bounded."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from waitress.server import create_server

import flood
from intake import codes, doctor, web
from intake.commands import serve
from intake.spool import SUSPECTS_KEPT, SUSPECTS_PER_HOUR, Spool, State
from intake.suspicion import EVERYBODY_USUAL, NETWORK_MOST
from workplace import NOW, Clock, Workplace, open_receiver, sealed_report, set_up

LARGEST_DATABASE = 16 * 2**20  # bytes, for the short reports of this flood


def test_people_are_served_while_ten_thousand_junk_sendings_come_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Each person gets 201 and is filed before all that is suspect; the disk stays bounded."""
    monkeypatch.setattr(codes, "PIN_ITERATIONS", 1)
    monkeypatch.setattr("intake.spool.SUSPECTS_KEPT", 500)
    caplog.set_level(logging.CRITICAL)
    place = set_up(tmp_path)
    done = flood.flood(open_receiver(place, Clock()))

    assert sum(done.answers.values()) == flood.JUNK + flood.PEOPLE
    assert len(done.people) == done.answers["person", 201] == flood.PEOPLE
    assert done.answers["one network", 429] == 5_000 - NETWORK_MOST
    statuses: dict[str, set[int]] = {}
    for sort, status in done.answers:
        statuses.setdefault(sort, set()).add(status)
    assert statuses["malformed"] == {400, 422}
    assert statuses["huge"] == {413}
    assert statuses["trapped"] <= {303, 503}
    assert statuses["many networks"] == {201, 503}
    assert sum(file.stat().st_size for file in tmp_path.glob("spool.db*")) < LARGEST_DATABASE

    spool = Spool(place.settings.database)
    first, kept = flood.filed(spool, NOW), spool.counts()
    spool.close()
    order = [report.case_number for report in first if not report.suspect]
    assert [number for number in order if number in done.people] == done.people
    # Above suspicion besides: the usual number, and the first of each of 101 neighbourhoods.
    assert len(order) <= EVERYBODY_USUAL + 101 + flood.PEOPLE
    assert [report.suspect for report in first] == [False] * len(order) + [True] * SUSPECTS_PER_HOUR
    assert kept[State.WAITING] == 500 - SUSPECTS_PER_HOUR
    assert SUSPECTS_KEPT == 2_000


def test_what_is_held_back_is_filed_hour_by_hour(tmp_path: Path) -> None:
    """Nothing suspect is lost: twenty an hour, until none waits."""
    place = set_up(tmp_path)
    app = open_receiver(place, Clock())
    sent, _ = sealed_report(flood.ANSWERS)
    one = [flood.Sending("one", "203.0.113.1", flood.JSON, body) for body in _others(sent, 55)]
    assert {flood.send(app, sending)[0] for sending in one} == {201}
    (finding,) = doctor._database(place.settings, NOW)
    assert finding.line == "55 waiting to be filed (45 held back as suspect), 0 filed"
    spool = Spool(place.settings.database)
    hours = [len(flood.filed(spool, NOW + 3_601 * hour)) for hour in range(4)]
    spool.close()
    assert hours == [10 + 20, 20, 5, 0]


def _others(sent: dict[str, Any], count: int) -> list[bytes]:
    bodies = []
    for _ in range(count):
        sent["token"] = codes.new_token()
        bodies.append(json.dumps(sent).encode())
    return bodies


# Through real sockets


Opened = Callable[[], socket.socket]


@contextmanager
def listening(place: Workplace, **changes: Any) -> Iterator[int]:
    """The receiver behind waitress as `intake serve` runs it, but for these settings; its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = create_server(
        open_receiver(place, Clock()), sockets=[listener], **(serve.SERVER | changes)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.close()
        thread.join()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The folder of the receivers below."""
    return set_up(tmp_path_factory.mktemp("slow"))


def post(port: int, body: bytes, kind: str = flood.JSON) -> tuple[int, str]:
    """One whole request and its answer."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("POST", "/intake/submissions", body, {"Content-Type": kind})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


HEAD = b"POST /intake/submissions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def test_those_who_send_slowly_hold_no_thread(place: Workplace) -> None:
    """With two hundred half-sent requests, far more than threads, a whole one is answered."""
    halves = [
        HEAD,
        HEAD + b"Content-Length: 90000\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
    ]
    assert serve.SERVER["threads"] < 200 < serve.SERVER["connection_limit"]
    sent, _ = sealed_report(flood.ANSWERS)
    with listening(place) as port, ExitStack() as stack:
        for number in range(200):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            slow.sendall(halves[number % 3])
        assert post(port, _others(sent, 1)[0])[0] == 201


def test_whoever_falls_silent_is_hung_up_on(place: Workplace) -> None:
    """A half-sent request is closed after the timeout, and gets no answer."""
    with listening(place, channel_timeout=1, cleanup_interval=1) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as slow:
            slow.sendall(HEAD)
            assert slow.recv(1) == b""
        assert serve.SERVER["channel_timeout"] == 60


def test_no_more_connections_than_the_limit_are_held(
    place: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    """Past the limit a connection waits until one of the silent ones is closed."""
    caplog.set_level(logging.CRITICAL)
    limits = {"connection_limit": 10, "channel_timeout": 1, "cleanup_interval": 1}
    sent, _ = sealed_report(flood.ANSWERS)
    with listening(place, **limits) as port, ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(socket.create_connection(("127.0.0.1", port))).sendall(HEAD)
        assert post(port, _others(sent, 1)[0])[0] == 201


HALF = b"40000\r\n" + b"x" * 0x40000 + b"\r\n"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Content-Length: 524288\r\n\r\n", b"413"),
        (b"Content-Length: 99999999999999999999\r\n\r\n", b"413"),
        (b"Transfer-Encoding: chunked\r\n\r\n" + HALF + HALF, b"413"),
        (b"X: " + b"x" * 16_384, b"431"),
        (b"Content-Length: -1\r\n\r\n", b"400"),
    ],
)
def test_what_is_too_long_is_refused_before_it_has_come(
    place: Workplace, head: bytes, status: bytes
) -> None:
    """The announced length decides, or what has come of a body without one."""
    with (
        listening(place) as port,
        socket.create_connection(("127.0.0.1", port), timeout=60) as sender,
    ):
        sender.sendall(HEAD + head)
        assert sender.recv(12).split()[1] == status


def test_a_text_that_is_far_too_long_comes_back_with_its_reason(place: Workplace) -> None:
    """A hundred thousand characters fit into a request, so nobody types them twice."""
    story = "x" * 100_000
    with listening(place) as port:
        status, page = post(port, b"story=" + story.encode(), flood.FORM)
        too_long = post(port, b"story=" + b"x" * (web.LARGEST_FORM - 200), flood.FORM)
    assert status == 422
    assert story in page
    assert "sekarang 100000." in page
    assert too_long[0] == 422


def test_junk_through_many_sockets_leaves_a_person_served(place: Workplace) -> None:
    """300 sendings at once from one network, and then somebody behind another address."""
    proxied = place.with_settings(INTAKE_PROXIES="1")
    sent, _ = sealed_report(flood.ANSWERS)
    with listening(proxied) as port:
        senders = [
            threading.Thread(target=_flood_from, args=[port, "203.0.113.5", _others(sent, 60)])
            for _ in range(5)
        ]
        for sender in senders:
            sender.start()
        statuses = _flood_from(port, "198.51.100.7", _others(sent, 1))
        for sender in senders:
            sender.join()
    assert statuses == [201]


def _flood_from(port: int, address: str, bodies: list[bytes]) -> list[int]:
    statuses = []
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        for body in bodies:
            headers = {"Content-Type": flood.JSON, "X-Forwarded-For": address}
            connection.request("POST", "/intake/submissions", body, headers)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
    return statuses

"""What many bring at once is committed at once, and nobody is answered before it is."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from intake.spool import NewReport, Spool, SpoolUnavailable, TokenReused
from intake.together import Together
from workplace import LOST_CONTACT, NOW


class Refused(Exception):
    """One of several is refused."""


@dataclass
class Disk:
    """A disk whose first commit lasts until the test lets it end; `held` has each that came."""

    held: list[list[str]] = field(default_factory=list)
    slow: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    full: bool = False

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """One commit, or none when the block raises or the disk is full."""
        brought: list[str] = []
        yield brought
        if not self.held:
            self.begun.set()
            assert self.slow.wait(30)
        if self.full:
            raise OSError("no room")
        self.held.append(brought)


@pytest.fixture
def disk() -> Disk:
    """Nothing is on it yet."""
    return Disk()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Senders."""
    with ThreadPoolExecutor(20) as senders:
        yield senders


def bring(
    pool: ThreadPoolExecutor, disk: Disk, act: Callable[[str], Callable[[Any], str]]
) -> list[Future[str]]:
    """A first one, and ten more while its commit is under way; then the disk goes on."""
    together = Together(disk.transaction, (Refused,))
    first = pool.submit(together.commit, act("first"))
    assert disk.begun.wait(30)
    others = [pool.submit(together.commit, act(str(number))) for number in range(10)]
    while len(together._queue) < 10:
        pass
    assert not any(future.done() for future in (first, *others))
    disk.slow.set()
    return [first, *others]


def kept(name: str) -> Callable[[Any], str]:
    """Write the name and return it."""

    def act(brought: Any) -> str:
        brought.append(name)
        return name

    return act


def test_ten_that_wait_are_one_commit(pool: ThreadPoolExecutor, disk: Disk) -> None:
    """The first is on disk alone, those that came meanwhile together; each has its own answer."""
    answers = [future.result(30) for future in bring(pool, disk, kept)]
    assert answers == ["first", *map(str, range(10))]
    assert disk.held[0] == ["first"]
    assert [sorted(commit) for commit in disk.held[1:]] == [sorted(map(str, range(10)))]


def test_one_that_is_refused_takes_none_along(pool: ThreadPoolExecutor, disk: Disk) -> None:
    """It alone is told so."""

    def act(name: str) -> Callable[[Any], str]:
        def refuse(_brought: Any) -> str:
            raise Refused(name)

        return refuse if name == "3" else kept(name)

    futures = bring(pool, disk, act)
    with pytest.raises(Refused, match=r"^3$"):
        futures[4].result(30)
    assert [future.result(30) for future in futures if future is not futures[4]]
    assert sorted(itertools.chain(*disk.held)) == sorted(["first", *"012456789"])


def test_when_nothing_was_committed_everybody_is_told(pool: ThreadPoolExecutor, disk: Disk) -> None:
    """The disk is full: none of those who waited takes theirs for kept, and the next try works."""
    disk.full = True
    futures = bring(pool, disk, kept)
    for future in futures:
        with pytest.raises(OSError, match="no room"):
            future.result(30)
    assert disk.held == []
    disk.full = False
    assert Together(disk.transaction, ()).commit(kept("again")) == "again"
    assert disk.held == [["again"]]


def test_an_error_that_is_no_refusal_undoes_them_all(pool: ThreadPoolExecutor, disk: Disk) -> None:
    """Who knows what it had written: nothing of that commit stays."""

    def act(name: str) -> Callable[[Any], str]:
        def fail(brought: Any) -> str:
            brought.append(name)
            raise KeyError(name)

        return fail if name == "3" else kept(name)

    futures = bring(pool, disk, act)
    assert futures[0].result(30) == "first"
    for future in futures[1:]:
        with pytest.raises(KeyError):
            future.result(30)
    assert disk.held == [["first"]]


def test_many_senders_at_once_are_each_answered_for_their_own(
    pool: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """With a real spool: 200 reports, some sent twice and some with a used token, at once."""
    spool = Spool(f"sqlite:///{tmp_path}/spool.db")

    def accept(number: int, digest: int) -> tuple[str, bool] | str:
        new = NewReport(
            number.to_bytes(16, "big"), bytes([digest] * 32), LOST_CONTACT, {}, bytes(32)
        )
        try:
            return spool.accept(new, NOW)
        except (TokenReused, SpoolUnavailable) as error:
            return type(error).__name__

    for number in range(20):
        accept(number, 0)
    sent = [(number % 200, number // 200 if number % 200 < 20 else 0) for number in range(400)]
    answers = list(pool.map(lambda each: accept(*each), sent))
    cases = {
        number: answer[0]
        for (number, _), answer in zip(sent, answers, strict=True)
        if answer != "TokenReused"
    }
    assert len(set(cases.values())) == 200
    assert answers.count("TokenReused") == 20
    assert sum(answer[1] is True for answer in answers) == 180
    assert sum(spool.counts().values()) == 200
    spool.close()

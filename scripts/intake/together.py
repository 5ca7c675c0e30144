"""Commit together what many threads bring at once: one write to the disk for all of them.

A disk makes some two hundred durable commits a second, however little each one holds. Whoever comes
while another's commit is under way waits, and the first of those who waited commits for them all.
Nobody is answered before the commit that holds theirs has returned.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from sqlalchemy.engine import Connection

_Result = TypeVar("_Result")


class Together:
    """`transaction` opens one that commits at its end.

    An act may refuse, with one of `refusals`, before it has written anything: then the others'
    are committed all the same. Any other error undoes what all of them brought, and each is told.
    """

    def __init__(
        self,
        transaction: Callable[[], AbstractContextManager[Connection]],
        refusals: tuple[type[Exception], ...],
    ) -> None:
        self._transaction = transaction
        self._refusals = refusals
        self._queue: list[_Waiting[Any]] = []
        self._queue_lock = threading.Lock()
        self._turn = threading.Lock()

    def commit(self, act: Callable[[Connection], _Result]) -> _Result:
        """Carry the act out in a transaction with others; returns its result once committed."""
        mine = _Waiting(act)
        with self._queue_lock:
            self._queue.append(mine)
        with self._turn:
            if not mine.done:
                self._commit_all()
        return mine.answer()

    def _commit_all(self) -> None:
        with self._queue_lock:
            brought, self._queue = self._queue, []
        failed: BaseException | None = None
        try:
            with self._transaction() as connection:
                for each in brought:
                    each.carry_out(connection, self._refusals)
        except BaseException as error:
            failed = error
            raise
        finally:
            for each in brought:
                each.finish(failed)


class _Waiting(Generic[_Result]):
    """An act, and what came of it."""

    def __init__(self, act: Callable[[Connection], _Result]) -> None:
        self._act = act
        self._results: list[_Result] = []
        self._error: BaseException | None = None
        self.done = False

    def carry_out(self, connection: Connection, refusals: tuple[type[Exception], ...]) -> None:
        try:
            self._results = [self._act(connection)]
        except refusals as refused:
            self._error = refused

    def finish(self, failed: BaseException | None) -> None:
        self._error = failed or self._error
        self.done = True

    def answer(self) -> _Result:
        if self._error is not None:
            raise self._error
        return self._results[0]

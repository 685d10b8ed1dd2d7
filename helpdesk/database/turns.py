# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the writers of one process take turns, first come first served.

A database's own waiting is unfair: SQLite asks again after ever longer naps, and who naps longest
starves when the disk is slow. And writers who wait here hold no connection meanwhile.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from helpdesk.core.errors import Busy
from helpdesk.database.faults import BUSY_SENTENCE
from helpdesk.database.row_queue import RowQueue

_LONGEST_SECONDS = threading.TIMEOUT_MAX


class Turn:
    """Somebody's turn, until they end it."""

    def __init__(self, turns: Turns) -> None:
        """Begin the turn, which has been waited for."""
        self._turns: Turns | None = turns

    def end(self) -> None:
        """Let the next one begin; nothing happens the second time."""
        turns, self._turns = self._turns, None
        if turns is not None:
            turns.end()


class Turns:
    """A lock whose waiters get it in the order in which they came."""

    def __init__(self) -> None:
        """Begin with nobody there."""
        self._mutex = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def turn(self, timeout_seconds: float) -> Iterator[Turn]:
        """Wait for a turn and end it with the block, if it was not ended before.

        Raises ``Busy`` when it does not come in time.
        """
        self._begin(timeout_seconds)
        turn = Turn(self)
        try:
            yield turn
        finally:
            turn.end()

    def end(self) -> None:
        """Let the next one begin."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False

    def _begin(self, timeout_seconds: float) -> None:
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            called = threading.Event()
            self._waiting.append(called)
        if not self._is_called(called, min(timeout_seconds, _LONGEST_SECONDS)):
            raise Busy(BUSY_SENTENCE)

    def _is_called(self, called: threading.Event, timeout_seconds: float) -> bool:
        try:
            if called.wait(timeout_seconds):
                return True
        except BaseException:
            if not self._leaves(called):
                self.end()
            raise
        # Called in the last moment is called, too.
        return not self._leaves(called)

    def _leaves(self, called: threading.Event) -> bool:
        """Give up waiting; return whether it was not too late for that."""
        with self._mutex:
            if called.is_set():
                return False
            self._waiting.remove(called)
            return True


_of_databases: WeakValueDictionary[str, Turns] = WeakValueDictionary()
_mutex = threading.Lock()


def turns_of(database: str) -> Turns:
    """Return the turns of a database, which everybody in this process shares."""
    with _mutex:
        found = _of_databases.get(database)
        if found is None:
            found = _of_databases[database] = Turns()
        return found


class ReadingSession(Session):
    """A session whose rows stay what they were read as."""

    def __init__(self, engine: Engine) -> None:
        """Bind to an engine; nothing is begun yet."""
        super().__init__(engine, autoflush=False, expire_on_commit=False)


class WritingSession(ReadingSession):
    """Ends its turn with its commit: the next writer need not wait for what comes after.

    Beside objects it writes the rows of a queue, ``row_queue.rows_of``.
    """

    def __init__(self, engine: Engine, turn: Turn) -> None:
        """Bind to an engine and to the turn that has come."""
        super().__init__(engine)
        self._turn = turn
        self._rows = self.info["rows"] = RowQueue()

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Send what was changed to the database, and the rows that wait."""
        super().flush(objects)
        self._rows.send(self)

    def commit(self) -> None:
        """Commit, and let the next writer begin."""
        try:
            self.flush()
            super().commit()
        except BaseException:
            # SQLAlchemy would give the connection back in the middle of its transaction.
            self.rollback()
            raise
        self._turn.end()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a desk's database and hands out its reading and writing transactions."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from helpdesk.core.errors import Invalid, ReadOnly
from helpdesk.database.faults import translated

READ_ONLY_SENTENCE = "This desk is open for reading only; nothing can be changed here."

_CONNECTIONS = 8
_CACHE_KIB = 2_000
_STATEMENTS = 256


def log_of(path: Path) -> Path:
    """Return where SQLite keeps the write-ahead log of a database."""
    return path.with_name(path.name + "-wal")


def sqlite_path(url: str) -> Path:
    """Return the file of an SQLite URL. Raises ``Invalid`` for any other URL."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Invalid("The database URL is not understood; it starts with sqlite:///.") from error
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise Invalid("Only an SQLite file can be opened; its URL starts with sqlite:///.")
    return Path(parsed.database).absolute()


class DbManager:
    """The engine over one SQLite file, with one short transaction at a time for writers.

    Writers begin with ``BEGIN IMMEDIATE``: a transaction that starts by reading and then
    writes would fail at once, without waiting, when another program has written in between.
    """

    def __init__(
        self, path: Path, *, busy_timeout_seconds: float = 5.0, read_only: bool = False
    ) -> None:
        """Prepare the engine; nothing is opened yet and no file is ever made by it."""
        self.path = path
        self.read_only = read_only
        self._busy_timeout_seconds = busy_timeout_seconds
        self._engine = self._make_engine()
        self._writer = self._engine.execution_options(writes=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session over one consistent state of the desk."""
        with translated(), self._session(self._engine) as session, session.begin():
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Yield a session and commit it at the end, or undo all of it when an error leaves.

        Raises ``Busy`` when another program does not let go of the file within the time-out,
        ``ReadOnly``, ``DiskFull`` or ``Damaged``.
        """
        if self.read_only:
            raise ReadOnly(READ_ONLY_SENTENCE)
        with translated(), self._session(self._writer) as session, session.begin():
            yield session

    def connect(self) -> sqlite3.Connection:
        """Open a bare connection, for backup, checks and bulk loading."""
        with translated():
            connection = self._opened(self._mode())
            for pragma in self._pragmas():
                connection.execute(f"PRAGMA {pragma}")
        return connection

    def inspect(self) -> sqlite3.Connection:
        """Open a bare connection that leaves the bytes of the file as they are.

        A write-ahead log left by a crash stays where it is too: without it nothing is written
        when the connection closes, and with it the connection may only read.
        """
        mode = "ro" if log_of(self.path).exists() else "rw"
        with translated():
            return self._opened(self._mode() if self.read_only else mode)

    def optimise(self) -> None:
        """Let SQLite refresh the statistics that its planner uses, where they are stale."""
        if self.read_only:
            return
        with closing(self.connect()) as connection, translated():
            connection.execute("PRAGMA analysis_limit=1000")
            connection.execute("PRAGMA optimize")

    def dispose(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @staticmethod
    def _session(engine: Engine) -> Session:
        return Session(engine, autoflush=False, expire_on_commit=False)

    def _mode(self) -> str:
        if not self.read_only:
            return "rw"
        # Without a WAL and without the right to make one, only 'immutable' can be opened.
        bare = not log_of(self.path).exists() and not os.access(self.path.parent, os.W_OK)
        return "ro&immutable=1" if bare else "ro"

    def _opened(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"file:{quote(str(self.path))}?mode={mode}",
            uri=True,
            timeout=self._busy_timeout_seconds,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS,
        )

    def _pragmas(self) -> Iterator[str]:
        yield "foreign_keys=ON"
        yield f"cache_size=-{_CACHE_KIB}"
        yield "temp_store=MEMORY"
        if not self.read_only:
            yield "journal_mode=WAL"
            yield "synchronous=FULL"

    def _make_engine(self) -> Engine:
        engine = create_engine(
            "sqlite://",
            creator=self.connect,
            poolclass=QueuePool,
            pool_size=_CONNECTIONS,
            max_overflow=0,
            query_cache_size=1000,
            # What people wrote must not get into a log by way of an error message.
            hide_parameters=True,
        )
        event.listen(engine, "begin", _begin)
        return engine


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def data_version(session: Session) -> int:
    """Return a number that changes when another connection has committed."""
    return int(session.execute(text("PRAGMA data_version")).scalar_one())

# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk in an SQLite file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool, QueuePool

from helpdesk.core.errors import Busy, Damaged, NoDesk, ReadOnly
from helpdesk.database.db_manager import READ_ONLY_SENTENCE, DbManager
from helpdesk.database.faults import translated
from helpdesk.database.listening import Watcher, Watchers
from helpdesk.database.turns import ReadingSession, WritingSession, turns_of

_DANGLING = (
    "{path} has entries that refer to missing ones, so that nothing was changed;"
    " look for them with: helpdesk check-db."
)
_GONE = "{path} cannot be found; look where it went, or open another desk."
_CHANGED = "The desk was changed while it was read here; open it again."

_CONNECTIONS = 8
_CACHE_KIB = 2_000
_STATEMENTS = 256
_SECONDS_BETWEEN_LOOKS = 0.5


def log_of(path: Path) -> Path:
    """Return where SQLite keeps the write-ahead log of a database."""
    return path.with_name(path.name + "-wal")


class SqliteManager(DbManager):
    """The engine over one SQLite file, with one short transaction at a time for writers.

    Those of this process take turns, first come first served. Writers begin with ``BEGIN
    IMMEDIATE``: a transaction that starts by reading and then writes would fail at once, without
    waiting, when another program has written in between.
    """

    dialect = "sqlite"

    def __init__(
        self, path: Path, *, busy_timeout_seconds: float = 5.0, read_only: bool = False
    ) -> None:
        """Prepare the engine; nothing is opened yet and no file is ever made by it."""
        self.path = path
        self.read_only = read_only
        self._busy_timeout_seconds = busy_timeout_seconds
        self._engine = self._make_engine()
        self._writer = self._engine.execution_options(writes=True)
        self._turns = turns_of(str(path.absolute()))
        self._watchers = Watchers()

    @property
    def place(self) -> str:
        """The path of the file."""
        return str(self.path)

    @property
    def location(self) -> str:
        """Its path, as in 'There is no desk at /home/ann/helpdesk.db'."""
        return f"at {self.path}"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session over one consistent state of the desk."""
        with self.steady(), ReadingSession(self._engine) as session, session.begin():
            yield session

    @contextmanager
    def writing(self, *, patiently: bool = True) -> Iterator[Session]:
        """Yield a session and commit it at the end, or undo all of it when an error leaves.

        Raises ``Busy`` when another writer does not let go of the file within the time-out,
        or, unless ``patiently``, at once; ``ReadOnly``, ``DiskFull`` or ``Damaged``.
        """
        if self.read_only:
            raise ReadOnly(READ_ONLY_SENTENCE)
        engine, seconds = self._writer, self._busy_timeout_seconds
        if not patiently:
            engine, seconds = self._writer.execution_options(patience=0), 0.0
        with (
            translated(self.path),
            self._turns.turn(seconds) as turn,
            WritingSession(engine, turn) as session,
        ):
            yield session
            session.commit()

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Yield a connection in one writing transaction that may rebuild tables.

        A table that others refer to can only be replaced while references are not enforced;
        they are checked before the commit instead. Raises ``Damaged`` when one leads nowhere,
        and what ``writing`` raises.
        """
        if self.read_only:
            raise ReadOnly(READ_ONLY_SENTENCE)
        with (
            translated(self.path),
            self._turns.turn(self._busy_timeout_seconds),
            self._writer.connect() as connection,
        ):
            bare = connection.connection
            # Within a transaction SQLite would ignore it.
            _run(bare, "PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    yield connection
                    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                        raise Damaged(_DANGLING.format(path=self.path))
            finally:
                _run(bare, "PRAGMA foreign_keys=ON")

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Translate faults, and raise ``Busy`` when a file read without locks was changed.

        That happens where this person may write neither the file nor a log beside it: SQLite
        then takes the file for one that nobody changes, and its owner may begin to do so.
        """
        before = self._state() if self._reads_without_locks() else None
        try:
            with translated(self.path):
                yield
        except (Damaged, DBAPIError, sqlite3.Error) as error:
            if before is not None and self._state() != before:
                raise Busy(_CHANGED) from error
            raise
        if before is not None and self._state() != before:
            raise Busy(_CHANGED)

    def connect(self) -> sqlite3.Connection:
        """Open a bare connection, for backup, checks and bulk loading."""
        with translated(self.path):
            connection = self._opened(self._mode())
            try:
                for pragma in self._pragmas():
                    connection.execute(f"PRAGMA {pragma}")
            except sqlite3.Error:
                connection.close()
                raise
        return connection

    def inspect(self) -> sqlite3.Connection:
        """Open a bare connection that leaves the bytes of the file as they are.

        A write-ahead log left by a crash stays where it is too: without it nothing is written
        when the connection closes, and with it the connection may only read.
        """
        mode = "ro" if log_of(self.path).exists() else "rw"
        with translated(self.path):
            return self._opened(self._mode() if self.read_only else mode)

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back within about half a second of a commit, by whomever it was made."""
        return self._watchers.begin(_FileWatcher(self, callback))

    def dispose(self) -> None:
        """End what listens and close every connection."""
        self._watchers.stop()
        self._engine.dispose()

    def _mode(self) -> str:
        if not self.read_only:
            return "rw"
        return "ro&immutable=1" if self._reads_without_locks() else "ro"

    def _reads_without_locks(self) -> bool:
        # Without a WAL and without the right to make one, only 'immutable' can be opened.
        return (
            self.read_only
            and not log_of(self.path).exists()
            and not os.access(self.path.parent, os.W_OK)
        )

    def _state(self) -> tuple[int, int, bool] | None:
        """Return what differs when somebody has written to the file, or begins to."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, log_of(self.path).exists()

    def _opened(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"file:{quote(os.fsencode(self.path))}?mode={mode}",
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
        # A connection without locks is good for one look: it keeps pages its owner may replace.
        pool: dict[str, Any] = {"poolclass": NullPool}
        if not self.read_only:
            pool = {"poolclass": QueuePool, "pool_size": _CONNECTIONS, "max_overflow": 0}
        engine = create_engine(
            "sqlite://",
            creator=self.connect,
            query_cache_size=1000,
            # What people wrote must not get into a log by way of an error message.
            hide_parameters=True,
            **pool,
        )
        event.listen(engine, "begin", self._begin)
        return engine

    def _begin(self, connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("writes", False):
            connection.exec_driver_sql("BEGIN")
        elif "patience" not in options:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={options['patience']}")
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            finally:
                usual = round(self._busy_timeout_seconds * 1000)
                connection.exec_driver_sql(f"PRAGMA busy_timeout={usual}")


def _run(connection: PoolProxiedConnection, statement: str) -> None:
    """Run a statement outside of any transaction."""
    cursor = connection.cursor()
    cursor.execute(statement)
    cursor.close()


class _FileWatcher(Watcher):
    """Asks SQLite now and then whether the file has changed, which costs it next to nothing."""

    def __init__(self, database: SqliteManager, callback: Callable[[], None]) -> None:
        super().__init__(callback)
        self._database = database

    def looks(self) -> Generator[bool]:
        """Look twice a second, as long as it is the same file."""
        path = self._database.path
        file = _file(path)
        with closing(self._database.connect()) as connection:
            seen: object = None
            # A backup that is put in its place is another file.
            while file == _file(path):
                state = self._state(connection)
                yield state != seen
                seen = state
                self.wait(_SECONDS_BETWEEN_LOOKS)

    def _state(self, connection: sqlite3.Connection) -> object:
        path = self._database.path
        if self._database.read_only:
            # Without locks SQLite takes the file for one that never changes.
            found = [part.stat() for part in (path, log_of(path)) if part.exists()]
            return [(part.st_mtime_ns, part.st_size) for part in found]
        with translated(path):
            return connection.execute("PRAGMA data_version").fetchone()


def _file(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise NoDesk(_GONE.format(path=path)) from error
    return found.st_dev, found.st_ino

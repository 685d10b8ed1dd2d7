# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk in a PostgreSQL database, which several servers may share."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg.pq import ConnStatus
from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from helpdesk.core.clock import monotonic
from helpdesk.core.errors import Busy, ReadOnly
from helpdesk.database.db_manager import DEFAULT_CONNECTIONS, READ_ONLY_SENTENCE, DbManager
from helpdesk.database.listening import Watcher, Watchers
from helpdesk.database.postgres_faults import LOST_SENTENCE, committing, connecting, translated
from helpdesk.database.turns import ReadingSession, WritingSession, turns_of

_CHANNEL = "helpdesk"
_WRITER_LOCK = int.from_bytes(b"HELPDESK")
"""The advisory lock of whoever writes; the same number in every version of the program."""
_READ_SECONDS = 30
_IDLE_WRITER_SECONDS = 300
"""A writer who has stopped in the middle must not keep all others waiting for ever."""
_WAIT_FOR_CONNECTION_SECONDS = 10
_ASK_AFTER_SECONDS = 10.0
_USED_AT = "used_at"
_LISTEN_SECONDS, _SECONDS_BETWEEN_LOOKS = 0.2, 5.0

_OPTIONS: dict[str, Any] = {
    "application_name": "Help Desk",
    "client_encoding": "utf8",
    "connect_timeout": 5,
    # A server that has vanished without a word is noticed within half a minute.
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_FIXED: dict[str, Any] = {
    # Each transaction is begun by one message of our own; see _begin.
    "autocommit": True,
    # Prepared statements get lost behind a pooler, and their generic plans are bad for lists.
    "prepare_threshold": None,
}

# Every question of a desk is a short walk along an index, for which worker processes and compiled
# code cost more than they bring, and whose pages mostly lie in memory.
_READ = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    f" SET LOCAL statement_timeout = '{_READ_SECONDS}s'; SET LOCAL jit = off;"
    " SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL random_page_cost = 1.1"
)
# The lock first: what comes after sees everything that was committed before it. The notice is
# sent by the commit, and by nothing else.
_WRITE = (
    "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {milliseconds};"
    f" SET LOCAL idle_in_transaction_session_timeout = '{_IDLE_WRITER_SECONDS}s';"
    f" SELECT pg_advisory_xact_lock({_WRITER_LOCK}); NOTIFY {_CHANNEL}"
)
# It grows with every transaction that writes, also where a pooler swallows the notices.
_NEWEST = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"


class PostgresManager(DbManager):
    """The engine over one PostgreSQL database.

    One writer at a time, as on SQLite: the ids of events become visible in their order, and no
    update is lost. Readers see one state and are never blocked. Those who write in this process
    take turns before they ask for a connection.
    """

    dialect = "postgresql"

    def __init__(
        self,
        url: URL,
        *,
        busy_timeout_seconds: float = 5.0,
        read_only: bool = False,
        connections: int = DEFAULT_CONNECTIONS,
    ) -> None:
        """Prepare the engine; nothing is connected yet."""
        self.read_only = read_only
        self.host = _host(url)
        self.where = f"the database {url.database or url.username} on {self.host}"
        self._url = url.set(drivername="postgresql+psycopg")
        self._busy_timeout_seconds = busy_timeout_seconds
        self._engine = self._make_engine(connections)
        self._writer = self._engine.execution_options(writes=True)
        self._turns = turns_of(self._url.render_as_string(hide_password=True))
        self._watchers = Watchers()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.place}>"

    @property
    def place(self) -> str:
        """The kind of desk and its server."""
        return f"PostgreSQL desk on {self.host}"

    @property
    def location(self) -> str:
        """The database and its server, as in 'There is no desk in the database desk on host'."""
        return f"in {self.where}"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session over one consistent state of the desk.

        Raises ``Busy`` when a statement takes longer than 30 seconds.
        """
        with self.steady(), ReadingSession(self._engine) as session, session.begin():
            yield session

    @contextmanager
    def writing(self, *, patiently: bool = True) -> Iterator[Session]:
        """Yield a session and commit it at the end, or undo all of it when an error leaves.

        Raises ``Busy`` when another writer does not end within the time-out, or, unless
        ``patiently``, at once; ``ReadOnly``, ``DiskFull``, or ``Unanswered`` when the server was
        lost while it committed.
        """
        self._require_writable()
        engine, seconds = self._writer, self._busy_timeout_seconds
        if not patiently:
            engine, seconds = self._writer.execution_options(patience=0), 0.0
        with (
            self.steady(),
            self._turns.turn(seconds) as turn,
            WritingSession(engine, turn) as session,
        ):
            yield session
            session.flush()
            if session.in_transaction():
                _require_present(session.connection())
                with committing():
                    session.commit()

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Yield a connection in one writing transaction. Raises what ``writing`` raises."""
        self._require_writable()
        with (
            self.steady(),
            self._turns.turn(self._busy_timeout_seconds),
            self._writer.connect() as connection,
        ):
            transaction = connection.begin()
            try:
                yield connection
                _require_present(connection)
                with committing():
                    transaction.commit()
            except BaseException:
                # SQLAlchemy would give it back in the middle of a commit that failed.
                transaction.rollback()
                raise

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Translate the faults of what is done in the block."""
        with translated(self.where):
            yield

    def connect(self) -> psycopg.Connection:
        """Open a bare connection outside of the pool, which commits each statement by itself."""
        arguments, options = self._engine.dialect.create_connect_args(self._url)
        return self._opened(self._engine.dialect, arguments, dict(options))

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back at once when somebody has committed; at the latest after five seconds."""
        return self._watchers.begin(_Listener(self, callback))

    def dispose(self) -> None:
        """End what listens and close every connection."""
        self._watchers.stop()
        self._engine.dispose()

    def _require_writable(self) -> None:
        if self.read_only:
            raise ReadOnly(READ_ONLY_SENTENCE)

    def _opened(
        self, dialect: Dialect, arguments: Any, options: dict[str, Any]
    ) -> psycopg.Connection:
        with connecting(self.where):
            opened = dialect.connect(*arguments, **{**_OPTIONS, **options, **_FIXED})
        assert isinstance(opened, psycopg.Connection)  # noqa: S101 - what the dialect is for
        return opened

    def _make_engine(self, connections: int) -> Engine:
        engine = create_engine(
            self._url,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=_WAIT_FOR_CONNECTION_SECONDS,
            use_native_hstore=False,
            query_cache_size=1000,
            # What people wrote must not get into a log by way of an error message.
            hide_parameters=True,
        )

        def connect(
            dialect: Dialect, _record: object, arguments: Any, options: dict[str, Any]
        ) -> psycopg.Connection:
            return self._opened(dialect, arguments, options)

        def begin(connection: Connection) -> None:
            options = connection.get_execution_options()
            if not options.get("writes", False):
                connection.exec_driver_sql(_READ)
                return
            seconds = options.get("patience", self._busy_timeout_seconds)
            # PostgreSQL takes 0 for no time-out at all.
            milliseconds = max(1, round(seconds * 1000))
            connection.exec_driver_sql(_WRITE.format(milliseconds=milliseconds))

        event.listen(engine, "do_connect", connect)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", _require_alive)
        event.listen(engine, "begin", begin)
        return engine


class _Listener(Watcher):
    """Waits for the notices that commits send, and looks now and then by itself."""

    def __init__(self, database: PostgresManager, callback: Callable[[], None]) -> None:
        super().__init__(callback)
        self._database = database

    def looks(self) -> Generator[bool]:
        """Listen on a connection of its own."""
        with self._database.steady(), closing(self._database.connect()) as connection:
            connection.execute(f"LISTEN {_CHANNEL}")
            newest, next_look = "", 0.0
            while True:
                is_changed = False
                if monotonic() >= next_look:
                    before, newest = newest, _newest(connection)
                    is_changed = newest != before
                    next_look = monotonic() + _SECONDS_BETWEEN_LOOKS
                notices = list(connection.notifies(timeout=_LISTEN_SECONDS, stop_after=1))
                yield is_changed or bool(notices)


def _newest(connection: psycopg.Connection) -> str:
    row = connection.execute(_NEWEST).fetchone()
    return str(row[0]) if row else ""


def _note_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[_USED_AT] = monotonic()


def _require_alive(
    connection: psycopg.Connection, record: ConnectionPoolEntry, _fairy: object
) -> None:
    """Let the pool replace a connection that the server has ended meanwhile.

    Its end has mostly arrived here, and costs nothing to see; a server that vanished without a
    word is only noticed by asking, which is done when nobody has for a while.
    """
    rested = monotonic() - record.info.get(_USED_AT, monotonic())
    if _is_gone(connection) or (rested > _ASK_AFTER_SECONDS and not _answers(connection)):
        raise DisconnectionError


def _answers(connection: psycopg.Connection) -> bool:
    try:
        connection.execute("")
    except psycopg.Error:
        return False
    return True


def _require_present(connection: Connection) -> None:
    """Raise ``Busy`` when the server has ended the connection before it was told to commit.

    Asked after the commit, it could no longer be told from a loss in the middle of it.
    """
    bare = connection.connection.driver_connection
    if isinstance(bare, psycopg.Connection) and _is_gone(bare):
        raise Busy(LOST_SENTENCE)


def _is_gone(connection: psycopg.Connection) -> bool:
    """Tell whether the end of the other side has arrived, without asking it."""
    try:
        for _ in range(2):  # its last words, then its end
            connection.pgconn.consume_input()
    except psycopg.OperationalError:
        return True
    return connection.pgconn.status != ConnStatus.OK


def _host(url: URL) -> str:
    """Return the name of the server for people."""
    named = url.query.get("host", "")
    hosts = [url.host] if url.host else [named] if isinstance(named, str) else list(named)
    remote = [host.partition(":")[0] for host in hosts if host and not host.startswith("/")]
    return ", ".join(remote) or "this machine"

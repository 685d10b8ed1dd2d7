# SPDX-License-Identifier: GPL-3.0-or-later
"""What every database of a desk has in common, and how a URL names one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar, Literal

from sqlalchemy import URL, Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from helpdesk.core.errors import DatabaseFault, Invalid

READ_ONLY_SENTENCE = "This desk is open for reading only; nothing can be changed here."
_NOT_UNDERSTOOD = (
    "The database URL is not understood; it is sqlite:///PATH or"
    " postgresql://USER:PASSWORD@HOST/DATABASE, with %40 for an @ in a password."
)
_NO_DRIVER = 'PostgreSQL needs a driver; install it with: pip install "helpdesk[server]".'
_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")
DEFAULT_CONNECTIONS = 10

Dialect = Literal["sqlite", "postgresql"]


class DbManager(ABC):
    """A desk's database: hands out transactions, one writing one at a time.

    Every fault of the environment is raised as a ``DeskError`` with a remedy.
    """

    dialect: ClassVar[Dialect]
    read_only: bool

    @property
    @abstractmethod
    def place(self) -> str:
        """Where the desk lies, in words for people; never a password."""

    @property
    @abstractmethod
    def location(self) -> str:
        """The same within a sentence, as in 'There is no desk at /home/ann/helpdesk.db'."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Session]:
        """Yield a session over one consistent state of the desk."""

    @abstractmethod
    def writing(self, *, patiently: bool = True) -> AbstractContextManager[Session]:
        """Yield a session and commit it at the end, or undo all of it when an error leaves.

        What is not done ``patiently`` does not wait while somebody else writes.

        Raises ``Busy`` when another writer does not end within the time-out, ``ReadOnly``,
        ``DiskFull``, ``Damaged``, or ``Unanswered`` when the database was lost while it committed.
        """

    @abstractmethod
    def migrating(self) -> AbstractContextManager[Connection]:
        """Yield a connection in one writing transaction that may rebuild tables."""

    @abstractmethod
    def steady(self) -> AbstractContextManager[None]:
        """Translate the faults of what is read in the block."""

    @abstractmethod
    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back, on a thread of its own, whenever somebody may have committed.

        Returns the function that ends it; it also ends when the manager is disposed of.
        """

    @abstractmethod
    def dispose(self) -> None:
        """End what listens and close every connection."""


def database_at(
    url: str,
    *,
    busy_timeout_seconds: float = 5.0,
    read_only: bool = False,
    connections: int = DEFAULT_CONNECTIONS,
) -> DbManager:
    """Return the database a URL names, not yet opened.

    ``connections`` is how many a server may hold open. Raises ``Invalid`` for a URL that is not
    understood, and ``DatabaseFault`` when the driver is missing.
    """
    parsed = _parsed(url, _NOT_UNDERSTOOD)
    # Each module builds upon this one, and the driver of the second is not always there.
    if parsed.get_backend_name() == "sqlite":
        from helpdesk.database.sqlite_manager import SqliteManager

        return SqliteManager(
            sqlite_path(url), busy_timeout_seconds=busy_timeout_seconds, read_only=read_only
        )
    if parsed.drivername not in _POSTGRES or "@" in (parsed.host or ""):
        raise Invalid(_NOT_UNDERSTOOD)
    try:
        from helpdesk.database.postgres_manager import PostgresManager
    except ImportError as error:
        raise DatabaseFault(_NO_DRIVER) from error
    return PostgresManager(
        parsed,
        busy_timeout_seconds=busy_timeout_seconds,
        read_only=read_only,
        connections=connections,
    )


def is_file(url: str) -> bool:
    """Tell whether a URL names a file. Raises ``Invalid`` when it is not understood."""
    return _parsed(url, _NOT_UNDERSTOOD).get_backend_name() == "sqlite"


def sqlite_path(url: str) -> Path:
    """Return the file of an SQLite URL. Raises ``Invalid`` for any other URL."""
    parsed = _parsed(url, "The database URL is not understood; it starts with sqlite:///.")
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise Invalid("Only an SQLite file can be opened; its URL starts with sqlite:///.")
    return Path(parsed.database).absolute()


def _parsed(url: str, sentence: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # The error itself repeats the URL, and with it the password.
        raise Invalid(sentence) from None

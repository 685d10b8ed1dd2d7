# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes, checks and upgrades the schema of a desk's database."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from helpdesk import __version__
from helpdesk.core.errors import (
    Conflict,
    Damaged,
    DatabaseFault,
    NewerSchema,
    NoDesk,
    ReadOnly,
)
from helpdesk.database import SCHEMA_VERSION
from helpdesk.database.backup import copy_database
from helpdesk.database.db_manager import DbManager
from helpdesk.database.faults import translated
from helpdesk.database.sqlite_manager import SqliteManager, log_of

# Its driver is not always there.
if TYPE_CHECKING:
    from helpdesk.database.postgres_manager import PostgresManager

MIGRATIONS = Path(__file__).with_name("migrations")

_HEADER = b"SQLite format 3\x00"
_NO_DESK = "There is no desk at {path}; make one with: helpdesk init-db."
_DAMAGED = "{path} is not a sound database; restore the last backup with: helpdesk restore FILE."
_NEWER = (
    "This desk was made by {maker} (schema {found}, this program knows {known});"
    " install {wanted} to open it."
)
_PROGRAM_VERSION = "program_version"
_OLDER_READ_ONLY = (
    "This desk has the older schema {found} and can only be read here;"
    " open it once where its folder may be written."
)
_OLDER = {
    "sqlite": "This desk has schema {found}; upgrade it with: helpdesk upgrade-db.",
    "postgresql": (
        "This desk has schema {found}; make a dump with pg_dump, then upgrade it with:"
        " helpdesk upgrade-db."
    ),
}
_KEEP_FACT = text(
    "INSERT INTO desk_fact (name, value) VALUES (:name, :value)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


class OlderSchema(DatabaseFault):
    """An older version of the program made the database; it must be upgraded first."""

    code = "older_schema"


def create(database: DbManager) -> None:
    """Make the newest schema in a new file, readable by its owner alone, or an empty database.

    Raises ``Conflict`` when something already lies there.
    """
    if not isinstance(database, SqliteManager):
        with created(database):
            return
    if _holds_something(database):
        raise Conflict(f"There is already a desk at {database.path}; nothing was changed.")
    database.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(database.path, os.O_CREAT | os.O_RDWR, 0o600))
    database.path.chmod(0o600)
    migrate(database)


def has_desk(database: DbManager) -> bool:
    """Tell whether a desk of any version lies in a PostgreSQL database."""
    from helpdesk.database import postgres_schema

    return postgres_schema.has_desk(_postgres(database))


def require_vacant(database: DbManager) -> None:
    """Raise ``Conflict`` unless a PostgreSQL database is empty, ``Invalid`` if it is unfit."""
    from helpdesk.database import postgres_schema

    with _postgres(database).reading() as session:
        postgres_schema.require_vacant(session.connection(), _postgres(database).where)


@contextmanager
def created(database: DbManager) -> Iterator[Session]:
    """Make the newest schema in an empty PostgreSQL database and yield a session to fill it.

    All of it is one transaction. Raises ``Conflict`` when something already lies there.
    """
    from helpdesk.database import postgres_schema

    with postgres_schema.vacant(_postgres(database)) as connection:
        migrate_within(connection)
        with Session(connection, autoflush=False, expire_on_commit=False) as session:
            yield session
            session.commit()


def check(database: DbManager) -> None:
    """Raise unless there is a sound desk of this program's schema.

    Raises ``NoDesk``, ``Damaged``, ``NewerSchema`` (naming the schema it needs) or
    ``OlderSchema``. The database is only read.
    """
    found = version_of(database)
    if found > SCHEMA_VERSION:
        raise _newer(database, found)
    if found < SCHEMA_VERSION:
        raise OlderSchema(_OLDER[database.dialect].format(found=found))


def version_of(database: DbManager) -> str:
    """Return the schema version. Raises ``NoDesk`` when there is no desk."""
    if not isinstance(database, SqliteManager):
        from helpdesk.database import postgres_schema

        return postgres_schema.version_of(_postgres(database))
    _check_file(database.path)
    with closing(database.inspect()) as connection, database.steady():
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            row = None
    if row is None:
        raise NoDesk(_NO_DESK.format(path=database.path))
    return str(row[0])


def upgrade(database: DbManager, backups: Path) -> Path | None:
    """Bring the schema to the newest version after a backup.

    Returns the backup's path, or ``None`` when there was nothing to do or none was made:
    whoever runs a PostgreSQL server makes a dump before. The migration is one transaction: the
    desk is at the old version or at the new one, never between.
    """
    found = version_of(database)
    if found > SCHEMA_VERSION:
        raise _newer(database, found)
    if found == SCHEMA_VERSION:
        return None
    if database.read_only:
        raise ReadOnly(_OLDER_READ_ONLY.format(found=found))
    copy = _copied(database, backups, found) if isinstance(database, SqliteManager) else None
    migrate(database)
    return copy


def migrate(database: DbManager, scripts: Path = MIGRATIONS) -> None:
    """Run the migrations that the database has not seen, in one writing transaction."""
    with database.migrating() as connection:
        migrate_within(connection, scripts)


def migrate_within(connection: Connection, scripts: Path = MIGRATIONS) -> None:
    """Run the migrations that the database has not seen, in the transaction that is open.

    The version of this program is kept, so that an older one can name what it takes to open it.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.execute(_KEEP_FACT, {"name": _PROGRAM_VERSION, "value": __version__})


def _copied(database: SqliteManager, backups: Path, found: str) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    copy = backups / f"before-upgrade-from-{found}-{stamp}.db"
    copy_database(database, copy)
    return copy


def _postgres(database: DbManager) -> PostgresManager:
    from helpdesk.database.postgres_manager import PostgresManager

    if not isinstance(database, PostgresManager):
        raise TypeError(f"no database of a known kind: {database!r}")
    return database


def _newer(database: DbManager, found: str) -> NewerSchema:
    version = _program_version(database)
    maker, wanted = "a newer Help Desk", "the newer version"
    if version:
        maker, wanted = f"Help Desk {version}", "that version or a newer one"
    return NewerSchema(_NEWER.format(maker=maker, wanted=wanted, found=found, known=SCHEMA_VERSION))


def _program_version(database: DbManager) -> str | None:
    """Return the program that made the schema, where a file of a later one still tells it."""
    if not isinstance(database, SqliteManager):
        from helpdesk.database import postgres_schema

        return postgres_schema.fact(_postgres(database), _PROGRAM_VERSION)
    statement = "SELECT value FROM desk_fact WHERE name = ?"
    with closing(database.inspect()) as connection:
        try:
            row = connection.execute(statement, (_PROGRAM_VERSION,)).fetchone()
        except sqlite3.DatabaseError:
            return None
    return str(row[0]) if row else None


def _holds_something(database: SqliteManager) -> bool:
    """Return whether more lies there than what an attempt to make a desk leaves when it fails."""
    if not database.path.exists() or database.path.stat().st_size == 0:
        return False
    with database.path.open("rb") as file:
        if not file.read(len(_HEADER)).startswith(_HEADER):
            return True
    try:
        with closing(database.inspect()) as connection, translated(database.path):
            return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
    except DatabaseFault:
        return True


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            header = file.read(100)
            size = path.stat().st_size
    except FileNotFoundError as error:
        raise NoDesk(_NO_DESK.format(path=path)) from error
    except OSError as error:
        raise NoDesk(f"{path} cannot be read: {error.strerror}.") from error
    if size == 0:
        raise NoDesk(_NO_DESK.format(path=path))
    # A crash while the log is written into the file leaves it short; SQLite completes it.
    is_short = size < _expected_size(header) and not log_of(path).exists()
    if not header.startswith(_HEADER) or is_short:
        raise Damaged(_DAMAGED.format(path=path))


def _expected_size(header: bytes) -> int:
    """Return the bytes the header promises; SQLite keeps the count true at each checkpoint."""

    def number(start: int, end: int) -> int:
        return int.from_bytes(header[start:end], "big")

    page_size = 65536 if number(16, 18) == 1 else number(16, 18)
    is_valid = number(24, 28) == number(92, 96)
    return page_size * number(28, 32) if is_valid else 0

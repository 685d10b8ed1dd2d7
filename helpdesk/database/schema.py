# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes, checks and upgrades the schema of a desk's database."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

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
from helpdesk.database.db_manager import DbManager, log_of
from helpdesk.database.faults import translated

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


class OlderSchema(DatabaseFault):
    """An older version of the program made the database; it must be upgraded first."""

    code = "older_schema"


def create(database: DbManager) -> None:
    """Make the file, readable by its owner alone, with the newest schema.

    Raises ``Conflict`` when something already lies there.
    """
    if _holds_something(database):
        raise Conflict(f"There is already a desk at {database.path}; nothing was changed.")
    database.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(database.path, os.O_CREAT | os.O_RDWR, 0o600))
    database.path.chmod(0o600)
    migrate(database)


def check(database: DbManager) -> None:
    """Raise unless the file is a sound desk of this program's schema.

    Raises ``NoDesk``, ``Damaged``, ``NewerSchema`` (naming the schema it needs) or
    ``OlderSchema``. The file is only read.
    """
    _check_file(database.path)
    found = version_of(database)
    if found > SCHEMA_VERSION:
        raise _newer(database, found)
    if found < SCHEMA_VERSION:
        raise OlderSchema(f"This desk has schema {found}; upgrade it with: helpdesk upgrade-db.")


def version_of(database: DbManager) -> str:
    """Return the schema version of the file. Raises ``NoDesk`` when it holds no desk."""
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

    Returns the backup's path, or ``None`` when there was nothing to do. The migration is one
    transaction: the file is at the old version or at the new one, never between.
    """
    found = version_of(database)
    if found > SCHEMA_VERSION:
        raise _newer(database, found)
    if found == SCHEMA_VERSION:
        return None
    if database.read_only:
        raise ReadOnly(_OLDER_READ_ONLY.format(found=found))
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    copy = backups / f"before-upgrade-from-{found}-{stamp}.db"
    copy_database(database, copy)
    migrate(database)
    return copy


def migrate(database: DbManager, scripts: Path = MIGRATIONS) -> None:
    """Run the migrations that the file has not seen, in one writing transaction.

    The version of this program is kept, so that an older one can name what it takes to open it.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    with database.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO desk_fact (name, value) VALUES (?, ?)",
            (_PROGRAM_VERSION, __version__),
        )


def _newer(database: DbManager, found: str) -> NewerSchema:
    version = _program_version(database)
    maker, wanted = "a newer Help Desk", "the newer version"
    if version:
        maker, wanted = f"Help Desk {version}", "that version or a newer one"
    return NewerSchema(_NEWER.format(maker=maker, wanted=wanted, found=found, known=SCHEMA_VERSION))


def _program_version(database: DbManager) -> str | None:
    """Return the program that made the schema, where a file of a later one still tells it."""
    statement = "SELECT value FROM desk_fact WHERE name = ?"
    with closing(database.inspect()) as connection:
        try:
            row = connection.execute(statement, (_PROGRAM_VERSION,)).fetchone()
        except sqlite3.DatabaseError:
            return None
    return str(row[0]) if row else None


def _holds_something(database: DbManager) -> bool:
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

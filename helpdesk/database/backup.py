# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies a live database, checks the copy, and puts one back."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from helpdesk.core.errors import Damaged, DeskError, Invalid
from helpdesk.database.db_manager import DbManager
from helpdesk.database.faults import translated

Progress = Callable[[int, int], None]
"""Called with the pages copied and all pages."""

_PAGES_A_STEP = 2_000


def copy_database(
    database: DbManager, target: Path, progress: Progress | None = None, *, verified: bool = True
) -> None:
    """Write a consistent copy of a database in use to ``target``, all of it or nothing.

    Raises ``Invalid`` when ``target`` exists, ``DiskFull``, or ``Damaged`` when the copy is
    not sound; before a repair it need not be ``verified``.
    """
    if target.exists():
        raise Invalid(f"{target} already exists; name another file.")
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600))
        with translated(), closing(database.connect()) as source:
            _copy_pages(source, part, progress)
        if verified:
            _require_sound(part)
        _sync(part)
        part.replace(target)
    except OSError as error:
        raise Invalid(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        for leftover in (part, *_companions(part)):
            leftover.unlink(missing_ok=True)


def restore_database(database: DbManager, source: Path, kept: Path) -> Path | None:
    """Replace the database by the copy ``source`` and return where the present one is kept.

    A sound present database is kept as a backup at ``kept`` and overwritten through SQLite, so
    that programs which have it open see the restored state. A damaged one is moved there whole.
    """
    if not source.is_file():
        raise Invalid(f"There is no backup at {source}; check the name.")
    _require_sound(source)
    keeps = _set_aside(database, kept) if database.path.exists() else None
    if not database.path.exists():
        database.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(database.path, os.O_CREAT | os.O_RDWR, 0o600))
    with (
        translated(),
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as copy,
        closing(database.connect()) as present,
    ):
        copy.backup(present, pages=-1)
    return keeps


def problems_of(connection: sqlite3.Connection) -> list[str]:
    """Return what SQLite's own checks find, in its words; an unreadable page is one too."""
    found: list[str] = []
    try:
        rows = connection.execute("PRAGMA integrity_check(20)").fetchall()
        found += [str(row[0]) for row in rows if row[0] != "ok"]
        orphans = connection.execute("PRAGMA foreign_key_check").fetchmany(20)
        found += [
            f"{table} {rowid} refers to a missing {parent}" for table, rowid, parent, _ in orphans
        ]
    except sqlite3.DatabaseError as error:
        found.append(str(error))
    return found


def _copy_pages(source: sqlite3.Connection, part: Path, progress: Progress | None) -> None:
    def tell(_status: int, remaining: int, total: int) -> None:
        if progress:
            progress(total - remaining, total)

    # Within one reading transaction every page is of the same moment; outside of one the copy
    # would begin again whenever somebody writes, and never end at a busy desk.
    source.execute("BEGIN")
    source.execute("SELECT count(*) FROM sqlite_master").fetchone()
    with closing(sqlite3.connect(part)) as copy:
        source.backup(copy, pages=_PAGES_A_STEP, progress=tell, sleep=0)
        copy.execute("PRAGMA journal_mode=DELETE")


def _require_sound(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            found = problems_of(copy)
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    if found:
        raise Damaged(f"{file} is not a sound database ({found[0]}); use another backup.")


def _set_aside(database: DbManager, kept: Path) -> Path:
    try:
        copy_database(database, kept)
    except (DeskError, sqlite3.Error):
        database.dispose()
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for companion in _companions(database.path):
            if companion.exists():
                companion.replace(
                    kept.with_name(companion.name.replace(database.path.name, kept.name))
                )
        database.path.replace(kept)
    return kept


def _companions(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal"))


def _sync(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())

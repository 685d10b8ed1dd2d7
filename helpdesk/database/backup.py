# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies a live database, checks the copy, and puts one back."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from helpdesk.core.errors import Busy, Damaged, Invalid
from helpdesk.database.faults import BUSY_SENTENCE, translated
from helpdesk.database.renewal import forget_sessions
from helpdesk.database.sqlite_manager import SqliteManager

Progress = Callable[[int, int], None]
"""Called with the pages copied and all pages."""

_PAGES_A_STEP = 2_000
_DAMAGED_DESK = (
    "{path} is damaged ({problem}), so that no copy was made;"
    " restore the last backup with: helpdesk restore FILE."
)


def copy_database(
    database: SqliteManager,
    target: Path,
    progress: Progress | None = None,
    *,
    verified: bool = True,
) -> None:
    """Write a consistent copy of a database in use to ``target``, all of it or nothing.

    Raises ``Invalid`` when ``target`` exists, ``DiskFull``, or ``Damaged`` when the copy is
    not sound; before a repair it need not be ``verified``.
    """
    if target.exists():
        raise Invalid(f"{target} already exists; name another file.")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _part_of(target) as part:
            with database.steady(), closing(database.connect()) as source:
                _copy_pages(source, part, progress)
            if verified and (problem := _first_problem(part)):
                raise Damaged(_DAMAGED_DESK.format(path=database.path, problem=problem))
            _sync(part)
            part.replace(target)
    except OSError as error:
        raise Invalid(f"{target} cannot be written: {error.strerror}.") from error


def restore_database(
    database: SqliteManager, source: Path, kept: Path, progress: Progress | None = None
) -> Path | None:
    """Replace the database by the copy ``source`` and return where the present one is kept.

    Sessions do not come back with it, and every window loads everything anew.

    A sound present database is kept as a backup at ``kept`` and overwritten through SQLite, so
    that programs which have it open see the restored state. A damaged one is moved there whole.
    Whatever is raised, the present one stays in its place: ``Busy``, ``DiskFull``, ``Damaged``
    when the copy is not sound.
    """
    if not source.is_file():
        raise Invalid(f"There is no backup at {source}; check the name.")
    if problem := _first_problem(source):
        raise Damaged(f"{source} is not a sound database ({problem}); use another backup.")
    database.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _part_of(database.path) as part:
        _prepare(source, part)
        if not database.path.exists():
            _replace_file(database, part, kept)
            return None
        try:
            copy_database(database, kept)
        except Damaged:
            _replace_file(database, part, kept)
        else:
            _overwrite(database, part, progress)
    return kept


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
    # Within one reading transaction every page is of the same moment; outside of one the copy
    # would begin again whenever somebody writes, and never end at a busy desk.
    source.execute("BEGIN")
    source.execute("SELECT count(*) FROM sqlite_master").fetchone()
    with closing(sqlite3.connect(part)) as copy:
        source.backup(copy, pages=_PAGES_A_STEP, progress=_teller(progress), sleep=0)
        copy.execute("PRAGMA journal_mode=DELETE")


def _prepare(source: Path, part: Path) -> None:
    """Copy ``source`` without what must not come back."""
    with translated(source), closing(_opened(source)) as copy:
        _copy_pages(copy, part, None)
    with translated(part), closing(sqlite3.connect(part)) as copy:
        forget_sessions(copy)


def _overwrite(database: SqliteManager, source: Path, progress: Progress | None) -> None:
    """Write all pages of ``source`` into the database in one transaction."""
    with (
        translated(database.path),
        closing(_opened(source)) as copy,
        closing(database.connect()) as present,
    ):
        copy.backup(present, pages=_PAGES_A_STEP, progress=_teller(progress), sleep=0)


def _replace_file(database: SqliteManager, part: Path, kept: Path) -> None:
    """Move what lies in the place away and put the new file there."""
    _sync(part)
    database.dispose()
    _move_away(database.path, kept)
    part.replace(database.path)


@contextmanager
def _part_of(target: Path) -> Iterator[Path]:
    """Yield a new file beside ``target``, its owner's alone, that is gone at the end."""
    descriptor, name = tempfile.mkstemp(".part", target.name + ".", target.parent)
    os.close(descriptor)
    part = Path(name)
    try:
        yield part
    finally:
        # What was put in its place is gone already; what led here matters more than a leftover.
        for leftover in (part, *_companions(part)):
            with suppress(OSError):
                leftover.unlink()


def _move_away(path: Path, kept: Path) -> None:
    # The log goes along: SQLite would play it into the new file.
    for file, place in zip((path, *_companions(path)), (kept, *_companions(kept)), strict=True):
        if file.exists():
            kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.replace(place)


def _teller(progress: Progress | None) -> Callable[[int, int, int], None]:
    def tell(status: int, remaining: int, total: int) -> None:
        # Python would try again for ever.
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise Busy(BUSY_SENTENCE)
        if progress:
            progress(total - remaining, total)

    return tell


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _first_problem(file: Path) -> str | None:
    try:
        with closing(_opened(file)) as copy:
            return next(iter(problems_of(copy)), None)
    except sqlite3.DatabaseError as error:
        return str(error)


def _companions(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal"))


def _sync(file: Path) -> None:
    # Windows syncs only what is open for writing.
    with file.open("r+b") as opened:
        os.fsync(opened.fileno())

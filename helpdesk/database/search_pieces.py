# SPDX-License-Identifier: GPL-3.0-or-later
"""The pieces that a full-text index of a file is made of, where much is written at once.

FTS5 writes what was gathered as a new piece and merges the pieces of a level into one of the next:
four a little at a time, sixteen at once and while somebody waits. A large piece must therefore lie
far above what people write, or merging it takes half a minute where it is a million tickets.
https://www.sqlite.org/fts5.html#fts5_data_structures
"""

from __future__ import annotations

import sqlite3
from typing import Final

TABLES: Final = {"ticket_search": "subject", "article_search": "heading"}
"""The full-text indexes, each with a column of it."""
OF_MANY = {"hashsize": 32 * 1024 * 1024, "automerge": 0, "crisismerge": 1999}
BY_DEFAULT: Final = {"hashsize": 1024 * 1024, "automerge": 4, "crisismerge": 16, "usermerge": 4}
"""How many bytes are gathered for a piece, and how many pieces of a level are merged."""
_LEVELS = 12
"""A piece holds at least four of the level below: more than a desk will ever see."""
_FEW_WORDS, _MANY_WORDS = "piece", " ".join(map(str, range(5_000)))
_MERGED_PAGES = 1000
_MERGED_NOTHING = 2
"""A merge that changes fewer rows than this has nothing left to do."""


def begin_load(connection: sqlite3.Connection, table: str, *, fresh: bool) -> None:
    """Gather more for a piece than usual; where the index is ``fresh``, merge none until the end.

    What is in an index that is not fresh stays where it is.
    """
    _set_all(connection, table, OF_MANY)
    # A piece stays where it is as long as those that come to lie below it are smaller.
    for level in range(_LEVELS) if fresh else ():
        _add_piece(connection, table, level, _FEW_WORDS if level else _MANY_WORDS)
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608
    if fresh:
        _forget_pieces(connection, table)


def end_load(connection: sqlite3.Connection, table: str, *, fresh: bool) -> None:
    """Make one piece of what was loaded, above all levels, and write as usual again.

    Where all pieces are of one level they would be merged into the next. So a merge of these is
    begun, and a piece added that is no part of it; what was one piece before is merged twice.
    It goes by small merges, as FTS5's documentation asks: what is merged makes room at once.
    """
    if fresh:
        _flush(connection)
        pieces = f"SELECT count(DISTINCT segid) FROM {table}_idx"  # noqa: S608
        times = 1 if connection.execute(pieces).fetchone()[0] > 1 else 2
        _set(connection, table, "usermerge", 2)
        _set(connection, table, "merge", 1)
        for _ in range(times):
            _add_piece(connection, table, 0, _FEW_WORDS)
            _merge_all(connection, table)
            _forget_pieces(connection, table)
    _set_all(connection, table, BY_DEFAULT)


def _merge_all(connection: sqlite3.Connection, table: str) -> None:
    # A negative number lets all pieces be merged, whatever their size.
    pages, before = -_MERGED_PAGES, -_MERGED_NOTHING
    while connection.total_changes - before >= _MERGED_NOTHING:
        before = connection.total_changes
        _set(connection, table, "merge", pages)
        pages = _MERGED_PAGES


def _add_piece(connection: sqlite3.Connection, table: str, place: int, words: str) -> None:
    """Write a piece of index with words of a row that there is not."""
    add = f"INSERT INTO {table} (rowid, {TABLES[table]}) VALUES (?, ?)"  # noqa: S608
    connection.execute(add, (-1 - place, words))
    _flush(connection)


def _forget_pieces(connection: sqlite3.Connection, table: str) -> None:
    connection.execute(f"DELETE FROM {table} WHERE rowid < 0")  # noqa: S608


def _flush(connection: sqlite3.Connection) -> None:
    """Let what is gathered become a piece, as a savepoint does."""
    connection.execute("SAVEPOINT gathered")
    connection.execute("RELEASE gathered")


def _set_all(connection: sqlite3.Connection, table: str, settings: dict[str, int]) -> None:
    for name, value in settings.items():
        _set(connection, table, name, value)


def _set(connection: sqlite3.Connection, table: str, name: str, value: int) -> None:
    statement = f"INSERT INTO {table} ({table}, rank) VALUES (?, ?)"  # noqa: S608
    connection.execute(statement, (name, value))

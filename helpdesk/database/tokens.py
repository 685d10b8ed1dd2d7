# SPDX-License-Identifier: GPL-3.0-or-later
"""Splits text into the words of the search, by SQLite's own tokenizer whatever the database is.

A desk on PostgreSQL finds what a desk on SQLite finds because both have the same words: those
that FTS5 makes of a text, read back from an index in memory.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Sequence

LONGEST_TOKEN = 501
"""A longer word is cut here: one character more than a query may have, so that no query can
tell the cut word from the whole one."""

TOKENIZER = "unicode61 remove_diacritics 2"

_READ = f"SELECT doc, substr(term, 1, {LONGEST_TOKEN}) FROM place ORDER BY doc, offset"  # noqa: S608


class _Index:
    """An index in memory, empty between two calls."""

    def __init__(self) -> None:
        """Make it; it is closed when its thread ends."""
        # An ending thread may be taken down by another one.
        self.connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self.connection.close)
        # FTS5 cuts a word of 32 KiB at a byte, which may be one inside a character.
        self.connection.text_factory = lambda raw: raw.decode(errors="ignore")
        self.connection.execute(
            f"CREATE VIRTUAL TABLE said USING fts5(line, content='', tokenize='{TOKENIZER}')"
        )
        self.connection.execute("CREATE VIRTUAL TABLE place USING fts5vocab(said, instance)")


class _Own(threading.local):
    """The index of each thread, made when it asks for the first time."""

    index: _Index | None = None


_own = _Own()


def tokens_of(texts: Sequence[str]) -> list[list[str]]:
    """Return the words of each text in their order: folded, without accents, never empty."""
    found: list[list[str]] = [[] for _ in texts]
    connection = _connection()
    connection.execute("BEGIN")
    try:
        connection.executemany("INSERT INTO said (rowid, line) VALUES (?, ?)", enumerate(texts))
        for place, token in connection.execute(_READ):
            found[place].append(token)
    finally:
        # An index without content cannot delete, and undoing costs less anyway.
        connection.execute("ROLLBACK")
    return found


def _connection() -> sqlite3.Connection:
    if _own.index is None:
        _own.index = _Index()
    return _own.index.connection

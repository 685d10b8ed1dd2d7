# SPDX-License-Identifier: GPL-3.0-or-later
"""One letter is a beginning of a word that the full-text index of a file knows.

The index is made anew from its own texts: FTS5 cannot add what it was not made with.
"""

from __future__ import annotations

import sqlite3

from alembic import op

from helpdesk.database.search_pieces import begin_load, end_load

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FULLTEXT = """
CREATE VIRTUAL TABLE ticket_search USING fts5(
    subject, description, comments, notes, requester,
    tokenize = "unicode61 remove_diacritics 2",
    prefix = '1 2 3 4 5'
)
"""
COLUMNS = "rowid, subject, description, comments, notes, requester"

COPY = (
    f"INSERT INTO ticket_search ({COLUMNS}) SELECT {COLUMNS} FROM ticket_search_before"  # noqa: S608
    " WHERE rowid BETWEEN ? AND ? ORDER BY rowid"
)
AT_ONCE = 5_000


def upgrade() -> None:
    """Make the index of a file with beginnings of one letter; PostgreSQL's needs none."""
    if op.get_bind().dialect.name == "postgresql":
        return
    driver: sqlite3.Connection = op.get_bind().connection.driver_connection  # type: ignore[assignment]
    op.execute("ALTER TABLE ticket_search RENAME TO ticket_search_before")
    op.execute(FULLTEXT)
    begin_load(driver, "ticket_search", fresh=True)
    last = driver.execute("SELECT max(rowid) FROM ticket_search_before").fetchone()[0] or 0
    # What one statement writes is kept in memory too, until it has ended.
    for first in range(0, last + 1, AT_ONCE):
        driver.execute(COPY, (first, first + AT_ONCE - 1))
    end_load(driver, "ticket_search", fresh=True)
    op.execute("DROP TABLE ticket_search_before")

# SPDX-License-Identifier: GPL-3.0-or-later
"""One letter is a beginning of a word that the full-text index of a file knows.

The index is made anew from its own texts: FTS5 cannot add what it was not made with.
"""

from __future__ import annotations

from alembic import op

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
OF_MANY = {"hashsize": 32 * 1024 * 1024, "automerge": 0, "crisismerge": 1999}
"""Large pieces, which are merged once and at the end."""
BY_DEFAULT = {"hashsize": 1024 * 1024, "automerge": 4, "crisismerge": 16}
COLUMNS = "rowid, subject, description, comments, notes, requester"


def upgrade() -> None:
    """Make the index of a file with beginnings of one letter; PostgreSQL's needs none."""
    if op.get_bind().dialect.name == "postgresql":
        return
    op.execute("ALTER TABLE ticket_search RENAME TO ticket_search_before")
    op.execute(FULLTEXT)
    for name, value in OF_MANY.items():
        _set(name, value)
    op.execute(
        f"INSERT INTO ticket_search ({COLUMNS})"  # noqa: S608 - our own names
        f" SELECT {COLUMNS} FROM ticket_search_before ORDER BY rowid"
    )
    op.execute("DROP TABLE ticket_search_before")
    op.execute("INSERT INTO ticket_search (ticket_search) VALUES ('optimize')")
    for name, value in BY_DEFAULT.items():
        _set(name, value)


def _set(name: str, value: int) -> None:
    statement = "INSERT INTO ticket_search (ticket_search, rank) VALUES ('{}', {})"
    op.execute(statement.format(name, value))

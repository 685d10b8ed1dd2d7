# SPDX-License-Identifier: GPL-3.0-or-later
"""One letter is a beginning of a word that the full-text index of a file knows.

The index is made anew from its own texts: FTS5 cannot add what it was not made with. What the
desk's own fields hold is found by from now on, and goes into the index of either database.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from helpdesk.database.search_pieces import begin_load, end_load
from helpdesk.database.tokens import tokens_of

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
HELD = (
    "coalesce((SELECT group_concat(char(10) || held, '') FROM (SELECT CASE f.kind WHEN 'user'"
    ' THEN (SELECT u.full_name FROM "user" u WHERE u.id = CAST(v.value AS INTEGER))'
    " ELSE v.value END AS held FROM ticket_field v JOIN custom_field f ON f.id = v.field_id"
    " WHERE v.ticket_id = b.rowid AND f.staff_only = {} ORDER BY v.field_id)), '')"
)
FILLED = (
    f"SELECT b.rowid, b.subject || {HELD.format(0)}, b.description, b.comments,"  # noqa: S608
    f" {HELD.format(1)} || b.notes, b.requester FROM ticket_search_before b"
    " WHERE b.rowid BETWEEN ? AND ? ORDER BY b.rowid"
)
HELD_WORDS = """
SELECT v.ticket_id, f.staff_only, CASE f.kind WHEN 'user' THEN (SELECT u.full_name FROM "user" u
    WHERE u.id = CASE WHEN v.value ~ '^[0-9]{1,18}$' THEN v.value::bigint END) ELSE v.value END
FROM ticket_field v JOIN custom_field f ON f.id = v.field_id ORDER BY v.ticket_id, v.field_id
"""
ROWS = "SELECT ticket_id, public, internal FROM ticket_search WHERE ticket_id = ANY(:ids)"
SET_ROW = (
    "UPDATE ticket_search SET words = words || array_to_tsvector(CAST(:words AS text[])),"
    " public = :public, internal = :internal WHERE ticket_id = :ticket_id"
)
MOST_BYTES = 1_000_000
"""Beyond so many PostgreSQL keeps no words."""

COPY = f"INSERT INTO ticket_search ({COLUMNS}) {FILLED}"
AT_ONCE = 5_000


def upgrade() -> None:
    """Make the index of a file with beginnings of one letter; PostgreSQL's needs none of these."""
    if op.get_bind().dialect.name == "postgresql":
        _add_values(op.get_bind())
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


def _add_values(connection: sa.Connection) -> None:
    """Add what own fields hold to the rows of their tickets."""
    held: dict[int, tuple[list[str], list[str]]] = {}
    for ticket_id, staff_only, value in connection.execute(sa.text(HELD_WORDS)):
        if value:
            held.setdefault(ticket_id, ([], []))[staff_only].append(value)
    filled = list(held)
    for first in range(0, len(filled), AT_ONCE):
        ids = filled[first : first + AT_ONCE]
        rows = connection.execute(sa.text(ROWS), {"ids": ids}).all()
        said = iter(tokens_of(["\n".join(part) for row in rows for part in held[row.ticket_id]]))
        new = [_with(row, next(said), next(said)) for row in rows]
        if fitting := [each for each in new if each is not None]:
            connection.execute(sa.text(SET_ROW), fitting)


def _with(
    row: sa.Row[tuple[int, str, str]], public: Sequence[str], hidden: Sequence[str]
) -> dict[str, object] | None:
    """Return a row with more words: behind the subject, and before the notes."""
    before, subject, rest = row.public.split("\n ", 2)
    subject += "".join(f"{word} " for word in public)
    notes = row.internal.removeprefix("\n ")
    internal = "\n " + "".join(f"{word} " for word in hidden) + notes
    whole = "\n ".join((before, subject, rest))
    if len(whole.encode()) + len(internal.encode()) > MOST_BYTES:
        return None
    words = list(dict.fromkeys((*public, *(f":{word}" for word in hidden))))
    return {"ticket_id": row.ticket_id, "words": words, "public": whole, "internal": internal}

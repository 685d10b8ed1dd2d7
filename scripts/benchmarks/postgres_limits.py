# SPDX-License-Identifier: GPL-3.0-or-later
"""The limit of each workload of the API on PostgreSQL: the same rows by hand-written SQL."""

from __future__ import annotations

from collections.abc import Sequence
from time import time
from typing import TYPE_CHECKING

from benchmarks import limits
from benchmarks.limits import HOUR, Rows

if TYPE_CHECKING:
    import psycopg

_SEARCH = f"""
    SELECT {limits.COLUMNS}, left(ticket.description, 120)
    FROM ticket_search JOIN ticket ON ticket.id = ticket_search.ticket_id {limits.JOINS}
    WHERE words @@ ?::tsquery ORDER BY ticket_search.ticket_id DESC LIMIT 50
"""  # noqa: S608 - constants of this bench
_INDEX_NEW = """
    INSERT INTO ticket_search (ticket_id, words, public, internal)
    VALUES (?, array_to_tsvector(?), ?, '')
"""


class PostgresLimits:
    """Runs the statements over one bare connection that commits each by itself."""

    def __init__(self, connection: psycopg.Connection, actor_id: int) -> None:
        """Bind to a connection and to the person who writes."""
        self._connection = connection
        self._actor_id = actor_id

    def first_page(self) -> Rows:
        """Fetch the first 50 open tickets in the default order."""
        return self._rows(limits.FIRST)

    def open_ticket(self, ticket_id: int) -> Rows:
        """Fetch a ticket with its comments and its history."""
        return [
            row
            for statement in (limits.TICKET, limits.COMMENTS, limits.EVENTS)
            for row in self._rows(statement, ticket_id)
        ]

    def search(self, word: str) -> Rows:
        """Fetch the newest 50 hits of one word."""
        return self._rows(_SEARCH, f"'{word}' | ':{word}'")

    def submit(self, subject: str, description: str) -> Rows:
        """Write a ticket, its history and its search text, and fetch it."""
        now, me = int(time() * 1e6), self._actor_id
        due = (now + 24 * HOUR, now + 72 * HOUR)
        tokens = sorted({word.strip(".,;").lower() for word in f"{subject} {description}".split()})
        with self._connection.transaction():
            values = (1, me, now, now, *due, subject, description)
            ((ticket_id,),) = self._rows(f"{limits.NEW_TICKET} RETURNING id", *values)
            event = (ticket_id, me, now, "created", None, None, None)
            self._connection.execute(as_postgres(limits.NEW_EVENT), event)
            texts = (ticket_id, [*tokens, f"@{me}"], " ".join(tokens))
            self._connection.execute(as_postgres(_INDEX_NEW), texts)
        assert isinstance(ticket_id, int)  # noqa: S101 - what RETURNING id gives
        return self.open_ticket(ticket_id)

    def _rows(self, statement: str, *values: object) -> Rows:
        found: Sequence[tuple[object, ...]] = self._connection.execute(
            as_postgres(statement), values
        ).fetchall()
        return list(found)


def as_postgres(statement: str) -> str:
    """Return a statement of SQLite as psycopg and PostgreSQL want it."""
    words = statement.replace("JOIN user ", 'JOIN "user" ').replace("user.id", '"user".id')
    return words.replace("?", "%s")

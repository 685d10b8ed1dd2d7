# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that are written with the next flush, those of a table by one statement.

For what nobody needs the number of, such as entries of histories: an object of a model would cost
several times as much, and SQLite would be sent a statement for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import FromClause, Insert, Table, insert
from sqlalchemy.orm import Session


class RowQueue:
    """The rows that wait in one session, in the order in which they came."""

    def __init__(self) -> None:
        """Begin with none."""
        self._rows: dict[int, tuple[FromClause, Mapping[str, Any]]] = {}
        self._came = 0

    def add(self, table: FromClause, row: Mapping[str, Any]) -> None:
        """Let a row wait; those of one table name the same columns."""
        self._rows[self._came] = (table, row)
        self._came += 1

    def waits(self, table: FromClause) -> bool:
        """Return whether rows of a table wait."""
        return any(each is table for each, _ in self._rows.values())

    def mark(self) -> int:
        """Return the place that the next row gets, for ``drop_from``."""
        return self._came

    def drop_from(self, mark: int) -> None:
        """Forget the rows that came since and still wait."""
        for place in [each for each in self._rows if each >= mark]:
            del self._rows[place]

    def send(self, session: Session) -> None:
        """Write what waits."""
        waiting, self._rows = self._rows, {}
        by_table: dict[FromClause, list[Mapping[str, Any]]] = {}
        for table, row in waiting.values():
            by_table.setdefault(table, []).append(row)
        for table, rows in by_table.items():
            session.connection().execute(_insert(table), rows)


@cache
def _insert(table: Table) -> Insert:
    return insert(table)


def rows_of(session: Session) -> RowQueue:
    """Return the queue of a session that writes."""
    queue: RowQueue = session.info["rows"]
    return queue

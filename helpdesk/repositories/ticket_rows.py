# SPDX-License-Identifier: GPL-3.0-or-later
"""What the repositories of rows beside a ticket share: its tasks and its time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from helpdesk.models import TicketTask, TimeEntry

Row = TypeVar("Row", TicketTask, TimeEntry)


class TicketRows(Generic[Row]):
    """The rows of tickets; whoever asks has looked whether the ticket may be seen."""

    kind: type[Row]

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def rows(self, ticket_id: int) -> list[Row]:
        """Return the rows of a ticket to be changed."""
        column = cast("Any", self.kind.__table__.c)
        statement = select(self.kind).where(column.ticket_id == ticket_id)
        return list(self._session.execute(statement.order_by(column.id)).scalars())

    def get(self, ticket_id: int, row_id: int) -> Row | None:
        """Return a row of a ticket."""
        found = self._session.get(self.kind, row_id)
        return found if found is not None and found.ticket_id == ticket_id else None

    def put_back(self, values: Mapping[str, Any]) -> None:
        """Write a row again, under another number where its own is taken by now."""
        taken = self._session.get(self.kind, values["id"]) is not None
        kept = {name: value for name, value in values.items() if name != "id" or not taken}
        self._session.execute(insert(self.kind), [kept])

    def remove(self, row: Row) -> None:
        """Take a row away."""
        self._session.delete(row)
        self._session.flush()

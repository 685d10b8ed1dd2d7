# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tickets that were elsewhere before, whole and by the hundred, within one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.text import folded
from helpdesk.database.bulk import Account, BulkConnection, BulkView, loading_within
from helpdesk.models import CustomField, Tag, TicketOrigin, User

_origin, _tag, _field = TicketOrigin.__table__.c, Tag.__table__.c, CustomField.__table__.c
_user = User.__table__.c


class TicketImportRepository:
    """What a load of tickets reads and writes."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def known(self, source: str, refs: Iterable[str]) -> dict[str, int]:
        """Return which tickets of a system were imported before, be they deleted since."""
        statement = select(_origin.ref, _origin.ticket_id)
        rows = self._session.execute(
            statement.where(_origin.source == source, _origin.ref.in_(list(refs)))
        )
        return {row.ref: row.ticket_id for row in rows}

    def remember(self, source: str, numbers: Mapping[str, int]) -> None:
        """Keep which ticket came of which one there."""
        rows = [
            {"source": source, "ref": ref, "ticket_id": ticket_id}
            for ref, ticket_id in numbers.items()
        ]
        self._session.execute(insert(TicketOrigin), rows)

    def accounts(self, texts: Iterable[str]) -> list[Account]:
        """Return the accounts with one of these full names or addresses, in any case."""
        wanted = {folded(each) for each in texts}
        columns = (getattr(_user, name) for name in Account._fields)
        meant = _user.full_name_folded.in_(wanted) | func.lower(_user.email).in_(wanted)
        return [Account(*row) for row in self._session.execute(select(*columns).where(meant))]

    def taken(self, usernames: Sequence[str]) -> set[str]:
        """Return which of some folded user names have an account."""
        statement = select(_user.username_folded).where(_user.username_folded.in_(usernames))
        return set(self._session.execute(statement).scalars())

    def text_fields(self) -> dict[str, tuple[int, bool]]:
        """Return the desk's own fields that take any text, by key and name in any case.

        Each is an id, and whether it is for the staff alone.
        """
        statement = select(_field.key, _field.name, _field.id, _field.staff_only)
        wanted = (_field.kind == FieldKind.TEXT, _field.active.is_(True))
        rows = self._session.execute(statement.where(*wanted))
        return {
            folded(word): (id_, staff_only)
            for key, name, id_, staff_only in rows
            for word in (key, name)
        }

    def tags(self, names: Iterable[str]) -> dict[str, tuple[int, str]]:
        """Return id and spelling of tags by their folded names, and make those that are new."""
        wanted = {folded(name): name for name in names}
        if not wanted:
            return {}
        statement = select(_tag.name_folded, _tag.id, _tag.name)
        rows = self._session.execute(statement.where(_tag.name_folded.in_(wanted)))
        found = {key: (id_, name) for key, id_, name in rows}
        new = [Tag(name=wanted[key], name_folded=key) for key in sorted(wanted.keys() - found)]
        self._session.add_all(new)
        self._session.flush()
        return found | {tag.name_folded: (tag.id, tag.name) for tag in new}

    def load(self) -> BulkConnection:
        """Return what writes rows as they are, after what the session holds."""
        self._session.flush()
        return loading_within(self._session.connection())

    def view(self) -> BulkView:
        """Return what tells the categories."""
        return BulkView(self.load())

    @staticmethod
    def write(load: BulkConnection, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Write rows by their tables, in the order of these, and number on behind them."""
        for table, some in rows.items():
            if some:
                columns = tuple(some[0])
                load.insert(table, columns, (tuple(each.values()) for each in some))
        load.number_on()

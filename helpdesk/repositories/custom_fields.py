# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the desk's own fields and what they hold on tickets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from helpdesk.core.errors import NotFound
from helpdesk.core.permissions import STAFF, Actor, Permission
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.database.search import search_of
from helpdesk.database.types import is_id
from helpdesk.models import CustomField, TicketField, User

MOST_COUNTED = 1_000
_INDEXED_AT_ONCE = 500
_field, _value, _user = CustomField.__table__.c, TicketField.__table__.c, User.__table__.c


class Person(NamedTuple):
    """Somebody whom a field names."""

    full_name: str
    active: bool
    is_staff: bool


class CustomFieldRepository:
    """The fields for one actor; whoever asks has looked whether the ticket may be seen."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the fields are for."""
        self._session = session
        self._actor = actor

    def all(self) -> Sequence[CustomField]:
        """Return the fields that the actor may know of, also those switched off, in order."""
        statement = select(CustomField).order_by(CustomField.position, CustomField.id)
        if not self._actor.may(Permission.SEE_ALL_TICKETS):
            statement = statement.where(CustomField.staff_only.is_(False))
        return self._session.execute(statement).scalars().all()

    def get(self, field_id: int) -> CustomField:
        """Return a field to change. Raises ``NotFound``."""
        found = self._session.get(CustomField, field_id) if is_id(field_id) else None
        if found is None:
            raise NotFound("There is no such field.")
        return found

    def add(self, field: CustomField) -> CustomField:
        """Store a new one."""
        self._session.add(field)
        self._session.flush()
        return field

    def used(self) -> dict[int, int]:
        """Return how many tickets have a value of each field, counted up to a limit."""
        some = (
            select(_value.ticket_id)
            .where(_value.field_id == _field.id)
            .limit(MOST_COUNTED)
            .correlate(CustomField.__table__)
            .subquery()
        )
        count = select(func.count()).select_from(some).scalar_subquery()
        rows = self._session.execute(select(_field.id, count))
        return {id_: tickets for id_, tickets in rows}  # noqa: C416 - rows are no pairs

    def has_values(self, field_id: int) -> bool:
        """Return whether any ticket has a value of a field."""
        statement = select(_value.ticket_id).where(_value.field_id == field_id).limit(1)
        return self._session.execute(statement).first() is not None

    def of_ticket(self, ticket_id: int) -> dict[int, str]:
        """Return the values on a ticket, by the field."""
        statement = select(_value.field_id, _value.value).where(_value.ticket_id == ticket_id)
        rows = self._session.execute(statement)
        return {id_: value for id_, value in rows}  # noqa: C416 - rows are no pairs

    def begin_with(self, ticket_id: int, values: Mapping[int, str]) -> None:
        """Give a new ticket its values."""
        rows = [
            {"ticket_id": ticket_id, "field_id": field_id, "value": value}
            for field_id, value in values.items()
            if value
        ]
        if rows:
            self._session.execute(insert(TicketField), rows)
            self._index((ticket_id,), values)

    def put(self, ticket_id: int, values: Mapping[int, str]) -> None:
        """Set some values on a ticket; an empty one is taken away."""
        gone = delete(TicketField).where(_value.ticket_id == ticket_id, _value.field_id.in_(values))
        self._session.execute(gone)
        self.begin_with(ticket_id, values)
        if not any(values.values()):
            self._index((ticket_id,), values)

    def index_again(self, field_id: int) -> None:
        """Index the tickets with a value of a field anew: others may know of it now."""
        held = select(_value.ticket_id).where(_value.field_id == field_id)
        ids = self._session.execute(held.order_by(_value.ticket_id)).scalars().all()
        for some in _some_at_once(ids):
            search_of(self._session).index_around(self._session, some)
            search_of(self._session).index_notes(self._session, some)

    def index_named(self, person_id: int) -> None:
        """Index the tickets anew that name somebody in a field: they have another name now."""
        statement = (
            select(_value.ticket_id, _field.staff_only)
            .join(CustomField.__table__, _field.id == _value.field_id)
            .where(_field.kind == FieldKind.USER, _value.value == str(person_id))
            .order_by(_value.ticket_id)
        )
        found = self._session.execute(statement).all()
        for some in _some_at_once([id_ for id_, staff_only in found if not staff_only]):
            search_of(self._session).index_around(self._session, some)
        for some in _some_at_once([id_ for id_, staff_only in found if staff_only]):
            search_of(self._session).index_notes(self._session, some)

    def _index(self, ticket_ids: Sequence[int], field_ids: Collection[int]) -> None:
        """Index what has changed: what all may find, what the staff may, or both."""
        # They have just been read, to check the values.
        fields = (self._session.get(CustomField, id_) for id_ in field_ids)
        kinds = {field.staff_only for field in fields if field is not None}
        if False in kinds:
            search_of(self._session).index_around(self._session, ticket_ids)
        if True in kinds:
            search_of(self._session).index_notes(self._session, ticket_ids)

    def people(self, ids: Collection[int]) -> dict[int, Person]:
        """Return who has these ids."""
        wanted = [id_ for id_ in ids if is_id(id_)]
        if not wanted:
            return {}
        columns = (_user.id, _user.full_name, _user.active, _user.role)
        rows = self._session.execute(select(*columns).where(_user.id.in_(wanted)))
        return {id_: Person(name, active, role in STAFF) for id_, name, active, role in rows}

    def named_in(
        self, fields: Collection[CustomField], values: Mapping[int, str]
    ) -> dict[str, str]:
        """Return the names of the people in some values, by their ids as text."""
        kinds = {each.id: each.kind for each in fields}
        ids = {
            int(value)
            for field_id, value in values.items()
            if kinds.get(field_id) is FieldKind.USER and value.isdecimal()
        }
        return {str(id_): person.full_name for id_, person in self.people(ids).items()}


def _some_at_once(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(ids), _INDEXED_AT_ONCE):
        yield ids[first : first + _INDEXED_AT_ONCE]

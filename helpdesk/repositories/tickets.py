# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes tickets, their comments and their history, within what the actor may see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.tickets import (
    OPEN_STATUSES,
    CommentView,
    EventView,
    Priority,
    Sort,
    TicketCount,
    TicketPage,
    TicketQuery,
    TicketRow,
)
from helpdesk.core.schemas.users import PersonRef
from helpdesk.database import fulltext
from helpdesk.database.types import NEVER, from_microseconds, is_id, to_microseconds
from helpdesk.models import Comment, Event, Ticket
from helpdesk.models.event import STAFF_ONLY, EventKind
from helpdesk.models.ticket import number_of
from helpdesk.repositories.cursors import Key, decoded, encoded
from helpdesk.repositories.ticket_details import (
    PEOPLE,
    comment_view,
    comments_statement,
    event_view,
    events_statement,
    person,
)
from helpdesk.repositories.ticket_lists import (
    Shape,
    count_statement,
    page_statement,
    parameters_of,
    ranks_of,
    shape_of,
)

COUNT_LIMIT = 10_000

_NUMBER = re.compile(r"\s*(?:hd-|#)(\d{1,18})\s*", re.IGNORECASE)


class TicketRepository:
    """The tickets an actor may see: all of them for staff, their own for a requester."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the rows are for."""
        self._session = session
        self._actor = actor
        self._staff = actor.may(Permission.SEE_ALL_TICKETS)

    def add(self, ticket: Ticket) -> Ticket:
        """Store a new ticket and index its text."""
        self._session.add(ticket)
        self._session.flush()
        fulltext.add_ticket(
            self._session, ticket.id, ticket.subject, ticket.description, ticket.requester_id
        )
        return ticket

    def get(self, ticket_id: int) -> Ticket:
        """Return a ticket to change. Raises ``NotFound`` also when the actor may not see it."""
        ticket = self._session.get(Ticket, ticket_id) if is_id(ticket_id) else None
        if ticket is None or not self._may_see(ticket):
            raise NotFound(f"There is no ticket {number_of(ticket_id)} that you can see.")
        return ticket

    def add_comment(self, ticket: Ticket, comment: Comment) -> None:
        """Store a comment, count it and index its text."""
        self._session.add(comment)
        if comment.internal:
            ticket.notes += 1
        else:
            ticket.replies += 1
        fulltext.add_comment(self._session, ticket.id, comment.body, internal=comment.internal)

    def record(
        self,
        ticket: Ticket,
        kind: EventKind,
        at: datetime,
        *,
        field: str | None = None,
        old: str | None = None,
        new: str | None = None,
    ) -> None:
        """Add an entry to the history of a ticket."""
        self._session.add(
            Event(
                ticket_id=ticket.id,
                actor_id=self._actor.id,
                at=at,
                kind=kind,
                field=field,
                old=old,
                new=new,
            )
        )

    def page(self, query: TicketQuery) -> TicketPage:
        """Return one page of the tickets that match. Raises ``Invalid`` for a bad cursor."""
        if self._finds_nothing(query):
            return TicketPage(items=(), next_cursor=None)
        shape, parameters = self._shaped(query)
        if query.cursor:
            shape, resumed = _resumed(shape, query.cursor)
            parameters |= resumed
        parameters["limit"] = query.limit + 1
        rows = self._session.execute(page_statement(shape), parameters).all()
        items = tuple(_ticket_row(row) for row in rows[: query.limit])
        more = len(rows) > query.limit
        return TicketPage(items=items, next_cursor=_cursor(shape, items[-1]) if more else None)

    def count(self, query: TicketQuery) -> TicketCount:
        """Return how many tickets match; exact up to ``COUNT_LIMIT``."""
        if self._finds_nothing(query):
            return TicketCount(count=0, exact=True)
        shape, parameters = self._shaped(query)
        parameters["limit"] = COUNT_LIMIT + 1
        found = self._session.execute(count_statement(shape), parameters).scalar_one()
        return TicketCount(count=min(found, COUNT_LIMIT), exact=found <= COUNT_LIMIT)

    def comments(self, ticket_id: int, *, before: int | None = None) -> tuple[CommentView, ...]:
        """Return the newest comments, or those older than comment ``before``, oldest first."""
        statement = comments_statement(staff=self._staff, earlier=before is not None)
        values = {"ticket_id": ticket_id}
        if before is not None:
            values["before"] = before if is_id(before) else 0
        rows = self._session.execute(statement, values).all()
        return tuple(comment_view(row) for row in reversed(rows))

    def events(self, ticket_id: int) -> tuple[EventView, ...]:
        """Return the newest entries of the history, newest first."""
        statement = events_statement(staff=self._staff)
        rows = self._session.execute(statement, {"ticket_id": ticket_id})
        return tuple(event_view(row) for row in rows)

    def people_of(self, ticket: Ticket) -> Row[*tuple[Any, ...]]:
        """Return requester, e-mail, assignee and category of a ticket in one query."""
        return self._session.execute(PEOPLE, {"ticket_id": ticket.id}).one()

    def reopened_at(self, ticket: Ticket) -> datetime | None:
        """Return when a ticket was reopened last, or ``None`` where it never was."""
        statement = select(func.max(Event.at)).where(
            Event.ticket_id == ticket.id, Event.kind == EventKind.REOPENED
        )
        return self._session.execute(statement).scalar_one()

    def newest_event(self) -> int:
        """Return the number of the newest entry in the history of any ticket."""
        return self._session.execute(select(func.max(Event.id))).scalar_one() or 0

    def changed_since(self, cursor: int, newest: int) -> tuple[int, ...]:
        """Return the visible tickets of the entries after event ``cursor``, up to ``newest``."""
        if cursor == newest:
            return ()
        statement = (
            select(Event.ticket_id).where(Event.id > cursor, Event.id <= newest).order_by(Event.id)
        )
        if not self._staff:
            statement = statement.join(Ticket, Ticket.id == Event.ticket_id).where(
                Ticket.requester_id == self._actor.id, Event.kind.not_in(STAFF_ONLY)
            )
        return tuple(dict.fromkeys(self._session.execute(statement).scalars()))

    def open_of_assignee(self, user_id: int) -> Sequence[Ticket]:
        """Return the open tickets somebody works on, to change them."""
        statement = select(Ticket).where(
            Ticket.assignee_id == user_id,
            Ticket.priority.in_(tuple(Priority)),
            Ticket.status.in_(OPEN_STATUSES),
        )
        return self._session.execute(statement).scalars().all()

    def _may_see(self, ticket: Ticket) -> bool:
        return self._staff or ticket.requester_id == self._actor.id

    def _finds_nothing(self, query: TicketQuery) -> bool:
        """Return whether only signs are searched for, or only other people's tickets."""
        if _number_in(query.text) is not None:
            return False
        asked = self._staff or not query.requester_ids or self._actor.id in query.requester_ids
        return not asked or _has_no_words(query.text)

    def _visible_requesters(self, query: TicketQuery) -> tuple[int, ...]:
        if self._staff:
            return query.requester_ids
        return (self._actor.id or 0,)

    def _shaped(self, query: TicketQuery) -> tuple[Shape, dict[str, Any]]:
        number = _number_in(query.text)
        if number is not None:
            # Whoever types a number wants that ticket, whatever the filters say.
            query = TicketQuery(sort=Sort.NEWEST)
        words = fulltext.words_of(query.text)
        requester_ids = self._visible_requesters(query)
        shape = shape_of(
            query,
            has_text=bool(words.all),
            numbered=number is not None,
            staff=self._staff,
            requesters=len(requester_ids),
        )
        match = ""
        if words.all:
            match = fulltext.match_expression(words, requester_ids=requester_ids, notes=self._staff)
        parameters = parameters_of(query, match=match, requester_ids=requester_ids)
        return shape, parameters | {"number": number}


def _number_in(text: str) -> int | None:
    match = _NUMBER.fullmatch(text)
    number = int(match[1]) if match else None
    return number if number is None or is_id(number) else 0


def _has_no_words(text: str) -> bool:
    return bool(text.strip()) and not fulltext.words_of(text).all


def _resumed(shape: Shape, cursor: str) -> tuple[Shape, dict[str, Any]]:
    """Return the shape that goes on behind a cursor, and the values of the cursor."""
    if shape.has_text:
        (after_id,) = decoded(cursor, (int,))
        return replace(shape, resumes=True), {"after_id": after_id}
    if shape.sort is not Sort.URGENCY:
        moment, after_id = decoded(cursor, (int, int))
        return replace(shape, resumes=True), _position(moment, after_id)
    priority, status, moment, after_id = decoded(cursor, (int, int, int, int))
    here = (priority, status)
    ahead = tuple(cell for cell in shape.cells if cell >= here)
    resumes = here in ahead
    return replace(shape, cells=ahead, resumes=resumes), _position(moment, after_id)


def _position(moment: Any, after_id: Any) -> dict[str, Any]:
    try:
        return {"after_time": from_microseconds(moment), "after_id": after_id}
    except OverflowError as error:
        raise Invalid("The list has changed; load it again from the start.") from error


def _cursor(shape: Shape, last: TicketRow) -> str:
    key: Key
    if shape.has_text:
        key = (last.id,)
    elif shape.sort is Sort.URGENCY:
        due = to_microseconds(last.resolution_due or NEVER)
        key = (*ranks_of(last.priority, last.status), due, last.id)
    else:
        moment = last.updated_at if shape.sort is Sort.UPDATED else last.created_at
        key = (to_microseconds(moment), last.id)
    return encoded(key)


def due_or_none(moment: datetime) -> datetime | None:
    """Return the due time as people see it: ``None`` where there is none."""
    return None if moment == NEVER else moment


def _ticket_row(row: Row[*tuple[Any, ...]]) -> TicketRow:
    (
        id_, subject, status, priority, category, requester_id, requester, assignee_id, assignee,
        created_at, updated_at, due, comments, version, excerpt,
    ) = row  # fmt: skip
    return TicketRow(
        id=id_,
        number=number_of(id_),
        subject=subject,
        status=status,
        priority=priority,
        category=category,
        requester=PersonRef(id=requester_id, full_name=requester),
        assignee=person(assignee_id, assignee),
        created_at=created_at,
        updated_at=updated_at,
        resolution_due=due_or_none(due),
        comments=comments,
        version=version,
        excerpt=excerpt,
    )

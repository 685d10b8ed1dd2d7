# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes tickets, their comments and their history, within what the actor may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from heapq import merge
from typing import Any

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session

from helpdesk.core.errors import NotFound
from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.bulk import TicketIds
from helpdesk.core.schemas.reports import LinesPage
from helpdesk.core.schemas.tickets import (
    OPEN_STATUSES,
    CommentView,
    EventView,
    Priority,
    Sort,
    TicketCount,
    TicketPage,
    TicketQuery,
)
from helpdesk.database.row_queue import rows_of
from helpdesk.database.search import search_of
from helpdesk.database.types import is_id
from helpdesk.models import Comment, Event, Ticket, TicketMerge, TrashedTicket, Watcher
from helpdesk.models.event import EventKind
from helpdesk.models.ticket import number_of
from helpdesk.repositories.behind import BehindWalk
from helpdesk.repositories.readable import readable
from helpdesk.repositories.ticket_details import (
    COMMENTS_SHOWN,
    MERGED,
    PEOPLE,
    SOLVED_LATELY,
    TREE,
    comment_view,
    comments_statement,
    description_view,
    event_view,
    events_statement,
    merged_comment_view,
    merged_comments_statement,
)
from helpdesk.repositories.ticket_details import due_or_none as due_or_none
from helpdesk.repositories.ticket_pages import TicketPages

_in_trash = func.max(TrashedTicket.ticket_id)
_NEXT_ID = (
    select(
        case(
            (
                _in_trash > func.coalesce(select(func.max(Ticket.id)).scalar_subquery(), 0),
                _in_trash + 1,
            )
        )
    )
).scalar_subquery()
"""The number of a new ticket where the trash holds a newer one than the desk; else none."""


class TicketRepository:
    """The tickets an actor may see: all of them for staff, else one's own and what one follows."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the rows are for."""
        self._session = session
        self._search = search_of(session)
        self._pages = TicketPages(session, actor)
        self._actor = actor
        self._staff = actor.may(Permission.SEE_ALL_TICKETS)

    def add(self, ticket: Ticket) -> Ticket:
        """Store a new ticket and index its text."""
        if self._session.get_bind().dialect.name == "sqlite":
            # It would give the number of a deleted ticket again that was the newest of all.
            ticket.id = _NEXT_ID
        self._session.add(ticket)
        self._session.flush()
        self._search.add_ticket(
            self._session, ticket.id, ticket.subject, ticket.description, ticket.requester_id
        )
        return ticket

    def get(self, ticket_id: int) -> Ticket:
        """Return a ticket to change. Raises ``NotFound`` also when the actor may not see it."""
        ticket = self._seen(ticket_id)
        if ticket is None:
            raise NotFound(f"There is no ticket {number_of(ticket_id)} that you can see.")
        return ticket

    def visible(self, ticket_id: int) -> bool:
        """Return whether there is such a ticket and the actor may see it."""
        return self._seen(ticket_id) is not None

    def add_comment(self, ticket: Ticket, comment: Comment, with_files: str = "") -> None:
        """Store a comment, count it, and index its text and that of its files in one go."""
        self._session.add(comment)
        if comment.internal:
            ticket.notes += 1
        else:
            ticket.replies += 1
        said = f"{comment.body}\n{with_files}" if with_files else comment.body
        self._search.add_comment(self._session, ticket.id, said, internal=comment.internal)

    def record(
        self,
        ticket: Ticket,
        kind: EventKind,
        at: datetime,
        *,
        field: str | None = None,
        old: str | None = None,
        new: str | None = None,
        by_program: bool = False,
    ) -> None:
        """Add an entry to the history of a ticket, by the actor or by the program itself."""
        entry = {
            "ticket_id": ticket.id,
            "actor_id": None if by_program else self._actor.id,
            "at": at,
            "kind": kind,
            "field": field,
            "old": old,
            "new": new,
        }
        rows_of(self._session).add(Event.__table__, entry)

    def page(self, query: TicketQuery, behind: BehindWalk | None = None) -> TicketPage:
        """Return one page of the tickets that match. Raises ``Invalid`` for a bad cursor."""
        return self._pages.page(query, behind)

    def ids(self, query: TicketQuery, behind: BehindWalk | None, most: int) -> TicketIds:
        """Return the numbers of the tickets that match, the newest first, and nothing else."""
        return self._pages.ids(query, behind, most)

    def count(
        self, query: TicketQuery, behind: BehindWalk | None = None, most: int | None = None
    ) -> TicketCount:
        """Return how many tickets match; exact up to a limit."""
        return self._pages.count(query, behind, most)

    def lines(
        self,
        query: TicketQuery,
        behind: BehindWalk | None,
        cursor: str | None,
        most: int | None = None,
    ) -> LinesPage:
        """Return the next lines of a file of the tickets that match."""
        return self._pages.lines(query, behind, cursor, most)

    def comments(self, ticket_id: int, *, before: int | None = None) -> tuple[CommentView, ...]:
        """Return the newest comments, or those older than comment ``before``, oldest first."""
        statement = comments_statement(staff=self._staff, earlier=before is not None)
        values = {"ticket_id": ticket_id}
        if before is not None:
            values["before"] = before if is_id(before) else 0
        rows = self._session.execute(statement, values).all()
        return tuple(comment_view(row) for row in reversed(rows))

    def merged_comments(
        self, ticket_id: int, *, before: int | None = None
    ) -> tuple[tuple[CommentView, ...], int]:
        """Return the same with what was said on merged tickets, and how many comments there are.

        What a merged ticket began with is its first message: it stands among the comments by its
        time.
        """
        statement = merged_comments_statement(staff=self._staff, earlier=before is not None)
        values = {"ticket_id": ticket_id, "before": None if before is None else max(before, 0)}
        rows = self._session.execute(statement, values).all()
        shown = [merged_comment_view(row, ticket_id) for row in reversed(rows[:COMMENTS_SHOWN])]
        merged = sorted(self._session.execute(MERGED, values), key=_opened)
        begins = shown[0].created_at if len(rows) > COMMENTS_SHOWN else None
        first = (description_view(each) for each in merged if _is_between(each, begins))
        both = merge(first, shown, key=lambda each: each.created_at)
        in_all = sum(each.replies + (each.notes if self._staff else 0) for each in merged)
        return self._named(ticket_id, both), in_all

    def _named(self, ticket_id: int, comments: Iterable[CommentView]) -> tuple[CommentView, ...]:
        """Return comments that tell the subjects of merged tickets which the actor may read.

        Of another it tells the number alone.
        """
        if self._staff:
            return tuple(comments)
        own = select(Ticket.id).where(Ticket.id.in_(select(TREE.c.id)), readable(self._actor))
        seen = set(self._session.execute(own, {"ticket_id": ticket_id}).scalars())
        return tuple(
            each.model_copy(
                update={"merged_from": each.merged_from.model_copy(update={"subject": ""})}
            )
            if each.merged_from and each.merged_from.id not in seen
            else each
            for each in comments
        )

    def some_comments(self, ticket_id: int, ids: Collection[int]) -> list[Comment]:
        """Return some comments of a ticket, also such as were written on what is merged into it."""
        statement = (
            select(Comment)
            .where(Comment.id.in_(ids), Comment.ticket_id.in_(select(TREE.c.id)))
            .order_by(Comment.id)
        )
        return list(self._session.execute(statement, {"ticket_id": ticket_id}).scalars())

    def has_merged(self, ticket_id: int) -> bool:
        """Return whether others are merged into a ticket."""
        statement = select(TicketMerge.merged_id).where(TicketMerge.survivor_id == ticket_id)
        return self._session.execute(statement.limit(1)).first() is not None

    def events(self, ticket_id: int) -> tuple[EventView, ...]:
        """Return the newest entries of the history, newest first."""
        statement = events_statement(staff=self._staff)
        rows = self._session.execute(statement, {"ticket_id": ticket_id})
        return tuple(event_view(row) for row in rows)

    def people_of(self, ticket: Ticket) -> Row[*tuple[Any, ...]]:
        """Return requester, e-mail, assignee and category of a ticket in one query."""
        values = {"ticket_id": ticket.id, "asks": self._actor.id}
        return self._session.execute(PEOPLE, values).one()

    def open_of_assignee(self, user_id: int, *, after: int, most: int) -> Sequence[Ticket]:
        """Return some of the open tickets somebody works on after a number, to change them."""
        statement = (
            select(Ticket)
            .where(
                Ticket.assignee_id == user_id,
                Ticket.priority.in_(tuple(Priority)),
                Ticket.status.in_(OPEN_STATUSES),
                Ticket.id > after,
            )
            .order_by(Ticket.id)
            .limit(most)
        )
        return self._session.execute(statement).scalars().all()

    def solved_lately(self) -> dict[int, str]:
        """Return what people solved of the newest tickets, by their id: 'Network 12, Email 3'."""
        counts: dict[int, list[str]] = {}
        for assignee_id, category, count in self._session.execute(SOLVED_LATELY):
            counts.setdefault(assignee_id, []).append(f"{category} {count}")
        return {key: ", ".join(each) for key, each in counts.items()}

    def newest_of(self, requester_id: int, limit: int = 3) -> list[int]:
        """Return the newest tickets of a requester that the actor may see."""
        query = TicketQuery(requester_ids=(requester_id,), sort=Sort.NEWEST, limit=limit)
        return [row.id for row in self._pages.page(query).items] if requester_id else []

    def _seen(self, ticket_id: int) -> Ticket | None:
        """Return a ticket the actor may see; asked for once, as the session does not hold it."""
        ticket = self._session.get(Ticket, ticket_id) if is_id(ticket_id) else None
        return ticket if ticket is not None and self._may_see(ticket) else None

    def _may_see(self, ticket: Ticket) -> bool:
        return self._staff or ticket.requester_id == self._actor.id or self._follows(ticket)

    def _follows(self, ticket: Ticket) -> bool:
        key = (ticket.id, self._actor.id)
        return self._actor.id is not None and self._session.get(Watcher, key) is not None


def _opened(row: Row[*tuple[Any, ...]]) -> tuple[datetime, int]:
    return row.created_at, row.id


def _is_between(row: Row[*tuple[Any, ...]], begins: datetime | None) -> bool:
    """Return whether a merged ticket began while the comments shown were written."""
    is_after = begins is None or row.created_at >= begins
    return is_after and (row.before_at is None or row.created_at < row.before_at)

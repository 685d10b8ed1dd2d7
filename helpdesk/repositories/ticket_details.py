# SPDX-License-Identifier: GPL-3.0-or-later
"""The statements behind one ticket: the names on it, its thread and its history.

Like those of lists they are built once, and they name columns instead of model classes: an
object that only passes by would cost more than its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, exists, func, select

from helpdesk.core.schemas.clocks import RowClock
from helpdesk.core.schemas.ratings import TicketRating
from helpdesk.core.schemas.ticket_work import SnoozeView, TicketRef
from helpdesk.core.schemas.tickets import CommentView, EventView, Status
from helpdesk.core.schemas.users import PersonRef
from helpdesk.core.text import folded
from helpdesk.database.types import NEVER
from helpdesk.database.walks import few_fulfil
from helpdesk.models import (
    Attachment,
    Category,
    Comment,
    Event,
    Rating,
    Snooze,
    Team,
    Ticket,
    TicketField,
    TicketMerge,
    TicketSla,
    User,
    Watcher,
)
from helpdesk.models.event import STAFF_ONLY
from helpdesk.models.ticket import number_of
from helpdesk.repositories.tags import JOINED_TAGS

COMMENTS_SHOWN = 50
AUTOMATIC = "Help Desk"
"""What the author of an automatic answer is called."""
EVENTS_SHOWN = 100

_ticket, _user, _category = Ticket.__table__, User.__table__, Category.__table__
_team, _sla, _rating = Team.__table__, TicketSla.__table__, Rating.__table__
CLOCK = (
    _sla.c.policy_id,
    _sla.c.next_kind,
    _sla.c.next_due,
    _sla.c.paused,
    _sla.c.late,
    _sla.c.escalation_level,
)
"""How the clocks of a ticket stand."""
_RATING = ("score", "reason", "comment", "at", "by_mail")
_comment, _event = Comment.__table__.c, Event.__table__.c
_requester, _assignee = _user.alias("requester"), _user.alias("assignee")
_watcher = Watcher.__table__.c
_snooze, _snoozer = Snooze.__table__, _user.alias("snoozer")
_merge, _merged_too = TicketMerge.__table__, TicketMerge.__table__.alias("merged_too")
_has_files = exists().where(Attachment.__table__.c.ticket_id == _ticket.c.id)

PEOPLE = (
    select(
        _requester.c.full_name.label("requester"),
        _requester.c.email.label("email"),
        _assignee.c.full_name.label("assignee"),
        _category.c.name.label("category"),
        _team.c.name.label("team"),
        *(_rating.c[name].label(f"rating_{name}") for name in _RATING),
        JOINED_TAGS.label("tags"),
        exists()
        .where(_watcher.ticket_id == _ticket.c.id, _watcher.person_id == bindparam("asks"))
        .correlate(_ticket)
        .label("watching"),
        _merge.c.survivor_id.label("merged_into"),
        exists()
        .where(_merged_too.c.survivor_id == _ticket.c.id)
        .correlate(_ticket)
        .label("has_merged"),
        _has_files.label("files"),
        _snooze.c.until.label("snoozed_until"),
        _snooze.c.until_reply.label("snoozed_until_reply"),
        _snoozer.c.full_name.label("snoozed_by"),
        exists()
        .where(TicketField.__table__.c.ticket_id == _ticket.c.id)
        .correlate(_ticket)
        .label("has_fields"),
        *CLOCK,
    )
    .select_from(_ticket)
    .join(_merge, _merge.c.merged_id == _ticket.c.id, isouter=True)
    .join(_snooze, _snooze.c.ticket_id == _ticket.c.id, isouter=True)
    .join(_snoozer, _snoozer.c.id == _snooze.c.by_id, isouter=True)
    .join(_requester, _requester.c.id == _ticket.c.requester_id)
    .join(_assignee, _assignee.c.id == _ticket.c.assignee_id, isouter=True)
    .join(_category, _category.c.id == _ticket.c.category_id, isouter=True)
    .join(_team, _team.c.id == _ticket.c.team_id, isouter=True)
    .join(_sla, _sla.c.ticket_id == _ticket.c.id, isouter=True)
    .join(
        _rating,
        (_rating.c.ticket_id == _ticket.c.id) & (_rating.c.round == _ticket.c.reopens),
        isouter=True,
    )
    .where(_ticket.c.id == bindparam("ticket_id"))
)
"""Who asks, who works on it, in which team, what it is about, its tags, whether who reads it
follows it, until when it is out of sight, what it is merged into and whether others are merged
into it, how who asked found its present solution, whether it has files and own fields, and how its
clocks stand."""

_newest = (
    select(_ticket.c.assignee_id, _ticket.c.category_id)
    .where(
        _ticket.c.status.in_((Status.RESOLVED, Status.CLOSED)),
        _ticket.c.assignee_id.is_not(None),
        _ticket.c.category_id.is_not(None),
    )
    .order_by(_ticket.c.updated_at.desc(), _ticket.c.id.desc())
    .limit(400)
).subquery()
SOLVED_LATELY = (
    select(_newest.c.assignee_id, _category.c.name, func.count().label("solved"))
    .join(_category, _category.c.id == _newest.c.category_id)
    .group_by(_newest.c.assignee_id, _category.c.name)
    .order_by(_newest.c.assignee_id, func.count().desc(), _category.c.name)
)
"""Who solved how many of which category among the newest solved tickets."""


def comments_columns() -> Select[*tuple[Any, ...]]:
    """Return the statement of what is shown of comments, whichever."""
    return select(
        _comment.id,
        _comment.author_id,
        _user.c.full_name,
        _comment.by_staff,
        _comment.body,
        _comment.internal,
        _comment.automatic,
        _comment.created_at,
    ).join(_user, _user.c.id == _comment.author_id)


@cache
def comments_statement(*, staff: bool, earlier: bool) -> Select[*tuple[Any, ...]]:
    """Return the statement of the newest comments, or of the newest ``before`` one."""
    statement = (
        comments_columns()
        .where(_comment.ticket_id == bindparam("ticket_id"))
        .order_by(_comment.id.desc())
        .limit(COMMENTS_SHOWN)
    )
    if not staff:
        statement = statement.where(_comment.internal.is_(False))
    return statement.where(_comment.id < bindparam("before")) if earlier else statement


@cache
def events_statement(*, staff: bool) -> Select[*tuple[Any, ...]]:
    """Return the statement of the newest entries of the history."""
    statement = (
        select(
            _event.id,
            _event.actor_id,
            _user.c.full_name,
            _event.at,
            _event.kind,
            _event.field,
            _event.old,
            _event.new,
        )
        .join(_user, _user.c.id == _event.actor_id, isouter=True)
        .where(_event.ticket_id == bindparam("ticket_id"))
        .order_by(_event.id.desc())
        .limit(EVENTS_SHOWN)
    )
    return statement if staff else statement.where(_event.kind.not_in(STAFF_ONLY))


TREE = (select(bindparam("ticket_id", type_=_ticket.c.id.type).label("id"))).cte(
    "tree", recursive=True
)
TREE = TREE.union(select(_merge.c.merged_id).where(_merge.c.survivor_id == TREE.c.id))
"""A ticket with all that is merged into it, and into that."""

MERGED = (
    select(
        _ticket.c.id,
        _ticket.c.subject,
        _ticket.c.description,
        _ticket.c.created_at,
        _ticket.c.replies,
        _ticket.c.notes,
        _user.c.id.label("requester_id"),
        _user.c.full_name,
        select(_comment.created_at)
        .where(_comment.id == bindparam("before"))
        .scalar_subquery()
        .label("before_at"),
    )
    .join(_user, _user.c.id == _ticket.c.requester_id)
    # Joined with the tree, SQLite would read all tickets there are for a filter of their ids.
    .where(few_fulfil(_ticket.c.id.in_(select(TREE.c.id))), _ticket.c.id != bindparam("ticket_id"))
)
"""What is merged into a ticket, as the first messages of it and in no order, and when comment
``before`` was written."""


@cache
def merged_comments_statement(*, staff: bool, earlier: bool) -> Select[*tuple[Any, ...]]:
    """Return the same as ``comments_statement`` with what was said on merged tickets, one more.

    Comments have their numbers in the order in which they were written, on whatever ticket.
    """
    ids = select(_comment.id).where(_comment.ticket_id.in_(select(TREE.c.id)))
    if not staff:
        ids = ids.where(_comment.internal.is_(False))
    if earlier:
        ids = ids.where(_comment.id < bindparam("before"))
    newest = ids.order_by(_comment.id.desc()).limit(COMMENTS_SHOWN + 1).subquery("newest")
    return (
        comments_columns()
        .add_columns(_comment.ticket_id, _ticket.c.subject)
        .join(newest, newest.c.id == _comment.id)
        .join(_ticket, _ticket.c.id == _comment.ticket_id)
        .order_by(_comment.id.desc())
    )


def merged_comment_view(row: Row[*tuple[Any, ...]], ticket_id: int) -> CommentView:
    """Return the comment of a row, with where it was written."""
    *columns, written_on, subject = row
    return _comment_of(columns, _other(written_on, subject) if written_on != ticket_id else None)


def description_view(row: Row[*tuple[Any, ...]]) -> CommentView:
    """Return what a merged ticket began with; its number is none that a comment has."""
    return CommentView(
        id=-row.id,
        author=PersonRef(id=row.requester_id, full_name=row.full_name),
        by_staff=False,
        body=row.description or row.subject,
        internal=False,
        created_at=row.created_at,
        merged_from=_other(row.id, row.subject),
    )


def _other(ticket_id: int, subject: str) -> TicketRef:
    return TicketRef(id=ticket_id, number=number_of(ticket_id), subject=subject)


def tags_of(names: str | None) -> tuple[str, ...]:
    """Return tags out of a column that holds all of a ticket, in their order."""
    return tuple(sorted((names or "").split(), key=folded))


def comment_view(row: Row[*tuple[Any, ...]]) -> CommentView:
    """Return the comment of a row."""
    return _comment_of(row, None)


def _comment_of(columns: Sequence[Any], merged_from: TicketRef | None) -> CommentView:
    id_, author_id, author, by_staff, body, internal, automatic, created_at = columns
    return CommentView(
        id=id_,
        author=PersonRef(id=author_id, full_name=AUTOMATIC if automatic else author),
        by_staff=by_staff,
        body=body,
        internal=internal,
        automatic=automatic,
        created_at=created_at,
        merged_from=merged_from,
    )


def event_view(row: Row[*tuple[Any, ...]]) -> EventView:
    """Return the entry of a row."""
    id_, actor_id, actor, at, kind, field, old, new = row
    return EventView(
        id=id_,
        actor=person(actor_id, actor),
        at=at,
        kind=kind,
        field=field,
        old=old,
        new=new,
    )


def person(id_: int | None, full_name: str | None) -> PersonRef | None:
    """Return somebody who may be missing."""
    return None if id_ is None else PersonRef(id=id_, full_name=full_name or "")


def row_rating(people: Row[*tuple[Any, ...]]) -> TicketRating | None:
    """Return the rating in a row of ``PEOPLE``, if there is one."""
    if people.rating_score is None:
        return None
    return TicketRating(**{name: getattr(people, f"rating_{name}") for name in _RATING})


def row_snooze(people: Row[*tuple[Any, ...]]) -> SnoozeView | None:
    """Return until when the ticket in a row of ``PEOPLE`` is out of sight, if it is."""
    if people.snoozed_by is None:
        return None
    return SnoozeView(
        until=people.snoozed_until,
        until_reply=people.snoozed_until_reply,
        by=people.snoozed_by,
    )


def row_clock(columns: Sequence[Any], *, staff: bool) -> RowClock | None:
    """Return how clocks stand from the columns of ``CLOCK``; ``None`` where none are kept.

    How far a ticket was escalated is the staff's business.
    """
    policy_id, kind, due, paused, late, level = columns
    if policy_id is None:
        return None
    return RowClock(
        kind=kind,
        due=due_or_none(due),
        is_paused=paused,
        is_late=late,
        escalation_level=level if staff else 0,
    )


def due_or_none(moment: datetime) -> datetime | None:
    """Return the due time as people see it: ``None`` where there is none."""
    return None if moment == NEVER else moment

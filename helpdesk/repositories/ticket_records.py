# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads whole tickets for a file: in as many statements as there are kinds of things on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Row, case, cast, func, select
from sqlalchemy.orm import Session, aliased

from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.ticket_exports import ExportedComment, ExportedPerson, ExportedTicket
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.models import (
    Category,
    Comment,
    CustomField,
    Tag,
    Team,
    Ticket,
    TicketField,
    TicketTag,
    User,
)
from helpdesk.models.ticket import number_of

_requester, _assignee = aliased(User), aliased(User)
_TICKETS = (
    select(
        Ticket.id, Ticket.subject, Ticket.description, Ticket.status, Ticket.priority,
        Category.name.label("category"), Team.name.label("team"), Ticket.created_at,
        Ticket.updated_at, Ticket.resolved_at, Ticket.closed_at,
        _requester.full_name, _requester.email, _requester.role,
        _assignee.full_name.label("assignee"), _assignee.email.label("assignee_email"),
        _assignee.role.label("assignee_role"),
    )
    .join(_requester, _requester.id == Ticket.requester_id)
    .outerjoin(_assignee, _assignee.id == Ticket.assignee_id)
    .outerjoin(Category, Category.id == Ticket.category_id)
    .outerjoin(Team, Team.id == Ticket.team_id)
)  # fmt: skip
_TAGS = (
    select(TicketTag.ticket_id, Tag.name)
    .join(Tag, Tag.id == TicketTag.tag_id)
    .order_by(TicketTag.ticket_id, Tag.name_folded)
)
_COMMENTS = (
    select(
        Comment.ticket_id, Comment.internal, Comment.by_staff, Comment.created_at, Comment.body,
        Comment.automatic, User.full_name, User.email,
    )
    .join(User, User.id == Comment.author_id)
    .order_by(Comment.ticket_id, Comment.id)
)  # fmt: skip
_FIELDS = (
    select(
        TicketField.ticket_id, TicketField.value, CustomField.key, CustomField.name,
        User.full_name,
    )
    .join(CustomField, CustomField.id == TicketField.field_id)
    .outerjoin(
        User,
        # A case is asked first, so that only what is a number is read as one.
        User.id == case((CustomField.kind == FieldKind.USER, cast(TicketField.value, BigInteger))),
    )
    .order_by(TicketField.ticket_id, CustomField.position, CustomField.id)
)  # fmt: skip
_SAID = select(Comment.ticket_id, func.sum(func.length(Comment.body))).group_by(Comment.ticket_id)


class TicketRecordRepository:
    """Whole tickets, for whoever may see all of them."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def records(self, ids: Sequence[int], *, comments: bool) -> tuple[ExportedTicket, ...]:
        """Return some tickets in the order of their numbers given."""
        tags = defaultdict[int, list[str]](list)
        for ticket_id, name in self._session.execute(_TAGS.where(TicketTag.ticket_id.in_(ids))):
            tags[ticket_id].append(name)
        fields = self._fields(ids)
        said = self._comments(ids) if comments else {}
        rows = self._session.execute(_TICKETS.where(Ticket.id.in_(ids)))
        found = {row.id: row for row in rows}
        return tuple(
            _record(found[id_], tuple(tags[id_]), fields[id_], tuple(said.get(id_, ())))
            for id_ in ids
            if id_ in found
        )

    def lengths(self, ids: Sequence[int]) -> dict[int, int]:
        """Return how many letters were said on each of some tickets."""
        rows = self._session.execute(_SAID.where(Comment.ticket_id.in_(ids)))
        return {id_: letters for id_, letters in rows}  # noqa: C416 - rows are no pairs

    def _fields(self, ids: Sequence[int]) -> dict[int, dict[str, str]]:
        fields = defaultdict[int, dict[str, str]](dict)
        for row in self._session.execute(_FIELDS.where(TicketField.ticket_id.in_(ids))):
            told = fields[row.ticket_id]
            # Two fields may have one name; both are found by their keys too.
            told[row.key if row.name in told else row.name] = row.full_name or row.value
        return fields

    def _comments(self, ids: Sequence[int]) -> dict[int, list[ExportedComment]]:
        said = defaultdict[int, list[ExportedComment]](list)
        for row in self._session.execute(_COMMENTS.where(Comment.ticket_id.in_(ids))):
            author = ExportedPerson(name=row.full_name, email=row.email, staff=row.by_staff)
            comment = ExportedComment(
                author=None if row.automatic else author,
                internal=row.internal,
                at=row.created_at,
                body=row.body,
                automatic=row.automatic,
            )
            said[row.ticket_id].append(comment)
        return said


def _record(
    row: Row[*tuple[Any, ...]],
    tags: tuple[str, ...],
    fields: dict[str, str],
    comments: tuple[ExportedComment, ...],
) -> ExportedTicket:
    assignee = None
    if row.assignee is not None:
        staff = row.assignee_role in STAFF
        assignee = ExportedPerson(name=row.assignee, email=row.assignee_email, staff=staff)
    return ExportedTicket(
        ref=number_of(row.id),
        subject=row.subject,
        description=row.description,
        status=row.status,
        priority=row.priority,
        category=row.category,
        team=row.team,
        requester=ExportedPerson(name=row.full_name, email=row.email, staff=row.role in STAFF),
        assignee=assignee,
        tags=tags,
        created_at=row.created_at,
        updated_at=row.updated_at,
        closed_at=row.closed_at or row.resolved_at,
        fields=fields,
        comments=comments,
    )

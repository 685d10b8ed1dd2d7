# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists what lies in the trash, and deletes for good what has lain there long enough."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from helpdesk.core.errors import Invalid
from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.trash import TrashedTicketView, TrashPage, TrashQuery
from helpdesk.core.schemas.users import PersonRef
from helpdesk.core.ticket_numbers import number_in
from helpdesk.database.patterns import ESCAPE, holding
from helpdesk.models import Attachment, AttachmentPiece, Ticket, TrashedTicket, User
from helpdesk.models.ticket import number_of

_AT_ONCE = 500
_LONGEST_NUMBER = 18


class TrashContents:
    """What is in the trash."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session, and to who looks into the trash."""
        self._session = session
        self._actor = actor

    def page(self, query: TrashQuery, kept_for: Any) -> TrashPage:
        """Return one page, the ticket deleted last first. Raises ``Invalid`` for a bad cursor.

        Who does not see all tickets finds those that they have opened themselves.
        """
        deleter = aliased(User)
        statement = (
            select(
                TrashedTicket.ticket_id,
                TrashedTicket.subject,
                TrashedTicket.requester_id,
                User.full_name,
                TrashedTicket.deleted_by_id,
                deleter.full_name,
                TrashedTicket.deleted_at,
            )
            .join(User, User.id == TrashedTicket.requester_id)
            .join(deleter, deleter.id == TrashedTicket.deleted_by_id, isouter=True)
            .where(TrashedTicket.content != "")
            .order_by(TrashedTicket.deleted_at.desc(), TrashedTicket.ticket_id.desc())
            .offset(_offset(query.cursor))
            .limit(query.limit + 1)
        )
        if not self._actor.may(Permission.SEE_ALL_TICKETS):
            statement = statement.where(TrashedTicket.requester_id == self._actor.id)
        if wanted := query.text.strip():
            number = number_in(wanted, marked=False)
            statement = statement.where(
                or_(
                    func.lower(TrashedTicket.subject).like(holding(wanted.lower()), escape=ESCAPE),
                    TrashedTicket.ticket_id == number if number else false(),
                )
            )
        rows = self._session.execute(statement).all()
        items = tuple(
            TrashedTicketView(
                id=id_,
                number=number_of(id_),
                subject=subject,
                requester=PersonRef(id=requester_id, full_name=requester),
                deleted_by=PersonRef(id=by_id, full_name=by) if by_id else None,
                deleted_at=at,
                gone_at=at + kept_for,
            )
            for id_, subject, requester_id, requester, by_id, by, at in rows[: query.limit]
        )
        more = len(rows) > query.limit
        after = str(_offset(query.cursor) + query.limit) if more else None
        return TrashPage(items=items, next_cursor=after)

    # --- for good ---------------------------------------------------------------------------

    def old_ids(self, before: datetime, most: int) -> list[int]:
        """Return some of the tickets that were deleted before a moment and are kept still."""
        statement = (
            select(TrashedTicket.ticket_id)
            .where(TrashedTicket.deleted_at < before, TrashedTicket.content != "")
            .order_by(TrashedTicket.deleted_at)
            .limit(most)
        )
        return list(self._session.execute(statement).scalars())

    def purge(self, ticket_id: int) -> bool:
        """Delete what is kept of a ticket, and tell whether there was anything.

        Of the newest ticket of all its number stays, so that no other gets it.
        """
        row = self._session.get(TrashedTicket, ticket_id)
        if row is None:
            return False
        had = bool(row.content)
        if had:
            lost = json.loads(row.content)["lost"]
            self._delete_files({id_ for name, _, id_, _ in lost if name == "attachment"})
        newest = self._session.execute(select(func.max(Ticket.id))).scalar_one() or 0
        if ticket_id > newest:
            row.subject = row.content = ""
        else:
            self._session.delete(row)
        return had

    def forget_numbers(self) -> None:
        """Forget the purged tickets whose numbers nobody can get any more: newer ones are there."""
        newest = select(func.max(Ticket.id)).scalar_subquery()
        self._session.execute(
            delete(TrashedTicket).where(
                TrashedTicket.content == "", TrashedTicket.ticket_id < newest
            )
        )

    def _delete_files(self, ids: Collection[int]) -> None:
        wanted = sorted(ids)
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            mine = (Attachment.id.in_(some), Attachment.trashed_id.is_not(None))
            pieces = AttachmentPiece.attachment_id.in_(select(Attachment.id).where(*mine))
            self._session.execute(delete(AttachmentPiece).where(pieces))
            self._session.execute(delete(Attachment).where(*mine))


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > _LONGEST_NUMBER:
        raise Invalid("The list has changed; load it again from the start.")
    return int(cursor)

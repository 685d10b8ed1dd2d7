# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the tags of tickets; a tag is made by its first use."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.links import TagCount
from helpdesk.core.text import folded
from helpdesk.database.search import search_of
from helpdesk.models import Tag, Ticket, TicketTag
from helpdesk.repositories.readable import names_readable

_COUNTED = 1_000
_PROPOSED = 10
_tag, _marked = Tag.__table__.c, TicketTag.__table__.c
JOINED_TAGS = (
    select(func.aggregate_strings(_tag.name, " "))
    .join(TicketTag.__table__, _marked.tag_id == _tag.id)
    .where(_marked.ticket_id == Ticket.__table__.c.id)
    .correlate(Ticket.__table__)
    .scalar_subquery()
)
"""The tags of a ticket with blanks between, in no order, for a statement about tickets."""


class TagRepository:
    """The tags of the desk; whoever asks has looked whether the ticket may be seen."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the rows are for."""
        self._session = session
        self._actor = actor

    def of_ticket(self, ticket_id: int) -> tuple[str, ...]:
        """Return the tags of a ticket, in their order."""
        statement = (
            select(_tag.name)
            .join(TicketTag.__table__, _marked.tag_id == _tag.id)
            .where(_marked.ticket_id == ticket_id)
            .order_by(_tag.name_folded)
        )
        return tuple(self._session.execute(statement).scalars())

    def put(self, ticket_id: int, names: Sequence[str]) -> tuple[str, ...]:
        """Let a ticket have these tags and no others; return them as the desk writes them."""
        tags = self._known(names)
        gone = delete(TicketTag).where(_marked.ticket_id == ticket_id)
        self._session.execute(gone)
        if tags:
            rows = [{"ticket_id": ticket_id, "tag_id": id_} for id_, _ in tags]
            self._session.execute(insert(TicketTag), rows)
        search_of(self._session).index_around(self._session, ticket_id)
        return tuple(sorted((name for _, name in tags), key=folded))

    def beginning_with(self, prefix: str) -> tuple[TagCount, ...]:
        """Return some tags that begin so, in their order, with how often they are used.

        To who does not see all tickets, of those that they see alone.
        """
        begin = folded(prefix)
        some = (
            select(TicketTag.ticket_id)
            .where(_marked.tag_id == _tag.id, names_readable(_marked.ticket_id, self._actor))
            .limit(_COUNTED + 1)
            .correlate(Tag.__table__)
            .subquery()
        )
        used = select(func.count()).select_from(some).scalar_subquery()
        statement = (
            select(_tag.name, used)
            .where(_tag.name_folded >= begin, _tag.name_folded < begin + "\U0010ffff")
            .order_by(_tag.name_folded)
            .limit(_PROPOSED)
        )
        if not self._actor.may(Permission.SEE_ALL_TICKETS):
            statement = statement.where(used > 0)
        return tuple(
            TagCount(name=name, tickets=min(tickets, _COUNTED), exact=tickets <= _COUNTED)
            for name, tickets in self._session.execute(statement)
        )

    def _known(self, names: Sequence[str]) -> list[tuple[int, str]]:
        """Return the ids and names of tags, and make those that are new."""
        wanted = {folded(name): name for name in reversed(names)}
        if not wanted:
            return []
        statement = select(_tag.name_folded, _tag.id, _tag.name)
        rows = self._session.execute(statement.where(_tag.name_folded.in_(wanted)))
        found = {key: (id_, name) for key, id_, name in rows}
        for key, name in wanted.items():
            if key not in found:
                tag = Tag(name=name, name_folded=key)
                self._session.add(tag)
                self._session.flush()
                found[key] = (tag.id, name)
        return [found[key] for key in wanted]

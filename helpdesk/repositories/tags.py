# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the tags of tickets; a tag is made by its first use."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

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


class _Put(NamedTuple):
    """The tags that a ticket is going to have."""

    names: tuple[str, ...]
    ids: tuple[int, ...]


class TagRepository:
    """The tags of the desk; whoever asks has looked whether the ticket may be seen.

    Those of tickets that are ``expect``-ed are read at once, and written at once with ``write``.
    """

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the rows are for."""
        self._session = session
        self._actor = actor
        self._read: dict[int, tuple[str, ...]] = {}
        self._waiting: dict[int, _Put] = {}
        self._found: dict[str, tuple[int, str]] = {}

    def expect(self, ticket_ids: Collection[int]) -> None:
        """Read at once the tags of some tickets that are going to be changed."""
        self._read.update((id_, ()) for id_ in ticket_ids)
        statement = (
            select(_marked.ticket_id, _tag.name)
            .join(TicketTag.__table__, _marked.tag_id == _tag.id)
            .where(_marked.ticket_id.in_(ticket_ids))
            .order_by(_tag.name_folded)
        )
        for ticket_id, name in self._session.execute(statement):
            self._read[ticket_id] += (name,)

    def of_ticket(self, ticket_id: int) -> tuple[str, ...]:
        """Return the tags of a ticket, in their order."""
        if ticket_id in self._waiting:
            return self._waiting[ticket_id].names
        if ticket_id in self._read:
            return self._read[ticket_id]
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
        put = _Put(
            names=tuple(sorted((name for _, name in tags), key=folded)),
            ids=tuple(id_ for id_, _ in tags),
        )
        self._waiting[ticket_id] = put
        if ticket_id not in self._read:
            self.write()
        return put.names

    def write(self) -> None:
        """Write the tags that tickets were given and that wait."""
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        self._read.update((id_, put.names) for id_, put in waiting.items() if id_ in self._read)
        self._session.execute(delete(TicketTag).where(_marked.ticket_id.in_(waiting)))
        rows = [
            {"ticket_id": ticket_id, "tag_id": id_}
            for ticket_id, put in waiting.items()
            for id_ in put.ids
        ]
        if rows:
            self._session.execute(insert(TicketTag), rows)
        search_of(self._session).index_around(self._session, tuple(waiting))

    def mark(self) -> Mapping[int, _Put]:
        """Return what waits, for ``drop_from``."""
        return dict(self._waiting)

    def drop_from(self, mark: Mapping[int, _Put]) -> None:
        """Let wait what did then."""
        self._waiting = dict(mark)
        # A tag may have been made since.
        self._found.clear()

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
        wanted, found = {folded(name): name for name in reversed(names)}, self._found
        if unknown := [key for key in wanted if key not in found]:
            statement = select(_tag.name_folded, _tag.id, _tag.name)
            rows = self._session.execute(statement.where(_tag.name_folded.in_(unknown)))
            found.update((key, (id_, name)) for key, id_, name in rows)
        for key, name in wanted.items():
            if key not in found:
                tag = Tag(name=name, name_folded=key)
                self._session.add(tag)
                self._session.flush()
                found[key] = (tag.id, name)
        return [found[key] for key in wanted]

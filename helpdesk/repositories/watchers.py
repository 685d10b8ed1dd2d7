# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes who follows a ticket besides its requester and its assignee."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session

from helpdesk.core.permissions import STAFF, Actor, Permission
from helpdesk.core.schemas.links import Candidate, Follower
from helpdesk.core.schemas.users import PersonRef
from helpdesk.core.text import folded
from helpdesk.database.search import search_of
from helpdesk.models import User, Watcher

_PROPOSED = 10
_AT_ONCE = 200
_watcher, _user = Watcher.__table__.c, User.__table__.c


class WatcherRepository:
    """The followers of tickets; whoever asks has looked whether the ticket may be seen."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the rows are for."""
        self._session = session
        self._actor = actor

    def ids(self, ticket_id: int) -> tuple[int, ...]:
        """Return who follows a ticket."""
        statement = select(_watcher.person_id).where(_watcher.ticket_id == ticket_id)
        return tuple(self._session.execute(statement.order_by(_watcher.person_id)).scalars())

    def of_ticket(self, ticket_id: int) -> tuple[Follower, ...]:
        """Return who follows a ticket, by name."""
        statement = (
            select(_user.id, _user.full_name, _user.role)
            .join(Watcher.__table__, _watcher.person_id == _user.id)
            .where(_watcher.ticket_id == ticket_id)
        )
        found = [
            Follower(person=PersonRef(id=id_, full_name=name), is_staff=role in STAFF)
            for id_, name, role in self._session.execute(statement)
        ]
        return tuple(
            sorted(found, key=lambda each: (folded(each.person.full_name), each.person.id))
        )

    def add(
        self, ticket_id: int, person_ids: Collection[int], by_id: int | None, at: datetime
    ) -> None:
        """Let people follow a ticket who do not yet."""
        rows = [
            {"ticket_id": ticket_id, "person_id": id_, "added_by_id": by_id, "at": at}
            for id_ in sorted(person_ids)
        ]
        if rows:
            self._session.execute(insert(Watcher), rows)
            self._index(ticket_id)

    def remove(self, ticket_id: int, person_ids: Collection[int]) -> None:
        """Let people follow a ticket no more."""
        if person_ids:
            gone = delete(Watcher).where(
                _watcher.ticket_id == ticket_id, _watcher.person_id.in_(person_ids)
            )
            self._session.execute(gone)
            self._index(ticket_id)

    def leave_all(self, person_id: int) -> None:
        """Let somebody follow no ticket any more."""
        followed = select(_watcher.ticket_id).where(_watcher.person_id == person_id)
        ticket_ids = self._session.execute(followed.order_by(_watcher.ticket_id)).scalars().all()
        self._session.execute(delete(Watcher).where(_watcher.person_id == person_id))
        for start in range(0, len(ticket_ids), _AT_ONCE):
            some = ticket_ids[start : start + _AT_ONCE]
            search_of(self._session).index_around(self._session, some)

    def candidates(self, text: str) -> tuple[Candidate, ...]:
        """Return some people of the desk whose names or user names begin so, by name.

        To who does not see all tickets, of the staff alone: they cannot know who has asked.
        """
        begin = folded(text)
        statement = (
            select(_user.id, _user.full_name, _user.username, _user.role)
            .where(
                _user.active.is_(True),
                or_(
                    _user.full_name_folded.startswith(begin, autoescape=True),
                    _user.full_name_folded.contains(f" {begin}", autoescape=True),
                    _user.username_folded.startswith(begin, autoescape=True),
                ),
            )
            .order_by(_user.full_name_folded, _user.id)
            .limit(_PROPOSED)
        )
        if not self._actor.may(Permission.SEE_ALL_TICKETS):
            statement = statement.where(_user.role.in_(STAFF))
        return tuple(
            Candidate(
                person=PersonRef(id=id_, full_name=name), username=username, is_staff=role in STAFF
            )
            for id_, name, username, role in self._session.execute(statement)
        )

    def _index(self, ticket_id: int) -> None:
        search_of(self._session).index_around(self._session, (ticket_id,))

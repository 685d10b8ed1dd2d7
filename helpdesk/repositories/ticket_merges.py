# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes which tickets are merged into which others."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import CTE, case, select
from sqlalchemy.orm import Session

from helpdesk.core.permissions import Actor
from helpdesk.core.schemas.ticket_work import TicketRef
from helpdesk.core.schemas.tickets import Status
from helpdesk.database.types import is_id
from helpdesk.models import Event, Ticket, TicketMerge, Watcher
from helpdesk.models.ticket import number_of
from helpdesk.repositories.readable import readable

_merge, _ticket = TicketMerge.__table__.c, Ticket.__table__.c
_watcher, _event = Watcher.__table__.c, Event.__table__.c


class Concerned(NamedTuple):
    """A merge, and who is on the merged ticket."""

    merge: TicketMerge
    person_ids: frozenset[int]


class TicketMergeRepository:
    """The merges of tickets; what is merged into what is merged goes on in the last of them."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the rows are for."""
        self._session = session
        self._actor = actor

    def get(self, merged_id: int) -> TicketMerge | None:
        """Return the merge of a ticket, if it is merged."""
        return self._session.get(TicketMerge, merged_id) if is_id(merged_id) else None

    def add(self, merge: TicketMerge) -> None:
        """Store a merge."""
        self._session.add(merge)
        self._session.flush()

    def remove(self, merge: TicketMerge) -> None:
        """Forget a merge."""
        self._session.delete(merge)
        self._session.flush()

    def last_of(self, merged_id: int) -> TicketRef | None:
        """Return where a merged ticket goes on at last; ``None`` for one that is not merged.

        Of a ticket that the actor may not read it tells the number alone.
        """
        chain = _survivors(merged_id)
        goes_on = select(_merge.merged_id).where(_merge.merged_id == chain.c.id).exists()
        statement = (
            select(_ticket.id, case((readable(self._actor), _ticket.subject), else_=""))
            .join(chain, chain.c.id == _ticket.id)
            .where(~goes_on)
        )
        row = self._session.execute(statement).first()
        return TicketRef(id=row[0], number=number_of(row[0]), subject=row[1]) if row else None

    def survivors_of(self, merged_id: int) -> Sequence[int]:
        """Return the tickets whose conversations hold what is on a merged one, if it is merged."""
        return self._session.execute(select(_survivors(merged_id).c.id)).scalars().all()

    def merged_among(self, ticket_ids: Collection[int]) -> frozenset[int]:
        """Return which of some tickets are merged."""
        asked = select(_merge.merged_id).where(_merge.merged_id.in_(ticket_ids))
        return frozenset(self._session.execute(asked).scalars())

    def into(self, survivor_id: int) -> list[Concerned]:
        """Return the merges into a ticket itself, the oldest first."""
        statement = (
            select(TicketMerge, _ticket.requester_id, _watcher.person_id)
            .join(Ticket.__table__, _ticket.id == _merge.merged_id)
            .join(Watcher.__table__, _watcher.ticket_id == _merge.merged_id, isouter=True)
            .where(_merge.survivor_id == survivor_id)
            .order_by(_merge.at, _merge.merged_id)
        )
        merges: dict[int, TicketMerge] = {}
        people: dict[int, set[int]] = {}
        for merge, requester_id, watcher_id in self._session.execute(statement):
            merges[merge.merged_id] = merge
            on_it = people.setdefault(merge.merged_id, {requester_id})
            on_it.update(() if watcher_id is None else (watcher_id,))
        return [Concerned(each, frozenset(people[key])) for key, each in merges.items()]

    def ended_waiting(self, survivor_id: int, at: datetime) -> bool:
        """Return whether a survivor waited for its customer until a merge at this moment."""
        self._session.flush()
        statement = (
            select(_event.id)
            .where(
                _event.ticket_id == survivor_id,
                _event.field == "status",
                _event.at == at,
                _event.old == Status.AWAITING_CUSTOMER.label,
            )
            .limit(1)
        )
        return self._session.execute(statement).first() is not None

    def keep_watcher(self, survivor_id: int, person_id: int) -> None:
        """Let somebody follow a ticket whatever becomes of what is merged into it."""
        for each in self.into(survivor_id):
            if person_id in watchers_of(each.merge):
                let_watch(each.merge, watchers_of(each.merge) - {person_id})


def _survivors(merged_id: int) -> CTE:
    """Return what a ticket is merged into, and what that is merged into, and so on."""
    line = select(_merge.survivor_id.label("id")).where(_merge.merged_id == merged_id)
    chain = line.cte("chain", recursive=True)
    return chain.union(select(_merge.survivor_id).where(_merge.merged_id == chain.c.id))


def watchers_of(merge: TicketMerge) -> set[int]:
    """Return who follows the survivor by a merge alone."""
    return set(json.loads(merge.watchers))


def let_watch(merge: TicketMerge, person_ids: Collection[int]) -> None:
    """Keep who follows the survivor by a merge alone."""
    merge.watchers = json.dumps(sorted(person_ids))

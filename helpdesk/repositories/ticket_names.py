# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the names of the people, categories and teams on tickets, each once in a transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import Session

from helpdesk.models import Category, Team, Ticket, User

_user, _category, _team = User.__table__.c, Category.__table__.c, Team.__table__.c
_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_PEOPLE = select(_user.id, _user.full_name).where(_user.id.in_(_ids))
_CATEGORIES = select(_category.id, _category.name).where(_category.id.in_(_ids))
_TEAMS = select(_team.id, _team.name).where(_team.id.in_(_ids))


class NamesOn(NamedTuple):
    """The names on a ticket as it is now; ``None`` where nothing is named."""

    requester: str
    assignee: str | None
    category: str | None
    team: str | None


class TicketNames:
    """What tickets name; nothing that names tickets by it is renamed in the same transaction."""

    def __init__(self, session: Session) -> None:
        """Begin with nothing known."""
        self._session = session
        self._people: dict[int, str] = {}
        self._categories: dict[int, str] = {}
        self._teams: dict[int, str] = {}

    def expect(self, tickets: Iterable[Ticket]) -> None:
        """Read at once what some tickets name, in a statement for each kind of thing."""
        people: set[int | None] = set()
        categories: set[int | None] = set()
        teams: set[int | None] = set()
        for each in tickets:
            people |= {each.requester_id, each.assignee_id}
            categories.add(each.category_id)
            teams.add(each.team_id)
        self._read(_PEOPLE, self._people, people)
        self._read(_CATEGORIES, self._categories, categories)
        self._read(_TEAMS, self._teams, teams)

    def on(self, ticket: Ticket) -> NamesOn:
        """Return what a ticket names, whether that was sent to the database yet or not."""
        self.expect((ticket,))
        return NamesOn(
            requester=self._people[ticket.requester_id],
            assignee=self._people[ticket.assignee_id] if ticket.assignee_id else None,
            category=self._categories[ticket.category_id] if ticket.category_id else None,
            team=self._teams[ticket.team_id] if ticket.team_id else None,
        )

    def _read(
        self, statement: Select[*tuple[Any, ...]], known: dict[int, str], ids: set[int | None]
    ) -> None:
        unknown = [id_ for id_ in ids if id_ is not None and id_ not in known]
        if unknown:
            rows = self._session.connection().execute(statement, {"ids": unknown})
            known.update((id_, name) for id_, name in rows)

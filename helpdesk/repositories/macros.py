# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes canned replies, as far as the actor may see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select, true, update
from sqlalchemy.orm import Session

from helpdesk.core.errors import NotFound
from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.ticket_work import Shared
from helpdesk.database.types import is_id
from helpdesk.models import Category, Macro, Team, TeamMember, User

_team, _user = Team.__table__.c, User.__table__.c
_member, _category = TeamMember.__table__.c, Category.__table__.c


class MacroRow(NamedTuple):
    """A canned reply, whose it is and which team shares it."""

    macro: Macro
    owner: str
    team: str | None


class Names(NamedTuple):
    """What is called how that macros set."""

    categories: dict[int, str]
    teams: dict[int, str]
    people: dict[int, str]


class MacroRepository:
    """The canned replies for one actor."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom they are for."""
        self._session = session
        self._actor = actor

    def all(self) -> Sequence[MacroRow]:
        """Return those that the actor may see, by folder and name."""
        statement = (
            select(Macro, _user.full_name, _team.name)
            .join(User, _user.id == Macro.owner_id)
            .join(Team, _team.id == Macro.team_id, isouter=True)
            .where(self._visible())
            .order_by(Macro.folder, Macro.name_folded, Macro.id)
        )
        return [MacroRow._make(row) for row in self._session.execute(statement)]

    def get(self, macro_id: int) -> MacroRow:
        """Return one. Raises ``NotFound`` also when the actor may not see it."""
        statement = (
            select(Macro, _user.full_name, _team.name)
            .join(User, _user.id == Macro.owner_id)
            .join(Team, _team.id == Macro.team_id, isouter=True)
            .where(Macro.id == (macro_id if is_id(macro_id) else 0), self._visible())
        )
        row = self._session.execute(statement).one_or_none()
        if row is None:
            raise NotFound("There is no such canned reply; it may have been removed.")
        return MacroRow._make(row)

    def add(self, macro: Macro) -> Macro:
        """Store a new one."""
        self._session.add(macro)
        self._session.flush()
        return macro

    def remove(self, macro: Macro) -> None:
        """Forget one."""
        self._session.delete(macro)

    def count_use(self, macro_id: int) -> None:
        """Count that one was used; it changes nothing that anybody could have read."""
        used = update(Macro).where(Macro.id == macro_id).values(used=Macro.used + 1)
        self._session.execute(used, execution_options={"synchronize_session": False})

    def names(
        self, category_ids: Sequence[int], team_ids: Sequence[int], person_ids: Sequence[int]
    ) -> Names:
        """Return what is called how; only what is asked for costs a statement."""
        return Names(
            self._named(_category.id, _category.name, category_ids),
            self._named(_team.id, _team.name, team_ids),
            self._named(_user.id, _user.full_name, person_ids),
        )

    def _named(
        self, id_: ColumnElement[int], name: ColumnElement[str], ids: Sequence[int]
    ) -> dict[int, str]:
        if not ids:
            return {}
        rows = self._session.execute(select(id_, name).where(id_.in_(sorted(set(ids)))))
        return {row[0]: row[1] for row in rows}

    def _visible(self) -> ColumnElement[bool]:
        if self._actor.id is None:
            return true()
        own_teams = select(_member.team_id).where(_member.user_id == self._actor.id)
        of_team = Macro.shared == Shared.TEAM
        if not self._actor.may(Permission.SHARE_WORK):
            of_team &= Macro.team_id.in_(own_teams)
        return or_(Macro.owner_id == self._actor.id, Macro.shared == Shared.ALL, of_team)

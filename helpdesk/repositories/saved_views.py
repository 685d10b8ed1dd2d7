# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes saved views and who has pinned which, for whoever may see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from helpdesk.core.errors import NotFound
from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.views import Shared
from helpdesk.database.types import is_id
from helpdesk.models import SavedView, Team, TeamMember, User, ViewPin

_NONE = "There is no such view any more; choose another."
_ALL = 1_000_000
"""No statement skips some rows without a limit on the others."""
_member = TeamMember.__table__.c


class Seen(NamedTuple):
    """A view with what it names, and where whoever asks has pinned it."""

    view: SavedView
    owner: str
    team: str | None
    pinned: int | None


class SavedViewRepository:
    """The saved views that an actor may see."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the views are for."""
        self._session = session
        self._actor = actor
        self._own = actor.id or 0

    def all(self) -> list[Seen]:
        """Return them by name, those pinned first."""
        return self._seen()

    def get(self, view_id: int) -> Seen:
        """Return one. Raises ``NotFound`` for one that is hidden or gone."""
        found = self._seen(SavedView.id == view_id) if is_id(view_id) else []
        if not found:
            raise NotFound(_NONE)
        return found[0]

    def some(self, view_ids: Sequence[int]) -> list[Seen]:
        """Return those of some views that can be seen."""
        return self._seen(SavedView.id.in_(view_ids)) if view_ids else []

    def is_in_team(self, team_id: int) -> bool:
        """Whether the actor is in a team."""
        statement = select(_member.team_id).where(
            _member.team_id == team_id, _member.user_id == self._own
        )
        return self._session.execute(statement).first() is not None

    def removed(self, view_id: int, since: datetime) -> Seen:
        """Return one that was removed not before a moment. Raises ``NotFound``."""
        found = self._seen(SavedView.id == view_id, since=since) if is_id(view_id) else []
        if not found:
            raise NotFound(_NONE)
        return found[0]

    def owned(self, owner_id: int | None = None) -> int:
        """Return how many views are the actor's own, or somebody else's."""
        statement = select(func.count(SavedView.id)).where(
            SavedView.owner_id == (owner_id or self._own), SavedView.removed_at.is_(None)
        )
        return self._session.execute(statement).scalar_one()

    def add(self, view: SavedView) -> SavedView:
        """Store a new one."""
        self._session.add(view)
        self._session.flush()
        return view

    def remove(self, view: SavedView, now: datetime) -> None:
        """Hide one from everybody; their pins of it stay, for as long as it can come back."""
        view.removed_at = now
        self._session.flush()

    def forget_removed(self, owner_id: int, before: datetime, most: int) -> None:
        """Forget what was removed before a moment, and of an owner all but the newest."""
        last = (
            select(SavedView.id)
            .where(SavedView.owner_id == owner_id, SavedView.removed_at.is_not(None))
            .order_by(SavedView.removed_at.desc(), SavedView.id.desc())
            .limit(_ALL)
            .offset(most)
        )
        over = or_(SavedView.removed_at < before, SavedView.id.in_(last))
        ids = self._session.execute(select(SavedView.id).where(over)).scalars().all()
        if ids:
            self._session.execute(delete(ViewPin).where(ViewPin.view_id.in_(ids)))
            self._session.execute(delete(SavedView).where(SavedView.id.in_(ids)))

    def pin(self, view_ids: Sequence[int]) -> None:
        """Let these be the views that the actor has pinned, in this order."""
        removed = select(SavedView.id).where(SavedView.removed_at.is_not(None))
        self._session.execute(
            delete(ViewPin).where(ViewPin.person_id == self._own, ViewPin.view_id.not_in(removed))
        )
        rows = [
            {"person_id": self._own, "view_id": view_id, "position": place}
            for place, view_id in enumerate(view_ids)
        ]
        if rows:
            self._session.execute(insert(ViewPin), rows)

    def _seen(self, *conditions: ColumnElement[bool], since: datetime | None = None) -> list[Seen]:
        at = SavedView.removed_at
        is_there = at.is_(None) if since is None else at >= since
        own_pin = and_(ViewPin.view_id == SavedView.id, ViewPin.person_id == self._own)
        statement = (
            select(SavedView, User.full_name, Team.name, ViewPin.position)
            .join(User, User.id == SavedView.owner_id)
            .join(Team, Team.id == SavedView.team_id, isouter=True)
            .join(ViewPin, own_pin, isouter=True)
            .where(self._visible(), is_there, *conditions)
            .order_by(ViewPin.position.is_(None), ViewPin.position, SavedView.name, SavedView.id)
        )
        return [Seen(*row) for row in self._session.execute(statement)]

    def _visible(self) -> ColumnElement[bool]:
        own = SavedView.owner_id == self._own
        if not self._actor.may(Permission.SEE_ALL_TICKETS):
            return own
        teams = select(_member.team_id).where(_member.user_id == self._own)
        of_team = and_(SavedView.shared == Shared.TEAM, SavedView.team_id.in_(teams))
        return or_(own, SavedView.shared == Shared.ALL, of_team)

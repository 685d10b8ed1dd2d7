# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks up the names that somebody types into a search: people, categories, teams and tags."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from helpdesk.database.patterns import ESCAPE, starting
from helpdesk.models import Category, NotificationSetting, Tag, Team, User

_user, _category, _team = User.__table__.c, Category.__table__.c, Team.__table__.c
_tag, _setting = Tag.__table__.c, NotificationSetting.__table__.c
_NAMESAKES = 20

Named = tuple[int, str, str]
"""Id, folded name and name."""


class QueryNames:
    """The names of the desk; whoever asks must be allowed to know them."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def people(self, names: Collection[str]) -> list[tuple[int, str, str, str, str]]:
        """Return who has one of these user names or whole names, folded.

        Each as id, folded user name, folded name, user name and name.
        """
        if not names:
            return []
        who = or_(_user.username_folded.in_(names), _user.full_name_folded.in_(names))
        statement = (
            select(
                _user.id,
                _user.username_folded,
                _user.full_name_folded,
                _user.username,
                _user.full_name,
            )
            .where(who)
            .order_by(_user.id)
            .limit(_NAMESAKES * len(names))
        )
        return [tuple(row) for row in self._session.execute(statement)]

    def categories(self, names: Collection[str], *, retired: bool) -> list[Named]:
        """Return the categories of these names, those no longer offered only where asked for."""
        if not names:
            return []
        statement = select(_category.id, _category.name_folded, _category.name).where(
            _category.name_folded.in_(names)
        )
        if not retired:
            statement = statement.where(_category.active.is_(True))
        return [tuple(row) for row in self._session.execute(statement)]

    def teams(self, names: Collection[str]) -> list[Named]:
        """Return the teams of these names."""
        if not names:
            return []
        statement = select(_team.id, _team.name_folded, _team.name).where(
            _team.name_folded.in_(names), _team.removed.is_(False)
        )
        return [tuple(row) for row in self._session.execute(statement)]

    def usernames(self, ids: Collection[int]) -> dict[int, str]:
        """Return the user names of people."""
        return self._by_id(select(_user.id, _user.username), _user.id, ids)

    def category_names(self, ids: Collection[int]) -> dict[int, str]:
        """Return the names of categories."""
        return self._by_id(select(_category.id, _category.name), _category.id, ids)

    def team_names(self, ids: Collection[int]) -> dict[int, str]:
        """Return the names of teams."""
        return self._by_id(select(_team.id, _team.name), _team.id, ids)

    def zone(self, person_id: int | None) -> str | None:
        """Return the time zone that somebody lives in, if they have said so."""
        statement = select(_setting.time_zone).where(_setting.person_id == person_id)
        return self._session.execute(statement).scalar_one_or_none()

    def people_begun(self, begun: str, limit: int, *, staff: Collection[Any]) -> list[Any]:
        """Return the active people whose name or user name begins so, as user name and name."""
        starts = starting(begun)
        who = or_(
            _user.full_name_folded.like(starts, escape=ESCAPE),
            _user.full_name_folded.like("% " + starts, escape=ESCAPE),
            _user.username_folded.like(starts, escape=ESCAPE),
        )
        statement = select(_user.username, _user.full_name).where(who, _user.active.is_(True))
        if staff:
            statement = statement.where(_user.role.in_(staff))
        statement = statement.order_by(_user.full_name_folded, _user.id).limit(limit)
        return list(self._session.execute(statement))

    def categories_begun(self, begun: str, limit: int) -> list[str]:
        """Return the categories that are offered and one of whose words begins so."""
        return self._begun(_category, begun, limit, _category.active.is_(True))

    def teams_begun(self, begun: str, limit: int) -> list[str]:
        """Return the teams one of whose words begins so."""
        return self._begun(_team, begun, limit, _team.removed.is_(False))

    def tags_begun(self, begun: str, limit: int) -> list[str]:
        """Return the tags that begin so."""
        statement = select(_tag.name).where(_tag.name_folded.like(starting(begun), escape=ESCAPE))
        statement = statement.order_by(_tag.name_folded).limit(limit)
        return list(self._session.execute(statement).scalars())

    def _by_id(self, statement: Any, here: Any, ids: Collection[int]) -> dict[int, str]:
        if not ids:
            return {}
        rows = self._session.execute(statement.where(here.in_(ids)))
        return dict(tuple(row) for row in rows)

    def _begun(
        self, columns: Any, begun: str, limit: int, offered: ColumnElement[bool]
    ) -> list[str]:
        starts, here = starting(begun), columns.name_folded
        ways = or_(here.like(starts, escape=ESCAPE), here.like("% " + starts, escape=ESCAPE))
        statement = select(columns.name).where(ways, offered).order_by(here).limit(limit)
        return list(self._session.execute(statement).scalars())

# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes categories."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.tickets import CategoryView
from helpdesk.core.text import folded
from helpdesk.database.types import is_id
from helpdesk.models import Category

_category = Category.__table__.c
_ACTIVE = (
    select(_category.id, _category.name).where(_category.active.is_(True)).order_by(_category.id)
)
_ONE = select(_category.name, _category.active).where(_category.id == bindparam("category_id"))


class CategoryRepository:
    """The categories of the desk."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def active(self) -> tuple[CategoryView, ...]:
        """Return the categories that can be chosen, in the order they were made."""
        return tuple(
            CategoryView(id=id_, name=name) for id_, name in self._session.execute(_ACTIVE)
        )

    def choose(self, category_id: int) -> CategoryView:
        """Return an active category. Raises ``Invalid``."""
        found = self._found(category_id)
        if found is None or not found.active:
            raise Invalid("That category does not exist; choose another.", field="category_id")
        return CategoryView(id=category_id, name=found.name)

    def name_of(self, category_id: int | None) -> str | None:
        """Return a category's name."""
        found = self._found(category_id) if category_id else None
        return found.name if found else None

    def named(self, name: str) -> Category:
        """Return the category of a name in any case, and make it where there is none."""
        statement = select(Category).where(Category.name_folded == folded(name))
        category = self._session.execute(statement).scalar_one_or_none()
        if category is None:
            category = Category(name=name, name_folded=folded(name), active=True)
            self._session.add(category)
            self._session.flush()
        return category

    def _found(self, category_id: int) -> Row[*tuple[Any, ...]] | None:
        if not is_id(category_id):
            return None
        return self._session.execute(_ONE, {"category_id": category_id}).one_or_none()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes categories."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.tickets import CategoryView
from helpdesk.core.text import folded
from helpdesk.database.types import is_id
from helpdesk.models import Category


class CategoryRepository:
    """The categories of the desk."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def active(self) -> tuple[CategoryView, ...]:
        """Return the categories that can be chosen, in the order they were made."""
        statement = select(Category).where(Category.active.is_(True)).order_by(Category.id)
        return tuple(
            CategoryView(id=category.id, name=category.name)
            for category in self._session.execute(statement).scalars()
        )

    def choose(self, category_id: int) -> Category:
        """Return an active category. Raises ``Invalid``."""
        category = self._session.get(Category, category_id) if is_id(category_id) else None
        if category is None or not category.active:
            raise Invalid("That category does not exist; choose another.", field="category_id")
        return category

    def name_of(self, category_id: int | None) -> str | None:
        """Return a category's name."""
        category = self._session.get(Category, category_id) if category_id else None
        return category.name if category else None

    def named(self, name: str) -> Category:
        """Return the category of a name in any case, and make it where there is none."""
        statement = select(Category).where(Category.name_folded == folded(name))
        category = self._session.execute(statement).scalar_one_or_none()
        if category is None:
            category = Category(name=name, name_folded=folded(name), active=True)
            self._session.add(category)
            self._session.flush()
        return category

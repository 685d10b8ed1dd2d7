# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the tree of categories that articles stand in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.articles import CATEGORY_LEVELS, ArticleCategoryView, ArticleState
from helpdesk.core.text import folded
from helpdesk.database.types import is_id
from helpdesk.models import Article, ArticleCategory
from helpdesk.repositories.article_lists import public


class ArticleCategoryRepository:
    """The tree, with how many articles an actor finds in each place."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the counts are for."""
        self._session = session
        self._writes = actor.may(Permission.WRITE_ARTICLES)

    def views(self) -> tuple[ArticleCategoryView, ...]:
        """Return every category by name; a parent stands anywhere.

        Readers see those with something to read, and what lies above these.
        """
        counts = self._counts()
        statement = select(
            ArticleCategory.id,
            ArticleCategory.name,
            ArticleCategory.parent_id,
            ArticleCategory.version,
        ).order_by(ArticleCategory.name_folded, ArticleCategory.id)
        rows = self._session.execute(statement).all()
        shown = {row.id for row in rows} if self._writes else _with_parents(counts, rows)
        return tuple(
            ArticleCategoryView(
                id=id_,
                name=name,
                parent_id=parent_id,
                articles=counts.get(id_, 0),
                version=version,
            )
            for id_, name, parent_id, version in rows
            if id_ in shown
        )

    def view(self, category_id: int | None) -> ArticleCategoryView | None:
        """Return one category without counting, or ``None``."""
        category = self._session.get(ArticleCategory, category_id) if category_id else None
        return category_view(category) if category else None

    def get(self, category_id: int) -> ArticleCategory:
        """Return a category to change. Raises ``NotFound``."""
        found = self._session.get(ArticleCategory, category_id) if is_id(category_id) else None
        if found is None:
            raise NotFound("There is no such category of articles.")
        return found

    def choose(self, category_id: int | None) -> None:
        """Raise ``Invalid`` unless there is such a category; ``None`` is none."""
        if category_id is None:
            return
        if not is_id(category_id) or self._session.get(ArticleCategory, category_id) is None:
            raise Invalid("That category does not exist; choose another.", field="category_id")

    def named(self, path: tuple[str, ...]) -> int | None:
        """Return the category of a path from the top, making what is missing of it."""
        parent_id: int | None = None
        for name in path:
            found = self._child(parent_id, name)
            parent_id = found.id if found else self.add(name, parent_id).id
        return parent_id

    def add(self, name: str, parent_id: int | None) -> ArticleCategory:
        """Store a new category. Raises ``Invalid`` when the name is taken or it lies too deep."""
        self._require_place(name, parent_id, None)
        category = ArticleCategory(
            name=name, name_folded=folded(name), parent_id=parent_id, version=1
        )
        self._session.add(category)
        self._session.flush()
        return category

    def change(self, category: ArticleCategory, name: str, parent_id: int | None) -> None:
        """Rename or move a category. Raises ``Invalid``."""
        self._require_place(name, parent_id, category)
        category.name, category.name_folded = name, folded(name)
        category.parent_id = parent_id
        category.version += 1
        self._session.flush()

    def _require_place(
        self, name: str, parent_id: int | None, category: ArticleCategory | None
    ) -> None:
        self._require_depth(parent_id, category)
        same = self._child(parent_id, name)
        if same is not None and same is not category:
            raise Invalid(f"There is a category {name} already; choose another name.", field="name")

    def _require_depth(self, parent_id: int | None, category: ArticleCategory | None) -> None:
        levels, here = 1, parent_id
        while here is not None:
            parent = self._session.get(ArticleCategory, here) if is_id(here) else None
            if parent is None:
                raise Invalid("That category does not exist; choose another.", field="parent_id")
            if parent is category:
                raise Invalid("A category cannot lie below itself.", field="parent_id")
            levels, here = levels + 1, parent.parent_id
        if levels + (self._height(category.id) if category else 0) > CATEGORY_LEVELS:
            raise Invalid(
                f"Categories may lie {CATEGORY_LEVELS} deep; choose a place higher up.",
                field="parent_id",
            )

    def _height(self, category_id: int) -> int:
        """Return how many levels lie below a category."""
        pairs = self._session.execute(select(ArticleCategory.id, ArticleCategory.parent_id)).all()
        height, level = 0, {category_id}
        while level := {id_ for id_, parent in pairs if parent in level}:
            height += 1
        return height

    def _child(self, parent_id: int | None, name: str) -> ArticleCategory | None:
        statement = select(ArticleCategory).where(
            ArticleCategory.name_folded == folded(name),
            ArticleCategory.parent_id.is_(None)
            if parent_id is None
            else ArticleCategory.parent_id == parent_id,
        )
        return self._session.execute(statement).scalars().first()

    def _counts(self) -> dict[int, int]:
        visible = Article.state != ArticleState.ARCHIVED if self._writes else public()
        statement = (
            select(Article.category_id, func.count()).where(visible).group_by(Article.category_id)
        )
        rows = self._session.execute(statement)
        return {id_: count for id_, count in rows if id_ is not None}


def _with_parents(ids: Iterable[int], rows: Sequence[Row[*tuple[Any, ...]]]) -> set[int]:
    parents = {row.id: row.parent_id for row in rows}
    found: set[int] = set()
    for id_ in ids:
        here: int | None = id_
        while here is not None and here not in found:
            found.add(here)
            here = parents.get(here)
    return found


def category_view(category: ArticleCategory) -> ArticleCategoryView:
    """Return a category as people see it, its articles not counted."""
    return ArticleCategoryView(
        id=category.id,
        name=category.name,
        parent_id=category.parent_id,
        articles=0,
        version=category.version,
    )

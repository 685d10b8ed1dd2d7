# SPDX-License-Identifier: GPL-3.0-or-later
"""The places of the knowledge base: its categories, and for those who write what waits for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from helpdesk.core.schemas.articles import ArticleCategoryView, ArticleQuery, ArticleState


class Place(NamedTuple):
    """A name and the query behind it; ``key`` is what is remembered of it."""

    key: str
    title: str
    query: ArticleQuery
    empty: str
    """What to say when nothing is there."""
    level: int = 0
    """How deep it lies in the tree."""
    articles: int | None = None
    """How many articles it holds, where that is known."""
    category_id: int | None = None


ALL = Place(
    "all", "All articles", ArticleQuery(), "The first article that is published appears here."
)
REPORTS = Place("reports", "Reports", ArticleQuery(), "")
WORK = (
    Place(
        "mine",
        "My articles",
        ArticleQuery(mine=True),
        "You have not written an article yet, and are to review none.",
    ),
    Place(
        "drafts",
        "Drafts",
        ArticleQuery(states=(ArticleState.DRAFT,)),
        "Nobody is writing an article at present.",
    ),
    Place(
        "review",
        "In review",
        ArticleQuery(states=(ArticleState.REVIEW,)),
        "No article waits to be published.",
    ),
    Place(
        "due",
        "Review due",
        ArticleQuery(due=True),
        "Every article was looked through in time.",
    ),
    Place(
        "archive",
        "Archive",
        ArticleQuery(states=(ArticleState.ARCHIVED,)),
        "No article has been put away.",
    ),
    REPORTS,
)


def category_places(
    categories: Sequence[ArticleCategoryView], *, with_empty: bool
) -> tuple[Place, ...]:
    """Return the categories as a tree from the top, each with what lies below it counted too."""
    below: dict[int | None, list[ArticleCategoryView]] = {}
    for category in categories:
        below.setdefault(category.parent_id, []).append(category)

    def places(parent_id: int | None, level: int) -> Iterator[Place]:
        for category in below.get(parent_id, ()):
            inner = list(places(category.id, level + 1))
            nearest = (each.articles or 0 for each in inner if each.level == level + 1)
            count = category.articles + sum(nearest)
            if count or with_empty:
                yield Place(
                    f"category-{category.id}",
                    category.name,
                    ArticleQuery(category_id=category.id),
                    "No article stands here yet.",
                    level,
                    count,
                    category.id,
                )
                yield from inner

    return tuple(places(None, 0))


def category_path(categories: Sequence[ArticleCategoryView], category_id: int | None) -> str:
    """Return the names from the top down to a category: "Network › VPN"."""
    by_id = {category.id: category for category in categories}
    names: list[str] = []
    while category_id in by_id:
        category = by_id.pop(category_id)
        names.insert(0, category.name)
        category_id = category.parent_id
    return " › ".join(names)

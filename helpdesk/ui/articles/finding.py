# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds articles by their words, and by their number, which is in no text."""

from __future__ import annotations

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import NotFound
from helpdesk.core.markdown import article_in
from helpdesk.core.schemas.articles import ArticlePage, ArticleQuery, ArticleRow, ArticleView


def find_articles(desk: HelpDesk, query: ArticleQuery) -> ArticlePage:
    """Search, with the article in front whose number was typed; for a thread."""
    page = desk.articles.search(query)
    article_id = article_in(query.text.strip())
    if article_id is None or query.cursor is not None:
        return page
    try:
        named = row_of(desk.articles.view(article_id))
    except NotFound:
        return page
    others = tuple(row for row in page.items if row.id != article_id)
    return page.model_copy(update={"items": (named, *others)})


def row_of(view: ArticleView) -> ArticleRow:
    """Return a whole article as lists show it."""
    return ArticleRow(
        id=view.id,
        number=view.number,
        title=view.title,
        summary=view.summary,
        state=view.state,
        is_live=view.live_revision is not None,
        visibility=view.visibility,
        category_id=view.category.id if view.category else None,
        tags=view.tags,
        language=view.language,
        updated_at=view.updated_at,
        review_due=view.review_due,
        reads=view.reads,
        helpful=view.helpful,
        unhelpful=view.unhelpful,
    )

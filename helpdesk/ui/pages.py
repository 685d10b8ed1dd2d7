# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a list again as far as somebody has scrolled, so that a refresh takes no row away."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from helpdesk.core.schemas.articles import ArticlePage, ArticleQuery
from helpdesk.core.schemas.tickets import TicketPage, TicketQuery
from helpdesk.core.schemas.users import ColleaguePage, ColleagueQuery, UserPage, UserQuery

Query = TypeVar("Query", TicketQuery, UserQuery, ColleagueQuery, ArticleQuery)
Page = TypeVar("Page", TicketPage, UserPage, ColleaguePage, ArticlePage)

_LARGEST = 200


def read_pages(search: Callable[[Query], Page], query: Query, rows: int) -> Page:
    """Return at least ``rows`` rows of a query as one page, or all where there are fewer."""
    limit = min(rows, _LARGEST)
    page: Page = search(query.model_copy(update={"limit": limit, "cursor": None}))
    while page.next_cursor is not None and len(page.items) < rows:
        more: Page = search(query.model_copy(update={"limit": limit, "cursor": page.next_cursor}))
        page = more.model_copy(update={"items": (*page.items, *more.items)})
    return page

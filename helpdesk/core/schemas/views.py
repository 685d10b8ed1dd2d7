# SPDX-License-Identifier: GPL-3.0-or-later
"""Saved views: queries with a name, of one person, of a team or of all staff."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from helpdesk.core.schemas.base import Id, Request, Result
from helpdesk.core.schemas.ticket_work import Shared as Shared
from helpdesk.core.schemas.tickets import ChosenIds, TicketQuery
from helpdesk.core.schemas.users import PersonRef, TeamRef
from helpdesk.core.text import SearchText, one_line

VIEW_NAME_LIMIT = 60
ViewName = Annotated[
    str, one_line(VIEW_NAME_LIMIT), StringConstraints(min_length=1, max_length=VIEW_NAME_LIMIT)
]


class NewView(Request):
    """A query to keep under a name."""

    name: ViewName
    query: TicketQuery
    shared: Shared = Shared.PRIVATE
    team_id: Id | None = None
    """The team that sees it, where a team does."""


class ViewChange(Request):
    """What to change of a view; only fields that are set are touched."""

    name: ViewName | None = None
    query: TicketQuery | None = None
    shared: Shared | None = None
    team_id: Id | None = None
    version: int


class SavedViewView(Result):
    """A saved view, as one who may see it does."""

    id: int
    name: str
    query: TicketQuery
    text: str
    """The query as the search language writes it."""
    shared: Shared
    team: TeamRef | None
    owner: PersonRef
    may_change: bool
    pinned: int | None
    """Its place among the views that the caller has pinned, from 0."""
    version: int


class ViewPins(Request):
    """The views that the caller has pinned, in their order."""

    view_ids: Annotated[tuple[Id, ...], Field(max_length=30)]


class ViewCountsQuery(Request):
    """What to count: saved views by their ids, and texts of the search language."""

    view_ids: ChosenIds = ()
    texts: Annotated[tuple[SearchText, ...], Field(max_length=20)] = ()


class ViewTexts(Request):
    """Texts of the search language to count, such as those of the views that everybody has."""

    texts: Annotated[tuple[SearchText, ...], Field(max_length=20)] = ()


class ViewCount(Result):
    """How many tickets a view shows; counting stops at a limit."""

    view_id: int
    count: int
    exact: bool


class TextCount(Result):
    """How many tickets a text finds; counting stops at a limit."""

    count: int
    exact: bool


class ViewCounts(Result):
    """What was counted: of the views those that can be seen, of the texts all in their order."""

    views: tuple[ViewCount, ...]
    texts: tuple[TextCount, ...]


class CountedViews(Result):
    """The views that the caller may see, and how many tickets the pinned ones and texts show."""

    views: tuple[SavedViewView, ...]
    counts: ViewCounts

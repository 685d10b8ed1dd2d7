# SPDX-License-Identifier: GPL-3.0-or-later
"""Dashboards: which cards somebody has, and where they lie."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from helpdesk.core.schemas.base import Id, Labelled, Request, Result
from helpdesk.core.schemas.figures import MOST_CARDS, Card, Scope, Span

COLUMNS = 12
MOST_ROWS = 200
MOST_CARD_ROWS = 12


class Place(Request):
    """Where a card lies, in columns and rows of a grid that is twelve columns wide."""

    column: Annotated[int, Field(ge=0, lt=COLUMNS)]
    row: Annotated[int, Field(ge=0, lt=MOST_ROWS)]
    columns: Annotated[int, Field(ge=1, le=COLUMNS)]
    rows: Annotated[int, Field(ge=1, le=MOST_CARD_ROWS)]


class PlacedCard(Request):
    """A card and its place."""

    card: Card
    place: Place


class Layout(Request):
    """A dashboard: its cards, and the days and tickets it is about."""

    cards: Annotated[tuple[PlacedCard, ...], Field(max_length=MOST_CARDS)] = ()
    span: Span = Span()
    scope: Scope = Scope()


class LayoutOrigin(Labelled):
    """Whose a dashboard is."""

    OWN = "own"
    TEAM = "team"
    """The default of a team that somebody is in."""
    ROLE = "role"
    """What everybody of a role begins with."""


class DashboardView(Result):
    """A dashboard as somebody sees it. ``version`` is 0 as long as they have none of their own."""

    layout: Layout
    origin: LayoutOrigin
    team: str | None
    version: int


class DashboardChange(Request):
    """The new dashboard of the caller, whole."""

    layout: Layout
    version: int


class SharedLayout(Request):
    """A dashboard to begin with for everybody of a team who has none of their own."""

    team_id: Id
    layout: Layout

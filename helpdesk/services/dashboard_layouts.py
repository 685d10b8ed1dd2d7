# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboards that people begin with, and reading those that were kept.

What another version of the program has kept is read as far as it is understood: a card that this
one does not know is left out, and the others stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from helpdesk.core.schemas.dashboards import Layout, Place, PlacedCard
from helpdesk.core.schemas.figures import (
    MOST_CARDS,
    Card,
    CardStyle,
    Measure,
    Scope,
    Span,
    Split,
    Whose,
)

T = TypeVar("T", bound=BaseModel)

_NUMBERS, _CHARTS = 2, 6
"""How many rows a number takes, and a chart or a list."""


def written(layout: Layout) -> str:
    """Return a dashboard as it is kept."""
    return layout.model_dump_json(exclude_defaults=True)


def read(kept: str) -> Layout:
    """Return a dashboard that was kept, as far as this program understands it."""
    try:
        found = json.loads(kept)
    except ValueError:
        return Layout()
    if not isinstance(found, dict):
        return Layout()
    cards = found.get("cards")
    placed = (_understood(PlacedCard, each) for each in (cards if isinstance(cards, list) else ()))
    return Layout(
        cards=tuple(each for each in placed if each is not None)[:MOST_CARDS],
        span=_understood(Span, found.get("span")) or Span(),
        scope=_understood(Scope, found.get("scope")) or Scope(),
    )


def layout_of_technician() -> Layout:
    """Return what a technician begins with: how their own tickets stand."""
    return Layout(cards=tuple(_technician()))


def layout_of_manager(team_id: int | None) -> Layout:
    """Return what a manager or an admin begins with: a team, or all tickets."""
    return Layout(cards=tuple(_manager()), scope=Scope(team_id=team_id))


def _understood(kind: type[T], found: Any) -> T | None:
    try:
        return None if found is None else kind.model_validate_json(json.dumps(found))
    except ValidationError:
        return None


def _number(measure: Measure, **more: Any) -> Card:
    return Card(style=CardStyle.NUMBER, measure=measure, **more)


def _row(row: int, rows: int, *cards: tuple[Card, int]) -> Iterator[PlacedCard]:
    """Place some cards beside each other, each so many columns wide."""
    column = 0
    for card, columns in cards:
        yield PlacedCard(card=card, place=Place(column=column, row=row, columns=columns, rows=rows))
        column += columns


_OPEN, _SOON = _number(Measure.OPEN), _number(Measure.DUE_SOON)
_TIME, _SLA = _number(Measure.RESOLUTION_TIME), _number(Measure.RESOLUTION_SLA)
_SATISFACTION = _number(Measure.SATISFACTION)
_FLOW = Card(
    style=CardStyle.LINE, measure=Measure.CREATED, second=Measure.RESOLVED, split=Split.DAY
)
_BY_CATEGORY = Card(style=CardStyle.BARS, measure=Measure.OPEN, split=Split.CATEGORY)
_BY_PRIORITY = Card(style=CardStyle.RING, measure=Measure.OPEN, split=Split.PRIORITY)
_BY_AGE = Card(style=CardStyle.BARS, measure=Measure.OPEN, split=Split.AGE)
_TECHNICIANS = Card(style=CardStyle.TABLE, measure=Measure.WORKLOAD, split=Split.TECHNICIAN)
_ATTENTION = Card(style=CardStyle.ATTENTION, measure=Measure.OVERDUE)
_BACKLOG = Card(style=CardStyle.LINE, measure=Measure.OPEN, split=Split.DAY)
_STATUSES = Card(style=CardStyle.BARS, measure=Measure.TIME_IN_STATUS, split=Split.STATUS)
_OUTLOOK = Card(style=CardStyle.OUTLOOK, measure=Measure.CREATED)


def _technician() -> Iterator[PlacedCard]:
    numbers = ((_OPEN, 2), (_SOON, 2), (_TIME, 3), (_SLA, 3), (_SATISFACTION, 2))
    yield from _row(0, _NUMBERS, *numbers)
    yield from _row(_NUMBERS, _CHARTS, (_FLOW, 7), (_ATTENTION, 5))
    yield from _row(_NUMBERS + _CHARTS, _CHARTS, (_BY_PRIORITY, 4), (_BY_AGE, 4), (_STATUSES, 4))


def _manager() -> Iterator[PlacedCard]:
    numbers = ((_OPEN, 2), (_SOON, 2), (_TIME, 3), (_SLA, 3), (_SATISFACTION, 2))
    yield from _row(0, _NUMBERS, *numbers)
    yield from _row(_NUMBERS, _CHARTS, (_FLOW, 7), (_BY_CATEGORY, 5))
    yield from _row(_NUMBERS + _CHARTS, _CHARTS, (_TECHNICIANS, 7), (_ATTENTION, 5))
    more = (
        (_number(Measure.FIRST_RESPONSE_TIME), 3),
        (_number(Measure.REOPENED_SHARE), 2),
        (_number(Measure.ESCALATED), 2),
        (_number(Measure.AVOIDED, whose=Whose.ALL), 2),
        (_number(Measure.SUGGESTIONS_ACCEPTED), 3),
    )
    yield from _row(_NUMBERS + 2 * _CHARTS, _NUMBERS, *more)
    below = 2 * _NUMBERS + 2 * _CHARTS
    yield from _row(below, _CHARTS, (_BACKLOG, 7), (_BY_AGE, 5))
    yield from _row(below + _CHARTS, _CHARTS, (_OUTLOOK, 7), (_STATUSES, 5))

# SPDX-License-Identifier: GPL-3.0-or-later
"""The tickets behind a number: rows of what tickets count as, along the index of one day.

They come from the newest day back, so that a page is a short walk, however many they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, literal_column, or_, type_coerce
from sqlalchemy.types import Integer

from helpdesk.database.walks import passed_over
from helpdesk.models import TicketFigure
from helpdesk.repositories.due_tickets import Due, due_tickets

figures = TicketFigure.__table__
_figure = figures.c
OPEN_AT = "open_at"
"""Names a condition that is of two columns: open at the end of a day."""


@dataclass(frozen=True, slots=True)
class BehindShape:
    """What makes the statement of one number differ from that of another."""

    day: str
    is_between: bool
    conditions: tuple[tuple[str, str], ...]
    """Columns, and how each is compared; the values are bound when the statement runs."""
    due: Due | None


@dataclass(frozen=True, slots=True)
class BehindWalk:
    """The tickets behind a number, with the values to bind."""

    shape: BehindShape
    values: tuple[tuple[str, Any], ...]

    @classmethod
    def along(
        cls,
        day: str,
        days: tuple[int, int] | None,
        conditions: tuple[tuple[str, str, Any], ...],
        due: Due | None,
        now: datetime,
    ) -> BehindWalk:
        """Return the tickets that counted on some days, or on any, under all conditions."""
        values: dict[str, Any] = {
            f"behind_{place}": value for place, (_, _, value) in enumerate(conditions)
        }
        if days is not None:
            values |= {"behind_first": days[0], "behind_last": days[1]}
        if due is not None:
            values |= due.parameters(now)
        compared = tuple((column, how) for column, how, _ in conditions)
        return cls(BehindShape(day, days is not None, compared, due), tuple(values.items()))


def day_of(shape: BehindShape) -> ColumnElement[int]:
    """Return the day that the tickets are walked along."""
    return _figure[shape.day]


def conditions_of(shape: BehindShape, dialect: str, *, walks: bool) -> list[ColumnElement[bool]]:
    """Return what holds of the tickets; without ``walks`` another index is walked."""
    day: ColumnElement[Any] = day_of(shape)
    if not walks:
        day = passed_over(dialect, day)
    found: list[ColumnElement[bool]] = [
        _condition(place, column, how) for place, (column, how) in enumerate(shape.conditions)
    ]
    if shape.is_between:
        found.append(day.between(bindparam("behind_first"), bindparam("behind_last")))
    elif shape.day != "created_day":
        found.append(day.is_not(None))
    if shape.due is not None:
        found.append(_figure.ticket_id.in_(due_tickets(shape.due)))
    return found


def _condition(place: int, column: str, how: str) -> ColumnElement[bool]:
    value: Any = bindparam(f"behind_{place}")
    if column == OPEN_AT:
        return or_(_figure.resolved_day.is_(None), _figure.resolved_day > value)
    if how == "open":
        # In the very words of the index of open tickets, which SQLite takes only for them.
        return type_coerce(_figure.status, Integer) < literal_column("5")
    here: ColumnElement[Any] = _figure[column]
    if how == "set":
        return here.is_not(None)
    compared: ColumnElement[bool] = here == value
    if how == ">":
        compared = here > value
    elif how == "<=":
        compared = here <= value
    return compared

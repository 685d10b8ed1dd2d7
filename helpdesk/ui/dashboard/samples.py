# SPDX-License-Identifier: GPL-3.0-or-later
"""Invented figures, for the pictures in the gallery of cards."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from helpdesk.core.schemas.figures import (
    AttentionRow,
    Card,
    CardFigures,
    CardStyle,
    ExpectedHour,
    Outlook,
    Point,
    TechnicianRow,
    Unit,
)
from helpdesk.core.schemas.tickets import Priority

_DAYS = (
    (8, 6),
    (11, 9),
    (10, 10),
    (14, 12),
    (12, 13),
    (7, 8),
    (6, 7),
    (13, 11),
    (15, 13),
    (14, 14),
)
_PARTS = (("Access", 42), ("Hardware", 29), ("Software", 22))
_PRIORITIES = (("urgent", 6), ("high", 14), ("medium", 31), ("low", 19))
_PEOPLE = (("Bob Keller", 31, 214, 0.97, 4.6), ("Ines Ortiz", 28, 198, 0.96, 4.5))
_FIRST = date(2026, 11, 2)


def sample_of(card: Card) -> CardFigures:
    """Return figures for a picture of a card."""
    if card.style is CardStyle.NUMBER:
        return CardFigures(unit=Unit.TICKETS, value=1204, before=1242, tickets=1204)
    if card.style is CardStyle.LINE:
        return CardFigures(unit=Unit.TICKETS, value=110, points=tuple(_days()))
    if card.style is CardStyle.TABLE:
        return CardFigures(unit=Unit.TICKETS, technicians=tuple(_people()))
    if card.style is CardStyle.ATTENTION:
        return CardFigures(unit=Unit.TICKETS, attention=tuple(_attention()))
    if card.style is CardStyle.OUTLOOK:
        return CardFigures(unit=Unit.TICKETS, outlook=_outlook())
    parts = _PRIORITIES if card.style is CardStyle.RING else _PARTS
    points = tuple(
        Point(key=name, label=name.capitalize(), value=value, tickets=value)
        for name, value in parts
    )
    return CardFigures(unit=Unit.TICKETS, value=sum(value for _, value in parts), points=points)


def _days() -> list[Point]:
    days = [(_FIRST + timedelta(days=at)).isoformat() for at in range(len(_DAYS))]
    return [
        Point(key=day, label=day, value=one, second=other, tickets=one, day=day)
        for day, (one, other) in zip(days, _DAYS, strict=True)
    ]


def _people() -> list[TechnicianRow]:
    return [
        TechnicianRow(
            id=at,
            full_name=name,
            open=is_open,
            capacity=40,
            resolved=resolved,
            resolution=14_520,
            resolution_sla=sla,
            satisfaction=score,
            ratings=40,
        )
        for at, (name, is_open, resolved, sla, score) in enumerate(_PEOPLE, start=1)
    ]


def _attention() -> list[AttentionRow]:
    rows = (("HD-4818", "Mail server rejects attachments"), ("HD-4755", "ERP login loop"))
    return [
        AttentionRow(
            ticket_id=at,
            number=number,
            subject=subject,
            priority=Priority.URGENT,
            assignee=None,
            due=datetime(2026, 11, 2, tzinfo=UTC) if at == 1 else None,
            late=at == 1,
            escalation_level=at - 1,
        )
        for at, (number, subject) in enumerate(rows, start=1)
    ]


def _outlook() -> Outlook:
    expected = tuple(
        ExpectedHour(weekday=day, hour=hour, expected=_busy(day, hour), low=0, high=4)
        for day in range(7)
        for hour in range(24)
    )
    return Outlook(weeks=8, expected=expected, expected_next_7_days=96, rises=(), overloads=())


def _busy(day: int, hour: int) -> float:
    by_day = 0.15 if day >= 5 else 1.0 - 0.08 * day
    return max(0.0, 4 - abs(hour - 10.5) * 0.7) * by_day

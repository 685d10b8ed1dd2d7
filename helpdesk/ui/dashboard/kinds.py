# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of cards: what each can tell, how large it is, and one to begin with."""

from __future__ import annotations

from typing import Final, NamedTuple

from helpdesk.core.schemas.figures import Card, CardStyle, Measure, Split
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.packing import Area

_COUNTED: Final = (
    Measure.CREATED,
    Measure.RESOLVED,
    Measure.CLOSED,
    Measure.OPEN,
    Measure.BREACHED,
    Measure.ESCALATED,
    Measure.RATINGS,
    Measure.LOW_RATINGS,
)
_SHARES: Final = (
    Measure.RESOLUTION_SLA,
    Measure.RESPONSE_SLA,
    Measure.REOPENED_SHARE,
    Measure.SUGGESTIONS_ACCEPTED,
)
_OVER_TIME: Final = (
    *_COUNTED,
    Measure.FIRST_RESPONSE_TIME,
    Measure.RESOLUTION_TIME,
    *_SHARES,
    Measure.SATISFACTION,
)
_NUMBERS: Final = (
    *_OVER_TIME,
    Measure.UNASSIGNED,
    Measure.DUE_SOON,
    Measure.OVERDUE,
    Measure.BACKLOG_AGE,
    Measure.AVOIDED,
)
_RING: Final = (*_COUNTED, Measure.UNASSIGNED, Measure.OVERDUE)
_BY_GROUP: Final = (Split.CATEGORY, Split.PRIORITY, Split.TEAM, Split.TECHNICIAN)


class Kind(NamedTuple):
    """A way to show figures."""

    style: CardStyle
    hint: str
    usual: Area
    least: Area
    measures: tuple[Measure, ...]
    example: Card


def _size(columns: int, rows: int) -> Area:
    return Area(0, 0, columns, rows)


KINDS: Final = (
    Kind(
        CardStyle.NUMBER,
        "One figure, beside the period before.",
        _size(3, 2),
        _size(2, 2),
        _NUMBERS,
        Card(style=CardStyle.NUMBER, measure=Measure.OPEN),
    ),
    Kind(
        CardStyle.LINE,
        "How one or two figures go, day by day.",
        _size(7, 6),
        _size(3, 4),
        _OVER_TIME,
        Card(
            style=CardStyle.LINE,
            measure=Measure.CREATED,
            second=Measure.RESOLVED,
            split=Split.DAY,
        ),
    ),
    Kind(
        CardStyle.BARS,
        "Parts side by side, the longest first.",
        _size(5, 6),
        _size(3, 4),
        (*_OVER_TIME, Measure.UNASSIGNED, Measure.OVERDUE, Measure.BACKLOG_AGE),
        Card(style=CardStyle.BARS, measure=Measure.OPEN, split=Split.CATEGORY),
    ),
    Kind(
        CardStyle.RING,
        "Parts of a whole.",
        _size(4, 5),
        _size(3, 4),
        _RING,
        Card(style=CardStyle.RING, measure=Measure.OPEN, split=Split.PRIORITY),
    ),
    Kind(
        CardStyle.TABLE,
        "Technicians, or any figure split into parts.",
        _size(7, 5),
        _size(4, 3),
        (Measure.WORKLOAD, *_NUMBERS, Measure.TIME_IN_STATUS),
        Card(style=CardStyle.TABLE, measure=Measure.WORKLOAD, split=Split.TECHNICIAN),
    ),
    Kind(
        CardStyle.ATTENTION,
        "Open tickets that are late, due soon or escalated.",
        _size(5, 5),
        _size(3, 3),
        (Measure.OVERDUE,),
        Card(style=CardStyle.ATTENTION, measure=Measure.OVERDUE),
    ),
    Kind(
        CardStyle.OUTLOOK,
        "An estimate of what is to be expected, and what is unusual.",
        _size(6, 6),
        _size(4, 5),
        (Measure.CREATED,),
        Card(style=CardStyle.OUTLOOK, measure=Measure.CREATED),
    ),
)
_BY_STYLE: Final = {kind.style: kind for kind in KINDS}
_NO_TEAMS: Final = (Measure.AVOIDED,)


def kind_of(style: CardStyle) -> Kind:
    """Return the kind of a style."""
    return _BY_STYLE[style]


def splits_of(style: CardStyle, measure: Measure) -> tuple[Split, ...]:
    """Return into which parts a card of a style can take a measure apart."""
    if style in (CardStyle.NUMBER, CardStyle.ATTENTION, CardStyle.OUTLOOK):
        return (Split.NONE,)
    if measure is Measure.WORKLOAD:
        return (Split.TECHNICIAN,)
    if measure is Measure.TIME_IN_STATUS:
        return (Split.STATUS,)
    if style is CardStyle.LINE:
        return words.TIMES
    splits = list(_BY_GROUP)
    if measure is Measure.OPEN:
        splits += [Split.STATUS, Split.AGE]
    if measure is Measure.RATINGS:
        splits.append(Split.SCORE)
    if measure in _OVER_TIME and style is not CardStyle.RING:
        splits = [*words.TIMES, *splits]
    return tuple(splits)


def seconds_of(style: CardStyle, measure: Measure) -> tuple[Measure, ...]:
    """Return what may be drawn into the same chart: what is told in the same unit."""
    if style not in (CardStyle.LINE, CardStyle.BARS):
        return ()
    for family in (_COUNTED, _SHARES, (Measure.FIRST_RESPONSE_TIME, Measure.RESOLUTION_TIME)):
        if measure in family:
            return tuple(each for each in family if each is not measure)
    return ()

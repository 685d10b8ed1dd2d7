# SPDX-License-Identifier: GPL-3.0-or-later
"""What each measure means: of which sums it is made, and which tickets stand behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from helpdesk.core.schemas.figures import Measure, Split, Unit

SCORES = ("score_1", "score_2", "score_3", "score_4", "score_5")
STATUS_SECONDS = ("seconds_new", "seconds_open", "seconds_in_progress", "seconds_awaiting")
_LOW = 2
DAYLIKE = (Split.DAY, Split.WEEK, Split.MONTH)
BY_THING = (Split.CATEGORY, Split.PRIORITY, Split.TEAM, Split.TECHNICIAN)

Condition = tuple[str, str, int]
"""A column of what a ticket counts as, how it is compared ('=', '>', '<=', 'set'), and to what."""


class Kind(Enum):
    """How the value of a measure is worked out."""

    COUNT = auto()
    SHARE = auto()
    SCORE = auto()
    TIME = auto()
    STATUS_TIME = auto()
    LIVE = auto()
    AGE = auto()
    DUE = auto()
    WORKLOAD = auto()

    @property
    def is_of_days(self) -> bool:
        """Whether it is about what happened in a period, not about what is so now."""
        return self in _OF_DAYS


_OF_DAYS = frozenset({Kind.COUNT, Kind.SHARE, Kind.SCORE, Kind.TIME, Kind.STATUS_TIME})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a measure means. Its value is the sum of ``top``, of a share divided by ``under``.

    ``day`` is the day on which a ticket counts, and ``conditions`` which tickets do.
    """

    unit: Unit
    kind: Kind
    day: str = "created_day"
    top: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    met: tuple[Condition, Condition] | None = None
    """Of a share, what holds for those that are counted as met, and for the others."""
    splits: tuple[Split, ...] = (*DAYLIKE, *BY_THING)

    @property
    def columns(self) -> tuple[str, ...]:
        """The sums that the value is made of."""
        return tuple(dict.fromkeys((*self.top, *self.under)))


def _count(
    day: str, *top: str, unit: Unit = Unit.TICKETS, only: Condition | None = None
) -> Meaning:
    return Meaning(unit, Kind.COUNT, day, top, conditions=(only,) if only else ())


def _share(
    day: str, top: str, *under: str, only: Condition | None, met: tuple[Condition, Condition]
) -> Meaning:
    conditions = (only,) if only else ()
    return Meaning(Unit.SHARE, Kind.SHARE, day, (top,), under, conditions, met)


def _sla(name: str, day: str) -> Meaning:
    met = f"{name}_met"
    return _share(
        day, met, met, f"{name}_missed", only=(met, "set", 0), met=((met, "=", 1), (met, "=", 0))
    )


def _live(*splits: Split, kind: Kind = Kind.LIVE, unit: Unit = Unit.TICKETS) -> Meaning:
    return Meaning(unit, kind, conditions=(("status", "open", 0),), splits=splits)


MEANINGS: Mapping[Measure, Meaning] = {
    Measure.CREATED: _count("created_day", "created"),
    Measure.RESOLVED: _count("resolved_day", "resolved"),
    Measure.CLOSED: _count("closed_day", "closed"),
    Measure.OPEN: _live(*DAYLIKE, *BY_THING, Split.STATUS, Split.AGE),
    Measure.UNASSIGNED: Meaning(
        Unit.TICKETS,
        Kind.LIVE,
        conditions=(("status", "open", 0), ("technician_id", "=", 0)),
        splits=(Split.CATEGORY, Split.PRIORITY, Split.TEAM, Split.AGE),
    ),
    Measure.DUE_SOON: _live(*BY_THING, Split.STATUS, kind=Kind.DUE),
    Measure.OVERDUE: _live(*BY_THING, Split.STATUS, kind=Kind.DUE),
    Measure.BACKLOG_AGE: _live(*BY_THING, kind=Kind.AGE, unit=Unit.AGE),
    Measure.FIRST_RESPONSE_TIME: Meaning(
        Unit.SECONDS, Kind.TIME, "responded_day", ("response_seconds",), ("responded",)
    ),
    Measure.RESOLUTION_TIME: Meaning(
        Unit.SECONDS, Kind.TIME, "resolved_day", ("resolution_seconds",), ("resolved",)
    ),
    Measure.TIME_IN_STATUS: Meaning(
        Unit.SECONDS,
        Kind.STATUS_TIME,
        "resolved_day",
        STATUS_SECONDS,
        ("timed",),
        (("seconds_new", "set", 0),),
        splits=(*DAYLIKE, *BY_THING, Split.STATUS),
    ),
    Measure.REOPENED_SHARE: _share(
        "resolved_day",
        "reopened",
        "resolved",
        only=None,
        met=(("reopened", ">", 0), ("reopened", "=", 0)),
    ),
    Measure.RESPONSE_SLA: _sla("response", "responded_day"),
    Measure.RESOLUTION_SLA: _sla("resolution", "resolved_day"),
    Measure.BREACHED: _count("resolved_day", "resolution_missed", only=("resolution_met", "=", 0)),
    Measure.ESCALATED: _count("escalated_day", "escalated"),
    Measure.SATISFACTION: Meaning(Unit.SCORE, Kind.SCORE, "rated_day", SCORES),
    Measure.RATINGS: Meaning(
        Unit.COUNT, Kind.COUNT, "rated_day", SCORES, splits=(*DAYLIKE, *BY_THING, Split.SCORE)
    ),
    Measure.LOW_RATINGS: _count(
        "rated_day", *SCORES[:_LOW], unit=Unit.COUNT, only=("score", "<=", _LOW)
    ),
    Measure.AVOIDED: Meaning(Unit.COUNT, Kind.COUNT, "created_day", ("avoided",), splits=DAYLIKE),
    Measure.SUGGESTIONS_ACCEPTED: _share(
        "created_day",
        "accepted",
        "suggested",
        only=("suggested", ">", 0),
        met=(("accepted", ">", 0), ("accepted", "=", 0)),
    ),
    Measure.WORKLOAD: Meaning(
        Unit.TICKETS,
        Kind.WORKLOAD,
        conditions=(("status", "open", 0), ("technician_id", ">", 0)),
        splits=(Split.TECHNICIAN,),
    ),
}


@dataclass(frozen=True, slots=True)
class Band:
    """Some ages of open tickets, in days."""

    key: str
    label: str
    least: int
    most: int | None


BANDS = (
    Band("0", "Today", 0, 0),
    Band("1", "1 to 2 days", 1, 2),
    Band("3", "3 to 6 days", 3, 6),
    Band("7", "1 to 4 weeks", 7, 29),
    Band("30", "1 to 3 months", 30, 89),
    Band("90", "3 months and more", 90, None),
)


def value_of(meaning: Meaning, sums: Mapping[str, int]) -> float | None:
    """Return the value of a measure that is made of sums; of a time it is the mean."""
    top = sum(sums.get(name, 0) for name in meaning.top)
    if meaning.kind is Kind.COUNT:
        return float(top)
    if meaning.kind is Kind.SCORE:
        told = sum(score * sums.get(name, 0) for score, name in enumerate(SCORES, start=1))
        return told / top if top else None
    under = sum(sums.get(name, 0) for name in meaning.under)
    return top / under if under else None


def tickets_of(meaning: Meaning, sums: Mapping[str, int]) -> int:
    """Return how many tickets the value was taken from."""
    names = meaning.under or meaning.top
    return sum(sums.get(name, 0) for name in names)

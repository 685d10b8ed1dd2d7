# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of a desk: what can be counted, over which days, of which tickets, in which parts.

A ticket counts under the category, priority, team and assignee that it has now, so that behind
every number stands a list of tickets.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, model_validator

from helpdesk.core.schemas.base import Id, IsoDay, Labelled, Priority, Request, Result
from helpdesk.core.text import Line

MOST_CARDS = 40
MOST_DAYS = 5 * 366
MOST_CAPACITY = 1_000
_DAYS = "Choose 1 to {most:,} days (about five years), the first of them first."
USUAL_CAPACITY = 30
"""How many open tickets somebody is thought to manage of whom nothing else is said."""


class Measure(Labelled):
    """What is counted or measured."""

    CREATED = "created"
    RESOLVED = "resolved"
    CLOSED = "closed"
    OPEN = "open"
    """How many are open now; over days: how many were at the end of each."""
    UNASSIGNED = "unassigned"
    """How many are open now and nobody's."""
    DUE_SOON = "due_soon"
    """How many are due within the next hour."""
    OVERDUE = "overdue"
    """How many are open and late now."""
    BACKLOG_AGE = "backlog_age"
    """How long what is open has been so, in seconds."""
    FIRST_RESPONSE_TIME = "first_response_time"
    """From opened to first answered, in seconds, of what was first answered in the period."""
    RESOLUTION_TIME = "resolution_time"
    """From opened to resolved, in seconds, of what was resolved in the period."""
    TIME_IN_STATUS = "time_in_status"
    """How long what was resolved in the period had been in each status, in seconds."""
    REOPENED_SHARE = "reopened_share"
    """Which part of what was resolved in the period had been reopened before."""
    RESPONSE_SLA = "response_sla"
    """Which part of what was first answered, and was measured, was so in time."""
    RESOLUTION_SLA = "resolution_sla"
    """Which part of what was resolved, and was measured, was so in time."""
    BREACHED = "breached"
    """How many were resolved in the period too late."""
    ESCALATED = "escalated"
    SATISFACTION = "satisfaction"
    """The mean of the ratings of 1 to 5 that came in the period."""
    RATINGS = "ratings"
    LOW_RATINGS = "low_ratings"
    """How many ratings of 1 or 2 came in the period."""
    AVOIDED = "avoided"
    """How many tickets articles made needless."""
    SUGGESTIONS_ACCEPTED = "suggestions_accepted"
    """Which part of the suggestions on tickets opened in the period people took as they were."""
    WORKLOAD = "workload"
    """Open tickets of each technician beside how many they can manage."""


class Statistic(Labelled):
    """What is told of many durations."""

    MEDIAN = "median"
    P90 = "p90"
    """Nine of ten are no longer."""
    MEAN = "mean"


class Split(Labelled):
    """Into which parts a figure is taken apart."""

    NONE = "none"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    CATEGORY = "category"
    PRIORITY = "priority"
    TEAM = "team"
    TECHNICIAN = "technician"
    STATUS = "status"
    AGE = "age"
    SCORE = "score"


class Period(Labelled):
    """Which days are looked at, up to and with today unless it says otherwise."""

    TODAY = "today"
    LAST_7_DAYS = "last_7_days"
    LAST_30_DAYS = "last_30_days"
    LAST_90_DAYS = "last_90_days"
    LAST_365_DAYS = "last_365_days"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    """The whole month before this one."""
    CUSTOM = "custom"
    """Two days that are named."""


class Span(Request):
    """Some days: a named period, or the days from one to another, both of them with it."""

    period: Period = Period.LAST_30_DAYS
    first: IsoDay | None = None
    last: IsoDay | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Span:
        if self.period is not Period.CUSTOM:
            return self
        if self.first is None or self.last is None:
            raise ValueError("Name the first and the last day.")
        days = (date.fromisoformat(self.last) - date.fromisoformat(self.first)).days + 1
        if not 1 <= days <= MOST_DAYS:
            raise ValueError(_DAYS.format(most=MOST_DAYS))
        return self


class Scope(Request):
    """Whose tickets: all, those of a team or those of a technician; and which of them.

    At most one of ``team_id`` and ``technician_id`` and one of ``category_id`` and ``priority``
    is set. A technician is whoever tickets are assigned to, whatever their role. Who may see only
    their own figures gets those, whatever is asked.
    """

    team_id: Id | None = None
    technician_id: Id | None = None
    category_id: Id | None = None
    priority: Priority | None = None

    @model_validator(mode="after")
    def _is_kept(self) -> Scope:
        if self.team_id is not None and self.technician_id is not None:
            raise ValueError("Choose a team or a technician, not both.")
        if self.category_id is not None and self.priority is not None:
            raise ValueError("Choose a category or a priority, not both.")
        return self


class Whose(Labelled):
    """Whose tickets a card is about."""

    DASHBOARD = "dashboard"
    """Those the dashboard is about."""
    MINE = "mine"
    ALL = "all"
    CHOSEN = "chosen"
    """Those of the card's own scope."""


class CardStyle(Labelled):
    """How a card shows its figure."""

    NUMBER = "number"
    LINE = "line"
    BARS = "bars"
    RING = "ring"
    TABLE = "table"
    ATTENTION = "attention"
    """The open tickets that need somebody first: overdue, soon due, escalated."""
    OUTLOOK = "outlook"
    """What is expected, plainly marked as that."""


class Card(Request):
    """What a card of a dashboard tells. ``title`` is empty where its own words will do.

    ``second`` is drawn into the same chart, such as what was resolved beside what was created.
    ``compares`` sets the figure beside the same number of days before.
    """

    style: CardStyle
    measure: Measure
    second: Measure | None = None
    statistic: Statistic = Statistic.MEDIAN
    split: Split = Split.NONE
    span: Span | None = None
    """``None`` is the period of the dashboard."""
    whose: Whose = Whose.DASHBOARD
    scope: Scope = Scope()
    compares: bool = True
    title: Line = ""


class CardsQuery(Request):
    """Cards to work out at once, for the days and the tickets of a dashboard."""

    cards: Annotated[tuple[Card, ...], Field(max_length=MOST_CARDS)]
    span: Span = Span()
    scope: Scope = Scope()


class Behind(Request):
    """The tickets behind a number: as a filter of lists, in the order of the days counted.

    ``part`` is the key of the part that was chosen: the id of a category, a team or a technician
    ('0' is none), a priority, a status, a score, a band of age, the first day of a day, week or
    month; empty where the figure was not taken apart.
    """

    measure: Measure
    span: Span
    scope: Scope = Scope()
    split: Split = Split.NONE
    part: Annotated[str, Field(max_length=40)] = ""
    met: bool | None = None
    """Of a share, only what is counted as met, or only what is not."""


class Unit(Labelled):
    """What a number means."""

    TICKETS = "tickets"
    SECONDS = "seconds"
    AGE = "age"
    """Seconds, too, of which whole days are counted: what was opened today is under a day old."""
    SHARE = "share"
    """A part of one."""
    SCORE = "score"
    """1 to 5."""
    COUNT = "count"
    """Things that are no tickets."""

    @property
    def is_time(self) -> bool:
        """Whether the number is of seconds."""
        return self in (Unit.SECONDS, Unit.AGE)


class Point(Result):
    """One part of a figure. ``value`` is ``None`` where nothing was there to measure."""

    key: str
    label: str
    value: float | None
    second: float | None = None
    tickets: int
    """How many tickets the value was taken from."""
    day: str | None = None
    """The first day of it, where the parts are days, weeks or months."""


class TechnicianRow(Result):
    """How one technician does: in the period, and now."""

    id: int
    full_name: str
    open: int
    capacity: int
    resolved: int
    resolution: float | None
    """The statistic asked for, in seconds."""
    resolution_sla: float | None
    satisfaction: float | None
    ratings: int


class AttentionRow(Result):
    """An open ticket that needs somebody."""

    ticket_id: int
    number: str
    subject: str
    priority: Priority
    assignee: str | None
    due: datetime | None
    late: bool
    escalation_level: int


class CardFigures(Result):
    """What a card tells now.

    ``value`` and ``before`` are of the whole period and of the one before it. ``behind`` is the
    list of the tickets behind ``value``, ``None`` where no tickets are.
    """

    unit: Unit
    value: float | None = None
    before: float | None = None
    second_value: float | None = None
    tickets: int = 0
    note: str = ""
    """A few words beside the number, such as '3 urgent'."""
    points: tuple[Point, ...] = ()
    technicians: tuple[TechnicianRow, ...] = ()
    attention: tuple[AttentionRow, ...] = ()
    outlook: Outlook | None = None
    behind: Behind | None = None
    problem: str | None = None
    """Why it cannot be told, such as a category that is gone; the others can."""


class CardsView(Result):
    """The figures of cards, in the order asked for, all of one moment."""

    at: datetime
    first: str
    last: str
    """The first and the last day, in ``time_zone``, the zone in which the desk counts days."""
    time_zone: str
    scope_name: str
    cards: tuple[CardFigures, ...]
    uncounted: int = 0
    """How many tickets of an older desk wait to be counted; the figures are short of them."""


class ExpectedHour(Result):
    """How many tickets are expected in an hour of a weekday: Monday is 0."""

    weekday: int
    hour: int
    expected: float
    low: float
    high: float


class Rise(Result):
    """A category of which unusually many tickets came."""

    category_id: int
    category: str
    days: int
    tickets: int
    usual: float
    """How many come in as many days."""


class Overload(Result):
    """Somebody who has more open tickets than they can manage."""

    technician_id: int
    full_name: str
    open: int
    capacity: int


class Outlook(Result):
    """What is expected, and what is unusual: estimates, never counts.

    ``weeks`` is from how many weeks it was worked out; with too few of them there is nothing.
    """

    weeks: int
    expected: tuple[ExpectedHour, ...]
    expected_next_7_days: float | None
    rises: tuple[Rise, ...]
    overloads: tuple[Overload, ...]


class Capacity(Request):
    """How many open tickets somebody can manage; ``None`` is the usual number."""

    tickets: Annotated[int, Field(ge=1, le=MOST_CAPACITY)] | None


CardFigures.model_rebuild()

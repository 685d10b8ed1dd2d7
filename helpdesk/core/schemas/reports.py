# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports: figures of a period to read, to hand on as CSV or PDF, and to be sent by schedule."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from helpdesk.core.schemas.base import Id, Labelled, Request, Result
from helpdesk.core.schemas.figures import Behind, Measure, Point, Scope, Span, Unit
from helpdesk.core.schemas.sla import Name
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.core.text import Line

MOST_RECIPIENTS = 50
MOST_SCHEDULES = 200
LINES_AT_ONCE = 2_000


class ReportKind(Labelled):
    """Which report; the values are the names that the command line takes."""

    SUMMARY = "summary"
    TECHNICIANS = "technicians"
    SLA = "sla"
    SATISFACTION = "satisfaction"
    CATEGORIES = "categories"
    AGEING = "ageing"
    KNOWLEDGE = "knowledge"


class ReportRequest(Request):
    """A report over some days and tickets."""

    kind: ReportKind
    span: Span = Span()
    scope: Scope = Scope()


class ReportFigure(Result):
    """A number that a report begins with, beside the same of the days before."""

    label: str
    unit: Unit
    value: float | None
    before: float | None = None
    note: str = ""
    behind: Behind | None = None


class ChartStyle(Labelled):
    """How a chart of a report is drawn."""

    LINE = "line"
    BARS = "bars"


class ReportChart(Result):
    """A chart of a report."""

    title: str
    style: ChartStyle
    unit: Unit
    series: tuple[str, ...]
    """The names of what is drawn: of each point's value, and of its second, if there are two."""
    points: tuple[Point, ...]
    behind: Behind | None = None
    """The tickets of all points; with the key of a point as its part, those of that one."""


class Column(Result):
    """A column of a table. ``unit`` is ``None`` for text."""

    title: str
    unit: Unit | None
    measure: Measure | None = None
    """What its numbers count, where a row's ``behind`` opens the tickets behind each of them."""


Cell = str | int | float | None


class ReportTable(Result):
    """A table of a report. A row has a cell for each column, and may open tickets."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    behind: tuple[Behind | None, ...] = ()
    ticket_ids: tuple[int, ...] = ()
    """The ticket of each row, where rows are tickets."""
    note: str = ""


class Report(Result):
    """A report as it is shown and as files are made of it: durations are seconds."""

    kind: ReportKind
    title: str
    made_at: datetime
    first: str
    last: str
    time_zone: str
    scope_name: str
    made_by: str
    figures: tuple[ReportFigure, ...]
    charts: tuple[ReportChart, ...]
    tables: tuple[ReportTable, ...]
    notes: tuple[str, ...] = ()
    """What a reader has to know, such as how something is defined or what is missing."""

    @property
    def is_of_now(self) -> bool:
        """Whether it tells of the moment at which it was made alone, whatever the days."""
        return self.kind is ReportKind.AGEING


# --- tickets as lines -----------------------------------------------------------------------------


class FileNote(Request):
    """That figures of the screen become a file: which, and of which days."""

    detail: Line


class LinesQuery(Request):
    """Tickets to write out; ``cursor`` is where the last page ended."""

    query: TicketQuery = TicketQuery()
    cursor: str | None = None


class TicketLine(Result):
    """A ticket as a line of a file."""

    number: str
    subject: str
    status: str
    priority: str
    category: str | None
    team: str | None
    requester: str
    assignee: str | None
    source: str
    created_at: datetime
    first_responded_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    first_response_due: datetime | None
    resolution_due: datetime | None
    reopened: int
    rating: int | None


class LinesPage(Result):
    """Some lines, how many there are in all as far as that is known, and where it goes on."""

    lines: tuple[TicketLine, ...]
    total: int | None
    next_cursor: str | None


# --- by schedule ----------------------------------------------------------------------------------


class FileFormat(Labelled):
    """What a report is sent as."""

    PDF = "pdf"
    CSV = "csv"


class Rhythm(Labelled):
    """How often a report is sent."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class ScheduleSettings(Request):
    """A report that is sent by itself. ``minute`` is of the day, in ``time_zone``.

    ``weekday`` counts from Monday, 0, for weekly ones; ``day`` of the month for monthly ones, the
    last day where a month is shorter. Named days of the past are refused: a period moves on.
    """

    name: Name
    report: ReportRequest
    format: FileFormat = FileFormat.PDF
    rhythm: Rhythm = Rhythm.WEEKLY
    weekday: Annotated[int, Field(ge=0, le=6)] = 0
    day: Annotated[int, Field(ge=1, le=31)] = 1
    minute: Annotated[int, Field(ge=0, lt=1440)] = 8 * 60
    time_zone: Line = "UTC"
    recipient_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST_RECIPIENTS)]
    active: bool = True

    @model_validator(mode="after")
    def _moves_on(self) -> ScheduleSettings:
        if self.report.span.first is not None or self.report.span.last is not None:
            raise ValueError("Choose a period that moves on, not fixed days.")
        return self


class ScheduleChange(ScheduleSettings):
    """The new settings of a schedule, whole."""

    version: int


class ScheduleView(Result):
    """A schedule, and how it went."""

    id: int
    settings: ScheduleSettings
    owner: str
    next_at: datetime | None
    last_at: datetime | None
    problem: str
    version: int
    mail_is_on: bool = True
    """Whether the desk sends mail at present; nothing is sent while it does not."""

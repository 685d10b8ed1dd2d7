# SPDX-License-Identifier: GPL-3.0-or-later
"""What each report tells, as data: its figures, charts and tables, and what their numbers mean."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.core.schemas.figures import Measure, Split, Statistic
from helpdesk.core.schemas.reports import ChartStyle, ReportKind

OVER_TIME = Split.DAY
"""Stands for days, weeks or months, whichever a chart of the period has room for."""


@dataclass(frozen=True)
class Wanted:
    """A figure of a report, or a column of a table. ``before`` is the days before."""

    label: str
    measure: Measure
    statistic: Statistic = Statistic.MEDIAN
    before: bool = False


@dataclass(frozen=True)
class WantedChart:
    """A chart; ``second`` is drawn beside the first."""

    title: str
    style: ChartStyle
    split: Split
    first: Wanted
    second: Wanted | None = None


@dataclass(frozen=True)
class WantedTable:
    """A table with a row for each part, in the order of its first column."""

    title: str
    split: Split
    part: str
    columns: tuple[Wanted, ...]


@dataclass(frozen=True)
class Recipe:
    """A whole report. Technicians, tickets and articles have tables of their own kind."""

    title: str
    figures: tuple[Wanted, ...]
    charts: tuple[WantedChart, ...] = ()
    tables: tuple[WantedTable, ...] = ()
    technicians: bool = False
    attention: bool = False
    articles: bool = False


_CREATED, _RESOLVED = Wanted("Created", Measure.CREATED), Wanted("Resolved", Measure.RESOLVED)
_OPEN = Wanted("Open now", Measure.OPEN)
_UNASSIGNED = Wanted("Open and unassigned", Measure.UNASSIGNED)
_OVERDUE = Wanted("Open and overdue", Measure.OVERDUE)
_RESPONSE = Wanted("Median first response", Measure.FIRST_RESPONSE_TIME)
_RESPONSE_P90 = Wanted("First response, 9 of 10 within", Measure.FIRST_RESPONSE_TIME, Statistic.P90)
_RESOLUTION = Wanted("Median resolution", Measure.RESOLUTION_TIME)
_RESOLUTION_P90 = Wanted("Resolution, 9 of 10 within", Measure.RESOLUTION_TIME, Statistic.P90)
_RESOLUTION_MEAN = Wanted("Mean resolution", Measure.RESOLUTION_TIME, Statistic.MEAN)
_RESPONSE_SLA = Wanted("First response in time", Measure.RESPONSE_SLA)
_RESOLUTION_SLA = Wanted("Resolved in time", Measure.RESOLUTION_SLA)
_BREACHED = Wanted("Resolved too late", Measure.BREACHED)
_ESCALATED = Wanted("Escalated", Measure.ESCALATED)
_REOPENED = Wanted("Reopened", Measure.REOPENED_SHARE)
_SATISFACTION = Wanted("Satisfaction", Measure.SATISFACTION)
_RATINGS, _LOW = (
    Wanted("Ratings", Measure.RATINGS),
    Wanted("Ratings of 1 or 2", Measure.LOW_RATINGS),
)
_AVOIDED = Wanted("Tickets avoided", Measure.AVOIDED)
_ACCEPTED = Wanted("Suggestions accepted", Measure.SUGGESTIONS_ACCEPTED)
_AGE = Wanted("Median age of what is open", Measure.BACKLOG_AGE)
_AGE_P90 = Wanted("Age, 9 of 10 at most", Measure.BACKLOG_AGE, Statistic.P90)

_FLOW = WantedChart("Created and resolved", ChartStyle.LINE, OVER_TIME, _CREATED, _RESOLVED)
_WORK_COLUMNS = (_CREATED, _RESOLVED, _OPEN, _RESOLUTION, _RESOLUTION_SLA, _SATISFACTION)
_LEVEL_COLUMNS = (_RESOLVED, _RESPONSE_SLA, _RESOLUTION_SLA, _BREACHED, _RESPONSE, _RESOLUTION)
_VOICE_COLUMNS = (_RATINGS, _SATISFACTION, _LOW)
_TREND_COLUMNS = (
    _CREATED,
    Wanted("Created before", Measure.CREATED, before=True),
    _RESOLVED,
    _OPEN,
    _RESOLUTION,
    _REOPENED,
)
_BACKLOG_COLUMNS = (_OPEN, _AGE, _AGE_P90)


def _by(split: Split, columns: tuple[Wanted, ...]) -> WantedTable:
    return WantedTable(f"By {split.label.lower()}", split, split.label, columns)


RECIPES = {
    ReportKind.SUMMARY: Recipe(
        "Summary",
        figures=(
            _CREATED, _RESOLVED, _OPEN, _UNASSIGNED, _OVERDUE, _RESPONSE, _RESOLUTION,
            _RESPONSE_SLA, _RESOLUTION_SLA, _REOPENED, _SATISFACTION, _AVOIDED,
        ),
        charts=(
            _FLOW,
            WantedChart("Open by category", ChartStyle.BARS, Split.CATEGORY, _OPEN),
        ),
        tables=(_by(Split.CATEGORY, _WORK_COLUMNS), _by(Split.PRIORITY, _WORK_COLUMNS)),
    ),
    ReportKind.TECHNICIANS: Recipe(
        "Technicians",
        figures=(_RESOLVED, _OPEN, _RESPONSE, _RESOLUTION, _RESOLUTION_SLA, _SATISFACTION),
        charts=(
            WantedChart("Resolved by technician", ChartStyle.BARS, Split.TECHNICIAN, _RESOLVED),
        ),
        technicians=True,
    ),
    ReportKind.SLA: Recipe(
        "Service levels",
        figures=(
            _RESPONSE_SLA, _RESOLUTION_SLA, _BREACHED, _RESPONSE, _RESPONSE_P90, _ESCALATED,
            _RESOLUTION, _RESOLUTION_P90, _RESOLUTION_MEAN,
        ),
        charts=(
            WantedChart("In time", ChartStyle.LINE, OVER_TIME, _RESOLUTION_SLA, _RESPONSE_SLA),
            WantedChart("Resolved too late", ChartStyle.BARS, OVER_TIME, _BREACHED),
        ),
        tables=(
            _by(Split.PRIORITY, _LEVEL_COLUMNS),
            _by(Split.CATEGORY, _LEVEL_COLUMNS),
            _by(Split.TEAM, _LEVEL_COLUMNS),
        ),
    ),
    ReportKind.SATISFACTION: Recipe(
        "Satisfaction",
        figures=(_SATISFACTION, _RATINGS, _LOW),
        charts=(
            WantedChart("Satisfaction", ChartStyle.LINE, OVER_TIME, _SATISFACTION),
            WantedChart("Ratings by score", ChartStyle.BARS, Split.SCORE, _RATINGS),
        ),
        tables=(
            _by(Split.CATEGORY, _VOICE_COLUMNS),
            _by(Split.TEAM, _VOICE_COLUMNS),
            _by(Split.TECHNICIAN, _VOICE_COLUMNS),
        ),
    ),
    ReportKind.CATEGORIES: Recipe(
        "Categories and trends",
        figures=(_CREATED, _RESOLVED, _OPEN),
        charts=(
            _FLOW,
            WantedChart("Created by category", ChartStyle.BARS, Split.CATEGORY, _CREATED),
        ),
        tables=(_by(Split.CATEGORY, _TREND_COLUMNS), _by(Split.PRIORITY, _TREND_COLUMNS)),
    ),
    ReportKind.AGEING: Recipe(
        "Ageing",
        figures=(_OPEN, _UNASSIGNED, _OVERDUE, _AGE, _AGE_P90),
        charts=(
            WantedChart("Open by age", ChartStyle.BARS, Split.AGE, _OPEN),
            WantedChart("Open by status", ChartStyle.BARS, Split.STATUS, _OPEN),
        ),
        tables=(
            _by(Split.CATEGORY, _BACKLOG_COLUMNS),
            _by(Split.PRIORITY, _BACKLOG_COLUMNS),
            _by(Split.TECHNICIAN, _BACKLOG_COLUMNS),
        ),
        attention=True,
    ),
    ReportKind.KNOWLEDGE: Recipe(
        "Knowledge base",
        figures=(_AVOIDED, _ACCEPTED),
        charts=(WantedChart("Tickets avoided", ChartStyle.BARS, OVER_TIME, _AVOIDED),),
        articles=True,
    ),
}  # fmt: skip

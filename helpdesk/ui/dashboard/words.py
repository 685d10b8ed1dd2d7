# SPDX-License-Identifier: GPL-3.0-or-later
"""How figures, periods and their comparison are said: "5 h 12 m", "-18 % vs. previous"."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from PyQt5.QtCore import QDate, QLocale

from helpdesk.core.lengths import age, duration
from helpdesk.core.schemas.figures import (
    Card,
    CardFigures,
    CardStyle,
    Measure,
    Period,
    Point,
    Span,
    Split,
    Statistic,
    Unit,
)
from helpdesk.ui.tokens import Tone

NOTHING: Final = "–"
_BEFORE: Final = "than before"
_MINUS: Final = "−"
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

MEASURES: Final[dict[Measure, str]] = {
    Measure.CREATED: "Created",
    Measure.RESOLVED: "Resolved",
    Measure.CLOSED: "Closed",
    Measure.OPEN: "Open",
    Measure.UNASSIGNED: "Unassigned",
    Measure.DUE_SOON: "Due within 1 h",
    Measure.OVERDUE: "Overdue",
    Measure.BACKLOG_AGE: "Age of what is open",
    Measure.FIRST_RESPONSE_TIME: "First response",
    Measure.RESOLUTION_TIME: "Resolution",
    Measure.TIME_IN_STATUS: "Time in status",
    Measure.REOPENED_SHARE: "Reopened",
    Measure.RESPONSE_SLA: "First response in time",
    Measure.RESOLUTION_SLA: "Resolved in time",
    Measure.BREACHED: "Resolved too late",
    Measure.ESCALATED: "Escalated",
    Measure.SATISFACTION: "Satisfaction",
    Measure.RATINGS: "Ratings",
    Measure.LOW_RATINGS: "Ratings of 1 or 2",
    Measure.AVOIDED: "Tickets avoided",
    Measure.SUGGESTIONS_ACCEPTED: "Suggestions accepted",
    Measure.WORKLOAD: "Workload",
}
DURATIONS: Final = frozenset(
    {
        Measure.BACKLOG_AGE,
        Measure.FIRST_RESPONSE_TIME,
        Measure.RESOLUTION_TIME,
        Measure.TIME_IN_STATUS,
    }
)
_STATISTICS: Final = {
    Statistic.MEDIAN: "Median {}",
    Statistic.P90: "{}, 9 of 10 within",
    Statistic.MEAN: "Mean {}",
}
SPLITS: Final[dict[Split, str]] = {
    Split.NONE: "not split",
    Split.DAY: "per day",
    Split.WEEK: "per week",
    Split.MONTH: "per month",
    Split.CATEGORY: "by category",
    Split.PRIORITY: "by priority",
    Split.TEAM: "by team",
    Split.TECHNICIAN: "by technician",
    Split.STATUS: "by status",
    Split.AGE: "by age",
    Split.SCORE: "by score",
}


def split_choice(split: Split) -> str:
    """Name a split where one is chosen: "Category", "Day"."""
    return "Nothing" if split is Split.NONE else SPLITS[split].split(" ", 1)[-1].capitalize()


TIMES: Final = (Split.DAY, Split.WEEK, Split.MONTH)
PERIODS: Final[dict[Period, str]] = {
    Period.TODAY: "Today",
    Period.LAST_7_DAYS: "Last 7 days",
    Period.LAST_30_DAYS: "Last 30 days",
    Period.LAST_90_DAYS: "Last 90 days",
    Period.LAST_365_DAYS: "Last 365 days",
    Period.THIS_MONTH: "This month",
    Period.LAST_MONTH: "Last month",
    Period.CUSTOM: "Custom days…",
}
STYLES: Final[dict[CardStyle, str]] = {
    CardStyle.NUMBER: "Number",
    CardStyle.LINE: "Line",
    CardStyle.BARS: "Bars",
    CardStyle.RING: "Ring",
    CardStyle.TABLE: "Table",
    CardStyle.ATTENTION: "Needs attention",
    CardStyle.OUTLOOK: "Outlook",
}
_LESS_IS_BETTER: Final = DURATIONS | {
    Measure.OPEN,
    Measure.UNASSIGNED,
    Measure.DUE_SOON,
    Measure.OVERDUE,
    Measure.REOPENED_SHARE,
    Measure.BREACHED,
    Measure.ESCALATED,
    Measure.LOW_RATINGS,
}
_MORE_IS_BETTER: Final = frozenset(
    {
        Measure.RESPONSE_SLA,
        Measure.RESOLUTION_SLA,
        Measure.SATISFACTION,
        Measure.AVOIDED,
        Measure.SUGGESTIONS_ACCEPTED,
        Measure.RESOLVED,
        Measure.CLOSED,
    }
)
NOW: Final = frozenset(
    {
        Measure.OPEN,
        Measure.UNASSIGNED,
        Measure.DUE_SOON,
        Measure.OVERDUE,
        Measure.BACKLOG_AGE,
        Measure.WORKLOAD,
    }
)
"""What is told of this moment, whatever the period."""


class Comparison(NamedTuple):
    """How a figure stands beside the one before: an arrow and words, and whether it is good."""

    text: str
    tone: Tone


def number(value: float | None, unit: Unit) -> str:
    """Say a figure in its unit: "1,204", "5 h 12 m", "94.6 %", "4.4 / 5"."""
    if value is None:
        return NOTHING
    if unit is Unit.SECONDS:
        return duration(value)
    if unit is Unit.AGE:
        return age(value)
    if unit is Unit.SHARE:
        return share(value)
    if unit is Unit.SCORE:
        return f"{_decimals(value, 1)} / 5"
    return count(value)


def short(value: float | None, unit: Unit) -> str:
    """Say a figure where there is little room, as on an axis: "5 h", "95 %", "4.4"."""
    if value is None:
        return NOTHING
    if unit is Unit.SHARE:
        return f"{_decimals(value * 100, 0)} %"
    if unit is Unit.SCORE:
        return _decimals(value, 1)
    if unit.is_time:
        for length, letter in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
            if value >= length:
                exact = value / length
                return f"{_decimals(exact, 0 if exact == round(exact) else 1)} {letter}"
        return f"{value:.0f} s" if value else "0"
    return count(value)


def count(value: float) -> str:
    """Say a number of things: "1,204"; a part of one only where there is one."""
    return _decimals(value, 0 if value == round(value) else 1)


def share(value: float) -> str:
    """Say a part of one: "94.6 %"."""
    percent = value * 100
    return f"{_decimals(percent, 0 if percent in (0, 100) else 1)} %"


def title_of(card: Card) -> str:
    """Return the card's own title, else one made of what it tells."""
    if card.title:
        return card.title
    if card.style is CardStyle.ATTENTION:
        return "Needs attention"
    if card.style is CardStyle.OUTLOOK:
        return "Outlook"
    if card.measure is Measure.WORKLOAD or (
        card.style is CardStyle.TABLE and card.split is Split.TECHNICIAN
    ):
        return "Technicians"
    title = measure_words(card.measure, card.statistic)
    if card.second is not None:
        second = measure_words(card.second, card.statistic)
        title = f"{title} and {second[0].lower()}{second[1:]}"
    tells_part = card.split is Split.NONE or card.measure is Measure.TIME_IN_STATUS
    return title if tells_part else f"{title} {SPLITS[card.split]}"


def measure_words(measure: Measure, statistic: Statistic) -> str:
    """Name a measure: "Median resolution"."""
    name = MEASURES[measure]
    if measure not in DURATIONS:
        return name
    if statistic is Statistic.P90:
        return _STATISTICS[statistic].format(name)
    return _STATISTICS[statistic].format(name[0].lower() + name[1:])


def span_words(span: Span) -> str:
    """Say a period: "Last 30 days", "3 Nov - 9 Nov 2026"."""
    if span.period is not Period.CUSTOM or span.first is None or span.last is None:
        return PERIODS[span.period]
    return days_words(span.first, span.last)


def days_words(first: str, last: str) -> str:
    """Say some days from one to another: "3 Nov - 9 Nov 2026"."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    if start == end:
        return day_words(end, with_year=True)
    return (
        f"{day_words(start, with_year=start.year != end.year)} – {day_words(end, with_year=True)}"
    )


def day_words(day: date, *, with_year: bool = False) -> str:
    """Say a day: "23 Nov"."""
    pattern = "d MMM yyyy" if with_year else "d MMM"
    return str(QLocale().toString(QDate(day.year, day.month, day.day), pattern))


def part_words(point: Point, split: Split) -> str:
    """Say which part a point is: its label, or its days."""
    if point.day is None:
        return point.label
    day = date.fromisoformat(point.day)
    if split is Split.MONTH:
        return str(QLocale().toString(QDate(day.year, day.month, day.day), "MMM yyyy"))
    return f"week of {day_words(day)}" if split is Split.WEEK else day_words(day)


def mark_words(point: Point, split: Split) -> str:
    """Say a part where there is little room, as on an axis."""
    is_week = split is Split.WEEK and point.day is not None
    return day_words(date.fromisoformat(str(point.day))) if is_week else part_words(point, split)


def compare(card: Card, figures: CardFigures) -> Comparison | None:
    """Say how the figure stands beside the one of the period before."""
    value, before = figures.value, figures.before
    if not card.compares or value is None or before is None:
        return None
    difference = value - before
    if figures.unit is Unit.SHARE:
        difference *= 100
        size = f"{_decimals(abs(difference), 1)} points"
        is_same = round(difference, 1) == 0
    elif figures.unit is Unit.SCORE:
        size, is_same = _decimals(abs(difference), 1), round(difference, 1) == 0
    elif figures.unit.is_time:
        # More than twice as long says little in percent: how much longer it took is told.
        is_share = abs(difference) <= before
        percent = abs(difference) / before * 100 if before else 0
        size = f"{_decimals(percent, 0)} %" if is_share else duration(abs(difference))
        is_same = round(percent) == 0 if is_share else not difference
    else:
        size = count(abs(difference))
        is_same = not difference
    if is_same:
        return Comparison("unchanged", "neutral")
    arrow, sign = ("▲", "+") if difference > 0 else ("▼", _MINUS)
    tone = _tone(card.measure, rises=difference > 0)
    than = "than when the period began" if card.measure in NOW else _BEFORE
    said = {"success": f", better {than}", "high": f", worse {than}"}
    return Comparison(f"{arrow} {sign}{size}{said.get(tone, ' vs. before')}", tone)


def shortened(comparison: str, note: str) -> tuple[str, ...]:
    """Say a comparison in ever fewer words; the arrow, the sign and the number are said always."""
    brief = comparison.split(" than ")[0].removesuffix(" vs. before")
    bare = brief.split(", ")[0]
    shorter = (f"{brief} · {note}", f"{bare} · {note}") if note else ()
    return (*shorter, brief, bare)


def _tone(measure: Measure, *, rises: bool) -> Tone:
    if measure in _LESS_IS_BETTER:
        return "high" if rises else "success"
    if measure in _MORE_IS_BETTER:
        return "success" if rises else "high"
    return "neutral"


def _decimals(value: float, places: int) -> str:
    """Say a number with thousands set apart, as the person's locale has it."""
    locale = QLocale()
    if locale.language() == QLocale.C:
        return f"{value:,.{places}f}"
    return str(locale.toString(float(value), "f", places))

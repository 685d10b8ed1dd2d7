# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard's numbers and charts, shown of what a report tells."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from helpdesk.core.schemas.figures import Card, CardFigures, CardStyle, Measure, Point, Split
from helpdesk.core.schemas.reports import ChartStyle, ReportChart, ReportFigure
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.bars_body import BarsBody
from helpdesk.ui.dashboard.line_body import LineBody
from helpdesk.ui.dashboard.number_body import NumberBody
from helpdesk.ui.tokens import Tone

_WEEK, _MOST_BARS = 7, 60
_BAR, _LEGEND, _UPRIGHT = 27, 26, 230
_NOTHING = "nothing in these days"


class FigureNumber(NumberBody):
    """A figure of a report: large, beside the days before."""

    def __init__(self, figure: ReportFigure) -> None:
        """Show a figure."""
        super().__init__()
        measure = figure.behind.measure if figure.behind is not None else Measure.CREATED
        card = Card(style=CardStyle.NUMBER, measure=measure, title=figure.label)
        figures = CardFigures(
            unit=figure.unit,
            value=figure.value,
            before=figure.before,
            note=figure.note,
            behind=figure.behind,
        )
        self.show_figures(card, figures)

    def fill(self, card: Card, figures: CardFigures) -> None:
        """Say the number and how it differs; a report does not say of how many tickets it is."""
        self.text = words.number(figures.value, figures.unit)
        comparison = words.compare(card, figures)
        tone: Tone = comparison.tone if comparison is not None else "neutral"
        # Whether more or less is better is known of measures alone.
        self.tone = tone if figures.behind is not None else "neutral"
        nothing = _NOTHING if figures.value is None else ""
        parts = (comparison.text if comparison is not None else nothing, figures.note)
        self.note = " · ".join(filter(None, parts))


class ReportLine(LineBody):
    """A chart of lines."""

    def __init__(self, chart: ReportChart) -> None:
        """Show a chart."""
        self._names = list(chart.series)
        super().__init__()
        self.setFixedHeight(_UPRIGHT)
        self.show_figures(*_card_of(chart))

    def series_names(self) -> list[str]:
        """Return what is drawn, as the report calls it."""
        return self._names


class ReportBars(BarsBody):
    """A chart of bars, as high as all of them need."""

    more_words = "{rest} more in the tables"

    def __init__(self, chart: ReportChart) -> None:
        """Show a chart."""
        self._names = list(chart.series)
        card, figures = _card_of(chart)
        super().__init__(card)
        lying = min(len(chart.points), _MOST_BARS) * _BAR + _LEGEND
        self.setFixedHeight(_UPRIGHT if self.is_upright else lying)
        self.show_figures(card, figures)

    def series_names(self) -> list[str]:
        """Return what is drawn, as the report calls it."""
        return self._names


def body_of(chart: ReportChart) -> ReportLine | ReportBars:
    """Return a chart as it is drawn."""
    return ReportLine(chart) if chart.style is ChartStyle.LINE else ReportBars(chart)


def is_wide(chart: ReportChart) -> bool:
    """Return whether a chart goes over days."""
    return bool(chart.points) and chart.points[0].day is not None


def _card_of(chart: ReportChart) -> tuple[Card, CardFigures]:
    behind = chart.behind
    card = Card(
        style=CardStyle(chart.style.value),
        measure=behind.measure if behind is not None else Measure.CREATED,
        # Which it is does not matter: the series have their names.
        second=Measure.RESOLVED if len(chart.series) > 1 else None,
        split=behind.split if behind is not None else _split_of(chart.points),
        title=chart.title,
        compares=False,
    )
    return card, CardFigures(unit=chart.unit, points=chart.points, behind=behind)


def _split_of(points: tuple[Point, ...]) -> Split:
    """Return into what the points take a figure apart, where no tickets say so."""
    days = [date.fromisoformat(point.day) for point in points if point.day is not None]
    if not days:
        return Split.CATEGORY
    # A period may begin in the middle of a week or month.
    apart = max(((after - before).days for before, after in pairwise(days)), default=1)
    if apart <= 1:
        return Split.DAY
    return Split.WEEK if apart <= _WEEK else Split.MONTH

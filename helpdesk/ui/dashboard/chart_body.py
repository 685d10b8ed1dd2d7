# SPDX-License-Identifier: GPL-3.0-or-later
"""What all charts share: Qt draws the series, words and the focus are painted above them.

The labels of Qt's axes know neither durations nor where a word must be cut, so they are painted
here. A chart is made once for a card; new figures only move its points.
"""

from __future__ import annotations

from math import ceil, floor, log10
from typing import Final

from PyQt5.QtChart import QChart, QChartView, QValueAxis
from PyQt5.QtCore import QRect, QRectF, QSize, Qt
from PyQt5.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PyQt5.QtWidgets import QFrame, QWidget

from helpdesk.core.schemas.figures import Measure, Point, Split, Unit
from helpdesk.ui import theme
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.body import Body, Part, paint_callout, painting
from helpdesk.ui.dashboard.numbers import part_opening
from helpdesk.ui.widgets.focus_ring import paint_focus_ring

SERIES: Final = ("accent", "success", "high", "warning", "urgent", "low")
_PRIORITIES: Final = {"urgent": "urgent", "high": "high", "medium": "medium", "low": "low"}
_LEGEND = 22
_SAMPLE = 14
_LEAST_AGE = 86_400.0
"""Ages are counted in days."""
_TICKS = 4


class ChartBody(Body):
    """A chart of Qt's below a sheet on which words and the focus are painted."""

    def __init__(self) -> None:
        """Make the chart; its series come with the first figures."""
        super().__init__()
        self.chart = QChart()
        self.chart.legend().hide()
        self.chart.setAnimationOptions(QChart.NoAnimation)
        self.chart.setBackgroundVisible(False)
        self.chart.setPlotAreaBackgroundVisible(False)
        self.chart.layout().setContentsMargins(0, 0, 0, 0)
        self.view = QChartView(self.chart, self)
        self.view.setFrameShape(QFrame.NoFrame)
        self.view.setRenderHint(QPainter.Antialiasing)
        self.view.setFocusPolicy(Qt.NoFocus)
        self.view.setAttribute(Qt.WA_TransparentForMouseEvents)
        self.view.setStyleSheet("background: transparent")
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.view.setVerticalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.sheet = _Sheet(self)
        self.hovered = -1

    @property
    def points(self) -> tuple[Point, ...]:
        """The parts of the figure."""
        return self.figures.points if self.figures is not None else ()

    def show_colours(self) -> None:
        """Take the colours of the theme in use."""
        self.colour_series()
        self.sheet.update()

    def colour_series(self) -> None:
        """Give the series the colours of the theme in use."""

    def lay_out(self) -> None:
        """Give the chart its room."""

    def paint_sheet(self, painter: QPainter) -> None:
        """Paint what stands above the chart."""

    def hover(self, at: int) -> None:
        """Mark the part under the pointer."""
        if at != self.hovered:
            self.hovered = at
            self.sheet.update()

    def choose(self, at: int) -> None:
        """Put the focus on a part."""
        super().choose(at)
        self.sheet.update()

    def parts(self) -> list[Part]:
        """Return the points, each with its tickets."""
        if self.card is None or self.figures is None:
            return []
        return [
            Part(self.point_words(point), part_opening(self.card, self.figures, point))
            for point in self.points
        ]

    def point_words(self, point: Point) -> str:
        """Say a point as its tooltip does: "12 Nov: Created 14, resolved 9"."""
        if self.card is None or self.figures is None:
            return ""
        unit = self.figures.unit
        said = f"{words.part_words(point, self.card.split)}: {words.number(point.value, unit)}"
        if self.card.second is not None:
            first, second = self.series_names()
            said = (
                f"{words.part_words(point, self.card.split)}: "
                f"{first} {words.number(point.value, unit)}, "
                f"{second} {words.number(point.second, unit)}"
            )
        elif unit.is_time or unit in (Unit.SHARE, Unit.SCORE):
            said = f"{said} of {words.count(point.tickets)} tickets"
        return said

    def series_names(self) -> list[str]:
        """Return what is drawn."""
        if self.card is None:
            return []
        measures: list[Measure] = [self.card.measure]
        if self.card.second is not None:
            measures.append(self.card.second)
        return [words.measure_words(each, self.card.statistic) for each in measures]

    def minimumSizeHint(self) -> QSize:
        """Return the room below which nothing can be read."""
        return QSize(120, 80)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let chart and sheet fill the card."""
        super().resizeEvent(event)
        self.view.setGeometry(self.rect())
        self.sheet.setGeometry(self.rect())
        self.lay_out()

    # --- for those who derive ---

    def place(self, plot: QRectF) -> None:
        """Give the plot its room, only where that is another one."""
        if self.chart.plotArea() != plot and plot.width() > 0 and plot.height() > 0:
            self.chart.setPlotArea(plot)
            # The series follow by themselves, the lines of the grid do not.
            self.chart.layout().invalidate()

    def value_axis(self) -> QValueAxis:
        """Return an axis that draws nothing but its lines."""
        axis = QValueAxis()
        axis.setLabelsVisible(False)
        axis.setLineVisible(False)
        axis.setMinorGridLineVisible(False)
        return axis

    def legend_height(self) -> int:
        """Return the room of the legend, which a single series needs not."""
        return _LEGEND if self.card is not None and self.card.second is not None else 4

    def paint_legend(self, painter: QPainter) -> None:
        """Paint a sample and the name of each series, at the side where reading ends."""
        names = self.series_names()
        if len(names) < 2:
            return
        metrics = QFontMetrics(theme.current().font("secondary"))
        painter.setFont(theme.current().font("secondary"))
        widths = [_SAMPLE + 6 + metrics.horizontalAdvance(name) + 14 for name in names]
        left = self.width() - sum(widths)
        if self.isRightToLeft():
            left = 8
        for at, (name, width) in enumerate(zip(names, widths, strict=True)):
            colour = series_colour(at)
            y = _LEGEND / 2 - 2
            self.paint_sample(painter, QRectF(left, y - 4, _SAMPLE, 8), at, colour)
            painter.setPen(theme.current().colour("muted"))
            room = QRectF(left + _SAMPLE + 6, y - 9, width, 18)
            painter.drawText(room, int(Qt.AlignVCenter | Qt.AlignLeft), name)
            left += width

    def paint_sample(self, painter: QPainter, area: QRectF, at: int, colour: QColor) -> None:
        """Paint how a series is drawn."""
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(area, 2, 2)
        if at:
            painter.setBrush(theme.current().colour("surface"))
            painter.drawRect(QRectF(area.left() + 4, area.top() + 3, area.width() - 8, 2))

    def paint_ring(self, painter: QPainter) -> None:
        """Say what the part with the focus is; where none has it, paint a ring around all."""
        if not self.hasFocus():
            return
        parts = self.parts()
        if 0 <= self.current < len(parts):
            about, room = self.part_area(self.current), QRectF(self.rect())
            if not self.goes_down:
                paint_callout(painter, about, room, parts[self.current].words)
        else:
            paint_focus_ring(painter, self.rect())


class _Sheet(QWidget):
    """Lies above the chart, and takes neither the pointer nor the focus."""

    def __init__(self, body: ChartBody) -> None:
        super().__init__(body)
        self._body = body
        self.setAttribute(Qt.WA_TransparentForMouseEvents)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with painting(self) as painter:
            self._body.paint_sheet(painter)
            self._body.paint_ring(painter)


def series_colour(at: int) -> QColor:
    """Return the colour of a series in the theme in use."""
    return theme.current().colour(SERIES[at % len(SERIES)])


def part_colour(point: Point, at: int, split: Split) -> QColor:
    """Return the colour of a slice: of a priority its own, else the next."""
    if split is Split.PRIORITY and point.key in _PRIORITIES:
        return theme.current().colour(_PRIORITIES[point.key])
    colour = series_colour(at)
    return colour if at < len(SERIES) else colour.lighter(100 + 25 * (at // len(SERIES)))


def scale(most: float, unit: Unit) -> list[float]:
    """Return round numbers from 0 to at least ``most``, for the lines of a chart."""
    if unit is Unit.SHARE:
        return [0, 0.25, 0.5, 0.75, 1]
    if unit is Unit.SCORE:
        return [0, 1, 2, 3, 4, 5]
    if most <= 0:
        return [0, _LEAST_AGE if unit is Unit.AGE else 1]
    if unit.is_time:
        step = max(_time_step(most / _TICKS), _LEAST_AGE if unit is Unit.AGE else 0)
    else:
        step = max(1, _round_step(most / _TICKS))
    return [step * at for at in range(ceil(most / step) + 1)]


def _round_step(least: float) -> float:
    power = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


def _time_step(least: float) -> float:
    minute, hour, day = 60.0, 3_600.0, 86_400.0
    steps = [1, 5, 15, 30, minute, 5 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 4 * hour]
    steps += [6 * hour, 12 * hour, day, 2 * day, 5 * day, 10 * day, 30 * day, 90 * day]
    return next((float(step) for step in steps if step >= least), _round_step(least / day) * day)


def paint_label(
    painter: QPainter, room: QRect | QRectF, side: int | Qt.Alignment, text: str
) -> None:
    """Paint a word in the secondary font, cut where the room ends."""
    font = theme.current().font("secondary")
    painter.setFont(font)
    painter.setPen(QPen(theme.current().colour("muted")))
    area = QRectF(room)
    shown = QFontMetrics(font).elidedText(text, Qt.ElideRight, int(area.width()))
    painter.drawText(area, int(side) | int(Qt.TextSingleLine), shown)

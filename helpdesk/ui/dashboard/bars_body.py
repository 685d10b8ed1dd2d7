# SPDX-License-Identifier: GPL-3.0-or-later
"""Bars: upright ones over days, ages and scores, lying ones where names stand beside them."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt5.QtChart import (
    QAbstractBarSeries,
    QBarSeries,
    QBarSet,
    QHorizontalBarSeries,
    QHorizontalStackedBarSeries,
)
from PyQt5.QtCore import QPoint, QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFontMetrics, QPainter, QPen

from helpdesk.core.schemas.figures import Card, CardFigures, Point, Split, Unit
from helpdesk.ui import theme
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.body import Part
from helpdesk.ui.dashboard.chart_body import ChartBody, paint_label, scale, series_colour
from helpdesk.ui.dashboard.line_body import spread
from helpdesk.ui.widgets.focus_ring import paint_focus_ring

UPRIGHT = (Split.DAY, Split.WEEK, Split.MONTH, Split.SCORE)
_BELOW, _EDGE, _GAP = 20, 6, 10
_LEAST_BAR, _MORE = 26, 20
_MOST_NAME, _NAME_SHARE = 180, 0.38
_THICK, _THIN = 0.62, 0.72
_LYING_SHARE = 0.42
_MOST_THICK = 16
_WASH = 0.05


class BarsBody(ChartBody):
    """Bars that stand, or lie in a track as long as the longest of them."""

    more_words = "{rest} more in the table (T)"
    """What is said of the bars there is no room for."""

    def __init__(self, card: Card) -> None:
        """Make the bars of a card: which way they go is a matter of its parts."""
        super().__init__()
        self.is_upright = card.split in UPRIGHT
        self.goes_down = not self.is_upright
        self.has_second = card.second is not None
        self.sets = (QBarSet(""), QBarSet(""))
        self.series = self._make_series()
        for each in self.sets[: 2 if self.has_second or not self.is_upright else 1]:
            each.setPen(QPen(Qt.NoPen))
            self.series.append(each)
        self.chart.addSeries(self.series)
        self._along, self._values = self.value_axis(), self.value_axis()
        self._along.setGridLineVisible(False)
        self._values.setGridLineVisible(self.is_upright)
        below, beside = (
            (self._along, self._values) if self.is_upright else (self._values, self._along)
        )
        self.chart.addAxis(below, Qt.AlignBottom)
        self.chart.addAxis(beside, Qt.AlignLeft)
        self.series.attachAxis(below)
        self.series.attachAxis(beside)
        self._marks: list[float] = [0, 1]
        self.colour_series()

    def fill(self, card: Card, figures: CardFigures) -> None:
        """Give the bars their lengths."""
        values = [point.value or 0 for point in figures.points]
        seconds = [point.second or 0 for point in figures.points] if self.has_second else []
        most = max((*values, *seconds), default=0)
        self._marks = scale(most, figures.unit)
        self._show_bars()
        self.lay_out()

    def show_bars_of(self) -> tuple[Point, ...]:
        """Return the points there is room for."""
        if self.is_upright:
            return self.points
        room = self.height() - self.legend_height()
        fits = max(1, int(room // _LEAST_BAR))
        if fits >= len(self.points):
            return self.points
        return self.points[: max(1, int((room - _MORE) // _LEAST_BAR))]

    def parts(self) -> list[Part]:
        """Return the bars that are shown."""
        return super().parts()[: len(self.show_bars_of())]

    def colour_series(self) -> None:
        """Give bars, track and lines the colours of the theme in use."""
        self.sets[0].setColor(series_colour(0))
        track = theme.current().colour("low_soft")
        self.sets[1].setColor(series_colour(1) if self.has_second else track)
        for each in self.sets:
            each.setBorderColor(Qt.transparent)
        self._values.setGridLinePen(QPen(theme.current().colour("line"), 1))

    def lay_out(self) -> None:
        """Leave room for names, numbers and the legend."""
        top = self.legend_height()
        if self.is_upright:
            beside = self._width_of(words.short(mark, self._unit()) for mark in self._marks) + 8
            area = QRectF(
                beside, top + 4, self.width() - beside - _EDGE, self.height() - top - 4 - _BELOW
            )
        else:
            self._show_bars()
            bars = self.show_bars_of()
            name = min(self._names_width(), _MOST_NAME, self.width() * _NAME_SHARE)
            number = self._width_of(words.number(point.value, self._unit()) for point in bars)
            more = _MORE if len(bars) < len(self.points) else 0
            room = self.height() - top - more
            wanted = min(room, len(bars) * 3 * _LEAST_BAR)
            area = QRectF(name + _GAP, top, self.width() - name - number - 2 * _GAP - _EDGE, wanted)
            self._fit_thickness(wanted / max(1, len(bars)))
        if self.isRightToLeft():
            area.moveLeft(self.width() - area.right())
        self.place(area)

    def part_at(self, place: QPoint) -> int:
        """Return the bar in whose row or column a point lies."""
        count, plot = len(self.show_bars_of()), self.chart.plotArea()
        if not count:
            return -1
        if self.is_upright:
            room = plot.adjusted(0, 0, 0, _BELOW)
            share = (place.x() - plot.left()) / max(1.0, plot.width())
            share = 1 - share if self.isRightToLeft() else share
        else:
            room = QRectF(0, plot.top(), self.width(), plot.height())
            share = (place.y() - plot.top()) / max(1.0, plot.height())
        return min(int(share * count), count - 1) if room.contains(QPointF(place)) else -1

    def part_area(self, at: int) -> QRectF:
        """Return the row or column of a bar."""
        count, plot = max(1, len(self.show_bars_of())), self.chart.plotArea()
        if self.is_upright:
            width = plot.width() / count
            place = count - 1 - at if self.isRightToLeft() else at
            return QRectF(plot.left() + place * width, plot.top(), width, plot.height())
        height = plot.height() / count
        return QRectF(0, plot.top() + at * height, self.width(), height)

    def paint_sheet(self, painter: QPainter) -> None:
        """Paint names, numbers, legend and the focus."""
        if self.figures is None:
            return
        self.paint_legend(painter)
        if self.is_upright:
            self._paint_scale(painter)
        else:
            self._paint_names(painter)
        if 0 <= self.hovered < len(self.points):
            wash = QColor(theme.current().colour("text"))
            wash.setAlphaF(_WASH)
            painter.fillRect(self.part_area(self.hovered), wash)
        if self.hasFocus() and 0 <= self.current < len(self.show_bars_of()):
            paint_focus_ring(painter, self.part_area(self.current).toAlignedRect())

    def _make_series(self) -> QAbstractBarSeries:
        if self.is_upright:
            series: QAbstractBarSeries = QBarSeries()
        elif self.has_second:
            series = QHorizontalBarSeries()
        else:
            series = QHorizontalStackedBarSeries()
        series.setBarWidth(_THICK if self.is_upright else _LYING_SHARE)
        return series

    def _show_bars(self) -> None:
        bars = self.show_bars_of()
        values = [point.value or 0 for point in bars]
        if self.has_second:
            others = [point.second or 0 for point in bars]
        else:
            top = max(values, default=0)
            others = [max(0, top - value) for value in values]
        _put(self.sets[0], values)
        if self.has_second or not self.is_upright:
            _put(self.sets[1], others)
        self._along.setRange(-0.5, max(1, len(bars)) - 0.5)
        self._along.setReverse(not self.is_upright or self.isRightToLeft())
        if self.is_upright:
            self._values.setTickCount(len(self._marks))
            self._values.setRange(0, self._marks[-1])
        else:
            self._values.setRange(
                0, max((*values, *(others if self.has_second else ())), default=0) or 1
            )
            self._values.setReverse(self.isRightToLeft())

    def _fit_thickness(self, row: float) -> None:
        share = min(_THIN if self.has_second else _LYING_SHARE, _MOST_THICK / max(1.0, row))
        share = share * 2 if self.has_second else share
        self.series.setBarWidth(max(0.1, min(share, 0.8)))

    def _paint_scale(self, painter: QPainter) -> None:
        plot = self.chart.plotArea()
        for mark in self._marks:
            y = plot.bottom() - mark / (self._marks[-1] or 1) * plot.height()
            left = plot.right() + 6 if self.isRightToLeft() else 0
            room = QRectF(left, y - 9, self.width() - left if left else plot.left() - 6, 18)
            side = Qt.AlignLeft if self.isRightToLeft() else Qt.AlignRight
            paint_label(painter, room, side | Qt.AlignVCenter, words.short(mark, self._unit()))
        if self.card is None or not self.points:
            return
        texts = [words.mark_words(point, self.card.split) for point in self.points]
        widest = self._width_of(texts) + _GAP
        fits = max(1, int(plot.width() // widest))
        for at in spread(len(texts), fits):
            area = self.part_area(at)
            left = max(0.0, min(area.center().x() - widest / 2, self.width() - widest))
            room = QRectF(left, plot.bottom() + 3, widest, _BELOW - 3)
            paint_label(painter, room, Qt.AlignCenter, texts[at])

    def _paint_names(self, painter: QPainter) -> None:
        plot, split = self.chart.plotArea(), self.card.split if self.card else Split.NONE
        is_mirrored = self.isRightToLeft()
        near, far = (Qt.AlignRight, Qt.AlignLeft) if is_mirrored else (Qt.AlignLeft, Qt.AlignRight)
        bars = self.show_bars_of()
        for at, point in enumerate(bars):
            area = self.part_area(at)
            before = QRectF(4, area.top(), plot.left() - _GAP, area.height())
            after = QRectF(
                plot.right(), area.top(), self.width() - plot.right() - _EDGE, area.height()
            )
            name, number = (after, before) if is_mirrored else (before, after)
            painter.setFont(theme.current().font("body"))
            self._paint_word(painter, name, near, words.part_words(point, split))
            self._paint_word(painter, number, far, words.number(point.value, self._unit()))
        rest = len(self.points) - len(bars)
        if rest > 0:
            room = QRectF(2, plot.bottom(), self.width() - 4, _MORE)
            paint_label(painter, room, near | Qt.AlignVCenter, self.more_words.format(rest=rest))

    def _paint_word(self, painter: QPainter, room: QRectF, side: int, text: str) -> None:
        painter.setPen(theme.current().colour("text"))
        metrics = QFontMetrics(painter.font())
        shown = metrics.elidedText(text, Qt.ElideRight, int(room.width()))
        painter.drawText(room, int(side | Qt.AlignVCenter | Qt.TextSingleLine), shown)

    def _unit(self) -> Unit:
        return self.figures.unit if self.figures is not None else Unit.TICKETS

    def _width_of(self, texts: Iterable[str]) -> int:
        metrics = QFontMetrics(theme.current().font("secondary" if self.is_upright else "body"))
        return max((metrics.horizontalAdvance(text) for text in texts), default=0) + 2

    def _names_width(self) -> int:
        split = self.card.split if self.card else Split.NONE
        return self._width_of([words.part_words(point, split) for point in self.show_bars_of()]) + 2


def _put(bars: QBarSet, values: list[float]) -> None:
    """Move bars to other values; only where their number changes are they made anew."""
    if bars.count() == len(values):
        for at, value in enumerate(values):
            if bars.at(at) != value:
                bars.replace(at, value)
        return
    if bars.count():
        bars.remove(0, bars.count())
    if values:
        bars.append(values)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines over days, weeks or months."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtChart import QLineSeries
from PyQt5.QtCore import QPoint, QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFontMetrics, QPainter, QPen

from helpdesk.core.schemas.figures import Card, CardFigures
from helpdesk.ui import theme
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.chart_body import ChartBody, paint_label, scale, series_colour

_BELOW = 20
_EDGE = 10
_DOT, _RING = 3.5, 6.0
_LINE = 2.0
_LABEL_GAP = 24
_FEW = 3


class LineBody(ChartBody):
    """One line or two; the second is dashed, so that no colour has to tell them apart."""

    def __init__(self) -> None:
        """Make both lines."""
        super().__init__()
        self.lines = (QLineSeries(), QLineSeries())
        self._further: tuple[list[QLineSeries], list[QLineSeries]] = ([], [])
        self._lone: list[tuple[int, int, float]] = []
        self._x, self._y = self.value_axis(), self.value_axis()
        self._x.setGridLineVisible(False)
        self.chart.addAxis(self._x, Qt.AlignBottom)
        self.chart.addAxis(self._y, Qt.AlignLeft)
        for line in self.lines:
            self._add(line)
        self._marks: list[float] = [0, 1]
        self.colour_series()

    def fill(self, card: Card, figures: CardFigures) -> None:
        """Move the points of the lines."""
        values = [point.value for point in figures.points]
        seconds = [point.second for point in figures.points] if card.second is not None else []
        known = [value for value in (*values, *seconds) if value is not None]
        self._marks = scale(max(known, default=0), figures.unit)
        self._x.setRange(0, max(1, len(values) - 1))
        self._x.setReverse(self.isRightToLeft())
        self._y.setRange(0, self._marks[-1])
        self._y.setTickCount(len(self._marks))
        self._lone.clear()
        for number, of_it in enumerate((values, seconds)):
            self._draw(number, unbroken(of_it))
        self.colour_series()
        self.lay_out()

    def colour_series(self) -> None:
        """Give lines and grid the colours of the theme in use."""
        for at, line in enumerate(self.lines):
            pen = QPen(series_colour(at), _LINE)
            pen.setStyle(Qt.DashLine if at else Qt.SolidLine)
            pen.setCapStyle(Qt.RoundCap)
            for each in (line, *self._further[at]):
                each.setPen(pen)
        self._y.setGridLinePen(QPen(theme.current().colour("line"), 1))

    def lay_out(self) -> None:
        """Leave room for the numbers beside and the days below."""
        beside = self._label_width() + 8
        top = self.legend_height() + 4
        right_to_left = self.isRightToLeft()
        left, right = (_EDGE, beside) if right_to_left else (beside, _EDGE)
        self.place(QRectF(left, top, self.width() - left - right, self.height() - top - _BELOW))

    def point_place(self, at: int, value: float) -> QPointF:
        """Return where a value of the point at a position is drawn."""
        plot, count = self.chart.plotArea(), max(1, len(self.points) - 1)
        share = at / count
        x = (
            plot.right() - share * plot.width()
            if self.isRightToLeft()
            else (plot.left() + share * plot.width())
        )
        return QPointF(x, plot.bottom() - value / self._marks[-1] * plot.height())

    def part_at(self, place: QPoint) -> int:
        """Return the point that is nearest across."""
        plot = self.chart.plotArea()
        if not self.points or not plot.adjusted(-_EDGE, 0, _EDGE, _BELOW).contains(QPointF(place)):
            return -1
        share = (place.x() - plot.left()) / max(1.0, plot.width())
        share = 1 - share if self.isRightToLeft() else share
        return max(0, min(round(share * (len(self.points) - 1)), len(self.points) - 1))

    def part_area(self, at: int) -> QRectF:
        """Return the room around a point."""
        place = self.point_place(at, self.points[at].value or 0)
        return QRectF(place.x() - _RING, place.y() - _RING, 2 * _RING, 2 * _RING)

    def paint_sheet(self, painter: QPainter) -> None:
        """Paint legend, numbers, days and the point that is pointed at."""
        if self.figures is None:
            return
        self.paint_legend(painter)
        self._paint_numbers(painter)
        self._paint_days(painter)
        painter.setPen(Qt.NoPen)
        for series, at, value in self._lone:
            painter.setBrush(series_colour(series))
            painter.drawEllipse(self.point_place(at, value), _DOT, _DOT)
        if len(self.points) == 1:
            self._paint_mark(painter, 0, is_focus=False)
        if 0 <= self.hovered < len(self.points):
            self._paint_mark(painter, self.hovered, is_focus=False)
        if self.hasFocus() and 0 <= self.current < len(self.points):
            self._paint_mark(painter, self.current, is_focus=True)

    def paint_sample(self, painter: QPainter, area: QRectF, at: int, colour: QColor) -> None:
        """Paint a piece of the line."""
        pen = QPen(colour, _LINE)
        pen.setStyle(Qt.DashLine if at else Qt.SolidLine)
        painter.setPen(pen)
        painter.drawLine(
            QPointF(area.left(), area.center().y()), QPointF(area.right(), area.center().y())
        )

    def _draw(self, number: int, pieces: list[list[tuple[int, float]]]) -> None:
        """Draw a line with a gap wherever nothing was measured, as it is on paper."""
        further = self._further[number]
        while len(further) < len(pieces) - 1:
            further.append(QLineSeries())
            self._add(further[-1])
        while further and len(further) > len(pieces) - 1:
            self.chart.removeSeries(further.pop())
        self.lines[number].setVisible(bool(pieces))
        for line, piece in zip((self.lines[number], *further), pieces, strict=False):
            line.replace([QPointF(at, value) for at, value in piece])
        self._lone += [(number, *piece[0]) for piece in pieces if len(piece) == 1]

    def _add(self, line: QLineSeries) -> None:
        self.chart.addSeries(line)
        line.attachAxis(self._x)
        line.attachAxis(self._y)

    def _paint_numbers(self, painter: QPainter) -> None:
        plot, unit = self.chart.plotArea(), self.figures.unit if self.figures else None
        if unit is None or self._marks[-1] <= 0:
            return
        for mark in self._marks:
            y = plot.bottom() - mark / self._marks[-1] * plot.height()
            text = words.short(mark, unit)
            if self.isRightToLeft():
                room = QRectF(plot.right() + 6, y - 9, self._label_width(), 18)
                paint_label(painter, room, Qt.AlignLeft | Qt.AlignVCenter, text)
            else:
                room = QRectF(0, y - 9, self._label_width(), 18)
                paint_label(painter, room, Qt.AlignRight | Qt.AlignVCenter, text)

    def _paint_days(self, painter: QPainter) -> None:
        if self.card is None or not self.points:
            return
        metrics = QFontMetrics(theme.current().font("secondary"))
        texts = [words.mark_words(point, self.card.split) for point in self.points]
        widest = max(map(metrics.horizontalAdvance, texts)) + _LABEL_GAP
        plot = self.chart.plotArea()
        fits = max(1, min(len(texts), int(plot.width() // widest)))
        for at in spread(len(texts), fits):
            x, width = self.point_place(at, 0).x(), metrics.horizontalAdvance(texts[at]) + 2
            left = max(plot.left() - 2, min(x - width / 2, self.width() - width))
            room = QRectF(left, plot.bottom() + 4, width, _BELOW - 4)
            paint_label(painter, room, Qt.AlignLeft | Qt.AlignVCenter, texts[at])

    def _paint_mark(self, painter: QPainter, at: int, *, is_focus: bool) -> None:
        plot, point = self.chart.plotArea(), self.points[at]
        x = self.point_place(at, 0).x()
        painter.setPen(QPen(theme.current().colour("line_strong"), 1))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        for series, value in enumerate((point.value, point.second)):
            if value is None:
                continue
            place = self.point_place(at, value)
            if is_focus:
                painter.setBrush(Qt.NoBrush)
                painter.setPen(QPen(theme.current().colour("accent"), 2))
                painter.drawEllipse(place, _RING, _RING)
            painter.setPen(QPen(theme.current().colour("surface"), 1))
            painter.setBrush(series_colour(series))
            painter.drawEllipse(place, _DOT, _DOT)

    def _label_width(self) -> int:
        if self.figures is None:
            return 0
        metrics = QFontMetrics(theme.current().font("secondary"))
        texts = (words.short(mark, self.figures.unit) for mark in self._marks)
        return max(metrics.horizontalAdvance(text) for text in texts) + 2


def unbroken(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Return the pieces of a line between which nothing was measured."""
    pieces: list[list[tuple[int, float]]] = []
    last = None
    for at, value in enumerate(values):
        if value is None:
            continue
        if last is None or at > last + 1:
            pieces.append([])
        pieces[-1].append((at, value))
        last = at
    return pieces


def spread(count: int, fits: int) -> list[int]:
    """Return which of so many labels to show where only some fit, evenly, with both ends."""
    if count <= fits:
        return list(range(count))
    if fits < 2:
        return [0]
    fits = min(fits, max(_FEW, fits // 2))
    return sorted({round(at * (count - 1) / (fits - 1)) for at in range(fits)})

# SPDX-License-Identifier: GPL-3.0-or-later
"""A ring of slices with the whole in its middle, and what they are beside it."""

from __future__ import annotations

from math import atan2, degrees, hypot

from PyQt5.QtChart import QPieSeries, QPieSlice
from PyQt5.QtCore import QPoint, QPointF, QRectF, Qt
from PyQt5.QtGui import QFontMetrics, QPainter, QPainterPath, QPen

from helpdesk.core.schemas.figures import Card, CardFigures, Point, Split, Unit
from helpdesk.ui import theme
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.chart_body import ChartBody, paint_label, part_colour
from helpdesk.ui.widgets.focus_ring import paint_focus_ring

_HOLE = 0.64
_ROW = 24
_SAMPLE = 10
_GAP = 16
_LEAST_RING = 90
_MOST_SHARE = 0.46


class RingBody(ChartBody):
    """Slices of a whole; each is named in a row of its own, so that no colour has to tell."""

    goes_down = True

    def __init__(self) -> None:
        """Make the ring."""
        super().__init__()
        self.ring = QPieSeries()
        self.ring.setHoleSize(_HOLE)
        self.ring.setPieSize(1.0)
        self.chart.addSeries(self.ring)

    def fill(self, card: Card, figures: CardFigures) -> None:
        """Give the slices their sizes."""
        values = [max(0.0, point.value or 0) for point in figures.points]
        if self.ring.count() == len(values):
            for part, value in zip(self.ring.slices(), values, strict=True):
                if part.value() != value:
                    part.setValue(value)
        else:
            self.ring.clear()
            for value in values:
                part = QPieSlice("", value)
                part.setLabelVisible(False)
                self.ring.append(part)
        self.colour_series()
        self.lay_out()

    def colour_series(self) -> None:
        """Give the slices the colours of the theme in use."""
        split = self.card.split if self.card is not None else Split.NONE
        edge = QPen(theme.current().colour("surface"), 1.5)
        for at, (part, point) in enumerate(zip(self.ring.slices(), self.points, strict=False)):
            part.setBrush(part_colour(point, at, split))
            part.setPen(edge)

    def lay_out(self) -> None:
        """Leave room for the names beside the ring."""
        self.place(self.ring_area())

    def ring_area(self) -> QRectF:
        """Return the square of the ring."""
        most = max(_LEAST_RING, self.width() * _MOST_SHARE)
        size = max(20.0, min(self.height() - 8.0, most))
        top = (self.height() - size) / 2
        left = self.width() - size - 4 if self.isRightToLeft() else 4
        return QRectF(left, top, size, size)

    def part_at(self, place: QPoint) -> int:
        """Return the slice, or the row of a slice, under a point."""
        for at in range(self._rows()):
            if self._row_area(at).contains(QPointF(place)):
                return at
        area = self.ring_area()
        across, down = place.x() - area.center().x(), place.y() - area.center().y()
        if not area.width() / 2 * _HOLE <= hypot(across, down) <= area.width() / 2:
            return -1
        turned = (degrees(atan2(across, -down)) + 360) % 360
        for at, part in enumerate(self.ring.slices()):
            if part.startAngle() <= turned < part.startAngle() + part.angleSpan():
                return at
        return -1

    def part_area(self, at: int) -> QRectF:
        """Return the row of a slice."""
        return self._row_area(min(at, max(0, self._rows() - 1)))

    def point_words(self, point: Point) -> str:
        """Say a slice with its part of the whole."""
        total = sum(each.value or 0 for each in self.points)
        said = super().point_words(point)
        return f"{said}, {words.share((point.value or 0) / total)}" if total else said

    def paint_sheet(self, painter: QPainter) -> None:
        """Paint the whole in the middle, the rows beside it, and the focus."""
        if self.figures is None or self.card is None:
            return
        self._paint_middle(painter)
        for at in range(self._rows()):
            self._paint_row(painter, at, self.points[at])
        rest = len(self.points) - self._rows()
        if rest > 0:
            room = self._row_area(self._rows())
            paint_label(
                painter, room, Qt.AlignVCenter | self._near(), f"{rest} more in the table (T)"
            )
        if 0 <= self.hovered < self.ring.count():
            self._outline(painter, self.hovered)
        if self.hasFocus() and 0 <= self.current < len(self.points):
            self._outline(painter, self.current)
            if self.current < self._rows():
                paint_focus_ring(painter, self._row_area(self.current).toAlignedRect())

    def _paint_middle(self, painter: QPainter) -> None:
        if self.figures is None:
            return
        area, unit = self.ring_area(), self.figures.unit
        if not sum(each.value or 0 for each in self.points):
            painter.setPen(QPen(theme.current().colour("low_soft"), area.width() * (1 - _HOLE) / 2))
            painter.setBrush(Qt.NoBrush)
            inset = area.width() * (1 - _HOLE) / 4
            painter.drawEllipse(area.adjusted(inset, inset, -inset, -inset))
        painter.setFont(theme.current().font("title"))
        painter.setPen(theme.current().colour("text"))
        painter.drawText(area, int(Qt.AlignCenter), words.number(self.figures.value, unit))

    def _paint_row(self, painter: QPainter, at: int, point: Point) -> None:
        area, split = self._row_area(at), self.card.split if self.card else Split.NONE
        unit = self.figures.unit if self.figures is not None else Unit.TICKETS
        is_mirrored = self.isRightToLeft()
        middle = area.center().y()
        left = area.right() - _SAMPLE - 4 if is_mirrored else area.left() + 4
        painter.setPen(Qt.NoPen)
        painter.setBrush(part_colour(point, at, split))
        painter.drawRoundedRect(QRectF(left, middle - _SAMPLE / 2, _SAMPLE, _SAMPLE), 2, 2)
        number = words.number(point.value, unit)
        metrics = QFontMetrics(theme.current().font("body"))
        width = metrics.horizontalAdvance(number) + 4
        text = area.adjusted(_SAMPLE + 12, 0, -width - 10, 0)
        figure = QRectF(area.right() - width - 4, area.top(), width, area.height())
        if is_mirrored:
            text = area.adjusted(width + 10, 0, -_SAMPLE - 12, 0)
            figure = QRectF(area.left() + 4, area.top(), width, area.height())
        painter.setFont(theme.current().font("body"))
        painter.setPen(theme.current().colour("text"))
        name = metrics.elidedText(words.part_words(point, split), Qt.ElideRight, int(text.width()))
        painter.drawText(text, int(self._near() | Qt.AlignVCenter), name)
        painter.drawText(figure, int(Qt.AlignRight | Qt.AlignVCenter), number)

    def _outline(self, painter: QPainter, at: int) -> None:
        part = self.ring.slices()[at]
        area = self.ring_area()
        inset = area.width() / 2 * (1 - _HOLE)
        path = QPainterPath()
        path.arcMoveTo(area, 90 - part.startAngle())
        path.arcTo(area, 90 - part.startAngle(), -part.angleSpan())
        inner = area.adjusted(inset, inset, -inset, -inset)
        path.arcTo(inner, 90 - part.startAngle() - part.angleSpan(), part.angleSpan())
        path.closeSubpath()
        painter.setBrush(Qt.NoBrush)
        painter.setPen(QPen(theme.current().colour("text"), 1.5))
        painter.drawPath(path)

    def _rows(self) -> int:
        fits = max(1, self.height() // _ROW)
        count = len(self.points)
        return count if count <= fits else max(1, fits - 1)

    def _row_area(self, at: int) -> QRectF:
        ring, fits = self.ring_area(), max(1, self.height() // _ROW)
        shown = min(len(self.points), fits)
        top = (self.height() - shown * _ROW) / 2 + at * _ROW
        if self.isRightToLeft():
            return QRectF(0, top, ring.left() - _GAP, _ROW)
        return QRectF(ring.right() + _GAP, top, self.width() - ring.right() - _GAP, _ROW)

    def _near(self) -> int:
        return int(Qt.AlignRight if self.isRightToLeft() else Qt.AlignLeft)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The hours of a weekday as a bar from midnight to midnight, to look at and to draw on."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QBrush, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PyQt5.QtWidgets import QSizePolicy, QToolTip, QWidget

from helpdesk.core.schemas.sla import DAY_MINUTES
from helpdesk.ui import theme
from helpdesk.ui.settings.calendars.hours import Span, with_span, without_span, words_of

_HEIGHT = 26
_STEP = 15
"""Minutes that a dragged edge snaps to."""
_HOURS_MARKED = (6, 12, 18)


class DayBar(QWidget):
    """Dragging from an empty place adds hours, from a filled one takes them away."""

    drawn = pyqtSignal(tuple)
    """The hours of the day as they were drawn."""

    def __init__(self, name: str) -> None:
        """Begin empty; the keyboard uses the field beside it."""
        super().__init__()
        self._spans: tuple[Span, ...] = ()
        self._before: tuple[Span, ...] = ()
        self._drag: Span | None = None
        self._takes_away = False
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Fixed)
        self.setCursor(Qt.CrossCursor)
        self.setToolTip("Drag over the bar to add hours, or to take them away")

    @property
    def spans(self) -> tuple[Span, ...]:
        """The hours shown."""
        return self._spans

    def show_hours(self, spans: Sequence[Span], before: Sequence[Span]) -> None:
        """Show the hours of a day, and what reaches into it from the day before."""
        self._spans = tuple(spans)
        self._before = tuple((0, end - DAY_MINUTES) for _, end in before if end > DAY_MINUTES)
        self.setAccessibleDescription(words_of(self._spans) or "off")
        self.update()

    def sizeHint(self) -> QSize:
        """Return a height; the width is whatever there is."""
        return QSize(240, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return what is enough to see half hours."""
        return QSize(96, _HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to draw."""
        if event.button() != Qt.LeftButton:
            return
        at = self._minute(event.pos().x())
        self._takes_away = any(begin <= at < end for begin, end in self._spans)
        self._drag = at, at
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what would come of it."""
        if self._drag is None:
            return
        self._drag = self._drag[0], self._minute(event.pos().x())
        QToolTip.showText(event.globalPos(), words_of([self._dragged]) if self._dragged else "")
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Keep what was drawn."""
        if self._drag is not None:
            self._drag = self._drag[0], self._minute(event.pos().x())
        dragged, self._drag = self._dragged, None
        self.update()
        if dragged:
            change = without_span if self._takes_away else with_span
            self.drawn.emit(change(self._spans, dragged))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the hours, the marks of six, twelve and eighteen, and what is being drawn."""
        look = theme.current()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.Antialiasing)
            whole = QRectF(self.rect()).adjusted(0.5, 3.5, -0.5, -3.5)
            outline = QPainterPath()
            outline.addRoundedRect(whole, theme.CHIP_RADIUS, theme.CHIP_RADIUS)
            painter.setClipPath(outline)
            painter.fillRect(whole, look.colour("low_soft"))
            for begin, end in self._before:
                rest = self._rect(begin, end, whole)
                painter.fillRect(rest, look.colour("accent_soft"))
                painter.fillRect(rest, QBrush(look.colour("accent"), Qt.BDiagPattern))
            colour = "accent" if self.isEnabled() else "low"
            for begin, end in self._spans:
                painter.fillRect(
                    self._rect(begin, min(end, DAY_MINUTES), whole), look.colour(colour)
                )
            self._paint_drag(painter, whole)
            painter.setClipping(False)
            self._paint_marks(painter, whole)
            painter.setPen(QPen(look.colour("line_strong"), 1))
            painter.drawPath(outline)

    @property
    def _dragged(self) -> Span | None:
        if self._drag is None:
            return None
        begin, end = sorted(self._drag)
        return (begin, end) if begin < end else None

    def _paint_drag(self, painter: QPainter, whole: QRectF) -> None:
        if self._dragged is None:
            return
        rect = self._rect(*self._dragged, whole)
        look = theme.current()
        painter.fillRect(rect, look.colour("surface" if self._takes_away else "accent_soft"))
        painter.setPen(QPen(look.colour("urgent" if self._takes_away else "accent"), 2))
        painter.drawRect(rect.adjusted(1, 1, -1, -1))

    def _paint_marks(self, painter: QPainter, whole: QRectF) -> None:
        painter.setPen(QPen(theme.current().colour("line_strong"), 1, Qt.DotLine))
        for hour in _HOURS_MARKED:
            x = round(self._rect(hour * 60, hour * 60, whole).left()) + 0.5
            painter.drawLine(QPointF(x, whole.top()), QPointF(x, whole.bottom()))

    def _rect(self, begin: int, end: int, whole: QRectF) -> QRectF:
        left = whole.left() + whole.width() * begin / DAY_MINUTES
        width = whole.width() * (end - begin) / DAY_MINUTES
        if self.isRightToLeft():
            left = whole.left() + whole.right() - left - width
        return QRectF(left, whole.top(), width, whole.height())

    def _minute(self, x: int) -> int:
        share = min(1.0, max(0.0, x / max(1, self.width())))
        if self.isRightToLeft():
            share = 1 - share
        return round(share * DAY_MINUTES / _STEP) * _STEP

# SPDX-License-Identifier: GPL-3.0-or-later
"""One bar for all the time of a ticket, stretch by stretch, to look over and to walk along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PyQt5.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PyQt5.QtWidgets import QSizePolicy, QWidget

from helpdesk.ui import theme
from helpdesk.ui.tickets.clock.look import paint_state
from helpdesk.ui.tickets.clock.spans import Stretch

_HEIGHT = 30
_EDGE = 3
"""Around the bar, for the ring of the keyboard."""
_LEAST = 3.0
"""A stretch of a minute must still be seen, and hit."""


class TimelineBar(QWidget):
    """Shows stretches side by side; the one under the pointer or the keyboard is told."""

    pointed = pyqtSignal(int)
    """The stretch that is looked at, by its place; -1 is none."""

    def __init__(self) -> None:
        """Begin without time."""
        super().__init__()
        self._stretches: tuple[Stretch, ...] = ()
        self._due: datetime | None = None
        self._current = -1
        self._hovered = -1
        self.setFocusPolicy(Qt.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        self.setAccessibleName("Time of the ticket, stretch by stretch")
        self.setAccessibleDescription("Left and right go from stretch to stretch.")

    @property
    def current(self) -> int:
        """The stretch that is looked at, -1 for none."""
        return self._hovered if self._hovered >= 0 else self._current

    def show_time(self, parts: Sequence[Stretch], due: datetime | None) -> None:
        """Show other stretches, and where the time was up if that is past."""
        had = self._stretches
        self._stretches, self._due = tuple(parts), due
        self._hovered = -1
        # The last stretch grows with the time: it is still the one that was looked at.
        if [each.segment for each in had] != [each.segment for each in self._stretches]:
            self._current = -1
        self.update()

    def sizeHint(self) -> QSize:
        """Return a height; the width is whatever there is."""
        return QSize(200, _HEIGHT)

    def spans(self) -> list[tuple[float, float]]:
        """Return where each stretch begins and how wide it is, in pixels from the beginning."""
        room = float(max(1, self.width() - 2 * _EDGE))
        lengths = [max(1, part.seconds) for part in self._stretches]
        if not lengths:
            return []
        least = min(_LEAST, room / len(lengths))
        spare, whole = room - least * len(lengths), sum(lengths)
        at, found = float(_EDGE), []
        for length in lengths:
            width = least + spare * length / whole
            found.append((at, width))
            at += width
        return found

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the stretches, the due time, and the ring around the one looked at."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.Antialiasing)
            whole = QRectF(self.rect()).adjusted(_EDGE, _EDGE + 3, -_EDGE, -_EDGE - 3)
            outline = QPainterPath()
            outline.addRoundedRect(whole, theme.CHIP_RADIUS, theme.CHIP_RADIUS)
            painter.save()
            painter.setClipPath(outline)
            painter.fillRect(whole, theme.current().colour("low_soft"))
            for part, place in zip(self._stretches, self._places(whole), strict=True):
                paint_state(painter, place, part.segment.state)
            self._paint_seams(painter, whole)
            painter.restore()
            painter.setPen(QPen(theme.current().colour("line_strong"), 1))
            painter.drawPath(outline)
            self._paint_due(painter, whole)
            self._paint_current(painter, whole)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from stretch to stretch."""
        last = len(self._stretches) - 1
        step = {Qt.Key_Left: -1, Qt.Key_Right: 1}.get(event.key(), 0)  # type: ignore[call-overload]
        if self.isRightToLeft():
            step = -step
        if last < 0:
            super().keyPressEvent(event)
        elif step:
            self._go_to(min(last, max(0, self._current + step)))
        elif event.key() == Qt.Key_Home:
            self._go_to(0)
        elif event.key() == Qt.Key_End:
            self._go_to(last)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin with what is now, which people ask for first."""
        super().focusInEvent(event)
        if event.reason() != Qt.MouseFocusReason and self._current < 0 and self._stretches:
            self._go_to(len(self._stretches) - 1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the stretch under the pointer."""
        self._hover(self._at(event.pos().x()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Stay on a stretch."""
        self._go_to(self._at(event.pos().x()))

    def leaveEvent(self, event: QEvent) -> None:
        """Return to the stretch of the keyboard."""
        super().leaveEvent(event)
        self._hover(-1)

    def _go_to(self, place: int) -> None:
        self._current = place
        self.update()
        self.pointed.emit(self.current)

    def _hover(self, place: int) -> None:
        if place != self._hovered:
            self._hovered = place
            self.update()
            self.pointed.emit(self.current)

    def _at(self, x: int) -> int:
        from_begin = self.width() - x if self.isRightToLeft() else x
        for place, (begin, width) in enumerate(self.spans()):
            if begin <= from_begin < begin + width:
                return place
        return -1

    def _places(self, whole: QRectF) -> list[QRectF]:
        found = []
        for begin, width in self.spans():
            left = self.width() - begin - width if self.isRightToLeft() else begin
            found.append(QRectF(left, whole.top(), width, whole.height()))
        return found

    def _paint_seams(self, painter: QPainter, whole: QRectF) -> None:
        """Part stretches of the same kind, as long as the seams would not hide them."""
        painter.setPen(QPen(theme.current().colour("surface"), 1))
        for place in self._places(whole)[1:]:
            if place.width() >= 2 * _LEAST:
                x = place.right() if self.isRightToLeft() else place.left()
                painter.drawLine(QPointF(x, whole.top()), QPointF(x, whole.bottom()))

    def _paint_due(self, painter: QPainter, whole: QRectF) -> None:
        x = self._x_of(self._due) if self._due else None
        if x is None:
            return
        painter.setPen(QPen(theme.current().colour("urgent"), 2))
        painter.drawLine(QPointF(x, whole.top() - 3), QPointF(x, whole.bottom() + 3))

    def _x_of(self, at: datetime) -> float | None:
        for part, (begin, width) in zip(self._stretches, self.spans(), strict=True):
            if part.begin <= at < part.end:
                share = (at - part.begin) / (part.end - part.begin)
                x = begin + share * width
                return self.width() - x if self.isRightToLeft() else x
        return None

    def _paint_current(self, painter: QPainter, whole: QRectF) -> None:
        colours = theme.current()
        painter.setBrush(Qt.NoBrush)
        if 0 <= self.current < len(self._stretches):
            place = self._places(whole)[self.current]
            painter.setPen(QPen(colours.colour("text"), 2))
            painter.drawRoundedRect(place.adjusted(-1, -2, 1, 2), 2, 2)
        if self.hasFocus():
            painter.setPen(QPen(colours.colour("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

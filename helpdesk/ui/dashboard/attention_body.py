# SPDX-License-Identifier: GPL-3.0-or-later
"""The open tickets that need somebody first."""

from __future__ import annotations

from PyQt5.QtCore import QPoint, QRectF, QSize, Qt
from PyQt5.QtGui import QFontMetrics, QPainter, QPaintEvent

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.figures import AttentionRow, Card, CardFigures
from helpdesk.ui import theme
from helpdesk.ui.dashboard.body import Body, Part, painting
from helpdesk.ui.dashboard.chart_body import paint_label
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.times import time_left

_ROW = 28
_PADDING, _GAP = 7, 10


class AttentionBody(Body):
    """A line for each ticket: why, its number and its subject; a click opens it."""

    goes_down = True
    ages = True

    def __init__(self, clock: Clock) -> None:
        """Begin without tickets."""
        super().__init__()
        self._clock = clock
        self._rows: tuple[AttentionRow, ...] = ()
        self._hovered = -1

    def fill(self, card: Card, figures: CardFigures) -> None:
        """Show the tickets."""
        self._rows = figures.attention

    def parts(self) -> list[Part]:
        """Return the tickets there is room for."""
        return [
            Part(f"{self._state(row)[0]}: {row.number} {row.subject}, {_who(row)}", None)
            for row in self._rows[: self._fits()]
        ]

    def open_part(self, at: int) -> None:
        """Ask for the ticket itself."""
        if 0 <= at < len(self._rows[: self._fits()]):
            self.choose(at)
            self.ticket_wanted.emit(self._rows[at].ticket_id)

    def part_at(self, place: QPoint) -> int:
        """Return the ticket in whose row a point lies."""
        at = place.y() // _ROW
        return at if 0 <= at < len(self.parts()) else -1

    def part_area(self, at: int) -> QRectF:
        """Return the row of a ticket."""
        return QRectF(0, at * _ROW, self.width(), _ROW)

    def hover(self, at: int) -> None:
        """Mark the row under the pointer."""
        if at != self._hovered:
            self._hovered = at
            self.setCursor(Qt.PointingHandCursor if at >= 0 else Qt.ArrowCursor)
            self.update()

    def minimumSizeHint(self) -> QSize:
        """Return the room of two rows."""
        return QSize(120, 2 * _ROW)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the rows."""
        with painting(self) as painter:
            if not self._rows and self.figures is not None:
                side = Qt.AlignRight if self.isRightToLeft() else Qt.AlignLeft
                paint_label(painter, self.rect(), side, "Nothing is late, due soon or escalated.")
            for at, row in enumerate(self._rows[: self._fits()]):
                self._paint_row(painter, at, row)
            rest = len(self._rows) - self._fits()
            if rest > 0:
                room = QRectF(0, self._fits() * _ROW, self.width(), _ROW)
                paint_label(painter, room, int(Qt.AlignCenter), f"{rest} more in the table (T)")
            if self.hasFocus():
                area = self.part_area(self.current) if self.current >= 0 else QRectF(self.rect())
                paint_focus_ring(painter, area.toAlignedRect())

    def _paint_row(self, painter: QPainter, at: int, row: AttentionRow) -> None:
        look, area = theme.current(), self.part_area(at)
        if at == self._hovered:
            painter.setPen(Qt.NoPen)
            painter.setBrush(look.colour("hover"))
            painter.drawRoundedRect(area, theme.RADIUS, theme.RADIUS)
        text, tone = self._state(row)
        metrics = QFontMetrics(look.font("chip"))
        width = metrics.horizontalAdvance(text) + 2 * _PADDING
        chip = self._mirrored(QRectF(4, area.top() + 5, width, _ROW - 10))
        painter.setPen(Qt.NoPen)
        painter.setBrush(look.colour(f"{tone}_soft"))
        painter.drawRoundedRect(chip, theme.CHIP_RADIUS, theme.CHIP_RADIUS)
        painter.setFont(look.font("chip"))
        painter.setPen(look.colour(f"ink_{tone}"))
        painter.drawText(chip, int(Qt.AlignCenter), text)
        said = f"{row.number} {row.subject}"
        if row.assignee:
            said = f"{said} → {row.assignee}"
        room = self._mirrored(QRectF(4 + width + _GAP, area.top(), self.width() - width - 18, _ROW))
        painter.setFont(look.font("body"))
        painter.setPen(look.colour("text"))
        shown = QFontMetrics(look.font("body")).elidedText(said, Qt.ElideRight, int(room.width()))
        side = Qt.AlignRight if self.isRightToLeft() else Qt.AlignLeft
        painter.drawText(room, int(side | Qt.AlignVCenter | Qt.TextSingleLine), shown)

    def _state(self, row: AttentionRow) -> tuple[str, Tone]:
        if row.late:
            return "breached", "urgent"
        if row.escalation_level and row.due is None:
            return "escalated", "warning"
        if row.due is None:
            return row.priority.label.lower(), "high"
        left, tone = time_left(row.due, self._clock())
        if row.escalation_level and tone == "neutral":
            return "escalated", "warning"
        return left, tone

    def _fits(self) -> int:
        fits = max(1, self.height() // _ROW)
        return fits if len(self._rows) <= fits else max(1, fits - 1)

    def _mirrored(self, area: QRectF) -> QRectF:
        if self.isRightToLeft():
            area.moveLeft(self.width() - area.right())
        return area


def _who(row: AttentionRow) -> str:
    return f"assigned to {row.assignee}" if row.assignee else "nobody's"

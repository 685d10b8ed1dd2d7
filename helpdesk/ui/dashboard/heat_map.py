# SPDX-License-Identifier: GPL-3.0-or-later
"""How many tickets are expected in each hour of the week, as a map of squares."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from PyQt5.QtCore import QPoint, QRectF, QSize, Qt
from PyQt5.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent

from helpdesk.core.schemas.figures import ExpectedHour
from helpdesk.ui import theme
from helpdesk.ui.dashboard.body import Body, Part, paint_callout, painting
from helpdesk.ui.dashboard.chart_body import paint_label
from helpdesk.ui.dashboard.numbers import WEEKDAYS
from helpdesk.ui.tokens import mix
from helpdesk.ui.widgets.focus_ring import paint_focus_ring

_HOURS, _DAYS = 24, 7
_BELOW = 18
_GAP = 1.5
_NAMED_HOURS = (0, 6, 12, 18)
_LEAST, _MOST_CELL = 11, 26


class HeatMap(Body):
    """A row for each weekday, a square for each hour; the fuller, the more are expected."""

    def __init__(self) -> None:
        """Begin without expectations."""
        super().__init__()
        self._hours: dict[tuple[int, int], ExpectedHour] = {}

    def show_expected(self, expected: Sequence[ExpectedHour]) -> None:
        """Show what is expected."""
        self._hours = {(each.weekday, each.hour): each for each in expected}
        self.setAccessibleName(
            f"Estimate of tickets by weekday and hour. {self.parts()[max(self.current, 0)].words}"
        )
        self.update()

    def parts(self) -> list[Part]:
        """Return the hours of the week, from Monday at midnight."""
        return [Part(self._words(at), None) for at in range(_HOURS * _DAYS)]

    def name_itself(self) -> None:
        """Say the hour that has the focus."""
        said = f". {self._words(self.current)}" if self.current >= 0 else ""
        self.setAccessibleName(f"Estimate of tickets by weekday and hour{said}")

    def part_at(self, place: QPoint) -> int:
        """Return the hour under a point."""
        area = self._area()
        if not area.contains(place):
            return -1
        column = int((place.x() - area.left()) / area.width() * _HOURS)
        column = _HOURS - 1 - column if self.isRightToLeft() else column
        return int((place.y() - area.top()) / area.height() * _DAYS) * _HOURS + column

    def part_area(self, at: int) -> QRectF:
        """Return the square of an hour."""
        area, (day, hour) = self._area(), divmod(at, _HOURS)
        hour = _HOURS - 1 - hour if self.isRightToLeft() else hour
        width, height = area.width() / _HOURS, area.height() / _DAYS
        return QRectF(area.left() + hour * width, area.top() + day * height, width, height)

    def sizeHint(self) -> QSize:
        """Return a size at which it can be read well."""
        return QSize(380, _DAYS * 18 + _BELOW)

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be read."""
        return QSize(200, _DAYS * _LEAST + _BELOW)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint names and squares."""
        tokens = theme.current().tokens
        most = max((each.expected for each in self._hours.values()), default=0) or 1
        with painting(self) as painter:
            for at in range(_DAYS * _HOURS):
                each = self._hours.get((at // _HOURS, at % _HOURS))
                share = 0.0 if each is None else max(0.0, min(each.expected / most, 1.0))
                painter.setPen(Qt.NoPen)
                painter.setBrush(QColor(mix(tokens.low_soft, tokens.accent, share)))
                cell = self.part_area(at).adjusted(_GAP / 2, _GAP / 2, -_GAP / 2, -_GAP / 2)
                painter.drawRoundedRect(cell, 2, 2)
            self._paint_names(painter)
            if self.hasFocus() and self.current >= 0:
                square = self.part_area(self.current).adjusted(-2, -2, 2, 2)
                paint_focus_ring(painter, square.toAlignedRect(), 3, "text")
                paint_callout(painter, square, QRectF(self.rect()), self._words(self.current))

    def _paint_names(self, painter: QPainter) -> None:
        area = self._area()
        height = QFontMetrics(theme.current().font("secondary")).height()
        # Where the rows are lower than a line, not every day is named.
        step = max(1, ceil((height - 3) / max(1.0, area.height() / _DAYS)))
        for day in range(0, _DAYS, step):
            row = self.part_area(day * _HOURS)
            left = area.right() + 6 if self.isRightToLeft() else 0
            room = QRectF(left, row.center().y() - height / 2, self._names_width(), height)
            paint_label(painter, room, int(Qt.AlignVCenter | Qt.AlignLeft), WEEKDAYS[day][:3])
        for hour in _NAMED_HOURS:
            cell = self.part_area(hour)
            room = QRectF(cell.center().x() - 20, area.bottom() + 2, 40, _BELOW - 2)
            paint_label(painter, room, int(Qt.AlignCenter), f"{hour:02}")

    def _area(self) -> QRectF:
        names = self._names_width() + 6
        height = min(self.height() - _BELOW, _DAYS * _MOST_CELL)
        left = 0 if self.isRightToLeft() else names
        return QRectF(left, 0, max(1, self.width() - names - 2), max(1, height))

    def _names_width(self) -> int:
        metrics = QFontMetrics(theme.current().font("secondary"))
        return max(metrics.horizontalAdvance(day[:3]) for day in WEEKDAYS) + 4

    def _words(self, at: int) -> str:
        day, hour = divmod(at, _HOURS)
        each = self._hours.get((day, hour))
        when = f"{WEEKDAYS[day]} {hour:02}:00–{(hour + 1) % _HOURS:02}:00"
        if each is None:
            return f"{when}: no estimate"
        return (
            f"{when}: about {each.expected:.1f} tickets, mostly {each.low:.0f} to {each.high:.0f}"
        )

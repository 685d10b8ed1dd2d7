# SPDX-License-Identifier: GPL-3.0-or-later
"""Some weeks, painted day by day: when work is done, and on which days nobody works."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from PyQt5.QtCore import QEvent, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QBrush, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QSizePolicy, QWidget

from helpdesk.core.schemas.sla import DAY_MINUTES, CalendarPreview
from helpdesk.ui import theme
from helpdesk.ui.settings.calendars.hours import WEEKDAYS, Span, words_of
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.row_text import paint_line
from helpdesk.ui.widgets.times import calendar_day, span

_CELL_HEIGHT, _HEAD_HEIGHT = 58, 22
_WEEK = 7
_BETWEEN = 3
_BAR_HEIGHT = 8


class Day(NamedTuple):
    """What one day of a calendar is like."""

    day: date
    spans: tuple[Span, ...]
    minutes: int
    holiday: str

    @property
    def words(self) -> str:
        """All of it: "Thu 24 Dec: 09:00-12:00, 3 h", "Fri 25 Dec: Christmas Day"."""
        name = f"{WEEKDAYS[self.day.weekday()][:3]} {calendar_day(self.day)}"
        hours = f"{words_of(self.spans)}, {span(self.minutes)}" if self.spans else "off"
        if not self.holiday:
            return f"{name}: {hours}"
        return f"{name}: {self.holiday}" + (f"; {hours}" if self.spans else "")


def days_of(preview: CalendarPreview, first: date, count: int, zone: str) -> tuple[Day, ...]:
    """Return the days of a preview as they are in the calendar's own time zone."""
    place = ZoneInfo(zone)
    spans: dict[date, list[Span]] = {}
    minutes: dict[date, int] = {}
    for part in preview.parts:
        if part.works:
            for day, piece, length in _pieces(part.begin, part.end, place):
                spans.setdefault(day, []).append(piece)
                minutes[day] = minutes.get(day, 0) + length
    names = {date.fromisoformat(each.day): each.name for each in preview.holidays}
    days = (first + timedelta(days=each) for each in range(count))
    return tuple(
        Day(day, tuple(spans.get(day, ())), minutes.get(day, 0), names.get(day, "")) for day in days
    )


class WeeksView(QWidget):
    """A row for each week; the arrow keys go from day to day."""

    pointed = pyqtSignal(int)
    """The day that is looked at, by its place; -1 is none."""

    def __init__(self) -> None:
        """Begin without days."""
        super().__init__()
        self._days: tuple[Day, ...] = ()
        self._today: date | None = None
        self._current = self._hovered = -1
        self.setFocusPolicy(Qt.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        self.setAccessibleName("The next weeks, day by day")

    @property
    def days(self) -> tuple[Day, ...]:
        """What is shown."""
        return self._days

    @property
    def current(self) -> int:
        """The day that is looked at, -1 for none."""
        return self._hovered if self._hovered >= 0 else self._current

    def show_days(self, days: Sequence[Day], today: date) -> None:
        """Show other days, whole weeks from a Monday on."""
        self._days, self._today = tuple(days), today
        self._hovered = -1
        self._current = min(self._current, len(self._days) - 1)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of all weeks; the width is whatever there is."""
        weeks = -(-len(self._days) // _WEEK)
        return QSize(560, _HEAD_HEIGHT + weeks * _CELL_HEIGHT + 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from day to day, or from week to week."""
        aside = -1 if self.isRightToLeft() else 1
        steps: dict[int, int] = {
            Qt.Key_Left: -aside,
            Qt.Key_Right: aside,
            Qt.Key_Up: -_WEEK,
            Qt.Key_Down: _WEEK,
        }
        step = steps.get(event.key(), 0)
        target = self._current + step
        if step and 0 <= target < len(self._days):
            self._go_to(target)
        elif not step:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin with today."""
        super().focusInEvent(event)
        if self._current < 0 and self._days:
            places = [at for at, day in enumerate(self._days) if day.day == self._today]
            self._go_to(places[0] if places else 0)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the day under the pointer."""
        self._hover(self._at(event.pos().x(), event.pos().y()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Stay on a day."""
        self._go_to(self._at(event.pos().x(), event.pos().y()))

    def leaveEvent(self, event: QEvent) -> None:
        """Return to the day of the keyboard."""
        super().leaveEvent(event)
        self._hover(-1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the names of the weekdays, and the days."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.Antialiasing)
            for column, name in enumerate(WEEKDAYS):
                left, width = self._column(column)
                head = QRect(left + 6, 0, width - 8, _HEAD_HEIGHT)
                paint_line(painter, head, name[:3], "secondary", "muted")
            for place, day in enumerate(self._days):
                self._paint_day(painter, self._cell(place), day, current=place == self.current)
            if self.hasFocus() and self._current >= 0:
                paint_focus_ring(painter, self._cell(self._current), theme.CHIP_RADIUS)

    def _paint_day(self, painter: QPainter, cell: QRect, day: Day, *, current: bool) -> None:
        look = theme.current()
        ground = "warning_soft" if day.holiday else "hover" if current else "surface"
        painter.fillRect(cell, look.colour(ground))
        painter.setPen(QPen(look.colour("line_strong" if current else "line"), 1))
        painter.drawRect(QRectF(cell).adjusted(0.5, 0.5, -0.5, -0.5))
        inner = cell.adjusted(6, 4, -5, -4)
        is_today = day.day == self._today
        number = calendar_day(day.day) if day.day.day == 1 else str(day.day.day)
        muted = "muted_on_soft" if day.holiday else "muted"
        top = QRect(inner.left(), inner.top(), inner.width(), 16)
        role: theme.Role = "chip" if is_today else "secondary"
        paint_line(painter, top, number, role, "ink_accent" if is_today else muted)
        if day.minutes:
            paint_line(painter, top, span(day.minutes), "secondary", muted, at_right=True)
        bar = QRect(inner.left(), inner.top() + 20, inner.width(), _BAR_HEIGHT)
        self._paint_bar(painter, bar, day)
        if day.holiday:
            below = QRect(inner.left(), bar.bottom() + 3, inner.width(), 16)
            paint_line(painter, below, day.holiday, "secondary", "ink_warning")

    def _paint_bar(self, painter: QPainter, bar: QRect, day: Day) -> None:
        look = theme.current()
        painter.fillRect(bar, look.colour("low_soft"))
        if day.holiday and not day.spans:
            painter.fillRect(bar, QBrush(look.colour("warning"), Qt.BDiagPattern))
        for begin, end in day.spans:
            left = bar.width() * begin / DAY_MINUTES
            width = max(1.0, bar.width() * (end - begin) / DAY_MINUTES)
            if self.isRightToLeft():
                left = bar.width() - left - width
            rect = QRectF(bar.left() + left, bar.top(), width, bar.height())
            painter.fillRect(rect, look.colour("accent"))

    def _left(self, column: int) -> int:
        """Return where a column begins; the one behind the last begins where all end."""
        return (self.width() + _BETWEEN) * column // _WEEK

    def _column(self, weekday: int) -> tuple[int, int]:
        """Return the left edge and the width of a weekday."""
        at = _WEEK - 1 - weekday if self.isRightToLeft() else weekday
        return self._left(at), self._left(at + 1) - self._left(at) - _BETWEEN

    def _cell(self, place: int) -> QRect:
        week, column = divmod(place, _WEEK)
        top = _HEAD_HEIGHT + week * _CELL_HEIGHT
        left, width = self._column(column)
        return QRect(left, top, width, _CELL_HEIGHT - _BETWEEN)

    def _at(self, x: int, y: int) -> int:
        for place in range(len(self._days)):
            if self._cell(place).contains(x, y):
                return place
        return -1

    def _go_to(self, place: int) -> None:
        self._current = place
        self.update()
        self.pointed.emit(self.current)

    def _hover(self, place: int) -> None:
        if place != self._hovered:
            self._hovered = place
            self.update()
            self.pointed.emit(self.current)


def _pieces(begin: datetime, end: datetime, place: ZoneInfo) -> list[tuple[date, Span, int]]:
    """Cut a working part at local midnights: the day, from which minute to which, and how long."""
    found = []
    at = begin
    while at < end:
        local = at.astimezone(place)
        next_day = (local + timedelta(days=1)).date()
        midnight = datetime(next_day.year, next_day.month, next_day.day, tzinfo=place)
        until = min(end, midnight)
        begun = local.hour * 60 + local.minute
        stopped = until.astimezone(place)
        is_midnight = stopped.date() != local.date()
        ended = DAY_MINUTES if is_midnight else stopped.hour * 60 + stopped.minute
        # Where the clocks are put back, an hour of the day is there twice.
        piece = (begun, max(begun + 1, ended))
        found.append((local.date(), piece, round((until - at).total_seconds()) // 60))
        at = until
    return found

# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints a ticket as a row of two lines: what it is, and how long it may still take."""

from __future__ import annotations

from datetime import datetime

from PyQt5.QtCore import QModelIndex, QRect, QSize, Qt
from PyQt5.QtGui import QPainter
from PyQt5.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.tickets import Status, TicketRow
from helpdesk.core.text import HIT_START
from helpdesk.ui import theme
from helpdesk.ui.icons import paint_icon
from helpdesk.ui.tickets.clock.words import row_words
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.chip import chip_width, paint_chip
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.row_text import paint_excerpt, paint_line
from helpdesk.ui.widgets.times import relative_time, time_left

ROW_HEIGHT = 58
_LINES = 40
_LEFT = 14
_NUMBER_WIDTH = 84
_RIGHT = 14
_GAP = 10
_SIGN = 14
_SIGN_GAP = 5
_SHORT_STATUS = {Status.AWAITING_CUSTOMER: "Awaiting Customer"}


class TicketRowDelegate(QStyledItemDelegate):
    """Priority and number left, subject and people in the middle, time and status right."""

    def __init__(self, clock: Clock, person_id: int, view: QListView) -> None:
        """Paint for a view and for who looks at it."""
        super().__init__(view)
        self._person_id = person_id
        self._clock = clock
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the height of two lines; the width is the list's."""
        return QSize(1, theme.current().row(ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint one row."""
        row: TicketRow = index.data(Qt.UserRole)
        selected = bool(option.state & QStyle.State_Selected)
        self._paint_ground(painter, option, selected=selected)
        above = (option.rect.height() - _LINES) // 2
        rect = option.rect.adjusted(_LEFT, above, -_RIGHT, -above)
        upper = QRect(rect.left(), rect.top(), rect.width(), 20)
        lower = QRect(rect.left(), rect.top() + 21, rect.width(), 18)
        now = self._clock()
        paint_chip(painter, upper, row.priority.label, _priority_tone(row))
        muted = "muted_on_soft" if selected else "muted"
        paint_line(painter, lower, row.number, "secondary", muted)
        right = max(
            self._paint_time(painter, upper, row, now, muted),
            paint_line(painter, lower, _status(row), "secondary", muted, at_right=True),
        )
        middle = QRect(
            rect.left() + _NUMBER_WIDTH, 0, rect.width() - _NUMBER_WIDTH - right - _GAP, 0
        )
        paint_line(painter, _line(middle, upper), row.subject, "strong", "text")
        if row.excerpt and HIT_START in row.excerpt:
            paint_excerpt(painter, _line(middle, lower), row.excerpt, muted)
        else:
            paint_line(painter, _line(middle, lower), self._second_line(row), "secondary", muted)

    def _second_line(self, row: TicketRow) -> str:
        """Return who asks, what it is about and who works on it; one's own name says nothing."""
        comments = f"{row.comments} comment" + ("" if row.comments == 1 else "s")
        parts = [
            row.requester.full_name if row.requester.id != self._person_id else None,
            row.category,
            comments if row.comments else None,
        ]
        line = " · ".join(part for part in parts if part)
        return f"{line}  → {row.assignee.full_name}" if row.assignee else line

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, *, selected: bool
    ) -> None:
        look, rect = theme.current(), option.rect
        if selected:
            painter.fillRect(rect, look.colour("accent_soft"))
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), look.colour("accent"))
        elif option.state & QStyle.State_MouseOver:
            painter.fillRect(rect, look.colour("hover"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, look.colour("line"))
        if selected and self._view.hasFocus():
            paint_focus_ring(painter, rect.adjusted(3, 0, 0, -1), 0)

    def _paint_time(
        self, painter: QPainter, rect: QRect, row: TicketRow, now: datetime, muted: str
    ) -> int:
        found = time_chip(row, now, self._person_id)
        if found is None:
            said = relative_time(row.updated_at, now)
            return paint_line(painter, rect, said, "secondary", muted, at_right=True)
        text, tone = found
        paint_chip(painter, rect, text, tone, at_right=True)
        width = chip_width(text)
        for sign, token in _signs(row):
            width += _SIGN_GAP + _SIGN
            left, top = rect.right() + 1 - width, rect.center().y() - _SIGN // 2
            paint_icon(painter, QRect(left, top, _SIGN, _SIGN), sign, token)
        return width


def time_chip(row: TicketRow, now: datetime, person_id: int) -> tuple[str, Tone] | None:
    """Say what is due next, by the ticket's clocks where a service level measures it."""
    clock = row.clock
    if not row.status.is_open:
        return None
    if clock is not None:
        own = row.requester.id == person_id
        return row_words(clock, now, own=own) if clock.kind is not None else None
    return time_left(row.resolution_due, now) if row.resolution_due is not None else None


def _signs(row: TicketRow) -> list[tuple[str, str]]:
    """Return the icons beside the time: its clock stands still, it was escalated."""
    signs = []
    if row.clock is not None and row.clock.is_paused:
        signs.append(("pause", "ink_warning"))
    if row.clock is not None and row.clock.escalation_level > 0:
        signs.append(("escalate", "ink_urgent"))
    return signs


def _priority_tone(row: TicketRow) -> Tone:
    return row.priority.value  # the tones bear the same names


def _status(row: TicketRow) -> str:
    return _SHORT_STATUS.get(row.status, row.status.label)


def _line(middle: QRect, line: QRect) -> QRect:
    return QRect(middle.left(), line.top(), middle.width(), line.height())

# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints a ticket as a row of two lines: what it is, and how long it may still take."""

from __future__ import annotations

from datetime import datetime

from PyQt5.QtCore import QModelIndex, QRect, QSize, Qt
from PyQt5.QtGui import QPainter
from PyQt5.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.tickets import TicketRow
from helpdesk.core.text import HIT_START
from helpdesk.ui import theme
from helpdesk.ui.icons import paint_icon
from helpdesk.ui.tickets.list_model import MARKED_ROLE, PRESENCE_ROLE
from helpdesk.ui.tickets.row_words import (
    Presence,
    short_status,
    signs_of,
    tag_words,
    time_chip,
)
from helpdesk.ui.tickets.snoozing.words import row_snooze
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.chip import chip_width, paint_chip
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.mark_box import BOX, paint_mark_box
from helpdesk.ui.widgets.row_text import paint_excerpt, paint_line
from helpdesk.ui.widgets.times import relative_time

ROW_HEIGHT = 58
_LINES = 40
_LEFT = 14
_NUMBER_WIDTH = 84
_RIGHT = 14
_GAP = 10
_SIGN = 14
_SIGN_GAP = 5


class TicketRowDelegate(QStyledItemDelegate):
    """Priority and number left, subject and people in the middle, time and status right."""

    def __init__(
        self, clock: Clock, person_id: int, view: QListView, *, with_boxes: bool = False
    ) -> None:
        """Paint for a view and for who looks at it; boxes show what is marked."""
        super().__init__(view)
        self._with_boxes = with_boxes
        self._person_id = person_id
        self._clock = clock
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the height of two lines; the width is the list's."""
        return QSize(1, theme.current().row(ROW_HEIGHT))

    def box(self, rect: QRect) -> QRect:
        """Return where the box of a row is, for whoever clicks it; empty without boxes."""
        if not self._with_boxes:
            return QRect()
        mirrored = self._view.isRightToLeft()
        left = rect.right() - _LEFT - BOX + 1 if mirrored else rect.left() + _LEFT
        return QRect(left, rect.top() + (rect.height() - BOX) // 2, BOX, BOX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint one row."""
        row: TicketRow = index.data(Qt.UserRole)
        selected = bool(option.state & QStyle.State_Selected)
        marked = bool(index.data(MARKED_ROLE))
        self._paint_ground(painter, option, selected=selected, marked=marked)
        above = (option.rect.height() - _LINES) // 2
        left = _LEFT
        if self._with_boxes:
            paint_mark_box(painter, self.box(option.rect), marked=marked)
            left += BOX + _GAP
        rect = option.rect.adjusted(left, above, -_RIGHT, -above)
        upper = QRect(rect.left(), rect.top(), rect.width(), 20)
        lower = QRect(rect.left(), rect.top() + 21, rect.width(), 18)
        now = self._clock()
        paint_chip(painter, upper, row.priority.label, _priority_tone(row))
        muted = "muted_on_soft" if selected or marked else "muted"
        paint_line(painter, lower, row.number, "secondary", muted)
        right = max(
            self._paint_time(painter, upper, row, index.data(PRESENCE_ROLE), now, muted),
            paint_line(painter, lower, short_status(row.status), "secondary", muted, at_right=True),
        )
        middle = QRect(
            rect.left() + _NUMBER_WIDTH, 0, rect.width() - _NUMBER_WIDTH - right - _GAP, 0
        )
        paint_line(painter, _line(middle, upper), row.subject, "strong", "text")
        if row.excerpt and HIT_START in row.excerpt:
            paint_excerpt(painter, _line(middle, lower), row.excerpt, muted)
        else:
            paint_line(
                painter, _line(middle, lower), self._second_line(row, now), "secondary", muted
            )

    def _second_line(self, row: TicketRow, now: datetime) -> str:
        """Return who asks, what it is about and who works on it; one's own name says nothing."""
        comments = f"{row.comments} comment" + ("" if row.comments == 1 else "s")
        parts = [
            row_snooze(row, now),
            row.requester.full_name if row.requester.id != self._person_id else None,
            row.category,
            comments if row.comments else None,
            tag_words(row) or None,
        ]
        line = " · ".join(part for part in parts if part)
        return f"{line}  → {row.assignee.full_name}" if row.assignee else line

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, *, selected: bool, marked: bool
    ) -> None:
        look, rect = theme.current(), option.rect
        if selected or marked:
            painter.fillRect(rect, look.colour("accent_soft"))
        if selected:
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), look.colour("accent"))
        elif option.state & QStyle.State_MouseOver and not marked:
            painter.fillRect(rect, look.colour("hover"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, look.colour("line"))
        if selected and self._view.hasFocus():
            paint_focus_ring(painter, rect.adjusted(3, 0, 0, -1), 0)

    def _paint_time(
        self,
        painter: QPainter,
        rect: QRect,
        row: TicketRow,
        presence: Presence | None,
        now: datetime,
        muted: str,
    ) -> int:
        found = time_chip(row, now, self._person_id)
        if found is None:
            said = relative_time(row.updated_at, now)
            width = paint_line(painter, rect, said, "secondary", muted, at_right=True)
        else:
            text, tone = found
            paint_chip(painter, rect, text, tone, at_right=True)
            width = chip_width(text)
        for sign, token in signs_of(row, presence):
            width += _SIGN_GAP + _SIGN
            left, top = rect.right() + 1 - width, rect.center().y() - _SIGN // 2
            paint_icon(painter, QRect(left, top, _SIGN, _SIGN), sign, token)
        return width


def _priority_tone(row: TicketRow) -> Tone:
    return row.priority.value  # the tones bear the same names


def _line(middle: QRect, line: QRect) -> QRect:
    return QRect(middle.left(), line.top(), middle.width(), line.height())

# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints a ticket as a row of two lines: what it is, and how long it may still take."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from PyQt5.QtCore import QModelIndex, QRect, QSize, Qt
from PyQt5.QtGui import QFontMetrics, QPainter
from PyQt5.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.tickets import Status, TicketRow
from helpdesk.core.text import HIT_END, HIT_START
from helpdesk.ui import theme
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.chip import chip_width, paint_chip
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.times import relative_time, time_left

ROW_HEIGHT = 58
_LEFT = 14
_NUMBER_WIDTH = 84
_RIGHT = 14
_GAP = 10
_HIT = re.compile(f"{HIT_START}([^{HIT_END}]*){HIT_END}")
_BLANKS = re.compile(r"\s+")
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
        return QSize(1, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint one row."""
        row: TicketRow = index.data(Qt.UserRole)
        selected = bool(option.state & QStyle.State_Selected)
        self._paint_ground(painter, option, selected=selected)
        rect = option.rect.adjusted(_LEFT, 9, -_RIGHT, -9)
        upper = QRect(rect.left(), rect.top(), rect.width(), 20)
        lower = QRect(rect.left(), rect.top() + 21, rect.width(), 18)
        now = self._clock()
        paint_chip(painter, upper, row.priority.label, _priority_tone(row))
        muted = "muted_on_soft" if selected else "muted"
        _text(painter, lower, row.number, "secondary", muted)
        right = max(
            self._paint_time(painter, upper, row, now, muted),
            _text(painter, lower, _status(row), "secondary", muted, at_right=True),
        )
        middle = QRect(
            rect.left() + _NUMBER_WIDTH, 0, rect.width() - _NUMBER_WIDTH - right - _GAP, 0
        )
        _text(painter, _line(middle, upper), row.subject, "strong", "text")
        if row.excerpt and HIT_START in row.excerpt:
            _excerpt(painter, _line(middle, lower), row.excerpt, muted)
        else:
            _text(painter, _line(middle, lower), self._second_line(row), "secondary", muted)

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

    @staticmethod
    def _paint_time(
        painter: QPainter, rect: QRect, row: TicketRow, now: datetime, muted: str
    ) -> int:
        if not row.status.is_open or row.resolution_due is None:
            said = relative_time(row.updated_at, now)
            return _text(painter, rect, said, "secondary", muted, at_right=True)
        text, tone = time_left(row.resolution_due, now)
        paint_chip(painter, rect, text, tone, at_right=True)
        return chip_width(text)


def _priority_tone(row: TicketRow) -> Tone:
    return row.priority.value  # the tones bear the same names


def _status(row: TicketRow) -> str:
    return _SHORT_STATUS.get(row.status, row.status.label)


def _line(middle: QRect, line: QRect) -> QRect:
    return QRect(middle.left(), line.top(), middle.width(), line.height())


@lru_cache(maxsize=16)
def _metrics(role: theme.Role, _theme_font: str) -> QFontMetrics:
    return QFontMetrics(theme.current().font(role))


def _text(
    painter: QPainter,
    rect: QRect,
    text: str,
    role: theme.Role,
    token: str,
    *,
    at_right: bool = False,
) -> int:
    """Draw one line, cut short where it does not fit, and return its width."""
    look = theme.current()
    font = look.font(role)
    metrics = _metrics(role, font.key())
    shown = metrics.elidedText(text, Qt.ElideRight, rect.width())
    painter.setFont(font)
    painter.setPen(look.colour(token))
    side = Qt.AlignRight if at_right else Qt.AlignLeft
    painter.drawText(rect, int(side | Qt.AlignVCenter | Qt.TextSingleLine), shown)
    return metrics.horizontalAdvance(shown)


def _excerpt(painter: QPainter, rect: QRect, excerpt: str, muted: str) -> None:
    """Draw where a search hit, with the words that were found on the accent's soft ground."""
    ground = theme.current().colour("warning_soft")
    metrics = _metrics("secondary", theme.current().font("secondary").key())
    place = QRect(rect)
    for position, piece in enumerate(_HIT.split(_BLANKS.sub(" ", excerpt))):
        is_hit = position % 2 == 1
        if is_hit:
            width = min(metrics.horizontalAdvance(piece), place.width())
            painter.fillRect(place.left(), place.top() + 1, width, place.height() - 2, ground)
        token = "ink_warning" if is_hit else muted
        place.setLeft(place.left() + _text(painter, place, piece, "secondary", token))
        if place.width() <= 0:
            break

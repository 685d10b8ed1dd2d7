# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints a message on its way out: what became of it, what it is about, and what went wrong."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QModelIndex, QRect, QSize, Qt
from PyQt5.QtGui import QPainter
from PyQt5.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.notifications import DeliveryState, DeliveryView
from helpdesk.ui import theme
from helpdesk.ui.settings.deliveries.list_model import WHERE_ROLE
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.chip import paint_chip
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.row_text import paint_line, wrapped
from helpdesk.ui.widgets.times import relative_time

STATE_TONES: Final[dict[DeliveryState, Tone]] = {
    DeliveryState.WAITING: "warning",
    DeliveryState.SENT: "success",
    DeliveryState.PARKED: "urgent",
    DeliveryState.DROPPED: "neutral",
}
_SIDE, _ABOVE, _GAP = 14, 9, 12
_CHIP, _TIME, _FRAME = 76, 90, 1
_LINE, _SECOND, _PROBLEM = 20, 18, 17
_MOST_LINES = 2


class DeliveryRowDelegate(QStyledItemDelegate):
    """State, subject and time above; to whom below; then the problem in words."""

    def __init__(self, view: QListView, clock: Clock) -> None:
        """Paint for a view."""
        super().__init__(view)
        self._view = view
        self._clock = clock

    @property
    def _room(self) -> int:
        """The room for words, whether or not there is a scroll bar: a row keeps its height."""
        width = self._view.width() - self._view.verticalScrollBar().sizeHint().width()
        return width - 2 * _SIDE - _CHIP - _GAP - 2 * _FRAME

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the height of a row with its problem."""
        row: DeliveryView = index.data(Qt.UserRole)
        lines = _problem(row, self._room)
        return QSize(1, _LINE + _SECOND + len(lines) * _PROBLEM + 2 * _ABOVE + 1)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint one row."""
        row: DeliveryView = index.data(Qt.UserRole)
        selected = bool(option.state & QStyle.State_Selected)
        self._paint_ground(painter, option, selected=selected)
        muted = "muted_on_soft" if selected else "muted"
        rect = option.rect.adjusted(_SIDE, _ABOVE, -_SIDE, -_ABOVE)
        chip = QRect(rect.left(), rect.top(), _CHIP, _LINE)
        paint_chip(painter, _mirrored(option, chip), row.state.label, STATE_TONES[row.state])
        words = rect.adjusted(_CHIP + _GAP, 0, 0, 0)
        time = QRect(words.right() + 1 - _TIME, words.top(), _TIME, _LINE)
        when = relative_time(row.created_at, self._clock())
        at_right = option.direction != Qt.RightToLeft
        paint_line(painter, _mirrored(option, time), when, "secondary", muted, at_right=at_right)
        subject = QRect(words.left(), words.top(), words.width() - _TIME - _GAP, _LINE)
        paint_line(painter, _mirrored(option, subject), row.subject, "strong", "text")
        top = words.top() + _LINE
        where = index.data(WHERE_ROLE)
        for line, token, height in (
            (where, muted, _SECOND),
            *((line, "ink_urgent", _PROBLEM) for line in _problem(row, self._room)),
        ):
            place = QRect(words.left(), top, words.width(), height)
            paint_line(painter, _mirrored(option, place), line, "secondary", token)
            top += height

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, *, selected: bool
    ) -> None:
        look, rect = theme.current(), option.rect
        if selected:
            painter.fillRect(rect, look.colour("accent_soft"))
        elif option.state & QStyle.State_MouseOver:
            painter.fillRect(rect, look.colour("hover"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, look.colour("line"))
        if option.state & QStyle.State_HasFocus:
            paint_focus_ring(painter, rect.adjusted(1, 0, -1, -1), 0)


def _problem(row: DeliveryView, width: int) -> tuple[str, ...]:
    """Return what went wrong as lines; of what was sent in the end nobody needs to hear."""
    if row.state is DeliveryState.SENT:
        return ()
    return wrapped(row.problem, "secondary", width, _MOST_LINES)


def _mirrored(option: QStyleOptionViewItem, rect: QRect) -> QRect:
    return QStyle.visualRect(option.direction, option.rect, rect)

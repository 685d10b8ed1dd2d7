# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints an entry of the audit log as two or three lines: what, who and where, before and after."""

from __future__ import annotations

from PyQt5.QtCore import QModelIndex, QRect, QSize, Qt
from PyQt5.QtGui import QPainter
from PyQt5.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.audit import AuditView
from helpdesk.ui import theme
from helpdesk.ui.settings.activity.words import FAILURES, changes_of, title_of, who_and_where
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.row_text import paint_line
from helpdesk.ui.widgets.times import relative_time

_SIDE = 14
_FIRST, _NEXT = 20, 18
_AROUND = 18
_TIME = 120


class ActivityRowDelegate(QStyledItemDelegate):
    """What was done above with its time, who did it below, and then what it changed."""

    def __init__(self, view: QListView, clock: Clock, person_id: int) -> None:
        """Paint for a view, and for who looks at it."""
        super().__init__(view)
        self._view = view
        self._clock = clock
        self._person_id = person_id

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the height of the lines that there are."""
        row: AuditView = index.data(Qt.UserRole)
        lines = _FIRST + _NEXT * (2 if row.changes else 1)
        return QSize(1, theme.current().row(lines + _AROUND))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint one row."""
        row: AuditView = index.data(Qt.UserRole)
        selected = bool(option.state & QStyle.State_Selected)
        self._paint_ground(painter, option, selected=selected)
        muted = "muted_on_soft" if selected else "muted"
        changes = changes_of(row)
        lines = _FIRST + _NEXT * (2 if row.changes else 1)
        above = (option.rect.height() - lines) // 2
        rect = option.rect.adjusted(_SIDE, above, -_SIDE, 0)
        top = QRect(rect.left(), rect.top(), rect.width() - _TIME, _FIRST)
        token = "ink_urgent" if row.action in FAILURES else "text"
        paint_line(painter, _mirrored(option, top), title_of(row), "strong", token)
        time = QRect(top.right() + 1, rect.top(), _TIME, _FIRST)
        when = relative_time(row.at, self._clock())
        at_right = option.direction != Qt.RightToLeft
        paint_line(painter, _mirrored(option, time), when, "secondary", muted, at_right=at_right)
        place = QRect(rect.left(), top.bottom() + 1, rect.width(), _NEXT)
        said = who_and_where(row, self._person_id)
        paint_line(painter, _mirrored(option, place), said, "secondary", muted)
        if changes:
            place.translate(0, _NEXT)
            token = "muted_on_soft" if selected else "text"
            paint_line(painter, _mirrored(option, place), changes, "secondary", token)

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


def _mirrored(option: QStyleOptionViewItem, rect: QRect) -> QRect:
    return QStyle.visualRect(option.direction, option.rect, rect)

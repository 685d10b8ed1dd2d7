# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints a notification as a row: its picture, what happened, why, and whether it was read."""

from __future__ import annotations

from typing import Final, NamedTuple

from PyQt5.QtCore import QModelIndex, QRect, QSize, Qt
from PyQt5.QtGui import QPainter
from PyQt5.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.notifications import NotificationView
from helpdesk.ui import theme
from helpdesk.ui.icons import paint_icon
from helpdesk.ui.notifications.words import picture_of
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.chip import chip_width, paint_chip
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.row_text import paint_line, wrapped
from helpdesk.ui.widgets.times import relative_time

ROUND: Final = 30
"""The circle behind a picture."""
_ICON = 16
_SIDE, _ABOVE = 14, 11
_GAP = 12
_DOT = 8
_TITLE_LINE, _TEXT_LINE, _FOOT_LINE = 18, 18, 17
_BETWEEN = 3
_MOST_TITLE, _MOST_TEXT, _MOST_WHY = 3, 2, 2


class _Lines(NamedTuple):
    """A notification as lines for a width."""

    title: tuple[str, ...]
    text: tuple[str, ...]
    why: tuple[str, ...]

    @property
    def height(self) -> int:
        blocks = (
            len(self.title) * _TITLE_LINE,
            len(self.text) * _TEXT_LINE,
            len(self.why) * _FOOT_LINE,
            _FOOT_LINE,
        )
        gaps = sum(1 for block in blocks if block) - 1
        return max(ROUND, sum(blocks) + gaps * _BETWEEN)


class NotificationRowDelegate(QStyledItemDelegate):
    """Unread ones have a dot and stronger words; what is urgent says so."""

    def __init__(self, view: QListView, clock: Clock) -> None:
        """Paint for a view."""
        super().__init__(view)
        self._view = view
        self._clock = clock

    @property
    def _room(self) -> int:
        """The room for words, whether or not there is a scroll bar: a row keeps its height."""
        width = self._view.width() - self._view.verticalScrollBar().sizeHint().width()
        return width - 2 * _SIDE - ROUND - _DOT - 2 * _GAP

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the height of what a row says in the width of the list."""
        row: NotificationView = index.data(Qt.UserRole)
        lines = _lines(row, self._room)
        return QSize(1, lines.height + 2 * _ABOVE + 1)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint one row."""
        row: NotificationView = index.data(Qt.UserRole)
        selected = bool(option.state & QStyle.State_Selected)
        self._paint_ground(painter, option, selected=selected)
        rect = option.rect.adjusted(_SIDE, _ABOVE, -_SIDE, -_ABOVE - 1)
        name, tone = picture_of(row)
        circle = QRect(rect.left(), rect.top() + 1, ROUND, ROUND)
        paint_picture(painter, _mirrored(option, circle), name, tone)
        if not row.read:
            dot = QRect(rect.right() + 1 - _DOT, rect.top() + 5, _DOT, _DOT)
            _paint_dot(painter, _mirrored(option, dot), tone="urgent" if row.urgent else "accent")
        words = rect.adjusted(ROUND + _GAP, 0, -_DOT - _GAP, 0)
        self._paint_words(painter, option, words, row, selected=selected)

    def _paint_words(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        rect: QRect,
        row: NotificationView,
        *,
        selected: bool,
    ) -> None:
        lines = _lines(row, self._room)
        muted = "muted_on_soft" if selected else "muted"
        top = rect.top()
        title: theme.Role = "body" if row.read else "strong"
        for block, role, token, height in (
            (lines.title, title, "text", _TITLE_LINE),
            (lines.text, "body", muted, _TEXT_LINE),
            (lines.why, "secondary", muted, _FOOT_LINE),
        ):
            for line in block:
                place = QRect(rect.left(), top, rect.width(), height)
                paint_line(painter, _mirrored(option, place), line, role, token)
                top += height
            top += _BETWEEN if block else 0
        self._paint_foot(painter, option, QRect(rect.left(), top, rect.width(), _FOOT_LINE), row)

    def _paint_foot(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        rect: QRect,
        row: NotificationView,
    ) -> None:
        if row.urgent:
            width = chip_width("Urgent")
            place = QRect(rect.left(), rect.top(), width, rect.height())
            paint_chip(painter, _mirrored(option, place), "Urgent", "urgent")
            rect = rect.adjusted(width + 8, 0, 0, 0)
        selected = bool(option.state & QStyle.State_Selected)
        muted = "muted_on_soft" if selected else "muted"
        when = relative_time(row.at, self._clock())
        paint_line(painter, _mirrored(option, rect), when, "secondary", muted)

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, *, selected: bool
    ) -> None:
        look, rect = theme.current(), option.rect
        if selected:
            painter.fillRect(rect, look.colour("accent_soft"))
        elif option.state & QStyle.State_MouseOver:
            painter.fillRect(rect, look.colour("hover"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, look.colour("line"))
        if selected and self._view.hasFocus():
            paint_focus_ring(painter, rect.adjusted(1, 0, -1, -1), 0)


def paint_picture(painter: QPainter, circle: QRect, name: str, tone: Tone) -> None:
    """Paint the picture of a happening on its soft circle."""
    look = theme.current()
    painter.save()
    painter.setRenderHint(QPainter.Antialiasing)
    painter.setPen(Qt.NoPen)
    painter.setBrush(look.colour(f"{tone}_soft"))
    painter.drawEllipse(circle)
    painter.restore()
    icon = QRect(0, 0, _ICON, _ICON)
    icon.moveCenter(circle.center())
    paint_icon(painter, icon, name, f"ink_{tone}")


def _paint_dot(painter: QPainter, place: QRect, tone: Tone) -> None:
    painter.save()
    painter.setRenderHint(QPainter.Antialiasing)
    painter.setPen(Qt.NoPen)
    painter.setBrush(theme.current().colour(tone))
    painter.drawEllipse(place)
    painter.restore()


def _lines(row: NotificationView, width: int) -> _Lines:
    title: theme.Role = "body" if row.read else "strong"
    return _Lines(
        wrapped(row.title, title, width, _MOST_TITLE),
        wrapped(row.text, "body", width, _MOST_TEXT),
        wrapped(row.why, "secondary", width, _MOST_WHY),
    )


def _mirrored(option: QStyleOptionViewItem, rect: QRect) -> QRect:
    """Return where a place of a row is in the direction of reading."""
    return QStyle.visualRect(option.direction, option.rect, rect)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints a ticket as a card: what it is, whose it is, and how long it may still take."""

from __future__ import annotations

from PyQt5.QtCore import QModelIndex, QRect, QRectF, QSize, Qt
from PyQt5.QtGui import QPainter, QPen
from PyQt5.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.tickets import TicketRow
from helpdesk.ui import theme
from helpdesk.ui.icons import paint_icon
from helpdesk.ui.tickets.list_model import MARKED_ROLE, PRESENCE_ROLE
from helpdesk.ui.tickets.row_words import signs_of, tag_words, time_chip
from helpdesk.ui.widgets.chip import chip_width, paint_chip
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.mark_box import BOX, paint_mark_box
from helpdesk.ui.widgets.row_text import paint_line, wrapped
from helpdesk.ui.widgets.times import relative_time

CARD_HEIGHT, _LEAST = 118, 105
"""With the room between cards; closer than the least the last line would be cut."""
_SIDE, _BETWEEN, _EDGE = 8, 8, 12
_LINE, _GAP, _SIGN = 20, 8, 14
_SUBJECT_LINES = 2


class CardDelegate(QStyledItemDelegate):
    """Number, tags and priority, the subject on two lines, who asks and works it, and the time."""

    def __init__(self, clock: Clock, person_id: int, view: QListView, *, with_boxes: bool) -> None:
        """Paint for a column and for who looks at it; boxes show what is marked."""
        super().__init__(view)
        self._clock = clock
        self._person_id = person_id
        self._view = view
        self._with_boxes = with_boxes

    def box(self, rect: QRect) -> QRect:
        """Return where the box of a card is; empty without boxes."""
        if not self._with_boxes:
            return QRect()
        card = self._card(rect)
        mirrored = self._view.isRightToLeft()
        left = card.right() - _EDGE - BOX + 1 if mirrored else card.left() + _EDGE
        return QRect(left, card.top() + _EDGE - 2, BOX, BOX)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the height of a card; the width is the column's."""
        return QSize(1, max(_LEAST, theme.current().row(CARD_HEIGHT)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint one card."""
        row: TicketRow = index.data(Qt.UserRole)
        selected = bool(option.state & QStyle.State_Selected)
        marked = bool(index.data(MARKED_ROLE))
        card = self._card(option.rect)
        hovered = bool(option.state & QStyle.State_MouseOver)
        self._paint_ground(painter, card, selected=selected, marked=marked, hovered=hovered)
        muted = "muted_on_soft" if marked or selected else "muted"
        inner = card.adjusted(_EDGE, _EDGE - 4, -_EDGE, -_EDGE + 4)
        upper = QRect(inner.left(), inner.top(), inner.width(), _LINE)
        if self._with_boxes:
            paint_mark_box(painter, self.box(option.rect), marked=marked)
            upper.setLeft(upper.left() + BOX + _GAP)
        paint_chip(painter, upper, row.priority.label, row.priority.value, at_right=True)
        upper.setRight(upper.right() - chip_width(row.priority.label) - _GAP)
        words = "  ".join(part for part in (row.number, tag_words(row)) if part)
        paint_line(painter, upper, words, "secondary", muted)
        self._paint_subject(painter, inner, row)
        self._paint_foot(painter, inner, index, row, muted)

    def _paint_subject(self, painter: QPainter, inner: QRect, row: TicketRow) -> None:
        line = QRect(inner.left(), inner.top() + _LINE + 3, inner.width(), _LINE - 2)
        for words in wrapped(row.subject, "strong", inner.width(), _SUBJECT_LINES):
            paint_line(painter, line, words, "strong", "text")
            line.translate(0, _LINE - 2)

    def _paint_foot(
        self, painter: QPainter, inner: QRect, index: QModelIndex, row: TicketRow, muted: str
    ) -> None:
        foot = QRect(inner.left(), inner.bottom() + 1 - _LINE, inner.width(), _LINE)
        now = self._clock()
        found = time_chip(row, now, self._person_id)
        if found is not None:
            paint_chip(painter, foot, found[0], found[1], at_right=True)
            foot.setRight(foot.right() - chip_width(found[0]) - _GAP)
        else:
            said = relative_time(row.updated_at, now)
            width = paint_line(painter, foot, said, "secondary", muted, at_right=True)
            foot.setRight(foot.right() - width - _GAP)
        for sign, token in signs_of(row, index.data(PRESENCE_ROLE)):
            left, top = foot.right() + 1 - _SIGN, foot.center().y() - _SIGN // 2
            paint_icon(painter, QRect(left, top, _SIGN, _SIGN), sign, token)
            foot.setRight(left - _GAP // 2)
        words = row.requester.full_name
        if row.assignee:
            words = f"{words} → {row.assignee.full_name}"
        paint_line(painter, foot, words, "secondary", muted)

    def _paint_ground(
        self, painter: QPainter, card: QRect, *, selected: bool, marked: bool, hovered: bool
    ) -> None:
        look = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.Antialiasing)
        painter.setPen(QPen(look.colour("accent" if selected else "line"), 1))
        ground = "accent_soft" if marked or selected else "hover" if hovered else "surface"
        painter.setBrush(look.colour(ground))
        painter.drawRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.restore()
        if selected and self._view.hasFocus():
            paint_focus_ring(painter, card, 8)

    def _card(self, rect: QRect) -> QRect:
        return rect.adjusted(_SIDE, 0, -_SIDE, -_BETWEEN)

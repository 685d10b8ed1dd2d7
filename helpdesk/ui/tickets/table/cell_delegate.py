# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints the cells of the table of tickets, quickly: a screen of them is three hundred."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QModelIndex, QRect
from PyQt5.QtGui import QPainter
from PyQt5.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from helpdesk.core.schemas.tickets import TicketRow
from helpdesk.ui import theme
from helpdesk.ui.icons import paint_icon
from helpdesk.ui.tickets.list_model import TicketListModel
from helpdesk.ui.tickets.row_words import signs_of
from helpdesk.ui.tickets.table.columns import COLUMNS, KEYS
from helpdesk.ui.widgets.chip import paint_chip
from helpdesk.ui.widgets.mark_box import BOX, paint_mark_box
from helpdesk.ui.widgets.row_text import paint_line

_EDGE, _GAP, _SIGN = 10, 8, 14
_NUMBER, _SUBJECT = KEYS.index("number"), KEYS.index("subject")
_RING = 2


class CellDelegate(QStyledItemDelegate):
    """A word or a chip on the ground of its row, which is that of the whole row."""

    def __init__(
        self,
        view: QTableView,
        model: TicketListModel,
        is_first: Callable[[int], bool],
        *,
        with_boxes: bool,
    ) -> None:
        """Paint for a table of tickets; boxes show what is marked.

        ``is_first`` tells whether a column is the first of those shown.
        """
        super().__init__(view)
        self._is_first = is_first
        self._view = view
        self._model = model
        self._with_boxes = with_boxes
        self.hovered = -1
        """The row under the pointer."""

    def box(self, rect: QRect) -> QRect:
        """Return where in the first cell of a row its box is; empty without boxes."""
        if not self._with_boxes:
            return QRect()
        mirrored = self._view.isRightToLeft()
        left = rect.right() - _EDGE - BOX + 1 if mirrored else rect.left() + _EDGE
        return QRect(left, rect.top() + (rect.height() - BOX) // 2, BOX, BOX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint one cell."""
        position, column = index.row(), index.column()
        row = self._model.rows_at(position)
        selected = bool(option.state & QStyle.State_Selected)
        marked = row.id in self._model.marks
        self._paint_ground(painter, option.rect, position, column, on=(selected, marked))
        rect = option.rect.adjusted(_EDGE, 0, -_EDGE, -1)
        if column == _NUMBER and self._with_boxes:
            paint_mark_box(painter, self.box(option.rect), marked=marked)
            rect.setLeft(rect.left() + BOX + _GAP)
        if column == _SUBJECT:
            self._paint_signs(painter, rect, row)
        text, tone = self._model.cell(position, column)
        if tone is not None:
            paint_chip(painter, rect, text, tone)
        elif text:
            role: theme.Role = "strong" if column == _SUBJECT else "body"
            quiet = "muted_on_soft" if selected or marked else "muted"
            token = "text" if column == _SUBJECT else quiet
            at_right = COLUMNS[column].is_figure
            paint_line(painter, rect, text, role, token, at_right=at_right)

    def _paint_signs(self, painter: QPainter, rect: QRect, row: TicketRow) -> None:
        """Paint what is to be seen beside a subject, and leave it the rest of the room."""
        for sign, token in signs_of(row, self._model.presence(row.id)):
            left, top = rect.right() + 1 - _SIGN, rect.center().y() - _SIGN // 2
            paint_icon(painter, QRect(left, top, _SIGN, _SIGN), sign, token)
            rect.setRight(left - _GAP // 2)

    def _paint_ground(
        self, painter: QPainter, rect: QRect, position: int, column: int, *, on: tuple[bool, bool]
    ) -> None:
        look, (selected, marked) = theme.current(), on
        if selected or marked:
            painter.fillRect(rect, look.colour("accent_soft"))
        elif position == self.hovered:
            painter.fillRect(rect, look.colour("hover"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, look.colour("line"))
        if not selected:
            return
        ring, is_first = look.colour("accent"), self._is_first(column)
        if is_first:
            mirrored = self._view.isRightToLeft()
            left = rect.right() - 2 if mirrored else rect.left()
            painter.fillRect(left, rect.top(), 3, rect.height(), ring)
        if self._view.hasFocus():
            painter.fillRect(rect.left(), rect.top(), rect.width(), _RING, ring)
            painter.fillRect(rect.left(), rect.bottom() + 1 - _RING, rect.width(), _RING, ring)

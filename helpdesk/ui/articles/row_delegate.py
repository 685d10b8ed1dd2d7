# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints an article as a row of two lines: its title, and what it says or why it was found."""

from __future__ import annotations

from PyQt5.QtCore import QModelIndex, QRect, QSize, Qt
from PyQt5.QtGui import QPainter
from PyQt5.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from helpdesk.core.schemas.articles import ArticleRow, ArticleState, Visibility
from helpdesk.core.text import HIT_START
from helpdesk.ui import theme
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.chip import chip_width, paint_chip
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.row_text import paint_excerpt, paint_line

ROW_HEIGHT = 58
_LINES = 40
STATE_TONES: dict[ArticleState, Tone] = {
    ArticleState.DRAFT: "neutral",
    ArticleState.REVIEW: "warning",
    ArticleState.PUBLISHED: "success",
    ArticleState.ARCHIVED: "neutral",
}
_SIDE = 14
_GAP = 10
_CHIP_GAP = 4


def chips_of(row: ArticleRow) -> list[tuple[str, Tone]]:
    """Return what sets an article apart from the usual one, which everybody can read."""
    chips: list[tuple[str, Tone]] = []
    if row.visibility is Visibility.TECHNICIANS:
        chips.append(("Internal", "accent"))
    if row.state is not ArticleState.PUBLISHED:
        chips.append((row.state.label, STATE_TONES[row.state]))
    return chips


class ArticleRowDelegate(QStyledItemDelegate):
    """The title and chips above, the number and a line of text below."""

    def __init__(self, view: QListView) -> None:
        """Paint for a view."""
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the height of two lines; the width is the list's."""
        return QSize(1, theme.current().row(ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint one row."""
        row: ArticleRow = index.data(Qt.UserRole)
        selected = bool(option.state & QStyle.State_Selected)
        self._paint_ground(painter, option, selected=selected)
        above = (option.rect.height() - _LINES) // 2
        rect = option.rect.adjusted(_SIDE, above, -_SIDE, -above)
        upper = QRect(rect.left(), rect.top(), rect.width(), 20)
        lower = QRect(rect.left(), rect.top() + 21, rect.width(), 18)
        muted = "muted_on_soft" if selected else "muted"
        upper.setRight(_paint_chips(painter, option, upper, row))
        paint_line(painter, _mirrored(option, upper), row.title, "strong", "text")
        number = paint_line(painter, _mirrored(option, lower), row.number, "secondary", muted)
        lower.setLeft(lower.left() + number + _GAP)
        below = _mirrored(option, lower)
        if row.excerpt and HIT_START in row.excerpt:
            paint_excerpt(painter, below, row.excerpt, muted)
        else:
            paint_line(painter, below, row.summary or row.excerpt or "", "secondary", muted)

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, *, selected: bool
    ) -> None:
        look, rect = theme.current(), option.rect
        if selected:
            painter.fillRect(rect, look.colour("accent_soft"))
            edge = QRect(rect.left(), rect.top(), 3, rect.height())
            painter.fillRect(_mirrored(option, edge), look.colour("accent"))
        elif option.state & QStyle.State_MouseOver:
            painter.fillRect(rect, look.colour("hover"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, look.colour("line"))
        if selected and self._view.hasFocus():
            paint_focus_ring(painter, _mirrored(option, rect.adjusted(3, 0, 0, -1)), 0)


def _paint_chips(
    painter: QPainter, option: QStyleOptionViewItem, rect: QRect, row: ArticleRow
) -> int:
    """Paint the chips from the far edge and return where the room for the title ends."""
    end = rect.right()
    for text, tone in reversed(chips_of(row)):
        width = chip_width(text)
        place = QRect(end + 1 - width, rect.top(), width, rect.height())
        paint_chip(painter, _mirrored(option, place), text, tone)
        end -= width + _CHIP_GAP
    return end


def _mirrored(option: QStyleOptionViewItem, rect: QRect) -> QRect:
    """Return where a place of a row is in the direction of reading."""
    return QStyle.visualRect(option.direction, option.rect, rect)

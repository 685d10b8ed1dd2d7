# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows two texts side by side: lines that belong together at one height, one scroll bar for both.

It is one list whose rows are painted in two panes, so that the panes cannot drift apart, however
their lines wrap, and so that the keyboard and a screen reader walk through changes as through rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PyQt5.QtCore import QAbstractListModel, QModelIndex, QObject, QPointF, QRect, QSize, Qt
from PyQt5.QtGui import (
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QResizeEvent,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from helpdesk.ui import theme
from helpdesk.ui.articles.diff import Block, Row, Side
from helpdesk.ui.articles.utf16 import utf16_length
from helpdesk.ui.widgets.focus_ring import paint_focus_ring

_GUTTER = 58
_PADDING = 3
_FOLD_HEIGHT = 28
_TONES = {"-": "urgent", "+": "success"}
_SIGNS = {"-": "−", "+": "+"}
_SPOKEN = {"-": "removed", "+": "added"}


class Fold(NamedTuple):
    """A stretch of lines that both texts have, folded away."""

    rows: tuple[Row, ...]


Line = Row | Fold


class DiffModel(QAbstractListModel):
    """The rows of a comparison, and folds that open."""

    def __init__(self, parent: QObject) -> None:
        """Begin empty."""
        super().__init__(parent)
        self._lines: list[Line] = []

    def show(self, blocks: Sequence[Block]) -> None:
        """Show the blocks of a comparison."""
        self.beginResetModel()
        self._lines = []
        for block in blocks:
            self._lines += [Fold(block.rows)] if block.is_folded else block.rows
        self.endResetModel()

    def line(self, index: QModelIndex) -> Line:
        """Return what a row shows."""
        return self._lines[index.row()]

    def open_fold(self, index: QModelIndex) -> bool:
        """Show the lines of a fold. Returns whether there is one."""
        if not index.isValid() or not isinstance(fold := self.line(index), Fold):
            return False
        place = index.row()
        self.beginRemoveRows(QModelIndex(), place, place)
        del self._lines[place]
        self.endRemoveRows()
        self.beginInsertRows(QModelIndex(), place, place + len(fold.rows) - 1)
        self._lines[place:place] = fold.rows
        self.endInsertRows()
        return True

    def next_change(self, row: int, step: int) -> int | None:
        """Return the row where the next stretch of changes begins, or the last one before."""
        starts = [
            place
            for place, line in enumerate(self._lines)
            if _is_change(line) and not (place and _is_change(self._lines[place - 1]))
        ]
        ahead = [place for place in starts if (place - row) * step > 0]
        return (min(ahead) if step > 0 else max(ahead)) if ahead else None

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        """Return what a screen reader says of a row, and what is copied."""
        line = self.line(index)
        if role == Qt.AccessibleTextRole:
            return said(line)
        return copied(line) if role == Qt.DisplayRole else None


def said(line: Line) -> str:
    """Return a row in words."""
    if isinstance(line, Fold):
        return fold_text(line)
    if line.is_same:
        return line.old.text if line.old else ""
    sides = (side for side in line if side is not None)
    return "; ".join(f"{_SPOKEN[side.sign]}: {side.text}" for side in sides if side.sign != " ")


def copied(line: Line) -> str:
    """Return a row as a patch has it."""
    if isinstance(line, Fold):
        return "\n".join(copied(row) for row in line.rows)
    if line.is_same:
        return f"  {line.old.text}" if line.old else ""
    return "\n".join(f"{side.sign} {side.text}" for side in line if side is not None)


def fold_text(fold: Fold) -> str:
    """Return the words that stand for folded lines."""
    return f"{len(fold.rows):,} unchanged lines"


def _is_change(line: Line) -> bool:
    return isinstance(line, Row) and not line.is_same


class DiffDelegate(QStyledItemDelegate):
    """Paints a row in two panes, each with number, sign and text."""

    def __init__(self, view: QListView, lines: DiffModel) -> None:
        """Paint for a view."""
        super().__init__(view)
        self._view = view
        self._lines = lines
        self._heights: dict[tuple[int, int], int] = {}
        self._held: list[Line] = []

    def forget(self) -> None:
        """Measure anew, because the width or the text is another one."""
        self._heights.clear()
        self._held.clear()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the height of the higher of both sides."""
        line = self._lines.line(index)
        if isinstance(line, Fold):
            return QSize(1, _FOLD_HEIGHT)
        width = self._view.viewport().width() // 2 - _GUTTER - 8
        key = (id(line), width)
        if key not in self._heights:
            sides = [side for side in line if side is not None]
            self._heights[key] = max(_height(side, width) for side in sides)
            # As long as it is held, no other row can have its identity.
            self._held.append(line)
        return QSize(1, self._heights[key] + 2 * _PADDING)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint one row."""
        line = self._lines.line(index)
        rect: QRect = option.rect
        painter.save()
        if isinstance(line, Fold):
            _paint_fold(painter, rect, line)
        else:
            middle = rect.left() + rect.width() // 2
            left = QRect(rect.left(), rect.top(), middle - rect.left(), rect.height())
            right = QRect(middle, rect.top(), rect.right() + 1 - middle, rect.height())
            _paint_side(painter, left, line.old)
            _paint_side(painter, right, line.new)
            painter.fillRect(middle, rect.top(), 1, rect.height(), theme.current().colour("line"))
        if option.state & QStyle.State_HasFocus:
            paint_focus_ring(painter, rect)
        elif option.state & QStyle.State_Selected:
            painter.fillRect(
                rect.left(), rect.top(), 3, rect.height(), theme.current().colour("accent")
            )
        painter.restore()


def _height(side: Side, width: int) -> int:
    layout = _laid_out(side, width)
    return int(layout.boundingRect().height() + 0.99)


def _laid_out(side: Side, width: int) -> QTextLayout:
    layout = QTextLayout(side.text or " ", theme.current().font("mono"))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.setFormats(_formats(side))
    layout.beginLayout()
    top = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(40, width))
        line.setPosition(QPointF(0, top))
        top += line.height() + 2
    layout.endLayout()
    return layout


def _formats(side: Side) -> list[QTextLayout.FormatRange]:
    """Return the marks of changed words: bold and underlined, so that colour says it not alone."""
    if side.sign == " " or len(side.pieces) == 1:
        return []
    look = QTextCharFormat()
    look.setForeground(theme.current().colour(f"ink_{_TONES[side.sign]}"))
    look.setFontUnderline(True)
    look.setFontWeight(75)
    found: list[QTextLayout.FormatRange] = []
    place = 0
    for piece in side.pieces:
        length = utf16_length(piece.text)
        if piece.is_changed:
            part = QTextLayout.FormatRange()
            part.start, part.length, part.format = place, length, look
            found.append(part)
        place += length
    return found


def _paint_side(painter: QPainter, rect: QRect, side: Side | None) -> None:
    look = theme.current()
    if side is None:
        painter.fillRect(rect, look.colour("background"))
        return
    tone = _TONES.get(side.sign)
    if tone:
        painter.fillRect(rect, look.colour(f"{tone}_soft"))
    first = QRect(rect.left(), rect.top() + _PADDING, 40, QFontMetrics(look.font("mono")).height())
    painter.setFont(look.font("mono"))
    painter.setPen(look.colour("muted_on_soft"))
    painter.drawText(first, int(Qt.AlignRight | Qt.AlignVCenter), str(side.number))
    if tone:
        painter.setPen(look.colour(f"ink_{tone}"))
        sign = QRect(first.right() + 2, first.top(), 12, first.height())
        painter.drawText(sign, int(Qt.AlignCenter), _SIGNS[side.sign])
    painter.setPen(look.colour("text"))
    layout = _laid_out(side, rect.width() - _GUTTER - 8)
    layout.draw(painter, QPointF(rect.left() + _GUTTER, rect.top() + _PADDING))


def _paint_fold(painter: QPainter, rect: QRect, fold: Fold) -> None:
    look = theme.current()
    painter.fillRect(rect, look.colour("low_soft"))
    painter.setPen(look.colour("muted_on_soft"))
    painter.setFont(look.font("secondary"))
    painter.drawText(rect, int(Qt.AlignCenter), f"⋯  {fold_text(fold)}  ⋯")


class DiffView(QListView):
    """Walk with the arrow keys, N and P go from change to change, Enter or a click opens a fold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Begin empty."""
        super().__init__(parent)
        self.setAccessibleName("Both texts side by side")
        self.setProperty("framed", True)
        self.lines = DiffModel(self)
        self.setModel(self.lines)
        self._delegate = DiffDelegate(self, self.lines)
        self.setItemDelegate(self._delegate)
        self.setSelectionMode(QAbstractItemView.ContiguousSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarAlwaysOn)
        # A long text is measured in parts, with the window alive in between.
        self.setLayoutMode(QListView.Batched)
        self.setBatchSize(20)
        self.setResizeMode(QListView.Adjust)
        self.setUniformItemSizes(False)
        self.clicked.connect(self.lines.open_fold)
        self.activated.connect(self.lines.open_fold)
        theme.current().changed.connect(self._on_theme_changed)

    def show_blocks(self, blocks: Sequence[Block]) -> None:
        """Show a comparison, and in it the first change."""
        self._delegate.forget()
        self.lines.show(blocks)
        first = self.lines.next_change(-1, 1)
        if first is not None:
            self._go_to(first)

    def step(self, step: int) -> None:
        """Go to the next change, or the one before."""
        row = self.lines.next_change(self.currentIndex().row(), step)
        if row is not None:
            self._go_to(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the chosen rows, open a fold, go from change to change."""
        if event.matches(QKeySequence.Copy):
            rows = sorted(self.selectedIndexes(), key=lambda index: index.row())
            QApplication.clipboard().setText("\n".join(str(row.data()) for row in rows))
        elif event.key() in (Qt.Key_Return, Qt.Key_Enter) and self.lines.open_fold(
            self.currentIndex()
        ):
            return
        elif event.key() in (Qt.Key_N, Qt.Key_P) and not event.modifiers():
            self.step(1 if event.key() == Qt.Key_N else -1)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap anew."""
        self._delegate.forget()
        super().resizeEvent(event)

    def _go_to(self, row: int) -> None:
        index = self.lines.index(row, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.PositionAtCenter)

    def _on_theme_changed(self) -> None:
        self._delegate.forget()
        self.viewport().update()

# SPDX-License-Identifier: GPL-3.0-or-later
"""The column of places beside the list: categories as a tree, and for staff their work."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QModelIndex, QRect, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QPainter
from PyQt5.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
)

from helpdesk.ui import theme
from helpdesk.ui.articles.places import Place
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.row_text import paint_line

_ROW_HEIGHT, _HEADING_HEIGHT = 30, 38
_INDENT = 16
_COUNT_ROOM = 40


class CategoryTree(QTreeWidget):
    """Chooses one place; the arrow keys walk, open and close."""

    chosen = pyqtSignal(object)
    """The person chose another ``Place``."""

    def __init__(self) -> None:
        """Begin without places."""
        super().__init__()
        self.setObjectName("places")
        self.setAccessibleName("Categories")
        self.setHeaderHidden(True)
        self.setIndentation(_INDENT)
        self.setUniformRowHeights(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setItemDelegate(_PlaceDelegate(self))
        self.setMouseTracking(True)
        self._closed: set[str] = set()
        self._places: tuple[Place, ...] = ()
        self.currentItemChanged.connect(self._on_current)
        self.itemCollapsed.connect(lambda item: self._closed.add(_key(item)))
        self.itemExpanded.connect(lambda item: self._closed.discard(_key(item)))

    def set_places(self, articles: Sequence[Place], work: Sequence[Place], key: str) -> None:
        """Offer other places with this one chosen, without telling; what was closed stays so."""
        places = (*articles, *work)
        if places == self._places:
            self.select(key)
            return
        self._places = places
        blocked = self.blockSignals(True)
        self.clear()
        self._add(articles)
        if work:
            heading = QTreeWidgetItem(self.invisibleRootItem(), ["Work"])
            heading.setFlags(Qt.NoItemFlags)
            self._add(work)
        for item in self._items():
            item.setExpanded(_key(item) not in self._closed)
        self.blockSignals(blocked)
        self.select(key)

    def select(self, key: str) -> None:
        """Choose a place without telling; with none chosen Qt would take the first."""
        found = [item for item in self._items() if _key(item) == key]
        blocked = self.blockSignals(True)
        self.setCurrentIndex(self.indexFromItem(found[0]) if found else QModelIndex())
        self.blockSignals(blocked)
        # Without its signals the view does not see by itself what is selected now.
        self.viewport().update()

    def _add(self, places: Sequence[Place]) -> None:
        above: list[QTreeWidgetItem] = [self.invisibleRootItem()]
        for place in places:
            del above[place.level + 1 :]
            item = QTreeWidgetItem(above[-1], [place.title])
            item.setData(0, Qt.UserRole, place)
            words = place.title if place.articles is None else f"{place.title}, {place.articles:,}"
            item.setData(0, Qt.AccessibleTextRole, words)
            above.append(item)

    def _items(self) -> list[QTreeWidgetItem]:
        found: list[QTreeWidgetItem] = []
        waiting = [self.invisibleRootItem()]
        while waiting:
            item = waiting.pop()
            children = [item.child(position) for position in range(item.childCount())]
            found += children
            waiting += children
        return found

    def _on_current(self, item: QTreeWidgetItem | None, _before: QTreeWidgetItem | None) -> None:
        place = item.data(0, Qt.UserRole) if item else None
        if isinstance(place, Place):
            self.chosen.emit(place)

    def drawRow(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint the ground of the whole row, also below the arrow at its left."""
        look, rect = theme.current(), QRect(option.rect)
        rect.setLeft(0)
        rect.setRight(self.viewport().width() - 1)
        if index == self.currentIndex():
            painter.fillRect(rect, look.colour("accent_soft"))
            edge = QRect(rect.left(), rect.top(), 3, rect.height())
            direction = self.layoutDirection()
            painter.fillRect(QStyle.visualRect(direction, rect, edge), look.colour("accent"))
            if self.hasFocus():
                ring = QStyle.visualRect(direction, rect, rect.adjusted(3, 0, -1, 0))
                paint_focus_ring(painter, ring, 0)
        elif option.state & QStyle.State_MouseOver and index.flags() & Qt.ItemIsEnabled:
            painter.fillRect(rect, look.colour("hover"))
        super().drawRow(painter, option, index)


class _PlaceDelegate(QStyledItemDelegate):
    """A name, and at the right how much is there."""

    def __init__(self, view: QTreeWidget) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        is_place = isinstance(index.data(Qt.UserRole), Place)
        height = _ROW_HEIGHT if is_place else _HEADING_HEIGHT
        return QSize(1, theme.current().row(height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        place, rect = index.data(Qt.UserRole), option.rect.adjusted(2, 0, -12, 0)
        if not isinstance(place, Place):
            rect.setTop(rect.top() + 10)
            words = index.data(Qt.DisplayRole)
            paint_line(painter, _mirrored(option, rect), words, "secondary", "muted")
            return
        is_current = index == self._view.currentIndex()
        muted = "muted_on_soft" if is_current else "muted"
        if place.articles is not None:
            room = QRect(rect.right() - _COUNT_ROOM, rect.top(), _COUNT_ROOM, rect.height())
            count, where = f"{place.articles:,}", _mirrored(option, room)
            width = paint_line(painter, where, count, "secondary", muted, at_right=True)
            rect.setRight(rect.right() - width - 6)
        role: theme.Role = "medium" if is_current else "body"
        paint_line(painter, _mirrored(option, rect), place.title, role, "text")


def _mirrored(option: QStyleOptionViewItem, rect: QRect) -> QRect:
    """Return where a place of a row is in the direction of reading."""
    return QStyle.visualRect(option.direction, option.rect, rect)


def _key(item: QTreeWidgetItem) -> str:
    place = item.data(0, Qt.UserRole)
    return place.key if isinstance(place, Place) else ""

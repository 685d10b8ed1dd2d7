# SPDX-License-Identifier: GPL-3.0-or-later
"""A row of widgets that goes on in the next line where the room ends."""

from __future__ import annotations

from PyQt5.QtCore import QPoint, QRect, QSize, Qt
from PyQt5.QtWidgets import QLayout, QLayoutItem


class FlowLayout(QLayout):
    """Places widgets in lines from the side where reading begins."""

    def __init__(self, spacing: int = 4) -> None:
        """Keep this many pixels between widgets and between lines."""
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        """Take an item, as ``addWidget`` does."""
        self._items.append(item)

    def count(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        """Return an item, or ``None`` behind the last."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        """Take an item out."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientations:
        """Take no more room than the lines need."""
        return Qt.Orientations(Qt.Orientation(0))

    def hasHeightForWidth(self) -> bool:
        """The number of lines depends on the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of the lines at a width."""
        return self._arrange(QRect(0, 0, width, 0), moves=False)

    def setGeometry(self, rect: QRect) -> None:
        """Place the widgets."""
        super().setGeometry(rect)
        self._arrange(rect, moves=True)

    def sizeHint(self) -> QSize:
        """Return the size of the widest widget."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """Return the size of the widest widget."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, *, moves: bool) -> int:
        """Place the widgets, or only find out, and return the height that is used."""
        y, lines = rect.y(), self._lines(rect.width())
        for number, line in enumerate(lines):
            x, height = rect.x(), max(size.height() for _, size in line)
            y += self.spacing() if number else 0
            for item, size in line:
                if moves:
                    top = y + (height - size.height()) // 2
                    fitting = QSize(min(size.width(), rect.width()), size.height())
                    item.setGeometry(self._mirrored(QRect(QPoint(x, top), fitting), rect))
                x += size.width() + self.spacing()
            y += height
        return y - rect.y()

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        """Return what stands beside each other, with its size; nothing hidden takes room."""
        lines: list[list[tuple[QLayoutItem, QSize]]] = []
        used = 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            if not lines or used + size.width() > width:
                lines.append([])
                used = 0
            lines[-1].append((item, size))
            used += size.width() + self.spacing()
        return lines

    def _mirrored(self, place: QRect, rect: QRect) -> QRect:
        if self.parentWidget().layoutDirection() != Qt.RightToLeft:
            return place
        return QRect(QPoint(rect.right() - (place.right() - rect.left()), place.y()), place.size())

# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of reports, each with a sentence that says what it is good for."""

from __future__ import annotations

from PyQt5.QtCore import QModelIndex, QRect, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QFontMetrics, QPainter
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from helpdesk.core.schemas.reports import ReportKind
from helpdesk.ui import theme
from helpdesk.ui.icons import paint_icon
from helpdesk.ui.reports.words import KINDS
from helpdesk.ui.widgets.focus_ring import paint_focus_ring

BY_SCHEDULE = "by schedule"
_SCHEDULED = ("By schedule", "Reports that are sent by themselves.")
_EDGE, _GAP, _ICON = 10, 2, 16
_KEY, _SENTENCE = Qt.UserRole, Qt.UserRole + 1


class KindList(QListWidget):
    """Arrows and clicks choose a report."""

    chosen = pyqtSignal(str)
    """The value of a ``ReportKind``, or ``BY_SCHEDULE``."""

    def __init__(self, *, with_schedules: bool) -> None:
        """List the reports, and where they are sent by schedule if that may be seen."""
        super().__init__()
        self.setObjectName("sections")
        self.setAccessibleName("Reports")
        self.setItemDelegate(_Delegate(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.setResizeMode(QListWidget.Adjust)
        self.setMouseTracking(True)
        for kind, words in KINDS.items():
            self._add(kind.value, *words)
        if with_schedules:
            self._add(BY_SCHEDULE, *_SCHEDULED)
        self.currentItemChanged.connect(self._on_current)

    @property
    def key(self) -> str:
        """What is chosen."""
        item = self.currentItem()
        return str(item.data(_KEY)) if item is not None else ReportKind.SUMMARY.value

    def choose(self, key: str) -> None:
        """Choose a report without telling."""
        blocked = self.blockSignals(True)
        for at in range(self.count()):
            item = self.item(at)
            if item is not None and item.data(_KEY) == key:
                self.setCurrentItem(item)
        self.blockSignals(blocked)

    def _add(self, key: str, name: str, sentence: str) -> None:
        item = QListWidgetItem(name)
        item.setData(_KEY, key)
        item.setData(_SENTENCE, sentence)
        item.setData(Qt.AccessibleTextRole, f"{name}. {sentence}")
        self.addItem(item)

    def _on_current(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(str(item.data(_KEY)))


class _Delegate(QStyledItemDelegate):
    """Paints the name, and the sentence below it in as many lines as it needs."""

    def __init__(self, view: KindList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, _option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        width = self._view.viewport().width()
        return QSize(1, self._name_height() + _GAP + self._told(index, width).height() + 2 * _EDGE)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        look, rect = theme.current(), option.rect
        selected = bool(option.state & QStyle.State_Selected)
        if selected or option.state & QStyle.State_MouseOver:
            painter.setPen(Qt.NoPen)
            painter.setBrush(look.colour("accent_soft" if selected else "hover"))
            painter.setRenderHint(QPainter.Antialiasing)
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 6, 6)
        side = Qt.AlignRight if self._view.isRightToLeft() else Qt.AlignLeft
        text = rect.adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        name = QRect(text.left(), text.top(), text.width(), self._name_height())
        if index.data(_KEY) == BY_SCHEDULE:
            left = name.right() - _ICON if side == Qt.AlignRight else name.left()
            paint_icon(
                painter, QRect(left, name.center().y() - _ICON // 2 + 1, _ICON, _ICON),
                "clock", "ink_accent" if selected else "muted",
            )  # fmt: skip
            room = _ICON + 6
            name.adjust(*((0, 0, -room, 0) if side == Qt.AlignRight else (room, 0, 0, 0)))
        painter.setFont(look.font("medium"))
        painter.setPen(look.colour("ink_accent" if selected else "text"))
        painter.drawText(name, int(side | Qt.AlignVCenter), str(index.data()))
        told = QRect(text.left(), name.bottom() + 1 + _GAP, text.width(), text.height())
        painter.setFont(look.font("secondary"))
        painter.setPen(look.colour("muted_on_soft" if selected else "muted"))
        painter.drawText(told, int(side | Qt.TextWordWrap), str(index.data(_SENTENCE)))
        if selected and self._view.hasFocus():
            paint_focus_ring(painter, rect.adjusted(0, 1, 0, -1), 6)

    def _told(self, index: QModelIndex, width: int) -> QRect:
        metrics = QFontMetrics(theme.current().font("secondary"))
        room = QRect(0, 0, max(1, width - 2 * _EDGE), 1000)
        return metrics.boundingRect(room, int(Qt.TextWordWrap), str(index.data(_SENTENCE)))

    def _name_height(self) -> int:
        return QFontMetrics(theme.current().font("medium")).height()

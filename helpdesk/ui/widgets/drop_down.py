# SPDX-License-Identifier: GPL-3.0-or-later
"""A combo box whose list has room to breathe, and that scrolling past does not change."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QPaintEvent, QWheelEvent
from PyQt5.QtWidgets import (
    QComboBox,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from helpdesk.ui.widgets.plain_label import plain_tooltip


class DropDown(QComboBox):
    """Chooses one of (key, label) pairs."""

    def __init__(
        self, choices: Sequence[tuple[object, str]] = (), parent: QWidget | None = None
    ) -> None:
        """Offer the choices; the first is chosen."""
        super().__init__(parent)
        # The combo box's own delegate does not know of the style sheet's padding.
        self.setItemDelegate(QStyledItemDelegate(self))
        self.setFocusPolicy(Qt.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.AdjustToContents)
        self.set_choices(choices)

    def set_choices(self, choices: Sequence[tuple[object, str]]) -> None:
        """Offer other choices; what is chosen and still offered stays chosen."""
        before = self.key
        blocked = self.blockSignals(True)
        self.clear()
        for key, label in choices:
            self.addItem(label, key)
        self.set_key(before)
        self.blockSignals(blocked)

    @property
    def key(self) -> object:
        """The key chosen, or ``None`` when there is nothing to choose."""
        return self.currentData()

    def set_key(self, key: object) -> None:
        """Choose a key; one that is not offered is passed over."""
        keys = [self.itemData(index) for index in range(self.count())]
        if key in keys:
            self.setCurrentIndex(keys.index(key))

    def give_way(self) -> None:
        """Take the width there is, however long the labels are; what is cut is in the tooltip."""
        self.setSizeAdjustPolicy(QComboBox.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(1)
        policy = self.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Ignored)
        self.setSizePolicy(policy)
        self.currentTextChanged.connect(lambda text: self.setToolTip(plain_tooltip(text)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """End a label that is too long in an ellipsis; the style would cut through a letter."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.style().subControlRect(
            QStyle.CC_ComboBox, option, QStyle.SC_ComboBoxEditField, self
        )
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.ElideRight, room.width()
        )
        with QStylePainter(self) as painter:
            painter.drawComplexControl(QStyle.CC_ComboBox, option)
            painter.drawControl(QStyle.CE_ComboBoxLabel, option)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the form scroll unless this field has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

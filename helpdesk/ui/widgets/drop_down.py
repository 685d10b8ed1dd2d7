# SPDX-License-Identifier: GPL-3.0-or-later
"""A combo box whose list has room to breathe, and that scrolling past does not change."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QWheelEvent
from PyQt5.QtWidgets import QComboBox, QStyledItemDelegate, QWidget


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

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the form scroll unless this field has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

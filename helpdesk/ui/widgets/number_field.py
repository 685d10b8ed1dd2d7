# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields for numbers that scrolling past does not change."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QWheelEvent
from PyQt5.QtWidgets import QDoubleSpinBox, QSpinBox


class NumberField(QSpinBox):
    """A whole number between two others."""

    def __init__(self, least: int, most: int, step: int = 1, unit: str = "") -> None:
        """Allow the numbers from ``least`` to ``most``; the arrows go by ``step``."""
        super().__init__()
        self.setRange(least, most)
        self.setSingleStep(step)
        self.setSuffix(f" {unit}" if unit else "")
        self.setGroupSeparatorShown(True)
        self.setFocusPolicy(Qt.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the form scroll unless this field has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class SecondsField(QDoubleSpinBox):
    """A length of time in seconds."""

    def __init__(self, least: float, most: float) -> None:
        """Allow from ``least`` to ``most`` seconds."""
        super().__init__()
        self.setRange(least, most)
        self.setDecimals(1)
        self.setSuffix(" s")
        self.setFocusPolicy(Qt.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the form scroll unless this field has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

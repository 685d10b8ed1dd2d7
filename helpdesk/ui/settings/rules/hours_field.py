# SPDX-License-Identifier: GPL-3.0-or-later
"""A field for hours, whole ones and parts of one."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QWheelEvent
from PyQt5.QtWidgets import QDoubleSpinBox

_MOST = 100_000


class HoursField(QDoubleSpinBox):
    """Shows 4 hours, or 1.5 hours, in plain digits as rules keep them."""

    def __init__(self) -> None:
        """Allow from no hour on."""
        super().__init__()
        self.setRange(0, _MOST)
        self.setDecimals(2)
        self.setSuffix(" hours")
        self.setFocusPolicy(Qt.StrongFocus)

    @property
    def hours(self) -> str:
        """The number as rules keep it."""
        return f"{self.value():.2f}".rstrip("0").rstrip(".")

    def textFromValue(self, value: float) -> str:
        """Show no digits that say nothing."""
        text = super().textFromValue(value)
        point = self.locale().decimalPoint()
        return text.rstrip("0").rstrip(point) if point in text else text

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the form scroll unless this field has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

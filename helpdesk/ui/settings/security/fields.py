# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields for the rules of signing in: roles to tick, and lengths of time that need not be whole."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QWheelEvent
from PyQt5.QtWidgets import QCheckBox, QDoubleSpinBox, QHBoxLayout, QWidget

from helpdesk.core.schemas.users import Role

_LIMITS = "It is from {least} to {most}{unit}; the length before stays."


class RolesField(QWidget):
    """A box for each role."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        """Begin with none ticked."""
        super().__init__()
        self.boxes = {role: QCheckBox(role.label) for role in Role}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        for box in self.boxes.values():
            box.toggled.connect(lambda _: self.changed.emit())
            row.addWidget(box)
        row.addStretch(1)
        self.setFocusProxy(next(iter(self.boxes.values())))

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that are ticked."""
        return tuple(role for role, box in self.boxes.items() if box.isChecked())

    def set_roles(self, roles: Sequence[Role]) -> None:
        """Tick these roles and no others."""
        for role, box in self.boxes.items():
            box.setChecked(role in roles)


class LengthField(QDoubleSpinBox):
    """A length of time that may have a fraction; scrolling past does not change it."""

    refused = pyqtSignal(str)
    """A length was typed that cannot be: what the limit is."""

    def __init__(self, least: float, most: float, unit: str) -> None:
        """Allow the lengths from ``least`` to ``most``."""
        super().__init__()
        self.setDecimals(2)
        self.setRange(least, most)
        self.setSuffix(f" {unit}")
        self.setFocusPolicy(Qt.StrongFocus)

    def fixup(self, text: str) -> str:
        """Go back to the length before, and say why where one was typed."""
        if any(digit.isdigit() for digit in text):
            least, most = self.textFromValue(self.minimum()), self.textFromValue(self.maximum())
            self.refused.emit(_LIMITS.format(least=least, most=most, unit=self.suffix()))
        return str(super().fixup(text) or text)

    def textFromValue(self, value: float) -> str:
        """Say a whole number without its zeros."""
        text = str(super().textFromValue(value))
        point = str(self.locale().decimalPoint())
        return text.rstrip("0").rstrip(point) if point in text else text

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the form scroll unless this field has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

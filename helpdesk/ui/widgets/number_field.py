# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields for numbers that scrolling past does not change."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QFocusEvent, QValidator, QWheelEvent
from PyQt5.QtWidgets import QDoubleSpinBox, QSpinBox

_TOO_SMALL = "It is {} at least; the number before stays."
_TOO_LARGE = "It is {} at most; the number before stays."


class NumberField(QSpinBox):
    """A whole number between two others; another one is not taken, and that is said."""

    refused = pyqtSignal(str)
    """A number was typed that cannot be: what the limit is."""

    def __init__(self, least: int, most: int, step: int = 1, unit: str = "") -> None:
        """Allow the numbers from ``least`` to ``most``; the arrows go by ``step``."""
        super().__init__()
        self.setRange(least, most)
        self.setSingleStep(step)
        self.setSuffix(f" {unit}" if unit else "")
        self.setGroupSeparatorShown(True)
        self.setFocusPolicy(Qt.StrongFocus)
        self._before = least

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        """Let any number be typed: one that is too large is refused when it is done, with words."""
        state, text, at = super().validate(text, at)
        is_number = self._number_in(text) is not None
        return (
            (QValidator.Intermediate if is_number and state == QValidator.Invalid else state),
            text,
            at,
        )

    def fixup(self, text: str) -> str:
        """Go back to the number before, and say why."""
        number = self._number_in(text)
        if number is None or self.minimum() <= number <= self.maximum():
            return str(super().fixup(text) or text)
        is_small = number < self.minimum()
        limit = self.minimum() if is_small else self.maximum()
        self.refused.emit((_TOO_SMALL if is_small else _TOO_LARGE).format(f"{limit:,}"))
        # The first digits of what was typed may have been a number that can be.
        return f"{self.prefix()}{self.textFromValue(self._before)}{self.suffix()}"

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember the number that stood there before anything is typed."""
        self._before = self.value()
        super().focusInEvent(event)

    def _number_in(self, text: str) -> int | None:
        bare = text.removeprefix(self.prefix()).removesuffix(self.suffix())
        digits = "".join(bare.split()).replace(self.locale().groupSeparator(), "")
        return int(digits) if digits.isdecimal() else None

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

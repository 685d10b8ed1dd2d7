# SPDX-License-Identifier: GPL-3.0-or-later
"""What every dialog of the program is built on: Enter presses the button that has the focus."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QDialog, QPushButton, QToolButton

_ENTER = (Qt.Key_Return, Qt.Key_Enter)


class Dialog(QDialog):
    """A dialog in which Enter does what the focus ring is around.

    Qt presses the default button from any button that cannot become the default itself, so that
    Enter on 'Cancel' would save. From a field Enter still presses the default button.
    """

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press the focused button on Enter; a key that is held down presses once."""
        focused = self.focusWidget()
        if not is_enter(event) or not isinstance(focused, QPushButton | QToolButton):
            super().keyPressEvent(event)
        elif not event.isAutoRepeat() and focused.isEnabled():
            focused.click()


def is_enter(event: QKeyEvent) -> bool:
    """Tell whether this is Enter alone, of the letters or of the numbers."""
    return event.key() in _ENTER and not int(event.modifiers()) & ~int(Qt.KeypadModifier)

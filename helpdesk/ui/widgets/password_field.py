# SPDX-License-Identifier: GPL-3.0-or-later
"""A field for a password, which can be looked at before it is sent."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QHideEvent
from PyQt5.QtWidgets import QLineEdit

from helpdesk.ui.icons import icon

_SHOW, _HIDE = "Show what is typed", "Hide what is typed"


class PasswordField(QLineEdit):
    """Takes passwords of any length, typed or pasted; the eye in it shows them."""

    def __init__(self) -> None:
        """Begin empty and hidden."""
        super().__init__()
        self.setInputMethodHints(Qt.ImhHiddenText | Qt.ImhNoPredictiveText | Qt.ImhNoAutoUppercase)
        self._eye = self.addAction(icon("eye"), QLineEdit.TrailingPosition)
        self._eye.triggered.connect(self._on_eye)
        self._show(is_seen=False)

    def hideEvent(self, event: QHideEvent) -> None:
        """Hide what is typed: whoever comes back to the page may not be alone."""
        super().hideEvent(event)
        self._show(is_seen=False)

    def clear(self) -> None:
        """Forget what is typed, and hide what comes."""
        super().clear()
        self._show(is_seen=False)

    def _on_eye(self) -> None:
        self._show(is_seen=self.echoMode() == QLineEdit.Password)

    def _show(self, *, is_seen: bool) -> None:
        self.setEchoMode(QLineEdit.Normal if is_seen else QLineEdit.Password)
        self._eye.setIcon(icon("eye_off" if is_seen else "eye"))
        self._eye.setText(_HIDE if is_seen else _SHOW)
        self._eye.setToolTip(self._eye.text())

# SPDX-License-Identifier: GPL-3.0-or-later
"""The status bar: where the desk is stands there always, beside what was said last."""

from __future__ import annotations

from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QLabel, QSizePolicy, QStatusBar, QWidget

from helpdesk.ui.widgets.elided_label import ElidedLabel


class StatusBar(QStatusBar):
    """Qt's own hides what stands at the left while it says something; this one does not."""

    def __init__(self, where: QWidget, hints: str) -> None:
        """Show ``where`` the desk is at the left and the ``hints`` at the right."""
        super().__init__()
        self._said = ElidedLabel(role="said")
        self._said.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        self._goes = QTimer(self)
        self._goes.setSingleShot(True)
        self._goes.timeout.connect(self.clearMessage)
        shown_hints = QLabel(hints)
        shown_hints.setProperty("role", "secondary")
        self.addWidget(where)
        self.addWidget(self._said, 1)
        self.addPermanentWidget(shown_hints)
        self.setSizeGripEnabled(False)

    def showMessage(self, text: str, msecs: int = 0) -> None:
        """Say something, for so many milliseconds or until the next."""
        self._said.setText(text)
        self._said.setAccessibleName(text)
        self._goes.stop()
        if msecs:
            self._goes.start(msecs)

    def clearMessage(self) -> None:
        """Say nothing any more."""
        self.showMessage("")

    def currentMessage(self) -> str:
        """Return what is said."""
        return str(self._said.text())

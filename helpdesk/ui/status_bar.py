# SPDX-License-Identifier: GPL-3.0-or-later
"""The status bar: where the desk is stands there always, beside what was said last."""

from __future__ import annotations

from PyQt5.QtCore import QTimer
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QLabel, QSizePolicy, QStatusBar, QWidget

from helpdesk.ui.widgets.elided_label import ElidedLabel

_MOST_SAID = 480
"""A sentence may make the rest smaller up to this width, but never widen the window."""
_BESIDE = 40


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
        self._where = where
        self._more: list[QWidget] = []
        self._hints = QLabel(hints)
        self._hints.setProperty("role", "secondary")
        self.addWidget(where)
        self.addWidget(self._said, 1)
        self.addPermanentWidget(self._hints)
        self.setSizeGripEnabled(False)

    def add_beside(self, widget: QWidget) -> None:
        """Show something more, before the hints."""
        self._more.append(widget)
        self.insertPermanentWidget(2, widget)

    def showMessage(self, text: str, msecs: int = 0) -> None:
        """Say something, for so many milliseconds or until the next."""
        self._said.setText(text)
        self._said.setAccessibleName(text)
        self._make_room()
        self._goes.stop()
        if msecs:
            self._goes.start(msecs)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Offer the hints only where they leave room for what is said."""
        super().resizeEvent(event)
        self._make_room()

    def clearMessage(self) -> None:
        """Say nothing any more."""
        self.showMessage("")

    def currentMessage(self) -> str:
        """Return what is said."""
        return str(self._said.text())

    def _make_room(self) -> None:
        wanted = self._said.sizeHint().width() if self._said.text() else 0
        self._said.setMinimumWidth(min(wanted, _MOST_SAID))
        shown = (self._where, self._hints, *(each for each in self._more if not each.isHidden()))
        beside = sum(each.sizeHint().width() for each in shown) + _BESIDE
        self._hints.setVisible(not wanted or wanted + beside <= self.width())

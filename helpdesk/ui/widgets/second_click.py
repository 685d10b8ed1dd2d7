# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the second click of a double click off what lies under a dialog that the first closed."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QObject, QTimer
from PyQt5.QtWidgets import QApplication, QDialog, QWidget

_CLICKS = (QEvent.MouseButtonPress, QEvent.MouseButtonDblClick, QEvent.MouseButtonRelease)


class SecondClick(QObject):
    """Swallows the clicks of a window for as long as a double click may take."""

    def __init__(self, under: QWidget) -> None:
        """Guard a widget and all that is in it."""
        super().__init__(under)
        self._under = under
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._let_through)

    @property
    def is_guarding(self) -> bool:
        """Whether clicks are swallowed now."""
        return self._pause.isActive()

    def guard_after(self, dialog: QDialog) -> None:
        """Swallow what is clicked just after a dialog has closed."""
        dialog.finished.connect(self.guard)

    def guard(self) -> None:
        """Swallow what is clicked from now on, until no click belongs to the one before."""
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)
            self._pause.start(QApplication.doubleClickInterval())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the clicks away."""
        if event.type() not in _CLICKS or not isinstance(watched, QWidget):
            return False
        return watched is self._under or self._under.isAncestorOf(watched)

    def _let_through(self) -> None:
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

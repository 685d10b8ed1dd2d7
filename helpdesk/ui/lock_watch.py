# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells that nobody has pressed a key or a button for a while."""

from __future__ import annotations

import time

from PyQt5.QtCore import QEvent, QObject, QTimer, pyqtSignal
from PyQt5.QtWidgets import QApplication

_LOOK_MS = 5_000
"""Timers stand still while a computer sleeps: so often it is looked how late it is."""
_SIGNS = frozenset(
    {
        QEvent.KeyPress,
        QEvent.MouseButtonPress,
        QEvent.MouseButtonDblClick,
        QEvent.Wheel,
        QEvent.TouchBegin,
        QEvent.TabletPress,
        QEvent.InputMethod,
    }
)


def steady_seconds() -> float:
    """Return seconds that go on while the computer sleeps, and that no clock of day disturbs."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class LockWatch(QObject):
    """Watches the whole program while there is a limit."""

    idle = pyqtSignal()

    def __init__(self, parent: QObject) -> None:
        """Begin without a limit."""
        super().__init__(parent)
        self._limit = 0.0
        self._is_watching = False
        self._active_at = steady_seconds()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)

    @property
    def limit_seconds(self) -> float:
        """After so long without a sign `idle` is told; 0 is never."""
        return self._limit

    def set_limit(self, seconds: float) -> None:
        """Set another limit, from now on."""
        self._limit = seconds
        self._set_watching(seconds > 0)

    def begin_anew(self) -> None:
        """Count from now on."""
        self._active_at = steady_seconds()

    def stop(self) -> None:
        """Watch no more."""
        self._set_watching(False)

    def look(self) -> bool:
        """Tell when the limit has passed; return whether it has."""
        is_idle = 0 < self._limit <= steady_seconds() - self._active_at
        if is_idle:
            self.begin_anew()
            self.idle.emit()
        return is_idle

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take note of a sign; the first one after a sleep must not count, nor do anything."""
        if event.type() not in _SIGNS:
            return False
        if self.look():
            return True
        self._active_at = steady_seconds()
        return False

    def _set_watching(self, watching: bool) -> None:
        application = QApplication.instance()
        if application is None or watching is self._is_watching:
            return
        self._is_watching = watching
        if watching:
            self.begin_anew()
            application.installEventFilter(self)
            self._timer.start()
        else:
            application.removeEventFilter(self)
            self._timer.stop()

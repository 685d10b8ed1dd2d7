# SPDX-License-Identifier: GPL-3.0-or-later
"""When the figures are asked for again: soon after a change, and never faster than one can read."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QObject, QTimer

from helpdesk.core.clock import monotonic

_PAUSE = 1.0
"""Seconds between two questions at least."""
_NOW_AND_THEN_MS = 60_000
"""What is due soon changes by itself."""


class Live(QObject):
    """Asks at once, then at most once a second, one question at a time, only while seen."""

    def __init__(
        self, parent: QObject, ask: Callable[[], object], is_seen: Callable[[], bool]
    ) -> None:
        """Ask by this call; whoever answers says so with `answered`."""
        super().__init__(parent)
        self._ask, self._is_seen = ask, is_seen
        self._is_asking = self._is_wanted = False
        self._asked_at = -_PAUSE
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._go_on)
        self._tick = QTimer(self)
        self._tick.setInterval(_NOW_AND_THEN_MS)
        self._tick.timeout.connect(self.want)
        self._tick.start()

    @property
    def is_at_rest(self) -> bool:
        """Whether no figures are on the way, and none will be asked for by what happened so far."""
        return not self._is_asking and not (self._is_wanted and self._is_seen())

    def want(self) -> None:
        """Say that something may have changed."""
        self._is_wanted = True
        self._go_on()

    def want_now(self) -> None:
        """Say that somebody waits for other figures."""
        self._asked_at = monotonic() - _PAUSE
        self.want()

    def answered(self) -> None:
        """Say that the last question has come to its end."""
        self._is_asking = False
        self._go_on()

    def _go_on(self) -> None:
        if not self._is_wanted or self._is_asking or not self._is_seen():
            return
        left = self._asked_at + _PAUSE - monotonic()
        if left > 0:
            if not self._pause.isActive():
                self._pause.start(round(left * 1000) + 1)
            return
        self._pause.stop()
        self._is_wanted, self._is_asking = False, True
        self._asked_at = monotonic()
        self._ask()

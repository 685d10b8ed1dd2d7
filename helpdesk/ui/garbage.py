# SPDX-License-Identifier: GPL-3.0-or-later
"""Collects Python's garbage on the main thread only.

Left alone, Python collects on whichever thread allocates next. On a thread of the pool that could
destroy Qt objects, which may live and die only on the main thread, and end the program.
"""

from __future__ import annotations

import gc

from PyQt5.QtCore import QObject, QTimer

_EVERY_MS = 1_000


class MainThreadGarbage(QObject):
    """Looks once a second whether a generation is due, by Python's own thresholds."""

    def __init__(self, parent: QObject) -> None:
        """Switch the automatic collection off until `stop`."""
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._on_due)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer.start()

    def settle(self) -> None:
        """Leave out what exists now: modules and classes stay, and cost time to look through."""
        gc.freeze()

    def stop(self) -> None:
        """Leave collecting to Python again, if that was so before."""
        self._timer.stop()
        if self._was_enabled:
            gc.enable()

    def _on_due(self) -> None:
        counts, thresholds = gc.get_count(), gc.get_threshold()
        due = [number for number in range(3) if counts[number] > thresholds[number] > 0]
        if due:
            gc.collect(max(due))

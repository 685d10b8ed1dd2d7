# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts how often a listener is called, and waits for it."""

from __future__ import annotations

import threading


class Listening:
    """A listener that counts its calls."""

    def __init__(self) -> None:
        """Begin with none."""
        self.calls = 0
        self._changed = threading.Condition()

    def __call__(self) -> None:
        with self._changed:
            self.calls += 1
            self._changed.notify_all()

    def reached(self, calls: int, seconds: float = 10) -> bool:
        """Wait until there were so many calls; return whether there were in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.calls >= calls, seconds)

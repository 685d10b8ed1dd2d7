# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices when the window under test froze, on a machine that may be busy with something else."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from time import monotonic

from PyQt5.QtCore import QObject, QTimer

from helpdesk.ui.watchdog import Stall, StallWatchdog

LONGEST_MS = 500
"""Far above what the program aims at, which the benchmarks measure."""

_SAMPLE_MS = 10
_SAMPLES = 3_000
_WAITED = Path("/proc/thread-self/schedstat")


class Stalls(QObject):
    """What held the main thread up, without the time in which the machine ran something else."""

    def __init__(self, longest_ms: int = LONGEST_MS) -> None:
        super().__init__()
        self._longest_ms = longest_ms
        self.found: list[str] = []
        self._waited: deque[tuple[float, float]] = deque([(0.0, 0.0)], maxlen=_SAMPLES)
        self._watchdog = StallWatchdog(threshold_ms=longest_ms)
        self._watchdog.stalled.connect(self._on_stalled)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._sample)

    def start(self) -> None:
        """Watch from now on."""
        self.found.clear()
        self._sample()
        self._timer.start(_SAMPLE_MS)
        self._watchdog.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._watchdog.stop()
        self._timer.stop()

    def _sample(self) -> None:
        self._waited.append((monotonic(), _waited_ms()))

    def _on_stalled(self, stall: Stall) -> None:
        begun = monotonic() - stall.ms / 1000
        before = max((sample for sample in self._waited if sample[0] <= begun), default=(0.0, 0.0))
        held = stall.ms - (_waited_ms() - before[1])
        if held > self._longest_ms:
            self.found.append(f"{held:.0f} ms\n{stall.stack}")


def _waited_ms() -> float:
    """Return how long this thread was ready and another one ran, where the system tells it."""
    try:
        return int(_WAITED.read_text().split()[1]) / 1e6
    except (OSError, ValueError, IndexError):
        return 0.0

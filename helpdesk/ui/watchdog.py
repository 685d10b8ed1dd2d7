# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells when the main thread stalled, for how long and where, so that no freeze goes unnoticed."""

from __future__ import annotations

import sys
import threading
from collections import deque
from dataclasses import dataclass
from time import monotonic

from PyQt5.QtCore import QObject, Qt, pyqtSignal

_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Stall:
    """One freeze: how long it lasted, and the main thread's stack in the midst of it."""

    ms: float
    stack: str


class StallWatchdog(QObject):
    """Asks the event loop for a sign of life every few milliseconds, from a thread of its own.

    A delay counts from the moment the sign was due, so that a call which holds the interpreter
    lock, and with it the asking thread, is measured in full.
    """

    stalled = pyqtSignal(object)
    """A `Stall` longer than the threshold has just ended."""
    _asked = pyqtSignal(float)

    def __init__(
        self, parent: QObject | None = None, *, threshold_ms: float = 50, interval_ms: float = 5
    ) -> None:
        """Watch for stalls longer than the threshold, once started."""
        super().__init__(parent)
        self.stalls: list[Stall] = []
        self._delays_ms: deque[float] = deque(maxlen=_REMEMBERED)
        self._threshold = threshold_ms / 1000
        self._interval = interval_ms / 1000
        self._main_thread = threading.get_ident()
        self._answered = threading.Event()
        self._ended = threading.Event()
        self._stack = ""
        self._thread: threading.Thread | None = None
        self._asked.connect(self._on_asked, Qt.QueuedConnection)  # type: ignore[call-arg]

    def start(self) -> None:
        """Forget what was measured and watch from now on."""
        self.stop()
        self.stalls.clear()
        self._delays_ms.clear()
        self._ended.clear()
        self._thread = threading.Thread(target=self._watch, name="stall watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching and keep the figures."""
        if self._thread is None:
            return
        self._ended.set()
        self._answered.set()
        self._thread.join()
        self._thread = None

    @property
    def longest_ms(self) -> float:
        """The longest delay of the event loop, in milliseconds."""
        return max(self._delays_ms, default=0.0)

    def percentile(self, percent: float) -> float:
        """Return the delay in milliseconds that this share of all delays does not exceed."""
        ordered = sorted(self._delays_ms)
        if not ordered:
            return 0.0
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]

    def _watch(self) -> None:
        due = monotonic() + self._interval
        while not self._ended.wait(max(0.0, due - monotonic())):
            self._answered.clear()
            # `stop` may have come since the wait above ran out, and what it set is now cleared.
            if self._ended.is_set():
                return
            self._stack = ""
            self._asked.emit(due)
            if not self._answered.wait(self._threshold):
                self._stack = _stack_of(self._main_thread)
                self._answered.wait()
            due = monotonic() + self._interval

    def _on_asked(self, due: float) -> None:
        delay = max(0.0, monotonic() - due)
        self._delays_ms.append(delay * 1000)
        if delay > self._threshold:
            stall = Stall(delay * 1000, self._stack)
            self.stalls.append(stall)
            self.stalled.emit(stall)
        self._answered.set()


def _stack_of(thread: int) -> str:
    import traceback

    frame = sys._current_frames().get(thread)  # noqa: SLF001 -- the only way to see another thread
    return "".join(traceback.format_stack(frame)) if frame else ""

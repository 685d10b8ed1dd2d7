# SPDX-License-Identifier: GPL-3.0-or-later
"""One file on its way, a piece at a time: between two pieces everything else has its turn."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

from PyQt5.QtCore import QObject, pyqtSignal

from helpdesk.ui.background import Background, Job


class _Ended(NamedTuple):
    """That there is no further step, and what came of all."""

    result: Any


class Transfer(QObject):
    """Takes the steps of a transfer off the main thread and tells how far it is."""

    progressed = pyqtSignal(int, int)
    """The bytes done, and those of the whole file."""
    ended = pyqtSignal(object)
    """What came of it."""
    failed = pyqtSignal(object)
    """Its error."""

    def __init__(
        self,
        background: Background,
        steps: Generator[tuple[int, int], None, Any],
        parent: QObject | None = None,
    ) -> None:
        """Keep the steps; ``start`` takes them."""
        super().__init__(parent)
        self._background = background
        self._steps = steps
        self._job: Job[Any] | None = None
        self._stopped = False

    def start(self) -> None:
        """Take the first step, and the others after it."""
        self._job = self._background.run(self, _taken, self._steps)
        self._job.then(self._on_step).failed(self._on_failed)

    def stop(self) -> None:
        """Take no further step, and leave nothing of it behind; nobody is told."""
        if self._stopped:
            return
        self._stopped = True
        # The step under way comes to its end first.
        job = self._job
        if job is None or job.answered:
            self._close()

    def _on_step(self, step: Any) -> None:
        if self._stopped:
            self._close()
        elif isinstance(step, _Ended):
            self.ended.emit(step.result)
        else:
            self.progressed.emit(*step)
            self.start()

    def _on_failed(self, error: Exception) -> None:
        if not self._stopped:
            self.failed.emit(error)

    def _close(self) -> None:
        self._background.run(self, self._steps.close)


def _taken(steps: Generator[tuple[int, int], None, Any]) -> Any:
    try:
        return next(steps)
    except StopIteration as end:
        return _Ended(end.value)

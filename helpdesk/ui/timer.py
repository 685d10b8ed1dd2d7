# SPDX-License-Identifier: GPL-3.0-or-later
"""Knows the person's timer that runs, for the ticket, the status bar and the keys alike.

How long it has run is counted here from what the desk said once; nobody is asked each minute.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.time_entries import RunningTimer, TimerState, TimerStop

if TYPE_CHECKING:
    from helpdesk.ui.desktop import Desktop

_MINUTE_MS = 60_000
KIND = "timer"
"""What the feed calls a change of a timer."""


class OwnTimer(QObject):
    """The timer of whoever is signed in; it asks the desk when that says that it has changed."""

    changed = pyqtSignal()
    """Another timer runs, or none, or a minute has gone by."""
    stopped = pyqtSignal(object)
    """A ``StoppedTimer``: how long somebody worked on which ticket."""
    failed = pyqtSignal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        """Know of none before it is started."""
        super().__init__(parent)
        self._desktop: Desktop | None = None
        self._known_at: datetime | None = None
        self.running: RunningTimer | None = None
        self._minute = QTimer(self)
        self._minute.setInterval(_MINUTE_MS)
        self._minute.timeout.connect(self.changed)

    def start(self, desktop: Desktop) -> None:
        """Begin to know, where the person works on tickets."""
        if self._desktop is not None or not desktop.may(Permission.WORK_TICKET):
            return
        self._desktop = desktop
        desktop.feed.changed.connect(self._on_changed)
        self._minute.start()
        self._ask()

    def stop(self) -> None:
        """Ask no more."""
        if self._desktop is not None:
            self._desktop.feed.changed.disconnect(self._on_changed)
        self._desktop = None
        self._minute.stop()

    def runs_on(self, ticket_id: int) -> bool:
        """Return whether the timer runs on a ticket."""
        return self.running is not None and self.running.ticket.id == ticket_id

    @property
    def seconds(self) -> int:
        """How long it has run."""
        if self.running is None or self._known_at is None or self._desktop is None:
            return 0
        passed = self._desktop.clock() - self._known_at
        return self.running.seconds + max(0, passed // timedelta(seconds=1))

    def begin(self, desktop: Desktop, ticket_id: int) -> None:
        """Start it on a ticket; one that runs on another is stopped."""
        job = desktop.background.run(self, desktop.desk.time_entries.start, ticket_id)
        job.then(self._show).failed(self.failed.emit)

    def end(self, desktop: Desktop, stop: TimerStop) -> None:
        """Stop it."""
        job = desktop.background.run(self, desktop.desk.time_entries.stop, stop)
        job.then(self._show).failed(self.failed.emit)

    def discard(self, desktop: Desktop) -> None:
        """Forget it, as if it had never run."""
        job = desktop.background.run(self, desktop.desk.time_entries.discard)
        job.then(partial(self._show, TimerState(running=None))).failed(self.failed.emit)

    def _show(self, state: TimerState, _answer: object = None) -> None:
        self.running = state.running
        self._known_at = self._desktop.clock() if self._desktop else None
        if state.running is not None:
            # The minutes that are shown begin with the timer's own.
            self._minute.start()
        self.changed.emit()
        if state.stopped is not None:
            self.stopped.emit(state.stopped)

    def _on_changed(self, kind: str, _ids: tuple[int, ...]) -> None:
        if kind == KIND:
            self._ask()

    def _ask(self) -> None:
        if self._desktop is not None:
            job = self._desktop.background.latest(self, self._desktop.desk.time_entries.running)
            job.then(self._show).failed(lambda _: None)

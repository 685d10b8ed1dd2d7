# SPDX-License-Identifier: GPL-3.0-or-later
"""The timer in the status bar: on which ticket it runs and for how long, and a way to stop it."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QPushButton, QWidget

from helpdesk.core.schemas.time_entries import StoppedTimer
from helpdesk.core.time_amounts import written
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.work.time_dialogs import StopDialog
from helpdesk.ui.widgets.toast import Toast

_HEIGHT = 18


class TimerStatus(QWidget):
    """Hidden while no timer runs."""

    ticket_wanted = pyqtSignal(int)
    said = pyqtSignal(str)
    done = pyqtSignal(int, str)
    """A deed that can be undone, and what was done in words."""

    def __init__(self, desktop: Desktop) -> None:
        """Follow the timer of whoever is signed in."""
        super().__init__()
        self._desktop = desktop
        self.open_button, self.stop_button = QPushButton(), QPushButton("Stop")
        for button in (self.open_button, self.stop_button):
            button.setProperty("kind", "status")
            button.setMaximumHeight(_HEIGHT)
        self.stop_button.setAccessibleName("Stop the timer")
        self.open_button.clicked.connect(self._on_open)
        self.stop_button.clicked.connect(lambda: ask_to_stop(desktop, self.window()))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 6, 0)
        row.setSpacing(2)
        row.addWidget(self.open_button)
        row.addWidget(self.stop_button)
        desktop.timer.changed.connect(self._show)
        desktop.timer.stopped.connect(self._on_stopped)
        desktop.timer.failed.connect(self._on_failed)
        self._show()

    def _show(self) -> None:
        running = self._desktop.timer.running
        self.setVisible(running is not None)
        if running is not None:
            hours, minutes = divmod(self._desktop.timer.seconds // 60, 60)
            words = f"{running.ticket.number} · {hours}:{minutes:02}"
            self.open_button.setText(words)
            self.open_button.setAccessibleName(f"The timer runs: {words}; show the ticket")
            self.open_button.setToolTip("Show the ticket that the timer runs on")

    def _on_open(self) -> None:
        if (running := self._desktop.timer.running) is not None:
            self.ticket_wanted.emit(running.ticket.id)

    def _on_stopped(self, stopped: StoppedTimer) -> None:
        words = f"{written(stopped.seconds)} noted on {stopped.ticket.number}"
        if stopped.undo is None:
            self.said.emit(words)
        else:
            self.done.emit(stopped.undo, words)

    def _on_failed(self, error: Exception) -> None:
        """Say why; one that was forgotten is asked about at once."""
        running = self._desktop.timer.running
        if running is not None and running.is_long:
            ask_to_stop(self._desktop, self.window())
        else:
            Toast.say(self.window(), sentence_of(error))


def ask_to_stop(desktop: Desktop, window: QWidget) -> None:
    """Ask what was done while the timer ran, and stop it."""
    timer = desktop.timer
    if timer.running is None:
        return
    dialog = StopDialog(timer.running, timer.seconds, window)
    dialog.decided.connect(partial(timer.end, desktop))
    dialog.discarded.connect(partial(timer.discard, desktop))
    dialog.open()

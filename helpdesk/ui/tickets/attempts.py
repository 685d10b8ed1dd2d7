# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries what a person does with a ticket, and asks when somebody else was quicker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QWidget

from helpdesk.core.errors import Conflict, Pending
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.conflict_dialog import ConflictDialog
from helpdesk.ui.tickets.conflicts import Label, differences

Fields = Mapping[str, Any]
Calls = Callable[[Fields, int], Callable[[], TicketView]]
"""Makes the call out of the fields to set and the version of the ticket they are set on."""


class _Attempt(NamedTuple):
    chosen: Fields
    """What fields shall be, by their names in a change."""
    calls: Calls
    settled: Callable[[], None]
    """Called when it came about, or was given up."""


class Attempts(QObject):
    """Calls the desk; where two changes meet, both are shown before one overwrites the other."""

    done = pyqtSignal(object)
    """The ``TicketView`` that came of it."""
    kept = pyqtSignal()
    """The server is away: it is in the outbox."""
    failed = pyqtSignal(object)
    """It did not come about; nothing can be compared."""
    met = pyqtSignal(object)
    """The ``TicketView`` that somebody else's change has made."""
    agreed = pyqtSignal(object)
    """The ``TicketView`` that is as chosen already."""
    given_up = pyqtSignal(object)
    """The ``TicketView`` that stays as somebody else has made it."""

    def __init__(self, desktop: Desktop, pane: QWidget, label: Label) -> None:
        """Ask over the window of a pane; ``label`` names the values of fields."""
        super().__init__(pane)
        self._desktop = desktop
        self._pane = pane
        self._label = label

    def make(self, seen: TicketView, chosen: Fields, calls: Calls) -> None:
        """Try something on a ticket as it was seen."""
        self._try(_Attempt(chosen, calls, _nothing), seen, seen.version)

    def begin(self, version: int, chosen: Fields, calls: Calls) -> None:
        """Try something on a ticket of which no more was seen than its row in a list."""
        self._try(_Attempt(chosen, calls, _nothing), None, version)

    def compare(
        self, now: TicketView, chosen: Fields, calls: Calls, settled: Callable[[], None]
    ) -> None:
        """Ask about a change that was refused before, on the ticket as it is now."""
        self._ask(_Attempt(chosen, calls, settled), None, now)

    def _try(self, attempt: _Attempt, seen: TicketView | None, version: int) -> None:
        job = self._desktop.background.run(self, attempt.calls(attempt.chosen, version))
        job.then(partial(self._on_done, attempt))
        job.failed(partial(self._on_failed, attempt, seen))

    def _on_done(self, attempt: _Attempt, ticket: TicketView) -> None:
        attempt.settled()
        self.done.emit(ticket)

    def _on_failed(self, attempt: _Attempt, seen: TicketView | None, error: Exception) -> None:
        if isinstance(error, Pending):
            attempt.settled()
            self.kept.emit()
        elif isinstance(error, Conflict) and isinstance(error.current, TicketView):
            self._ask(attempt, seen, error.current)
        else:
            self.failed.emit(error)

    def _ask(self, attempt: _Attempt, seen: TicketView | None, now: TicketView) -> None:
        rows = differences(attempt.chosen, seen, now, self._label)
        self.met.emit(now)
        if not rows:
            attempt.settled()
            self.agreed.emit(now)
            return
        dialog = ConflictDialog(now, rows, self._desktop.clock(), self._pane.window())
        dialog.decided.connect(partial(self._on_decided, attempt, now))
        dialog.open()

    def _on_decided(self, attempt: _Attempt, now: TicketView, fields: Fields) -> None:
        if fields:
            self._try(attempt._replace(chosen=fields), now, now.version)
        else:
            attempt.settled()
            self.given_up.emit(now)


def _nothing() -> None:
    """Do nothing more."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""What tickets can be given, read by one call for all parts of a window that offer it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PyQt5 import sip
from PyQt5.QtCore import QObject

from helpdesk.core.schemas.tickets import TicketChoices

if TYPE_CHECKING:
    from helpdesk.ui.desktop import Desktop

Then = Callable[[TicketChoices], object]


class Choices(QObject):
    """Asks the desk once for all who ask while the answer is on its way."""

    def __init__(self) -> None:
        """Begin with nobody who asks."""
        super().__init__()
        self._waiting: dict[int, tuple[QObject, Then]] = {}

    def ask(self, desktop: Desktop, owner: QObject, then: Then, *, anew: bool = False) -> None:
        """Call ``then`` with what can be chosen, unless its owner is gone by then.

        With ``anew`` an answer on its way is too old: it must not come after a newer one.
        """
        is_first = not self._waiting
        self._waiting[id(owner)] = (owner, then)
        if is_first or anew:
            job = desktop.background.latest(self, desktop.desk.tickets.choices)
            job.then(self._tell).failed(lambda error: self._on_failed(desktop, error))

    def _tell(self, found: TicketChoices) -> None:
        waiting, self._waiting = self._waiting, {}
        for owner, then in waiting.values():
            if not sip.isdeleted(owner):
                then(found)

    def _on_failed(self, desktop: Desktop, error: Exception) -> None:
        self._waiting.clear()
        desktop.background.unheard.emit(error)

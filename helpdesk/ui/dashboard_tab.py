# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard as a tab: cards with the figures of the desk, live."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QVBoxLayout

from helpdesk.ui.base_tab import BaseTab
from helpdesk.ui.desktop import Desktop

_NEWS = frozenset({"ticket", "team", "user", "rating", "figure", "category"})


class DashboardTab(BaseTab):
    """Holds the dashboard, which is imported with its charts when the tab is first opened."""

    tickets_behind_wanted = pyqtSignal(object, str)
    """The tickets behind a number: a ``Behind``, and what it is called."""
    ticket_wanted = pyqtSignal(int)

    def __init__(self, desktop: Desktop) -> None:
        """Make the dashboard."""
        super().__init__(desktop)
        # Charts take a while to load, which the start of the program must not wait for.
        from helpdesk.ui.dashboard.export import Export
        from helpdesk.ui.dashboard.page import DashboardPage

        self.setObjectName("page")
        self.page = DashboardPage(desktop)
        self.page.said.connect(self.said)
        self.page.tickets_behind_wanted.connect(self.tickets_behind_wanted)
        self.page.ticket_wanted.connect(self.ticket_wanted)
        self.export = Export(self.page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.page)

    def refresh(self) -> None:
        """Read the figures again, soon."""
        self.page.refresh()

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Return whether a change may move a figure."""
        return kind in _NEWS

    def focus_first(self) -> None:
        """Begin at the card that had the focus."""
        self.page.focus_first()

    def stop(self) -> None:
        """Write no file any further."""
        self.export.stop()

    def save_state(self) -> None:
        """Remember the period and whose tickets are counted."""
        self.page.save_state()

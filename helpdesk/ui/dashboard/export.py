# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard's figures as a file: the cards as they stand, as PDF or CSV."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt5.QtCore import QObject
from PyQt5.QtWidgets import QPushButton

from helpdesk.core.schemas.reports import FileFormat, Report
from helpdesk.ui.dashboard.report_of import report_of
from helpdesk.ui.reports.saving import Saving
from helpdesk.ui.widgets.second_click import SecondClick

if TYPE_CHECKING:
    from helpdesk.ui.dashboard.page import DashboardPage


class Export(QObject):
    """What the buttons 'Export PDF' and 'CSV' do; making the file holds nobody up."""

    def __init__(self, page: DashboardPage) -> None:
        """Listen to the page's buttons."""
        super().__init__(page)
        self._page = page
        self.saving = Saving(page.desktop.background)
        self.saving.busy_changed.connect(self._on_busy)
        self.second_click = SecondClick(page)
        page.add_above(self.saving)
        page.head.pdf_button.clicked.connect(partial(self._on_wanted, FileFormat.PDF))
        page.head.csv_button.clicked.connect(partial(self._on_wanted, FileFormat.CSV))

    def report(self) -> Report | None:
        """Return the cards as they stand, in the order of reading."""
        page = self._page
        if page.view is None:
            return None
        order = sorted(range(len(page.grid.cards)), key=lambda at: page.grid.areas[at][1::-1])
        shown = [page.grid.cards[at] for at in order]
        told = [(card.card, card.figures) for card in shown if card.figures is not None]
        return report_of(told, page.view, page.desktop.person.full_name)

    def save(self, kind: FileFormat, target: Path) -> None:
        """Write the file, and say where it is."""
        report = self.report()
        if report is not None:
            self.saving.save_report(self._page.desktop.desk, report, target, kind)

    def stop(self) -> None:
        """Write no further."""
        self.saving.stop()

    def _on_wanted(self, kind: FileFormat, _checked: bool = False) -> None:
        if self._page.view is None:
            self._page.said.emit("There are no figures yet; wait until they have been read.")
            return
        name = f"dashboard-{self._page.view.last}"
        dialog = self.saving.ask("Export the dashboard", name, kind, partial(self.save, kind))
        self.second_click.guard_after(dialog)

    def _on_busy(self, busy: bool) -> None:
        for button in self._buttons():
            button.setEnabled(not busy)

    def _buttons(self) -> tuple[QPushButton, ...]:
        return self._page.head.pdf_button, self._page.head.csv_button

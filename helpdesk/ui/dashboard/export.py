# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard's figures as a file: the cards as they stand, as PDF or CSV."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt5.QtCore import QObject, QStandardPaths, QUrl
from PyQt5.QtGui import QDesktopServices
from PyQt5.QtWidgets import QFileDialog, QPushButton

from helpdesk.core.schemas.reports import FileFormat, Report
from helpdesk.ui.dashboard.report_of import report_of
from helpdesk.ui.desktop import sentence_of
from helpdesk.ui.widgets.toast import Toast

if TYPE_CHECKING:
    from helpdesk.ui.dashboard.page import DashboardPage

_KINDS = {FileFormat.PDF: "PDF (*.pdf)", FileFormat.CSV: "CSV (*.csv)"}


class Export(QObject):
    """What the buttons 'Export PDF' and 'CSV' do; making the file holds nobody up."""

    def __init__(self, page: DashboardPage) -> None:
        """Listen to the page's buttons."""
        super().__init__(page)
        self._page = page
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
        if report is None:
            return
        job = self._page.run(_write, report, target, kind)
        for button in self._buttons():
            button.setEnabled(False)
        job.then(lambda _: self._on_written(target)).failed(self._on_failed)
        job.finally_(self._on_ended)

    def _on_wanted(self, kind: FileFormat, _checked: bool = False) -> None:
        if self._page.view is None:
            self._page.said.emit("There are no figures yet; wait until they have been read.")
            return
        day = self._page.view.last
        folder = QStandardPaths.writableLocation(QStandardPaths.DocumentsLocation)
        dialog = QFileDialog(self._page, "Export the dashboard", folder, _KINDS[kind])
        dialog.setAcceptMode(QFileDialog.AcceptSave)
        dialog.setDefaultSuffix(kind.value)
        dialog.selectFile(f"dashboard-{day}.{kind.value}")
        dialog.fileSelected.connect(lambda chosen: self.save(kind, Path(chosen)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_written(self, target: Path) -> None:
        show: Callable[[], object] = partial(
            QDesktopServices.openUrl, QUrl.fromLocalFile(str(target))
        )
        Toast.say(self._page.window(), f"{target.name} was written.", "Open", show)

    def _on_failed(self, error: Exception) -> None:
        self._page.banner.show_error(sentence_of(error))

    def _on_ended(self) -> None:
        for button in self._buttons():
            button.setEnabled(True)

    def _buttons(self) -> tuple[QPushButton, ...]:
        return self._page.head.pdf_button, self._page.head.csv_button


def _write(report: Report, target: Path, kind: FileFormat) -> None:
    # What writes PDF takes long to load.
    from helpdesk.client.exports import save_report

    save_report(report, target, kind)

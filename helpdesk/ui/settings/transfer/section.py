# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which an admin takes tickets in from elsewhere, and tickets or all of it out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt5.QtCore import QStandardPaths
from PyQt5.QtWidgets import QCheckBox, QFileDialog, QFrame, QHBoxLayout, QPushButton, QWidget

from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.reports.saving import Saving
from helpdesk.ui.settings.row import Card
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.transfer.import_dialog import TicketImportDialog
from helpdesk.ui.settings.words import TRANSFER, Words
from helpdesk.ui.widgets.plain_label import PlainLabel

_ELSEWHERE = (
    "The desk is on a server, where whoever runs it writes the file with: helpdesk export desk"
    " FILE.zip."
)
_PASSWORDS = "With people's passwords, as they are kept; else each gets a new one there"
_COMMENTS = "With what was said on them, internal notes too"


class TransferSection(Section):
    """Three cards: tickets in, tickets out, the whole desk out."""

    def __init__(self, desktop: Desktop) -> None:
        """Offer what this desk can do from here."""
        super().__init__(desktop, TRANSFER)
        self.saving = Saving(desktop.background)
        self.saving.busy_changed.connect(self._on_busy)
        self.import_button = QPushButton("Import tickets…")
        self.import_button.clicked.connect(self.open_import)
        self.comments = QCheckBox(_COMMENTS)
        self.json_button = QPushButton("Export as JSON…")
        self.json_button.clicked.connect(self._ask_tickets)
        self.passwords = QCheckBox(_PASSWORDS)
        self.desk_button = QPushButton("Export the desk…")
        self.desk_button.clicked.connect(self._ask_desk)
        self.body.addWidget(self.saving)
        self._add("import_tickets", self.import_button)
        self._add("export_tickets", self.comments, self.json_button)
        if desktop.files is None:
            self._add("export_desk", PlainLabel(_ELSEWHERE, role="waiting"))
        else:
            self._add("export_desk", self.passwords, self.desk_button)
        self.body.addStretch(1)
        self.states.show_content()

    def reveal(self, key: str) -> None:
        """Put the focus on the button of a setting."""
        buttons = {
            "import_tickets": self.import_button,
            "export_tickets": self.json_button,
            "export_desk": self.desk_button,
        }
        buttons.get(key, self.import_button).setFocus()

    def open_import(self) -> TicketImportDialog:
        """Begin to take tickets in."""
        dialog = TicketImportDialog(self.desktop, self)
        dialog.open()
        return dialog

    def export_tickets(self, target: Path) -> None:
        """Write all tickets into a file of JSON."""
        self.saving.save_records(
            self.desktop.desk, TicketQuery(), target, comments=self.comments.isChecked()
        )

    def export_desk(self, target: Path) -> None:
        """Write all of the desk into a zip."""
        if self.desktop.files is not None:
            self.saving.save_desk(
                self.desktop.files,
                self.desktop.desk,
                target,
                with_passwords=self.passwords.isChecked(),
            )

    def _add(self, key: str, *widgets: QWidget) -> None:
        words: Words = TRANSFER.setting(key)
        frame = QFrame()
        column = Card(frame, words.name)
        column.addWidget(PlainLabel(words.help, role="secondary"))
        for widget in widgets:
            if isinstance(widget, QPushButton):
                widget.setAccessibleDescription(words.help)
                row = QHBoxLayout()
                row.addWidget(widget)
                row.addStretch(1)
                column.addLayout(row)
            else:
                column.addWidget(widget)
        self.body.addWidget(frame)

    def _ask_tickets(self) -> None:
        self._ask("Export all tickets", f"tickets {self._today()}.json", self.export_tickets)

    def _ask_desk(self) -> None:
        self._ask("Export the desk", f"desk {self._today()}.zip", self.export_desk)

    def _today(self) -> str:
        return self.desktop.clock().astimezone().strftime("%Y-%m-%d")

    def _ask(self, title: str, name: str, save: Callable[[Path], None]) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.DocumentsLocation)
        suffix = Path(name).suffix[1:]
        dialog = QFileDialog(self, title, folder, f"{suffix.upper()} (*.{suffix})")
        dialog.setAcceptMode(QFileDialog.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(name)
        dialog.fileSelected.connect(lambda chosen: save(Path(chosen)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_busy(self, is_busy: bool) -> None:
        self.json_button.setEnabled(not is_busy)
        self.desk_button.setEnabled(not is_busy)

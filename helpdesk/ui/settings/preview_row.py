# SPDX-License-Identifier: GPL-3.0-or-later
"""Picks a ticket, to see what its triage would send."""

from __future__ import annotations

import re

from PyQt5.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.assistant import AskPreview, SendingPreview, TriageAsk
from helpdesk.ui.assist_preview_dialog import SendingPreviewDialog
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.row import SettingRow
from helpdesk.ui.settings.words import CONNECTION

_NUMBER = re.compile(r"(?:HD-)?0*([1-9]\d{0,17})", re.IGNORECASE)
_NO_NUMBER = "Type the number of a ticket, such as HD-5."


class PreviewRow(QWidget):
    """A field for a ticket's number, and a button that shows the words."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin with an empty number."""
        super().__init__()
        self._desktop = desktop
        self.number = QLineEdit()
        self.number.setPlaceholderText("HD-5")
        self.number.setMaxLength(24)
        self.number.setFixedWidth(140)
        self.number.returnPressed.connect(self._on_wanted)
        self.number.textEdited.connect(lambda: self._row.show_error(""))
        self.button = QPushButton("Show")
        self.button.setAccessibleName("Show what will be sent")
        self.button.clicked.connect(self._on_wanted)
        beside = QWidget()
        row = QHBoxLayout(beside)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.button)
        row.addStretch(1)
        self._row = SettingRow(CONNECTION.setting("preview"), self.number, beside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._row)

    @property
    def error(self) -> str:
        """What keeps the words from being shown."""
        return self._row.error

    def focus(self) -> SettingRow:
        """Put the focus into the field."""
        self.number.setFocus()
        return self._row

    def _on_wanted(self) -> None:
        found = _NUMBER.fullmatch(self.number.text().strip())
        if found is None:
            self._row.show_error(_NO_NUMBER)
            self.number.setFocus()
            return
        self._row.show_error("")
        self.button.setEnabled(False)
        ask = AskPreview(ask=TriageAsk(ticket_id=int(found[1])))
        job = self._desktop.background.run(self, self._desktop.desk.assistant.preview, ask)
        job.then(self._show).failed(self._on_failed)

    def _show(self, preview: SendingPreview) -> None:
        self.button.setEnabled(True)
        SendingPreviewDialog(preview, self.window()).open()

    def _on_failed(self, error: Exception) -> None:
        self.button.setEnabled(True)
        self._row.show_error(sentence_of(error))

# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which admins set how large the files on tickets may be."""

from __future__ import annotations

from typing import Any

from PyQt5.QtWidgets import QFrame, QPushButton

from helpdesk.core.schemas.attachments import AttachmentLimits, AttachmentLimitsChange
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.settings.fields_section import FieldsSection
from helpdesk.ui.settings.row import Card
from helpdesk.ui.settings.words import TICKET_FILES
from helpdesk.ui.widgets.number_field import NumberField

_LIMIT = "limit_mb"
_LEAST, _MOST, _STEP = 1, 1024, 5
_READ_ONLY = "This desk can only be read at the moment; the limit cannot be changed."


class FilesSection(FieldsSection[AttachmentLimits]):
    """One limit, its default, and the way back to that."""

    CHANGE = AttachmentLimitsChange
    SAVED = "The limit was saved; it holds for the next file that anybody attaches."

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, TICKET_FILES)
        self.limit = NumberField(_LEAST, _MOST, _STEP, "MB")
        self.limit.setAccessibleName(TICKET_FILES.setting(_LIMIT).name)
        self.limit.valueChanged.connect(self.fields.tell)
        self.back_button = QPushButton("Back to default")
        self.back_button.setProperty("kind", "quiet")
        self.back_button.clicked.connect(lambda: self._on_back())
        self.back_button.hide()
        self.fields.bind(
            _LIMIT, self.limit, self.limit.value, self.limit.setValue, self.back_button
        )
        frame = QFrame()
        card = Card(frame, "Size")
        card.addWidget(self.fields.rows[_LIMIT])
        self.put_cards(frame, read_only=_READ_ONLY)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to the limit: another admin may have changed it."""
        return kind == "attachments"

    def ask(self) -> AttachmentLimits:
        """Ask for the limit."""
        return self.desktop.desk.attachments.limits()

    def send(self, change: AttachmentLimitsChange) -> AttachmentLimits:
        """Change it."""
        return self.desktop.desk.attachments.change_limits(change)

    def show_all(self, kept: AttachmentLimits, edits: dict[str, Any]) -> None:
        """Show the limit with its default."""
        self.fields.show({_LIMIT: kept.limit_mb}, edits, kept.fixed)
        row = self.fields.rows[_LIMIT]
        row.show_help(f"{row.words.help} Default: {kept.default_mb:,} MB.")

    def follow_edits(self) -> None:
        """Offer the way back to what is not the default."""
        super().follow_edits()
        kept = self.kept
        if kept is not None:
            differs = self.limit.value() != kept.default_mb
            self.back_button.setVisible(differs and _LIMIT not in kept.fixed)

    def _on_back(self) -> None:
        if self.kept is not None:
            self.limit.setValue(self.kept.default_mb)
            self.limit.setFocus()

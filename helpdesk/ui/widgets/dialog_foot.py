# SPDX-License-Identifier: GPL-3.0-or-later
"""The last row of a form dialog: leave it, or save."""

from __future__ import annotations

from PyQt5.QtWidgets import QDialog, QHBoxLayout, QPushButton


class DialogFoot(QHBoxLayout):
    """Cancel and one primary button, which Enter presses."""

    def __init__(self, dialog: QDialog, save_text: str) -> None:
        """Reject the dialog on Cancel; what saving does is connected by the dialog."""
        super().__init__()
        cancel = QPushButton("Cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(dialog.reject)
        self.save_button = QPushButton(save_text)
        self.save_button.setProperty("kind", "primary")
        self.save_button.setDefault(True)
        self.addStretch(1)
        self.addWidget(cancel)
        self.addWidget(self.save_button)

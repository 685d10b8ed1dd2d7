# SPDX-License-Identifier: GPL-3.0-or-later
"""Says that somebody else saved what is being edited, and asks which of the two shall be."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from helpdesk.ui import theme
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.plain_label import PlainLabel


class ChangedElsewhere(QFrame):
    """It stays until the person has decided; what they changed stays in the fields."""

    theirs_wanted = pyqtSignal()
    """Show what was saved in place of the own changes."""
    mine_wanted = pyqtSignal()
    """Save the own changes over it."""

    def __init__(self) -> None:
        """Begin hidden."""
        super().__init__()
        self.setProperty("kind", "banner")
        self.setProperty("tone", "warning")
        self._picture = QLabel()
        self._sentence = PlainLabel()
        self.theirs_button = QPushButton("Take theirs")
        self.theirs_button.clicked.connect(lambda: self.theirs_wanted.emit())
        self.mine_button = QPushButton("Save mine over it")
        self.mine_button.clicked.connect(lambda: self.mine_wanted.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 7, 7, 7)
        row.setSpacing(10)
        row.addWidget(self._picture)
        row.addWidget(self._sentence, 1)
        row.addWidget(self.theirs_button)
        row.addWidget(self.mine_button)
        theme.current().changed.connect(self._show_picture)
        self._show_picture()
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown, empty when there is none."""
        return "" if self.isHidden() else str(self._sentence.text())

    def tell(self, name: str, theirs: str) -> None:
        """Say what was changed, and how it is now."""
        sentence = (
            f"Somebody else changed {name} in the meantime; what you changed is still here."
            f" It now says: {theirs}"
        )
        self._sentence.setText(sentence)
        self.setAccessibleName(sentence)
        self.show()

    def _show_picture(self) -> None:
        self._picture.setPixmap(icon("alert", "ink_warning").pixmap(18, 18))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands below a form as long as something in it is not saved."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton, QShortcut

from helpdesk.ui.widgets.elided_label import ElidedLabel

_NOTHING = "Nothing is filled in yet."
DISCARDED = "What was not saved is discarded."


class SaveBar(QFrame):
    """Says how many changes wait, and saves or discards them."""

    save_wanted = pyqtSignal()
    discard_wanted = pyqtSignal()

    def __init__(self) -> None:
        """Begin hidden."""
        super().__init__()
        self.setProperty("kind", "save-bar")
        self._text = ElidedLabel()
        self.discard_button = QPushButton("Discard")
        self.discard_button.clicked.connect(self.discard_wanted)
        self.save_button = QPushButton("Save")
        self.save_button.setProperty("kind", "primary")
        self.save_button.clicked.connect(self.save_wanted)
        # A shortcut of what is hidden is none: only the form that is looked at is saved.
        QShortcut(QKeySequence(QKeySequence.Save), self).activated.connect(self.save_button.click)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 10, 24, 10)
        row.setSpacing(8)
        row.addWidget(self._text, 1)
        row.addWidget(self.discard_button)
        row.addWidget(self.save_button)
        self.hide()

    @property
    def holds_focus(self) -> bool:
        """Whether the keyboard is here; it is to be put elsewhere before nothing stands here."""
        return self.hasFocus() or self.save_button.hasFocus() or self.discard_button.hasFocus()

    def show_changes(self, count: int, *, is_new: bool = False) -> None:
        """Stand there while there are changes, or while something new could be saved."""
        noun = "change is" if count == 1 else "changes are"
        self._text.setText(f"{count} {noun} not saved yet." if count else _NOTHING)
        self.set_saving(saving=False)
        self.setVisible(count > 0 or is_new)

    def set_saving(self, *, saving: bool) -> None:
        """Take no click while the desk is saving."""
        if saving:
            self._text.setText("Saving…")
            if self.save_button.hasFocus():
                # Switched off with the focus it would give it to anything that comes next.
                self.setFocus()
        self.save_button.setEnabled(not saving)
        self.discard_button.setEnabled(not saving)
        if not saving and self.hasFocus():
            self.save_button.setFocus()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries a directory or a provider as it is typed, before anything is saved, step by step."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.directory import DirectoryTest
from helpdesk.core.text import NAME_LIMIT
from helpdesk.ui.settings.mail.trial import TrialResult
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_FIELD_WIDTH = 460
_BUTTON = "Test connection"


class Trial(QWidget):
    """A button, what came of it, and perhaps somebody to look up."""

    wanted = pyqtSignal()
    """The person wants to try; the section does, once the form is in order."""
    stopped = pyqtSignal()

    def __init__(self, help_: str, *, looks_up: bool) -> None:
        """Say what is tried; ``looks_up`` is whether somebody can be named."""
        super().__init__()
        self._is_trying = False
        self.username = QLineEdit()
        self.username.setMaxLength(NAME_LIMIT)
        self.username.setMaximumWidth(_FIELD_WIDTH)
        self.username.setPlaceholderText("ann")
        self.username.setAccessibleDescription(help_)
        self.button = QPushButton(_BUTTON)
        self.button.setAccessibleDescription(help_)
        self.button.clicked.connect(lambda: self._on_clicked())
        self._progress = PlainLabel(role="muted")
        self.result = TrialResult()
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.button)
        row.addWidget(self._progress, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        if looks_up:
            self.username.returnPressed.connect(self._on_clicked)
            column.addWidget(FieldLabel("Look up the user name", self.username))
            column.addWidget(self.username)
        else:
            self.username.setParent(self)
            self.username.hide()
        column.addWidget(PlainLabel(help_, role="secondary"))
        column.addSpacing(8)
        column.addLayout(row)
        column.addSpacing(6)
        column.addWidget(self.result)

    def focus(self) -> None:
        """Put the focus where a trial begins."""
        (self.button if self.username.isHidden() else self.username).setFocus()

    def begin(self, place: str) -> None:
        """Show that something is being tried."""
        self._is_trying = True
        self.result.hide()
        self._progress.setText(f"Trying {place}…")
        self.button.setText("Stop")

    def show_test(self, test: DirectoryTest) -> None:
        """Show what came of it."""
        self.rest()
        found = tuple(line for line in test.found.split("\n") if line)
        self.result.show_result(test.works, test.sentence, (*test.steps, *found))

    def show_failed(self, sentence: str) -> None:
        """Say why it could not be tried."""
        self.rest()
        self.result.show_result(False, sentence, ())

    def rest(self) -> None:
        """Show that nothing is being tried."""
        self._is_trying = False
        self._progress.clear()
        self.button.setText(_BUTTON)

    def _on_clicked(self) -> None:
        if self._is_trying:
            self.rest()
            self._progress.setText("Stopped.")
            self.stopped.emit()
        else:
            self.wanted.emit()

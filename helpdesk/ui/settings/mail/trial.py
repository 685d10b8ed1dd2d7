# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries the mail server as it is typed, before anything is saved, and shows each step."""

from __future__ import annotations

import re

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.notifications import MailTest
from helpdesk.core.schemas.users import EMAIL_PATTERN
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_ADDRESS_LIMIT = 254
_FIELD_WIDTH = 460
_BAD = "Type an e-mail address such as ann@corp.example, or leave it empty to send nothing."
_HELP = "Tries what stands above, saved or not. Empty, no message is sent."


class TrialResult(QFrame):
    """What worked, step by step, and the sentence in which it ended."""

    def __init__(self) -> None:
        """Begin hidden."""
        super().__init__()
        self.setProperty("kind", "raised")
        self._sign = QLabel()
        self._sign.setFixedSize(18, 18)
        self._sentence = PlainLabel()
        self._steps = QVBoxLayout()
        self._steps.setSpacing(4)
        words = QVBoxLayout()
        words.setSpacing(8)
        words.addWidget(self._sentence)
        words.addLayout(self._steps)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 12, 14, 12)
        row.setSpacing(10)
        row.addWidget(self._sign, 0, Qt.AlignTop)
        row.addLayout(words, 1)
        self.hide()

    @property
    def sentence(self) -> str:
        """What is said, empty where nothing is."""
        return "" if self.isHidden() else str(self._sentence.text())

    def show_result(self, works: bool, sentence: str, steps: tuple[str, ...]) -> None:
        """Show how it went."""
        sign = icon("check", "ink_success") if works else icon("alert", "ink_urgent")
        self._sign.setPixmap(sign.pixmap(18, 18))
        self._sentence.setText(sentence)
        self._clear_steps()
        for step in steps:
            self._add_step(step)
        self.setAccessibleName(". ".join((sentence, *steps)))
        self.show()

    def _add_step(self, step: str) -> None:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        sign = QLabel()
        sign.setFixedSize(14, 14)
        sign.setPixmap(icon("check", "ink_success").pixmap(14, 14))
        row.addWidget(sign, 0, Qt.AlignTop)
        row.addWidget(PlainLabel(step[:1].upper() + step[1:], role="secondary"), 1)
        self._steps.addWidget(line)

    def _clear_steps(self) -> None:
        while (item := self._steps.takeAt(0)) is not None:
            widget = item.widget()
            widget.hide()
            widget.deleteLater()


class MailTrial(QWidget):
    """An address to send to, a button, and what came of it."""

    wanted = pyqtSignal()
    """The person wants to try; the section does, once the form is in order."""
    stopped = pyqtSignal()

    def __init__(self, own_address: str) -> None:
        """Propose one's own address."""
        super().__init__()
        self._is_trying = False
        self.to = QLineEdit(own_address)
        self.to.setMaxLength(_ADDRESS_LIMIT)
        self.to.setMaximumWidth(_FIELD_WIDTH)
        self.to.setPlaceholderText("ann@corp.example")
        self.to.textChanged.connect(self._on_typed)
        label = FieldLabel("Send a message to", self.to)
        self.to.setAccessibleDescription(_HELP)
        self.button = QPushButton("Test connection")
        self.button.clicked.connect(self._on_clicked)
        self._progress = PlainLabel(role="muted")
        self._error = PlainLabel(role="error")
        self._error.hide()
        self.result = TrialResult()
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.button)
        row.addWidget(self._progress, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(label)
        column.addWidget(self.to)
        column.addWidget(PlainLabel(_HELP, role="secondary"))
        column.addWidget(self._error)
        column.addSpacing(8)
        column.addLayout(row)
        column.addSpacing(6)
        column.addWidget(self.result)

    @property
    def problem(self) -> str:
        """What is wrong with the address."""
        typed = self.to.text().strip()
        return _BAD if typed and not re.fullmatch(EMAIL_PATTERN, typed) else ""

    def begin(self, host: str) -> None:
        """Show that the server is being tried."""
        self._is_trying = True
        self.result.hide()
        self._progress.setText(f"Trying {host}…")
        self.button.setText("Stop")

    def show_test(self, test: MailTest) -> None:
        """Show what came of it."""
        self.rest()
        self.result.show_result(test.works, test.sentence, test.steps)

    def show_failed(self, sentence: str) -> None:
        """Say why it could not be tried."""
        self.rest()
        self.result.show_result(False, sentence, ())

    def rest(self) -> None:
        """Show that nothing is being tried."""
        self._is_trying = False
        self._progress.clear()
        self.button.setText("Test connection")

    def _on_clicked(self) -> None:
        if self._is_trying:
            self.rest()
            self._progress.setText("Stopped.")
            self.stopped.emit()
        elif self.problem:
            self._error.setText(self.problem)
            self._error.show()
            self.to.setFocus()
        else:
            self.wanted.emit()

    def _on_typed(self) -> None:
        if not self.problem:
            self._error.hide()

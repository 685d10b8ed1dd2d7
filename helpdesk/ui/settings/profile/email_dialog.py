# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks for another e-mail address, and for the password that proves who wants it."""

from __future__ import annotations

from pydantic import ValidationError
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.accounts import LONGEST_SECRET, EmailChange, ProfileView
from helpdesk.core.text import NAME_LIMIT
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_WIDTH = 420
_WHAT_FOLLOWS = (
    "The address you have now is told of it, and wherever else you are signed in, you are signed"
    " out."
)


class EmailDialog(Dialog):
    """Two fields; errors stand below the one that they are about."""

    changed = pyqtSignal(object)
    """The ``ProfileView`` with the new address."""

    def __init__(self, desktop: Desktop, email: str, parent: QWidget) -> None:
        """Begin with the address there is."""
        super().__init__(parent)
        self._desktop = desktop
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Change e-mail address")
        self.setFixedWidth(_WIDTH)
        self.email, self.password = QLineEdit(email), QLineEdit()
        self.email.setMaxLength(NAME_LIMIT)
        self.email.setPlaceholderText("Empty for none")
        self.password.setMaxLength(LONGEST_SECRET)
        self.password.setEchoMode(QLineEdit.Password)
        self.password.setInputMethodHints(Qt.ImhHiddenText | Qt.ImhNoPredictiveText)
        self._errors = {"email": PlainLabel(role="error"), "password": PlainLabel(role="error")}
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(4)
        titles = (("email", "New e-mail address"), ("password", "Your password"))
        for (name, title), field in zip(titles, (self.email, self.password), strict=True):
            column.addWidget(FieldLabel(title, field))
            column.addWidget(field)
            column.addWidget(self._errors[name])
            self._errors[name].hide()
            column.addSpacing(8)
        column.addWidget(PlainLabel(_WHAT_FOLLOWS, role="secondary"))
        column.addSpacing(12)
        foot = DialogFoot(self, "Change address")
        self.save_button = foot.save_button
        self.save_button.clicked.connect(self._on_save)
        column.addLayout(foot)
        self.email.selectAll()

    def _on_save(self) -> None:
        for error in self._errors.values():
            error.hide()
        typed = self.email.text().strip() or None
        try:
            change = EmailChange(email=typed, password=self.password.text())
        except ValidationError as error:
            self._on_failed(invalid(error))
            return
        self.save_button.setEnabled(False)
        change_email = self._desktop.desk.profiles.change_email
        job = self._desktop.background.run(self, change_email, change)
        job.then(self._on_changed).failed(self._on_failed)

    def _on_changed(self, profile: ProfileView) -> None:
        self.changed.emit(profile)
        self.accept()

    def _on_failed(self, error: Exception) -> None:
        self.save_button.setEnabled(True)
        name = error.field if isinstance(error, DeskError) else None
        where = name if name in self._errors else "password"
        self._errors[where].setText(sentence_of(error))
        self._errors[where].show()
        field = self.email if where == "email" else self.password
        field.setFocus()
        field.selectAll()
        self.adjustSize()

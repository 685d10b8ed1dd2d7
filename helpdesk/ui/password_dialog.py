# SPDX-License-Identifier: GPL-3.0-or-later
"""Where people replace their own password."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QLabel,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.users import PasswordChange
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.password_field import PasswordField
from helpdesk.ui.widgets.plain_label import PlainLabel

_WIDTH = 400
_AFTERWARDS = "A few words are best. Your other windows are signed out."


class PasswordDialog(Dialog):
    """Asks for the old password and twice for the new one."""

    changed = pyqtSignal()

    def __init__(self, desktop: Desktop, parent: QWidget) -> None:
        """Work for who is signed in."""
        super().__init__(parent)
        self._desktop = desktop
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Change password")
        self.setFixedWidth(_WIDTH)
        self.old, self.new, self.again = PasswordField(), PasswordField(), PasswordField()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(6)
        titles = ("Old password", "New password", "New password, again")
        for title, field in zip(titles, (self.old, self.new, self.again), strict=True):
            column.addWidget(FieldLabel(title, field))
            column.addWidget(field)
            column.addSpacing(6)
        column.addWidget(PlainLabel(_AFTERWARDS, role="secondary"))
        self._message = QLabel()
        self._message.setProperty("role", "error")
        self._message.setWordWrap(True)
        self._message.hide()
        column.addWidget(self._message)
        column.addSpacing(8)
        column.addLayout(self._foot())

    def _foot(self) -> DialogFoot:
        foot = DialogFoot(self, "Change password")
        self.save_button = foot.save_button
        self.save_button.clicked.connect(self._on_save)
        return foot

    def _on_save(self) -> None:
        if self.new.text() != self.again.text():
            self._show_message("The two new passwords differ; type the same twice.")
            return
        self.save_button.setEnabled(False)
        change = PasswordChange(old_password=self.old.text(), new_password=self.new.text())
        operation = self._desktop.desk.sessions.change_password
        job = self._desktop.background.run(self, operation, change)
        job.then(self._on_changed).failed(self._on_failed)

    def _on_changed(self, _: None) -> None:
        self.changed.emit()
        self.accept()

    def _on_failed(self, error: Exception) -> None:
        self.save_button.setEnabled(True)
        self._show_message(sentence_of(error))

    def _show_message(self, sentence: str) -> None:
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Where people replace their own password."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QLabel,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.desk import DeskInfo
from helpdesk.core.schemas.users import PasswordChange
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.sign_in.password_rule import problem_of, rule_words
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.password_field import PasswordField
from helpdesk.ui.widgets.plain_label import PlainLabel

_WIDTH = 400
_AFTERWARDS = "Your other windows are signed out."


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
        self.rule = PlainLabel(role="secondary")
        titles = ("Old password", "New password", "New password, again")
        for title, field in zip(titles, (self.old, self.new, self.again), strict=True):
            column.addWidget(FieldLabel(title, field))
            column.addWidget(field)
            if field is self.new:
                column.addWidget(self.rule)
            column.addSpacing(6)
        column.addWidget(PlainLabel(_AFTERWARDS, role="secondary"))
        self._message = QLabel()
        self._message.setProperty("role", "error")
        self._message.setWordWrap(True)
        self._message.hide()
        column.addWidget(self._message)
        column.addSpacing(8)
        column.addLayout(self._foot())
        self._show_rule(desktop.info)
        # Another admin may have changed it since the sign-in.
        job = desktop.background.run(self, desktop.desk.desks.info)
        job.then(self._show_rule).failed(lambda _: None)

    def _show_rule(self, info: DeskInfo) -> None:
        self._least = info.password_min_length
        self.rule.setText(rule_words(self._least))
        self.new.setAccessibleDescription(self.rule.text())

    def _foot(self) -> DialogFoot:
        foot = DialogFoot(self, "Change password")
        self.save_button = foot.save_button
        self.save_button.clicked.connect(self._on_save)
        return foot

    def _on_save(self) -> None:
        if problem := problem_of(self.new.text(), self.again.text(), self._least):
            self._show_message(problem)
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

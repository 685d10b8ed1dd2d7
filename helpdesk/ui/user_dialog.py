# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of an account, and the one look at its one-time password."""

from __future__ import annotations

import re
from typing import Any

from pydantic import ValidationError
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.users import (
    EMAIL_PATTERN,
    USERNAME_PATTERN,
    NewUser,
    OneTimePassword,
    Role,
    UserChange,
    UserView,
)
from helpdesk.core.text import NAME_LIMIT
from helpdesk.core.validation import invalid
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_WIDTH = 420
_ROLE_HINTS = {
    Role.USER: "Submits tickets and sees their own.",
    Role.TECHNICIAN: "Sees all tickets, takes and works them.",
    Role.MANAGER: "Works tickets and assigns them to anyone.",
    Role.ADMIN: "Does everything, and looks after accounts.",
}


class UserDialog(QDialog):
    """Adds an account or edits one; errors stand beside the field they are about."""

    saved = pyqtSignal(object)
    """The ``OneTimePassword`` of a new account, or the ``UserView`` of an edited one."""

    def __init__(self, desktop: Desktop, user: UserView | None, parent: QWidget) -> None:
        """Edit ``user``, or add somebody when it is ``None``."""
        super().__init__(parent)
        self._desktop = desktop
        self._user = user
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Edit person" if user else "Add person")
        self.setFixedWidth(_WIDTH)
        self._errors: dict[str, QLabel] = {}
        self._build()
        if user:
            self._show_user(user)

    def _build(self) -> None:
        self.full_name, self.username, self.email = QLineEdit(), QLineEdit(), QLineEdit()
        for field in (self.full_name, self.username, self.email):
            field.setMaxLength(NAME_LIMIT)
        self.role = QComboBox()
        for role in Role:
            self.role.addItem(role.label, role)
        self.role.currentIndexChanged.connect(self._show_hint)
        self._hint = PlainLabel(role="secondary")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 20, 24, 20)
        self._column.setSpacing(4)
        self._add("full_name", "Full name", self.full_name)
        self._add("username", "User name", self.username)
        self._add("email", "E-mail (if there is one)", self.email)
        self._add("role", "Role", self.role)
        self._column.addWidget(self._hint)
        self._column.addSpacing(16)
        self._column.addLayout(self._foot())
        self._show_hint()

    def _add(self, name: str, title: str, field: QWidget) -> None:
        error = QLabel()
        error.setProperty("role", "error")
        error.setWordWrap(True)
        error.hide()
        self._errors[name] = error
        self._column.addWidget(FieldLabel(title, field))
        self._column.addWidget(field)
        self._column.addWidget(error)
        self._column.addSpacing(8)

    def _foot(self) -> DialogFoot:
        foot = DialogFoot(self, "Save" if self._user else "Add person")
        self.save_button = foot.save_button
        self.save_button.clicked.connect(self._on_save)
        return foot

    def _show_user(self, user: UserView) -> None:
        self.full_name.setText(user.full_name)
        self.username.setText(user.username)
        self.username.setEnabled(False)
        self.email.setText(user.email or "")
        self.role.setCurrentText(user.role.label)
        self.role.setDisabled(user.id == self._desktop.person.id)

    def _show_hint(self) -> None:
        self._hint.setText(_ROLE_HINTS[self.role.currentData()])

    def _on_save(self) -> None:
        for error in self._errors.values():
            error.hide()
        wrong = self._first_wrong()
        if wrong:
            self._show_error(*wrong)
            return
        try:
            self._save()
        except ValidationError as error:
            self._on_failed(invalid(error))

    def _save(self) -> None:
        users = self._desktop.desk.users
        email = self.email.text().strip() or None
        background = self._desktop.background
        if self._user is None:
            new = NewUser(
                username=self.username.text(),
                full_name=self.full_name.text(),
                email=email,
                role=self.role.currentData(),
            )
            job: Job[Any] = background.run(self, users.add, new)
        else:
            change = UserChange(
                full_name=self.full_name.text(),
                email=email,
                role=self.role.currentData(),
                version=self._user.version,
            )
            job = background.run(self, users.change, self._user.id, change)
        self.save_button.setEnabled(False)
        job.then(self._on_done).failed(self._on_failed)

    def _first_wrong(self) -> tuple[str, str] | None:
        if not self.full_name.text().strip():
            return "full_name", "Type the person's name."
        if not re.match(USERNAME_PATTERN, self.username.text().strip()):
            return "username", "Use letters, digits and . _ @ + - without blanks, 64 at most."
        email = self.email.text().strip()
        if email and not re.match(EMAIL_PATTERN, email):
            return "email", "Type an e-mail address such as ann@corp.example."
        return None

    def _show_error(self, field: str, sentence: str) -> None:
        label = self._errors.get(field, self._errors["role"])
        label.setText(sentence)
        label.show()

    def _on_done(self, result: object) -> None:
        self.saved.emit(result)
        self.accept()

    def _on_failed(self, error: Exception) -> None:
        self.save_button.setEnabled(True)
        field = error.field if isinstance(error, DeskError) else None
        self._show_error(field or "role", sentence_of(error))


class OneTimePasswordDialog(QDialog):
    """Shows a one-time password, which cannot be seen again."""

    def __init__(self, made: OneTimePassword, parent: QWidget) -> None:
        """Show the password with a button that copies it."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("One-time password")
        self.setFixedWidth(_WIDTH)
        self.password = QLineEdit(made.password)
        self.password.setReadOnly(True)
        self.password.setAccessibleName("One-time password")
        copy = QPushButton("Copy")
        copy.clicked.connect(lambda: QApplication.clipboard().setText(made.password))
        done = QPushButton("Done")
        done.setProperty("kind", "primary")
        done.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(self.password, 1)
        row.addWidget(copy)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(done)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(
            PlainLabel(
                f"Give {made.user.full_name} this password. It works once: at the first sign-in"
                " they choose their own. It is not shown again."
            )
        )
        column.addLayout(row)
        column.addLayout(foot)

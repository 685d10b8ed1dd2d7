# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of an account: who it is, the role with what that allows, and the teams."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import ValidationError
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from helpdesk.core.errors import DeskError
from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.users import (
    EMAIL_PATTERN,
    USERNAME_PATTERN,
    AccountOrigin,
    NewUser,
    OneTimePassword,
    Role,
    TeamChoice,
    TeamRef,
    UserChange,
    UserView,
)
from helpdesk.core.text import NAME_LIMIT
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.people.words import KEPT_ELSEWHERE, ROLE_HINTS
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.question import fit_height
from helpdesk.ui.widgets.tab_order import follow_layout
from helpdesk.ui.widgets.value_picker import ValuePicker

_WIDTH = 480
_MOST_TEAMS = 100
_OWN_ROLE = "Another admin can change your role."
_LOSES_TICKETS = "Their open tickets go back to the queue: {count:,}."
_NO_NAME = "Type the person's name."
_NO_USERNAME = "Type a user name."
_BAD_USERNAME = "Use letters, digits and . _ @ + - without blanks, 64 at most."
_BAD_EMAIL = "Type an e-mail address such as ann@corp.example."
_NO_TEAMS = "Only technicians, managers and admins are in teams."


class UserDialog(Dialog):
    """Adds an account or edits one; errors stand beside the field they are about."""

    saved = pyqtSignal(object)
    """The ``OneTimePassword`` of a new account, or the ``UserView`` of an edited one."""

    def __init__(
        self,
        desktop: Desktop,
        user: UserView | None,
        parent: QWidget,
        teams: Sequence[TeamRef] = (),
    ) -> None:
        """Edit ``user``, or add somebody when it is ``None``; ``teams`` are those of the desk."""
        super().__init__(parent)
        self._desktop = desktop
        self._user = user
        self._made: OneTimePassword | None = None
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Edit person" if user else "Add person")
        self._errors: dict[str, QLabel] = {}
        self._build(teams)
        if user:
            self._show_user(user)
        self.teams.changed.connect(self._fit)
        self._show_role()
        follow_layout(self)
        self.full_name.setFocus()

    @property
    def remark(self) -> str:
        """What could not be done besides, although the account was saved; mostly nothing."""
        return self._remark

    def _build(self, teams: Sequence[TeamRef]) -> None:
        self._remark = ""
        self.full_name, self.username, self.email = QLineEdit(), QLineEdit(), QLineEdit()
        for field in (self.full_name, self.username, self.email):
            field.setMaxLength(NAME_LIMIT)
        self.role = DropDown([(role, role.label) for role in Role])
        self.role.currentIndexChanged.connect(self._show_role)
        self.hint = PlainLabel(role="secondary")
        self.teams = ValuePicker("Teams", most=_MOST_TEAMS)
        self.teams.set_choices([(str(team.id), team.name) for team in teams])
        self.no_teams = PlainLabel(_NO_TEAMS, role="secondary")
        self.elsewhere = PlainLabel(role="secondary")
        self.elsewhere.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 20, 24, 20)
        self._column.setSpacing(4)
        self._column.addWidget(self.elsewhere)
        self._add("full_name", "Full name", self.full_name)
        self._add("username", "User name", self.username)
        self._add("email", "E-mail (if there is one)", self.email)
        self._add("role", "Role", self.role, self.hint)
        self._add("team_ids", "Teams", self.teams, self.no_teams)
        self._column.addSpacing(8)
        self._column.addLayout(self._foot())

    def _add(self, name: str, title: str, field: QWidget, hint: QWidget | None = None) -> None:
        error = PlainLabel(role="error")
        error.hide()
        self._errors[name] = error
        self._column.addWidget(FieldLabel(title, field))
        self._column.addWidget(field)
        if hint is not None:
            self._column.addWidget(hint)
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
        self.role.set_key(user.role)
        self.role.setDisabled(user.id == self._desktop.person.id)
        names = {str(team.id): team.name for team in user.teams}
        self.teams.also_called(lambda value: names.get(value, f"team {value}"))
        self.teams.set_values(names)
        if user.origin is not AccountOrigin.LOCAL:
            self.elsewhere.setText(KEPT_ELSEWHERE[user.origin])
            self.elsewhere.setContentsMargins(0, 0, 0, 8)
            self.elsewhere.show()
            self.full_name.setEnabled(False)
            self.email.setEnabled(False)

    @property
    def _role(self) -> Role:
        return Role(str(self.role.key))

    @property
    def _team_ids(self) -> tuple[int, ...]:
        return tuple(int(value) for value in self.teams.values) if self._role in STAFF else ()

    def _show_role(self) -> None:
        hint = ROLE_HINTS[self._role]
        user = self._user
        if user and user.id == self._desktop.person.id:
            hint += " " + _OWN_ROLE
        elif user and user.open_tickets and self._role not in STAFF:
            hint += " " + _LOSES_TICKETS.format(count=user.open_tickets)
        self.hint.setText(hint)
        self.teams.setVisible(self._role in STAFF)
        self.no_teams.setVisible(self._role not in STAFF)
        self._fit()

    def _fit(self) -> None:
        """Be as high as what is shown now."""
        fit_height(self, _WIDTH)

    def _on_save(self) -> None:
        for error in self._errors.values():
            error.hide()
        self._fit()
        wrong = self._wrong()
        # From the last to the first, which has the focus then.
        for field, sentence in reversed(wrong):
            self._show_error(field, sentence)
        if wrong:
            return
        try:
            self._save()
        except ValidationError as error:
            self._on_failed(invalid(error))

    def _save(self) -> None:
        if self._user is None:
            self._add_person()
            return
        change = self._change_of(self._user)
        if change is None:
            self._save_teams(self._user)
            return
        self.save_button.setEnabled(False)
        users = self._desktop.desk.users
        job = self._desktop.background.run(self, users.change, self._user.id, change)
        job.then(self._on_changed).failed(self._on_failed)

    def _add_person(self) -> None:
        new = NewUser(
            username=self.username.text(),
            full_name=self.full_name.text(),
            email=self.email.text().strip() or None,
            role=self._role,
        )
        self.save_button.setEnabled(False)
        job = self._desktop.background.run(self, self._desktop.desk.users.add, new)
        job.then(self._on_added).failed(self._on_failed)

    def _change_of(self, user: UserView) -> UserChange | None:
        """Return what was changed of an account; what is kept elsewhere is left out."""
        wanted: dict[str, object] = {}
        name, email = self.full_name.text().strip(), self.email.text().strip() or None
        if name != user.full_name:
            wanted["full_name"] = name
        if email != user.email:
            wanted["email"] = email
        if self._role is not user.role:
            wanted["role"] = self._role
        return UserChange(**wanted, version=user.version) if wanted else None

    def _save_teams(self, user: UserView) -> None:
        if {team.id for team in user.teams} == set(self._team_ids):
            self._done(user)
            return
        choice = TeamChoice(team_ids=self._team_ids, version=user.version)
        self.save_button.setEnabled(False)
        users = self._desktop.desk.users
        job = self._desktop.background.run(self, users.put_into_teams, user.id, choice)
        job.then(self._done).failed(self._on_teams_failed)

    def _wrong(self) -> list[tuple[str, str]]:
        """Return all that is wrong, from top to bottom."""
        wrong = []
        if not self.full_name.text().strip():
            wrong.append(("full_name", _NO_NAME))
        username, email = self.username.text().strip(), self.email.text().strip()
        if not re.match(USERNAME_PATTERN, username):
            wrong.append(("username", _BAD_USERNAME if username else _NO_USERNAME))
        if email and not re.match(EMAIL_PATTERN, email):
            wrong.append(("email", _BAD_EMAIL))
        if self._role in STAFF and self.teams.untaken:
            wrong.append(("team_ids", self.teams.untaken_problem))
        return wrong

    def _show_error(self, field: str, sentence: str) -> None:
        label = self._errors.get(field, self._errors["role"])
        label.setText(sentence)
        label.show()
        self._fit()
        fields = {
            "full_name": self.full_name,
            "username": self.username,
            "email": self.email,
            "team_ids": self.teams.edit,
        }
        fields.get(field, self.role).setFocus()

    def _on_added(self, made: OneTimePassword) -> None:
        self._made = made
        self._save_teams(made.user)

    def _on_changed(self, user: UserView) -> None:
        # What is saved by now is not to be saved again where the teams cannot be.
        self._user = user
        self._save_teams(user)

    def _done(self, user: UserView) -> None:
        made = self._made
        self.saved.emit(made.model_copy(update={"user": user}) if made else user)
        self.accept()

    def _on_teams_failed(self, error: Exception) -> None:
        if self._made is None:
            self._on_failed(error)
            return
        # Nobody may lose the one-time password for that.
        self._remark = sentence_of(error)
        self._done(self._made.user)

    def _on_failed(self, error: Exception) -> None:
        self.save_button.setEnabled(True)
        field = error.field if isinstance(error, DeskError) else None
        self._show_error(field or "role", sentence_of(error))

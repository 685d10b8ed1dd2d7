# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which admins set by which rules people sign in."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from pydantic import ValidationError
from PyQt5.QtWidgets import QFrame, QPushButton, QWidget

from helpdesk.core.errors import DeskError
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.security import SecurityChange, SecuritySettingsView
from helpdesk.core.schemas.users import Role, UserPage, UserQuery
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.bound_fields import BoundFields
from helpdesk.ui.settings.row import Card
from helpdesk.ui.settings.save_bar import DISCARDED, SaveBar
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.security.fields import LengthField, RolesField
from helpdesk.ui.settings.words import SECURITY
from helpdesk.ui.widgets.number_field import NumberField
from helpdesk.ui.widgets.plain_label import PlainLabel

_CARDS: Final = (
    ("Passwords", ("password_min_length", "free_attempts", "longest_delay_seconds")),
    ("Second factor", ("second_factor_roles",)),
    ("Forgotten passwords", ("reset_minutes",)),
    ("Sessions and windows", ("session_hours", "session_days", "lock_minutes")),
)
_UNITS: Final = {
    "password_min_length": "characters",
    "longest_delay_seconds": "s",
    "reset_minutes": "min",
    "session_hours": "h",
    "session_days": "days",
    "lock_minutes": "min",
}
_MOST_COUNTED = 200
_NO_SECRETS = (
    "This desk cannot keep the secrets of authenticator apps: its machine has no keyring. Let"
    " “helpdesk secret-key” make a key, and set it in the environment of the program as"
    " HELPDESK_SECURITY__SECRET_KEY."
)
_READ_ONLY = "This desk can only be read at the moment; the rules cannot be changed."


class SecuritySection(Section):
    """Rules in groups; each says what it is by default, and goes back to it."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, SECURITY)
        self._view: SecuritySettingsView | None = None
        self._wanted = ""
        self._counted: dict[Role, str] = {}
        self.back_buttons: dict[str, QPushButton] = {}
        self.fields = BoundFields(self, SECURITY)
        self.fields.edited.connect(self._on_edited)
        self._make_fields()
        self._no_secrets = PlainLabel(_NO_SECRETS, role="waiting")
        self._no_secrets.hide()
        self.without = PlainLabel(role="waiting")
        self.without.hide()
        self.save_bar = SaveBar()
        self.save_bar.save_wanted.connect(self._on_save)
        self.save_bar.discard_wanted.connect(self._on_discard)
        for title, names in _CARDS:
            self.body.addWidget(self._card(title, names))
        self.body.addStretch(1)
        self.foot.addWidget(self.save_bar)
        if desktop.info.read_only:
            self.banner.show_quiet(_READ_ONLY)
            self.area.widget().setEnabled(False)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to the rules: another admin may have changed them."""
        return kind == "security"

    def load(self) -> None:
        """Ask the desk; what is changed and not saved stays."""
        if self._view is None:
            self.states.show_loading()
        job = self.desktop.background.latest(self, self.desktop.desk.security.settings)
        job.then(self._show).failed(self._on_not_loaded)

    def reveal(self, key: str) -> None:
        """Bring a rule into view, as soon as it is there."""
        if self._view is None:
            self._wanted = key
        elif (row := self.fields.rows.get(key)) is not None:
            row.field.setFocus()
            self.bring_into_view(row)

    # --- building -----------------------------------------------------------------------------

    def _make_fields(self) -> None:
        unit = _UNITS
        self._number("password_min_length", NumberField(8, 64, 1, unit["password_min_length"]))
        self._number("free_attempts", NumberField(1, 5))
        delay = NumberField(1, 900, 30, unit["longest_delay_seconds"])
        self._number("longest_delay_seconds", delay)
        self.roles = RolesField()
        self.roles.changed.connect(self.fields.tell)
        self._bind(
            "second_factor_roles", self.roles, lambda: self.roles.roles, self.roles.set_roles
        )
        self._number("reset_minutes", NumberField(5, 24 * 60, 5, unit["reset_minutes"]))
        self._number("session_hours", LengthField(0.01, 24 * 30, unit["session_hours"]))
        self._number("session_days", LengthField(0.01, 366, unit["session_days"]))
        self._number("lock_minutes", NumberField(0, 24 * 60, 5, unit["lock_minutes"]))

    def _number(self, name: str, field: NumberField | LengthField) -> None:
        field.setAccessibleName(SECURITY.setting(name).name)
        field.valueChanged.connect(self.fields.tell)
        self._bind(name, field, field.value, field.setValue)

    def _bind(self, name: str, field: QWidget, read: Any, write: Any) -> None:
        back = QPushButton("Back to default")
        back.setProperty("kind", "quiet")
        back.setAccessibleName(f"{SECURITY.setting(name).name}: back to default")
        back.clicked.connect(partial(self._on_back, name, write))
        back.hide()
        self.back_buttons[name] = back
        self.fields.bind(name, field, read, write, back)

    def _card(self, title: str, names: tuple[str, ...]) -> QFrame:
        frame = QFrame()
        card = Card(frame, title)
        for name in names:
            card.addWidget(self.fields.rows[name])
            if name == "second_factor_roles":
                card.addWidget(self.without)
                card.addWidget(self._no_secrets)
        return frame

    # --- what is shown ------------------------------------------------------------------------

    def _show(self, view: SecuritySettingsView) -> None:
        edits: dict[str, Any] = {} if self._view is None else self.fields.edits()
        self._show_all(view, edits)
        self.states.show_content()
        if self._wanted:
            wanted, self._wanted = self._wanted, ""
            self.reveal(wanted)

    def _show_all(self, view: SecuritySettingsView, edits: dict[str, Any]) -> None:
        self._view = view
        self.fields.show(view.values.model_dump(), edits, view.fixed)
        for name, row in self.fields.rows.items():
            default = self._said(name, getattr(view.defaults, name))
            row.show_help(f"{row.words.help} Default: {default}.")
        self._no_secrets.setVisible(not view.keeps_secrets)
        if not view.keeps_secrets and not view.values.second_factor_roles:
            self.roles.setEnabled(False)

    def _on_edited(self) -> None:
        view = self._view
        if view is None:
            return
        edits = self.fields.edits()
        self.save_bar.show_changes(len(edits))
        values = {**view.values.model_dump(), **edits}
        for name, button in self.back_buttons.items():
            is_default = values[name] == getattr(view.defaults, name)
            button.setVisible(not is_default and name not in view.fixed)
        self._show_without()

    @staticmethod
    def _said(name: str, value: Any) -> str:
        if isinstance(value, tuple):
            return ", ".join(Role(each).label for each in value) or "none"
        unit = _UNITS.get(name, "")
        return f"{value:g} {unit}".strip()

    def _on_not_loaded(self, error: Exception) -> None:
        if self._view is None:
            self.states.show_failed(sentence_of(error), self.load)
        else:
            self.banner.show_error(sentence_of(error), "Retry", self.load)

    # --- who has no second factor yet ---------------------------------------------------------

    def _show_without(self) -> None:
        """Say of each role that is to need a second factor how many people have none yet."""
        view = self._view
        if view is None or not self.desktop.may(Permission.MANAGE_USERS):
            return
        new = [role for role in self.roles.roles if role not in view.values.second_factor_roles]
        for role in new:
            if role not in self._counted:
                self._counted[role] = ""
                self._count(role)
        said = [self._counted[role] for role in new if self._counted.get(role)]
        self.without.setText(" ".join(said))
        self.without.setVisible(bool(said))

    def _count(self, role: Role) -> None:
        query = UserQuery(roles=(role,), active=True, second_factor=False, limit=_MOST_COUNTED)
        job = self.desktop.background.run(self, self.desktop.desk.users.search, query)
        job.then(partial(self._on_counted, role)).failed(lambda _: None)

    def _on_counted(self, role: Role, page: UserPage) -> None:
        without = len(page.items)
        self._counted[role] = _without_words(role, without, more=page.next_cursor is not None)
        self._show_without()

    # --- saving -------------------------------------------------------------------------------

    def _on_back(self, name: str, write: Any, _checked: bool = False) -> None:
        if self._view is not None:
            write(getattr(self._view.defaults, name))
            self.fields.rows[name].field.setFocus()

    def _on_save(self) -> None:
        try:
            change = SecurityChange.model_validate(self.fields.edits())
        except ValidationError as error:
            self._on_not_saved(invalid(error))
            return
        self.banner.clear()
        self.fields.show_problems({})
        self.save_bar.set_saving(saving=True)
        job = self.desktop.background.run(self, self.desktop.desk.security.change, change)
        job.then(self._on_saved).failed(self._on_not_saved)

    def _on_saved(self, view: SecuritySettingsView) -> None:
        self._leave_save_bar()
        self._counted.clear()
        self._show_all(view, {})
        self.said.emit("The rules of signing in were saved; they count from now on.")

    def _on_not_saved(self, error: Exception) -> None:
        self._on_edited()
        name = error.field if isinstance(error, DeskError) else None
        row = self.fields.rows.get(name or "")
        if row is None:
            self.banner.show_error(sentence_of(error))
        else:
            row.show_error(sentence_of(error))
            self.bring_into_view(row)
            row.field.setFocus()

    def _on_discard(self) -> None:
        if self._view is None:
            return
        self._leave_save_bar()
        self.banner.clear()
        self.fields.show_problems({})
        self._show_all(self._view, {})
        self.said.emit(DISCARDED)

    def _leave_save_bar(self) -> None:
        if self.save_bar.holds_focus:
            self.fields.rows["password_min_length"].field.setFocus()


def _without_words(role: Role, without: int, *, more: bool) -> str:
    if not without:
        return f"Everybody who is {role.label} has a second factor."
    count = f"{without:,} or more" if more else f"{without:,}"
    one = without == 1 and not more
    people = "account has" if one else "accounts have"
    return (
        f"{role.label}: {count} {people} no second factor yet and"
        f" {'sets' if one else 'set'} one up at the next sign-in."
    )

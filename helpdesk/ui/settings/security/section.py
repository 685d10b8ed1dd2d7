# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which admins set by which rules people sign in."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from PyQt5.QtWidgets import QFrame, QPushButton, QWidget

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.security import SecurityChange, SecuritySettingsView
from helpdesk.core.schemas.users import Role, UserPage, UserQuery
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.settings.fields_section import FieldsSection
from helpdesk.ui.settings.row import Card
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


class SecuritySection(FieldsSection[SecuritySettingsView]):
    """Rules in groups; each says what it is by default, and goes back to it."""

    CHANGE = SecurityChange
    SAVED = "The rules of signing in were saved; they count from now on."

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, SECURITY)
        self._counted: dict[Role, str] = {}
        self.back_buttons: dict[str, QPushButton] = {}
        self._make_fields()
        self._no_secrets = PlainLabel(_NO_SECRETS, role="waiting")
        self._no_secrets.hide()
        self.without = PlainLabel(role="waiting")
        self.without.hide()
        cards = (self._card(title, names) for title, names in _CARDS)
        self.put_cards(*cards, read_only=_READ_ONLY)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to the rules: another admin may have changed them."""
        return kind == "security"

    def ask(self) -> SecuritySettingsView:
        """Ask for the rules."""
        return self.desktop.desk.security.settings()

    def send(self, change: SecurityChange) -> SecuritySettingsView:
        """Change them."""
        return self.desktop.desk.security.change(change)

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
        if isinstance(field, LengthField):
            row = self.fields.rows[name]
            field.refused.connect(row.show_error)
            field.lineEdit().textEdited.connect(lambda _: row.show_error(""))

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

    def show_all(self, kept: SecuritySettingsView, edits: dict[str, Any]) -> None:
        """Show the rules with their defaults."""
        view = kept
        self.fields.show(view.values.model_dump(), edits, view.fixed)
        for name, row in self.fields.rows.items():
            default = self._said(name, getattr(view.defaults, name))
            row.show_help(f"{row.words.help} Default: {default}.")
        self._no_secrets.setVisible(not view.keeps_secrets)
        if not view.keeps_secrets and not view.values.second_factor_roles:
            self.roles.setEnabled(False)

    def follow_edits(self) -> None:
        """Offer the way back to what is not the default, and say whom a rule would concern."""
        super().follow_edits()
        view = self.kept
        if view is None:
            return
        edits = self.edits()
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

    # --- who has no second factor yet ---------------------------------------------------------

    def _show_without(self) -> None:
        """Say of each role that is to need a second factor how many people have none yet."""
        view = self.kept
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

    # --- changing and saving ------------------------------------------------------------------

    def _on_back(self, name: str, write: Any, _checked: bool = False) -> None:
        if self.kept is not None:
            write(getattr(self.kept.defaults, name))
            self.fields.rows[name].field.setFocus()

    def show_saved(self, kept: SecuritySettingsView) -> None:
        """Count anew who has no second factor."""
        self._counted.clear()
        super().show_saved(kept)


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

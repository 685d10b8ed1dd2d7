# SPDX-License-Identifier: GPL-3.0-or-later
"""What the forms of a directory and of a provider share: a secret, groups, and a place to try."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QVBoxLayout, QWidget

from helpdesk.core.schemas.base import Request, Result
from helpdesk.core.schemas.users import Role
from helpdesk.ui.settings.bound_fields import BoundFields
from helpdesk.ui.settings.directory.group_roles import GroupRoles
from helpdesk.ui.settings.key_field import KeyField, KeyWords
from helpdesk.ui.settings.row import Card, SettingRow
from helpdesk.ui.settings.words import SectionWords
from helpdesk.ui.widgets.drop_down import DropDown

Shown = TypeVar("Shown", bound=Result)
Change = TypeVar("Change", bound=Request)

PATH_LIMIT: Final = 500
_NOBODY = ""
_DEFAULTS: Final = (
    *((role.value, role.label) for role in Role),
    (_NOBODY, "No role: they cannot sign in"),
)
_TWICE = "The group {group} stands there twice; leave one of them out."


class TriedForm(QWidget, Generic[Shown, Change]):
    """Shows settings, and knows what of them was changed by hand."""

    changed = pyqtSignal()
    rearranged = pyqtSignal()
    """Other controls stand here now, in another order."""

    def __init__(
        self, words: SectionWords, change: type[Change], secret: str, key: KeyField
    ) -> None:
        """Begin empty; ``secret`` is what the change calls what is never shown."""
        super().__init__()
        self._change_type = change
        self._secret = secret
        self.base: Shown | None = None
        self.fields = BoundFields(self, words)
        self.key = key
        self.key.changed.connect(self.fields.tell)
        self.fields.rows[secret] = SettingRow(words.setting(secret), key)
        self.group_roles = GroupRoles()
        self.group_roles.changed.connect(self.fields.tell)
        self.group_roles.rearranged.connect(self.rearranged)
        self.test_place = QVBoxLayout()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(16)
        self.fields.edited.connect(self._on_edited)

    @property
    def rows(self) -> dict[str, SettingRow]:
        """The rows of the form by the names of the settings."""
        return self.fields.rows

    @property
    def changes(self) -> int:
        """How many settings were changed by hand."""
        return len(self.fields.edits()) + (self.key.value is not None)

    @property
    def place(self) -> str:
        """What is tried, in a word or two."""
        raise NotImplementedError

    def change(self) -> Change:
        """Return what was changed. Raises ``ValidationError`` for what cannot be."""
        wanted = self.fields.edits()
        if self.key.value is not None:
            wanted[self._secret] = self.key.value
        return self._change_type.model_validate(wanted)

    def kept_change(self, text: str) -> dict[str, Any]:
        """Return what was typed before; its secret was not kept. Raises ``ValidationError``."""
        change = self._change_type.model_validate_json(text)
        return change.model_dump(mode="json", exclude_unset=True, exclude={self._secret})

    def show_settings(self, settings: Shown, edits: Mapping[str, Any]) -> None:
        """Show settings, and over them what was typed before and is not saved yet."""
        self.base = settings
        values = settings.model_dump()
        place = values[f"{self._secret}_place"] if values[f"has_{self._secret}"] else None
        self.key.show_kept(place, can_keep=values[f"can_keep_{self._secret}"])
        self.fields.show(values, edits, values["fixed"])

    def discard(self) -> None:
        """Show again what is saved."""
        self.key.reset()
        if self.base is not None:
            self.show_settings(self.base, {})
        self.show_problems({})

    def problems(self, *, is_trial: bool = False) -> dict[str, str]:
        """Return what keeps the form from being saved or tried, by the setting it is about."""
        del is_trial
        twice = self.group_roles.twice()
        return {"group_roles": _TWICE.format(group=twice)} if twice else {}

    def show_problems(self, problems: Mapping[str, str]) -> SettingRow | None:
        """Say at each field what is wrong with it; the first gets the focus and is returned."""
        first = self.fields.show_problems(problems)
        return self.reveal(first.words.key) if first else None

    def reveal(self, name: str) -> SettingRow | None:
        """Put the focus into a field and return its row."""
        row = self.rows.get(name)
        if row is None:
            return None
        if name == self._secret:
            self.key.focus()
        elif name == "group_roles":
            self.group_roles.focus()
        else:
            row.field.setFocus()
        return row

    def add_card(self, title: str, *names: str) -> Card:
        """Add some settings on a card."""
        frame = QFrame()
        card = Card(frame, title)
        for name in names:
            card.addWidget(self.rows[name])
        self.column.addWidget(frame)
        return card

    def make_roles(self) -> None:
        """Add the table of groups, and what all the others get."""
        self.fields.bind(
            "group_roles", self.group_roles, self.group_roles.value, self.group_roles.put
        )
        self.group_roles.widen()
        field = DropDown(_DEFAULTS)
        field.currentIndexChanged.connect(self.fields.tell)
        self.fields.bind(
            "default_role",
            field,
            lambda: field.key or None,
            lambda role: field.set_key(Role(role).value if role else _NOBODY),
        )

    def show_more(self) -> None:
        """Show what follows from what is typed."""

    def _on_edited(self) -> None:
        self.show_more()
        problems = self.problems()
        for name, row in self.rows.items():
            if row.error and row.error != problems.get(name):
                row.show_error("")
        self.changed.emit()


def key_field(words: KeyWords, *, on_server: bool) -> KeyField:
    """Return a field for a secret."""
    return KeyField(on_server=on_server, words=words)

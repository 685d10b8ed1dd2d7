# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of one field of tickets, with a live preview of how it will be asked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from PyQt5.QtWidgets import QFrame, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from helpdesk.core.schemas.custom_fields import FieldSetUp, FieldView, NewField
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.text import NAME_LIMIT
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.settings.policies.tags import MenuTags, as_pairs, from_pairs
from helpdesk.ui.settings.record_section import RecordForm
from helpdesk.ui.settings.row import Card, SettingRow
from helpdesk.ui.settings.words import TICKET_FIELDS
from helpdesk.ui.tickets.fields_form import FieldCell
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.switch import Switch

KINDS: dict[FieldKind, str] = {
    FieldKind.TEXT: "Text, one line",
    FieldKind.NUMBER: "Number",
    FieldKind.CHOICE: "Choice of options",
    FieldKind.DATE: "Day",
    FieldKind.USER: "Person",
}
_NO_NAME = "Give it a name."
_NO_KEY = "Write a key of small letters and digits, such as asset_tag; it begins with a letter."
_HELD = "Tickets have values of this field, so that its kind stays."
_OPTIONS_HEIGHT, _PREVIEW_WIDTH, _LONGEST_KEY = 96, 460, 40
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_SETTINGS = {
    "name": "field_name",
    "key": "field_key",
    "kind": "field_kind",
    "options": "field_options",
    "help": "field_help",
    "category_ids": "field_categories",
}


class FieldForm(RecordForm):
    """What it is, when it is asked for, and how that looks."""

    def __init__(self, desktop: Desktop) -> None:
        """Make the fields, empty."""
        super().__init__()
        self._desktop = desktop
        self._record: FieldSetUp | None = None
        self._names: dict[int, str] = {}
        self._proposed = ""
        self.name, self.help, self.key = QLineEdit(), QLineEdit(), QLineEdit()
        for line in (self.name, self.help):
            line.setMaxLength(NAME_LIMIT)
        self.key.setMaxLength(_LONGEST_KEY)
        self.kind = DropDown([(kind.value, label) for kind, label in KINDS.items()])
        self.options = QPlainTextEdit()
        self.options.setTabChangesFocus(True)
        self.options.setFixedHeight(_OPTIONS_HEIGHT)
        self.categories = MenuTags("category")
        self.required = self._switch("field_required")
        self.staff_only = self._switch("field_staff_only")
        self.active = self._switch("field_active")
        self.preview: FieldCell | None = None
        self._rows = {
            key: SettingRow(TICKET_FIELDS.setting(key), field)
            for key, field in {
                "field_name": self.name,
                "field_help": self.help,
                "field_kind": self.kind,
                "field_options": self.options,
                "field_key": self.key,
                "field_categories": self.categories,
                "field_required": self.required,
                "field_staff_only": self.staff_only,
                "field_active": self.active,
            }.items()
        }
        self._lay_out()
        self._connect()

    def set_choices(self, categories: Mapping[int, str]) -> None:
        """Offer the categories of the desk."""
        self._names = dict(categories)
        self.categories.set_choices(categories)

    def lock(self) -> None:
        """Let the fields be read."""
        for line in (self.name, self.help, self.key, self.options):
            line.setReadOnly(True)
        for other in (self.kind, self.required, self.staff_only, self.active):
            other.setEnabled(False)
        self.categories.lock()

    def rows(self) -> Mapping[str, SettingRow]:
        """Return the settings by their keys."""
        return self._rows

    def values(self) -> dict[str, Any]:
        """Return what the fields show."""
        return {
            "name": self.name.text().strip(),
            "help": self.help.text().strip(),
            "key": self.key.text().strip(),
            "kind": self.kind.key,
            "options": self._options(),
            "categories": as_pairs(self.categories.chosen),
            "required": self.required.isChecked(),
            "staff_only": self.staff_only.isChecked(),
            "active": self.active.isChecked(),
        }

    def values_of(self, record: FieldSetUp | None) -> dict[str, Any]:
        """Return what the fields would show of a field, or of a new one."""
        self._record = record
        self.key.setReadOnly(record is not None)
        self._rows["field_active"].setVisible(record is not None)
        holds = record is not None and record.tickets > 0
        self.kind.setEnabled(not holds)
        self._rows["field_kind"].show_help(
            _HELD if holds else TICKET_FIELDS.setting("field_kind").help
        )
        chosen = record.category_ids if record else ()
        return {
            "name": record.name if record else "",
            "help": record.help if record else "",
            "key": record.key if record else "",
            "kind": (record.kind if record else FieldKind.TEXT).value,
            "options": list(record.options) if record else [],
            "categories": as_pairs({id_: self._names.get(id_, "Retired") for id_ in chosen}),
            "required": record.required if record else False,
            "staff_only": record.staff_only if record else False,
            "active": record.active if record else True,
        }

    def put(self, values: Mapping[str, Any]) -> None:
        """Show values without telling."""
        blocked = self.blockSignals(True)
        self.name.setText(values["name"])
        self.help.setText(values["help"])
        self.key.setText(values["key"])
        self._proposed = values["key"] or self._proposed
        self.kind.set_key(values["kind"])
        self.options.setPlainText("\n".join(values["options"]))
        self.categories.put(from_pairs(values["categories"]))
        self.required.setChecked(values["required"])
        self.staff_only.setChecked(values["staff_only"])
        self.active.setChecked(values["active"])
        for row in self._rows.values():
            row.show_error("")
        self.blockSignals(blocked)
        self._show_preview()

    def settings(self) -> NewField | None:
        """Return what the fields make, or ``None`` after saying at them what is wrong."""
        for row in self._rows.values():
            row.show_error("")
        values = self.values()
        has_name, has_key = bool(values["name"]), bool(_KEY.fullmatch(values["key"]))
        # All at once, with the keyboard in the first.
        if not has_key:
            self._refused("field_key", _NO_KEY)
        if not has_name:
            self._refused("field_name", _NO_NAME)
        if not (has_name and has_key):
            return None
        kind = FieldKind(values["kind"])
        try:
            return NewField(
                key=values["key"],
                kind=kind,
                name=values["name"],
                help=values["help"],
                options=tuple(values["options"]) if kind is FieldKind.CHOICE else (),
                category_ids=tuple(self.categories.chosen),
                required=values["required"],
                staff_only=values["staff_only"],
            )
        except ValidationError as error:
            wrong = invalid(error)
            return self._refused(_SETTINGS.get(wrong.field or "", "field_options"), str(wrong))

    def show_problem(self, field: str, sentence: str) -> QWidget | None:
        """Say at a field what the desk found wrong."""
        row = self._rows.get(_SETTINGS.get(field, ""))
        if row is not None:
            row.show_error(sentence)
        return row

    def _refused(self, key: str, sentence: str) -> NewField | None:
        self._rows[key].show_error(sentence)
        self.focus(key)
        return None

    def _options(self) -> list[str]:
        lines = (line.strip() for line in self.options.toPlainText().splitlines())
        return [line for line in lines if line]

    @staticmethod
    def _switch(key: str) -> Switch:
        return Switch(TICKET_FIELDS.setting(key).name)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        what = ("field_name", "field_help", "field_kind", "field_options", "field_key")
        when = ("field_categories", "field_required", "field_staff_only", "field_active")
        for title, keys in (("Field", what), ("When it is asked for", when)):
            frame = QFrame()
            card = Card(frame, title)
            for key in keys:
                card.addWidget(self._rows[key])
            column.addWidget(frame)
        frame = QFrame()
        self._card = Card(frame, "How it will look")
        self._whom = PlainLabel(role="secondary")
        self._card.addWidget(self._whom)
        column.addWidget(frame)
        self.follow_layout()

    def _connect(self) -> None:
        self.name.textEdited.connect(self._propose_key)
        for line in (self.name, self.help, self.key):
            line.textChanged.connect(self._on_changed)
        self.options.textChanged.connect(self._on_changed)
        self.kind.currentIndexChanged.connect(self._on_changed)
        self.categories.changed.connect(self._on_changed)
        self.categories.rearranged.connect(self.follow_layout)
        for switch in (self.required, self.staff_only, self.active):
            switch.toggled.connect(self._on_changed)

    def _propose_key(self, name: str) -> None:
        """Make a key of the name of a new field, until somebody writes another."""
        if self._record is None and self.key.text() in ("", self._proposed):
            self._proposed = key_of(name)
            self.key.setText(self._proposed)

    def _on_changed(self, *_: object) -> None:
        self._show_preview()
        self.changed.emit()

    def _show_preview(self) -> None:
        """Show the field as the form of a new ticket will, and tell who is asked."""
        values = self.values()
        is_choice = values["kind"] == FieldKind.CHOICE.value
        self._rows["field_options"].setVisible(is_choice)
        field = FieldView(
            id=0, key="preview", name=values["name"] or "Name of the field", help=values["help"],
            kind=FieldKind(values["kind"]), options=tuple(values["options"] if is_choice else ()),
            category_ids=(), required=values["required"], staff_only=values["staff_only"],
            position=0, active=True, version=0,
        )  # fmt: skip
        if self.preview is not None and self.preview.field == field:
            return
        if self.preview is not None:
            self._card.removeWidget(self.preview)
            self.preview.hide()
            self.preview.deleteLater()
        self.preview = FieldCell(field, self._desktop)
        self.preview.setMaximumWidth(_PREVIEW_WIDTH)
        self._card.addWidget(self.preview)
        self._whom.setText("Only staff see it." if field.staff_only else "Everybody sees it.")


def key_of(name: str) -> str:
    """Return a key that a name suggests, such as 'asset_tag' for 'Asset tag'."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_0123456789")[:_LONGEST_KEY]

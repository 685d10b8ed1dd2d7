# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of an endpoint's settings, how they are read and written, and what was changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QComboBox, QLineEdit, QWidget

from helpdesk.core.schemas.assistant import AssistantSettings, DialectName
from helpdesk.core.text import NAME_LIMIT
from helpdesk.ui.settings.key_field import KeyField
from helpdesk.ui.settings.row import SettingRow
from helpdesk.ui.settings.words import CONNECTION
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.number_field import NumberField, SecondsField
from helpdesk.ui.widgets.switch import Switch

_URL_LIMIT = 500
_URL_EXAMPLES = "http://127.0.0.1:11434 for Ollama, http://127.0.0.1:8080 for llama.cpp"


class _Bound(NamedTuple):
    """How the field of a setting is read and written."""

    read: Callable[[], Any]
    write: Callable[[Any], None]


class ConnectionFields(QObject):
    """One row for each setting; what differs from what was shown was changed by hand."""

    edited = pyqtSignal()

    def __init__(self, parent: QObject, *, on_server: bool) -> None:
        """Make the fields, empty."""
        super().__init__(parent)
        self.rows: dict[str, SettingRow] = {}
        self._bound: dict[str, _Bound] = {}
        self._shown: dict[str, Any] = {}
        self._is_filling = False
        self.enabled = self._switch("enabled")
        self.badge = Chip()
        self.url = self._make_url()
        self.model = self._make_model()
        self.key = KeyField(on_server=on_server)
        self.key.changed.connect(self._tell)
        self.rows["key"] = SettingRow(CONNECTION.setting("key"), self.key)
        self.dialect = DropDown([(each, each.label) for each in DialectName])
        self._bind("dialect", self.dialect, lambda: self.dialect.key, self.dialect.set_key)
        self.dialect.currentIndexChanged.connect(self._tell)
        self.consent = self._switch("public_consent")
        self.redact = self._switch("redact")
        self.system_role = self._switch("native_system_role")
        self.context = NumberField(512, 1_000_000, step=1024)
        self._number("context_tokens", self.context)
        self.first_token = SecondsField(0.1, 600)
        self._number("first_token_seconds", self.first_token)
        self.at_once = NumberField(1, 64)
        self._number("at_once", self.at_once)
        self.private_names = self._switch("private_names")

    def edits(self) -> dict[str, Any]:
        """Return what was changed by hand, without the key."""
        return {
            name: bound.read()
            for name, bound in self._bound.items()
            if name in self._shown and bound.read() != self._shown[name]
        }

    def show_settings(self, settings: AssistantSettings, edits: Mapping[str, Any]) -> None:
        """Show settings, and over them what was typed before and is not saved yet."""
        self._is_filling = True
        for name, bound in self._bound.items():
            bound.write(getattr(settings, name))
            # A field may round what it shows, which is no change by hand.
            self._shown[name] = bound.read()
            self.rows[name].set_fixed(name in settings.fixed)
            if name in edits and name not in settings.fixed:
                bound.write(edits[name])
        self.key.show_settings(settings)
        self._is_filling = False
        self._tell()

    def take(self, values: Mapping[str, Any]) -> None:
        """Take values over as if they had been typed; what the environment sets stays."""
        for name, value in values.items():
            if not self.rows[name].is_fixed:
                self._bound[name].write(value)

    def could_take(self, name: str, value: object) -> bool:
        """Whether a field has another value, and may get this one."""
        return not self.rows[name].is_fixed and bool(self._bound[name].read() != value)

    def offer_models(self, models: tuple[str, ...]) -> None:
        """Offer the models that the endpoint has, leaving what is typed."""
        typed = self.model.currentText()
        blocked = self.model.blockSignals(True)
        self.model.clear()
        self.model.addItems(models)
        self.model.setEditText(typed)
        self.model.blockSignals(blocked)

    def _tell(self) -> None:
        if not self._is_filling:
            self.edited.emit()

    def _make_url(self) -> QLineEdit:
        field = QLineEdit()
        field.setMaxLength(_URL_LIMIT)
        field.setPlaceholderText(_URL_EXAMPLES)
        field.textChanged.connect(self._tell)
        self._bind("url", field, lambda: field.text().strip(), field.setText, self.badge)
        return field

    def _make_model(self) -> DropDown:
        field = DropDown()
        field.setEditable(True)
        field.setInsertPolicy(QComboBox.NoInsert)
        field.setSizeAdjustPolicy(QComboBox.AdjustToMinimumContentsLengthWithIcon)
        field.lineEdit().setMaxLength(NAME_LIMIT)
        field.lineEdit().setTextMargins(2, 0, 0, 0)
        field.lineEdit().setPlaceholderText("Such as mistral at Ollama")
        field.editTextChanged.connect(self._tell)
        self._bind("model", field, lambda: field.currentText().strip(), field.setEditText)
        return field

    def _switch(self, name: str) -> Switch:
        switch = Switch(CONNECTION.setting(name).name)
        switch.toggled.connect(self._tell)
        self._bind(name, switch, switch.isChecked, switch.setChecked)
        return switch

    def _number(self, name: str, field: NumberField | SecondsField) -> None:
        field.valueChanged.connect(self._tell)
        self._bind(name, field, field.value, field.setValue)

    def _bind(
        self,
        name: str,
        field: QWidget,
        read: Callable[[], Any],
        write: Callable[[Any], None],
        beside: QWidget | None = None,
    ) -> None:
        self.rows[name] = SettingRow(CONNECTION.setting(name), field, beside)
        self._bound[name] = _Bound(read, write)

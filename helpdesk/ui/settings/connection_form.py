# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of the endpoint: it says how far the address lies, and what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from helpdesk.client.endpoint_address import TypedAddress, address_of, name_in
from helpdesk.core.schemas.assistant import AssistantChange, AssistantSettings
from helpdesk.ui.icons import icon
from helpdesk.ui.settings.connection_fields import ConnectionFields
from helpdesk.ui.settings.row import Card, SettingRow
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.plain_label import PlainLabel

_NO_URL = "Name the address of the model first, such as http://127.0.0.1:11434."
_NO_MODEL = "Name the model; ‘Test connection’ lists those that the endpoint has."
_NO_CONSENT = "Allow this first, or name an endpoint in your own network."
_MISTRAL_HOST = "api.mistral.ai"
_AT_MISTRAL = (
    "Mistral 7B is retired at api.mistral.ai; name another of its models, such as"
    " ministral-8b-latest."
)
_RETIRED: Final = re.compile(r"mistral[-_: ]?7b", re.IGNORECASE)
_SWITCHED_ON = "Switched on, the model at the address below is asked."
_BADGES: Final[dict[str, tuple[str, Tone]]] = {
    "loopback": ("This machine", "success"),
    "private": ("Your network", "accent"),
    "public": ("Public: tickets leave your organisation", "warning"),
}
_NOTHING_LEAVES = {
    False: "The model runs on this machine: nothing leaves it, and nothing is taken out.",
    True: "The model runs on the server itself: nothing leaves it, and nothing is taken out.",
}
_NO_ADDRESS = "As long as there is no address, nothing can be sent."
_ADVANCED = (
    "native_system_role",
    "context_tokens",
    "first_token_seconds",
    "at_once",
    "private_names",
)


class ConnectionForm(QWidget):
    """Shows settings and knows what of them was changed by hand."""

    changed = pyqtSignal()

    def __init__(self, *, on_server: bool) -> None:
        """Begin empty; `show_settings` fills it."""
        super().__init__()
        self._on_server = on_server
        self._base: AssistantSettings | None = None
        self._name_agreed_on = ""
        self._name_called_own = ""
        self.fields = ConnectionFields(self, on_server=on_server)
        self.fields.edited.connect(self._on_edited)
        self.fields.url.textChanged.connect(self._on_url_typed)
        self.fields.url.editingFinished.connect(self._on_url_left)
        self.fields.consent.clicked.connect(self._on_said_of_name)
        self.fields.private_names.clicked.connect(self._on_said_of_name)
        self.test_place, self.preview_place = QVBoxLayout(), QVBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        for card in (self._model_card(), self._privacy_card(), self._advanced_card()):
            column.addWidget(card)

    @property
    def address(self) -> TypedAddress:
        """What can be said of the address that stands in the field."""
        fields = self.fields
        return address_of(fields.url.text().strip(), private=fields.private_names.isChecked())

    @property
    def changes(self) -> int:
        """How many settings were changed by hand."""
        return len(self.fields.edits()) + (self.fields.key.value is not None)

    def change(self) -> AssistantChange:
        """Return what was changed. Raises ``ValidationError`` for what cannot be."""
        wanted = self.fields.edits()
        if self.fields.key.value is not None:
            wanted["key"] = self.fields.key.value
        return AssistantChange.model_validate(wanted)

    def show_settings(self, settings: AssistantSettings, edits: Mapping[str, Any]) -> None:
        """Show settings, and over them what was typed before and is not saved yet."""
        self._base = settings
        self.fields.show_settings(settings, edits)
        self._on_said_of_name()

    def discard(self) -> None:
        """Show again what is saved."""
        self.fields.key.reset()
        if self._base is not None:
            self.show_settings(self._base, {})
        self.show_problems({})

    def problems(self) -> dict[str, str]:
        """Return what keeps the form from being saved, by the setting it is about."""
        found: dict[str, str] = {}
        fields, address = self.fields, self.address
        if address.problem:
            found["url"] = address.problem
        if fields.enabled.isChecked():
            if not fields.url.text().strip():
                found["url"] = _NO_URL
            if not fields.model.currentText().strip():
                found["model"] = _NO_MODEL
            if address.reach == "public" and not fields.consent.isChecked():
                found["public_consent"] = _NO_CONSENT
        return found

    def show_problems(self, problems: Mapping[str, str]) -> SettingRow | None:
        """Say at each field what is wrong with it; the first gets the focus and is returned."""
        for name, row in self.fields.rows.items():
            row.show_error(problems.get(name, ""))
        first = next((name for name in self.fields.rows if name in problems), None)
        return self.reveal(first) if first else None

    def reveal(self, name: str) -> SettingRow | None:
        """Make a setting visible, put the focus into it and return it."""
        if name in _ADVANCED:
            self.advanced_button.setChecked(True)
        row = self.fields.rows.get(name)
        if row is None or row.isHidden():
            return None
        if name == "key":
            self.fields.key.focus()
        else:
            row.field.setFocus(Qt.OtherFocusReason)
        return row

    def _host_of(self, settings: AssistantSettings) -> str:
        return address_of(settings.url, private=settings.private_names).host

    def _on_edited(self) -> None:
        address = self.address
        self._show_reach(address)
        self._show_key(address)
        self._show_errors()
        self._show_notes(address)
        self.changed.emit()

    def _show_notes(self, address: TypedAddress) -> None:
        row = self.fields.rows["enabled"]
        row.show_help(_SWITCHED_ON if self.fields.enabled.isChecked() else row.words.help)
        names_it = _RETIRED.search(self.fields.model.currentText()) is not None
        self._mistral_note.setVisible(address.host == _MISTRAL_HOST and names_it)

    def _show_reach(self, address: TypedAddress) -> None:
        rows, badge = self.fields.rows, self.fields.badge
        badge.setVisible(bool(address.reach))
        if address.reach:
            words, tone = _BADGES[address.reach]
            is_there = self._on_server and address.reach == "loopback"
            badge.set_text("The server itself" if is_there else words, tone)
        rows["public_consent"].setVisible(address.reach == "public")
        rows["redact"].setVisible(address.reach == "private")
        note = _NOTHING_LEAVES[self._on_server] if address.reach == "loopback" else ""
        note = note if address.reach else _NO_ADDRESS
        self._privacy_note.setText(note)
        self._privacy_note.setVisible(bool(note))

    def _show_key(self, address: TypedAddress) -> None:
        """Say so when the kept key is for another host than the one that is typed now."""
        settings = self._base
        if settings is None or settings.key_place != "keyring" or not address.host:
            return
        kept_for = self._host_of(settings)
        self.fields.key.show_other_host(kept_for if address.host != kept_for else "")

    def _show_errors(self) -> None:
        """Take back what is wrong no longer, and complain of nothing that is being typed."""
        problems = self.problems()
        for name, row in self.fields.rows.items():
            if row.error and row.error != problems.get(name):
                row.show_error("")

    def _on_url_typed(self) -> None:
        """Take what was said of another host's name for nothing said of this one's."""
        name, fields = name_in(self.fields.url.text()), self.fields
        said = {
            "public_consent": bool(name) and name == self._name_agreed_on,
            "private_names": bool(name) and name == self._name_called_own,
        }
        fields.take(said)

    def _on_said_of_name(self) -> None:
        name, fields = name_in(self.fields.url.text()), self.fields
        self._name_agreed_on = name if fields.consent.isChecked() else ""
        self._name_called_own = name if fields.private_names.isChecked() else ""

    def _on_url_left(self) -> None:
        self.fields.rows["url"].show_error(self.address.problem)

    def _model_card(self) -> QFrame:
        rows = self.fields.rows
        frame = QFrame()
        card = Card(frame, "Model")
        self._mistral_note = PlainLabel(_AT_MISTRAL, role="waiting")
        self._mistral_note.hide()
        for name in ("enabled", "url", "model"):
            card.addWidget(rows[name])
        card.addWidget(self._mistral_note)
        for name in ("key", "dialect"):
            card.addWidget(rows[name])
        card.addLayout(self.test_place)
        return frame

    def _privacy_card(self) -> QFrame:
        frame = QFrame()
        card = Card(frame, "What is sent")
        self._privacy_note = PlainLabel(role="muted")
        card.addWidget(self._privacy_note)
        for name in ("public_consent", "redact"):
            card.addWidget(self.fields.rows[name])
        card.addLayout(self.preview_place)
        return frame

    def _advanced_card(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("kind", "card")
        self.advanced_button = QToolButton()
        self.advanced_button.setText("Advanced")
        self.advanced_button.setToolButtonStyle(Qt.ToolButtonTextBesideIcon)
        self.advanced_button.setIconSize(QSize(14, 14))
        self.advanced_button.setCheckable(True)
        self.advanced_button.setProperty("kind", "fold")
        self.advanced_button.toggled.connect(self._on_folded)
        self._advanced = QWidget()
        inside = QVBoxLayout(self._advanced)
        inside.setContentsMargins(6, 8, 0, 8)
        inside.setSpacing(16)
        for name in _ADVANCED:
            inside.addWidget(self.fields.rows[name])
        column = QVBoxLayout(frame)
        column.setContentsMargins(14, 10, 20, 10)
        column.addWidget(self.advanced_button, 0, Qt.AlignLeft)
        column.addWidget(self._advanced)
        self._on_folded(False)
        return frame

    def _on_folded(self, is_open: bool) -> None:
        self._advanced.setVisible(is_open)
        self.advanced_button.setIcon(icon("down" if is_open else "right"))
        self.advanced_button.setAccessibleName(
            "Advanced settings, " + ("shown" if is_open else "hidden")
        )

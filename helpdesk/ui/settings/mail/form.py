# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of the mail server: what is typed, what is wrong with it, and what was changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QVBoxLayout, QWidget

from helpdesk.core.schemas.notifications import MailChange, MailSecurity, MailSettings
from helpdesk.core.schemas.users import EMAIL_PATTERN
from helpdesk.core.text import NAME_LIMIT
from helpdesk.ui.settings.bound_fields import BoundFields
from helpdesk.ui.settings.key_field import KeyField, KeyWords
from helpdesk.ui.settings.row import Card, SettingRow
from helpdesk.ui.settings.words import MAIL
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.number_field import NumberField
from helpdesk.ui.widgets.plain_label import PlainLabel

_ADDRESS_LIMIT = 254
_PATH_LIMIT = 500
_PORT_WIDTH = 110
_PORTS: Final = {MailSecurity.STARTTLS: 587, MailSecurity.TLS: 465, MailSecurity.NONE: 25}
_SECURITIES: Final = (
    (MailSecurity.STARTTLS, "STARTTLS"),
    (MailSecurity.TLS, "TLS from the start"),
    (MailSecurity.NONE, "None"),
)
_PASSWORD: Final = KeyWords(
    "Password",
    "Empty if the server asks for none",
    "{machine} has no keyring that could keep a password. If the server asks for one, set it in the"
    " environment of the program as HELPDESK_MAIL__PASSWORD, together with host and user name.",
    "Set outside of the program, by HELPDESK_MAIL__PASSWORD or its file; change it there.",
    "The password that is kept belongs to {host} and is sent nowhere else.",
    "The password will be removed when you save.",
    elsewhere=("environment", "file"),
)
_NO_HOST = "Name the mail server first, such as mail.corp.example."
_NO_SENDER = "Name the address that mail comes from, such as helpdesk@corp.example."
_BAD_SENDER = "Type an e-mail address such as helpdesk@corp.example."
_OPEN = (
    "Nothing is encrypted, so no user name and password are sent. This is for a server on the same"
    " machine or in a closed network."
)
_NEEDS_ENCRYPTION = "A user name needs encryption, or its password could be read on the way."


class MailForm(QWidget):
    """Shows settings, and knows what of them was changed by hand."""

    changed = pyqtSignal()

    def __init__(self, *, on_server: bool) -> None:
        """Begin empty; `show_settings` fills it."""
        super().__init__()
        self._base: MailSettings | None = None
        self._make_fields(on_server=on_server)
        self.test_place = QVBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self._server_card())
        column.addWidget(self._sender_card())
        self.fields.edited.connect(self._on_edited)

    @property
    def rows(self) -> dict[str, SettingRow]:
        """The rows of the form by the names of the settings."""
        return self.fields.rows

    @property
    def changes(self) -> int:
        """How many settings were changed by hand."""
        return len(self.fields.edits()) + (self.key.value is not None)

    def change(self) -> MailChange:
        """Return what was changed. Raises ``ValidationError`` for what cannot be."""
        wanted = self.fields.edits()
        if self.key.value is not None:
            wanted["password"] = self.key.value
        return MailChange.model_validate(wanted)

    def show_settings(self, settings: MailSettings, edits: Mapping[str, Any]) -> None:
        """Show settings, and over them what was typed before and is not saved yet."""
        self._base = settings
        self.key.show_kept(
            settings.password_place if settings.has_password else None,
            can_keep=settings.can_keep_password,
        )
        self.fields.show(settings.model_dump(), edits, settings.fixed)

    def discard(self) -> None:
        """Show again what is saved."""
        self.key.reset()
        if self._base is not None:
            self.show_settings(self._base, {})
        self.show_problems({})

    def problems(self, *, is_trial: bool = False) -> dict[str, str]:
        """Return what keeps the form from being saved or tried, by the setting it is about."""
        found: dict[str, str] = {}
        sender = self.sender_address.text().strip()
        is_used = is_trial or self.enabled.isChecked()
        if is_used and not self.host.text().strip():
            found["host"] = _NO_HOST
        if self.security.key is MailSecurity.NONE and self.username.text().strip():
            found["security"] = _NEEDS_ENCRYPTION
        if sender and not re.fullmatch(EMAIL_PATTERN, sender):
            found["sender"] = _BAD_SENDER
        elif not sender and (is_used or "sender" in self.fields.edits()):
            found["sender"] = _NO_SENDER
        return found

    def show_problems(self, problems: Mapping[str, str]) -> SettingRow | None:
        """Say at each field what is wrong with it; the first gets the focus and is returned."""
        first = self.fields.show_problems(problems)
        return self.reveal(first.words.key) if first else None

    def reveal(self, name: str) -> SettingRow | None:
        """Put the focus into a field and return its row."""
        row = self.rows.get(name)
        if row is None:
            return None
        if name == "password":
            self.key.focus()
        else:
            row.field.setFocus()
        return row

    def _make_fields(self, *, on_server: bool) -> None:
        self.fields = BoundFields(self, MAIL)
        self.enabled = self.fields.switch("enabled")
        self.host = self.fields.line("host", NAME_LIMIT, "mail.corp.example")
        self.security = self.fields.choice("security", DropDown(_SECURITIES))
        self.security.activated.connect(self._on_security)
        self.port = NumberField(1, 65_535)
        self.port.setGroupSeparatorShown(False)
        self.fields.number("port", self.port)
        self.port.setFixedWidth(_PORT_WIDTH)
        self.username = self.fields.line("username", NAME_LIMIT)
        self.key = KeyField(on_server=on_server, words=_PASSWORD)
        self.key.changed.connect(self.fields.tell)
        self.fields.rows["password"] = SettingRow(MAIL.setting("password"), self.key)
        self.ca_file = self.fields.line("ca_file", _PATH_LIMIT, "/etc/ssl/corp-ca.pem")
        self.sender_address = self.fields.line("sender", _ADDRESS_LIMIT, "helpdesk@corp.example")
        self.sender_name = self.fields.line("sender_name", NAME_LIMIT, "Help Desk")

    def _server_card(self) -> QFrame:
        frame = QFrame()
        card = Card(frame, "Mail server")
        self._open_note = PlainLabel(_OPEN, role="waiting")
        self._open_note.hide()
        for name in ("enabled", "host", "security"):
            card.addWidget(self.rows[name])
        card.addWidget(self._open_note)
        for name in ("port", "username", "password", "ca_file"):
            card.addWidget(self.rows[name])
        return frame

    def _sender_card(self) -> QFrame:
        frame = QFrame()
        card = Card(frame, "Sender and test")
        for name in ("sender", "sender_name"):
            card.addWidget(self.rows[name])
        card.addLayout(self.test_place)
        return frame

    def _on_security(self) -> None:
        """Follow with the port as long as it is a usual one."""
        key = self.security.key
        if isinstance(key, MailSecurity) and self.port.value() in _PORTS.values():
            self.port.setValue(_PORTS[key])

    def _on_edited(self) -> None:
        self._show_key()
        self._open_note.setVisible(self.security.key is MailSecurity.NONE)
        problems = self.problems()
        for name, row in self.rows.items():
            if row.error and row.error != problems.get(name):
                row.show_error("")
        self.changed.emit()

    def _show_key(self) -> None:
        """Say so when the kept password is for another account than the one typed now."""
        base = self._base
        if base is None or base.password_place != "keyring":  # noqa: S105 - a place
            return
        kept_for = f"{base.username} at {base.host}"
        typed = f"{self.username.text().strip()} at {self.host.text().strip()}"
        self.key.show_other_host(kept_for if typed != kept_for else "")

# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of the directory: what is typed, what is wrong with it, and what was changed."""

from __future__ import annotations

from typing import Final

from helpdesk.core.schemas.directory import DirectoryChange, DirectorySettings
from helpdesk.core.text import NAME_LIMIT
from helpdesk.ui.settings.directory.tried_form import PATH_LIMIT, TriedForm, key_field
from helpdesk.ui.settings.key_field import KeyWords
from helpdesk.ui.settings.words import DIRECTORY
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.number_field import NumberField
from helpdesk.ui.widgets.plain_label import PlainLabel

_PORT_WIDTH = 110
_PORTS: Final = {"starttls": 389, "tls": 636, "none": 389}
_SECURITIES: Final = (
    ("starttls", "STARTTLS"),
    ("tls", "TLS from the start"),
    ("none", "None"),
)
_PASSWORD: Final = KeyWords(
    "Password",
    "Empty where anybody may look people up",
    "{machine} has no keyring that could keep a password. If the directory asks for one, set it in"
    " the environment of the program as HELPDESK_DIRECTORY__BIND_PASSWORD, together with host and"
    " bind_dn.",
    "Set outside of the program, by HELPDESK_DIRECTORY__BIND_PASSWORD or its file; change it"
    " there.",
    "The password that is kept belongs to {host} and is sent nowhere else.",
    "The password will be removed when you save.",
    elsewhere=("environment", "file"),
)
_NO_HOST = "Name the directory server first, such as directory.corp.example."
_NO_BASE = "Name where people are looked for, such as ou=people,dc=corp,dc=example."
_FILTER = "Write a filter in brackets that holds {username}, such as (uid={username})."
_OPEN = "Nothing is encrypted: only for a directory on the same machine as the desk."


class DirectoryForm(TriedForm[DirectorySettings, DirectoryChange]):
    """How the directory is reached, how people are found in it, and what their groups give."""

    def __init__(self, *, on_server: bool) -> None:
        """Begin empty; `show_settings` fills it."""
        key = key_field(_PASSWORD, on_server=on_server)
        super().__init__(DIRECTORY, DirectoryChange, "password", key)
        self._make_fields()
        self._open_note = PlainLabel(_OPEN, role="waiting")
        self._open_note.hide()
        card = self.add_card(
            "Directory server",
            "enabled", "host", "security", "port", "ca_file", "bind_dn", "password",
        )  # fmt: skip
        card.insertWidget(card.indexOf(self.rows["security"]) + 1, self._open_note)
        self.add_card(
            "People",
            "base_dn", "user_filter", "username_attribute", "name_attribute", "email_attribute",
            "id_attribute",
        )  # fmt: skip
        self.add_card(
            "Groups and roles", "group_roles", "default_role", "group_base_dn", "group_filter"
        )
        self.add_card("Test").addLayout(self.test_place)

    @property
    def place(self) -> str:
        """What is tried."""
        return str(self.host.text()).strip()

    def problems(self, *, is_trial: bool = False) -> dict[str, str]:
        """Return what keeps the form from being saved or tried, by the setting it is about."""
        found: dict[str, str] = {}
        is_used = is_trial or self.enabled.isChecked()
        if is_used and not self.place:
            found["host"] = _NO_HOST
        if is_used and not self.base_dn.text().strip():
            found["base_dn"] = _NO_BASE
        if "{username}" not in self.user_filter.text():
            found["user_filter"] = _FILTER
        return {**found, **super().problems()}

    def show_more(self) -> None:
        """Say when the kept password is for another account, and what is not encrypted."""
        self._open_note.setVisible(self.security.key == "none")
        self.rows["group_filter"].setVisible(bool(self.group_base_dn.text().strip()))
        base = self.base
        if base is None or base.password_place != "keyring":  # noqa: S105 - a place
            return
        kept_for = f"{base.bind_dn} at {base.host}"
        typed = f"{self.bind_dn.text().strip()} at {self.place}"
        self.key.show_other_host(kept_for if typed != kept_for else "")

    def _make_fields(self) -> None:
        lines = self.fields.line
        self.enabled = self.fields.switch("enabled")
        self.host = lines("host", NAME_LIMIT, "directory.corp.example")
        self.security = self.fields.choice("security", DropDown(_SECURITIES))
        self.security.activated.connect(self._on_security)
        self.port = NumberField(1, 65_535)
        self.port.setGroupSeparatorShown(False)
        self.fields.number("port", self.port)
        self.port.setFixedWidth(_PORT_WIDTH)
        self.ca_file = lines("ca_file", PATH_LIMIT, "/etc/ssl/corp-ca.pem")
        self.bind_dn = lines("bind_dn", PATH_LIMIT, "cn=helpdesk,dc=corp,dc=example")
        self.base_dn = lines("base_dn", PATH_LIMIT, "ou=people,dc=corp,dc=example")
        self.user_filter = lines("user_filter", PATH_LIMIT, "(uid={username})")
        for name, example in (
            ("username_attribute", "uid"), ("name_attribute", "cn"), ("email_attribute", "mail"),
            ("id_attribute", "entryUUID"),
        ):  # fmt: skip
            lines(name, NAME_LIMIT, example)
        self.make_roles()
        self.group_base_dn = lines("group_base_dn", PATH_LIMIT, "ou=groups,dc=corp,dc=example")
        self.group_filter = lines("group_filter", PATH_LIMIT, "(member={dn})")

    def _on_security(self) -> None:
        """Follow with the port as long as it is a usual one."""
        key = str(self.security.key)
        if self.port.value() in _PORTS.values():
            self.port.setValue(_PORTS[key])

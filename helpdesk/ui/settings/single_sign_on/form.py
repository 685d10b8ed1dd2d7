# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of the provider: what is typed, what is wrong with it, and what was changed."""

from __future__ import annotations

from typing import Final

from PyQt5.QtWidgets import QLineEdit

from helpdesk.core.schemas.directory import SingleSignOnChange, SingleSignOnSettings
from helpdesk.core.text import NAME_LIMIT
from helpdesk.ui.settings.directory.tried_form import PATH_LIMIT, TriedForm, key_field
from helpdesk.ui.settings.key_field import KeyWords
from helpdesk.ui.settings.words import SINGLE_SIGN_ON

_SECRET: Final = KeyWords(
    "Client secret",
    "Empty where the provider gave none",
    "{machine} has no keyring that could keep a secret. If the provider gave one, set it in the"
    " environment of the program as HELPDESK_SINGLE_SIGN_ON__CLIENT_SECRET, together with issuer"
    " and client_id.",
    "Set outside of the program, by HELPDESK_SINGLE_SIGN_ON__CLIENT_SECRET or its file; change it"
    " there.",
    "The secret that is kept belongs to {host} and is sent nowhere else.",
    "The secret will be removed when you save.",
    elsewhere=("environment", "file"),
)
_NO_LABEL = "Name what the button says, such as Sign in with Corp."
_NO_ISSUER = "Write the address of the provider, such as https://login.corp.example."
_NO_CLIENT = "Name what the desk is called at the provider."
_NO_CLAIM = "Name the claim that holds the user name, such as preferred_username."
_SCOPES = "'openid' has to be one of them."


class SingleSignOnForm(TriedForm[SingleSignOnSettings, SingleSignOnChange]):
    """Which provider it is, what it tells of people, and what their groups give."""

    def __init__(self, *, on_server: bool) -> None:
        """Begin empty; `show_settings` fills it."""
        key = key_field(_SECRET, on_server=on_server)
        super().__init__(SINGLE_SIGN_ON, SingleSignOnChange, "secret", key)
        self._make_fields()
        self.add_card("Provider", "enabled", "label", "issuer", "client_id", "secret", "ca_file")
        self.add_card("What it tells", "scopes", "username_claim", "groups_claim", "factor_claims")
        self.add_card("Groups and roles", "group_roles", "default_role")
        self.add_card("Test").addLayout(self.test_place)

    @property
    def place(self) -> str:
        """What is tried."""
        return str(self.issuer.text()).strip()

    def problems(self, *, is_trial: bool = False) -> dict[str, str]:
        """Return what keeps the form from being saved or tried, by the setting it is about."""
        found: dict[str, str] = {}
        is_used = is_trial or self.enabled.isChecked()
        if not self.label.text().strip():
            found["label"] = _NO_LABEL
        if is_used and not self.place:
            found["issuer"] = _NO_ISSUER
        if is_used and not self.client_id.text().strip():
            found["client_id"] = _NO_CLIENT
        if "openid" not in self._scopes():
            found["scopes"] = _SCOPES
        if not self.username_claim.text().strip():
            found["username_claim"] = _NO_CLAIM
        return {**found, **super().problems()}

    def show_more(self) -> None:
        """Say when the kept secret is for another provider."""
        base = self.base
        if base is None or base.secret_place != "keyring":  # noqa: S105 - a place
            return
        kept_for = f"{base.client_id} at {base.issuer}"
        typed = f"{self.client_id.text().strip()} at {self.place}"
        self.key.show_other_host(kept_for if typed != kept_for else "")

    def _make_fields(self) -> None:
        lines = self.fields.line
        self.enabled = self.fields.switch("enabled")
        self.label = lines("label", NAME_LIMIT, "Sign in with Corp")
        self.issuer = lines("issuer", PATH_LIMIT, "https://login.corp.example")
        self.client_id = lines("client_id", PATH_LIMIT, "helpdesk")
        self.ca_file = lines("ca_file", PATH_LIMIT, "/etc/ssl/corp-ca.pem")
        self.scopes = self._words("scopes", "openid profile email")
        self.username_claim = lines("username_claim", NAME_LIMIT, "preferred_username")
        self.groups_claim = lines("groups_claim", NAME_LIMIT, "groups")
        self.factor_claims = self._words("factor_claims", "mfa")
        self.make_roles()

    def _words(self, name: str, placeholder: str) -> QLineEdit:
        """Make a field of words that blanks part."""
        field = QLineEdit()
        field.setMaxLength(PATH_LIMIT)
        field.setPlaceholderText(placeholder)
        field.textChanged.connect(self.fields.tell)
        self.fields.bind(
            name, field, lambda: field.text().split(), lambda names: field.setText(" ".join(names))
        )
        return field

    def _scopes(self) -> list[str]:
        return str(self.scopes.text()).split()

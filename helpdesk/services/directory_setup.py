# SPDX-License-Identifier: GPL-3.0-or-later
"""How the directory is set up at this moment: the settings, what an admin changed, the password.

The password of who looks people up is kept as that of mail is: in the keyring or the environment,
never in the desk, and for the host and the name alone that it was given for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from helpdesk.channels.ldap_directory import DirectoryPerson, DirectoryServer, is_loopback
from helpdesk.core.errors import Invalid
from helpdesk.core.keyrings import keeps_secrets
from helpdesk.core.schemas.directory import DirectoryChange, DirectorySettings
from helpdesk.core.schemas.users import Role
from helpdesk.core.settings import DirectorySection, Settings
from helpdesk.core.web_address import is_host
from helpdesk.repositories.facts import FactRepository
from helpdesk.services.group_roles import NO_ROLE, role_of, rows_of, table_of
from helpdesk.services.kept_settings import (
    FIXED,
    KeptSecret,
    in_force,
    kept_after,
    secret_for,
    wanted_of,
)

FACT = "directory_settings"
"""What an admin changed."""
_SERVICE = "Help Desk directory"
_ATTRIBUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9;-]*|[0-9]+(\.[0-9]+)*")
_PLACES = re.compile(r"\{[^{}]*\}")
_ATTRIBUTES = {
    "username_attribute": "uid",
    "name_attribute": "cn",
    "email_attribute": "mail",
    "id_attribute": "entryUUID",
}
_SECURITIES = ("starttls", "tls", "none")
_NO_HOST = "Name the directory server first."
_HOST_FORM = "Write the name of the server alone, such as directory.example.org."
_SECURITY_FORM = "Choose how the way is encrypted: starttls, tls or none."
_NOT_ENCRYPTED = (
    "Passwords would travel unencrypted; choose STARTTLS or TLS. Without, only a directory on the"
    " same machine is asked."
)
_NO_BASE = "Name where people are looked for, such as ou=people,dc=example,dc=org."
_FILTER_FORM = "Write a filter in brackets that holds {places}, such as {example}."
_ATTRIBUTE_FORM = "Write the name of an attribute, such as {example}."
_NO_USER = "Name whom the password is for first."
_PASSWORD_FORM = "A password is one line."  # noqa: S105 - a sentence
_NO_KEYRING = (
    "This machine has no keyring that could keep the password; set it in the environment, as"
    " HELPDESK_DIRECTORY__BIND_PASSWORD, together with host and bind_dn."
)
_FIXED_PASSWORD = "The environment sets the password; change it there."  # noqa: S105 - a sentence
_PEOPLE_EXAMPLE = "(&(objectClass=inetOrgPerson)(uid={username}))"


@dataclass(frozen=True)
class DirectorySetup:
    """The settings in force; ``given`` are those of environment and files alone."""

    section: DirectorySection
    given: DirectorySection
    fixed: frozenset[str]

    @property
    def is_on(self) -> bool:
        """Whether people can sign in by the directory."""
        own = self.section
        return own.enabled and bool(own.host) and bool(own.base_dn)

    def changed(self, change: DirectoryChange) -> DirectorySetup:
        """Return the settings as they would be. Raises ``Invalid`` for what cannot be."""
        setup = self._with(change, self.fixed)
        setup.require_sound()
        return setup

    def tried(self, change: DirectoryChange) -> DirectorySetup:
        """Return the settings to try, as if a change were saved and the directory on."""
        setup = self._with(change, self.fixed - {"enabled"})
        section = setup.section.model_copy(update={"enabled": True})
        setup = DirectorySetup(section, self.given, self.fixed)
        setup.require_sound()
        return setup

    def role_of(self, person: DirectoryPerson) -> Role | None:
        """Return the role that somebody gets, ``None`` where they may not sign in."""
        groups = (name for group in person.groups for name in group)
        return role_of(groups, self.section.group_roles, self.section.default_role)

    def require_sound(self) -> None:
        """Raise ``Invalid`` for what cannot be used, or not safely."""
        own = self.section
        if own.host and not is_host(own.host):
            raise Invalid(_HOST_FORM, field="host")
        if own.security == "none" and own.host and not is_loopback(own.host):
            raise Invalid(_NOT_ENCRYPTED, field="security")
        _require_filter(own.user_filter, "user_filter", ("{username}",), _PEOPLE_EXAMPLE)
        if own.group_base_dn:
            places = ("{dn}", "{username}")
            _require_filter(own.group_filter, "group_filter", places, "(member={dn})")
        for name, example in _ATTRIBUTES.items():
            if not _ATTRIBUTE.fullmatch(getattr(own, name)):
                raise Invalid(_ATTRIBUTE_FORM.format(example=example), field=name)
        if not own.enabled:
            return
        if not own.host:
            raise Invalid(_NO_HOST, field="host")
        if not own.base_dn:
            raise Invalid(_NO_BASE, field="base_dn")

    def server(self, password: str) -> DirectoryServer:
        """Return how the directory is asked."""
        own = self.section.model_dump(include=set(DirectoryServer.__dataclass_fields__))
        return DirectoryServer(**own, password=password)

    def password(self) -> tuple[str, str]:
        """Return the password and where it is kept; both empty where there is none.

        May wait for the keyring: never within a transaction, nor on a window's main thread.
        """
        is_used = self.section.bind_dn and self.section.host
        return self._secret.found() if is_used else ("", "")

    def keep_password(self, password: str) -> None:
        """Keep the password in the keyring, an empty one by taking it away. Raises ``Invalid``."""
        own = self.section
        if self._secret.is_fixed:
            raise Invalid(_FIXED_PASSWORD, field="password")
        if not own.host:
            raise Invalid(_NO_HOST, field="host")
        if not own.bind_dn:
            if password:
                raise Invalid(_NO_USER, field="bind_dn")
            return
        self._secret.keep(password, "password", form=_PASSWORD_FORM, no_keyring=_NO_KEYRING)

    def view(self) -> DirectorySettings:
        """Return what an admin sees; whether there is a password may take the keyring a while."""
        own = self.section
        password, place = self.password()
        fixed = {"password" if name == "bind_password" else name for name in self.fixed}
        shown = own.model_dump(exclude={"bind_password", "group_roles", "default_role"})
        return DirectorySettings(
            **shown,
            group_roles=rows_of(own.group_roles),
            default_role=Role(own.default_role) if own.default_role else None,
            has_password=bool(password),
            password_place=place,
            can_keep_password=keeps_secrets(),
            fixed=tuple(sorted(fixed)),
        )

    @property
    def _secret(self) -> KeptSecret:
        given = (_account(self.given), self.given.bind_password)
        is_fixed = "bind_password" in self.fixed
        return secret_for(_SERVICE, _account(self.section), given, is_fixed=is_fixed)

    def _with(self, change: DirectoryChange, fixed: frozenset[str]) -> DirectorySetup:
        if change.security is not None and change.security not in _SECURITIES:
            raise Invalid(_SECURITY_FORM, field="security")
        wanted = in_section(change, self.section, fixed, secret="password")  # noqa: S106 - a name
        section = DirectorySection.model_validate({**self.section.model_dump(), **wanted})
        return DirectorySetup(section, self.given, self.fixed)


def directory_of(settings: Settings, facts: FactRepository) -> DirectorySetup:
    """Return how the directory is set up."""
    return setup_of(settings, facts.get(FACT))


def setup_of(settings: Settings, kept: str | None) -> DirectorySetup:
    """Return the settings in force: the environment, then what is kept in the desk, then files."""
    section, fixed = in_force("directory", settings.directory, kept)
    return DirectorySetup(section, settings.directory, fixed)


def kept_of(setup: DirectorySetup, before: str | None, change: DirectoryChange) -> str:
    """Return what is kept in the desk after a change."""
    return kept_after(before, setup.section, change.model_fields_set - {"password"} - setup.fixed)


def in_section(change: Any, section: Any, fixed: frozenset[str], *, secret: str) -> dict[str, Any]:
    """Return what a change sets, as a section keeps it. Raises ``Invalid`` for what is fixed."""
    told: dict[str, Any] = {}
    if change.group_roles is not None:
        told["group_roles"] = table_of(change.group_roles)
    if "default_role" in change.model_fields_set:
        told["default_role"] = change.default_role.value if change.default_role else NO_ROLE
    present = section.model_dump(mode="json")
    for name in told.keys() & fixed:
        if told[name] != present[name]:
            raise Invalid(FIXED, field=name)
    rest = change.model_dump(exclude_unset=True, exclude={"group_roles", "default_role"})
    others = type(change).model_validate(rest)
    return {**wanted_of(others, section, fixed, without=secret), **told}


def _account(section: DirectorySection) -> str:
    """Return what a password belongs to."""
    return f"{section.host.casefold().rstrip('.')}/{section.bind_dn}"


def _require_filter(text: str, field: str, places: tuple[str, ...], example: str) -> None:
    """Raise ``Invalid`` for a filter that does not look for who is meant."""
    found = set(_PLACES.findall(text))
    in_brackets = text.startswith("(") and text.endswith(")") and text.count("(") == text.count(")")
    if not in_brackets or not found or not found <= set(places):
        said = _FILTER_FORM.format(places=" or ".join(places), example=example)
        raise Invalid(said, field=field)

# SPDX-License-Identifier: GPL-3.0-or-later
"""How mail is set up at this moment: the settings, what an admin changed, and the password.

The password is kept in the keyring of the machine that sends, or stands in its environment or
file, and never in the desk. It belongs to the host and the name it was given for: another host or
another name gets none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from helpdesk.channels.mail_message import deliverable
from helpdesk.core.errors import Invalid
from helpdesk.core.keyrings import keeps_secrets
from helpdesk.core.schemas.notifications import MailChange, MailSecurity, MailSettings
from helpdesk.core.settings import MailSection, Settings
from helpdesk.core.web_address import is_host
from helpdesk.repositories.facts import FactRepository
from helpdesk.services.kept_settings import (
    KeptSecret,
    in_force,
    kept_after,
    secret_for,
    wanted_of,
)

FACT, PAUSE_FACT = "mail_settings", "mail_pause"
"""What an admin changed; and until when the server is left alone, and why."""
_SERVICE = "Help Desk mail"
_NO_HOST = "Name the mail server first."
_HOST_FORM = "Write the name of the mail server alone, such as mail.example.org."
_NO_SENDER = "Name the address that mail comes from first."
_SENDER_FORM = "Write an address that mail comes from, such as helpdesk@example.org."
_NOT_ENCRYPTED = (
    "The password would travel unencrypted; choose STARTTLS or TLS, or leave the user name empty."
)
_NO_USER = "Name the user that the password is for first."
_PASSWORD_FORM = "A password is one line."  # noqa: S105 - a sentence
_NO_KEYRING = (
    "This machine has no keyring that could keep the password; set it in the environment, as"
    " HELPDESK_MAIL__PASSWORD, together with host and user name."
)
_FIXED_PASSWORD = "The environment sets the password; change it there."  # noqa: S105 - a sentence


class Pause(NamedTuple):
    """That the mail server is left alone until a moment, after so many failures, and why."""

    until: datetime
    failures: int
    problem: str

    def kept(self) -> str:
        """Return it as the desk keeps it."""
        return json.dumps([self.until.isoformat(), self.failures, self.problem])


@dataclass(frozen=True)
class MailSetup:
    """The settings of mail in force; ``given`` are those of environment and files alone."""

    section: MailSection
    given: MailSection
    fixed: frozenset[str]

    @property
    def is_on(self) -> bool:
        """Whether mail is switched on, and there is a server and a sender for it."""
        own = self.section
        return own.enabled and bool(own.host) and bool(own.sender)

    def changed(self, change: MailChange) -> MailSetup:
        """Return the settings as they would be. Raises ``Invalid`` for what cannot be."""
        wanted = wanted_of(change, self.section, self.fixed, without="password")
        section = MailSection.model_validate({**self.section.model_dump(), **wanted})
        setup = MailSetup(section, self.given, self.fixed)
        setup.require_sound()
        return setup

    def tried(self, change: MailChange) -> MailSetup:
        """Return the settings to try the server with, as if a change were saved and mail on."""
        wanted = wanted_of(change, self.section, self.fixed - {"enabled"}, without="password")
        section = {**self.section.model_dump(), **wanted, "enabled": True}
        setup = MailSetup(MailSection.model_validate(section), self.given, self.fixed)
        setup.require_sound()
        return setup

    def require_sound(self) -> None:
        """Raise ``Invalid`` for what cannot be used, or not safely."""
        own = self.section
        if own.host and not is_host(own.host):
            raise Invalid(_HOST_FORM, field="host")
        if own.sender:
            try:
                deliverable(own.sender)
            except Invalid as error:
                raise Invalid(_SENDER_FORM, field="sender") from error
        if own.username and MailSecurity(own.security) is MailSecurity.NONE:
            raise Invalid(_NOT_ENCRYPTED, field="security")
        if not own.enabled:
            return
        if not own.host:
            raise Invalid(_NO_HOST, field="host")
        if not own.sender:
            raise Invalid(_NO_SENDER, field="sender")

    def password(self) -> tuple[str, str]:
        """Return the password and where it is kept; both empty where there is none.

        May wait for the keyring: never within a transaction, nor on a window's main thread.
        """
        is_used = self.section.username and self.section.host
        return self._secret.found() if is_used else ("", "")

    def keep_password(self, password: str) -> None:
        """Keep the password in the keyring, an empty one by taking it away. Raises ``Invalid``."""
        own = self.section
        if self._secret.is_fixed:
            raise Invalid(_FIXED_PASSWORD, field="password")
        if not own.host:
            raise Invalid(_NO_HOST, field="host")
        if not own.username:
            if password:
                raise Invalid(_NO_USER, field="username")
            return
        self._secret.keep(password, "password", form=_PASSWORD_FORM, no_keyring=_NO_KEYRING)

    def view(self, pause: Pause | None) -> MailSettings:
        """Return what an admin sees; whether there is a password may take the keyring a while."""
        own = self.section
        password, place = self.password()
        return MailSettings(
            **own.model_dump(exclude={"password", "security"}),
            security=MailSecurity(own.security),
            has_password=bool(password),
            password_place=place,
            can_keep_password=keeps_secrets(),
            fixed=tuple(sorted(self.fixed)),
            problem=pause.problem if pause and self.is_on else "",
            paused_until=pause.until if pause and self.is_on else None,
        )

    @property
    def _secret(self) -> KeptSecret:
        given = (_account(self.given), self.given.password)
        is_fixed = "password" in self.fixed
        return secret_for(_SERVICE, _account(self.section), given, is_fixed=is_fixed)


def mail_is_on(settings: Settings, facts: FactRepository) -> bool:
    """Return whether the desk sends mail, so that what is to be mailed is put into the outbox."""
    return setup_of(settings, facts.get(FACT)).is_on


def setup_of(settings: Settings, kept: str | None) -> MailSetup:
    """Return the settings in force: the environment, then what is kept in the desk, then files."""
    section, fixed = in_force("mail", settings.mail, kept)
    return MailSetup(section, settings.mail, fixed)


def kept_of(setup: MailSetup, before: str | None, change: MailChange) -> str:
    """Return what is kept in the desk after a change."""
    return kept_after(before, setup.section, change.model_fields_set - {"password"} - setup.fixed)


def pause_of(kept: str | None) -> Pause | None:
    """Return the pause that the desk keeps, if there is one."""
    if not kept:
        return None
    until, failures, problem = json.loads(kept)
    return Pause(datetime.fromisoformat(until), failures, problem)


def _account(section: MailSection) -> str:
    """Return what a password belongs to."""
    return f"{section.host.casefold().rstrip('.')}/{section.username}"

# SPDX-License-Identifier: GPL-3.0-or-later
"""How single sign-on is set up at this moment: the settings, what an admin changed, the secret.

The secret that the provider gave to the desk is kept as the password of mail is: in the keyring or
the environment, never in the desk, and for the provider and the name alone that it was given for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from helpdesk.channels.openid import Provider, require_issuer
from helpdesk.core.errors import Invalid
from helpdesk.core.keyrings import keeps_secrets
from helpdesk.core.schemas.directory import SingleSignOnChange, SingleSignOnSettings
from helpdesk.core.schemas.users import Role
from helpdesk.core.settings import Settings, SingleSignOnSection
from helpdesk.repositories.facts import FactRepository
from helpdesk.services.directory_setup import in_section
from helpdesk.services.group_roles import role_of, rows_of
from helpdesk.services.kept_settings import KeptSecret, in_force, kept_after, secret_for

FACT = "single_sign_on_settings"
"""What an admin changed."""
_SERVICE = "Help Desk single sign-on"
_OPENID = "openid"
_NO_ISSUER = "Name the provider's address first, such as https://login.example.org."
_NO_CLIENT = "Name what the desk is called at the provider: its client id."
_NO_LABEL = "Name what the button says, such as 'Sign in with Example'."
_NO_CLAIM = "Name the claim that holds the user name, such as preferred_username."
_SCOPES = "Write scopes of letters and digits, parted by blanks; 'openid' has to be one of them."
_SECRET_FORM = "A secret is one line."  # noqa: S105 - a sentence
_NO_KEYRING = (
    "This machine has no keyring that could keep the secret; set it in the environment, as"
    " HELPDESK_SINGLE_SIGN_ON__CLIENT_SECRET, together with issuer and client_id."
)
_FIXED_SECRET = "The environment sets the secret; change it there."  # noqa: S105 - a sentence


@dataclass(frozen=True)
class SingleSignOnSetup:
    """The settings in force; ``given`` are those of environment and files alone."""

    section: SingleSignOnSection
    given: SingleSignOnSection
    fixed: frozenset[str]
    allowed_hosts: tuple[str, ...]

    @property
    def is_on(self) -> bool:
        """Whether people can sign in by the provider."""
        own = self.section
        return own.enabled and bool(own.issuer) and bool(own.client_id)

    @property
    def shown_label(self) -> str:
        """What the button says, empty where there is none."""
        return self.section.label if self.is_on else ""

    def changed(self, change: SingleSignOnChange) -> SingleSignOnSetup:
        """Return the settings as they would be. Raises ``Invalid`` for what cannot be."""
        setup = self._with(change, self.fixed)
        setup.require_sound()
        return setup

    def tried(self, change: SingleSignOnChange) -> SingleSignOnSetup:
        """Return the settings to try, as if a change were saved and single sign-on on."""
        setup = self._with(change, self.fixed - {"enabled"})
        section = setup.section.model_copy(update={"enabled": True})
        setup = SingleSignOnSetup(section, self.given, self.fixed, self.allowed_hosts)
        setup.require_sound()
        return setup

    def role_of(self, groups: Iterable[str]) -> Role | None:
        """Return the role that somebody gets, ``None`` where they may not sign in."""
        return role_of(groups, self.section.group_roles, self.section.default_role)

    def require_sound(self) -> None:
        """Raise ``Invalid`` for what cannot be used, or not safely."""
        own = self.section
        if own.issuer:
            require_issuer(own.issuer, self.allowed_hosts)
        if not own.label:
            raise Invalid(_NO_LABEL, field="label")
        if not own.username_claim:
            raise Invalid(_NO_CLAIM, field="username_claim")
        well_formed = all(each.isascii() and each.isprintable() for each in own.scopes)
        if _OPENID not in own.scopes or not well_formed or " " in "".join(own.scopes):
            raise Invalid(_SCOPES, field="scopes")
        if not own.enabled:
            return
        if not own.issuer:
            raise Invalid(_NO_ISSUER, field="issuer")
        if not own.client_id:
            raise Invalid(_NO_CLIENT, field="client_id")

    def provider(self, secret: str) -> Provider:
        """Return how the provider is asked."""
        own = self.section
        return Provider(
            issuer=own.issuer, client_id=own.client_id, secret=secret, scopes=own.scopes,
            ca_file=own.ca_file, allowed_hosts=self.allowed_hosts,
        )  # fmt: skip

    def secret(self) -> tuple[str, str]:
        """Return the secret and where it is kept; both empty where there is none.

        May wait for the keyring: never within a transaction, nor on a window's main thread.
        """
        is_used = self.section.client_id and self.section.issuer
        return self._secret.found() if is_used else ("", "")

    def keep_secret(self, secret: str) -> None:
        """Keep the secret in the keyring, an empty one by taking it away. Raises ``Invalid``."""
        own = self.section
        if self._secret.is_fixed:
            raise Invalid(_FIXED_SECRET, field="secret")
        if not own.issuer:
            raise Invalid(_NO_ISSUER, field="issuer")
        if not own.client_id:
            raise Invalid(_NO_CLIENT, field="client_id")
        self._secret.keep(secret, "secret", form=_SECRET_FORM, no_keyring=_NO_KEYRING)

    def view(self) -> SingleSignOnSettings:
        """Return what an admin sees; whether there is a secret may take the keyring a while."""
        own = self.section
        secret, place = self.secret()
        fixed = {"secret" if name == "client_secret" else name for name in self.fixed}
        shown = own.model_dump(exclude={"client_secret", "group_roles", "default_role"})
        return SingleSignOnSettings(
            **shown,
            group_roles=rows_of(own.group_roles),
            default_role=Role(own.default_role) if own.default_role else None,
            has_secret=bool(secret),
            secret_place=place,
            can_keep_secret=keeps_secrets(),
            fixed=tuple(sorted(fixed)),
        )

    @property
    def _secret(self) -> KeptSecret:
        given = (_account(self.given), self.given.client_secret)
        is_fixed = "client_secret" in self.fixed
        return secret_for(_SERVICE, _account(self.section), given, is_fixed=is_fixed)

    def _with(self, change: SingleSignOnChange, fixed: frozenset[str]) -> SingleSignOnSetup:
        wanted = in_section(change, self.section, fixed, secret="secret")  # noqa: S106 - a name
        section = SingleSignOnSection.model_validate({**self.section.model_dump(), **wanted})
        return SingleSignOnSetup(section, self.given, self.fixed, self.allowed_hosts)


def single_sign_on_of(settings: Settings, facts: FactRepository) -> SingleSignOnSetup:
    """Return how single sign-on is set up."""
    return setup_of(settings, facts.get(FACT))


def setup_of(settings: Settings, kept: str | None) -> SingleSignOnSetup:
    """Return the settings in force: the environment, then what is kept in the desk, then files."""
    own = settings.single_sign_on
    section, fixed = in_force("single_sign_on", own, kept)
    return SingleSignOnSetup(section, own, fixed, settings.channels.allowed_hosts)


def kept_of(setup: SingleSignOnSetup, before: str | None, change: SingleSignOnChange) -> str:
    """Return what is kept in the desk after a change."""
    return kept_after(before, setup.section, change.model_fields_set - {"secret"} - setup.fixed)


def _account(section: SingleSignOnSection) -> str:
    """Return what a secret belongs to."""
    return f"{section.issuer.rstrip('/')}/{section.client_id}"

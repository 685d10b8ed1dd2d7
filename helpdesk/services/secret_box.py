# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypts the few secrets that the desk itself has to know, such as those of authenticator apps.

The key never lies in the database: it comes from the environment, or the program makes it at the
first need and keeps it in the keyring of its machine. What is encrypted tells whose it is, so that
one person's cannot be put in the place of another's. A keyring may ask somebody to open it: nothing
here is called within a transaction.
"""

from __future__ import annotations

from threading import Lock

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from helpdesk.core.errors import Conflict
from helpdesk.core.keyrings import alone_with_keyring, keeps_secrets
from helpdesk.core.settings import SecuritySettings
from helpdesk.services.kept_settings import keep_secret, secret_of
from helpdesk.services.mail_sending import KeyringWaits, soon

REMEDY = (
    "This desk has no place for the secret of an authenticator app: let “helpdesk secret-key” make"
    " a key, and set it as HELPDESK_SECURITY__SECRET_KEY, or use a machine with a keyring."
)
ASK_ADMIN = "This desk has no place for the secret of an authenticator app yet. Ask an admin."
_NO_KEY = (
    "The key that the secret of your authenticator app was encrypted with is not here; use a"
    " recovery code, or ask an admin to set HELPDESK_SECURITY__SECRET_KEY, or to reset the second"
    " factor."
)
_BAD_KEY = (
    "HELPDESK_SECURITY__SECRET_KEY is no key; set it to what “helpdesk secret-key” prints, several"
    " parted by commas."
)
_SERVICE, _ACCOUNT = "Help Desk secrets", "secret-key"
_making = Lock()


def new_key() -> str:
    """Return a new key, as the environment takes it."""
    return Fernet.generate_key().decode("ascii")


def can_keep(security: SecuritySettings) -> bool:
    """Return whether secrets can be kept here."""
    return bool(security.secret_key) or keeps_secrets()


def sealed(security: SecuritySettings, person_id: int, secret: str) -> str:
    """Return a secret as it is kept. Raises ``Conflict`` with the remedy where it cannot be."""
    keys = _given(security) or _from_keyring(makes=True)
    if not keys:
        raise Conflict(REMEDY)
    return MultiFernet(keys).encrypt(f"{person_id} {secret}".encode()).decode("ascii")


def unsealed(security: SecuritySettings, person_id: int, kept: str) -> str:
    """Return a secret that is kept. Raises ``Conflict`` where its key is not here any more."""
    for keys in (_given(security), None):
        try:
            found = _from_keyring(makes=False) if keys is None else keys
            told = MultiFernet(found).decrypt(kept).decode() if found else ""
        except InvalidToken:
            continue
        whose, _, secret = told.partition(" ")
        if whose == str(person_id):
            return secret
    raise Conflict(_NO_KEY)


def _given(security: SecuritySettings) -> list[Fernet]:
    keys = [key.strip() for key in security.secret_key.split(",") if key.strip()]
    try:
        return [Fernet(key) for key in keys]
    except ValueError as error:
        raise Conflict(_BAD_KEY) from error


def _from_keyring(*, makes: bool) -> list[Fernet]:
    try:
        key = soon(lambda: _kept_key(makes=makes))
    except KeyringWaits as error:
        raise Conflict(str(error)) from error
    try:
        return [Fernet(key)] if key else []
    except ValueError:
        return []


def _kept_key(*, makes: bool) -> str:
    key = secret_of(_SERVICE, _ACCOUNT)
    if key or not makes or not keeps_secrets():
        return key
    # Of several that need it first, all have to take the same one: threads, and processes.
    with _making, alone_with_keyring():
        if not secret_of(_SERVICE, _ACCOUNT):
            keep_secret(_SERVICE, _ACCOUNT, new_key())
        return secret_of(_SERVICE, _ACCOUNT)

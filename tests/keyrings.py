# SPDX-License-Identifier: GPL-3.0-or-later
"""Keyrings for tests: one that keeps secrets in memory, and those of less fortunate machines."""

from __future__ import annotations

from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError


class MemoryKeyring(KeyringBackend):
    """Keeps secrets until the test ends."""

    priority = 5

    def __init__(self) -> None:
        """Begin with nothing."""
        self.secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return a secret."""
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Remove a secret."""
        if (service, username) not in self.secrets:
            raise PasswordDeleteError("nothing there")
        del self.secrets[service, username]


class ClearKeyring(MemoryKeyring):
    """Would keep secrets in a readable file, as some installed backends do."""

    priority = 0.5  # type: ignore[assignment]


class LockedKeyring(MemoryKeyring):
    """The person does not open it, or the platform's service has died."""

    def __init__(self, error: Exception | None = None) -> None:
        """Fail each use with an error."""
        super().__init__()
        self.error = error or KeyringError("locked")

    def get_password(self, service: str, username: str) -> str | None:
        """Fail."""
        raise self.error

    set_password = delete_password = get_password  # type: ignore[assignment]


class ForgetfulKeyring(MemoryKeyring):
    """Says that it has kept a secret, and has not."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Do nothing."""

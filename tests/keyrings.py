# SPDX-License-Identifier: GPL-3.0-or-later
"""Keyrings for tests: in memory, shared by processes, and those of less fortunate machines."""

from __future__ import annotations

import os
import sys
from pathlib import Path

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


class SharedKeyring(KeyringBackend):
    """One that several processes share; each says what it does, and keeps nothing unasked."""

    priority = 5
    FILE = "KEYRING_OF_TESTS"

    def get_password(self, service: str, username: str) -> str | None:
        """Return the secret."""
        file = Path(os.environ[self.FILE])
        kept = file.read_text(encoding="utf-8") if file.exists() else None
        if kept is None:
            _say("nothing")
        return kept

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep the secret once the other side says so."""
        _say("keeping")
        sys.stdin.readline()
        Path(os.environ[self.FILE]).write_text(password, encoding="utf-8")

    def delete_password(self, service: str, username: str) -> None:
        """Remove the secret."""
        Path(os.environ[self.FILE]).unlink()


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()

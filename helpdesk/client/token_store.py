# SPDX-License-Identifier: GPL-3.0-or-later
"""Remembers who is signed in at a server in the operating system's keyring, and nowhere else."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from helpdesk.core.keyrings import keeps_secrets, with_keyring

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend


class TokenStore:
    """The token of one person at one server.

    A keyring may ask the person to open it and so take as long as they like: not for a window's
    main thread. Whatever is wrong with it, nothing is remembered and nobody is stopped by it.
    """

    def __init__(self, url: str, file: Path) -> None:
        """Bind to a server, and to the file that names who was remembered, but no secret."""
        self._service = f"Help Desk {url}"
        self._url = url
        self._file = file

    @property
    def works(self) -> bool:
        """Whether this workstation can keep a secret."""
        return keeps_secrets()

    def remember(self, username: str, token: str) -> bool:
        """Keep a token; ``False`` where it could not be kept."""

        def keep(keyring: KeyringBackend) -> bool:
            keyring.set_password(self._service, username, token)
            return keyring.get_password(self._service, username) == token

        if not self.works:
            return False
        self.forget()
        kept = self._name(username) and bool(with_keyring(keep))
        if not kept:
            self._name(None)
        return kept

    def recall(self) -> tuple[str, str] | None:
        """Return the name and the token that were kept last."""
        username = self._names().get(self._url)
        if username is None:
            return None
        token = with_keyring(lambda keyring: keyring.get_password(self._service, username))
        return (username, token) if token else None

    def forget(self) -> None:
        """Remove the token that was kept, if one was."""
        username = self._names().get(self._url)
        if username is None:
            return
        with_keyring(lambda keyring: keyring.delete_password(self._service, username))
        self._name(None)

    def _names(self) -> dict[str, str]:
        try:
            names = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(names, dict):
            return {}
        return {url: name for url, name in names.items() if isinstance(name, str)}

    def _name(self, username: str | None) -> bool:
        names = self._names()
        if names.get(self._url) == username:
            return True
        names.pop(self._url, None)
        if username is not None:
            names[self._url] = username
        part = self._file.with_suffix(".part")
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(names, file)
            part.replace(self._file)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            return False
        return True

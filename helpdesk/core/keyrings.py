# SPDX-License-Identifier: GPL-3.0-or-later
"""The operating system's keyring, where it keeps secrets secret."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

logger = logging.getLogger(__name__)

_SAFE_FROM = 1
"""The priority from which the keyring library recommends a backend; below it are those that keep
secrets in a readable file, or nowhere."""


def with_keyring(use: Callable[[KeyringBackend], T]) -> T | None:
    """Return what ``use`` makes of the keyring; ``None`` without one, or where it fails.

    A keyring may ask the person to open it and so take as long as they like.
    """

    def used() -> T | None:
        keyring = _backend()
        return None if keyring is None else use(keyring)

    return _guarded(used)


def keeps_secrets() -> bool:
    """Whether this machine has a keyring that keeps secrets secret."""
    return _guarded(_backend) is not None


def _guarded(use: Callable[[], T]) -> T | None:
    try:
        return use()
    except Exception as error:  # noqa: BLE001 -- a backend may raise whatever its platform does
        logger.info("the keyring could not be used: %s", type(error).__name__)
        return None


def _backend() -> KeyringBackend | None:
    # Imported late: it looks for every backend that is installed.
    import keyring
    from keyring.backends.chainer import ChainerBackend

    chosen = keyring.get_keyring()
    candidates = chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]
    return next((each for each in candidates if each.priority >= _SAFE_FROM), None)

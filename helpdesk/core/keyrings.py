# SPDX-License-Identifier: GPL-3.0-or-later
"""The operating system's keyring, where it keeps secrets secret."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from helpdesk.core.file_lock import FileLock
from helpdesk.core.paths import own_folder

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

logger = logging.getLogger(__name__)

_SAFE_FROM = 1
"""The priority from which the keyring library recommends a backend; below it are those that keep
secrets in a readable file, or nowhere."""
_LOCK = "keyring.lock"


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


@contextmanager
def alone_with_keyring() -> Iterator[None]:
    """Let no other process of this user into the same block, whichever desk it works for.

    Where there can be no lock, as with a home that cannot be written, it goes on without one.
    """
    lock = _lock()
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


def _lock() -> FileLock | None:
    folder = own_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return FileLock.take(folder / _LOCK)
    except OSError as error:
        logger.info("the keyring could not be locked: %s", type(error).__name__)
        return None


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

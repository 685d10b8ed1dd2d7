# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks on files, for several processes of one person on one machine.

The operating system gives a lock back when its process ends, however that comes about.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _acquire(descriptor: int, *, wait: bool) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _acquire(descriptor: int, *, wait: bool) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


class FileLock:
    """A lock that one holder at a time has, be it a thread or a process."""

    def __init__(self, descriptor: int) -> None:
        """Own a descriptor that is locked."""
        self._descriptor = descriptor

    @classmethod
    def take(cls, file: Path) -> FileLock:
        """Wait for the lock. Raises ``OSError`` where there can be none."""
        return cls(_locked(file, wait=True))

    @classmethod
    def try_to_take(cls, file: Path) -> FileLock | None:
        """Take the lock, ``None`` while somebody else has it. Raises ``OSError``."""
        try:
            return cls(_locked(file, wait=False))
        except _Taken:
            return None

    def release(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)

    def __enter__(self) -> FileLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class _Taken(Exception):
    """Somebody else has the lock."""


def _locked(file: Path, *, wait: bool) -> int:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(descriptor, wait=wait)
    except OSError as error:
        os.close(descriptor)
        # What Windows says of a lock that is taken is that it is not permitted.
        if not wait and isinstance(error, (BlockingIOError, PermissionError)):
            raise _Taken from error
        raise
    return descriptor

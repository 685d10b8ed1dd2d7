# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns what the database driver raises into sentences with a remedy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from helpdesk.core.errors import Busy, Damaged, DeskError, DiskFull, NoDesk, ReadOnly

BUSY_SENTENCE = (
    "Another program is writing to this desk; nothing was changed, try again in a moment."
)
_FULL = "The disk is full, so nothing was saved; free some space and try again."
_READ_ONLY = "This desk can only be read here; check who may write to its folder."
_DAMAGED = "{path} is damaged; stop working on it and restore the last backup with: {command}."
_DISK_ERROR = "The disk reports an error; check it, then run: helpdesk check-db."
_RESTORE = "helpdesk restore FILE"
_CANNOT_OPEN = "The database cannot be opened; check that its folder exists and who may read it."

_BY_CODE: dict[int, tuple[type[DeskError], str]] = {
    sqlite3.SQLITE_BUSY: (Busy, BUSY_SENTENCE),
    sqlite3.SQLITE_LOCKED: (Busy, BUSY_SENTENCE),
    sqlite3.SQLITE_FULL: (DiskFull, _FULL),
    # The index of the log, which every reader needs, found no room.
    sqlite3.SQLITE_IOERR_SHMSIZE: (DiskFull, _FULL),
    sqlite3.SQLITE_READONLY: (ReadOnly, _READ_ONLY),
    sqlite3.SQLITE_CORRUPT: (Damaged, _DAMAGED),
    sqlite3.SQLITE_NOTADB: (Damaged, _DAMAGED),
    sqlite3.SQLITE_IOERR: (Damaged, _DISK_ERROR),
    sqlite3.SQLITE_CANTOPEN: (NoDesk, _CANNOT_OPEN),
}

# What Python says, without a code, of bytes that are no text. It would repeat them.
_NO_TEXT = "Could not decode to UTF-8"


class UnknownValue(Damaged):
    """A column holds what no Help Desk has written."""

    def __init__(self) -> None:
        """Say so of a file whose name is not known here; ``translated`` names it."""
        super().__init__(_damaged(None))


@contextmanager
def translated(path: Path | None = None) -> Iterator[None]:
    """Raise the ``DeskError`` for a fault of the environment; let every other error pass.

    ``path`` is the file that is worked on, to be named where it is damaged.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        fault = _fault(error, path)
        if fault is None:
            raise
        raise fault from error
    except (UnicodeDecodeError, UnknownValue) as error:
        raise Damaged(_damaged(path)) from error


def _fault(error: DBAPIError | sqlite3.Error, path: Path | None) -> DeskError | None:
    original = error.orig if isinstance(error, DBAPIError) else error
    if str(original).startswith(_NO_TEXT):
        return Damaged(_damaged(path))
    code = getattr(original, "sqlite_errorcode", 0)
    found = _BY_CODE.get(code) or _BY_CODE.get(code & 0xFF)
    if found is None:
        return None
    kind, sentence = found
    return kind(_damaged(path) if sentence is _DAMAGED else sentence)


def _damaged(path: Path | None) -> str:
    return _DAMAGED.format(path=path or "The database", command=_RESTORE)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a desk's file beside its place and puts it there when it is whole: never half a desk."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from helpdesk.core.errors import Conflict
from helpdesk.database import schema
from helpdesk.database.sqlite_manager import SqliteManager

_SUFFIX = ".part"
_ABANDONED_AFTER_SECONDS = 3600.0
_TAKEN = "There is already a desk at {path}; nothing was changed."
_REMAINS = (
    "{remains} belongs to a desk that is no longer at {path}; move it away before you make"
    " a new one there."
)


def is_taken(path: Path) -> bool:
    """Tell whether something lies where a desk is wanted; an empty file is nothing."""
    return path.exists() and path.stat().st_size > 0


@contextmanager
def new_database(target: SqliteManager) -> Iterator[SqliteManager]:
    """Yield an empty database of the newest schema, and put it at ``target`` when it is filled.

    Raises ``Conflict`` when something lies there already; whatever leaves the block leaves
    nothing behind.
    """
    _require_vacant(target.path)
    target.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep_abandoned(target.path)
    descriptor, name = tempfile.mkstemp(_SUFFIX, target.path.name + ".", target.path.parent)
    os.close(descriptor)
    part = SqliteManager(Path(name))
    try:
        schema.create(part)
        yield part
        part.dispose()
        _put_in_place(part.path, target.path)
    finally:
        part.dispose()
        for file in (part.path, *_companions(part.path)):
            file.unlink(missing_ok=True)


def _require_vacant(path: Path) -> None:
    if is_taken(path):
        raise Conflict(_TAKEN.format(path=path))
    # SQLite would play the rest of another desk into the new file.
    for remains in _companions(path):
        if remains.exists():
            raise Conflict(_REMAINS.format(remains=remains, path=path))


def _put_in_place(part: Path, target: Path) -> None:
    if target.exists() and not is_taken(target):
        target.unlink()
    try:
        # A link fails where somebody was quicker, a rename would overwrite their desk.
        os.link(part, target)
    except FileExistsError as error:
        raise Conflict(_TAKEN.format(path=target)) from error
    except OSError:
        _require_vacant(target)
        part.rename(target)


def _sweep_abandoned(path: Path) -> None:
    """Remove what a program that was killed has left; a living one writes all the time."""
    for part in path.parent.glob(f"{path.name}.*{_SUFFIX}"):
        if time.time() - part.stat().st_mtime > _ABANDONED_AFTER_SECONDS:
            for file in (part, *_companions(part)):
                file.unlink(missing_ok=True)


def _companions(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal"))

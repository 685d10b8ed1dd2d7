# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps on disk what a person has done and the server does not have yet, one file an action.

An action is on disk, whole and synced, before it is first sent, and is removed only after the
answer. Whoever sends it holds the lock of its file; the locks of the file's name are removed after
the file only, so that a lock on a file that is gone means nothing.
"""

from __future__ import annotations

import json
import logging
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from helpdesk.core.file_lock import FileLock
from helpdesk.core.operation import Operation, operations_of
from helpdesk.core.schemas.base import Request
from helpdesk.services.macros import Macros
from helpdesk.services.tickets import Tickets

logger = logging.getLogger(__name__)

KEPT: dict[type, frozenset[str]] = {
    Tickets: frozenset({"open", "comment", "change"}),
    Macros: frozenset({"apply"}),
}
"""The operations that outlive a server that is away, by their services."""
_FORMAT = 1
_ACTION, _LOCK, _DAMAGED, _PART = ".json", ".lock", ".damaged", ".part"
_LEFT_OVER_SECONDS = 3600.0
_CANNOT_BE_READ = (
    "What was kept here cannot be read any more; its file {file} stays until it is discarded."
)


@dataclass(frozen=True)
class PendingAction:
    """Something a person did that waits for the server, or was refused by it."""

    id: str
    operation: str
    ticket_id: int | None
    arguments: dict[str, Any]
    created_at: datetime
    sentence: str | None
    """Why it was refused; ``None`` while it waits."""


@dataclass(frozen=True)
class Entry:
    """An action with what is needed to send it."""

    action: PendingAction
    key: str
    order: int
    key_since: datetime
    """Since when the server may have known the key; it forgets keys after some days."""
    tried: bool
    """Whether it may have been sent already."""

    @property
    def id(self) -> str:
        """What the action is known by."""
        return self.action.id

    @property
    def ticket_id(self) -> int | None:
        """The ticket it is about, ``None`` for a new one."""
        return self.action.ticket_id

    @property
    def waits(self) -> bool:
        """Whether it is sent by itself."""
        return self.action.sentence is None

    @property
    def name(self) -> str:
        """The name of its file, which sorts by the order in which actions were done."""
        return f"{self.order:012d}-{self.id}"

    def refused(self, sentence: str | None) -> Entry:
        """Return it with another sentence."""
        return replace(self, action=replace(self.action, sentence=sentence))


@dataclass(frozen=True)
class Held:
    """An action that nobody else sends while this is held."""

    entry: Entry
    lock: FileLock
    behind: bool = False
    """Whether an earlier action on the same ticket waits, which must come first."""


def operation_called(full_name: str) -> Operation:
    """Return a kept operation by its name. Raises ``KeyError``."""
    return _operations()[full_name]


class OutboxFolder:
    """The actions of one person at one server, shared by all windows of a workstation."""

    def __init__(self, path: Path) -> None:
        """Bind to a folder, which is made when something is kept."""
        self._path = path

    def entries(self) -> tuple[Entry, ...]:
        """Return what is kept, in order; what cannot be read is set aside."""
        found = (self._read(file) for file in self._files(_ACTION))
        return tuple(entry for entry in found if entry is not None)

    def damaged(self) -> tuple[PendingAction, ...]:
        """Return what was set aside, as actions that can only be discarded."""
        return tuple(self._damaged())

    def names(self) -> tuple[str, ...]:
        """Return what tells one state of the folder from another, without reading it all."""
        return tuple(
            f"{file.name} {status.st_mtime_ns}"
            for file in self._files(_ACTION) + self._files(_DAMAGED)
            if (status := _status(file)) is not None
        )

    def append(
        self, operation: Operation, arguments: dict[str, Any], key: str, now: datetime
    ) -> Held:
        """Keep an action for good before it is sent. Raises ``OSError`` where it cannot be kept."""
        self._make()
        with self._ordered():
            before = self.entries()
            action = PendingAction(
                id=uuid.uuid4().hex,
                operation=operation.full_name,
                ticket_id=arguments.get("ticket_id"),
                arguments=dict(arguments),
                created_at=now,
                sentence=None,
            )
            ticket_id = action.ticket_id
            behind = ticket_id is not None and any(
                earlier.waits and earlier.ticket_id == ticket_id for earlier in before
            )
            order = max((earlier.order for earlier in before), default=0) + 1
            entry = Entry(action, key, order, now, tried=not behind)
            lock = FileLock.take(self._file(entry, _LOCK))
            try:
                self._write(entry)
            except BaseException:
                lock.release()
                raise
        return Held(entry, lock, behind)

    def hold(self, entry: Entry) -> Held | None:
        """Take an action to send it; ``None`` when it is gone, or another window sends it.

        Raises ``OSError`` where the folder cannot be written.
        """
        lock = FileLock.try_to_take(self._file(entry, _LOCK))
        if lock is None:
            return None
        present = self._read(self._file(entry, _ACTION))
        if present is None:
            lock.release()
            return None
        return Held(present, lock)

    def has(self, entry: Entry) -> bool:
        """Return whether an action is still there."""
        return _status(self._file(entry, _ACTION)) is not None

    def rewrite(self, entry: Entry) -> None:
        """Keep an action as it is now; nothing happens to one that is gone. Raises ``OSError``."""
        with self._ordered():
            if self.has(entry):
                self._write(entry)

    def remove(self, held: Held) -> None:
        """Forget an action that the server has answered, and let go of it.

        One that cannot be removed is sent again, with the key that the server knows it by.
        """
        try:
            with self._ordered():
                self._file(held.entry, _ACTION).unlink(missing_ok=True)
                self._sync()
        except OSError as error:
            logger.warning("an action that was sent could not be removed: %s", error.strerror)
        finally:
            self.let_go(held)
        if not self.has(held.entry):
            with suppress(OSError):
                self._file(held.entry, _LOCK).unlink(missing_ok=True)

    def let_go(self, held: Held) -> None:
        """Leave an action for a later try."""
        held.lock.release()

    def remove_damaged(self, action_id: str) -> bool:
        """Remove what was set aside; ``False`` where there is no such thing. Raises ``OSError``."""
        for file in self._files(_DAMAGED):
            if file.stem == action_id:
                file.unlink(missing_ok=True)
                return True
        return False

    def tidy(self) -> None:
        """Remove what a process that was killed has left behind, but nothing that was kept."""
        with suppress(OSError):
            if self._path.is_dir():
                self._tidy()

    def _tidy(self) -> None:
        with self._ordered():
            for lock in self._files(_LOCK):
                if not lock.with_suffix(_ACTION).exists():
                    lock.unlink(missing_ok=True)
            for part in self._files(_PART):
                status = _status(part)
                if status and time.time() - status.st_mtime > _LEFT_OVER_SECONDS:
                    part.unlink(missing_ok=True)

    def _make(self) -> None:
        for folder in (self._path.parent.parent, self._path.parent, self._path):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _ordered(self) -> FileLock:
        return FileLock.take(self._path / "order")

    def _files(self, suffix: str) -> list[Path]:
        try:
            return sorted(file for file in self._path.iterdir() if file.suffix == suffix)
        except OSError:
            return []

    def _file(self, entry: Entry, suffix: str) -> Path:
        return self._path / f"{entry.name}{suffix}"

    def _read(self, file: Path) -> Entry | None:
        try:
            return _decoded(file.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            logger.warning("an action that waits cannot be read: %s", error.strerror)
            return None
        except (ValueError, KeyError, TypeError, RecursionError):
            self._set_aside(file)
            return None

    def _set_aside(self, file: Path) -> None:
        logger.warning("an action that waits is damaged; it is set aside as %s", file.stem)
        with suppress(OSError):
            file.replace(file.with_suffix(_DAMAGED))

    def _damaged(self) -> Iterator[PendingAction]:
        for file in self._files(_DAMAGED):
            status = _status(file)
            at = datetime.fromtimestamp(status.st_mtime if status else 0, UTC)
            yield PendingAction(file.stem, "", None, {}, at, _CANNOT_BE_READ.format(file=file))

    def _write(self, entry: Entry) -> None:
        part = self._path / f"{entry.name}.{os.getpid()}{_PART}"
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(_encoded(entry))
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._file(entry, _ACTION))
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        self._sync()

    def _sync(self) -> None:
        """Make names durable too, where folders can be synced."""
        if os.name == "nt":
            return
        descriptor = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@cache
def _operations() -> dict[str, Operation]:
    services = ((operations_of(service), names) for service, names in KEPT.items())
    kept = (found[name] for found, names in services for name in names)
    return {operation.full_name: operation for operation in kept}


def _encoded(entry: Entry) -> bytes:
    action = entry.action
    arguments = {
        name: value.model_dump(mode="json", exclude_unset=True)
        if isinstance(value, Request)
        else value
        for name, value in action.arguments.items()
    }
    stored = {
        "format": _FORMAT,
        "id": action.id,
        "key": entry.key,
        "order": entry.order,
        "operation": action.operation,
        "arguments": arguments,
        "created_at": action.created_at.isoformat(),
        "key_since": entry.key_since.isoformat(),
        "tried": entry.tried,
        "sentence": action.sentence,
    }
    return json.dumps(stored, ensure_ascii=True).encode("ascii")


def _decoded(body: bytes) -> Entry:
    """Return a stored action. Raises ``ValueError``, ``KeyError`` or ``TypeError``."""
    stored = json.loads(body)
    if not isinstance(stored, dict) or stored["format"] != _FORMAT:
        raise ValueError("of another kind")
    operation = operation_called(stored["operation"])
    if set(stored["arguments"]) != set(operation.parameters):
        raise ValueError("other arguments")
    arguments = {
        name: TypeAdapter(operation.parameters[name]).validate_python(value)
        for name, value in stored["arguments"].items()
    }
    action = PendingAction(
        id=_text(stored["id"]),
        operation=operation.full_name,
        ticket_id=arguments.get("ticket_id"),
        arguments=arguments,
        created_at=_moment(stored["created_at"]),
        sentence=None if stored["sentence"] is None else _text(stored["sentence"]),
    )
    return Entry(
        action=action,
        key=_text(stored["key"]),
        order=int(stored["order"]),
        key_since=_moment(stored["key_since"]),
        tried=bool(stored["tried"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment


def _status(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None

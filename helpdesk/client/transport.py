# SPDX-License-Identifier: GPL-3.0-or-later
"""A transport carries one call of an operation to the desk and brings back its answer."""

from __future__ import annotations

import threading
from typing import Any, Protocol

from helpdesk.core.operation import Operation
from helpdesk.services.executor import Executor


class Transport(Protocol):
    """One method, so that a desk in this process and one behind a network are peers."""

    def call(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        """Run the operation and return its DTO. Raises ``DeskError``."""

    def close(self) -> None:
        """Let go of what the transport holds."""


class LocalTransport:
    """Calls the executor in this process and keeps the session's token in memory."""

    def __init__(self, executor: Executor, *, system: bool = False) -> None:
        """Bind to an executor; with ``system`` the program itself acts, not a person."""
        self._executor = executor
        self._system = system
        self._token: str | None = None
        self._lock = threading.Lock()
        self._refused_thread: int | None = None

    def refuse_thread(self, identity: int) -> None:
        """Raise from now on when this thread calls: a window's main thread must never wait."""
        self._refused_thread = identity

    def call(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        """Run the operation here, on the calling thread."""
        if threading.get_ident() == self._refused_thread:
            raise RuntimeError(f"{operation.name} was called on the main thread")
        token = self._token
        result = self._executor.execute(operation, arguments, token=token, system=self._system)
        if operation.declaration.path == "/session":
            if operation.declaration.method == "POST":
                self._replace(result.token)
            elif operation.declaration.method == "DELETE":
                self._drop(token)
        return result

    def close(self) -> None:
        """End the session."""
        self._replace(None)

    def _replace(self, token: str | None) -> None:
        """Keep the token of a session and end the session there was before."""
        with self._lock:
            before, self._token = self._token, token
        self._executor.sessions.end(before)

    def _drop(self, token: str | None) -> None:
        """Forget the token of a session that has ended, unless another one has begun since."""
        with self._lock:
            if self._token == token:
                self._token = None

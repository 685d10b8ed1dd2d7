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
        self._refused_thread: int | None = None

    def refuse_thread(self, identity: int) -> None:
        """Raise from now on when this thread calls: a window's main thread must never wait."""
        self._refused_thread = identity

    def call(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        """Run the operation here, on the calling thread."""
        if threading.get_ident() == self._refused_thread:
            raise RuntimeError(f"{operation.name} was called on the main thread")
        result = self._executor.execute(
            operation, arguments, token=self._token, system=self._system
        )
        if operation.declaration.path == "/session":
            self._keep(getattr(result, "token", None))
        return result

    def close(self) -> None:
        """End the session."""
        self._keep(None)

    def _keep(self, token: str | None) -> None:
        """Keep the token of a session and end the session there was before."""
        if token != self._token:
            self._executor.sessions.end(self._token)
        self._token = token

# SPDX-License-Identifier: GPL-3.0-or-later
"""A transport carries one call of an operation to the desk and brings back its answer."""

from __future__ import annotations

import threading
from typing import Any, Protocol

from helpdesk.core.operation import Operation
from helpdesk.core.schemas.users import SessionView, SignInView
from helpdesk.services.executor import Executor
from helpdesk.services.sessions import Sessions


class Transport(Protocol):
    """One method, so that a desk in this process and one behind a network are peers."""

    def call(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        """Run the operation and return its DTO. Raises ``DeskError``."""

    def close(self) -> None:
        """Let go of what the transport holds."""


class SessionKeeper:
    """Keeps the token of a transport's one session, in memory alone, for all its threads."""

    def __init__(self) -> None:
        """Begin signed out."""
        self._token: str | None = None
        self._lock = threading.Lock()
        self._refused_thread: int | None = None

    @property
    def token(self) -> str | None:
        """What proves the session to the desk; ``None`` while nobody is signed in."""
        return self._token

    def refuse_thread(self, identity: int) -> None:
        """Raise from now on when this thread calls: a window's main thread must never wait."""
        self._refused_thread = identity

    def require_other_thread(self, operation: Operation) -> None:
        """Raise ``RuntimeError`` on the thread that must not wait."""
        if threading.get_ident() == self._refused_thread:
            raise RuntimeError(f"{operation.name} was called on the main thread")

    def note(self, operation: Operation, token: str | None, result: Any) -> str | None:
        """Keep what a call with ``token`` did to the session.

        Returns the token of the session whose place another one has taken, to be ended.
        """
        if session := begun_by(operation, result):
            return self.replace(session.token)
        if operation.function is Sessions.sign_out:
            self.forget(token)
        return None

    def replace(self, token: str | None) -> str | None:
        """Keep a token and return the one there was before."""
        with self._lock:
            before, self._token = self._token, token
        return before

    def forget(self, token: str | None) -> None:
        """Forget the token of a session that has ended, unless another one has begun since."""
        with self._lock:
            if self._token == token:
                self._token = None


def begun_by(operation: Operation, result: Any) -> SessionView | None:
    """Return the session that a call has begun, if it has begun one."""
    if operation.declaration.creates and isinstance(result, SignInView) and result.token:
        return result.session
    return None


class LocalTransport:
    """Calls the executor in this process."""

    def __init__(self, executor: Executor, *, system: bool = False) -> None:
        """Bind to an executor; with ``system`` the program itself acts, not a person."""
        self._executor = executor
        self._system = system
        self._session = SessionKeeper()

    @property
    def token(self) -> str | None:
        """What proves the session; ``None`` while nobody is signed in."""
        return self._session.token

    def refuse_thread(self, identity: int) -> None:
        """Raise from now on when this thread calls: a window's main thread must never wait."""
        self._session.refuse_thread(identity)

    def call(
        self,
        operation: Operation,
        arguments: dict[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> Any:
        """Run the operation here, on the calling thread."""
        self._session.require_other_thread(operation)
        token = self._session.token
        result = self._executor.execute(
            operation,
            arguments,
            token=token,
            system=self._system,
            idempotency_key=idempotency_key,
        )
        self._end(self._session.note(operation, token, result))
        return result

    def close(self) -> None:
        """End the session."""
        self._end(self._session.replace(None))

    def _end(self, token: str | None) -> None:
        if token is not None:
            self._executor.end_session(token)

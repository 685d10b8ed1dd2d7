# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps whether the server is there, as calls and the event stream find out, and tells it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from enum import StrEnum

logger = logging.getLogger(__name__)


class Connection(StrEnum):
    """What is known of the way to the server."""

    CONNECTING = "connecting"
    """Nothing has been heard of it yet."""
    CONNECTED = "connected"
    AWAY = "away"
    """It does not answer."""
    SIGNED_OUT = "signed_out"
    """It answers, and the session has ended."""
    TOO_NEW = "too_new"
    """Server and program are too far apart to understand each other, whichever is the newer."""


Listener = Callable[[Connection], None]


class ConnectionState:
    """The present state, set by any thread; listeners hear of changes in their order."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        # Held while telling, so that nobody hears of an older state after a newer one.
        self._lock = threading.RLock()
        self._present = Connection.CONNECTING
        self.reason = ""
        """Why the session has ended, in the server's words."""
        self._listeners: list[Listener] = []

    @property
    def present(self) -> Connection:
        """The state of this moment."""
        return self._present

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call back on the thread that finds out; it must not wait. Returns what ends it."""
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def answered(self, *, signed_in: bool) -> None:
        """The server has answered a call; without a session an ended one stays ended."""
        with self._lock:
            if signed_in or self._present is not Connection.SIGNED_OUT:
                self._become(Connection.CONNECTED)

    def away(self) -> None:
        """The server does not answer."""
        self._become(Connection.AWAY)

    def signed_out(self, reason: str) -> None:
        """The session has ended, for a reason that people can read."""
        with self._lock:
            self.reason = reason
            self._become(Connection.SIGNED_OUT)

    def too_new(self) -> None:
        """Server and program do not understand each other."""
        self._become(Connection.TOO_NEW)

    def _become(self, connection: Connection) -> None:
        with self._lock:
            if self._present is connection:
                return
            self._present = connection
            for listener in tuple(self._listeners):
                # A listener may have found out more; everybody has been told of that.
                if self._present is connection:
                    self._tell(listener, connection)

    @staticmethod
    def _tell(listener: Listener, connection: Connection) -> None:
        try:
            listener(connection)
        except Exception:  # the connection is what it is, whatever a listener makes of it
            logger.exception("a listener failed to hear that the connection is %s", connection)

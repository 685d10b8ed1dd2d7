# SPDX-License-Identifier: GPL-3.0-or-later
"""A network between program and PostgreSQL that breaks where a test wants it to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

_CHUNK = 65536


class Network:
    """Carries bytes between a port of its own and a server, until it is told to break.

    ``before`` sees what the program sends before it is passed on, ``after`` what the server has
    answered; each returns whether the line breaks there.
    """

    def __init__(self, port: int) -> None:
        """Listen on a free port; ``port`` is the server's."""
        self._server_port = port
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener: socket.socket | None = None
        self.port = 0
        self.before: Callable[[bytes], bool] = _never
        self.after: Callable[[bytes], bool] = _never
        self.restore()

    def __enter__(self) -> Network:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.cut()

    def restore(self) -> None:
        """Let programs connect."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Break every line and let nobody connect."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for pair in self._pairs:
            _close(*pair)
        self._pairs.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                program, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
                self._pairs.append((program, server))
                for source, target, breaks in (
                    (program, server, lambda data: self.before(data)),
                    (server, program, lambda data: self.after(data)),
                ):
                    pump = (source, target, breaks)
                    threading.Thread(target=_pump, args=pump, daemon=True).start()


def _pump(source: socket.socket, target: socket.socket, breaks: Callable[[bytes], bool]) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            if breaks(data):
                break
            target.sendall(data)
    _close(source, target)


def _close(*sockets: socket.socket) -> None:
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


def _never(_data: bytes) -> bool:
    return False

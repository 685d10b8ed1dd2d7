# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that answers as a script says, well or badly, byte by byte, with or without TLS."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from helpdesk.core.api import API_LEVEL, LEVEL_HEADER, PROBLEM_TYPE


@dataclass
class Exchange:
    """One request, and the connection to answer it on."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: socket.socket
    over: bool = False

    def send(self, part: bytes) -> None:
        """Send some bytes."""
        self.connection.sendall(part)

    def close(self) -> None:
        """End the connection in order."""
        self.over = True
        self.connection.close()

    def reset(self) -> None:
        """Break the connection, as a server does that is killed or a network that fails."""
        self.over = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()


Step = Callable[[Exchange], object]


def whole(
    status: int, body: bytes | str | dict[str, Any] | list[Any] = b"", **headers: str
) -> bytes:
    """Return an answer of a Help Desk; a header set to nothing is left out."""
    kind = PROBLEM_TYPE if status >= 400 else "application/json"
    if not isinstance(body, (bytes, str)):
        body = json.dumps(body)
    raw = body.encode() if isinstance(body, str) else body
    shown = {
        "Content-Type": kind,
        "Content-Length": str(len(raw)),
        LEVEL_HEADER: str(API_LEVEL),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {v}" for name, v in shown.items() if v)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def says(status: int, body: Any = b"", **headers: str) -> Step:
    """Return a step that answers in full."""
    return lambda exchange: exchange.send(whole(status, body, **headers))


def sends(part: bytes, then: Step | None = None) -> Step:
    """Return a step that sends some bytes, and may end the connection then."""

    def step(exchange: Exchange) -> None:
        exchange.send(part)
        if then is not None:
            then(exchange)

    return step


def problem(status: int, code: str, detail: str = "No.", **more: Any) -> Step:
    """Return a step that answers with a problem."""
    return says(status, {"status": status, "code": code, "detail": detail} | more)


@dataclass
class Scripted:
    """The server: each request takes the next step, the last one for all that follow."""

    steps: list[Step]
    context: ssl.SSLContext | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        """Listen."""
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        scheme = "https" if self.context else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Scripted:
        """Serve."""
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, whatever is under way."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._open:
            with suppress(OSError):
                socket.socket.shutdown(each, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()
        for each in self._open:
            each.close()

    def _start(self, function: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=function, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            while (exchange := _next(connection)) is not None:
                self.exchanges.append(exchange)
                step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
                step(exchange)
                if exchange.over:
                    return
        connection.close()


def _next(connection: socket.socket) -> Exchange | None:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return None
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    while len(body) < int(headers.get("content-length", 0)):
        part = connection.recv(65536)
        if not part:
            return None
        body += part
    method, target, _ = first.split(" ")
    return Exchange(method, target, headers, body, connection)

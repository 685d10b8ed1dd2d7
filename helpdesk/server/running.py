# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the application on a socket until it is told to stop, and then ends in good order."""

from __future__ import annotations

import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from helpdesk.core.errors import Invalid
from helpdesk.server.peer import is_loopback
from helpdesk.server.protocol import PatientProtocol

if TYPE_CHECKING:
    from fastapi import FastAPI

    from helpdesk.core.settings import ServerSettings

_BACKLOG = 1024
_HEAD_BYTES = 64 * 1024
_KEEP_ALIVE_SECONDS = 75
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_IN_THE_CLEAR = (
    "Passwords would travel in the clear to {host}: set server.tls_certificate and"
    " server.tls_key, or name the proxy that speaks TLS in server.trusted_proxies."
)
_HALF = "A certificate needs its key: set both server.tls_certificate and server.tls_key."
_NO_TLS = "The certificate or its key cannot be used: {problem}; check the server settings."
_NO_PLACE = "The address {host} with port {port} cannot be used: {problem}; choose another one."


class Server(uvicorn.Server):
    """uvicorn's server, which leaves signals to us and ends event streams first."""

    on_started: Callable[[], None] | None = None
    """Called once, when it answers and can be told to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone: the process ends well when it was told to end."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        if self.on_started is not None:
            self.on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, which would never end by themselves, and then the rest."""
        self.config.app.state.streams.stop()  # type: ignore[union-attr]
        await self.config.app.state.asking.stop()  # type: ignore[union-attr]
        await super().shutdown(sockets)


def server_for(app: FastAPI, settings: ServerSettings) -> Server:
    """Return a server of an application that is not running yet. Raises ``Invalid``."""
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=round(settings.stop_seconds),
        h11_max_incomplete_event_size=_HEAD_BYTES,
    )
    config.load()
    config.ssl = tls_context(settings)
    return Server(config)


def run_until_told(server: Server, listener: socket.socket) -> None:
    """Serve on a socket until the process is told to stop; a second Ctrl+C does not wait."""

    def on_signal(number: int, _frame: FrameType | None) -> None:
        server.force_exit = server.should_exit and number == signal.SIGINT
        server.should_exit = True

    with _signals_to(on_signal):
        server.run(sockets=[listener])


def listening_socket(host: str, port: int, settings: ServerSettings) -> socket.socket:
    """Return a socket that listens. Raises ``Invalid`` where passwords could be overheard."""
    require_privacy(host, settings)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio sends the end of an answer without waiting to be told that
    # its beginning has arrived, which takes up to 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        problem = error.strerror or str(error)
        raise Invalid(_NO_PLACE.format(host=host, port=port, problem=problem)) from error
    listener.listen(_BACKLOG)
    return listener


def address_of(listener: socket.socket, host: str, settings: ServerSettings) -> str:
    """Return where the API is reached, for people: ``http://127.0.0.1:8080``."""
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if settings.tls_certificate else "http"
    return f"{scheme}://{shown}:{listener.getsockname()[1]}"


def require_privacy(host: str, settings: ServerSettings) -> None:
    """Raise ``Invalid`` for an address that others reach, without anything that encrypts.

    Beside a proxy that is named, the gate takes nothing that came in the clear.
    """
    if settings.tls_certificate or settings.trusted_proxies or is_loopback(host):
        return
    raise Invalid(_IN_THE_CLEAR.format(host=host))


def tls_context(settings: ServerSettings) -> ssl.SSLContext | None:
    """Return how connections are encrypted, or ``None``. Raises ``Invalid`` for unusable files."""
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        raise Invalid(_HALF)
    if not settings.tls_certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(Path(settings.tls_certificate), Path(settings.tls_key))
    except OSError as error:
        problem = error.strerror or type(error).__name__
        raise Invalid(_NO_TLS.format(problem=problem)) from error
    return context


@contextmanager
def _signals_to(handler: signal._HANDLER) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens connections that verify who answers, keep to a deadline and can be cut at any moment."""

from __future__ import annotations

import math
import select
import socket
import ssl
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import httpcore
import httpx

from helpdesk import __version__
from helpdesk.client.address import ServerAddress
from helpdesk.client.answers import NOT_KNOWN_WHETHER
from helpdesk.core.api import API_LEVEL, LEVEL_HEADER
from helpdesk.core.clock import monotonic
from helpdesk.core.errors import DeskError, Invalid, Unanswered, Unreachable
from helpdesk.core.settings import ClientSettings

POOL_SECONDS = 5.0
_CONNECTIONS = 10
_IDLE_SECONDS = 30.0
"""Below the time after which servers and firewalls usually drop what is idle: a call sent on a
connection that is just being dropped would be lost, and nobody could say whether it was done."""

_NO_ANSWER = "The server {host} does not answer; check the network connection, or try again later."
_NO_NAME = (
    "There is no server called {host} to be found; check its address and the network connection."
)
_LOST = "The connection to {host} was lost; try again in a moment."
_ALL_IN_USE = "Too many calls to {host} are under way; try again in a moment."
_NO_CA_FILE = (
    "The certificate file {file} cannot be read; name a PEM file in the setting client.ca_file."
)
_WRONG_NAME = (
    "The certificate of {host} is made out to another name; check the server's address,"
    " or ask who runs it for the right one."
)
_EXPIRED = (
    "The certificate of {host} has expired; ask who runs the server to renew it,"
    " and check the date of this workstation."
)
_NOT_YET = "The certificate of {host} is not valid yet; check the date of this workstation."
_UNKNOWN_AUTHORITY = (
    "This workstation does not trust the certificate of {host}; if it is your company's own,"
    " name the file of its authority in the setting client.ca_file."
)
_NO_TLS = (
    "No secure connection to {host} could be made; check the address and the port,"
    " or ask who runs the server."
)
_HEADERS = {
    "User-Agent": f"HelpDesk/{__version__}",
    "Accept-Encoding": "identity",
    LEVEL_HEADER: str(API_LEVEL),
}
_CERTIFICATE_FAULTS = {9: _NOT_YET, 10: _EXPIRED, 62: _WRONG_NAME, 64: _WRONG_NAME}
"""By OpenSSL's codes; every other one is an authority that is not known."""


class Untrusted(Unreachable):
    """Whoever answers could not prove to be the server; asking again is of no use."""


class _Progress(threading.local):
    """How far the call of this thread has come."""

    ends_at = math.inf
    sent = False


class Network(httpcore.NetworkBackend):
    """Makes connections for one client; each call has one deadline for all of its parts."""

    def __init__(self) -> None:
        """Begin without connections."""
        self._progress = _Progress()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._is_cut = False

    def begin(self, seconds: float) -> None:
        """Begin a call on this thread that must be over within so many seconds."""
        self._progress.ends_at = monotonic() + seconds
        self._progress.sent = False

    @property
    def sent(self) -> bool:
        """Whether any of the call on this thread has left."""
        return self._progress.sent

    @sent.setter
    def sent(self, sent: bool) -> None:
        self._progress.sent = sent

    def cut(self) -> None:
        """End every connection at once, also one that another thread waits for, and make no more.

        Closing a client from outside leaves a blocked read blocked; this does not.
        """
        with self._lock:
            self._is_cut = True
            sockets = tuple(self._open)
        for each in sockets:
            _shut(each)

    def seconds_left(
        self, most: float | None, late: type[httpcore.TimeoutException]
    ) -> float | None:
        """Return how long the next step may take. Raises ``late`` after the deadline."""
        left = self._progress.ends_at - monotonic()
        if left <= 0:
            raise late("the deadline has passed")
        shortest = min(left, math.inf if most is None else most)
        return None if shortest == math.inf else shortest

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a server."""
        if self._is_cut:
            raise httpcore.ConnectError("the client is closed")
        try:
            made = socket.create_connection(
                (host, port), self.seconds_left(timeout, httpcore.ConnectTimeout)
            )
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        return _Line(made, self)

    def keep(self, opened: socket.socket) -> None:
        """Know a connection, so that it can be cut. Raises ``ConnectError`` when all are."""
        with self._lock:
            self._open.add(opened)
            is_cut = self._is_cut
        if is_cut:
            opened.close()
            self.forget(opened)
            raise httpcore.ConnectError("the client is closed")

    def forget(self, closed: socket.socket) -> None:
        """Know a connection no longer."""
        with self._lock:
            self._open.discard(closed)


class _Line(httpcore.NetworkStream):
    """One connection."""

    def __init__(self, opened: socket.socket, network: Network) -> None:
        self._socket = opened
        self._network = network
        self._uses = 0
        self._answer_is_due = False
        network.keep(opened)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._begin_use()
        try:
            self._socket.settimeout(self._network.seconds_left(timeout, httpcore.ReadTimeout))
            part = self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error
        self._answer_is_due = False
        return part

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._begin_use()
        rest = memoryview(buffer)
        try:
            while rest:
                self._socket.settimeout(self._network.seconds_left(timeout, httpcore.WriteTimeout))
                self._network.sent = True
                rest = rest[self._socket.send(rest) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._network.forget(self._socket)
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        self._network.forget(self._socket)
        try:
            self._socket.settimeout(self._network.seconds_left(timeout, httpcore.ConnectTimeout))
            return self._secured(ssl_context, server_hostname)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error

    def _secured(self, context: ssl.SSLContext, name: str | None) -> _Line:
        """Agree on keys, and check who answers."""
        with self._socket as plain:
            secure = context.wrap_socket(plain, server_hostname=name, do_handshake_on_connect=False)
        # Known before the handshake, which another thread may have to cut.
        line = _Line(secure, self._network)
        try:
            secure.do_handshake()
        except BaseException:
            line.close()
            raise
        return line

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._is_readable()
        return self._socket if info == "socket" else None

    def _begin_use(self) -> None:
        self._uses += 1
        self._answer_is_due = True

    def _is_readable(self) -> bool:
        """Return whether an idle connection has something to say, which is that it is over.

        The pool also asks about one that another thread has just begun to use: what that says is
        the answer, and closing it would leave the thread waiting for nothing.
        """
        uses = self._uses
        return not self._answer_is_due and _has_news(self._socket) and self._uses == uses


class _Transport(httpx.HTTPTransport):
    """Makes its connections through a ``Network``."""

    def __init__(self, network: Network, context: ssl.SSLContext) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=network,
        )


def make_client(settings: ClientSettings, network: Network, read_seconds: float) -> httpx.Client:
    """Return a client that verifies certificates, follows no redirect and asks no environment.

    Raises ``Invalid`` where the certificate file of the settings cannot be used.
    """
    return httpx.Client(
        transport=_Transport(network, _trusting(settings.ca_file)),
        timeout=_patience(settings, read_seconds),
        follow_redirects=False,
        trust_env=False,
        headers=_HEADERS,
    )


def make_async_client(settings: ClientSettings, read_seconds: float) -> httpx.AsyncClient:
    """Return a client for an event loop, as careful as the other one.

    A cancelled task closes its connection by itself, so that nothing has to be cut from outside.
    Raises ``Invalid`` where the certificate file of the settings cannot be used.
    """
    return httpx.AsyncClient(
        verify=_trusting(settings.ca_file),
        timeout=_patience(settings, read_seconds),
        limits=httpx.Limits(max_connections=_CONNECTIONS, keepalive_expiry=_IDLE_SECONDS),
        follow_redirects=False,
        trust_env=False,
        headers=_HEADERS,
    )


def failure_of(error: httpx.HTTPError, address: ServerAddress, *, sent: bool) -> DeskError:
    """Return what a failed connection means; ``sent`` is whether a writing call was on its way."""
    host = address.host
    if sent:
        return Unanswered(NOT_KNOWN_WHETHER.format(host=host))
    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return Untrusted(_distrust(cause).format(host=host))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unreachable(_NO_NAME.format(host=host))
    if isinstance(error, httpx.PoolTimeout):
        return Unreachable(_ALL_IN_USE.format(host=host))
    if isinstance(error, (httpx.ConnectError, httpx.TimeoutException)):
        return Unreachable(_NO_ANSWER.format(host=host))
    return Unreachable(_LOST.format(host=host))


def _patience(settings: ClientSettings, read_seconds: float) -> httpx.Timeout:
    return httpx.Timeout(
        connect=settings.connect_seconds,
        read=read_seconds,
        write=settings.write_seconds,
        pool=POOL_SECONDS,
    )


def _distrust(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATE_FAULTS.get(error.verify_code, _UNKNOWN_AUTHORITY)
    return _NO_TLS


def _causes(error: BaseException) -> Iterable[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _trusting(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise Invalid(_NO_CA_FILE.format(file=ca_file), field="client.ca_file") from error


def _has_news(opened: socket.socket) -> bool:
    """Return whether there is something to read, leaving the socket as it is for its reader."""
    try:
        if not hasattr(select, "poll"):
            return bool(select.select([opened], [], [], 0)[0])
        poll = select.poll()
        poll.register(opened, select.POLLIN)
        return bool(poll.poll(0))
    except (OSError, ValueError):  # it is closed
        return True


def _shut(opened: socket.socket) -> None:
    with suppress(OSError):
        # Not the method of a TLS socket, which would take the connection's keys from its reader.
        socket.socket.shutdown(opened, socket.SHUT_RDWR)

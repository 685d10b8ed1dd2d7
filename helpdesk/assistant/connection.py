# SPDX-License-Identifier: GPL-3.0-or-later
"""The only module that speaks HTTP to a model: it verifies who answers and follows nobody."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from helpdesk import __version__
from helpdesk.assistant.faults import FaultKind, ModelFault
from helpdesk.assistant.pace import TooLate
from helpdesk.assistant.settings import EndpointAddress, EndpointSettings, Reach

_WRITE_SECONDS, _POOL_SECONDS = 10.0, 5.0
_CONNECTIONS = 4
_IDLE_SECONDS = 4.0
"""Below the five seconds after which llama.cpp drops what is idle."""

_NO_ANSWER = (
    "The model endpoint {host} does not answer; check that it runs, and its address in the"
    " settings of the assistant."
)
_NO_NAME = (
    "There is no model endpoint called {host} to be found; check its address in the settings of"
    " the assistant, and the network."
)
_LOST = "The connection to the model endpoint {host} was lost; try again in a moment."
_CUT = "The model's answer broke off; try again."
_NO_HTTP = (
    "What answers at {host} does not speak HTTP; check the address and the port in the settings"
    " of the assistant."
)
_NO_CA_FILE = (
    "The certificate file of the model endpoint cannot be read; name a PEM file in the settings"
    " of the assistant."
)
_WRONG_NAME = (
    "The certificate of {host} is made out to another name; check the address in the settings"
    " of the assistant."
)
_EXPIRED = (
    "The certificate of {host} has expired or is not valid yet; ask who runs it to renew it, and"
    " check the date of this computer."
)
_UNKNOWN_AUTHORITY = (
    "The certificate of {host} is not trusted here; if it is your company's own, name the file"
    " of its authority in the settings of the assistant."
)
_NO_TLS = (
    "No secure connection to {host} could be made; check the address and the port in the"
    " settings of the assistant."
)
_CERTIFICATE_FAULTS = {9: _EXPIRED, 10: _EXPIRED, 62: _WRONG_NAME, 64: _WRONG_NAME}
"""By OpenSSL's codes; every other one is an authority that is not known."""

_HALF_DONE = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""No faults: the handshake waited when something else ended it."""


class Opened:
    """An answer whose head has come."""

    def __init__(self, response: httpx.Response, host: str) -> None:
        """Bind to the response; its body is read by ``next``."""
        self.status = response.status_code
        self._headers = response.headers
        self._host = host
        # Without a size: with one, bytes would be held back until there are as many.
        self._parts = response.aiter_raw()

    def header(self, name: str) -> str:
        """Return a header, or nothing."""
        return str(self._headers.get(name, ""))

    async def next(self, before: float) -> bytes | None:
        """Return the next bytes of the body as they were sent, ``None`` at its end.

        ``before`` is a time of the loop. Raises ``TooLate``, and ``ModelFault`` for a body that
        ends too early.
        """
        try:
            async with asyncio.timeout_at(before):
                return await anext(self._parts)
        except StopAsyncIteration:
            return None
        except TimeoutError as error:
            raise TooLate from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise ModelFault(FaultKind.TRUNCATED, _CUT) from error

    async def all(self, before: float, limit: int) -> bytes:
        """Return what of a body comes before a moment, and no more than about ``limit`` bytes."""
        body = b""
        try:
            while len(body) < limit and (part := await self.next(before)) is not None:
                body += part
        except (TooLate, ModelFault):
            pass  # what of an error came says enough
        return body[:limit]


class Connection:
    """The connections to one endpoint, on one event loop."""

    def __init__(self, settings: EndpointSettings, address: EndpointAddress) -> None:
        """Connect to nothing yet."""
        self._settings = settings
        self._address = address
        self._client: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def asked(
        self, method: str, path: str, body: Mapping[str, Any] | None, before: float
    ) -> AsyncIterator[Opened]:
        """Send a request and yield its answer; leaving the context ends the connection.

        Raises ``TooLate``, and ``ModelFault`` where no answer can be had.
        """
        client = self._ready_client()
        request = client.build_request(
            method, self._address.base + path, content=_encoded(body), headers=self._headers(body)
        )
        try:
            async with asyncio.timeout_at(before):
                response = await client.send(request, stream=True)
        except TimeoutError as error:
            raise TooLate from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _fault_of(error, self._address.host) from error
        try:
            yield Opened(response, self._address.host)
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _ready_client(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = self._made_client()
        return self._client

    def _made_client(self) -> httpx.AsyncClient:
        settings = self._settings
        connections = max(_CONNECTIONS, settings.at_once + 1)
        return httpx.AsyncClient(
            verify=self._trusted(),
            # Reading has deadlines of its own: one between bytes is met by a drip for ever.
            timeout=httpx.Timeout(
                connect=settings.connect_seconds,
                read=None,
                write=_WRITE_SECONDS,
                pool=_POOL_SECONDS,
            ),
            limits=httpx.Limits(
                max_connections=connections,
                max_keepalive_connections=connections,
                keepalive_expiry=_IDLE_SECONDS,
            ),
            follow_redirects=False,
            trust_env=settings.use_proxy and self._address.reach is not Reach.LOOPBACK,
        )

    def _trusted(self) -> ssl.SSLContext:
        if self._address.base.startswith("http:") and not self._settings.use_proxy:
            # Nothing will ask it, and reading all authorities of the system takes a while.
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return _trusting(self._settings.ca_file)

    def _headers(self, body: Mapping[str, Any] | None) -> dict[str, str]:
        headers = {
            "Accept": "application/json" if body is None else "text/event-stream, application/json",
            # A compressed answer could be a thousand times as large as it looks.
            "Accept-Encoding": "identity",
            "User-Agent": f"HelpDesk/{__version__}",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self._settings.key:
            headers["Authorization"] = f"Bearer {self._settings.key.strip()}"
        return headers


def _encoded(body: Mapping[str, Any] | None) -> bytes | None:
    if body is None:
        return None
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _fault_of(error: Exception, host: str) -> ModelFault:
    """Return what it means that no answer came."""
    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, _HALF_DONE):
            return ModelFault(FaultKind.TLS, _distrust(cause).format(host=host))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return ModelFault(FaultKind.UNREACHABLE, _NO_NAME.format(host=host))
    if isinstance(error, httpx.RemoteProtocolError) and any(_is_of_http(each) for each in causes):
        return ModelFault(FaultKind.BROKEN, _NO_HTTP.format(host=host))
    if isinstance(error, (httpx.ConnectError, httpx.TimeoutException, httpx.InvalidURL)):
        return ModelFault(FaultKind.UNREACHABLE, _NO_ANSWER.format(host=host))
    return ModelFault(FaultKind.UNREACHABLE, _LOST.format(host=host))


def _is_of_http(cause: BaseException) -> bool:
    """Whether the reader of HTTP itself complains; closing without an answer is no such case."""
    return type(cause).__module__.partition(".")[0] == "h11"


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
        raise ModelFault(FaultKind.TLS, _NO_CA_FILE) from error

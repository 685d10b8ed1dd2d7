# SPDX-License-Identifier: GPL-3.0-or-later
"""One request and its answer: reads no more than is allowed, and answers once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from helpdesk.core.api import API_LEVEL, LEVEL_HEADER
from helpdesk.core.errors import Malformed, TooLarge, TooSlow
from helpdesk.server.answers import Answer, Headers
from helpdesk.server.bodies import SMALL_BYTES, Bodies

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

_KEY = "helpdesk.exchange"
_SLOW = "The request did not arrive within {seconds:g} seconds; send it again."
_LINGER_SECONDS = 1.0
"""How long what is still sent is thrown away, so that the sender gets to read why."""

_HEADERS: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (LEVEL_HEADER.lower().encode(), str(API_LEVEL).encode()),
)
_HEADERS_TLS: Headers = (*_HEADERS, (b"strict-transport-security", b"max-age=31536000"))
_CLOSE = (b"connection", b"close")


class Exchange:
    """Carries one request to its handler and one answer back, with the headers of every answer."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, largest: int, bodies: Bodies
    ) -> None:
        """Bind to a request; ``largest`` is the most bytes that its body may have."""
        self.scope = scope
        self.operation = "none"
        """What it turned out to ask for, for the metrics."""
        self.status: int | None = None
        self._receive = receive
        self._send = send
        self._largest = largest
        self._bodies = bodies
        self._held = 0
        self._headers = headers_of(scope)
        self._unread = b"transfer-encoding" in self._headers or self._length() > 0
        scope[_KEY] = self

    def header(self, name: str) -> str | None:
        """Return a header that may stand there once. Raises ``Malformed`` where it is repeated."""
        found = self._headers.get(name.lower().encode(), ())
        if len(found) > 1:
            raise Malformed(f"The header {name} is given more than once; send it once.")
        return found[0].decode("latin-1") if found else None

    def require_small(self, largest: int | None = None) -> None:
        """Raise ``TooLarge`` for a body that is said to be larger than is allowed.

        ``largest`` allows fewer bytes from now on.
        """
        self._largest = min(self._largest, largest or self._largest)
        if self._length() > self._largest:
            raise self._too_large()

    async def body(self, seconds: float) -> bytes:
        """Return the whole body.

        Raises ``TooLarge``, ``TooSlow`` after ``seconds``, and ``Busy`` where the bodies of all
        requests together are too much.
        """
        if not self._unread:
            return b""
        try:
            async with asyncio.timeout(seconds):
                return await self._whole_body()
        except TimeoutError as error:
            raise TooSlow(_SLOW.format(seconds=seconds)) from error

    @property
    def length(self) -> int | None:
        """How many bytes are said to come; ``None`` where that is not said."""
        return None if b"transfer-encoding" in self._headers else self._length()

    async def parts(self, size: int, seconds: float) -> AsyncIterator[bytes]:
        """Yield the body in parts of ``size`` bytes, the last one shorter; each may take so long.

        No more than a part is held. Raises what ``body`` raises.
        """
        part, taken = bytearray(), 0
        while self._unread:
            try:
                async with asyncio.timeout(seconds):
                    taken += await self._fill(part, size, self._largest - taken)
            except TimeoutError as error:
                raise TooSlow(_SLOW.format(seconds=seconds)) from error
            while len(part) >= size:
                yield bytes(part[:size])
                del part[:size]
        if part:
            yield bytes(part)

    def release(self) -> None:
        """Let the memory of the body be taken by others: the request is done."""
        self._bodies.release(self._held)
        self._held = 0

    async def gone(self) -> None:
        """Return when the other side has closed the connection; its request has been read."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def answer(self, answer: Answer) -> None:
        """Send a whole answer; what is still to come of the request is thrown away."""
        headers = answer.all_headers()
        if self._unread:
            headers.append(_CLOSE)
        await self.begin(answer.status, headers)
        await self.send_part(answer.body, more=self._unread)
        if self._unread:
            await self._linger()
            await self.send_part(b"", more=False)

    async def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send the status and the headers."""
        self.status = status
        named = {name for name, _ in headers}
        common = [pair for pair in common_headers(self.scope["scheme"]) if pair[0] not in named]
        start = {"type": "http.response.start", "status": status, "headers": headers + common}
        await self._send(start)

    async def send_part(self, part: bytes, *, more: bool) -> None:
        """Send a part of the body."""
        await self._send({"type": "http.response.body", "body": part, "more_body": more})

    async def pass_on(self, message: Message) -> None:
        """Send what a handler of the framework's own sends."""
        if message["type"] == "http.response.start":
            await self.begin(message["status"], list(message.get("headers", ())))
        else:
            await self._send(message)

    def _length(self) -> int:
        return max((int(each) for each in self._headers.get(b"content-length", ())), default=0)

    async def _whole_body(self) -> bytes:
        body = bytearray()
        while self._unread:
            body += await self._next()
            if len(body) > self._largest:
                raise self._too_large()
            self._hold(max(0, len(body) - SMALL_BYTES))
        return bytes(body)

    async def _fill(self, part: bytearray, size: int, room: int) -> int:
        """Take in what comes until a part is full, and return how much it was."""
        taken = 0
        while self._unread and len(part) < size:
            more = await self._next()
            taken += len(more)
            if taken > room:
                raise self._too_large()
            part += more
            self._hold(len(part))
        return taken

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._unread = False
            raise Malformed("The request broke off.")
        self._unread = message.get("more_body", False)
        body: bytes = message.get("body", b"")
        return body

    def _hold(self, count: int) -> None:
        self._bodies.hold(count - self._held)
        self._held = count

    async def _linger(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while (await self._receive()).get("more_body", False):
                    pass

    def _too_large(self) -> TooLarge:
        kilobytes = self._largest // 1024
        return TooLarge(f"A request may have at most {kilobytes:,} KB; shorten the text.")


def common_headers(scheme: str) -> Headers:
    """Return the headers of every answer."""
    return _HEADERS_TLS if scheme == "https" else _HEADERS


def exchange_of(scope: Scope) -> Exchange:
    """Return the exchange that a request belongs to."""
    found: Exchange = scope[_KEY]
    return found


def headers_of(scope: Scope) -> dict[bytes, tuple[bytes, ...]]:
    """Return the values of each header by its name in lower case."""
    found: dict[bytes, tuple[bytes, ...]] = {}
    pairs: list[tuple[bytes, bytes]] = scope["headers"]
    for name, value in pairs:
        found[name] = (*found.get(name, ()), value)
    return found


def state_of(scope: Scope) -> Any:
    """Return what the whole application shares."""
    return scope["app"].state

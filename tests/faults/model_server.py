# SPDX-License-Identifier: GPL-3.0-or-later
"""A model endpoint that misbehaves as told: raw bytes over real sockets, on the test's own loop."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

Play = Callable[["Call"], Awaitable[None]]

EVENTS, JSON, LINES, PAGE = (
    "text/event-stream",
    "application/json",
    "application/x-ndjson",
    "text/html; charset=utf-8",
)
DONE = b"data: [DONE]\n\n"
_LONGEST_SECONDS = 30
_NO_LINGER = struct.pack("ii", 1, 0)


class Call:
    """One request that came, and the connection to answer it on."""

    def __init__(self, head: str, body: bytes, line: _Line) -> None:
        self.head = head
        self._body = body
        self._line = line
        self.gone = line.gone
        """Set when the client has closed the connection."""

    @property
    def path(self) -> str:
        """What was asked for."""
        return self.head.split()[1]

    @property
    def json(self) -> Any:
        """What was asked."""
        return json.loads(self._body)

    def header(self, name: str) -> str:
        """Return a header of the request, or nothing."""
        for line in self.head.splitlines()[1:]:
            key, _, value = line.partition(":")
            if key.casefold() == name.casefold():
                return value.strip()
        return ""

    async def send(self, *parts: bytes | str) -> None:
        """Send bytes, each part by itself; they are lost when the client is gone."""
        for part in parts:
            self._line.writer.write(part.encode() if isinstance(part, str) else part)
            with suppress(ConnectionError):
                await self._line.writer.drain()

    async def answer(self, *parts: bytes | str, status: int = 200, **headers: str) -> None:
        """Send a head and a body that ends with the connection."""
        await self.begin(status=status, **headers)
        await self.send(*parts)

    async def begin(self, status: int = 200, **headers: str) -> None:
        """Send a head; ``kind`` among the headers is the type of the body."""
        named = {"Content-Type": headers.pop("kind", EVENTS), "Connection": "close"}
        named |= {name.replace("_", "-").title(): value for name, value in headers.items()}
        lines = [f"HTTP/1.1 {status} So"]
        lines += [f"{name}: {value}" for name, value in named.items() if value]
        await self.send("\r\n".join(lines) + "\r\n\r\n")

    async def drip(self, text: bytes | str, seconds: float) -> None:
        """Send a byte at a time for as long as the client listens, again and again."""
        data = text.encode() if isinstance(text, str) else text
        while True:
            for byte in data:
                await self.send(bytes((byte,)))
                if await self.is_left(seconds):
                    return

    async def pour(self, part: bytes) -> None:
        """Send the same without end, until the client is gone."""
        while not self.gone.is_set():
            await self.send(part)
            await asyncio.sleep(0)

    async def is_left(self, seconds: float) -> bool:
        """Return whether the client goes within some time."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.gone.wait(), seconds)
        return self.gone.is_set()

    async def silence(self) -> None:
        """Say nothing until the client goes."""
        await asyncio.wait_for(self.gone.wait(), _LONGEST_SECONDS)

    def reset(self) -> None:
        """Break the connection, not just close it."""
        sock = self._line.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._line.writer.transport.abort()


class _Line:
    """One connection; it notices that the client goes while nobody reads from it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.gone = asyncio.Event()
        self._early = b""

    async def next(self) -> Call | None:
        """Return the next request, ``None`` when there is none."""
        try:
            head = self._early + await self.reader.readuntil(b"\r\n\r\n")
            self._early = b""
            call = Call(head.decode("latin-1"), b"", self)
            size = int(call.header("content-length") or 0)
            return Call(call.head, await self.reader.readexactly(size), self)
        except (OSError, asyncio.IncompleteReadError):
            self.gone.set()
            return None

    async def watch(self) -> None:
        """Wait for what comes while an answer is on its way: the end, or a next request."""
        with suppress(OSError):
            self._early = await self.reader.read(1)
        if not self._early:
            self.gone.set()


class ModelServer:
    """What came to the server."""

    def __init__(self, play: Play, keep_alive: bool) -> None:
        self._play = play
        self._keep_alive = keep_alive
        self._tasks: set[asyncio.Task[Any]] = set()
        self.url = ""
        self.calls: list[Call] = []
        self.lines: list[_Line] = []
        self.arrived = asyncio.Event()
        """Set when a connection has come."""
        self.asked = asyncio.Event()
        """Set when a request has come."""

    async def all_gone(self) -> None:
        """Wait until every connection is closed, be it by its client or when a play was over."""
        for line in self.lines:
            await asyncio.wait_for(line.gone.wait(), _LONGEST_SECONDS)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        line = _Line(reader, writer)
        self.lines.append(line)
        self.arrived.set()
        try:
            with suppress(ConnectionError):
                await self._serve(line)
        finally:
            self._tasks.discard(task)
            writer.close()
            line.gone.set()

    async def stop(self) -> None:
        """End what is still played."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, line: _Line) -> None:
        while (call := await line.next()) is not None:
            self.calls.append(call)
            self.asked.set()
            watching = asyncio.create_task(line.watch())
            try:
                await self._play(call)
                if self._keep_alive:
                    await watching
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
            if not self._keep_alive:
                return


@asynccontextmanager
async def model_server(
    play: Play, *, tls: ssl.SSLContext | None = None, keep_alive: bool = False
) -> AsyncIterator[ModelServer]:
    """Yield a server that answers every request by a play."""
    made = ModelServer(play, keep_alive)
    server = await asyncio.start_server(made.take, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    made.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield made
    finally:
        server.close()
        await made.stop()
        await server.wait_closed()


def event(value: object) -> bytes:
    """Return an event that holds a value as JSON."""
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def delta(text: str | None, finish: str | None = None, **more: object) -> bytes:
    """Return an event with some more text of an answer."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return event({"id": "c1", "model": "tiny", "choices": [choice], **more})


def usage(prompt: int, answer: int) -> bytes:
    """Return the event that counts tokens."""
    return event({"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": answer}})


def says(*parts: bytes | str, status: int = 200, **headers: str) -> Play:
    """Return a play that answers with a body and closes."""

    async def play(call: Call) -> None:
        await call.answer(*parts, status=status, **headers)

    return play


def fails(status: int, body: object, **headers: str) -> Play:
    """Return a play that answers with an error."""
    text = body if isinstance(body, str) else json.dumps(body)
    return says(text, status=status, **({"kind": JSON} | headers))


def stops(*parts: bytes | str) -> Play:
    """Return a play that says something and then nothing more."""

    async def play(call: Call) -> None:
        await call.answer(*parts)
        await call.silence()

    return play


def pours(part: bytes, status: int = 200, **headers: str) -> Play:
    """Return a play that never ends."""

    async def play(call: Call) -> None:
        await call.begin(status=status, **headers)
        await call.pour(part)

    return play


def in_turn(*plays: Play) -> Play:
    """Return a play that answers each request by the next one; the last goes on."""
    left = list(plays)

    async def play(call: Call) -> None:
        now = left.pop(0) if len(left) > 1 else left[0]
        await now(call)

    return play

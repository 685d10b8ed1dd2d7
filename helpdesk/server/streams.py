# SPDX-License-Identifier: GPL-3.0-or-later
"""The event stream: tells each window what changed, as long as its session lives.

A stream holds no queue. It asks for what is new since its cursor only once the last message has
left, so that a slow reader costs nothing and one that stops reading is dropped; it comes back
with the cursor of what it has read.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from helpdesk.core.errors import Busy, DeskError, Forbidden, Invalid, SignedOut, TooManyAttempts
from helpdesk.core.wire import problem_of
from helpdesk.server.arguments import pairs_of
from helpdesk.server.routes import token_of
from helpdesk.server.watch import Watch

if TYPE_CHECKING:
    from helpdesk.client.embedded import EmbeddedDesk
    from helpdesk.core.schemas.tickets import Changes
    from helpdesk.server.exchange import Exchange
    from helpdesk.server.threads import Threads

CHECK_SECONDS = 4.0
"""At the latest after so long a session is looked at again; whoever is signed out learns it."""
HEARTBEAT_SECONDS = 15.0
_SEND_SECONDS = 10.0
_MOST_OF_A_SESSION = 8
_COMES_BACK_SECONDS = 5

_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]
_FULL = "Too many windows wait for news here; this one asks again in a few seconds."
_OFTEN = "This session has too many streams open; close one of them."
_STOPPING = "The server is about to stop; try again in a few seconds."


class Streams:
    """Every open stream of this process."""

    def __init__(self, threads: Threads, most: int) -> None:
        """Begin with none; ``most`` may be open at once."""
        self._threads = threads
        self._most = most
        self._open: set[_Stream] = set()
        self._sessions: Counter[str | None] = Counter()
        self._watch: Watch | None = None
        self._stopping = False

    def __len__(self) -> int:
        return self._sessions.total()

    async def serve(self, exchange: Exchange, desk: EmbeddedDesk) -> None:
        """Answer with a stream, until one of the two sides or the session ends."""
        token, after = token_of(exchange), _cursor(exchange)
        with self._place(token):
            stream = _Stream(exchange, token, await self._watching(desk))
            self._open.add(stream)
            try:
                await stream.run(after)
            finally:
                self._open.discard(stream)
                await self._rest()

    def stop(self) -> None:
        """End every stream, and take no more."""
        self._stopping = True
        for stream in self._open:
            stream.end()

    @contextmanager
    def _place(self, token: str | None) -> Iterator[None]:
        if self._stopping:
            raise Busy(_STOPPING, retry_after=_COMES_BACK_SECONDS)
        if len(self) >= self._most:
            raise Busy(_FULL, retry_after=_COMES_BACK_SECONDS)
        if token is not None and self._sessions[token] >= _MOST_OF_A_SESSION:
            raise TooManyAttempts(_OFTEN, retry_after=_COMES_BACK_SECONDS)
        self._sessions[token] += 1
        try:
            yield
        finally:
            self._sessions[token] -= 1
            if not self._sessions[token]:
                del self._sessions[token]

    async def _watching(self, desk: EmbeddedDesk) -> Watch:
        watch = self._watch
        if watch is None or watch.desk is not desk:
            before, watch = watch, Watch(desk, self._threads, self._tell)
            self._watch = watch
            if before is not None:
                await before.stop()
        return watch

    async def _rest(self) -> None:
        """Stop watching when nobody waits any more."""
        if not self._open and self._watch is not None:
            watch, self._watch = self._watch, None
            await watch.stop()

    def _tell(self) -> None:
        for stream in self._open:
            stream.wake()


class _Stream:
    """One open stream."""

    def __init__(self, exchange: Exchange, token: str | None, watch: Watch) -> None:
        self._exchange = exchange
        self._token = token
        self._watch = watch
        self._cursor = ""
        self._woken = asyncio.Event()
        self._ended = False
        self._now = asyncio.get_running_loop().time
        self._asked_at = self._sent_at = self._now()

    def wake(self) -> None:
        self._woken.set()

    def end(self) -> None:
        self._ended = True
        self._woken.set()

    async def run(self, after: str) -> None:
        # An error here is still answered in the usual way.
        first = await self._ask(after)
        await self._exchange.begin(200, list(_HEADERS))
        gone = asyncio.create_task(self._exchange.gone())
        gone.add_done_callback(lambda _task: self.end())
        try:
            with suppress(TimeoutError):
                await self._send_changes(first)
                await self._tell_until_the_end()
                await self._send(b"", more=False)
        finally:
            gone.cancel()

    async def _tell_until_the_end(self) -> None:
        while not self._ended:
            await self._wait()
            try:
                await self._tell_what_is_new()
            except (SignedOut, Forbidden) as error:
                await self._send_event("signed_out", json.dumps(problem_of(error)).encode())
                return

    async def _wait(self) -> None:
        until = min(self._asked_at + CHECK_SECONDS, self._sent_at + HEARTBEAT_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until - self._now())):
                await self._woken.wait()
        self._woken.clear()

    async def _tell_what_is_new(self) -> None:
        due = self._now() >= self._asked_at + CHECK_SECONDS
        if self._ended or not (due or self._cursor != self._watch.newest):
            return await self._keep_alive()
        try:
            changes = await self._ask(self._cursor)
        except (SignedOut, Forbidden):
            raise
        except DeskError:  # the desk is busy: ask again at the next time
            self._asked_at = self._now()
            return await self._keep_alive()
        if changes.ticket_ids or changes.others or changes.everything:
            return await self._send_changes(changes)
        return await self._keep_alive()

    async def _ask(self, after: str) -> Changes:
        found = await self._watch.changes(after, self._token)
        self._cursor, self._asked_at = found.cursor, self._now()
        return found

    async def _keep_alive(self) -> None:
        if self._now() >= self._sent_at + HEARTBEAT_SECONDS:
            await self._send(b":\n\n")

    async def _send_changes(self, changes: Changes) -> None:
        await self._send_event("changes", changes.model_dump_json().encode(), changes.cursor)

    async def _send_event(self, event: str, data: bytes, cursor: str | None = None) -> None:
        named = f"event: {event}\n" + (f"id: {cursor}\n" if cursor else "")
        await self._send(named.encode() + b"data: " + data + b"\n\n")

    async def _send(self, part: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(_SEND_SECONDS):
            await self._exchange.send_part(part, more=more)
        self._sent_at = self._now()


def _cursor(exchange: Exchange) -> str:
    """Return where the stream goes on: what was read last, or what the address names."""
    found = [value for name, value in pairs_of(exchange.scope["query_string"]) if name == "after"]
    if len(found) > 1:
        raise Invalid("One parameter is given more than once, but takes one value.", field="after")
    return exchange.header("Last-Event-ID") or (found[0] if found else "")

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the assistant is asked over the API, answered in parts as they come in.

The model is asked on this server's own event loop, with this server's key; a workstation reads the
parts and never learns either. Whoever closes the connection has given the question up.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from helpdesk.core.errors import Busy, DeskError, Malformed, SignedOut, TooManyAttempts
from helpdesk.core.operation import Operation, operations_of
from helpdesk.core.schemas.assistant import ASK, AnswerPart, Ask, PartKind
from helpdesk.core.validation import invalid
from helpdesk.server.peer import source_of
from helpdesk.server.routes import require_json, token_of
from helpdesk.server.shape import require_readable
from helpdesk.services.answer_steps import AnswerSteps
from helpdesk.services.answering import Answering, Call, failed

if TYPE_CHECKING:
    from helpdesk.client.embedded import EmbeddedDesk
    from helpdesk.core.settings import Settings
    from helpdesk.server.exchange import Exchange
    from helpdesk.server.threads import Threads

HEARTBEAT_SECONDS = 10.0
LARGEST_ASK = 512 * 1024
_SEND_SECONDS = 10.0
_MOST, _MOST_OF_A_SESSION = 200, 4
_COMES_BACK_SECONDS = 2

_KEEP = operations_of(AnswerSteps)["answer"]
_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]
_NO_JSON = "The request holds no readable JSON; send one JSON object as UTF-8."
_NOBODY = "Sign in first."
_FULL = "Too many questions are being answered here; ask again in a few seconds."
_OFTEN = "This session has too many questions open; wait for an answer, or stop one."
_STOPPING = "The server is about to stop; try again in a few seconds."


class Asking:
    """Every question that this process answers at the moment."""

    def __init__(self, threads: Threads, settings: Settings) -> None:
        """Begin with none."""
        self._threads = threads
        self._settings = settings
        self._answering: Answering | None = None
        self._sessions: Counter[str | None] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    def __len__(self) -> int:
        return len(self._tasks)

    async def serve(self, exchange: Exchange, desk: EmbeddedDesk) -> None:
        """Answer a question, until its end or until whoever asked is gone."""
        token = token_of(exchange)
        if token is None:
            raise SignedOut(_NOBODY)
        ask = await self._ask(exchange)
        with self._place(token):
            call = self._call(exchange, desk, token)
            answer = asyncio.create_task(self._answer(exchange, ask, call))
            gone = asyncio.create_task(exchange.gone())
            self._tasks.add(answer)
            try:
                await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
                answer.cancel()
                with suppress(asyncio.CancelledError, TimeoutError):
                    await answer
            finally:
                gone.cancel()
                self._tasks.discard(answer)

    async def stop(self) -> None:
        """Break off every answer, and let go of the model."""
        self._stopping = True
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._answering is not None:
            await self._answering.aclose()

    @contextmanager
    def _place(self, token: str) -> Iterator[None]:
        if self._stopping:
            raise Busy(_STOPPING, retry_after=_COMES_BACK_SECONDS)
        if self._sessions.total() >= _MOST:
            raise Busy(_FULL, retry_after=_COMES_BACK_SECONDS)
        if self._sessions[token] >= _MOST_OF_A_SESSION:
            raise TooManyAttempts(_OFTEN, retry_after=_COMES_BACK_SECONDS)
        self._sessions[token] += 1
        try:
            yield
        finally:
            self._sessions[token] -= 1
            if not self._sessions[token]:
                del self._sessions[token]

    async def _ask(self, exchange: Exchange) -> Ask:
        exchange.require_small(LARGEST_ASK)
        require_json(exchange)
        body = await exchange.body(self._settings.server.request_seconds)
        require_readable(body)
        try:
            return ASK.validate_json(body)
        except ValidationError as error:
            raise invalid(error) from error
        except (ValueError, RecursionError) as error:
            raise Malformed(_NO_JSON) from error

    def _call(self, exchange: Exchange, desk: EmbeddedDesk, token: str) -> Call:
        source = source_of(exchange.scope)

        async def call(operation: Operation, arguments: dict[str, Any]) -> Any:
            execute = partial(desk.executor.execute, operation, arguments, source=source)
            try:
                return await self._threads.run(operation, partial(execute, token=token))
            except SignedOut:
                if operation is not _KEEP:
                    raise
            # Who closes their program signs out while an answer breaks off: its words are theirs.
            return await self._threads.run(operation, partial(execute, system=True))

        return call

    async def _answer(self, exchange: Exchange, ask: Ask, call: Call) -> None:
        if self._answering is None:
            self._answering = Answering(self._settings)
        async with aclosing(self._answering.parts(ask, call)) as parts:
            # What is refused is still answered in the usual way.
            first = await anext(parts)
            await exchange.begin(200, list(_HEADERS))
            beat = asyncio.create_task(self._keep_alive(exchange, asyncio.current_task()))
            try:
                await self._send(exchange, first)
                await self._send_all(exchange, parts)
            except asyncio.CancelledError:
                if not self._stopping:
                    raise
                await self._send(exchange, failed(Busy(_STOPPING), retry_possible=True))
            finally:
                beat.cancel()
            await self._send_bytes(exchange, b"", more=False)

    async def _send_all(self, exchange: Exchange, parts: AsyncGenerator[AnswerPart, None]) -> None:
        try:
            async for part in parts:
                await self._send(exchange, part)
        except DeskError as error:
            await self._send(exchange, failed(error))

    async def _keep_alive(self, exchange: Exchange, answer: asyncio.Task[None] | None) -> None:
        with suppress(TimeoutError):
            while True:
                await asyncio.sleep(HEARTBEAT_SECONDS)
                await self._send_bytes(exchange, b":\n\n")
        # Whoever takes nothing more has given the question up, also while the model is silent.
        if answer is not None:
            answer.cancel()

    async def _send(self, exchange: Exchange, part: AnswerPart) -> None:
        data = part.model_dump_json(exclude_defaults=part.kind is PartKind.TEXT).encode()
        await self._send_bytes(exchange, b"event: part\ndata: " + data + b"\n\n")

    @staticmethod
    async def _send_bytes(exchange: Exchange, part: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(_SEND_SECONDS):
            await exchange.send_part(part, more=more)

# SPDX-License-Identifier: GPL-3.0-or-later
"""One try of a request: sends it, hears the answer, and judges whether it is whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from helpdesk.assistant.chunks import Chunk, Unreadable, whole
from helpdesk.assistant.faults import FaultKind, ModelFault
from helpdesk.assistant.pace import Pace, TooLate
from helpdesk.assistant.reading import DONE, AnswerReader, NotThis, Said
from helpdesk.assistant.refusals import Asked, refusal, refusal_within
from helpdesk.assistant.retries import wait_asked
from helpdesk.core.clock import Clock
from helpdesk.core.server_events import TooLong

if TYPE_CHECKING:
    from helpdesk.assistant.connection import Connection, Opened

PATH = "/v1/chat/completions"
TEXT_LIMIT = 16_000
"""The most characters of an answer."""
_BODY_LIMIT = 4 * 1024 * 1024
_ERROR_LIMIT = 64 * 1024
_CLOSING_SECONDS = 0.2
_CUT_OFF = frozenset({"length", "model_length", "max_tokens"})
_BROKEN_OFF = frozenset({"error", "abort", "aborted", "cancelled", "canceled"})
_WITHHELD = frozenset({"content_filter"})

_NO_ANSWER = (
    "What came from {host} is no answer of a model; test the connection in the settings of the"
    " assistant."
)
_PAGE = (
    "A web page came from {host} in place of an answer; sign in to the network if it asks for"
    " that, or check the address in the settings of the assistant."
)
_UNREADABLE = "A part of the model's answer could not be read; try again."
_COMPRESSED = (
    "The model endpoint {host} compresses its answers although it was asked not to; ask who runs"
    " it to switch that off."
)
_TRUNCATED = "The model's answer stopped before its end; try again."
_REFRAINED = "The model endpoint {host} withholds an answer to this text; write the reply yourself."
_TOO_LARGE = "The model's answer is longer than the program takes; ask for less."


class Attempt:
    """One try; what was heard stands in its attributes afterwards."""

    def __init__(self, connection: Connection, asked: Asked, pace: Pace, now: Clock) -> None:
        """Bind to a connection, what is asked, and how long it may take."""
        self._connection = connection
        self._asked = asked
        self._pace = pace
        self._now = now
        self._texts: list[str] = []
        self._length = 0
        self._half = ""
        self._is_done = False
        self._is_answer = False
        self._finish = ""
        self.model = ""
        self.prompt_tokens: int | None = None
        self.answer_tokens: int | None = None
        self.requests_left = ""
        """What the server says of how many requests may follow within the minute."""

    @property
    def text(self) -> str:
        """What has come so far."""
        return "".join(self._texts)

    @property
    def is_cut_off(self) -> bool:
        """Whether the answer ended at the most tokens that it could have."""
        return self._finish in _CUT_OFF

    async def pieces(self, body: Mapping[str, Any]) -> AsyncGenerator[str, None]:
        """Yield the text as it comes. Raises ``ModelFault`` with what of it came."""
        try:
            before = self._pace.until()
            async with self._connection.asked("POST", PATH, body, before) as answer:
                self._pace.pause()
                await self._require_answer(answer)
                async with aclosing(self._heard(answer)) as heard:
                    async for text in heard:
                        yield text
        except ModelFault as fault:
            fault.partial = self.text[:TEXT_LIMIT]
            raise
        except (TooLate, Unreadable, NotThis, TooLong) as error:
            meant = self._meaning(error)
            meant.partial = self.text[:TEXT_LIMIT]
            raise meant from error

    async def _require_answer(self, answer: Opened) -> None:
        """Raise ``ModelFault`` unless an answer follows that can be read."""
        self.requests_left = answer.header("x-ratelimit-remaining-req-minute")
        if not 200 <= answer.status < 300:
            body = await answer.all(self._pace.until(), _ERROR_LIMIT)
            wait = wait_asked(answer.header("retry-after"), self._now())
            raise refusal(answer.status, body, self._asked, wait)
        if answer.header("content-encoding").strip().casefold() not in ("", "identity"):
            raise self._broken(_COMPRESSED)
        if answer.header("content-type").casefold().startswith("text/html"):
            raise self._broken(_PAGE)

    async def _heard(self, answer: Opened) -> AsyncGenerator[str, None]:
        reader, size = AnswerReader(), 0
        while not self._is_done:
            part = await self._next(answer)
            size += len(part or b"")
            if size > _BODY_LIMIT:
                raise ModelFault(FaultKind.TOO_LARGE, _TOO_LARGE)
            if text := self._take(reader.end() if part is None else reader.feed(part)):
                yield text
            if part is None:
                break
        if self._half:
            self._texts.append("\ufffd")
        self._require_end()
        if self._is_done:
            # So that the connection can be used again, its end has to be heard too.
            await answer.all(_loop_time() + _CLOSING_SECONDS, 1)

    async def _next(self, answer: Opened) -> bytes | None:
        """Return the next bytes; what comes after a whole answer may fail or be late."""
        try:
            return await answer.next(self._pace.until())
        except (TooLate, ModelFault):
            if self._finish:
                return None
            raise
        finally:
            self._pace.pause()

    def _take(self, said: Iterable[Said]) -> str:
        """Take in what was said, and return the text of it."""
        texts = []
        try:
            for each in said:
                if isinstance(each, Chunk):
                    texts.append(self._take_chunk(each))
                elif each is DONE:
                    self._is_done = True
                    break
        except (Unreadable, TooLong):
            if not self._finish:
                raise
        return "".join(texts)

    def _take_chunk(self, chunk: Chunk) -> str:
        if chunk.error is not None:
            raise refusal_within(chunk.error, self._asked)
        self._is_answer = self._is_answer or chunk.is_answer
        self.model = chunk.model or self.model
        if chunk.prompt_tokens is not None:
            self.prompt_tokens = chunk.prompt_tokens
        if chunk.answer_tokens is not None:
            self.answer_tokens = chunk.answer_tokens
        if chunk.is_alive:
            self._pace.token()
        if chunk.finish:
            self._finish = chunk.finish.casefold()
            self._pace.complete()
        return self._take_text(chunk.text)

    def _take_text(self, text: str) -> str:
        if not text:
            return ""
        text, self._half = whole(self._half + text)
        self._texts.append(text)
        self._length += len(text)
        if self._length > TEXT_LIMIT:
            raise ModelFault(FaultKind.TOO_LARGE, _TOO_LARGE)
        return text

    def _require_end(self) -> None:
        """Raise ``ModelFault`` unless the answer is whole; that it ended does not show it."""
        if self._finish in _WITHHELD:
            sentence = _REFRAINED.format(host=self._asked.host)
            raise ModelFault(FaultKind.REFUSED, sentence)
        if self._finish in _BROKEN_OFF:
            raise ModelFault(FaultKind.TRUNCATED, _TRUNCATED)
        if not self._is_answer:
            raise self._broken(_NO_ANSWER)
        if not self._is_done and not self._finish:
            raise ModelFault(FaultKind.TRUNCATED, _TRUNCATED)

    def _meaning(self, error: Exception) -> ModelFault:
        if isinstance(error, TooLate):
            return self._pace.fault(self._asked.host)
        if isinstance(error, TooLong):
            return ModelFault(FaultKind.TOO_LARGE, _TOO_LARGE)
        if isinstance(error, NotThis):
            return self._broken(_PAGE)
        return self._broken(_UNREADABLE if self._is_answer else _NO_ANSWER)

    def _broken(self, sentence: str) -> ModelFault:
        return ModelFault(FaultKind.BROKEN, sentence.format(host=self._asked.host))


def _loop_time() -> float:
    return asyncio.get_running_loop().time()

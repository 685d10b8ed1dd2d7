# SPDX-License-Identifier: GPL-3.0-or-later
"""A source of answers that says what a test tells it to, part by part."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from helpdesk.core.schemas.assistant import Answer, AnswerPart, Ask, PartKind
from helpdesk.ui.ai_response_thread import Assistant


class ScriptedSource:
    """Answers each question with the parts that ``parts`` names for its kind.

    With ``hold`` it stops before the part of that place until it is cancelled or let ``go``.
    """

    def __init__(self) -> None:
        self.parts: dict[str, list[AnswerPart]] = {}
        self.asked: list[Ask] = []
        self.ended: list[str] = []
        self.hold: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._gate: asyncio.Event | None = None

    def assistant(self) -> Assistant:
        """Return what widgets ask through; stop it at the end of the test."""
        return Assistant(lambda: self)

    def go(self) -> None:
        """Let a held answer go on. Any thread may call."""
        self.hold = None
        if self._loop is not None and self._gate is not None:
            self._loop.call_soon_threadsafe(self._gate.set)

    async def answer(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        self._loop, self._gate = asyncio.get_running_loop(), asyncio.Event()
        self.asked.append(ask)
        try:
            for place, part in enumerate(self.parts[ask.kind]):
                if self.hold is not None and place >= self.hold:
                    await self._gate.wait()
                yield part
        finally:
            self.ended.append(ask.kind)

    async def aclose(self) -> None:
        self.ended.append("closed")


def text(piece: str) -> AnswerPart:
    return AnswerPart(kind=PartKind.TEXT, text=piece)


def sources(answer: Answer) -> AnswerPart:
    return AnswerPart(kind=PartKind.SOURCES, answer=answer)


def done(answer: Answer) -> AnswerPart:
    return AnswerPart(kind=PartKind.DONE, answer=answer)


def failed(sentence: str, code: str = "unreachable", *, retry_possible: bool = True) -> AnswerPart:
    return AnswerPart(
        kind=PartKind.FAILED, sentence=sentence, code=code, retry_possible=retry_possible
    )

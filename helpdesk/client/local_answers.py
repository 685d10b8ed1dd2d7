# SPDX-License-Identifier: GPL-3.0-or-later
"""The assistant of a desk in this process, on the event loop of one thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Any

from helpdesk.core.operation import Operation
from helpdesk.core.schemas.assistant import AnswerPart, Ask
from helpdesk.core.settings import Settings
from helpdesk.services.answering import Answering, Listener
from helpdesk.services.executor import Executor


class LocalAnswers:
    """Answers for whoever is signed in when a question is asked."""

    def __init__(
        self,
        executor: Executor,
        settings: Settings,
        token: Callable[[], str | None],
        *,
        system: bool = False,
        listener: Listener | None = None,
    ) -> None:
        """Bind to a desk; with ``system`` the program itself asks, not a person.

        ``listener`` is told what was sent to the model and what came of it.
        """
        self._executor = executor
        self._token = token
        self._system = system
        self._answering = Answering(settings, listener)

    def answer(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """Yield the parts of an answer; the last one is ``DONE`` or ``FAILED``."""
        token = self._token()

        async def call(operation: Operation, arguments: dict[str, Any]) -> Any:
            execute = partial(
                self._executor.execute, operation, arguments, token=token, system=self._system
            )
            return await asyncio.to_thread(execute)

        return self._answering.answer(ask, call)

    async def aclose(self) -> None:
        """Let go of every connection to a model."""
        await self._answering.aclose()

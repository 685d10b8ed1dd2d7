# SPDX-License-Identifier: GPL-3.0-or-later
"""Where answers of the assistant come from: this process or a server, in parts as they come in."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

from helpdesk.core.schemas.assistant import AnswerPart, Ask


class AnswerSource(Protocol):
    """Answers what the assistant is asked, on the event loop of one thread.

    ``answer`` raises nothing that is expected: its last part is ``DONE`` or ``FAILED``. Closing it
    early, or cancelling the task that iterates it, ends the work for it at once.
    """

    def answer(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """Yield the parts of the answer."""

    async def aclose(self) -> None:
        """Let go of every connection."""

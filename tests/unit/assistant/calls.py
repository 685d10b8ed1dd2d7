# SPDX-License-Identifier: GPL-3.0-or-later
"""How tests of the assistant ask an endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from helpdesk.assistant.endpoint import Ended, Endpoint, Piece, Seams
from helpdesk.assistant.messages import Message, ModelRequest

T = TypeVar("T")

AT_ONCE = Seams(chance=lambda: 0.0)
"""Retries follow without a wait."""
HELLO = (Message("user", "The printer is broken."),)


def asked(*messages: Message, **changes: Any) -> ModelRequest:
    """Return a request with what matters to a test."""
    usual = {"max_tokens": 200, "temperature": 0.0, "total_seconds": 20.0}
    return ModelRequest(messages=messages or HELLO, **(usual | changes))


async def heard(endpoint: Endpoint, request: ModelRequest) -> tuple[str, Ended]:
    """Return the text that came piece by piece, and how it ended."""
    pieces: list[str] = []
    async with aclosing(endpoint.stream(request)) as said:
        async for each in said:
            if isinstance(each, Ended):
                return "".join(pieces), each
            assert isinstance(each, Piece)
            pieces.append(each.text)
    raise AssertionError("the stream has no end")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end on an event loop of its own."""
    return asyncio.run(work)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends the automatic first responses that are due."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Any

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.operation import Operation, operations_of
from helpdesk.services.answering import Answering
from helpdesk.services.first_responses import FirstResponses

FIRST_RESPONSES = "first responses"
_DUE = operations_of(FirstResponses)["due"]


def send_first_responses(desk: EmbeddedDesk, _now: datetime) -> int:
    """Answer the tickets that are due, one after the other, and return how many there were."""
    due = desk.executor.execute(_DUE, {}, system=True).ticket_ids
    if due:
        asyncio.run(_answer(desk, due))
    return len(due)


async def _answer(desk: EmbeddedDesk, ticket_ids: tuple[int, ...]) -> None:
    async def call(operation: Operation, arguments: dict[str, Any]) -> Any:
        execute = partial(desk.executor.execute, operation, arguments, system=True)
        return await asyncio.to_thread(execute)

    answering = Answering(desk.settings)
    try:
        for ticket_id in ticket_ids:
            await answering.first_response(ticket_id, call)
    finally:
        await answering.aclose()

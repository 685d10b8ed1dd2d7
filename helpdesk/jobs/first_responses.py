# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends the automatic first responses that are due."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from functools import partial
from typing import Any

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.clock import monotonic
from helpdesk.core.detached_threads import DetachedThreads
from helpdesk.core.errors import DeskError
from helpdesk.core.operation import Operation, operations_of
from helpdesk.services.answering import Answering
from helpdesk.services.first_responses import FirstResponses

logger = logging.getLogger(__name__)

FIRST_RESPONSES = "first responses"
LONGEST_SECONDS = 240.0
"""No further ticket is begun after this long: the lease of the job must not run out."""
_DUE = operations_of(FirstResponses)["due"]


def send_first_responses(desk: EmbeddedDesk, _now: datetime) -> int:
    """Answer the tickets that are due, one after the other, and return how many were seen to."""
    due = desk.executor.execute(_DUE, {}, system=True).ticket_ids
    return asyncio.run(_answer(desk, due)) if due else 0


async def _answer(desk: EmbeddedDesk, ticket_ids: tuple[int, ...]) -> int:
    async def call(operation: Operation, arguments: dict[str, Any]) -> Any:
        execute = partial(desk.executor.execute, operation, arguments, system=True)
        return await asyncio.to_thread(execute)

    # A look-up that hangs must not keep the program from ending.
    asyncio.get_running_loop().set_default_executor(DetachedThreads())
    answering, seen_to, ends_at = Answering(desk.settings), 0, monotonic() + LONGEST_SECONDS
    try:
        for ticket_id in ticket_ids:
            if monotonic() > ends_at:
                break
            try:
                await answering.first_response(ticket_id, call)
                seen_to += 1
            except DeskError as error:
                # The others are not to wait for one that fails; it is tried again for a while.
                logger.warning("no first response to ticket %d: %s", ticket_id, error.code)
            except Exception:  # whatever it is, it is about this ticket alone
                logger.exception("no first response to ticket %d", ticket_id)
    finally:
        await answering.aclose()
    return seen_to

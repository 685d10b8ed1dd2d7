# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells whoever watches the server whether it can do its work."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from helpdesk.core.errors import Busy, DeskError
from helpdesk.core.operation import operations_of
from helpdesk.server.answers import Answer
from helpdesk.services.desks import Desks

if TYPE_CHECKING:
    from helpdesk.client.embedded import EmbeddedDesk
    from helpdesk.server.threads import Threads

logger = logging.getLogger(__name__)

_INFO = operations_of(Desks)["info"]
_LONGEST_SECONDS = 2.0
_WELL = Answer(200, b'{"status":"ok"}')
_ILL = "The database does not answer."


class Health:
    """Looks whether the database answers, once for all who ask at the same time."""

    def __init__(self, threads: Threads) -> None:
        """Begin without a look."""
        self._threads = threads
        self._look: asyncio.Task[bool] | None = None

    async def answer(self, desk: EmbeddedDesk) -> Answer:
        """Return the answer. Raises ``Busy`` where the database does not answer in time."""
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._answers(desk))
        done, _ = await asyncio.wait([self._look], timeout=_LONGEST_SECONDS)
        if not done or not self._look.result():
            raise Busy(_ILL)
        return _WELL

    async def _answers(self, desk: EmbeddedDesk) -> bool:
        try:
            await self._threads.watch(partial(desk.executor.execute, _INFO, {}))
        except DeskError as error:
            logger.error("the database does not answer: %s", error)  # noqa: TRY400 - expected
            return False
        return True

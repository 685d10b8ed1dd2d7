# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets only so many requests go at once, those that a person waits for before the others."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from helpdesk.assistant.faults import FaultKind, ModelFault

_ALL_TAKEN = "Too many questions to the model are under way; try again in a moment."


class Turns:
    """The turns of one endpoint, on one event loop."""

    def __init__(self, at_once: int) -> None:
        """Let ``at_once`` go together."""
        self._free = max(1, at_once)
        self._waiting: tuple[deque[asyncio.Future[None]], ...] = (deque(), deque())

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(not each.done() for line in self._waiting for each in line)

    @asynccontextmanager
    async def turn(self, *, background: bool, seconds: float) -> AsyncIterator[None]:
        """Take a turn for as long as the context lasts. Raises ``ModelFault`` if none comes."""
        await self._take(background, seconds)
        try:
            yield
        finally:
            self._give_back()

    async def _take(self, background: bool, seconds: float) -> None:
        if self._free and not self.waiting:
            self._free -= 1
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[background].append(mine)
        try:
            async with asyncio.timeout(seconds):
                await mine
        except TimeoutError as error:
            self._leave(mine)
            raise ModelFault(FaultKind.BUSY, _ALL_TAKEN) from error
        except BaseException:
            self._leave(mine)
            raise

    def _leave(self, mine: asyncio.Future[None]) -> None:
        """Go without a turn, or hand on the one that came in the same moment."""
        if mine.done() and not mine.cancelled():
            self._give_back()
        for line in self._waiting:
            if mine in line:
                line.remove(mine)

    def _give_back(self) -> None:
        for line in self._waiting:
            while line:
                first = line.popleft()
                if not first.done():
                    first.set_result(None)
                    return
        self._free += 1

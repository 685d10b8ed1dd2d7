# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads that wait for the database or hash passwords, so that the event loop never does.

Each kind of work has threads of its own: writers that queue for the database leave readers
theirs, and a morning on which everybody signs in at once does not stop the tickets. What may wait
for a directory or a provider never waits on the threads that hash; and since no more may ask one at
once than ``channels.outside`` lets, some of its threads are left to people of the desk itself.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from helpdesk.channels.outside import MOST_ASKING, MOST_WAITING
from helpdesk.core.errors import Busy
from helpdesk.core.operation import Operation, Transaction, operations_of
from helpdesk.services.attachments import Attachments
from helpdesk.services.ratings import Ratings
from helpdesk.services.sessions import Sessions

R = TypeVar("R")

_QUICK = {
    operations_of(Sessions)["sign_out"].full_name,
    operations_of(Ratings)["rate_by_link"].full_name,
    operations_of(Attachments)["finish"].full_name,
}
"""What takes steps to spare the database, and no time."""
_READERS, _WRITERS, _WATCHERS = 8, 4, 2
_WAITERS = MOST_ASKING + MOST_WAITING + 8
_LONGEST_QUEUE, _LONGEST_WAITING = 500, 250
_QUEUE_SENTENCE = "Too many people are signing in at this moment; try again in a few seconds."
_QUEUE_SECONDS = 5


class Threads:
    """The threads of one process of the server."""

    def __init__(self) -> None:
        """Prepare; a thread begins with the first work for it."""
        hashers = max(1, os.cpu_count() or 1)
        self._readers = ThreadPoolExecutor(_READERS, "read")
        self._writers = ThreadPoolExecutor(_WRITERS, "write")
        self._hashers = ThreadPoolExecutor(hashers, "hash")
        self._watchers = ThreadPoolExecutor(_WATCHERS, "watch")
        self._waiters = ThreadPoolExecutor(_WAITERS, "wait")
        self._queued: Counter[ThreadPoolExecutor] = Counter()

    async def run(self, operation: Operation, work: Callable[[], R]) -> R:
        """Run what an operation takes. Raises ``Busy`` when too many wait to be signed in."""
        if operation.declaration.waits:
            return await self._bounded(self._waiters, _WAITERS + _LONGEST_WAITING, work)
        if _hashes(operation):
            return await self._bounded(self._hashers, _LONGEST_QUEUE, work)
        pool = self._writers if operation.writes else self._readers
        return await asyncio.get_running_loop().run_in_executor(pool, work)

    async def watch(self, work: Callable[[], R]) -> R:
        """Run a look at what is new, which nobody waits for."""
        return await asyncio.get_running_loop().run_in_executor(self._watchers, work)

    def stop(self) -> None:
        """Let the threads end; what waits for one is not begun any more."""
        pools = (self._readers, self._writers, self._hashers, self._waiters, self._watchers)
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)

    async def _bounded(self, pool: ThreadPoolExecutor, most: int, work: Callable[[], R]) -> R:
        if self._queued[pool] >= most:
            raise Busy(_QUEUE_SENTENCE, retry_after=_QUEUE_SECONDS)
        self._queued[pool] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work)
        finally:
            self._queued[pool] -= 1


def _hashes(operation: Operation) -> bool:
    """Whether it may hash a password: all that take several steps, except the quick ones."""
    is_stepwise = operation.declaration.transaction is Transaction.STEPWISE
    return is_stepwise and operation.full_name not in _QUICK

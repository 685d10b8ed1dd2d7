# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices that something was committed, by this process or another, once for all who wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from helpdesk.core.errors import DeskError
from helpdesk.core.operation import operations_of
from helpdesk.services.tickets import Tickets

if TYPE_CHECKING:
    from helpdesk.client.embedded import EmbeddedDesk
    from helpdesk.core.schemas.tickets import Changes
    from helpdesk.server.threads import Threads

logger = logging.getLogger(__name__)

R = TypeVar("R")

CHANGES = operations_of(Tickets)["changes"]

_SHORTEST_SECONDS = 0.2
"""Between two looks, so that many commits in a row are told of together."""
_LONGEST_SECONDS = 5.0
"""Between two looks when nobody tells of a commit: a message of the database may be lost."""


class Watch:
    """Looks for the newest change of a desk whenever there may be one, and tells of it."""

    def __init__(self, desk: EmbeddedDesk, threads: Threads, tell: Callable[[], None]) -> None:
        """Begin to watch; ``tell`` is called on the event loop when ``newest`` has changed."""
        self.desk = desk
        self.newest = ""
        self._threads = threads
        self._tell = tell
        self._asking = 0
        self._quiet = asyncio.Event()
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run())
        self._task.add_done_callback(_log_fault)

    async def changes(self, after: str, token: str | None) -> Changes:
        """Return what has changed for whoever the token is of. Raises ``DeskError``."""
        ask = partial(self.desk.executor.execute, CHANGES, {"after": after}, token=token)
        self._asking += 1
        self._quiet.clear()
        try:
            found: Changes = await self._threads.watch(ask)
        finally:
            self._asking -= 1
            if not self._asking:
                self._quiet.set()
        return found

    async def stop(self) -> None:
        """Stop watching."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        unsubscribe = self.desk.executor.subscribe(lambda _change: self._wake())
        try:
            stop_listening = await self._begin_listening()
            try:
                await self._look_forever()
            finally:
                await self._threads.watch(stop_listening)
        finally:
            unsubscribe()

    async def _begin_listening(self) -> Callable[[], None]:
        listen = partial(self.desk.database.listen, self._wake)
        listening = asyncio.ensure_future(self._threads.watch(listen))
        try:
            return await asyncio.shield(listening)
        except asyncio.CancelledError:
            # A thread goes on whoever has given up waiting for it: what it begins has to be ended.
            await self._threads.watch(await listening)
            raise

    def _wake(self) -> None:
        """Look soon; called on any thread."""
        # The loop may have ended while a last commit was on its way here.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._woken.set)

    async def _look_forever(self) -> None:
        while True:
            self._woken.clear()
            await self._look()
            await self._rest()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST_SECONDS):
                    await self._woken.wait()

    async def _look(self) -> None:
        ask = partial(self.desk.executor.execute, CHANGES, {"after": ""}, system=True)
        try:
            newest = (await self._threads.watch(ask)).cursor
        except DeskError as error:
            logger.warning("could not look for changes: %s", error.code)
            return
        if newest != self.newest:
            self.newest = newest
            self._tell()

    async def _rest(self) -> None:
        """Wait until everybody told has asked, and then as long again: they are many at times."""
        started = self._loop.time()
        await asyncio.sleep(_SHORTEST_SECONDS)
        if self._asking:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST_SECONDS):
                    await self._quiet.wait()
            await asyncio.sleep(self._loop.time() - started)


def _log_fault(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        # The streams still ask by themselves every few seconds.
        logger.error("the watch for changes ended", exc_info=task.exception())

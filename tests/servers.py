# SPDX-License-Identifier: GPL-3.0-or-later
"""A real server over loopback, for every test that calls the desk over HTTP.

Making the application takes longer than most tests: ``serving`` makes one for the whole run and
swaps the desk behind it; ``running`` runs one of a test's own.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from fastapi import FastAPI

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.paths import DataFolder
from helpdesk.core.settings import Settings
from helpdesk.server.app import make_app, set_desk
from helpdesk.server.running import Server, listening_socket, server_for
from helpdesk.server.streams import Streams

_LONGEST_SECONDS = 30


def wait_until(condition: Callable[[], bool], seconds: float = _LONGEST_SECONDS) -> None:
    """Return as soon as something holds that another thread brings about."""
    until = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < until, "it did not come about"
        pause.wait(0.005)


class Running:
    """A server on a thread of its own."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        """Start it and wait until it listens."""
        self.app = app
        self._settings = settings
        self._listener = listening_socket("127.0.0.1", 0, settings.server)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.server: Server = server_for(app, settings.server)
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)
        self._thread.start()
        assert self._begun.wait(_LONGEST_SECONDS)

    def stop(self) -> None:
        """Stop it, streams and all."""
        self.server.should_exit = True
        self._thread.join(_LONGEST_SECONDS)
        assert not self._thread.is_alive()

    def end_streams(self) -> None:
        """End the streams that are open, and take new ones again."""
        state = self.app.state
        before = state.streams
        state.streams = Streams(state.threads, self._settings.server.streams_at_once)
        self.loop.call_soon_threadsafe(before.stop)
        wait_until(lambda: len(before) == 0)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._begun.set()
        await self.server.serve(sockets=[self._listener])


@contextmanager
def serving(desk: EmbeddedDesk) -> Iterator[str]:
    """Yield the URL of a server of ``desk``."""
    running = _shared()
    set_desk(running.app, desk)
    try:
        yield running.url
    finally:
        running.end_streams()
        set_desk(running.app, None)


@contextmanager
def running(desk: EmbeddedDesk, settings: Settings) -> Iterator[Running]:
    """Yield a server of ``desk`` that nobody else uses, with settings of its own."""
    found = Running(make_app(desk, settings), settings)
    try:
        yield found
    finally:
        found.stop()


@cache
def _shared() -> Running:
    settings = settings_module.load(DataFolder.locate())
    return Running(make_app(None, settings), settings)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps several processes of one server running, until it is told to stop."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from helpdesk.core.clock import monotonic
from helpdesk.server.metrics import forget_process

if TYPE_CHECKING:
    from helpdesk.server.running import Server

logger = logging.getLogger(__name__)

_LOOK_SECONDS, _STARTING_SECONDS = 0.5, 0.02
_SOON_SECONDS = 10.0
"""A process that ends within so long after its start would do so again at once."""
_LONGEST_PAUSE_SECONDS = 30.0
_GRACE_SECONDS = 5.0

Start = Callable[[int], BaseProcess]


class Workers:
    """The processes of one server; one that ends is replaced."""

    def __init__(self, count: int, start: Start, stop_seconds: float) -> None:
        """Prepare; ``start`` starts the process of a number from 1 to ``count``."""
        self._places = [_Place(number, start) for number in range(1, count + 1)]
        self._stop_seconds = stop_seconds
        self._told = False

    def run(self, ready: Callable[[], bool], on_started: Callable[[], None]) -> None:
        """Keep them running until this process is told to stop, and then stop them.

        ``ready`` tells whether all of them answer, and ``on_started`` is called when they do.
        """
        with self._signals():
            started = False
            while not self._told:
                for place in self._places:
                    place.fill()
                if not started and ready():
                    started = True
                    on_started()
                self._wait(_LOOK_SECONDS if started else _STARTING_SECONDS)
            self._stop()

    def _wait(self, seconds: float) -> None:
        """Wait until a process ends, but not for long."""
        wait([each for place in self._places for each in place.sentinels()], seconds)

    def _stop(self) -> None:
        processes = [place.process for place in self._places if place.process is not None]
        for process in processes:
            process.terminate()
        until = monotonic() + self._stop_seconds + _GRACE_SECONDS
        for process in processes:
            process.join(max(0.0, until - monotonic()))
            if process.is_alive():
                logger.error("process %s did not end in time", process.pid)
                process.kill()
                process.join()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def on_signal(_number: int, _frame: object) -> None:
            self._told = True

        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, on_signal) for number in numbers}
        try:
            yield
        finally:
            for number, earlier in before.items():
                signal.signal(number, earlier)


class _Place:
    """Where one process runs, and after it the next one."""

    def __init__(self, number: int, start: Start) -> None:
        self.process: BaseProcess | None = None
        self._number = number
        self._start = start
        self._started_at = 0.0
        self._pause = 0.0

    def sentinels(self) -> list[int]:
        return [self.process.sentinel] if self.process is not None else []

    def fill(self) -> None:
        """Start a process where there is none, after a while where the last one ended soon."""
        self._clear()
        if self.process is None and monotonic() >= self._started_at + self._pause:
            self.process, self._started_at = self._start(self._number), monotonic()

    def _clear(self) -> None:
        if self.process is None or self.process.is_alive():
            return
        logger.error("process %s ended with %s", self.process.pid, self.process.exitcode)
        forget_process(self.process.pid or 0)
        self.process.close()
        self.process = None
        soon = monotonic() - self._started_at < _SOON_SECONDS
        self._pause = min(max(1.0, self._pause * 2), _LONGEST_PAUSE_SECONDS) if soon else 0.0


def stop_with_parent(server: Server) -> None:
    """Stop a server when the process that started this one is gone, however it ended."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        wait([sentinel])
        server.should_exit = True

    threading.Thread(target=watch, name="parent", daemon=True).start()

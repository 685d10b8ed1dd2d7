# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads that tell when somebody may have changed a desk."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from random import uniform

from helpdesk.core.errors import DeskError

logger = logging.getLogger(__name__)

_STOPS_WITHIN_SECONDS = 5.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 15.0


class Watcher(ABC):
    """Looks at a database on a thread of its own and calls back, until it is stopped.

    It calls when it begins to see, and again whenever the database is back after it could not
    be reached: nobody knows what has been missed.
    """

    def __init__(self, callback: Callable[[], None]) -> None:
        """Keep what to call; ``start`` begins."""
        self._callback = callback
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="desk watcher", daemon=True)

    @abstractmethod
    def looks(self) -> Generator[bool]:
        """Connect, then yield again and again whether somebody may have committed.

        The first is ``True``. Raises a ``DeskError`` when the database cannot be reached, and
        ends when a new connection is wanted.
        """

    @property
    def is_stopped(self) -> bool:
        """Whether somebody has asked it to end."""
        return self._stopped.is_set()

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End it once it has begun, and wait for the thread unless this is that thread."""
        self._stopped.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(_STOPS_WITHIN_SECONDS)

    def wait(self, seconds: float) -> None:
        """Wait, or until it is stopped."""
        self._stopped.wait(seconds)

    def _watch(self) -> None:
        failures = 0
        while not self.is_stopped:
            try:
                with closing(self.looks()) as looks:
                    for is_changed in looks:
                        failures = 0
                        if self.is_stopped:
                            return
                        if is_changed:
                            self._tell()
            except DeskError as error:
                failures += 1
                if failures == 1:
                    logger.info("changes of other programs are not seen for a while: %s", error)
                self.wait(_pause_seconds(failures))

    def _tell(self) -> None:
        try:
            self._callback()
        except Exception:  # what a listener makes of it must not end the listening
            logger.exception("a listener failed to hear of a change")


class Watchers:
    """The watchers of one database."""

    def __init__(self) -> None:
        """Begin without any."""
        self._watchers: list[Watcher] = []
        self._lock = threading.Lock()

    def begin(self, watcher: Watcher) -> Callable[[], None]:
        """Start a watcher and return the function that stops it."""
        with self._lock:
            watcher.start()
            self._watchers.append(watcher)

        def stop() -> None:
            watcher.stop()
            with self._lock, suppress(ValueError):
                self._watchers.remove(watcher)

        return stop

    def stop(self) -> None:
        """Stop all of them."""
        with self._lock:
            watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            watcher.stop()


def _pause_seconds(failures: int) -> float:
    """Return how long to wait; by chance, so that not everybody comes back at once."""
    longest = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(failures, 10))
    return uniform(_FIRST_PAUSE_SECONDS / 2, longest)  # noqa: S311 - no secret

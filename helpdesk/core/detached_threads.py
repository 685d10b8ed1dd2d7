# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads for what an event loop waits for and nothing can interrupt, such as asking a resolver.

The loop's own executor is waited for when the loop ends and again when the program does, and its
few threads are full once a few look-ups hang. Here each call has a thread of its own, so that no
call waits for another one, and nobody has to wait for a call that does not come back.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from helpdesk.core.clock import monotonic

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_NAME = "detached"


class DetachedThreads(ThreadPoolExecutor):
    """The default executor of an event loop that ends at once, whatever still runs.

    A ``ThreadPoolExecutor`` because a loop takes no other; its own threads are never begun.
    """

    def __init__(self) -> None:
        """Begin without threads."""
        super().__init__(max_workers=1, thread_name_prefix=_NAME)
        self._running: set[threading.Thread] = set()
        self._is_over = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call a function on a thread of its own. Raises ``RuntimeError`` after ``shutdown``."""
        if self._is_over:
            raise RuntimeError("nothing is begun any more: the loop of these threads has ended")
        future: Future[T] = Future()

        def work() -> None:
            try:
                self._work(future, lambda: fn(*args, **kwargs))
            finally:
                self._running.discard(threading.current_thread())

        thread = threading.Thread(target=work, name=_NAME, daemon=True)
        self._running.add(thread)
        thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Begin nothing more. What runs is left to itself even with ``wait``; see ``join``."""
        self._is_over = True
        super().shutdown(wait=False)

    def join(self, seconds: float) -> bool:
        """Wait so long for what runs, and return whether all of it has come to its end."""
        ends_at = monotonic() + seconds
        for thread in tuple(self._running):
            thread.join(max(ends_at - monotonic(), 0.0))
        return not any(thread.is_alive() for thread in tuple(self._running))

    def _work(self, future: Future[T], function: Callable[[], T]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001 - whoever waits for it is told
            if self._is_over:
                # Nobody waits any more; such as for a desk that was closed under it.
                logger.info("what was given up has failed: %s", type(error).__name__)
            future.set_exception(error)
        else:
            future.set_result(result)

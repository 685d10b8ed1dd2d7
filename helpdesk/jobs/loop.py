# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the jobs of an open desk in a thread beside the window or the server."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.clock import Clock, system_clock
from helpdesk.core.errors import DeskError
from helpdesk.jobs.runner import JobRunner
from helpdesk.jobs.schedule import RecurringJob

logger = logging.getLogger(__name__)

_LONGEST_LOOK = timedelta(minutes=1)
"""The clock may be set, and others may plan jobs: a look costs one short read."""

_SHORTEST_LOOK = timedelta(seconds=1)
_SECONDS_TO_STOP = 1.0


class JobLoop:
    """A thread that wakes for the next due job.

    ``start`` it once the desk is open and ``stop`` it before the desk is closed.
    """

    def __init__(
        self,
        desk: EmbeddedDesk,
        clock: Clock = system_clock,
        *,
        jobs: Sequence[RecurringJob] | None = None,
    ) -> None:
        """Bind to a desk; nothing runs yet."""
        self._runner = JobRunner(desk, clock=clock, jobs=jobs)
        self._clock = clock
        self._woken = threading.Event()
        self._is_stopping = False
        self._fault: str | None = None
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin; a desk for reading has nothing to do and ends at once."""
        self._thread.start()

    def wake(self) -> None:
        """Look for due jobs now, such as after the clock was set."""
        self._woken.set()

    def stop(self, seconds: float = _SECONDS_TO_STOP) -> None:
        """End within a second, or as told: a job under way is not waited for any longer.

        May be called twice, and before ``start``.
        """
        self._is_stopping = True
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def _work(self) -> None:
        while not self._is_stopping:
            self._woken.clear()
            wait = self._look()
            if wait is None:
                return
            if not self._is_stopping:
                self._woken.wait(wait.total_seconds())

    def _look(self) -> timedelta | None:
        """Run what is due and return how long to sleep, or ``None`` when there are no jobs."""
        try:
            for outcome in self._runner.run_due(lambda: self._is_stopping):
                logger.info("job %s: %s", outcome.name, outcome.text)
            next_at = self._runner.next_due()
        except DeskError as error:
            self._tell_once(error)
            return _LONGEST_LOOK
        except Exception:  # the desk goes on without its jobs, and they are tried again
            logger.exception("the jobs cannot be run")
            return _LONGEST_LOOK
        self._fault = None
        if next_at is None:
            return None
        return min(max(next_at - self._clock(), _SHORTEST_LOOK), _LONGEST_LOOK)

    def _tell_once(self, error: DeskError) -> None:
        """Log what keeps the jobs from running, though not every minute anew."""
        if error.code != self._fault:
            logger.warning("the jobs cannot be run for now: %s", error.code)
        self._fault = error.code

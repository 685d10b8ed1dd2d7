# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the jobs that are due, each once, however many processes look for them."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.clock import Clock, system_clock
from helpdesk.core.errors import DeskError
from helpdesk.jobs.schedule import RecurringJob, jobs_of
from helpdesk.repositories.jobs import JobRepository, JobState

logger = logging.getLogger(__name__)

_FIRST_WAIT = timedelta(minutes=1)
_MOST_DOUBLINGS = 10
_OVERTAKEN = "the job %s took longer than its lease and was taken over by another process"


class Outcome(NamedTuple):
    """What came of one run of a job: how it went, in words, and whether well."""

    name: str
    text: str
    is_failure: bool = False


class JobRunner:
    """Claims due jobs one by one and runs each outside of the transaction of its claim.

    A claim is a lease: whoever is killed in the middle of a job keeps it until the lease runs
    out, and then it is run once more. So a job must do no harm when it is done twice. When the
    clock was set back, what was planned by the clock of before is planned anew.
    """

    def __init__(
        self,
        desk: EmbeddedDesk,
        *,
        clock: Clock = system_clock,
        jobs: Sequence[RecurringJob] | None = None,
        dice: Callable[[], float] = random.random,
    ) -> None:
        """Bind to a desk; ``dice`` gives numbers from 0 to 1, so that retries do not meet."""
        self._desk = desk
        self._database = desk.database
        self._clock = clock
        self._jobs = {job.name: job for job in (jobs_of(desk) if jobs is None else jobs)}
        self._dice = dice
        self._idle_until: dict[str, datetime] = {}
        """When to look again whether a job has work that had none."""

    def run_due(self, is_stopping: Callable[[], bool] = lambda: False) -> Iterator[Outcome]:
        """Run what is due, each job at most once, and yield how it went.

        Raises ``Busy`` and the other faults of the database when no job can be claimed.
        """
        waiting = set(self._jobs)
        while waiting and not is_stopping():
            claimed = self._claimed(waiting)
            if claimed is None:
                return
            waiting.discard(claimed.name)
            yield self._run(claimed)

    def next_due(self) -> datetime | None:
        """Return when to look again, or ``None`` when there are no jobs."""
        if not self._jobs:
            return None
        with self._database.reading() as session:
            states = JobRepository(session).states()
        now = self._clock()
        return min(self._ready_at(job, states.get(job.name), now) for job in self._jobs.values())

    def _ready_at(self, job: RecurringJob, state: JobState | None, now: datetime) -> datetime:
        planned = self._planned_at(job, state, now)
        idle_until = self._idle_until.get(job.name, now)
        # Longer than that it is idle only by a clock that was set back since.
        return max(planned, idle_until) if now < idle_until <= now + job.every else planned

    @staticmethod
    def _planned_at(job: RecurringJob, state: JobState | None, now: datetime) -> datetime:
        if state is None or state.next_at > now + job.longest_wait:
            return now
        if state.leased_until is None:
            return state.next_at
        return max(state.next_at, min(state.leased_until, now + job.lease))

    def _claimed(self, names: set[str]) -> JobState | None:
        """Return a due job that is ours for the length of its lease, or ``None``."""
        # Looking first keeps who finds nothing to do from waiting in the line of writers.
        with self._database.reading() as session:
            states = JobRepository(session).states()
        now = self._clock()
        jobs = [
            job
            for job in self._jobs.values()
            if job.name in names and self._needs_us(job, states.get(job.name), now)
        ]
        jobs = [job for job in jobs if self._has_work(job, now)]
        if not jobs:
            return None
        with self._database.writing() as session:
            repository = JobRepository(session)
            now = self._clock()
            self._put_right(repository, jobs, now)
            leases = {job.name: now + job.lease for job in jobs}
            return repository.claim(leases, now)

    def _needs_us(self, job: RecurringJob, state: JobState | None, now: datetime) -> bool:
        leased_until = state.leased_until if state else None
        lease_is_odd = leased_until is not None and leased_until > now + job.lease
        return lease_is_odd or self._ready_at(job, state, now) <= now

    def _has_work(self, job: RecurringJob, now: datetime) -> bool:
        """Look whether a job that is due has anything to do; else not again for a while."""
        if job.has_work is None or job.has_work(self._desk, now):
            return True
        self._idle_until[job.name] = now + job.every
        return False

    @staticmethod
    def _put_right(repository: JobRepository, jobs: Sequence[RecurringJob], now: datetime) -> None:
        """Plan jobs that are new, and those that a clock ahead of ours has planned."""
        states = repository.states()
        for job in jobs:
            state = states.get(job.name)
            if state is None:
                repository.plan(job.name, now)
            elif state.next_at > now + job.longest_wait:
                repository.plan_anew(job.name, now)
            if state and state.leased_until and state.leased_until > now + job.lease:
                # Its owner may be at work still; it gets as long as if it began now.
                repository.shorten_lease(job.name, now + job.lease)

    def _run(self, claimed: JobState) -> Outcome:
        job = self._jobs[claimed.name]
        began_at = self._clock()
        try:
            text = job.did.format(count=job.task(self._desk, began_at))
        except DeskError as error:
            logger.warning("the job %s failed: %s", job.name, error.code)
            return self._failed(job, claimed, str(error))
        except Exception as error:  # one job's bug must not keep the others from running
            logger.exception("the job %s failed", job.name)
            # Only its kind is kept: what it says may hold what people wrote.
            return self._failed(job, claimed, f"A bug in the program ({type(error).__name__}).")
        with self._database.writing() as session:
            ended = JobRepository(session).succeed(claimed, began_at, job.next_after(self._clock()))
        if not ended:
            logger.warning(_OVERTAKEN, job.name)
        return Outcome(job.name, text)

    def _failed(self, job: RecurringJob, claimed: JobState, sentence: str) -> Outcome:
        next_at = self._clock() + self._wait(job, claimed.attempts)
        with self._database.writing() as session:
            ended = JobRepository(session).fail(claimed, sentence, next_at)
        if not ended:
            logger.warning(_OVERTAKEN, job.name)
        return Outcome(job.name, sentence, is_failure=True)

    def _wait(self, job: RecurringJob, attempts: int) -> timedelta:
        """Return how long to wait after so many attempts: twice as long each time, give or take."""
        doubled: timedelta = _FIRST_WAIT * 2 ** min(attempts - 1, _MOST_DOUBLINGS)
        return min(doubled, job.every) * (0.5 + self._dice() / 2)

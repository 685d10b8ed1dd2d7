# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that count how often they run, over a desk on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.jobs.runner import JobRunner
from helpdesk.jobs.schedule import RecurringJob
from helpdesk.repositories.jobs import JobRepository, JobState
from tests.conftest import SettableClock

HOUR = timedelta(hours=1)


class Counted:
    """A job that notes when it ran, and fails as long as there is something to raise."""

    def __init__(self, name: str, every: timedelta = HOUR) -> None:
        self.ran: list[datetime] = []
        self.raises: BaseException | None = None
        self.during: Callable[[], object] = lambda: None
        self.job = RecurringJob(name, every, self._run, "did {count:,} things")

    def _run(self, _desk: EmbeddedDesk, now: datetime) -> int:
        self.ran.append(now)
        self.during()
        if self.raises is not None:
            raise self.raises
        return len(self.ran)


@pytest.fixture
def counted() -> Counted:
    return Counted("counted")


@pytest.fixture
def runner(embedded: EmbeddedDesk, clock: SettableClock, counted: Counted) -> JobRunner:
    return JobRunner(embedded, clock=clock, jobs=[counted.job], dice=lambda: 1.0)


@pytest.fixture
def state(embedded: EmbeddedDesk) -> Callable[[], JobState]:
    def read() -> JobState:
        with embedded.database.reading() as session:
            return JobRepository(session).states()["counted"]

    return read

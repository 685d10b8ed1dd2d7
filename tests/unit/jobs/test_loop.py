# SPDX-License-Identifier: GPL-3.0-or-later
"""The thread that runs jobs beside a window or a server: it wakes, goes on and ends in time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.clock import monotonic
from helpdesk.core.errors import Busy
from helpdesk.jobs.loop import JobLoop
from tests.unit.jobs.conftest import Counted

PATIENCE = 10.0


class Awaited(Counted):
    """A job whose runs a test can wait for."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.begun = threading.Semaphore(0)
        self.during = self.begun.release

    def wait(self) -> None:
        assert self.begun.acquire(timeout=PATIENCE)

    def wait_while(self, go_on: Callable[[], None]) -> None:
        """Wait for a run that only comes when time goes on; the one before may not have ended."""
        for _ in range(200):
            go_on()
            if self.begun.acquire(timeout=PATIENCE / 200):
                return
        raise AssertionError("it did not run again")


@pytest.fixture
def awaited() -> Awaited:
    return Awaited("awaited")


@pytest.fixture
def loop(embedded: EmbeddedDesk, clock, awaited: Awaited) -> Iterator[JobLoop]:
    made = JobLoop(embedded, clock, jobs=[awaited.job])
    yield made
    made.stop()


def is_alive() -> bool:
    return any(thread.name == "jobs" for thread in threading.enumerate())


def test_it_runs_what_is_due_and_again_when_the_clock_has_moved(loop, awaited, clock):
    def an_hour_later() -> None:
        clock.forward(hours=1)
        loop.wake()

    loop.start()
    awaited.wait()
    awaited.wait_while(an_hour_later)
    loop.stop()
    assert awaited.ran[1] - awaited.ran[0] >= timedelta(hours=1)


def test_it_ends_at_once_while_it_waits(loop, awaited):
    loop.start()
    awaited.wait()
    before = monotonic()
    loop.stop()
    loop._thread.join(PATIENCE)  # noqa: SLF001 -- on a busy machine it ends a little later
    assert not is_alive()
    # Its next look would be a minute away.
    assert monotonic() - before < PATIENCE
    loop.stop()


def test_it_does_not_wait_for_a_long_job(loop, awaited):
    goes_on = threading.Event()

    def work() -> None:
        awaited.begun.release()
        goes_on.wait(6 * PATIENCE)

    awaited.during = work
    loop.start()
    awaited.wait()
    before = monotonic()
    loop.stop()
    assert monotonic() - before < PATIENCE
    assert is_alive()
    goes_on.set()
    loop._thread.join(PATIENCE)  # noqa: SLF001
    assert not is_alive()


def test_it_may_be_stopped_before_it_was_started(loop: JobLoop):
    loop.stop()
    assert not is_alive()


def test_a_desk_for_reading_needs_no_thread(folder, settings):
    desk = EmbeddedDesk.open(folder, settings, read_only=True)
    loop = JobLoop(desk)
    loop.start()
    loop._thread.join(PATIENCE)  # noqa: SLF001
    assert not is_alive()
    desk.close()


def test_a_failing_job_does_not_end_it(loop, awaited, clock):
    awaited.raises = Busy("Busy.")
    loop.start()
    awaited.wait()

    def an_hour_later() -> None:
        clock.forward(hours=1)
        loop.wake()

    awaited.wait_while(an_hour_later)


@pytest.mark.parametrize("fault", [Busy("Busy."), ValueError("a bug")])
def test_a_desk_that_cannot_be_used_for_a_while_does_not_end_it(
    loop, awaited, clock, monkeypatch, caplog, fault
):
    looked = threading.Semaphore(0)

    def claimed(_names: object) -> None:
        looked.release()
        raise fault

    with caplog.at_level(logging.WARNING, logger="helpdesk.jobs.loop"), monkeypatch.context() as m:
        m.setattr(loop._runner, "_claimed", claimed)  # noqa: SLF001
        loop.start()
        for _ in range(2):
            assert looked.acquire(timeout=PATIENCE)
            loop.wake()
        assert looked.acquire(timeout=PATIENCE)
    expected = 1 if isinstance(fault, Busy) else 2
    assert len(caplog.records) >= expected
    if isinstance(fault, Busy):
        assert [record.getMessage() for record in caplog.records] == [
            "the jobs cannot be run for now: busy"
        ]
    loop.wake()
    awaited.wait()

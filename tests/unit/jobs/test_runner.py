# SPDX-License-Identifier: GPL-3.0-or-later
"""Claiming and running jobs: once when due, again after a failure, and by whichever clock."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from helpdesk.core.errors import Busy
from helpdesk.jobs.runner import JobRunner, Outcome
from helpdesk.jobs.schedule import LEASE
from tests.contract.desks import dump
from tests.unit.jobs.conftest import HOUR, Counted


def test_a_new_job_runs_at_once_and_then_when_it_is_due(runner: JobRunner, counted, clock, state):
    assert list(runner.run_due()) == [Outcome("counted", "did 1 things")]
    assert list(runner.run_due()) == []
    assert runner.next_due() == clock() + HOUR
    assert state()[1:] == (clock() + HOUR, None, 0, None, clock())
    clock.forward(minutes=59)
    assert list(runner.run_due()) == []
    clock.forward(minutes=1)
    assert list(runner.run_due()) == [Outcome("counted", "did 2 things")]


def test_each_job_runs_at_most_once_a_round(embedded, clock):
    eager = Counted("eager", timedelta(0))
    runner = JobRunner(embedded, clock=clock, jobs=[eager.job])
    assert len(list(runner.run_due())) == 1


def test_who_waits_longest_comes_first(embedded, clock):
    slow, quick = Counted("a", 3 * HOUR), Counted("b", HOUR)
    runner = JobRunner(embedded, clock=clock, jobs=[slow.job, quick.job])
    assert [each.name for each in runner.run_due()] == ["a", "b"]
    clock.forward(hours=5)
    assert [each.name for each in runner.run_due()] == ["b", "a"]


def test_a_stop_is_heard_between_two_jobs(embedded, clock):
    first, second = Counted("a"), Counted("b")
    runner = JobRunner(embedded, clock=clock, jobs=[first.job, second.job])
    assert len(list(runner.run_due(lambda: bool(first.ran)))) == 1
    assert len(list(runner.run_due())) == 1


def test_a_job_runs_outside_of_the_transaction_of_its_claim(runner: JobRunner, embedded, counted):
    def write() -> None:
        with embedded.database.writing() as session:
            session.connection().exec_driver_sql("INSERT INTO desk_fact VALUES ('by', 'job')")

    counted.during = write
    assert not next(runner.run_due()).is_failure


def test_a_failure_is_kept_and_tried_again_later_and_later(runner, counted, clock, state):
    counted.raises = Busy("The desk is busy; try again.")
    waits = []
    for _ in range(8):
        (outcome,) = runner.run_due()
        assert outcome == Outcome("counted", "The desk is busy; try again.", is_failure=True)
        assert state().last_error == "The desk is busy; try again."
        assert state().last_ran_at is None
        waits.append(state().next_at - clock())
        clock.now = state().next_at
    minutes = [wait / timedelta(minutes=1) for wait in waits]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60]
    counted.raises = None
    assert not next(runner.run_due()).is_failure
    assert (state().attempts, state().last_error) == (0, None)


def test_retries_do_not_meet(embedded, clock, counted):
    counted.raises = Busy("Busy.")
    throws = [0.0, 0.5, 1.0]
    runner = JobRunner(embedded, clock=clock, jobs=[counted.job], dice=iter(throws).__next__)
    waits: list[float] = []
    for attempt in range(len(throws)):
        list(runner.run_due())
        next_at = runner.next_due()
        assert next_at is not None
        waits.append((next_at - clock()) / timedelta(minutes=2**attempt))
        clock.now = next_at
    assert waits == [0.5, 0.75, 1.0]


def test_of_a_bug_only_its_kind_is_kept(runner: JobRunner, counted, state, caplog):
    counted.raises = ValueError("password: swordfish")
    with caplog.at_level(logging.CRITICAL):
        (outcome,) = runner.run_due()
    assert outcome.text == state().last_error == "A bug in the program (ValueError)."


def test_one_that_fails_does_not_stop_the_others(embedded, clock):
    bad, good = Counted("a"), Counted("b")
    bad.raises = Busy("Busy.")
    runner = JobRunner(embedded, clock=clock, jobs=[bad.job, good.job])
    assert [outcome.is_failure for outcome in runner.run_due()] == [True, False]


# --- leases ---


def interrupted(runner: JobRunner, counted: Counted) -> None:
    """Leave a job in the middle, as a process does that is killed."""
    counted.raises = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        list(runner.run_due())
    counted.raises = None


def test_a_job_left_in_the_middle_is_taken_over_when_its_lease_ends(
    runner: JobRunner, embedded, counted, clock, state
):
    interrupted(runner, counted)
    other = JobRunner(embedded, clock=clock, jobs=[counted.job])
    assert list(other.run_due()) == []
    assert other.next_due() == clock() + LEASE
    clock.now = clock() + LEASE - timedelta(seconds=1)
    assert list(other.run_due()) == []
    clock.forward(seconds=1)
    assert len(list(other.run_due())) == 1
    assert list(other.run_due()) == list(runner.run_due()) == []
    assert state().attempts == 0


def test_whoever_was_overtaken_leaves_the_plan_alone(
    runner: JobRunner, embedded, counted, clock, state, caplog
):
    """The first runs longer than its lease; the second has ended by then."""
    second = Counted("counted")
    other = JobRunner(embedded, clock=clock, jobs=[second.job])

    def take_over() -> None:
        clock.forward(minutes=11)
        assert len(list(other.run_due())) == 1
        clock.forward(minutes=5)

    counted.during = take_over
    with caplog.at_level(logging.WARNING, logger="helpdesk.jobs.runner"):
        list(runner.run_due())
    assert "taken over" in caplog.text
    assert state().last_ran_at == second.ran[0]
    assert state().next_at == second.ran[0] + HOUR


def test_whoever_was_overtaken_leaves_a_later_lease_alone(
    runner: JobRunner, embedded, counted, clock, state, caplog
):
    """Two more runs began since, and the last of them is under way: as many attempts as ours."""
    second = Counted("counted")
    other = JobRunner(embedded, clock=clock, jobs=[second.job])

    def take_over() -> None:
        clock.forward(minutes=11)
        assert len(list(other.run_due())) == 1
        clock.forward(hours=2)
        interrupted(other, second)

    counted.during = take_over
    with caplog.at_level(logging.WARNING, logger="helpdesk.jobs.runner"):
        list(runner.run_due())
    assert state().attempts == 1
    assert state().leased_until == second.ran[1] + LEASE


# --- clocks ---


def test_a_clock_set_forward_runs_a_job_once(runner: JobRunner, counted, clock):
    list(runner.run_due())
    clock.forward(days=400)
    assert len(list(runner.run_due())) == 1
    assert list(runner.run_due()) == []


def test_a_clock_set_back_does_not_put_a_job_off_for_ever(runner, counted, clock):
    clock.forward(days=400)
    list(runner.run_due())
    clock.forward(days=-400)
    assert runner.next_due() == clock()
    assert len(list(runner.run_due())) == 1
    assert list(runner.run_due()) == []
    assert runner.next_due() == clock() + HOUR


def test_a_lease_by_a_clock_that_was_set_back_ends_in_time(runner, embedded, counted, clock, state):
    clock.forward(days=400)
    interrupted(runner, counted)
    clock.forward(days=-400)
    other = JobRunner(embedded, clock=clock, jobs=[counted.job])
    assert list(other.run_due()) == []
    assert state().leased_until == clock() + LEASE
    clock.now = clock() + LEASE
    assert len(list(other.run_due())) == 1


def test_a_clock_set_back_in_the_middle_of_a_job_is_no_matter(runner, counted, clock, state):
    counted.during = lambda: clock.forward(days=-1)
    assert not next(runner.run_due()).is_failure
    counted.during = lambda: None
    assert state().attempts == 0
    assert state().next_at == clock() + HOUR


def test_a_job_that_looks_for_work_writes_nothing_where_there_is_none(embedded, clock):
    counted, found = Counted("a", timedelta(seconds=10)), [False]
    job = replace(counted.job, has_work=lambda _desk, _now: found[0])
    runner = JobRunner(embedded, clock=clock, jobs=[job])
    before = dump(embedded.database)
    assert list(runner.run_due()) == []
    assert dump(embedded.database) == before
    # It is not looked at without end, nor long after there is something to do.
    assert runner.next_due() == clock() + timedelta(seconds=10)
    found[0] = True
    assert list(runner.run_due()) == []
    clock.forward(seconds=10)
    assert [each.name for each in runner.run_due()] == ["a"]
    # A clock that is set back keeps nobody from looking.
    found[0] = False
    clock.forward(seconds=10)
    assert list(runner.run_due()) == []
    found[0] = True
    clock.forward(days=-1)
    assert [each.name for each in runner.run_due()] == ["a"]

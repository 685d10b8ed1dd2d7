# SPDX-License-Identifier: GPL-3.0-or-later
"""When recurring jobs run again."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.jobs.schedule import RecurringJob, jobs_of

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def job(every: timedelta, at: time | None = None) -> RecurringJob:
    return RecurringJob("a", every, lambda _desk, _now: 0, "did {count}", at=at)


def test_a_job_runs_again_after_its_time():
    assert job(timedelta(hours=1)).next_after(NOON) == NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("hour", "expected"),
    [
        (1, datetime(2026, 11, 24, 2, tzinfo=UTC)),
        (2, datetime(2026, 11, 24, 2, tzinfo=UTC)),
        (13, datetime(2026, 11, 24, 2, tzinfo=UTC)),
        (14, datetime(2026, 11, 25, 2, tzinfo=UTC)),
        (23, datetime(2026, 11, 25, 2, tzinfo=UTC)),
    ],
)
def test_a_nightly_job_runs_at_night_and_not_twice_in_a_few_hours(hour, expected):
    nightly = job(timedelta(days=1), at=time(2))
    now = NOON.replace(hour=hour)
    assert nightly.next_after(now) == expected
    assert nightly.next_after(now) - now < nightly.longest_wait


def test_a_desk_in_a_file_is_tidied(embedded: EmbeddedDesk):
    names = [each.name for each in jobs_of(embedded)]
    everywhere = {
        "digests", "holidays", "notifications", "rule log", "rules", "sla",
        "sessions", "idempotency", "changes", "sign-ins", "searches", "assistant",
        "first responses", "reviews", "triage", "outbox", "reports", "figures",
        "resets", "snoozes", "recurring tickets", "trash", "sign-in steps", "directory",
        "audit log", "attachments",
    }  # fmt: skip
    assert set(names) == everywhere | {"sqlite"}
    assert len(set(names)) == len(names)


def test_a_desk_for_reading_has_no_jobs(folder, settings):
    desk = EmbeddedDesk.open(folder, settings, read_only=True)
    assert jobs_of(desk) == ()
    desk.close()

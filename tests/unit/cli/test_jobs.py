# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk jobs run``: once with a line for each job, or until it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from helpdesk.core.errors import DiskFull
from helpdesk.core.paths import DataFolder
from helpdesk.jobs import housekeeping, schedule
from tests.places import postgres_copy
from tests.unit.cli.conftest import Run

ROOT = Path(__file__).parents[3]
EVERYWHERE = [
    "assistant: 0 forgotten",
    "attachments: 0 forgotten",
    "audit log: 18 entries",
    "changes: 0 forgotten",
    "digests: 0 written",
    "figures: 0 counted",
    "first responses: 0 answered",
    "holidays: 0 calendars read",
    "idempotency: 0 forgotten",
    "notifications: 0 forgotten",
    "reviews: 0 became due",
    "rule log: 0 forgotten",
    "rules: 0 fired",
    "searches: 0 forgotten",
    "sessions: 0 forgotten",
    "sign-in steps: 0 forgotten",
    "sign-ins: 0 forgotten",
    "sla: 0 seen to",
    "trash: 0 deleted for good",
    "triage: 0 learnt",
]


def test_what_is_due_is_told_line_by_line(run: Run):
    outcome = run("jobs", "run", "--once")
    assert (outcome.code, outcome.err) == (0, "")
    lines = sorted(outcome.lines)
    assert [line for line in lines if not line.startswith(("sessions", "sqlite"))] == [
        line for line in EVERYWHERE if not line.startswith("sessions")
    ]
    told = {line.partition(":")[0] for line in lines}
    assert told == {line.partition(":")[0] for line in EVERYWHERE} | {"sqlite"}
    assert run("jobs", "run", "--once").lines == ["No job is due."]


def test_a_desk_on_postgresql_has_no_file_to_tidy(run: Run, folder: DataFolder, template: Path):
    with postgres_copy(template) as url:
        folder.settings.write_text(f"[database]\nurl = '{url}'\n")
        outcome = run("jobs", "run", "--once")
        assert (outcome.code, outcome.err, sorted(outcome.lines)) == (0, "", EVERYWHERE)
        assert run("jobs", "run", "--once").lines == ["No job is due."]


def test_a_failure_is_told_and_ends_with_1(run: Run, monkeypatch):
    def fail(*_: object) -> int:
        raise DiskFull("The disk is full.")

    job = schedule.RecurringJob("a", housekeeping.CHANGES_KEPT, fail, "")
    monkeypatch.setattr("helpdesk.jobs.runner.jobs_of", lambda _desk: (job,))
    outcome = run("jobs", "run", "--once")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "a: The disk is full.\n")


def test_a_desk_for_reading_is_told(run: Run, folder: DataFolder, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    outcome = run("jobs", "run", "--once")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("This desk can only be read here")


def test_where_there_is_no_desk_it_is_told(run_in: Run, tmp_path: Path):
    outcome = run_in(tmp_path / "nowhere", "jobs", "run", "--once")
    assert outcome.code == 1
    assert "There is no desk at" in outcome.err


@pytest.mark.parametrize(
    ("sent", "code", "last"), [(signal.SIGTERM, 0, ""), (signal.SIGINT, 130, "Stopped.\n")]
)
def test_it_runs_until_it_is_stopped(run: Run, folder: DataFolder, sent, code, last):
    command = [sys.executable, "-m", "helpdesk", "--data-dir", str(folder.path), "jobs", "run"]
    # A shell lets what it starts in the background ignore Ctrl+C, and so would all that follows.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        signal.signal(signal.SIGINT, before)
        assert process.stdout is not None
        assert process.stdout.readline() == "The jobs run until Ctrl+C.\n"
        process.send_signal(sent)
        _, told = process.communicate(timeout=30)
    assert (process.returncode, told) == (code, last)


def test_four_processes_run_each_job_once(folder: DataFolder):
    command = [
        sys.executable,
        "-m",
        "helpdesk",
        "--data-dir",
        str(folder.path),
        "jobs",
        "run",
        "--once",
    ]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    lines = [line for each in processes for line in each.communicate(timeout=60)[0].splitlines()]
    assert [each.returncode for each in processes] == [0] * 4
    ran = sorted(line.partition(":")[0] for line in lines if line != "No job is due.")
    names = [line.partition(":")[0] for line in EVERYWHERE]
    assert ran == sorted([*names, "sqlite"])

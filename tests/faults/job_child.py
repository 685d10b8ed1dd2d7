# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of jobs and copies do in a process of its own: run beside others, or be killed.

Run as ``python -m tests.faults.job_child COMMAND …``; each line that comes in begins a round.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.clock import system_clock
from helpdesk.core.paths import DataFolder
from helpdesk.database.copying import copy_desk
from helpdesk.database.db_manager import database_at
from helpdesk.jobs.runner import JobRunner
from helpdesk.jobs.schedule import RecurringJob

JOBS = 12
HANGS_SECONDS = 60


def run(later_seconds: str, url: str, ran: str) -> None:
    """Run what is due at some time from now, and note each run in a file."""
    _run(url, partial(_noted, Path(ran)), timedelta(seconds=float(later_seconds)))


def hang(_round: str, url: str) -> None:
    """Begin a job and stay in it."""
    _run(url, _hung, timedelta(0))


def copy(_round: str, source_url: str, target_url: str, rows: str) -> None:
    """Copy a desk and be killed when so many rows are done."""

    def tell(done: int, _total: int) -> None:
        if done >= int(rows):
            os.kill(os.getpid(), signal.SIGKILL)

    copy_desk(database_at(source_url), database_at(target_url), tell)


def _run(url: str, act: Callable[[str], None], later: timedelta) -> None:
    desk = EmbeddedDesk(database_at(url, busy_timeout_seconds=30), _settings())
    jobs = [_job(f"job {number}", act) for number in range(JOBS)]
    list(JobRunner(desk, clock=lambda: system_clock() + later, jobs=jobs).run_due())
    desk.close()


def _settings() -> settings_module.Settings:
    return settings_module.load(DataFolder(Path.cwd() / "nowhere"))


def _job(name: str, act: Callable[[str], None]) -> RecurringJob:
    def task(_desk: EmbeddedDesk, _now: datetime) -> int:
        act(name)
        return 1

    return RecurringJob(name, timedelta(hours=1), task, "did {count}")


def _noted(ran: Path, name: str) -> None:
    # One short write to the end of a file is never torn or mixed with another.
    with ran.open("a") as file:
        file.write(f"{name}\n")


def _hung(_name: str) -> None:
    print("begun", flush=True)  # noqa: T201 - read by the test
    time.sleep(HANGS_SECONDS)


COMMANDS: dict[str, Callable[..., None]] = {"run": run, "hang": hang, "copy": copy}


if __name__ == "__main__":
    _, command, *arguments = sys.argv
    print("ready", flush=True)  # noqa: T201 - read by the test
    for line in sys.stdin:
        COMMANDS[command](line.strip(), *arguments)
        print("done", flush=True)  # noqa: T201 - read by the test

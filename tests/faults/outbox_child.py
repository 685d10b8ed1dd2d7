# SPDX-License-Identifier: GPL-3.0-or-later
"""Sees to an outbox in a process of its own, and is killed in the middle as told.

Run as ``python -m tests.faults.outbox_child``. Each line that comes in is a round, done by a child
of this process, which has everything loaded already: 'URL MOMENT PLACE NUMBER', by which the child
is killed when it is for so many times at that place.
"""

from __future__ import annotations

import os
import signal
import smtplib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.core.schemas.users import NewSession
from helpdesk.database.db_manager import DbManager, database_at
from helpdesk.jobs.outbox import OUTBOX
from helpdesk.jobs.runner import JobRunner
from helpdesk.jobs.schedule import jobs_of
from tests.conftest import PASSWORD

AFTER_COMMIT, BEFORE_ANSWER, AFTER_ANSWER = "after-commit", "before-answer", "after-answer"
OPEN, NOWHERE = "open", "nowhere"


class Death:
    """Comes when its place was reached so many times."""

    def __init__(self, place: str, number: int) -> None:
        """Wait for a place."""
        self._place, self._left = place, number

    def at(self, place: str) -> None:
        """Kill this process, if it is time."""
        if place == self._place:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def _watch(death: Death, database: DbManager) -> None:
    """Let death look at every commit, and at every answer of the mail server."""
    writing, answer = database.writing, smtplib.SMTP.getreply

    @contextmanager
    def watched(**more: Any) -> Iterator[Any]:
        with writing(**more) as session:
            yield session
        death.at(AFTER_COMMIT)

    def heard(smtp: smtplib.SMTP) -> tuple[int, bytes]:
        death.at(BEFORE_ANSWER)
        found = answer(smtp)
        death.at(AFTER_ANSWER)
        return found

    database.writing = watched  # type: ignore[method-assign]
    smtplib.SMTP.getreply = heard  # type: ignore[method-assign,assignment]


def _round(url: str, place: str, number: int, now: datetime) -> None:
    database = database_at(url, busy_timeout_seconds=30)
    desk = EmbeddedDesk(database, _settings(), clock=lambda: now)
    if place == OPEN:
        facade = desk.facade()
        facade.sessions.sign_in(NewSession(username="alice", password=PASSWORD))
        facade.tickets.open(NewTicket(subject="Printer jams"))
        os.kill(os.getpid(), signal.SIGKILL)
    _watch(Death(place, number), database)
    jobs = [job for job in jobs_of(desk) if job.name == OUTBOX]
    list(JobRunner(desk, clock=lambda: now, jobs=jobs).run_due())
    desk.close()


def _settings() -> settings_module.Settings:
    return settings_module.load(DataFolder(Path.cwd() / "nowhere"))


def _in_a_child(line: str) -> str:
    url, moment, place, number = line.split()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _round(url, place, int(number), datetime.fromisoformat(moment))
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else f"ended {os.waitstatus_to_exitcode(status)}"


if __name__ == "__main__":
    print("ready", flush=True)  # noqa: T201 - read by the test
    for line in sys.stdin:
        print(_in_a_child(line), flush=True)  # noqa: T201 - read by the test

# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk jobs``: runs the recurring jobs of a desk, once or until it is stopped."""

from __future__ import annotations

import signal
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.commands.place import Place
from helpdesk.commands.terminal import complain, say
from helpdesk.core.errors import ReadOnly
from helpdesk.jobs.loop import JobLoop
from helpdesk.jobs.runner import JobRunner

_DONE, _FAILED = 0, 1
_SECONDS_TO_END = 10.0
_READ_ONLY = "This desk can only be read here, so that no job can run; open it where it is written."


def run(place: Place, options: Namespace) -> int:
    """Run what is due and tell of each job in a line, or go on until Ctrl+C or SIGTERM."""
    with place.desk() as desk:
        if desk.database.read_only:
            raise ReadOnly(_READ_ONLY)
        return _once(desk) if options.once else _until_stopped(desk)


def _once(desk: EmbeddedDesk) -> int:
    code = _DONE
    outcomes = list(JobRunner(desk).run_due())
    for outcome in outcomes:
        line = f"{outcome.name}: {outcome.text}"
        if outcome.is_failure:
            code = _FAILED
            complain(line)
        else:
            say(line)
    if not outcomes:
        say("No job is due.")
    return code


def _until_stopped(desk: EmbeddedDesk) -> int:
    loop = JobLoop(desk)
    with _stopped_by_signal() as stopped:
        try:
            loop.start()
            say("The jobs run until Ctrl+C.")
            # In short waits, so that signals are heard on Windows, too.
            while not stopped.wait(0.5):
                pass
        finally:
            # Here is nobody who waits for a window to close: a job may come to its end.
            loop.stop(_SECONDS_TO_END)
    return _DONE


@contextmanager
def _stopped_by_signal() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM sets, as a service's supervisor sends it."""
    stopped = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGTERM, before)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the reports that are due by schedule and puts them into the outbox."""

from __future__ import annotations

import logging
from datetime import datetime

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.exports import media_type_of, report_file
from helpdesk.core.clock import monotonic
from helpdesk.core.errors import Busy, DatabaseFault, DeskError
from helpdesk.core.operation import operations_of
from helpdesk.repositories.report_schedules import ReportScheduleRepository
from helpdesk.services.report_sending import (
    DueReport,
    Prepared,
    ReportSending,
    Sending,
    not_sent,
    sending_of,
)

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 240.0
"""No further report is begun after this long: the lease of the job must not run out."""
_PASSING = (Busy, DatabaseFault)
"""After these it is tried again: nothing can be written at that moment, not even what is wrong."""
_BUG = "It could not be made, by a bug in the program ({kind}); the log says more."
_STEPS = operations_of(ReportSending)


def send_reports(desk: EmbeddedDesk, _now: datetime) -> int:
    """Send the reports that are due, and return to how many people they go."""
    written, ends_at = 0, monotonic() + LONGEST_SECONDS
    reports: tuple[DueReport, ...] = desk.executor.execute(_STEPS["due"], {}, system=True)
    for due in reports:
        if monotonic() > ends_at:
            break
        try:
            written += _send(desk, due)
        except Exception:  # none may keep the others waiting
            logger.exception("the report %d was not sent", due.schedule_id)
    return written


def is_due(desk: EmbeddedDesk, now: datetime) -> bool:
    """Return whether any report is due."""
    with desk.database.reading() as session:
        return bool(ReportScheduleRepository(session).due(now, 1))


def _send(desk: EmbeddedDesk, due: DueReport) -> int:
    """Send a report, or note what keeps it from being sent so that it is not tried for ever."""
    try:
        return _put_out(desk, _made(desk, due))
    except _PASSING:
        raise
    except DeskError as error:
        logger.warning("the report %d cannot be sent: %s", due.schedule_id, error.code)
        problem = str(error)
    except Exception as error:
        logger.exception("the report %d cannot be sent", due.schedule_id)
        problem = _BUG.format(kind=type(error).__name__)
    return _put_out(desk, not_sent(due, problem))


def _made(desk: EmbeddedDesk, due: DueReport) -> Sending:
    arguments = {"schedule_id": due.schedule_id}
    prepared: Prepared = desk.executor.execute(_STEPS["make"], arguments, system=True)
    data = report_file(prepared.report, prepared.format) if prepared.report else b""
    return sending_of(prepared, data, media_type_of(prepared.format))


def _put_out(desk: EmbeddedDesk, sending: Sending) -> int:
    sent: int = desk.executor.execute(_STEPS["send"], {"sending": sending}, system=True)
    return sent

# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the reports that are due by schedule and puts them into the outbox."""

from __future__ import annotations

import logging
from datetime import datetime

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.exports import media_type_of, report_file
from helpdesk.core.clock import monotonic
from helpdesk.core.errors import DeskError
from helpdesk.core.operation import operations_of
from helpdesk.repositories.report_schedules import ReportScheduleRepository
from helpdesk.services.report_sending import Prepared, ReportSending, not_sent, sending_of

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 240.0
"""No further report is begun after this long: the lease of the job must not run out."""
_BUG = "It could not be made, by a bug in the program ({kind}); the log says more."
_STEPS = operations_of(ReportSending)


def send_reports(desk: EmbeddedDesk, _now: datetime) -> int:
    """Send the reports that are due, and return to how many people they go."""
    written, ends_at = 0, monotonic() + LONGEST_SECONDS
    for schedule_id in desk.executor.execute(_STEPS["due"], {}, system=True).ids:
        if monotonic() > ends_at:
            break
        try:
            written += _send(desk, schedule_id)
        except DeskError as error:
            logger.warning("the report %d was not sent: %s", schedule_id, error.code)
    return written


def is_due(desk: EmbeddedDesk, now: datetime) -> bool:
    """Return whether any report is due."""
    with desk.database.reading() as session:
        return bool(ReportScheduleRepository(session).due(now, 1))


def _send(desk: EmbeddedDesk, schedule_id: int) -> int:
    execute, arguments = desk.executor.execute, {"schedule_id": schedule_id}
    prepared: Prepared = execute(_STEPS["make"], arguments, system=True)
    try:
        data = report_file(prepared.report, prepared.format) if prepared.report else b""
        sending = sending_of(prepared, data, media_type_of(prepared.format))
    except Exception as error:  # it must neither be tried for ever nor keep the others waiting
        logger.exception("the report %d cannot become a file", schedule_id)
        sending = not_sent(prepared, _BUG.format(kind=type(error).__name__))
    sent: int = execute(_STEPS["send"], {"sending": sending}, system=True)
    return sent

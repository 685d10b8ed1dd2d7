# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that opens recurring tickets when their date has come."""

from __future__ import annotations

import logging
from datetime import datetime

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.clock import monotonic
from helpdesk.core.errors import Busy, DatabaseFault
from helpdesk.core.operation import operations_of
from helpdesk.repositories.recurrences import RecurrenceRepository
from helpdesk.services.recurrences import Recurring

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 240.0
"""No further ticket is begun after this long: the lease of the job must not run out."""
_STEPS = operations_of(Recurring)


def is_due(desk: EmbeddedDesk, now: datetime) -> bool:
    """Return whether the date of any recurring ticket has come."""
    with desk.database.reading() as session:
        return bool(RecurrenceRepository(session).due_ids(now, 1))


def open_due(desk: EmbeddedDesk, _now: datetime) -> int:
    """Open what is due, each ticket in a transaction of its own, and return how many."""
    opened, ends_at = 0, monotonic() + LONGEST_SECONDS
    for id_ in desk.executor.execute(_STEPS["due"], {}, system=True).recurrence_ids:
        if monotonic() > ends_at:
            break
        try:
            opened += desk.executor.execute(_STEPS["open"], {"recurrence_id": id_}, system=True)
        except (Busy, DatabaseFault):
            raise
        except Exception:  # whatever it is, it is about this one alone
            logger.exception("recurring ticket %d cannot be opened", id_)
    return opened

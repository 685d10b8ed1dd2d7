# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that brings snoozed tickets back when their time has come."""

from __future__ import annotations

import logging
from datetime import datetime

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.clock import monotonic
from helpdesk.core.errors import Busy, DatabaseFault
from helpdesk.core.operation import operations_of
from helpdesk.repositories.snoozes import SnoozeRepository
from helpdesk.services.snoozing import Waking

logger = logging.getLogger(__name__)

AT_ONCE = 100
LONGEST_SECONDS = 240.0
"""No further batch is begun after this long: the lease of the job must not run out."""
_STEPS = operations_of(Waking)


def is_due(desk: EmbeddedDesk, now: datetime) -> bool:
    """Return whether the time of any snoozed ticket has come."""
    with desk.database.reading() as session:
        return bool(SnoozeRepository(session).due(now, 1))


def wake_due(desk: EmbeddedDesk, _now: datetime) -> int:
    """Bring back what is due, some in one transaction, and return how many tickets.

    One that cannot be brought back, whatever it is, holds up no other.
    """
    woken, ends_at, failed = 0, monotonic() + LONGEST_SECONDS, set[int]()
    while monotonic() < ends_at:
        most = AT_ONCE + len(failed)
        due = desk.executor.execute(_STEPS["due"], {"most": most}, system=True).ticket_ids
        ids = tuple(id_ for id_ in due if id_ not in failed)
        if not ids:
            break
        try:
            back = _bring_back(desk, ids)
        except (Busy, DatabaseFault):
            raise
        except Exception:
            logger.exception("some of %d snoozed tickets cannot be brought back", len(ids))
            back = sum(_bring_back_alone(desk, id_, failed) for id_ in ids)
        woken += back
        if not back and not failed.intersection(ids):
            break
    return woken


def _bring_back_alone(desk: EmbeddedDesk, id_: int, failed: set[int]) -> int:
    try:
        return _bring_back(desk, (id_,))
    except (Busy, DatabaseFault):
        raise
    except Exception:  # whatever it is, it is about this one alone
        logger.exception("the snoozed ticket %d cannot be brought back", id_)
        failed.add(id_)
        return 0


def _bring_back(desk: EmbeddedDesk, ids: tuple[int, ...]) -> int:
    back: int = desk.executor.execute(_STEPS["bring_back"], {"ticket_ids": ids}, system=True)
    return back

# SPDX-License-Identifier: GPL-3.0-or-later
"""Fires the rules by time whose time has come, and forgets what rules did long ago."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.clock import monotonic
from helpdesk.core.errors import DeskError
from helpdesk.core.operation import operations_of
from helpdesk.repositories.rules import RuleRepository
from helpdesk.services.timed_rules import TimedRules

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 240.0
"""No further ticket is begun after this long: the lease of the job must not run out."""
RUNS_KEPT = timedelta(days=365)
_STEPS = operations_of(TimedRules)


def run_timed_rules(desk: EmbeddedDesk, _now: datetime) -> int:
    """Fire the rules by time on the tickets they match, and return how often one fired."""
    fired, ends_at = 0, monotonic() + LONGEST_SECONDS
    for each in desk.executor.execute(_STEPS["due"], {}, system=True).items:
        if monotonic() > ends_at:
            break
        try:
            fired += desk.executor.execute(_STEPS["fire"], {"due": each}, system=True)
        except DeskError as error:
            logger.warning("no rule fired on ticket %d: %s", each.ticket_id, error.code)
        except Exception:  # whatever it is, it is about this ticket alone
            logger.exception("no rule fired on ticket %d", each.ticket_id)
    return fired


def forget_runs(desk: EmbeddedDesk, now: datetime) -> int:
    """Forget what rules did more than a year ago, but not what keeps a step from firing again."""
    with desk.database.writing() as session:
        return RuleRepository(session).forget_before(now - RUNS_KEPT)

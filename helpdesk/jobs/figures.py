# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that counts tickets which are not counted yet, and follows the zone of the desk."""

from __future__ import annotations

from datetime import datetime

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.clock import monotonic
from helpdesk.services import counting_in

LONGEST_SECONDS = 240.0
"""Nothing more is begun after this long: the lease of the job must not run out."""


def is_waiting(desk: EmbeddedDesk, _now: datetime) -> bool:
    """Tell whether there is anything to count."""
    return counting_in.is_waiting(desk.database)


def count_tickets(desk: EmbeddedDesk, _now: datetime) -> int:
    """Count what waits, and return how many tickets count as something else now."""
    ends_at = monotonic() + LONGEST_SECONDS
    counted = counting_in.count_waiting(desk.database, ends_at=ends_at)
    return counted + counting_in.follow_zone(desk.database, ends_at=ends_at)

# SPDX-License-Identifier: GPL-3.0-or-later
"""When a failed request is made once more by itself, and after which wait."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from helpdesk.assistant.faults import FaultKind, ModelFault
from helpdesk.core.retry_after import seconds_asked

MOST_RETRIES = 2
LONGEST_REST = 300.0
"""The longest that a server is believed to want to be left alone, in seconds."""
_LONGEST_WAIT = 30.0
_FIRST_BOUND, _LARGEST_BOUND = 0.5, 2.0
_TRIED_AGAIN = frozenset({FaultKind.UNREACHABLE, FaultKind.RATE_LIMITED, FaultKind.OVERLOADED})
"""Not one that took too long: once more would double the load of a slow server."""


def wait_before(retry: int, fault: ModelFault, chance: Callable[[], float]) -> float | None:
    """Return the seconds to wait before a retry, from 0 on; ``None`` where none is made."""
    if retry >= MOST_RETRIES or fault.kind not in _TRIED_AGAIN or fault.partial:
        return None
    if fault.retry_after is not None:
        return float(fault.retry_after) if fault.retry_after <= _LONGEST_WAIT else None
    # Full jitter, so that many windows do not come back together.
    return min(_LARGEST_BOUND, _FIRST_BOUND * 2.0**retry) * chance()


def wait_asked(text: str | None, now: datetime) -> float | None:
    """Return the seconds that a server asks to be left alone for, as far as it is believed."""
    return seconds_asked(text, now, LONGEST_REST)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The one source of the present moment, so that tests can set it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Return seconds that never run backwards, for durations."""
    return time.perf_counter()

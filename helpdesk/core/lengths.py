# SPDX-License-Identifier: GPL-3.0-or-later
"""Says lengths of time in words, in windows and in files alike: how long things took, how old."""

from __future__ import annotations

_MINUTE, _DAY = 60, 86_400
_DAY_HOURS = 24


def duration(seconds: float) -> str:
    """Say how long something took: "42 s", "5 h 12 m", "6 d 4 h"."""
    if round(seconds) < _MINUTE:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / _MINUTE), 60)
    if not hours:
        return f"{minutes} m"
    if hours < _DAY_HOURS:
        return f"{hours} h {minutes:02} m" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days:,} d {hours} h" if hours else f"{days:,} d"


def age(seconds: float) -> str:
    """Say how old something is whose age is counted in whole days: "under a day", "2.5 d"."""
    days = seconds / _DAY
    return "under a day" if days < 1 else f"{days:,.1f}".removesuffix(".0") + " d"

# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads for how long a server of the web wants to be left alone."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds_asked(text: str | None, now: datetime, longest: float) -> float | None:
    """Return the seconds of a ``Retry-After``, which is a number, a date, or nonsense."""
    if not text:
        return None
    seconds = _seconds(text.strip(), now)
    if seconds is None or not math.isfinite(seconds):
        return None
    return min(max(seconds, 0.0), longest)


def _seconds(text: str, now: datetime) -> float | None:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether somebody wants no noise at a moment: their quiet hours, in their own time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from helpdesk.core.schemas.notifications import Preferences


def is_quiet(preferences: Preferences, now: datetime) -> bool:
    """Return whether a moment lies in the quiet hours; hours in a row that begins and ends alike
    are none.
    """
    if not preferences.quiet:
        return False
    try:
        local = now.astimezone(ZoneInfo(preferences.time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        # A zone that this machine does not know cannot silence anything.
        return False
    minute = local.hour * 60 + local.minute
    begin, end = preferences.quiet_from, preferences.quiet_until
    if begin <= end:
        return begin <= minute < end
    return minute >= begin or minute < end


def may_sound(preferences: Preferences, now: datetime, *, urgent: bool) -> bool:
    """Return whether something may show itself beyond the bell at a moment."""
    return (urgent and preferences.urgent_breaks_quiet) or not is_quiet(preferences, now)

# SPDX-License-Identifier: GPL-3.0-or-later
"""How people are told when they can count on an answer: by day and hour, in whole words."""

from __future__ import annotations

from datetime import datetime, timedelta

from helpdesk.ui.widgets.times import clock_time, full_time

_DAY = timedelta(days=1)


def due_words(due: datetime, now: datetime) -> str:
    """Say when something is due: "today 11:40", "tomorrow 09:00", "Mon 23 Nov 2026, 16:05"."""
    day, today = due.astimezone().date(), now.astimezone().date()
    if day == today:
        return f"today {clock_time(due)}"
    if day == today + _DAY:
        return f"tomorrow {clock_time(due)}"
    return full_time(due)


def span_words(minutes: int) -> str:
    """Say about how long something takes: "35 minutes", "2 hours", "3 days"."""
    if minutes < 10:
        return _counted(max(1, minutes), "minute")
    if minutes < 55:
        # What is usual is not known to the minute.
        return _counted((minutes + 2) // 5 * 5, "minute")
    hours = (minutes + 30) // 60
    return _counted(hours, "hour") if hours < 36 else _counted((hours + 12) // 24, "day")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers as people read them: hours, counts and durations."""

from __future__ import annotations

from helpdesk.core.rule_choices import Takes

_SHORT_HOURS = 100


def told(number: float, takes: Takes) -> str:
    """Return a number as people read it, such as '1.5 hours' or '3'."""
    if takes is not Takes.HOURS:
        return f"{number:,.0f}"
    digits = 1 if number < _SHORT_HOURS else 0
    short = f"{number:,.{digits}f}".removesuffix(".0")
    return f"{short} hour" if short == "1" else f"{short} hours"


def duration(minutes: int) -> str:
    """Return a duration in words, such as '30 minutes', '4 hours' or '2 days and 3 hours'."""
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    parts = [
        f"{count:,} {unit}" + ("" if count == 1 else "s")
        for count, unit in ((days, "day"), (hours, "hour"), (left, "minute"))
        if count
    ]
    return " and ".join(parts[:2]) or "less than a minute"

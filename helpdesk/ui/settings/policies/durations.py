# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads lengths of business hours as people type them: "30 m", "4 h", "1 h 30 m", "2 d"."""

from __future__ import annotations

import re
from typing import Final

from helpdesk.core.schemas.sla import LONGEST_MINUTES
from helpdesk.ui.widgets.times import span

WORKING_DAY_HOURS: Final = 8
"""What a day is taken as: a calendar's days differ in length, and some have none."""
_PART = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(d|days?|h|hours?|hrs?|m|mins?|minutes?)\.?(?=[\s\d,]|$)", re.IGNORECASE
)
_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)")
_MINUTES: Final = {"d": WORKING_DAY_HOURS * 60, "h": 60, "m": 1}
_UNREADABLE = "Say hours and minutes, such as 4 h, 30 m or 1 h 30 m."
_TOO_SHORT = "A time is at least 1 m; leave it empty to not measure it."
_TOO_LONG = "This is too long; say less than five years."


def minutes_of(text: str) -> int | None:
    """Return how many minutes a text says, ``None`` for an empty one.

    Raises:
        ValueError: it cannot be understood; the sentence says how it can.
    """
    typed = text.strip()
    if not typed:
        return None
    minutes = _minutes(typed)
    if minutes < 1:
        raise ValueError(_TOO_SHORT)
    if minutes > LONGEST_MINUTES:
        raise ValueError(_TOO_LONG)
    return minutes


def words_of(minutes: int | None) -> str:
    """Return the text for a number of minutes, as the fields show it."""
    return "" if minutes is None else span(minutes).replace(",", "")


def _minutes(typed: str) -> int:
    clock = _CLOCK.fullmatch(typed)
    if clock:
        return int(clock[1]) * 60 + int(clock[2])
    rest = _PART.sub("", typed)
    if rest.strip(" ,") or not _PART.search(typed):
        raise ValueError(_UNREADABLE)
    parts = ((float(found[1].replace(",", ".")), found[2][0].lower()) for found in _finds(typed))
    return round(sum(number * _MINUTES[unit] for number, unit in parts))


def _finds(typed: str) -> list[re.Match[str]]:
    return list(_PART.finditer(typed))

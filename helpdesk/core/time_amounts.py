# SPDX-License-Identifier: GPL-3.0-or-later
"""Amounts of time as people write them: "1h 30m", "90" minutes, "1:30"."""

from __future__ import annotations

import re

_MINUTE, _HOUR = 60, 3_600
_SIZES = (_HOUR, _MINUTE, 1)
_UNITS = {"h": _HOUR, "m": _MINUTE, "s": 1}
_PARTS = re.compile(
    r"(?:(\d{1,4}(?:[.,]\d{1,4})?)\s*h[a-z]*)?\s*(?:(\d{1,5})\s*m[a-z]*)?\s*(?:(\d{1,6})\s*s[a-z]*)?",
    re.ASCII,
)
_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_MINUTES = re.compile(r"\d{1,5}", re.ASCII)


_SPAN = re.compile(r"(\d{1,2}):([0-5]\d)\s*(?:-|–|to)\s*(\d{1,2}):([0-5]\d)", re.ASCII)
_HOURS_OF_DAY = 24


def read_span(text: str) -> tuple[int, int] | None:
    """Return the minutes of a day that "9:00-10:30" begins and ends at; ``None`` for no span."""
    found = _SPAN.fullmatch(" ".join(text.lower().split()))
    if found is None:
        return None
    first_hour, first, last_hour, last = (int(each) for each in found.groups())
    begin, end = first_hour * 60 + first, last_hour * 60 + last
    is_span = begin < end <= _HOURS_OF_DAY * 60
    return (begin, end) if is_span else None


def written(seconds: int) -> str:
    """Write an amount so that ``read`` understands it: "1h 30m", "5m", "40s"."""
    parts, left = [], seconds
    for unit, size in _UNITS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0m"


def read(text: str) -> int | None:
    """Return the seconds that somebody means; ``None`` for what is no amount of time.

    A number alone is minutes, "1:30" hours and minutes, and "1.5h" ninety minutes.
    """
    said = " ".join(text.lower().split())
    if _MINUTES.fullmatch(said):
        return int(said) * _MINUTE
    if clock := _CLOCK.fullmatch(said):
        return sum(int(n or 0) * size for n, size in zip(clock.groups(), _SIZES, strict=True))
    parts = _PARTS.fullmatch(said)
    if parts is None or not any(parts.groups()):
        return None
    hours, minutes, seconds = (each or "0" for each in parts.groups())
    return round(float(hours.replace(",", ".")) * _HOUR) + int(minutes) * _MINUTE + int(seconds)

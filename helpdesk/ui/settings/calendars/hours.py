# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the hours of a weekday as people type them: "09:00-12:00, 13:00-17:00"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from helpdesk.core.schemas.sla import DAY_MINUTES, Slot

WEEKDAYS: Final = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
Span = tuple[int, int]
"""From one minute of the day to another; beyond 1,440 is on the next day."""

_SLOT = re.compile(
    r"(\d{1,2})(?:[:.](\d{2}))?\s*(?:-|–|—|to|bis)\s*(\d{1,2})(?:[:.](\d{2}))?", re.IGNORECASE
)
_BETWEEN = re.compile(r"\s*(?:,|;|\band\b|\n)\s*")
_UNREADABLE = "Say from when to when, such as 09:00-12:00, 13:00-17:00."
_NO_TIME = "{text} is no time of a day; the last is 24:00."
_NO_LENGTH = "{text} ends when it begins; say 00:00-24:00 for the whole day."
_OVERLAP = "{one} and {other} overlap; say each time once."


def spans_of(text: str) -> tuple[Span, ...]:
    """Return the hours that a text says, in the order of the day.

    Raises:
        ValueError: it cannot be understood; the sentence says how it can.
    """
    if not text.strip():
        return ()
    found = sorted(_span(part) for part in _BETWEEN.split(text.strip().rstrip(",;")))
    for one, other in pairwise(found):
        if other[0] < one[1]:
            raise ValueError(_OVERLAP.format(one=words_of([one]), other=words_of([other])))
    return tuple(found)


def words_of(spans: Iterable[Span]) -> str:
    """Return the text for some hours, as the fields show it."""
    return ", ".join(f"{_time(begin)}-{_time(end, is_end=True)}" for begin, end in spans)


def slots_of(week: Sequence[Sequence[Span]]) -> tuple[Slot, ...]:
    """Return the slots of a week from Monday to Sunday."""
    return tuple(
        Slot(day=day, begin=begin, end=end)
        for day, spans in enumerate(week)
        for begin, end in spans
    )


def week_of(slots: Iterable[Slot]) -> list[tuple[Span, ...]]:
    """Return the hours of each weekday from Monday on."""
    week: list[list[Span]] = [[] for _ in WEEKDAYS]
    for slot in slots:
        week[slot.day].append((slot.begin, slot.end))
    return [tuple(sorted(spans)) for spans in week]


def with_span(spans: Iterable[Span], added: Span) -> tuple[Span, ...]:
    """Return hours with further ones, what touches being joined."""
    joined: list[Span] = []
    for begin, end in sorted((*spans, added)):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    # A shift lasts a day at most.
    return tuple((begin, min(end, begin + DAY_MINUTES)) for begin, end in joined)


def without_span(spans: Iterable[Span], taken: Span) -> tuple[Span, ...]:
    """Return hours with some of them taken away."""
    left: list[Span] = []
    for begin, end in spans:
        left += [
            (one, other)
            for one, other in ((begin, min(end, taken[0])), (max(begin, taken[1]), end))
            if one < other
        ]
    return tuple(left)


def week_words(slots: Iterable[Slot]) -> str:
    """Say a week shortly: "Mon to Fri 09:00-17:00, Sat 10:00-14:00"."""
    week = [words_of(spans) for spans in week_of(slots)]
    groups: list[tuple[int, int, str]] = []
    for day, text in enumerate(week):
        if groups and groups[-1][2] == text and groups[-1][1] == day - 1:
            groups[-1] = (groups[-1][0], day, text)
        elif text:
            groups.append((day, day, text))
    said = [f"{_days(first, last)} {text}" for first, last, text in groups]
    return "; ".join(said) if said else "Never: no hours are set"


def _days(first: int, last: int) -> str:
    names = WEEKDAYS[first][:3], WEEKDAYS[last][:3]
    if first == last:
        return names[0]
    return f"{names[0]}, {names[1]}" if last == first + 1 else f"{names[0]} to {names[1]}"


def _span(text: str) -> Span:
    found = _SLOT.fullmatch(text)
    if found is None:
        raise ValueError(_UNREADABLE)
    begin, end = _minutes(found[1], found[2]), _minutes(found[3], found[4])
    if begin == DAY_MINUTES:
        begin = 0
    if begin == end:
        raise ValueError(_NO_LENGTH.format(text=text))
    return begin, end if end > begin else end + DAY_MINUTES


def _minutes(hour: str, minute: str | None) -> int:
    minutes = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or minutes > DAY_MINUTES:
        raise ValueError(_NO_TIME.format(text=f"{hour}:{minute or '00'}"))
    return minutes


def _time(minutes: int, *, is_end: bool = False) -> str:
    if is_end and minutes == DAY_MINUTES:
        return "24:00"
    hours, rest = divmod(minutes % DAY_MINUTES, 60)
    return f"{hours:02}:{rest:02}"

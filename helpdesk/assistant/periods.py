# SPDX-License-Identifier: GPL-3.0-or-later
"""Understands days and periods in English words, such as 'last week' and 'since Monday'."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import MAXYEAR, datetime, timedelta
from typing import NamedTuple

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "couple of": 2, "two": 2, "few": 3, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fourteen": 14,
}  # fmt: skip
_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "fortnight": timedelta(weeks=2),
    "month": timedelta(days=30),
    "quarter": timedelta(days=91),
    "year": timedelta(days=365),
}
_FIRST_YEAR, _LAST_YEAR = 1970, 8999


class Period(NamedTuple):
    """From a moment on, up to another one that is not part of it; either may be open."""

    start: datetime | None
    end: datetime | None


_DAY = rf"(?:{'|'.join(f'{day}|{day[:3]}' for day in _DAYS)}|tues|weds|thur|thurs)"
_MONTH = rf"(?:{'|'.join(f'{month}|{month[:3]}' for month in _MONTHS)}|sept)"
_COUNT = rf"(?:\d{{1,4}}|(?:a )?(?:couple of|few)|{'|'.join(sorted(_NUMBERS, reverse=True))})"
_UNIT = r"(?:minutes?|hours?|days?|weeks?|fortnights?|months?|quarters?|years?)"
_MOMENT = (
    rf"(?:\d{{4}}-\d{{1,2}}-\d{{1,2}}|\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\b(?:,? \d{{4}}\b)?"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}}\b)?|{_MONTH}(?: \d{{4}})?\b"
    rf"|{_COUNT} {_UNIT} ago|the day before yesterday|yesterday|today"
    rf"|(?:this|last|past|previous|current) (?:week|month|quarter|year|weekend|{_DAY})\b|{_DAY}\b)"
)
_LAST = r"(?:(?:with)?in |during |over |for |from )?(?:the )?(?:last|past|previous)"
_PATTERN = re.compile(
    rf"(?<![\w-])(?:"
    rf"(?:between|from) (?P<first>{_MOMENT}) (?:and|to|until|till|through|-|–) "
    rf"(?P<second>{_MOMENT})"
    rf"|{_LAST} (?P<count>{_COUNT}) (?P<unit>{_UNIT})\b"
    rf"|(?:within|in) (?P<within_count>{_COUNT}) (?P<within_unit>{_UNIT})\b"
    rf"|(?P<age>older|newer|younger|less|more) than (?P<old>{_COUNT}) "
    rf"(?P<old_unit>{_UNIT})(?: old| ago)?\b"
    rf"|from (?P<onward>{_MOMENT}) on(?:wards?)?\b"
    rf"|(?P<relation>since|after|starting|as of|later than|newer than|before|earlier than"
    rf"|older than|until|till|up to|prior to) (?:the )?(?P<moment>{_MOMENT})"
    rf"|(?:since|in) (?P<year>(?:19|20)\d\d)\b"
    rf"|(?:(?:on|in|during|from|of|for|within) )?(?:the )?(?P<period>{_MOMENT})(?:'s|’s)?"
    rf")(?!\w)",
    re.IGNORECASE,
)

_AMBIGUOUS = re.compile(r"(?:the )?(?:may|march|[a-z]{3})", re.IGNORECASE)
"""Words that are mostly none of the calendar where nothing leads to them: 'may', 'sun', 'mar'."""


class Found(NamedTuple):
    """Words that stand for a period, or for one that there is not, and where they do."""

    period: Period | None
    start: int
    end: int


def periods_in(text: str, now: datetime) -> list[Found]:
    """Return the periods that a text names, in its order; ``now`` says what 'today' is.

    Days begin at midnight in the time zone of ``now``, and weeks on Monday.
    """
    found = []
    for match in _PATTERN.finditer(text):
        if _AMBIGUOUS.fullmatch(match[0]):
            continue
        try:
            period = _period(match, now)
        except (ValueError, OverflowError):  # the 31st of February, 9999 years ago
            period = None
        found.append(Found(period, *match.span()))
    return found


def day_named(text: str, now: datetime) -> datetime | None:
    """Return the beginning of a day written as 2026-11-23, also with a time behind it."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


def _period(match: re.Match[str], now: datetime) -> Period:
    if match["first"]:
        return Period(_span(match["first"], now).start, _span(match["second"], now).end)
    if match["onward"]:
        return Period(_span(match["onward"], now).start, None)
    if match["relation"]:
        return _related(match["relation"].lower(), _span(match["moment"], now))
    if match["period"]:
        return _span(match["period"], now)
    return _year(match, now) if match["year"] else _reaching_back(match, now)


def _reaching_back(match: re.Match[str], now: datetime) -> Period:
    """Return 'the last 7 days', 'within an hour', 'older than two weeks'."""
    count, unit = (match[name] or match[f"within_{name}"] for name in ("count", "unit"))
    border = now - _length(count or match["old"], unit or match["old_unit"])
    is_older = (match["age"] or "").lower() in ("older", "more")
    return Period(None, border) if is_older else Period(border, None)


def _year(match: re.Match[str], now: datetime) -> Period:
    start = _midnight(now).replace(year=int(match["year"]), month=1, day=1)
    is_since = match[0].lower().startswith("since")
    return Period(start, None if is_since else start.replace(year=start.year + 1))


def _related(relation: str, span: Period) -> Period:
    if relation in ("before", "earlier than", "older than", "prior to"):
        return Period(None, span.start)
    if relation in ("until", "till", "up to"):
        return Period(None, span.end)
    if relation in ("after", "later than", "newer than"):
        return Period(span.end, None)
    return Period(span.start, None)


def _length(count: str, unit: str) -> timedelta:
    words = " ".join(count.lower().split()).removeprefix("a ") or "a"
    number = int(words) if words.isdecimal() else _NUMBERS[words]
    return number * _UNITS[unit.lower().removesuffix("s")]


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _span(words: str, now: datetime) -> Period:
    """Return the day, week, month or year that some words name."""
    today = _midnight(now)
    text = " ".join(words.lower().split())
    if text in _SINGLE_DAYS:
        return _days(today - timedelta(days=_SINGLE_DAYS[text]))
    if text.endswith(" ago"):
        count, _, unit = text.removesuffix(" ago").rpartition(" ")
        return _days(_midnight(now - _length(count, unit)))
    which, _, unit = text.partition(" ")
    if unit in _SPANS:
        return _SPANS[unit](today, 0 if which in ("this", "current") else 1)
    if weekday := _weekday(unit if which in ("this", "last", "past", "previous") else text):
        back = (today.weekday() - weekday + 1) % 7
        return _days(today - timedelta(days=back or (7 if which == "last" else 0)))
    return _date(text, today)


_SINGLE_DAYS = {"today": 0, "yesterday": 1, "the day before yesterday": 2}


def _days(start: datetime, count: int = 1) -> Period:
    return Period(start, start + timedelta(days=count))


def _week(today: datetime, back: int) -> Period:
    return _days(today - timedelta(days=today.weekday() + 7 * back), 7)


def _weekend(today: datetime, back: int) -> Period:
    saturday = _week(today, 0).start
    if saturday is None:
        raise ValueError(today)
    is_over = today.weekday() >= _SATURDAY and not back
    return _days(saturday + timedelta(days=_SATURDAY - (0 if is_over else 7)), 2)


_SATURDAY = 5


def _months(today: datetime, back: int, length: int) -> Period:
    """Return the month, quarter or year that today is in, or one that lies back."""
    index = (today.year * 12 + today.month - 1) // length - back
    return Period(*(_month(today, (index + step) * length) for step in (0, 1)))


def _month(today: datetime, index: int) -> datetime:
    year, month = divmod(index, 12)
    if not 1 <= year < MAXYEAR:
        raise ValueError(year)
    return today.replace(year=year, month=month + 1, day=1)


_SPANS: dict[str, Callable[[datetime, int], Period]] = {
    "week": _week,
    "weekend": _weekend,
    "month": lambda today, back: _months(today, back, 1),
    "quarter": lambda today, back: _months(today, back, 3),
    "year": lambda today, back: _months(today, back, 12),
}


def _weekday(word: str) -> int:
    """Return 1 for Monday to 7 for Sunday, and 0 for what is no day of the week."""
    starts = (index for index, day in enumerate(_DAYS, 1) if word[:3] == day[:3])
    return next(starts, 0) if re.fullmatch(_DAY, word) else 0


def _date(text: str, today: datetime) -> Period:
    if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", text):
        year, month, day = map(int, text.split("-"))
        return _days(today.replace(year=year, month=month, day=day))
    if re.fullmatch(r"\d{1,2}[./]\d{1,2}[./]\d{4}", text):
        day, month, year = map(int, re.split("[./]", text))
        if month > 12:  # as it is written in the United States
            day, month = month, day
        return _days(today.replace(year=year, month=month, day=day))
    month = 1 + next(index for index, name in enumerate(_MONTHS) if name[:3] in text)
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    years = [number for number in numbers if number >= _FIRST_YEAR]
    days = [number for number in numbers if number < _FIRST_YEAR]
    start = today.replace(year=years[0] if years else today.year, month=month, day=(days or [1])[0])
    if not years and start > today:
        start = start.replace(year=start.year - 1)
    return _days(start) if days else _months(start, 0, 1)

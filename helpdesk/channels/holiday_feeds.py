# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads holidays from iCalendar files that others publish.

Such a file may say anything: it is bounded in size and depth, rules that never come to an end
are left out, and so is everything but whole days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from helpdesk.core.clock import monotonic
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.sla import MOST_DAYS
from helpdesk.core.text import NAME_LIMIT, ellipsis, single_line

if TYPE_CHECKING:
    from icalendar import Component

# What speaks HTTP and reads iCalendar is heavy, and most desks never need it.

LARGEST_FILE = 1_000_000
YEARS_BEFORE, YEARS_AFTER = 1, 2
"""Whole years are read, so that what a file says changes with the file alone, or at New Year."""

Days = tuple[tuple[str, str], ...]

_SECONDS = 5.0
_DEEPEST = 8
_MOST_RULES = 5
"""So many rules may belong to one event: each is followed before the time is looked at."""
_FIRST_YEAR = 1800
_DAY = timedelta(days=1)
_SPARSE = {"YEARLY", "MONTHLY"}
_DENSE = {"WEEKLY", "DAILY"}
_WITHIN_DAY = {"BYHOUR", "BYMINUTE", "BYSECOND"}
_HARMLESS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY"}
"""What rules for weeks and days may say: with more they may look for a day that never comes."""
_UNREADABLE = (
    AttributeError,
    ArithmeticError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What the library raises for files that are none."""

_NO_FILE = "What lies there is no iCalendar file; check the address."
_TOO_MANY = "The file names more than {most:,} days from {first} to {last}; choose another one."
_TOO_LONG = "The file takes too long to read; choose another one."


def read_feed(url: str, today: date, *, allowed: Sequence[str]) -> Days:
    """Return the holidays that a file names at present.

    Raises ``Invalid`` for an address that is not asked or a file that cannot be read, and the
    faults of ``channels.web``. Asks the network: never within a transaction.
    """
    from helpdesk.channels import web

    data = web.fetch(_address(url), largest=LARGEST_FILE, allowed=allowed)
    first = date(today.year - YEARS_BEFORE, 1, 1)
    return holidays_in(data, first, date(today.year + YEARS_AFTER, 12, 31))


def require_address(url: str, allowed: Sequence[str]) -> None:
    """Raise ``Invalid`` for an address that would not be asked; nothing is looked up."""
    from helpdesk.channels import web

    web.checked(_address(url), allowed)


def holidays_in(data: bytes, first: date, last: date) -> Days:
    """Return the whole days that a file names from a day to another, in order, each once.

    Raises ``Invalid``.
    """
    found: dict[date, str] = {}
    for begin, end, name in _spans(_events_in(data), first, last):
        day = max(begin, first)
        while day < end and day <= last:
            found.setdefault(day, name)
            day += _DAY
        if len(found) > MOST_DAYS:
            raise Invalid(_TOO_MANY.format(most=MOST_DAYS, first=first, last=last), field="feeds")
    return tuple((day.isoformat(), found[day]) for day in sorted(found))


def _address(url: str) -> str:
    """Return where a subscription lies: 'webcal' is a way to say that it is one."""
    scheme, colon, rest = url.partition(":")
    return f"https:{rest}" if colon and scheme.lower() in ("webcal", "webcals") else url


def _events_in(data: bytes) -> list[Component]:
    """Return the events of a file that are about whole days."""
    from icalendar import Calendar

    text = data.decode("utf-8-sig", "replace")
    if not _is_shallow(text):
        raise Invalid(_NO_FILE, field="feeds")
    try:
        calendar = Calendar.from_ical(text)
        events = calendar.walk("VEVENT")
    except _UNREADABLE as error:
        raise Invalid(_NO_FILE, field="feeds") from error
    if calendar.name != "VCALENDAR":
        raise Invalid(_NO_FILE, field="feeds")
    return [event for event in events if _is_about_days(event)]


def _is_shallow(text: str) -> bool:
    depth = 0
    for line in text.splitlines():
        word = line[:6].upper()
        depth += word == "BEGIN:"
        depth -= word[:4] == "END:"
        if depth > _DEEPEST:
            return False
    return True


def _is_about_days(event: Component) -> bool:
    start = _day(event, "DTSTART")
    is_near = start is not None and start.year >= _FIRST_YEAR
    return is_near and str(event.get("STATUS")) != "CANCELLED"


def _day(event: Component, name: str) -> date | None:
    """Return the day that an event names, or ``None`` for a moment and for all else."""
    try:
        found: object = getattr(event.get(name), "dt", None)
    except _UNREADABLE:
        return None
    return found if isinstance(found, date) and not isinstance(found, datetime) else None


def _spans(
    events: Iterable[Component], first: date, last: date
) -> Iterator[tuple[date, date, str]]:
    """Yield from which day until which, the latter not included, and what it is called."""
    ends_at = monotonic() + _SECONDS
    series: defaultdict[str, list[Component]] = defaultdict(list)
    for event in events:
        if event.keys() & {"RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}:
            series[str(event.get("UID"))].append(event)
        else:
            yield from _span_of(event)
    for recurring in series.values():
        if monotonic() > ends_at:
            raise Invalid(_TOO_LONG, field="feeds")
        for event in _occurrences(recurring, first, last):
            yield from _span_of(event)


def _occurrences(events: list[Component], first: date, last: date) -> list[Component]:
    """Return the single events of a series, which may change some of its own."""
    import recurring_ical_events
    from icalendar import Calendar

    rules = [event["RRULE"] for event in events if "RRULE" in event]
    if len(rules) > _MOST_RULES or not all(_comes_to_an_end(rule) for rule in rules):
        return []
    calendar = Calendar()
    for event in events:
        calendar.add_component(event)
    try:
        found = recurring_ical_events.of(calendar, skip_bad_series=True)
        return list(found.between(first, last + _DAY))
    except _UNREADABLE:
        return []


def _comes_to_an_end(rule: Any) -> bool:
    """Return whether a rule is one of those that can be followed without getting lost."""
    if not isinstance(rule, dict):
        return False
    said = {str(name).upper(): value for name, value in rule.items()}
    interval = said.get("INTERVAL", [1])
    if said.keys() & _WITHIN_DAY or not all(
        isinstance(each, int) and each > 0 for each in interval
    ):
        return False
    (frequency,) = said.get("FREQ", [""])[:1] or [""]
    return frequency in _SPARSE or (frequency in _DENSE and said.keys() <= _HARMLESS)


def _span_of(event: Component) -> Iterator[tuple[date, date, str]]:
    start = _day(event, "DTSTART")
    if start is None:
        return
    try:
        lasts = getattr(event.get("DURATION"), "dt", _DAY)
        end = max(_day(event, "DTEND") or start + lasts, start + _DAY)
    except _UNREADABLE:
        return
    name = ellipsis(single_line(str(event.get("SUMMARY") or "")), NAME_LIMIT)
    yield start, end, name or "Holiday"

# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of RFC 5545 by which something comes again: what they say, and on which dates.

A date is a time by the clock on the wall of a zone: nine in the morning stays nine in the morning
when clocks are set forward or back. A time that is left out on such a day comes an hour later, one
that comes twice counts the first time.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby, islice
from zoneinfo import ZoneInfo

from helpdesk.core.errors import Invalid

SHOWN = 5
"""So many dates are shown before a rule is saved."""
MOST_COUNT, MOST_INTERVAL = 1_000, 99
RULE_LIMIT = 200
_LOOK_AHEAD = timedelta(days=60 * 366)
"""A rule without a date in so long a time has none: leap days come every four or eight years."""
_FIRST_YEAR, _LAST_YEAR = 2000, 2200
_NO_START = f"A plan begins between the years {_FIRST_YEAR} and {_LAST_YEAR}."
_DAY_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NAMES = ("INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "COUNT", "UNTIL", "WKST")
_ALL_DAYS = range(7)
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_UNKNOWN = "A rule is made of FREQ and {names}; {name} is none of them."
_NO_FREQUENCY = "A rule begins with how often: FREQ=DAILY, WEEKLY, MONTHLY or YEARLY."
_WRONG = "{name}={value} is not understood; look at the other parts of the rule."
_BOTH_ENDS = "A rule ends after a number of times or on a day, not both."
_NO_ZONE = "There is no time zone {name}; name one such as Europe/Berlin."


class Frequency(StrEnum):
    """How often something comes again."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


_SHORT = (Frequency.DAILY, Frequency.WEEKLY)


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week (Monday is 0), or the first, second … last (-1) of a month."""

    day: int
    nth: int = 0

    @property
    def text(self) -> str:
        """As a rule writes it, such as '2TU'."""
        return f"{self.nth or ''}{_DAY_CODES[self.day]}"


@dataclass(frozen=True, slots=True)
class RecurrenceRule:
    """A rule in its parts; what it does not name follows from when it begins."""

    frequency: Frequency
    interval: int = 1
    weekdays: tuple[Weekday, ...] = ()
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    count: int | None = None
    until: date | datetime | None = None

    @property
    def text(self) -> str:
        """The rule as RFC 5545 writes it."""
        parts = {
            "FREQ": self.frequency.value,
            "INTERVAL": str(self.interval) if self.interval > 1 else "",
            "BYDAY": ",".join(each.text for each in self.weekdays),
            "BYMONTHDAY": ",".join(map(str, self.month_days)),
            "BYMONTH": ",".join(map(str, self.months)),
            "BYSETPOS": ",".join(map(str, self.positions)),
            "COUNT": str(self.count) if self.count is not None else "",
            "UNTIL": _until_text(self.until) if self.until is not None else "",
        }
        return ";".join(f"{name}={value}" for name, value in parts.items() if value)


def parsed(text: str) -> RecurrenceRule:
    """Return the rule that a text says. Raises ``Invalid`` with what is wrong with it."""
    said: dict[str, str] = {}
    for part in text.strip().removeprefix("RRULE:").split(";"):
        name, _, value = part.partition("=")
        name = name.strip().upper()
        if name not in ("FREQ", *_NAMES):
            listed = ", ".join(_NAMES)
            raise Invalid(_UNKNOWN.format(names=listed, name=name or "an empty part"), field="rule")
        said[name] = value.strip().upper()
    if said.get("FREQ") not in tuple(Frequency):
        raise Invalid(_NO_FREQUENCY, field="rule")
    if "COUNT" in said and "UNTIL" in said:
        raise Invalid(_BOTH_ENDS, field="rule")
    frequency = Frequency(said["FREQ"])
    rule = RecurrenceRule(
        frequency,
        interval=_number(said, "INTERVAL", MOST_INTERVAL) or 1,
        weekdays=_weekdays(said, frequency),
        month_days=_numbers(said, "BYMONTHDAY", 31),
        months=_numbers(said, "BYMONTH", 12),
        positions=_numbers(said, "BYSETPOS", 31),
        count=_number(said, "COUNT", MOST_COUNT),
        until=_until(said),
    )
    _require_sense(rule, said)
    return rule


def next_dates(
    rule: str, zone: str, starts_at: datetime, after: datetime | None = None
) -> tuple[datetime, ...]:
    """Return the first five dates of a rule, or the first five after a moment.

    Raises ``Invalid`` as ``dates`` does.
    """
    return tuple(islice(dates(rule, zone, starts_at, after), SHOWN))


def dates(
    rule: str, zone: str, starts_at: datetime, after: datetime | None = None
) -> Iterator[datetime]:
    """Yield the dates of a rule in their order, in UTC; those after a moment where one is named.

    Raises ``Invalid`` for a rule or a zone that there is not, and for a beginning too far away.
    """
    here, parts = zone_named(zone), parsed(rule)
    if not _FIRST_YEAR <= starts_at.year <= _LAST_YEAR:
        raise Invalid(_NO_START, field="starts_at")
    start = starts_at.astimezone(here).replace(tzinfo=None)
    now = start if after is None else after.astimezone(here).replace(tzinfo=None)
    ends = max(start, now) + _LOOK_AHEAD
    last = _last(parts, here)
    begin = _nearer(parts, start, now) if parts.count is None else start
    for local in islice(_locals(parts, begin, min(ends, last or ends)), parts.count):
        moment = local.replace(tzinfo=here).astimezone(UTC)
        if after is None or moment > after:
            yield moment


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone of the world. Raises ``Invalid``."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        raise Invalid(_NO_ZONE.format(name=name), field="time_zone") from error


def _nearer(parts: RecurrenceRule, start: datetime, now: datetime) -> datetime:
    """Return a later beginning with the same dates from ``now`` on: some whole intervals ahead."""
    if parts.frequency not in _SHORT or now <= start:
        return start
    days = parts.interval * (7 if parts.frequency is Frequency.WEEKLY else 1)
    return start + timedelta(days=max((now - start).days // days - 1, 0) * days)


def _locals(parts: RecurrenceRule, start: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the times on the wall up to one; how many they may be is left to who asks.

    What only leaves out days is looked at here, and so is what takes some days of a month or a
    year: dateutil would look for a day up to the year 9999 where there is none, and looks at the
    end only with a day in hand.
    """
    # Only whoever plans something needs it, and starting is to be quick.
    from dateutil import rrule

    is_short = parts.frequency in _SHORT
    is_daily = parts.frequency is Frequency.DAILY
    days = {each.day for each in parts.weekdays} if is_daily else set()
    months = set(parts.months) if is_short else set()
    found = rrule.rrule(
        getattr(rrule, parts.frequency.value),
        dtstart=_period_of(parts, start) if parts.positions else start,
        interval=parts.interval,
        byweekday=[rrule.weekday(each.day, each.nth or None) for each in parts.weekdays]
        if parts.weekdays and not is_daily
        else None,
        bymonthday=parts.month_days if parts.month_days and not is_daily else None,
        bymonth=None if is_short else parts.months or None,
        until=until,
    )
    for local in _of_positions(parts, found, start) if parts.positions else found:
        is_of_month = not (is_daily and parts.month_days) or _is_month_day(local, parts.month_days)
        if (
            is_of_month
            and local.weekday() in (days or _ALL_DAYS)
            and (not months or local.month in months)
        ):
            yield local


def _period_of(parts: RecurrenceRule, local: datetime) -> datetime:
    """Return when the month or the year of a time begins, at the same hour."""
    first = local.replace(day=1)
    return first if parts.frequency is Frequency.MONTHLY else first.replace(month=1)


def _of_positions(
    parts: RecurrenceRule, found: Iterable[datetime], start: datetime
) -> Iterator[datetime]:
    """Yield those of each month or year that stand at the positions, such as the last one."""
    for _, group in groupby(found, lambda local: _period_of(parts, local)):
        period = list(group)
        places = {each - 1 if each > 0 else len(period) + each for each in parts.positions}
        yield from (
            period[place]
            for place in sorted(places)
            if 0 <= place < len(period) and period[place] >= start
        )


def _is_month_day(local: datetime, month_days: tuple[int, ...]) -> bool:
    length = monthrange(local.year, local.month)[1]
    return local.day in month_days or local.day - length - 1 in month_days


def _last(parts: RecurrenceRule, here: ZoneInfo) -> datetime | None:
    """Return until when a rule lasts, on the wall: a day lasts until it is over."""
    if isinstance(parts.until, datetime):
        return parts.until.astimezone(here).replace(tzinfo=None)
    return datetime.combine(parts.until, time.max) if parts.until else None


def _number(said: dict[str, str], name: str, most: int) -> int | None:
    if name not in said:
        return None
    value = said[name]
    if not value.isascii() or not value.isdigit() or not 1 <= int(value[:9]) <= most:
        raise Invalid(_WRONG.format(name=name, value=value), field="rule")
    return int(value)


def _numbers(said: dict[str, str], name: str, most: int) -> tuple[int, ...]:
    """Return whole numbers of a part, which count from the end where they are negative."""
    if name not in said:
        return ()
    found = []
    for value in said[name].split(","):
        digits = value.removeprefix("-") if name != "BYMONTH" else value
        if not digits.isascii() or not digits.isdigit() or not 1 <= int(digits[:9]) <= most:
            raise Invalid(_WRONG.format(name=name, value=said[name]), field="rule")
        found.append(int(value))
    return tuple(dict.fromkeys(found))


def _weekdays(said: dict[str, str], frequency: Frequency) -> tuple[Weekday, ...]:
    if "BYDAY" not in said:
        return ()
    found, counts = [], frequency in (Frequency.MONTHLY, Frequency.YEARLY)
    for value in said["BYDAY"].split(","):
        code, nth = value[-2:], value[:-2]
        digits = nth.removeprefix("+").removeprefix("-")
        is_nth = not nth or (counts and digits in ("1", "2", "3", "4", "5"))
        if code not in _DAY_CODES or not is_nth:
            raise Invalid(_WRONG.format(name="BYDAY", value=said["BYDAY"]), field="rule")
        found.append(Weekday(_DAY_CODES.index(code), int(nth or 0)))
    return tuple(dict.fromkeys(found))


def _until(said: dict[str, str]) -> date | datetime | None:
    if "UNTIL" not in said:
        return None
    value = said["UNTIL"]
    try:
        if len(value) == len("20261231"):
            return datetime.strptime(value, "%Y%m%d").replace(tzinfo=UTC).date()
        return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise Invalid(_WRONG.format(name="UNTIL", value=value), field="rule") from error


def _until_text(until: date | datetime) -> str:
    if isinstance(until, datetime):
        return f"{until.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{until:%Y%m%d}"


def _require_sense(rule: RecurrenceRule, said: dict[str, str]) -> None:
    """Raise ``Invalid`` for parts that RFC 5545 does not know together."""
    is_weekly = rule.frequency is Frequency.WEEKLY
    if rule.month_days and is_weekly:
        raise Invalid("A week has no days of the month; choose a monthly rule.", field="rule")
    if rule.positions and (rule.frequency in _SHORT or not (rule.weekdays or rule.month_days)):
        raise Invalid(_WRONG.format(name="BYSETPOS", value=said["BYSETPOS"]), field="rule")
    months = rule.months or range(1, 13)
    days = [abs(day) for day in rule.month_days]
    if days and all(day > _LONGEST[month - 1] for day in days for month in months):
        raise Invalid("There is no such day in any of these months.", field="rule")
    if said.get("WKST", "MO") != "MO":
        raise Invalid("Weeks begin on Monday here; leave WKST out.", field="rule")

# SPDX-License-Identifier: GPL-3.0-or-later
"""Business hours to the second, against a walker that looks at every minute by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from helpdesk.core.schemas.sla import CalendarSettings, OwnHoliday, Slot
from helpdesk.sla.calendar import OUT_OF_HOURS, WorkingCalendar, working_calendar

MINUTE = timedelta(minutes=1)
AROUND_MINUTES = 2 * 1440
ZONES = {
    "Etc/GMT+12": (),
    "America/New_York": ((2026, 3, 8), (2026, 11, 1)),
    "UTC": (),
    "Europe/Berlin": ((2026, 3, 29), (2026, 10, 25), (1980, 4, 6)),
    "Asia/Kolkata": (),
    "Australia/Lord_Howe": ((2026, 4, 5), (2026, 10, 4)),
    "Pacific/Apia": ((2011, 12, 30), (2021, 4, 4)),
    "Pacific/Kiritimati": ((1995, 1, 1),),
}
"""With the days around which their clocks are set; Apia and Kiritimati once left out a day."""
EVERYWHERE = ((2028, 2, 29), (2026, 12, 31), (2021, 1, 3), (2100, 2, 28))
"""Around a leap day, the end of a year with a week 53, and the end of such a week."""


# --- the walker ---------------------------------------------------------------------------------


class Told(NamedTuple):
    """What the clocks on the wall say at a minute."""

    day: date
    weekday: int
    minute: int


class Around(NamedTuple):
    """Minutes around a noon, one after the other."""

    first: datetime
    minutes: list[Told]


@cache
def around(zone: str, day: tuple[int, int, int]) -> Around:
    """Return what the walls of a zone say, minute by minute, around a day."""
    noon, place = datetime(*day, 12, tzinfo=UTC), ZoneInfo(zone)
    first = noon - AROUND_MINUTES * MINUTE
    walls = ((first + index * MINUTE).astimezone(place) for index in range(2 * AROUND_MINUTES))
    told = [Told(wall.date(), wall.weekday(), wall.hour * 60 + wall.minute) for wall in walls]
    return Around(first, told)


def walked(minutes: list[Told], slots: list[Slot], free: dict[date, str]) -> list[str]:
    """Return of each minute why it does not count, or nothing, by the rule as it is written."""
    hours: dict[int, set[int]] = {weekday: set() for weekday in range(-1, 7)}
    for slot in slots:
        hours[slot.day].update(range(slot.begin, slot.end))
    hours[-1] = hours[6]
    return [
        free[told.day]
        if told.day in free
        else ""
        if told.minute in hours[told.weekday] or told.minute + 1440 in hours[told.weekday - 1]
        else OUT_OF_HOURS
        for told in minutes
    ]


# --- what is walked -----------------------------------------------------------------------------


class Case(NamedTuple):
    zone: str
    day: tuple[int, int, int]
    slots: list[Slot]
    free: list[int]
    """Days before and after the one in the middle that are holidays."""
    marks: list[int]
    """Seconds of the time that is looked at, in order; each three of them are a case."""


def made_slot(day: int, begin: int, minutes: int) -> Slot:
    return Slot(day=day, begin=begin, end=min(begin + minutes, begin + 1440))


TIMES = st.one_of(st.integers(0, 1439), st.sampled_from([0, 60, 90, 120, 150, 180, 480, 1320]))
LENGTHS = st.one_of(st.integers(1, 1440), st.sampled_from([30, 60, 240, 480, 1440]))
SLOTS = st.lists(st.builds(made_slot, st.integers(0, 6), TIMES, LENGTHS), max_size=9)
MARKS = st.lists(
    st.one_of(
        st.integers(0, 2 * AROUND_MINUTES * 60 - 1),
        st.integers(0, 2 * AROUND_MINUTES - 1).map(lambda minute: minute * 60),
    ),
    min_size=10,
    max_size=10,
).map(sorted)
PLACES = st.sampled_from(
    [(zone, day) for zone, days in ZONES.items() for day in (*days, *EVERYWHERE)]
)
CASES = st.builds(
    lambda place, *others: Case(*place, *others),
    PLACES,
    SLOTS,
    st.lists(st.integers(-2, 2), max_size=3, unique=True),
    MARKS,
)


class Walk:
    """What the walker says of the time around a day."""

    def __init__(self, case: Case, free: dict[date, str]) -> None:
        self.first, minutes = around(case.zone, case.day)
        self.why = walked(minutes, case.slots, free)
        self._before = [0, *accumulate(0 if reason else 60 for reason in self.why)]

    def at(self, second: int) -> datetime:
        return self.first + timedelta(seconds=second)

    def second(self, moment: datetime) -> int:
        return int((moment - self.first).total_seconds())

    def counted(self, begin: int, end: int) -> int:
        return self._until(end) - self._until(begin)

    def _until(self, second: int) -> int:
        minute, rest = divmod(second, 60)
        return self._before[minute] + (rest if rest and not self.why[minute] else 0)


@settings(
    max_examples=400,
    deadline=None,
    database=None,
    # To make a failing case smaller takes longer than a test may.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(CASES)
def test_it_counts_as_one_who_looks_at_every_minute(case: Case):
    free = {date(*case.day) + timedelta(days=days): f"Feast {days}" for days in case.free}
    calendar, walk = WorkingCalendar(case.zone, case.slots, free), Walk(case, free)
    for marks in zip(case.marks, case.marks[1:], case.marks[2:], strict=False):
        require_same_count(calendar, walk, marks)
        require_first_moment(calendar, walk, marks)
        require_same_parts(calendar, walk, marks)


def require_same_count(calendar: WorkingCalendar, walk: Walk, marks: tuple[int, int, int]) -> None:
    one, two, three = (walk.at(second) for second in marks)
    assert calendar.counted(one, two) == walk.counted(*marks[:2])
    assert calendar.counted(one, three) == walk.counted(*marks[:2]) + calendar.counted(two, three)
    assert calendar.counted(three, one) == 0


def require_first_moment(
    calendar: WorkingCalendar, walk: Walk, marks: tuple[int, int, int]
) -> None:
    begin, until, _ = marks
    wanted = min(max(until - begin, 1), walk.counted(begin, len(walk.why) * 60))
    if not wanted:
        return
    reached = calendar.after(walk.at(begin), wanted)
    assert reached is not None
    second = walk.second(reached)
    assert [walk.counted(begin, second - one) for one in (0, 1)] == [wanted, wanted - 1]
    assert calendar.counted(walk.at(begin), reached) == wanted


def require_same_parts(calendar: WorkingCalendar, walk: Walk, marks: tuple[int, int, int]) -> None:
    begin, _, end = (walk.at(second) for second in marks)
    parts = calendar.parts(begin, end)
    for part in parts:
        first, last = walk.second(part.begin) // 60, (walk.second(part.end) - 1) // 60
        assert set(walk.why[first : last + 1]) == {part.why}
        assert part.works is not bool(part.why)
    moments = [begin, *(part.end for part in parts)]
    assert [part.begin for part in parts] == moments[:-1]
    assert moments[-1] == end
    assert all(one.why != two.why for one, two in pairwise(parts))


# --- by hand ------------------------------------------------------------------------------------


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekdays(*hours: tuple[int, int]) -> tuple[Slot, ...]:
    return tuple(
        Slot(day=day, begin=begin * 60, end=end * 60) for day in range(5) for begin, end in hours
    )


def settings_of(*slots: Slot, zone: str = "Europe/Berlin", **others: object) -> CalendarSettings:
    return CalendarSettings.model_validate(
        {"name": "Office", "time_zone": zone, "slots": slots, **others}
    )


def test_a_week_of_two_slots_a_day():
    calendar = WorkingCalendar.of(settings_of(*weekdays((8, 12), (13, 17))))
    # The clocks are set forward on the Sunday within.
    assert calendar.counted(moment("2026-03-23"), moment("2026-04-06")) == 10 * 8 * 3600
    assert calendar.after(moment("2026-03-27T15:30"), 3600) == moment("2026-03-30T06:30")


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ("2026-03-28", 7),  # 23:00 to 7:00, and no 2:30
        ("2026-10-24", 9),  # and two of them
        ("2026-07-04", 8),
    ],
)
def test_a_night_shift_is_as_long_as_its_night(day, hours):
    night = Slot(day=5, begin=23 * 60, end=31 * 60)
    calendar = WorkingCalendar.of(settings_of(night))
    begin = moment(day)
    assert calendar.counted(begin, begin + timedelta(days=3)) == hours * 3600


def test_a_holiday_closes_its_own_date_alone():
    night = Slot(day=3, begin=22 * 60, end=30 * 60)  # from Thursday to Friday
    holiday = OwnHoliday(day="2026-12-24", name="Christmas Eve")
    calendar = WorkingCalendar.of(settings_of(night, zone="UTC", holidays=(holiday,)))
    begin, end = moment("2026-12-24"), moment("2026-12-26")
    assert calendar.counted(begin, end) == 6 * 3600
    assert [(part.why, part.end.hour) for part in calendar.parts(begin, end)] == [
        ("Christmas Eve", 0),
        ("", 6),
        (OUT_OF_HOURS, 0),
    ]


def test_holidays_of_a_country_a_feed_and_the_desk():
    office = settings_of(
        *weekdays((9, 17)),
        country="DE",
        region="BE",
        holidays=(OwnHoliday(day="2026-12-31", name="Closed"),),
    )
    calendar = WorkingCalendar.of(office, [("2026-12-30", "Bridge day")])
    parts = calendar.parts(moment("2026-12-25T11:00"), moment("2027-01-01T12:00"))
    assert [part.why for part in parts if not part.works and part.why != OUT_OF_HOURS] == [
        "Christmas Day",
        "Second Day of Christmas",
        "Bridge day",
        "Closed",
        "New Year's Day",
    ]
    # Years from now it still knows.
    assert calendar.counted(moment("2031-12-25"), moment("2031-12-26")) == 0


@pytest.mark.parametrize("slots", [(), (Slot(day=0, begin=0, end=1),)])
def test_what_is_never_over_has_no_end(slots):
    calendar = WorkingCalendar.of(settings_of(*slots))
    assert calendar.after(moment("2026-01-01"), 5 * 366 * 86_400) is None
    assert calendar.after(moment("2026-01-01"), 0) == moment("2026-01-01")


def test_parts_of_seconds_add_up():
    around_the_clock = tuple(Slot(day=day, begin=0, end=1440) for day in range(7))
    calendar = WorkingCalendar.of(settings_of(*around_the_clock))
    begin = moment("2026-05-05T05:05:05.999999")
    moments = [begin + index * timedelta(milliseconds=333) for index in range(100)]
    counted = sum(calendar.counted(one, two) for one, two in pairwise(moments))
    assert counted == calendar.counted(moments[0], moments[-1])
    assert [(part.begin, part.end) for part in calendar.parts(begin, moments[1])] == [
        (begin, moments[1])
    ]
    assert calendar.parts(begin, begin) == []


def test_a_stored_calendar_is_made_once():
    text = settings_of(*weekdays((9, 17)), zone="UTC").model_dump_json()
    days = '[["2026-05-05","Feast"]]'
    assert working_calendar(text, days) is working_calendar(text, days)
    begin = moment("2026-05-05")
    assert working_calendar(text, days).counted(begin, moment("2026-05-07")) == 8 * 3600
    assert working_calendar(text).counted(begin, moment("2026-05-07")) == 16 * 3600

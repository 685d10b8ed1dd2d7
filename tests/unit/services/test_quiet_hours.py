# SPDX-License-Identifier: GPL-3.0-or-later
"""Quiet hours and digests by the clock on the wall, through both changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.errors import Invalid
from helpdesk.services.quiet_hours import known_zone, next_digest, quiet_until, zone_of

BERLIN, APIA = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia")
ZONES = [
    ZoneInfo(name)
    for name in ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                 "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu", "Pacific/Apia")
]  # fmt: skip
NIGHT = (22 * 60, 7 * 60)
_MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "hours", "until"),
    [
        pytest.param("2026-11-23 09:00", NIGHT, None, id="by day"),
        pytest.param("2026-11-23 20:59:59", NIGHT, None, id="a second before"),
        pytest.param("2026-11-23 21:00", NIGHT, "2026-11-24 06:00", id="in the evening"),
        pytest.param("2026-11-24 05:59:59", NIGHT, "2026-11-24 06:00", id="in the morning"),
        pytest.param("2026-11-24 06:00", NIGHT, None, id="as they end"),
        pytest.param("2026-11-23 12:30", (12 * 60, 14 * 60), "2026-11-23 13:00", id="at noon"),
        pytest.param("2026-03-28 22:00", NIGHT, "2026-03-29 05:00", id="a night of 23 hours"),
        pytest.param("2026-10-24 21:00", NIGHT, "2026-10-25 06:00", id="a night of 25 hours"),
        pytest.param("2026-03-29 00:30", (0, 150), "2026-03-29 01:00", id="end that is skipped"),
        pytest.param("2026-10-24 23:30", (0, 150), "2026-10-25 00:30", id="end that comes twice"),
        pytest.param("2026-10-25 01:10", (0, 150), "2026-10-25 01:30", id="before its second"),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(at: str, hours: tuple[int, int], until):
    assert quiet_until(utc(at), BERLIN, *hours) == (utc(until) if until else None)


def test_a_day_that_a_zone_leaves_out_is_no_obstacle():
    # Samoa went from 29 to 31 December 2011.
    assert quiet_until(utc("2011-12-30 09:00"), APIA, *NIGHT) == utc("2011-12-30 10:00")
    assert next_digest(utc("2011-12-29 19:00"), APIA, 8 * 60) == utc("2011-12-30 10:00")


@settings(max_examples=80)
@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(min_value=datetime(2023, 1, 1).date(), max_value=datetime(2029, 1, 1).date()),  # noqa: DTZ001
    minute=st.integers(0, 1439),
    begin=st.integers(0, 1439),
    end=st.integers(0, 1439),
)
def test_they_end_at_the_first_minute_that_is_not_quiet(
    zone: ZoneInfo, day: date, minute: int, begin: int, end: int
):
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + minute * _MINUTE

    def is_quiet(moment: datetime) -> bool:
        wall = moment.astimezone(zone)
        now: int = wall.hour * 60 + wall.minute
        return now >= begin or now < end if end <= begin else begin <= now < end

    moment, expected = at, None
    if is_quiet(at):
        while is_quiet(moment) and moment < at + timedelta(days=2):
            moment += _MINUTE
        expected = moment
    if begin == end:
        return
    assert quiet_until(at, zone, begin, end) == expected


@settings(max_examples=40)
@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(
        min_value=datetime(2023, 1, 1),  # noqa: DTZ001
        max_value=datetime(2028, 12, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    minute=st.integers(0, 1439),
)
def test_each_day_has_one_digest(zone: ZoneInfo, start: datetime, minute: int):
    due = next_digest(start, zone, minute)
    assert due > start
    days = []
    for _ in range(40):
        days.append(due.astimezone(zone).date())
        due = next_digest(due, zone, minute)
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]


def test_a_digest_comes_once_where_the_clock_is_set_back():
    first = next_digest(utc("2026-10-24 23:00"), BERLIN, 150)
    assert first == utc("2026-10-25 00:30")
    assert next_digest(first, BERLIN, 150) == utc("2026-10-26 01:30")


@pytest.mark.parametrize(
    "name", ["", "Europe", "Mars/Olympus", "../../etc/passwd", "/etc", "a\x00b"]
)
def test_a_zone_that_does_not_exist_is_refused(name: str):
    with pytest.raises(Invalid):
        known_zone(name)
    assert zone_of(name).key == "UTC"

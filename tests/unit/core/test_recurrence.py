# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules by which something comes again: their dates over changes of the clock, and their words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.errors import Invalid
from helpdesk.core.recurrence import (
    Frequency,
    RecurrenceRule,
    Weekday,
    _period_of,
    next_dates,
    parsed,
)
from helpdesk.core.recurrence_words import rule_words

BERLIN = "Europe/Berlin"
_ZONES = (BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")


def at(text: str, zone: str = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def shown(rule: str, start: str, after: str | None = None) -> list[str]:
    moment = at(after) if after else None
    found = next_dates(rule, BERLIN, at(start), moment)
    return [f"{each.astimezone(ZoneInfo(BERLIN)):%y-%m-%d %H:%M}" for each in found]


def test_a_time_stays_the_same_on_the_wall_when_clocks_are_set():
    rule = "FREQ=WEEKLY;BYDAY=MO"
    assert shown(rule, "2026-10-19T09:00") == [
        "26-10-19 09:00", "26-10-26 09:00", "26-11-02 09:00", "26-11-09 09:00", "26-11-16 09:00",
    ]  # fmt: skip
    first, second = next_dates(rule, BERLIN, at("2026-10-19T09:00"))[:2]
    assert second - first == timedelta(days=7, hours=1)
    assert first.tzinfo is UTC
    skipped = next_dates("FREQ=DAILY", BERLIN, at("2026-03-28T02:30"))[1].astimezone(
        ZoneInfo(BERLIN)
    )
    assert f"{skipped:%d %H:%M}" == "29 03:30"
    twice = next_dates("FREQ=DAILY", BERLIN, at("2026-10-24T02:30"))[1]
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        ("FREQ=MONTHLY;BYDAY=2TU", "2026-12-01T08:00",
         "26-12-08 27-01-12 27-02-09 27-03-09 27-04-13"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2026-12-01T08:00",
         "26-12-31 27-01-31 27-03-31 27-05-31 27-07-31"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-12-01T08:00",
         "26-12-31 27-01-31 27-02-28 27-03-31 27-04-30"),
        ("FREQ=YEARLY", "2028-02-29T08:00", "28-02-29 32-02-29 36-02-29 40-02-29 44-02-29"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=2", "2026-12-01T08:00", "26-12-01 26-12-04"),
        ("FREQ=WEEKLY;UNTIL=20261215", "2026-12-01T08:00", "26-12-01 26-12-08 26-12-15"),
        ("FREQ=WEEKLY;UNTIL=20261215T065959Z", "2026-12-01T08:00", "26-12-01 26-12-08"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", "2026-12-01T08:00",
         "26-12-31 27-01-29"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-12-01T08:00", ""),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=-1,3;COUNT=3", "2026-12-01T08:00",
         "27-02-03 27-02-28 28-02-03"),
    ],
)  # fmt: skip
def test_dates_of_rules(rule: str, start: str, expected: str):
    assert [each.split()[0] for each in shown(rule, start)] == expected.split()


def test_dates_after_a_moment_count_from_the_beginning():
    assert shown("FREQ=DAILY;COUNT=4", "2026-12-01T08:00", "2026-12-02T08:00") == [
        "26-12-03 08:00", "26-12-04 08:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("", "is none of them"),
        ("FREQ=HOURLY", "how often"),
        ("FREQ=DAILY;BYHOUR=3", "BYHOUR is none"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
        ("FREQ=DAILY;COUNT=9999999999999999", "COUNT="),
        ("FREQ=WEEKLY;BYDAY=2TU", "BYDAY=2TU"),
        ("FREQ=MONTHLY;BYDAY=6TU", "BYDAY=6TU"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "no days of the month"),
        ("FREQ=DAILY;COUNT=1;UNTIL=20270101", "not both"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL="),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=YEARLY;BYMONTH=2,4;BYMONTHDAY=31", "no such day"),
    ],
)
def test_what_no_rule_is_gets_a_sentence(rule: str, sentence: str):
    with pytest.raises(Invalid, match=sentence):
        next_dates(rule, BERLIN, at("2026-12-01T08:00"))


def test_a_zone_that_there_is_not_gets_a_sentence():
    with pytest.raises(Invalid, match=r"no time zone \.\./x"):
        next_dates("FREQ=DAILY", "../x", at("2026-12-01T08:00"))


@pytest.mark.parametrize("start", ["0001-01-01T00:00", "1999-06-01T09:00", "9999-12-30T09:00"])
def test_a_beginning_far_away_gets_a_sentence(start: str):
    with pytest.raises(Invalid, match="between the years 2000 and 2200"):
        next_dates("FREQ=DAILY", "America/New_York", at(start))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MONTHLY;BYMONTHDAY=1,2,3;BYDAY=MO,TU;BYSETPOS=31,30",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2,3;BYSETPOS=2",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
    ],
)
def test_a_rule_without_a_date_is_not_looked_for_in_vain(rule: str):
    looked_at = count()
    with patch("helpdesk.core.recurrence._period_of", side_effect=_counted(looked_at)):
        assert shown(rule, "2000-02-01T08:00") == []
    assert next(looked_at) < 10_000


def _counted(looked_at: Iterator[int]) -> Callable[[RecurrenceRule, datetime], datetime]:
    def period_of(parts: RecurrenceRule, local: datetime) -> datetime:
        next(looked_at)
        return _period_of(parts, local)

    return period_of


@settings(max_examples=40)
@given(
    frequency=st.sampled_from(("MONTHLY", "YEARLY")),
    by=st.sampled_from(("BYDAY=MO,TU,WE,TH,FR", "BYMONTHDAY=1,15,31", "BYDAY=SA;BYMONTH=2,5")),
    positions=st.lists(st.sampled_from((1, 2, 3, -1, -2, -5)), min_size=1, max_size=3, unique=True),
    day=st.dates(date(2026, 1, 1), date(2029, 12, 31)),
)
def test_positions_are_those_of_the_library(
    frequency: str, by: str, positions: list[int], day: date
):
    text = f"FREQ={frequency};{by};BYSETPOS={','.join(map(str, positions))}"
    start = datetime.combine(day, time(8))
    theirs = [each.replace(tzinfo=UTC) for each in islice(rrule.rrulestr(text, dtstart=start), 5)]
    assert list(next_dates(text, "UTC", start.replace(tzinfo=UTC))) == theirs


@pytest.mark.parametrize("rule", ["FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR"])
def test_dates_long_after_the_beginning_are_those_of_the_library(rule: str):
    start, after = datetime(2001, 3, 7, 8, tzinfo=UTC), datetime(2026, 12, 1, 9, tzinfo=UTC)
    theirs = islice(rrule.rrulestr(rule, dtstart=start).xafter(after), 5)
    assert next_dates(rule, "UTC", start, after) == tuple(theirs)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "Every day at 08:00 (Europe/Berlin)"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every working day at 08:00 (Europe/Berlin)"),
        ("FREQ=WEEKLY;INTERVAL=2", "Every 2 weeks on Tuesday at 08:00 (Europe/Berlin)"),
        ("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=6",
         "Every week on Monday and Thursday at 08:00 (Europe/Berlin), 6 times"),
        ("FREQ=MONTHLY;BYDAY=2TU", "Every month on the second Tuesday at 08:00 (Europe/Berlin)"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "Every month on the last day at 08:00 (Europe/Berlin)"),
        ("FREQ=MONTHLY", "Every month on day 1 at 08:00 (Europe/Berlin)"),
        ("FREQ=YEARLY;UNTIL=20301231",
         "Every year on 1 December at 08:00 (Europe/Berlin), until 31 December 2030"),
    ],
)  # fmt: skip
def test_rules_in_words(rule: str, words: str):
    assert rule_words(rule, BERLIN, at("2026-12-01T08:00")) == words


_RULES = st.builds(
    RecurrenceRule,
    st.sampled_from((Frequency.DAILY, Frequency.WEEKLY)),
    interval=st.integers(1, 9),
    weekdays=st.lists(st.builds(Weekday, st.integers(0, 6)), max_size=3, unique=True).map(tuple),
    months=st.lists(st.integers(1, 12), max_size=3, unique=True).map(tuple),
    count=st.none() | st.integers(1, 40),
) | st.builds(
    RecurrenceRule,
    st.sampled_from((Frequency.MONTHLY, Frequency.YEARLY)),
    interval=st.integers(1, 3),
    weekdays=st.lists(
        st.builds(Weekday, st.integers(0, 6), st.sampled_from((1, 2, 3, 4, -1))),
        max_size=2,
        unique=True,
    ).map(tuple),
    until=st.none() | st.dates(date(2030, 1, 1), date(2040, 1, 1)),
)  # fmt: skip


@settings(max_examples=60)
@given(
    rule=_RULES,
    zone=st.sampled_from(_ZONES),
    day=st.dates(date(2026, 1, 1), date(2029, 12, 31)),
    clock=st.times(),
)
def test_dates_ascend_keep_their_time_and_are_found_again_from_any_of_them(
    rule: RecurrenceRule, zone: str, day: date, clock: time
):
    assert parsed(rule.text) == rule
    here = ZoneInfo(zone)
    start = datetime.combine(day, clock.replace(second=0, microsecond=0), here)
    found = next_dates(rule.text, zone, start)
    assert list(found) == sorted(set(found))
    wanted = start.astimezone(UTC).astimezone(here)
    for each in found:
        there = each.astimezone(here)
        naive = there.replace(hour=wanted.hour, minute=wanted.minute, fold=0)
        is_left_out = naive.astimezone(UTC).astimezone(here) != naive
        assert is_left_out or (there.hour, there.minute) == (wanted.hour, wanted.minute)
    if len(found) > 1:
        assert next_dates(rule.text, zone, start, found[0])[: len(found) - 1] == found[1:]
    assert rule_words(rule.text, zone, start)

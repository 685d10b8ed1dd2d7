# SPDX-License-Identifier: GPL-3.0-or-later
"""Which days a period has, and into which weeks and months they fall."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.figures import Period, Span, Split
from helpdesk.figures.periods import (
    Days,
    custom,
    date_of,
    day_of,
    days_of,
    number_of,
    stretch_of,
    stretches,
)

TODAY = number_of(date(2026, 3, 2))


def told(days: Days) -> tuple[str, str]:
    return date_of(days.first).isoformat(), date_of(days.last).isoformat()


def test_named_periods_end_with_today():
    found = {period: days_of(Span(period=period), TODAY) for period in Period if period != "custom"}
    assert told(found[Period.TODAY]) == ("2026-03-02", "2026-03-02")
    assert told(found[Period.LAST_30_DAYS]) == ("2026-02-01", "2026-03-02")
    assert told(found[Period.THIS_MONTH]) == ("2026-03-01", "2026-03-02")
    assert told(found[Period.LAST_MONTH]) == ("2026-02-01", "2026-02-28")
    assert len(found[Period.LAST_365_DAYS]) == 365
    assert told(found[Period.LAST_7_DAYS].before) == ("2026-02-17", "2026-02-23")


def test_two_named_days_stay_the_same_whatever_day_it_is():
    span = Span(period=Period.CUSTOM, first="2026-01-05", last="2026-01-06")
    assert told(days_of(span, TODAY)) == ("2026-01-05", "2026-01-06")
    assert custom(days_of(span, TODAY)) == span
    far = Span(period=Period.CUSTOM, first="9999-12-30", last="9999-12-31")
    with pytest.raises(Invalid, match="choose days that have begun"):
        days_of(far, TODAY)


def test_weeks_begin_on_monday_and_end_with_the_period():
    days = Days(number_of(date(2025, 12, 31)), number_of(date(2026, 1, 14)))
    weeks = stretches(days, Split.WEEK)
    assert [each.label for each in weeks] == ["Week 1, 2026", "Week 2, 2026", "Week 3, 2026"]
    assert [each.key for each in weeks] == ["2025-12-29", "2026-01-05", "2026-01-12"]
    assert told(weeks[0].days) == ("2025-12-31", "2026-01-04")
    assert sum(len(each.days) for each in weeks) == len(days)
    months = stretches(days, Split.MONTH)
    assert [each.label for each in months] == ["Dec 2025", "Jan 2026"]
    for split in (Split.DAY, Split.WEEK, Split.MONTH):
        for each in stretches(days, split):
            assert stretch_of(each.key, split, days) == each


def test_what_is_no_part_of_a_period_is_none():
    days = Days(TODAY, TODAY)
    assert stretch_of("2026-03-03", Split.DAY, days) is None
    assert stretch_of("2026-03-04", Split.WEEK, days) is None
    assert stretch_of("soon", Split.MONTH, days) is None


def test_a_day_begins_at_midnight_of_its_zone():
    moment = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert day_of(moment, ZoneInfo("Europe/Berlin")) == TODAY
    assert day_of(moment, UTC) == TODAY - 1

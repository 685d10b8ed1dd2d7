# SPDX-License-Identifier: GPL-3.0-or-later
"""What is expected comes true as often as it says, and chance alone hardly ever raises an alarm."""

from __future__ import annotations

import math
import random

import pytest

from helpdesk.figures.outlook import (
    FALSE_ALARMS,
    as_many_or_more,
    between,
    conditional_test,
    expected,
    rises,
    weekday_of,
    weeks_before,
)

TODAY, WEEKS = 20_780, 8
CATEGORIES = 8


def poisson(chance: random.Random, mean: float) -> int:
    """Return a number by chance around a mean."""
    number, left, limit = 0, 1.0, math.exp(-mean)
    while True:
        left *= chance.random()
        if left <= limit:
            return number
        number += 1


def a_desk(chance: random.Random, rates: list[float]) -> dict[int, dict[int, int]]:
    """Return what came on each day of the last weeks: less on weekends."""
    days = range(TODAY - 7 * (WEEKS + 1), TODAY + 1)
    return {
        category: {day: poisson(chance, rate * (1 if weekday_of(day) < 5 else 0.2)) for day in days}
        for category, rate in enumerate(rates, start=1)
    }


def test_a_day_has_its_weekday():
    assert weekday_of(TODAY) == 0
    assert weekday_of(TODAY - 1) == 6


def test_weeks_are_whole_and_not_too_few():
    assert weeks_before(TODAY, None) == 0
    assert weeks_before(TODAY, TODAY - 8 * 7 + 1) == 0
    assert weeks_before(TODAY, TODAY - 8 * 7) == 8
    assert weeks_before(TODAY, TODAY - 700) == 12


def test_an_hour_is_expected_as_it_was_in_the_weeks_before():
    hours = {(TODAY - 7 * week, 9): 4 for week in range(1, 13)}
    hours |= {(TODAY, 9): 500, (TODAY - 1, 23): 12}
    found = {(each.weekday, each.hour): each for each in expected(hours, TODAY, 12)}
    assert len(found) == 168
    assert found[0, 9].mean == 4
    assert found[6, 23].mean == 1
    assert (found[3, 3].low, found[3, 3].high) == (0, 0)
    assert found[0, 9].low < 4 < found[0, 9].high
    assert expected(hours, TODAY, 0) == ()


def test_four_of_five_hours_lie_between_low_and_high():
    chance = random.Random(11)  # noqa: S311 - no secret
    within, tried = 0, 0
    for _ in range(6):
        days = range(TODAY - 84, TODAY + 7)
        came = {(day, hour): poisson(chance, hour / 2) for day in days for hour in range(24)}
        for each in expected(came, TODAY, 12):
            day = TODAY + (each.weekday - weekday_of(TODAY)) % 7
            within += each.low <= came[day, each.hour] <= each.high
            tried += 1
    # Whole numbers are never within by exactly four of five, but by a little more.
    assert 0.8 <= within / tried <= 0.93


@pytest.mark.parametrize("mean", [0.3, 4.0, 60.0, 900.0])
def test_bounds_and_tails_agree(mean: float):
    low, high = between(mean, 1.5 * mean)
    assert as_many_or_more(int(high) + 1, mean, 1.5 * mean) <= 0.1 + 1e-9
    assert as_many_or_more(int(low) + 1, mean, 1.5 * mean) <= 0.9 + 1e-9
    assert as_many_or_more(0, mean, mean) == 1


def test_the_conditional_test_is_exact():
    total, share = 30, 1 / 9
    for number in (0, 1, 3, 9, 30):
        exact = sum(
            math.comb(total, each) * share**each * (1 - share) ** (total - each)
            for each in range(number, total + 1)
        )
        assert conditional_test(number, total - number, 8) == pytest.approx(exact)


def test_chance_alone_raises_hardly_any_alarm():
    chance = random.Random(3)  # noqa: S311 - no secret
    looks = 250
    rates = [0.3, 1, 2, 5, 10, 20, 40, 80]
    alarms = sum(bool(rises(a_desk(chance, rates), TODAY, WEEKS)) for _ in range(looks))
    # So many or more would come by chance once in a thousand, were FALSE_ALARMS too small.
    assert alarms <= looks * FALSE_ALARMS + 3 * math.sqrt(looks * FALSE_ALARMS)


def test_a_rise_is_found_and_told_by_the_span_that_shows_it():
    chance = random.Random(5)  # noqa: S311 - no secret
    found = 0
    for _ in range(20):
        desk = a_desk(chance, [10.0] * CATEGORIES)
        for day in range(TODAY - 2, TODAY + 1):
            desk[4][day] = poisson(chance, 30)
        alarms = rises(desk, TODAY, WEEKS)
        found += [each.category_id for each in alarms] == [4]
        assert all(each.tickets > 1.5 * each.usual for each in alarms)
    assert found == 20


def test_what_always_comes_unevenly_raises_few_alarms():
    chance = random.Random(8)  # noqa: S311 - no secret
    days = range(TODAY - 7 * (WEEKS + 1), TODAY + 1)
    alarms = 0
    for _ in range(100):
        uneven = {day: poisson(chance, 10 * chance.gammavariate(3, 1 / 3)) for day in days}
        alarms += bool(rises({1: uneven}, TODAY, WEEKS))
    assert alarms <= 10


def test_a_few_tickets_are_no_rise():
    assert rises({1: {TODAY: 4}}, TODAY, WEEKS) == ()
    (rise,) = rises({1: {TODAY: 12}}, TODAY, WEEKS)
    assert (rise.days, rise.tickets, rise.usual) == (1, 12, 0)

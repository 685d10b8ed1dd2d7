# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be expected, and what is unusual: estimates from the weeks before, never counts.

Tickets arrive as telephone calls do: by chance around a mean of the hour and the weekday, and often
more unevenly than chance alone explains. So the numbers of an hour are taken as a Poisson mixture,
the negative binomial distribution, as Jongbloed and Koole do ("Managing uncertainty in call centres
using Poisson mixtures", Applied Stochastic Models in Business and Industry 17, 2001); its two
parameters come from mean and variance of the weeks before. Its variance is widened by what a mean
of so few weeks is uncertain itself.

Whether a category rises is tested by the exact conditional test for two Poisson numbers
(Przyborowski and Wilenski, Biometrika 31, 1940). Over all categories and spans of days together, at
most ``FALSE_ALARMS`` of looks at a desk where nothing has changed show a rise, if tickets come by
chance alone. It is tested by the mixture as well, and by whether any of the weeks before saw as
many, so that of what always comes unevenly no more than about one look in twenty does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import exp, lgamma, log, log1p
from typing import NamedTuple

LEAST_WEEKS, MOST_WEEKS = 8, 12
FALSE_ALARMS = 0.01
SPANS = (1, 3, 7)
"""Of so many days, up to today, a category is looked at."""
_WEEK, _HOURS = 7, 24
_MONDAY = 3
"""The weekday of day 0, a Thursday."""
_SHARE = 0.8
_LEAST_TICKETS, _LEAST_RISE = 5, 1.5
"""Fewer tickets, or a smaller rise, are worth no word whatever chance says."""
_NEGLIGIBLE = 1e-15


class Expected(NamedTuple):
    """How many tickets come in an hour of a weekday, Monday being 0: four times of five within."""

    weekday: int
    hour: int
    mean: float
    low: float
    high: float


class Unusual(NamedTuple):
    """So many tickets came in the last days, where so many come as a rule."""

    category_id: int
    days: int
    tickets: int
    usual: float


def weekday_of(day: int) -> int:
    """Return the weekday of a day since 1970; Monday is 0."""
    return (day + _MONDAY) % _WEEK


def weeks_before(today: int, first: int | None) -> int:
    """Return of how many whole weeks before today there are figures; 0 where they are too few."""
    if first is None:
        return 0
    weeks = min((today - first) // _WEEK, MOST_WEEKS)
    return weeks if weeks >= LEAST_WEEKS else 0


def expected(hours: Mapping[tuple[int, int], int], today: int, weeks: int) -> tuple[Expected, ...]:
    """Return what to expect of each hour of a week, by the numbers of days and hours before."""
    return tuple(_hours(hours, today, weeks)) if weeks else ()


def rises(
    categories: Mapping[int, Mapping[int, int]], today: int, weeks: int
) -> tuple[Unusual, ...]:
    """Return the categories of which unusually many tickets came, the clearest first.

    ``categories`` has how many came on each day. Only the span of days that shows a rise most
    clearly is told.
    """
    if not weeks or not categories:
        return ()
    level = FALSE_ALARMS / (len(categories) * len(SPANS))
    found: list[tuple[float, Unusual]] = []
    for category_id, days in categories.items():
        looks = [_look(category_id, days, today, span, weeks) for span in SPANS]
        chance, rise = min(looks, key=lambda look: look[0])
        if chance < level:
            found.append((chance, rise))
    return tuple(rise for _, rise in sorted(found, key=lambda each: each[0]))


@lru_cache(maxsize=1024)
def between(mean: float, spread: float, share: float = _SHARE) -> tuple[float, float]:
    """Return between which numbers a share of all lies, of a mixture of this mean and variance."""
    if mean <= 0:
        return 0.0, 0.0
    below, low, rest = 0.0, None, (1 - share) / 2
    for number, chance in enumerate(_chances(mean, spread)):
        below += chance
        if low is None and below >= rest:
            low = number
        if below >= 1 - rest:
            return float(low or 0), float(number)
    raise AssertionError("chances add up to one")


def as_many_or_more(number: int, mean: float, spread: float) -> float:
    """Return how likely so many or more are, of a mixture of this mean and variance."""
    if mean <= 0:
        return 1.0 if number <= 0 else 0.0
    below = 0.0
    for other, chance in enumerate(_chances(mean, spread)):
        if other >= number:
            break
        below += chance
    return max(1.0 - below, 0.0)


def conditional_test(number: int, others: int, weeks: int) -> float:
    """Return how likely so many or more of all would fall into one of ``weeks`` + 1 weeks."""
    total, share = number + others, 1 / (weeks + 1)
    if number <= 0:
        return 1.0
    chance = exp(
        lgamma(total + 1)
        - lgamma(number + 1)
        - lgamma(others + 1)
        + number * log(share)
        + others * log1p(-share)
    )
    found, odds = 0.0, share / (1 - share)
    for each in range(number, total + 1):
        found += chance
        if chance < found * _NEGLIGIBLE:
            break
        chance *= odds * (total - each) / (each + 1)
    return min(found, 1.0)


def _hours(hours: Mapping[tuple[int, int], int], today: int, weeks: int) -> Iterator[Expected]:
    for weekday in range(_WEEK):
        # The newest such day that is over, and those of the weeks before it.
        newest = today - 1 - (weekday_of(today - 1) - weekday) % _WEEK
        days = [newest - _WEEK * week for week in range(weeks)]
        for hour in range(_HOURS):
            mean, spread = _predicted([hours.get((day, hour), 0) for day in days])
            yield Expected(weekday, hour, mean, *between(mean, spread))


def _predicted(numbers: Sequence[int]) -> tuple[float, float]:
    """Return mean and variance of the next number, which is no surer than the mean is."""
    count, total = len(numbers), sum(numbers)
    mean = total / count
    # In whole numbers up to the division: exact, and of a week's 168 hours soon done.
    spread = (count * sum(each * each for each in numbers) - total * total) / (count * (count - 1))
    return mean, max(spread, mean) * (1 + 1 / count)


def _look(
    category_id: int, days: Mapping[int, int], today: int, span: int, weeks: int
) -> tuple[float, Unusual]:
    """Return how likely as many tickets as came in the last days are by chance."""
    came = _between(days, today, span)
    before = [_between(days, today - _WEEK * week, span) for week in range(1, weeks + 1)]
    mean, spread = _predicted(before)
    rise = Unusual(category_id, span, came, mean)
    if came < max(_LEAST_TICKETS, _LEAST_RISE * mean, max(before) + 1):
        return 1.0, rise
    by_test = conditional_test(came, sum(before), weeks)
    by_mixture = as_many_or_more(came, mean, spread) if mean else 0.0
    return max(by_test, by_mixture), rise


def _between(days: Mapping[int, int], last: int, span: int) -> int:
    return sum(days.get(day, 0) for day in range(last - span + 1, last + 1))


def _chances(mean: float, spread: float) -> Iterable[float]:
    """Yield how likely 0, 1, 2 and so on are, of a negative binomial distribution."""
    spread = max(spread, mean * (1 + 1e-9))
    size = mean * mean / (spread - mean)
    share = mean / spread
    logarithm, number = size * log(share), 0
    rest = log1p(-share)
    while True:
        yield exp(logarithm)
        logarithm += rest + log((size + number) / (number + 1))
        number += 1
        if number > mean + 60 * (spread**0.5 + 1):
            yield 1.0
            return

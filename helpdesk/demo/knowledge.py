# SPDX-License-Identifier: GPL-3.0-or-later
"""How the articles of a demo desk came about, who reads them, and what people say of them.

Each article has a random generator of its own, so that another article changes none of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from helpdesk.core.schemas.articles import ArticleState
from helpdesk.demo.texts import load

_TOLD = datetime(2026, 11, 23, tzinfo=UTC)
"""The day that the dates in the demo's files are told as seen from."""
_OLDEST, _NEWEST = 700, 60
"""Days ago that published articles were begun."""
_READ_FOR = 180
"""Days that reads are told of."""
_OFFICE = range(7, 16)
"""Hours of the day, UTC."""
_MOST_READS = 9.0
"""Of the best read article on a working day, on average."""
_WEEKEND = 0.1
_FRIDAY = 4
_SPARED = 0.05
"""Of all reads so many made a ticket needless."""
_MOST_RATINGS = 14
_COMMENTED = 0.4


class ArticleDates(NamedTuple):
    """When an article was begun, published and changed, and when it has to be reviewed."""

    created: datetime
    published: datetime | None
    updated: datetime
    review_due: datetime | None


class DemoRating(NamedTuple):
    """What somebody says; ``reader`` is an index into the people."""

    reader: int
    helpful: bool
    comment: str
    at: datetime


class ReadDay(NamedTuple):
    """A day with its reads, and the people whom it spared a ticket."""

    at: datetime
    reads: int
    spared: tuple[int, ...]


class Readership(NamedTuple):
    """What came of an article."""

    days: tuple[ReadDay, ...]
    ratings: tuple[DemoRating, ...]


class MissedSearch(NamedTuple):
    """A search that found nothing."""

    text: str
    times: int
    last_at: datetime


class DemoKnowledge:
    """The life of the articles up to now; the same seed and moment give the same."""

    def __init__(self, seed: int, now: datetime, review_after: timedelta) -> None:
        """Read what people say."""
        self._seed = seed
        self._now = now
        self._review_after = review_after
        self._said = load("knowledge")

    def dates(self, name: str, state: ArticleState, review_due: datetime | None) -> ArticleDates:
        """Return when an article came about; a review date in its file moves with the time."""
        random = self._random("dates", name)
        if state in (ArticleState.DRAFT, ArticleState.REVIEW):
            created = self._ago(random.uniform(8, 20), random)
            return ArticleDates(created, None, self._ago(random.uniform(1, 6), random), None)
        begun = random.uniform(_NEWEST, _OLDEST)
        published = begun - random.uniform(1, 9)
        changed = random.uniform(2, min(published, 300.0))
        first, live = self._ago(begun, random), self._ago(published, random)
        updated = max(self._ago(changed, random), live)
        due = None
        if state is ArticleState.PUBLISHED:
            due = self._now + (review_due - _TOLD) if review_due else updated + self._review_after
        return ArticleDates(first, live, updated, due)

    def readership(
        self, name: str, published: datetime, readers: Sequence[int], asked: float
    ) -> Readership:
        """Return who has read an article since it was published, and what they say.

        ``asked`` tells, from 0 to 1, how often people ask for what it answers.
        """
        random = self._random("readers", name)
        interest = _MOST_READS * (0.08 + 0.92 * asked) * random.uniform(0.5, 1)
        days = min(_READ_FOR, (self._now - published).days)
        read = [self._day(ago, interest, readers, random) for ago in range(days, 0, -1)]
        return Readership(
            tuple(day for day in read if day.reads),
            tuple(self._ratings(interest, published, readers, random)),
        )

    def missed(self) -> list[MissedSearch]:
        """Return what people looked for in vain."""
        random = self._random("missed", "")
        return [
            MissedSearch(each["text"], each["times"], self._ago(each["days_ago"], random))
            for each in self._said["missed"]
        ]

    def _day(self, ago: int, interest: float, readers: Sequence[int], random: Random) -> ReadDay:
        at = self._now - timedelta(days=ago)
        mean = interest * (_WEEKEND if at.weekday() > _FRIDAY else 1)
        reads = int(random.expovariate(1 / mean) + 0.3)
        spared = {
            random.choice(readers) for _ in range(reads) if readers and random.random() < _SPARED
        }
        return ReadDay(at, reads, tuple(sorted(spared)))

    def _ratings(
        self, interest: float, published: datetime, readers: Sequence[int], random: Random
    ) -> list[DemoRating]:
        count = min(len(readers), int(_MOST_RATINGS * interest / _MOST_READS) + random.randrange(3))
        # A few articles are poor.
        pleased = 0.45 if random.random() < 0.2 else 0.88
        longest = min((self._now - published).days, _READ_FOR)
        ratings = []
        for reader in random.sample(list(readers), count):
            helpful = random.random() < pleased
            said = self._said["helpful" if helpful else "unhelpful"]
            comment = random.choice(said) if random.random() < _COMMENTED else ""
            at = self._ago(random.uniform(0.2, max(longest, 1)), random)
            ratings.append(DemoRating(reader, helpful, comment, max(at, published)))
        return ratings

    def _ago(self, days: float, random: Random) -> datetime:
        """Return a moment in office hours about so many days ago, never one to come."""
        day = self._now - timedelta(days=days)
        hour, minute = random.choice(_OFFICE), random.randrange(60)
        at = day.replace(hour=hour, minute=minute, second=random.randrange(60), microsecond=0)
        return min(at, self._now - timedelta(minutes=5))

    def _random(self, what: str, name: str) -> Random:
        return Random(f"{self._seed}/{what}/{name}")  # noqa: S311 - texts and dates, not secrets

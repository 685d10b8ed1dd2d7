# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of the demo's articles: dates that agree, readers who exist, and the same every time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.core.schemas.articles import ArticleState, Missed, Rating
from helpdesk.demo.knowledge import DemoKnowledge

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
NAMES = [f"Network/article-{number}.md" for number in range(200)]
READERS = range(10, 60)


@pytest.fixture(scope="module")
def knowledge() -> DemoKnowledge:
    return DemoKnowledge(seed=1, now=NOW, review_after=YEAR)


def test_what_is_published_was_written_before_and_changed_after(knowledge: DemoKnowledge):
    for name in NAMES:
        dates = knowledge.dates(name, ArticleState.PUBLISHED, None)
        assert dates.published is not None
        assert NOW - timedelta(days=740) < dates.created < dates.published <= dates.updated < NOW
        assert dates.review_due == dates.updated + YEAR > NOW


@pytest.mark.parametrize("state", [ArticleState.DRAFT, ArticleState.REVIEW])
def test_what_is_being_written_is_new(knowledge: DemoKnowledge, state):
    for name in NAMES:
        created, published, updated, review_due = knowledge.dates(name, state, NOW)
        assert NOW - timedelta(days=22) < created < updated < NOW
        assert (published, review_due) == (None, None)


def test_review_dates_of_the_files_move_with_the_time(knowledge: DemoKnowledge):
    later = DemoKnowledge(seed=1, now=NOW + YEAR, review_after=YEAR)
    for of_file, is_due in ((datetime(2026, 10, 1, tzinfo=UTC), True), (NOW + YEAR, False)):
        for one, now in ((knowledge, NOW), (later, NOW + YEAR)):
            due = one.dates("a.md", ArticleState.PUBLISHED, of_file).review_due
            assert due is not None
            assert (due <= now) is is_due


def test_people_read_and_say_what_they_can(knowledge: DemoKnowledge):
    published = NOW - timedelta(days=90)
    for name in NAMES:
        came = knowledge.readership(name, published, READERS, asked=0.5)
        days = [day.at.date() for day in came.days]
        assert days == sorted(set(days))
        assert all(published <= day.at < NOW for day in came.days)
        assert all(0 <= len(day.spared) <= day.reads for day in came.days)
        assert all(set(day.spared) <= set(READERS) for day in came.days)
        raters = [rating.reader for rating in came.ratings]
        assert len(set(raters)) == len(raters)
        assert set(raters) <= set(READERS)
        for rating in came.ratings:
            assert published <= rating.at < NOW
            assert Rating(helpful=rating.helpful, comment=rating.comment).comment == rating.comment


def test_what_is_asked_for_is_read(knowledge: DemoKnowledge):
    def reads(asked: float) -> int:
        came = [knowledge.readership(name, NOW - YEAR, READERS, asked) for name in NAMES[:40]]
        return sum(day.reads for each in came for day in each.days)

    assert reads(0.0) < reads(0.3) < reads(1.0)


def test_without_readers_nobody_says_anything(knowledge: DemoKnowledge):
    came = knowledge.readership("a.md", NOW - YEAR, [], asked=1)
    assert came.ratings == ()
    assert not any(day.spared for day in came.days)


def test_vain_searches_are_such_as_people_type(knowledge: DemoKnowledge):
    missed = knowledge.missed()
    assert 5 <= len(missed) <= 8
    assert len({each.text for each in missed}) == len(missed)
    for each in missed:
        assert Missed(text=each.text).text == each.text
        assert each.times > 0
        assert NOW - timedelta(days=30) < each.last_at < NOW


def test_the_same_seed_makes_the_same(knowledge: DemoKnowledge):
    again, other = (DemoKnowledge(seed=seed, now=NOW, review_after=YEAR) for seed in (1, 2))

    def life(one: DemoKnowledge) -> list[object]:
        state = ArticleState.PUBLISHED
        return [
            (one.dates(name, state, None), one.readership(name, NOW - YEAR, READERS, 0.5))
            for name in NAMES[:5]
        ]

    assert life(knowledge) == life(again) != life(other)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what the knowledge base does: reads, ratings, tickets it made needless, vain searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, literal, select, tuple_
from sqlalchemy.orm import Session

from helpdesk.core.schemas.articles import (
    ArticleFigure,
    ArticleFigures,
    MissedSearch,
    RatingView,
)
from helpdesk.core.schemas.users import PersonRef
from helpdesk.core.text import folded
from helpdesk.models import (
    Article,
    ArticleDay,
    ArticleMiss,
    ArticleRating,
    ArticleSolved,
    User,
)
from helpdesk.models.article import article_number

SHOWN = 20
RATINGS_SHOWN = 100
_MISSES_KEPT = 5_000
"""The texts of vain searches that are kept; the oldest go first."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def day_of(moment: datetime) -> int:
    """Return the day of a moment, counted from 1970 in UTC."""
    return (moment - _EPOCH).days


class ArticleFigureRepository:
    """What is counted of articles."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def note_read(self, article: Article, at: datetime) -> None:
        """Count that an article was opened."""
        article.reads += 1
        self._day(article.id, at).reads += 1

    def note_solved(self, article: Article, user_id: int, at: datetime) -> bool:
        """Count a ticket that an article made needless, once a day for each person."""
        key = (article.id, user_id, day_of(at))
        if self._session.get(ArticleSolved, key) is not None:
            return False
        self._session.add(ArticleSolved(article_id=key[0], user_id=key[1], day=key[2]))
        article.avoided += 1
        self._day(article.id, at).avoided += 1
        return True

    def take_back_solved(self, article: Article, user_id: int, day: int) -> bool:
        """Count no more what a person said on a day; return whether it was counted."""
        key = (article.id, user_id, day)
        solved = self._session.get(ArticleSolved, key)
        if solved is None:
            return False
        self._session.delete(solved)
        article.avoided -= 1
        self._on(article.id, day).avoided -= 1
        return True

    def rate(
        self, article: Article, user_id: int, *, helpful: bool, comment: str, at: datetime
    ) -> None:
        """Keep what a person says of an article, in place of what they said before."""
        rating = self._session.get(ArticleRating, (article.id, user_id))
        if rating is None:
            rating = ArticleRating(article_id=article.id, user_id=user_id)
            self._session.add(rating)
        elif rating.helpful:
            article.helpful -= 1
        else:
            article.unhelpful -= 1
        if helpful:
            article.helpful += 1
        else:
            article.unhelpful += 1
        rating.helpful, rating.comment, rating.at = helpful, comment, at

    def ratings(self, article_id: int) -> tuple[RatingView, ...]:
        """Return what was said of an article, the newest first."""
        statement = (
            select(
                ArticleRating.helpful,
                ArticleRating.comment,
                ArticleRating.user_id,
                User.full_name,
                ArticleRating.at,
            )
            .join(User, User.id == ArticleRating.user_id)
            .where(ArticleRating.article_id == article_id)
            .order_by(ArticleRating.at.desc(), ArticleRating.user_id)
            .limit(RATINGS_SHOWN)
        )
        return tuple(
            RatingView(
                helpful=helpful,
                comment=comment,
                person=PersonRef(id=user_id, full_name=name),
                at=at,
            )
            for helpful, comment, user_id, name, at in self._session.execute(statement)
        )

    def note_miss(self, text: str, at: datetime) -> None:
        """Count a search that found nothing."""
        miss = self._session.get(ArticleMiss, folded(text))
        if miss is None:
            miss = ArticleMiss(text_folded=folded(text), times=0, last_at=at)
            self._session.add(miss)
        miss.times += 1
        miss.last_at = at

    def forget_misses(self) -> int:
        """Forget the vain searches beyond those kept, and return how many."""
        # Many may be of one moment; the text tells them apart.
        place = (ArticleMiss.last_at, ArticleMiss.text_folded)
        newest_first = (column.desc() for column in place)
        newest_left = select(*place).order_by(*newest_first).offset(_MISSES_KEPT).limit(1)
        last = self._session.execute(newest_left).first()
        if last is None:
            return 0
        here = (literal(value, column.type) for value, column in zip(last, place, strict=True))
        old = delete(ArticleMiss).where(tuple_(*place) <= tuple_(*here))
        return int(self._session.execute(old).rowcount)  # type: ignore[attr-defined]

    def figures(self, days: int, now: datetime) -> ArticleFigures:
        """Return what the articles did in the days up to a moment, usually now."""
        since_day, since = day_of(now) - days + 1, now - timedelta(days=days)
        published = select(func.count()).where(Article.live_revision.is_not(None))
        counted = {row.article_id: row for row in self._counted(since_day, day_of(now))}
        rated = {row.article_id: row for row in self._rated(since, now)}
        most_read = sorted(counted.values(), key=lambda row: (-row.reads, row.article_id))
        worst = sorted(
            (row for row in rated.values() if row.unhelpful),
            key=lambda row: (-row.unhelpful, row.helpful, row.article_id),
        )
        return ArticleFigures(
            days=days,
            published=self._session.execute(published).scalar_one(),
            reads=sum(int(row.reads) for row in counted.values()),
            helpful=sum(row.helpful for row in rated.values()),
            unhelpful=sum(row.unhelpful for row in rated.values()),
            avoided=sum(int(row.avoided) for row in counted.values()),
            most_read=self._figures(most_read[:SHOWN], counted, rated),
            worst_rated=self._figures(worst[:SHOWN], counted, rated),
            missed=self._missed(since, now),
        )

    def _figures(
        self,
        chosen: Sequence[Row[*tuple[Any, ...]]],
        counted: Mapping[int, Row[*tuple[Any, ...]]],
        rated: Mapping[int, Row[*tuple[Any, ...]]],
    ) -> tuple[ArticleFigure, ...]:
        ids = [row.article_id for row in chosen]
        statement = select(Article.id, Article.title).where(Article.id.in_(ids))
        titles = {row.id: row.title for row in self._session.execute(statement)}
        figures = []
        for id_ in ids:
            day, rating = counted.get(id_), rated.get(id_)
            figure = ArticleFigure(
                id=id_,
                number=article_number(id_),
                title=titles[id_],
                reads=int(day.reads) if day else 0,
                helpful=rating.helpful if rating else 0,
                unhelpful=rating.unhelpful if rating else 0,
                avoided=int(day.avoided) if day else 0,
            )
            figures.append(figure)
        return tuple(figures)

    def _counted(self, since_day: int, last_day: int) -> Sequence[Row[*tuple[Any, ...]]]:
        statement = (
            select(
                ArticleDay.article_id,
                func.sum(ArticleDay.reads).label("reads"),
                func.sum(ArticleDay.avoided).label("avoided"),
            )
            .where(ArticleDay.day.between(since_day, last_day))
            .group_by(ArticleDay.article_id)
        )
        return self._session.execute(statement).all()

    def _rated(self, since: datetime, until: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
        statement = (
            select(
                ArticleRating.article_id,
                _count(ArticleRating.helpful.is_(True)).label("helpful"),
                _count(ArticleRating.helpful.is_(False)).label("unhelpful"),
            )
            .where(ArticleRating.at.between(since, until))
            .group_by(ArticleRating.article_id)
        )
        return self._session.execute(statement).all()

    def _missed(self, since: datetime, until: datetime) -> tuple[MissedSearch, ...]:
        statement = (
            select(ArticleMiss.text_folded, ArticleMiss.times, ArticleMiss.last_at)
            .where(ArticleMiss.last_at.between(since, until))
            .order_by(ArticleMiss.times.desc(), ArticleMiss.last_at.desc())
            .limit(SHOWN)
        )
        rows = self._session.execute(statement)
        return tuple(MissedSearch(text=text, times=n, last_at=at) for text, n, at in rows)

    def _day(self, article_id: int, at: datetime) -> ArticleDay:
        return self._on(article_id, day_of(at))

    def _on(self, article_id: int, number: int) -> ArticleDay:
        key = (article_id, number)
        day = self._session.get(ArticleDay, key)
        if day is None:
            day = ArticleDay(article_id=key[0], day=key[1], reads=0, avoided=0)
            self._session.add(day)
        return day


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)

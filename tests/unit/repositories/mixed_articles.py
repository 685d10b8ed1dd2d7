# SPDX-License-Identifier: GPL-3.0-or-later
"""Random articles in many scripts and in every state, put into any database by the repositories."""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy.orm import Session

from helpdesk.core.permissions import Actor
from helpdesk.core.schemas.articles import (
    SUMMARY_LIMIT,
    ArticleQuery,
    ArticleSort,
    ArticleState,
    Visibility,
)
from helpdesk.core.schemas.users import Role
from helpdesk.models import Article, ArticleCategory, ArticleRevision
from helpdesk.repositories.article_lists import kept_tags
from helpdesk.repositories.articles import ArticleRepository
from tests.unit.repositories.mixed_texts import START, WORDS, dice_of, said, typed

WRITER = Actor(id=3, username="bob", full_name="Bob", role=Role.TECHNICIAN)
READER = Actor(id=1, username="alice", full_name="Alice", role=Role.USER)
BOTH = (WRITER, READER)
TAGS = ("vpn", "straße", "印刷", "100%", "a_b", "remote work", "print")
CATEGORIES = 4


def fill(session: Session, count: int, seed: str) -> None:
    """Write articles, the same ones in every database."""
    for number in range(1, CATEGORIES + 1):
        name = f"category {number}"
        parent_id = number // 2 or None
        session.add(
            ArticleCategory(id=number, name=name, name_folded=name, parent_id=parent_id, version=1)
        )
        session.flush()
    articles = ArticleRepository(session, WRITER)
    for number in range(1, count + 1):
        dice = dice_of(f"{seed}/{number}")
        article = add(articles, dice, text_of(dice))
        if dice.random() < 0.75:
            publish(articles, article)
            if dice.random() < 0.3:
                rewrite(articles, article, text_of(dice))
        if dice.random() < 0.1:
            withdraw(articles, article)
        session.flush()


def text_of(dice: random.Random) -> dict[str, object]:
    """Return the text of a revision."""
    return {
        "title": " ".join((dice.choice(WORDS)[:90] + " " + said(dice, 5)).split())[:200],
        "summary": " ".join(said(dice, 8).split())[:SUMMARY_LIMIT],
        "body": said(dice, 40),
        "category_id": dice.choice((None, *range(1, CATEGORIES + 1))),
        "tags": kept_tags(dice.sample(TAGS, dice.randint(0, 3))),
        "language": dice.choice(("en", "en", "de")),
        "visibility": dice.choice((*[Visibility.EVERYONE] * 4, Visibility.TECHNICIANS)),
    }


def add(articles: ArticleRepository, dice: random.Random, text: dict[str, object]) -> Article:
    """Begin an article."""
    at = START + timedelta(hours=dice.randint(0, 30))
    article = Article(
        version=1,
        state=ArticleState.DRAFT,
        revision=1,
        live_revision=None,
        author_id=dice.choice((3, 4)),
        reviewer_id=dice.choice((None, 3)),
        review_due=dice.choice((None, at)),
        created_at=at,
        updated_at=at,
        published_at=None,
        reads=dice.choice((0, 0, 1, 7)),
        helpful=0,
        unhelpful=0,
        avoided=0,
    )
    return articles.add(article, ArticleRevision(number=1, author_id=3, at=at, **text))


def publish(articles: ArticleRepository, article: Article) -> None:
    """Give the newest text to the readers."""
    article.publish(articles.newest(article), article.updated_at)
    articles.save(article)


def rewrite(articles: ArticleRepository, article: Article, text: dict[str, object]) -> None:
    """Write a newer text, which is not published."""
    revision = ArticleRevision(
        article_id=article.id,
        number=article.revision + 1,
        author_id=3,
        at=article.updated_at,
        **text,
    )
    article.rewrite(revision)
    articles.save(article, revision)


def withdraw(articles: ArticleRepository, article: Article) -> None:
    """Put an article into the archive."""
    article.withdraw(articles.newest(article))
    articles.save(article)


def article_query(dice: random.Random, *, has_text: bool) -> ArticleQuery:
    """Return a random query, with a text or without."""
    some_states = tuple(dice.sample(list(ArticleState), 2))
    return ArticleQuery(
        text=typed(dice) if has_text else "",
        category_id=dice.choice((None, None, None, 1, 2)),
        tag=dice.choice(("", "", "", *TAGS)) if dice.random() < 0.2 else "",
        language=dice.choice(("", "", "", "", "de")),
        states=some_states if dice.random() < 0.2 else (),
        visibility=Visibility.TECHNICIANS if dice.random() < 0.1 else None,
        mine=dice.random() < 0.1,
        due=dice.random() < 0.1,
        sort=dice.choice(list(ArticleSort)),
        limit=dice.choice((3, 20, 50)),
    )

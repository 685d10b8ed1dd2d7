# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills desks with articles in no way that an import would, and tells all that is known of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from helpdesk.core.markdown import article_in, image_in
from helpdesk.core.markdown_links import Address, readdressed
from helpdesk.core.permissions import SYSTEM
from helpdesk.core.schemas.articles import ArticleState, NewArticle, Visibility
from helpdesk.database.db_manager import DbManager
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import Article, ArticleImage, ArticleRevision, User
from helpdesk.repositories.article_categories import ArticleCategoryRepository
from helpdesk.repositories.article_lists import kept_tags, tags_of
from helpdesk.repositories.articles import ArticleRepository
from helpdesk.repositories.users import UserRepository

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PNG = b"\x89PNG\r\n\x1a\n"


class Draft(NamedTuple):
    """A newer text of a published article."""

    title: str
    body: str
    category: tuple[str, ...]


class Spec(NamedTuple):
    """An article to make; numbers in texts stand for the articles and pictures of the desk."""

    title: str
    body: str
    summary: str = ""
    category: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = "en"
    visibility: Visibility = Visibility.EVERYONE
    state: ArticleState = ArticleState.PUBLISHED
    author: str | None = None
    reviewer: str | None = None
    review_due: datetime | None = None
    times: tuple[int, int, int] = (0, 0, 0)
    """Microseconds since the desk began, when it was made, changed and published."""
    was_published: bool = False
    draft: Draft | None = None


@contextmanager
def desk_like(template: Path, folder: Path, name: str) -> Iterator[DbManager]:
    """Yield a desk with people and no articles."""
    shutil.copy(template, folder / name)
    database = SqliteManager(folder / name)
    try:
        yield database
    finally:
        database.dispose()


def fill(database: DbManager, specs: list[Spec], now: datetime) -> None:
    """Make the articles; each has a picture of its own and one that all have."""
    with database.writing() as session:
        author = _Author(session, now)
        for number, spec in enumerate(specs):
            author.write(spec, (number, 255))


def let_go(database: DbManager, usernames: Iterable[str]) -> None:
    """Deactivate accounts; what they have written and are to review stays theirs."""
    with database.writing() as session:
        for username in usernames:
            user = UserRepository(session).by_username(username)
            assert user is not None
            user.active = False


class _Author:
    def __init__(self, session: Session, now: datetime) -> None:
        self._articles = ArticleRepository(session, SYSTEM)
        self._categories = ArticleCategoryRepository(session, SYSTEM)
        self._users = UserRepository(session)
        self._now = now

    def write(self, spec: Spec, pictures: tuple[int, ...]) -> None:
        began = self._now - timedelta(days=2)
        created, updated, published = (began + timedelta(microseconds=t) for t in spec.times)
        is_live = spec.state is ArticleState.PUBLISHED
        article = Article(
            state=spec.state,
            revision=1,
            live_revision=1 if is_live else None,
            author_id=self._person(spec.author),
            reviewer_id=self._person(spec.reviewer),
            review_due=spec.review_due,
            created_at=created,
            updated_at=updated,
            published_at=published if is_live or spec.was_published else None,
        )
        text = Draft(spec.title, spec.body, spec.category)
        self._articles.add(article, self._revision(spec, text, 1, updated))
        for picture in pictures:
            data = PNG + bytes([picture])
            digest = sha256(data).hexdigest()
            image = ArticleImage(
                article_id=article.id, at=updated, kind="image/png", digest=digest, data=data
            )
            self._articles.add_image(image)
        if spec.draft is not None and is_live:
            newest = self._revision(spec, spec.draft, 2, updated)
            newest.article_id = article.id
            article.rewrite(newest)
            self._articles.save(article, newest)

    def _revision(self, spec: Spec, text: Draft, number: int, at: datetime) -> ArticleRevision:
        checked = NewArticle(title=text.title, summary=spec.summary, body=text.body, tags=spec.tags)
        return ArticleRevision(
            number=number,
            author_id=self._person(spec.author),
            at=at,
            title=checked.title,
            summary=checked.summary,
            body=checked.body,
            tags=kept_tags(checked.tags),
            category_id=self._categories.named(text.category),
            language=spec.language,
            visibility=spec.visibility,
        )

    def _person(self, username: str | None) -> int | None:
        found = self._users.by_username(username) if username else None
        return found.id if found else None


def told(database: DbManager) -> list[Any]:
    """Return all that is known of the articles, without the numbers of rows."""
    with database.reading() as session:
        teller = _Teller(session)
        return sorted(map(teller.told, teller.titles), key=repr)


class _Teller:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._articles = ArticleRepository(session, SYSTEM)
        views = ArticleCategoryRepository(session, SYSTEM).views()
        self._categories = {view.id: view for view in views}
        self.titles = {each.id: each.title for each in self._articles.headings()}

    def told(self, id_: int) -> tuple[Any, ...]:
        article = self._articles.get(id_)
        newest = self._articles.newest(article)
        return (
            self._text(article),
            self._text(newest),
            self._person(newest.author_id),
            article.state,
            article.is_live,
            self._person(article.author_id),
            self._person(article.reviewer_id),
            str(article.review_due),
            article.created_at,
            article.updated_at,
            str(article.published_at),
        )

    def _text(self, each: Article | ArticleRevision) -> tuple[Any, ...]:
        return (
            each.title,
            each.summary,
            readdressed(each.body, self._named),
            tags_of(each.tags),
            self._path(each.category_id),
            each.language,
            each.visibility,
        )

    def _named(self, address: Address) -> str | None:
        """Return what an address stands for, in place of a number."""
        article_id = article_in(address.href) if address.leads else None
        if article_id in self.titles:
            return f"<{self.titles[article_id]}>{address.href.partition('#')[2]}"
        image_id = image_in(address.href) if address.shows else None
        image = self._session.get(ArticleImage, image_id) if image_id else None
        return f"<{image.digest}>" if image else None

    def _path(self, id_: int | None) -> tuple[str, ...]:
        if id_ is None:
            return ()
        view = self._categories[id_]
        return (*self._path(view.parent_id), view.name)

    def _person(self, id_: int | None) -> str:
        found = self._session.get(User, id_) if id_ else None
        return found.username if found else ""

# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes articles, their revisions and their pictures, within what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Subquery, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from helpdesk.core.errors import NotFound
from helpdesk.core.markdown import references_of
from helpdesk.core.permissions import STAFF, Actor, Permission
from helpdesk.core.schemas.articles import (
    ArticlePage,
    ArticleQuery,
    ArticleRow,
    ArticleState,
    ArticlesWaiting,
    BrokenLink,
    RevisionRow,
    Suggestion,
    Visibility,
)
from helpdesk.core.schemas.users import PersonRef
from helpdesk.database.article_search import (
    TEXT_COLUMNS,
    ArticleText,
    article_search_of,
    article_text,
)
from helpdesk.database.types import is_id
from helpdesk.models import (
    Article,
    ArticleImage,
    ArticleRating,
    ArticleReference,
    ArticleRevision,
    User,
)
from helpdesk.models.article import article_number
from helpdesk.repositories.article_lists import ArticleLists

REVISIONS_SHOWN = 50
BROKEN_SHOWN = 500
ARTICLE, IMAGE = "article", "image"
_LARGEST = 2**62

_user = User.__table__.c
_reference = ArticleReference.__table__.c


class Heading(NamedTuple):
    """What an article is known by in a list of all."""

    id: int
    title: str
    language: str
    category_id: int | None


class ArticleRepository:
    """The articles an actor may see: all for those who write them, the public ones for readers."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the rows are for."""
        self._session = session
        self._search = article_search_of(session)
        self._lists = ArticleLists(session, actor)
        self._writes = actor.may(Permission.WRITE_ARTICLES)
        self._reads = actor.may(Permission.READ_ARTICLES)

    def get(self, article_id: int) -> Article:
        """Return an article. Raises ``NotFound`` also when the actor may not see it."""
        article = self._session.get(Article, article_id) if is_id(article_id) else None
        if article is None or not (self._writes or (self._reads and is_public(article))):
            raise NotFound(f"There is no article {article_number(article_id)} that you can see.")
        return article

    def add(self, article: Article, first: ArticleRevision) -> Article:
        """Store a new article with its first text."""
        self.begin(article, first)
        self.save(article, first)
        return article

    def begin(self, article: Article, first: ArticleRevision) -> None:
        """Give a new article its number, so that others can lead to it; ``save`` has to follow."""
        article.take_text(first)
        self._session.add(article)
        self._session.flush()
        first.article_id = article.id

    def save(self, article: Article, revision: ArticleRevision | None = None) -> None:
        """Store a changed article, with a new text if there is one, and index what is shown."""
        if revision is not None:
            self._session.add(revision)
        self._session.flush()
        self._index(article)
        self._note_references(article)

    def headings(self) -> list[Heading]:
        """Return what every article is known by, whatever its state, in the order they came."""
        statement = select(
            Article.id, Article.title, Article.language, Article.category_id
        ).order_by(Article.id)
        return [Heading(*row) for row in self._session.execute(statement)]

    def newest(self, article: Article) -> ArticleRevision:
        """Return the newest text."""
        return self.revision(article.id, article.revision)

    def revision(self, article_id: int, number: int) -> ArticleRevision:
        """Return a text as it was saved. Raises ``NotFound``."""
        key = (article_id, number)
        revision = self._session.get(ArticleRevision, key) if all(map(is_id, key)) else None
        if revision is None:
            raise NotFound(f"{article_number(article_id)} has no revision {number}.")
        return revision

    def revisions(self, article: Article, before: int) -> tuple[RevisionRow, ...]:
        """Return the newest texts older than revision ``before``, the newest first."""
        statement = (
            select(
                ArticleRevision.number,
                ArticleRevision.title,
                ArticleRevision.author_id,
                User.full_name,
                ArticleRevision.at,
            )
            .join(User, User.id == ArticleRevision.author_id, isouter=True)
            .where(
                ArticleRevision.article_id == article.id,
                ArticleRevision.number < min(max(before, 0), _LARGEST),
            )
            .order_by(ArticleRevision.number.desc())
            .limit(REVISIONS_SHOWN)
        )
        return tuple(
            RevisionRow(
                number=number,
                title=title,
                author=_person(author_id, name),
                at=at,
                is_live=number == article.live_revision,
            )
            for number, title, author_id, name, at in self._session.execute(statement)
        )

    def page(self, query: ArticleQuery, now: datetime) -> ArticlePage:
        """Return one page of the articles that match. Raises ``Invalid`` for a bad cursor."""
        return self._lists.page(query, now)

    def rows(self, ids: Sequence[int]) -> tuple[ArticleRow, ...]:
        """Return the articles of some ids in their order, as far as the actor may see them."""
        return self._lists.rows(ids)

    def suggest(
        self, stems: Sequence[str], limit: int, *, without: int | None = None
    ) -> tuple[Suggestion, ...]:
        """Return the published articles that may answer a question, the best first."""
        return self._lists.suggest(stems, limit, without=without)

    def people(self, ids: Sequence[int | None]) -> dict[int, PersonRef]:
        """Return some people by their ids."""
        wanted = [id_ for id_ in ids if id_ is not None]
        if not wanted:
            return {}
        rows = self._session.execute(select(_user.id, _user.full_name).where(_user.id.in_(wanted)))
        return {id_: PersonRef(id=id_, full_name=name) for id_, name in rows}

    def waiting(self, now: datetime, *, own: int | None, publishes: bool) -> ArticlesWaiting:
        """Count the texts to publish, and the articles whose review the person has to do.

        That is the reviewer, else the author, as long as they are staff; else who publishes.
        """
        review = 0
        if publishes:
            in_review = select(func.count()).where(Article.state == ArticleState.REVIEW)
            review = self._session.execute(in_review).scalar_one()
        reviewer, author = _staff("reviewer"), _staff("author")
        responsible = func.coalesce(reviewer.c.id, author.c.id)
        theirs: ColumnElement[bool] = responsible == own
        if publishes:
            theirs = or_(theirs, responsible.is_(None))
        due = (
            select(func.count())
            .select_from(Article)
            .join(reviewer, reviewer.c.id == Article.reviewer_id, isouter=True)
            .join(author, author.c.id == Article.author_id, isouter=True)
            .where(Article.review_due <= now, Article.state != ArticleState.ARCHIVED, theirs)
        )
        return ArticlesWaiting(review=review, due=self._session.execute(due).scalar_one())

    def became_due(self, after: datetime, until: datetime) -> list[int]:
        """Return the articles whose review became due after a moment, up to another one."""
        statement = (
            select(Article.id)
            .where(
                Article.review_due > after,
                Article.review_due <= until,
                Article.state != ArticleState.ARCHIVED,
            )
            .order_by(Article.id)
        )
        return list(self._session.execute(statement).scalars())

    # --- links --------------------------------------------------------------------------------

    def broken_links(self) -> tuple[BrokenLink, ...]:
        """Return the first links of articles that lead their readers nowhere."""
        target = Article.__table__.alias("target")
        statement = (
            select(
                _reference.article_id, _reference.target_id, target.c.id,
                target.c.state, target.c.live_revision, target.c.visibility,
                Article.live_revision, Article.visibility,
            )
            .join(Article, Article.id == _reference.article_id)
            .join(target, target.c.id == _reference.target_id, isouter=True)
            .where(_reference.kind == ARTICLE, Article.state != ArticleState.ARCHIVED)
            .order_by(_reference.article_id, _reference.target_id)
        )  # fmt: skip
        problems: list[tuple[int, str, str]] = []
        for (
            source,
            wanted,
            found,
            state,
            live,
            visibility,
            is_live,
            for_whom,
        ) in self._session.execute(statement):
            problem = _problem(found, state, live)
            is_read_by_all = is_live is not None and for_whom is Visibility.EVERYONE
            if problem is None and is_read_by_all and visibility is Visibility.TECHNICIANS:
                problem = "Only technicians may read it."
            if problem:
                problems.append((source, article_number(wanted), problem))
        problems = sorted(problems + self._missing_images())[:BROKEN_SHOWN]
        rows = {row.id: row for row in self.rows(list({source for source, _, _ in problems}))}
        return tuple(
            BrokenLink(article=rows[source], target=wanted, problem=problem)
            for source, wanted, problem in problems
            if source in rows
        )

    def _missing_images(self) -> list[tuple[int, str, str]]:
        """Return the pictures that are not there, or belong to another article."""
        statement = (
            select(_reference.article_id, _reference.target_id, ArticleImage.article_id)
            .join(ArticleImage, ArticleImage.id == _reference.target_id, isouter=True)
            .join(Article, Article.id == _reference.article_id)
            .where(_reference.kind == IMAGE, Article.state != ArticleState.ARCHIVED)
        )
        return [
            (source, f"image-{wanted}", "There is no such picture in this article.")
            for source, wanted, owner in self._session.execute(statement)
            if owner != source
        ]

    def _note_references(self, article: Article) -> None:
        """Keep what the shown text and the newest one lead to."""
        found: set[tuple[str, int]] = set()
        for body in {article.body, self.newest(article).body}:
            references = references_of(body)
            found |= {(ARTICLE, id_) for id_ in references.articles if is_id(id_)}
            found |= {(IMAGE, id_) for id_ in references.images if is_id(id_)}
        self._session.execute(
            delete(ArticleReference).where(ArticleReference.article_id == article.id)
        )
        if found:
            self._session.execute(
                insert(ArticleReference),
                [
                    {"article_id": article.id, "kind": kind, "target_id": id_}
                    for kind, id_ in sorted(found)
                ],
            )

    def _index(self, article: Article) -> None:
        self._search.index(self._session, text_of(article))

    # --- pictures -----------------------------------------------------------------------------

    def add_image(self, image: ArticleImage) -> ArticleImage:
        """Store a picture; the same one again in the same article is the one that is there."""
        same = select(ArticleImage).where(
            ArticleImage.article_id == image.article_id, ArticleImage.digest == image.digest
        )
        found = self._session.execute(same).scalars().first()
        if found is not None:
            return found
        self._session.add(image)
        self._session.flush()
        return image

    def image(self, image_id: int) -> ArticleImage:
        """Return a picture. Raises ``NotFound`` also when the actor may not see it.

        Readers see the pictures that the published text shows: others may belong to a newer one.
        """
        image = self._session.get(ArticleImage, image_id) if is_id(image_id) else None
        if image is not None and (self._writes or self._is_shown(image)):
            return image
        raise NotFound("There is no such picture.")

    def _is_shown(self, image: ArticleImage) -> bool:
        article = self._session.get(Article, image.article_id)
        if article is None or not is_public(article):
            return False
        return image.id in references_of(article.body).images

    def image_ids(self, article: Article) -> tuple[int, ...]:
        """Return the pictures of an article, to readers those that it shows."""
        if not self._writes:
            return references_of(article.body).images
        statement = (
            select(ArticleImage.id)
            .where(ArticleImage.article_id == article.id)
            .order_by(ArticleImage.id)
        )
        return tuple(self._session.execute(statement).scalars())

    def rating_of(self, article_id: int, user_id: int | None) -> ArticleRating | None:
        """Return what a person said of an article."""
        if user_id is None:
            return None
        return self._session.get(ArticleRating, (article_id, user_id))


def _staff(name: str) -> Subquery:
    """Return the people who can still look after an article."""
    return select(_user.id).where(_user.active.is_(True), _user.role.in_(STAFF)).subquery(name)


def is_public(article: Article) -> bool:
    """Return whether every reader may see an article."""
    return article.is_live and article.visibility is Visibility.EVERYONE


def text_of(article: Article) -> ArticleText:
    """Return what an article is found by."""
    return article_text(*(getattr(article, name) for name in TEXT_COLUMNS))


def _person(id_: int | None, name: str | None) -> PersonRef | None:
    return PersonRef(id=id_, full_name=name) if id_ is not None and name is not None else None


def _problem(found: int | None, state: ArticleState | None, live: int | None) -> str | None:
    if found is None:
        return "There is no such article."
    if state is ArticleState.ARCHIVED:
        return "It is in the archive."
    return None if live is not None else "It is not published."

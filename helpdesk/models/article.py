# SPDX-License-Identifier: GPL-3.0-or-later
"""An article of the knowledge base, its revisions, and the rules of its life."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.markdown import plain_of
from helpdesk.core.schemas.articles import ArticleState, Visibility
from helpdesk.core.text import folded
from helpdesk.models.base import Base

MOVES: dict[ArticleState, tuple[ArticleState, ...]] = {
    ArticleState.DRAFT: (ArticleState.REVIEW, ArticleState.PUBLISHED, ArticleState.ARCHIVED),
    ArticleState.REVIEW: (ArticleState.DRAFT, ArticleState.PUBLISHED, ArticleState.ARCHIVED),
    ArticleState.PUBLISHED: (ArticleState.ARCHIVED,),
    ArticleState.ARCHIVED: (ArticleState.DRAFT, ArticleState.PUBLISHED),
}
"""Where each state may go next without a new text; a new text makes a draft."""

TEXT_FIELDS = ("title", "summary", "body", "category_id", "tags", "language", "visibility")
"""What a revision keeps, under the same names in an article and in its revisions."""


class ArticleCategory(Base):
    """A place in the tree of categories; ``parent_id`` is ``NULL`` at the top."""

    __tablename__ = "article_category"
    __table_args__ = (
        UniqueConstraint("parent_id", "name_folded", name="uq_article_category_parent_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("article_category.id"))
    name: Mapped[str]
    name_folded: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)


class Article(Base):
    """What the desk knows of one thing.

    The text here is what lists and the search show: the published one, or the newest one as long
    as none is; ``plain`` is the body without its Markdown. ``revision`` is the number of the newest
    text, ``live_revision`` of the one that readers see; they differ while a published article is
    being rewritten. ``tags`` are in one text, a line break around each. The body stands last so
    that lists do not read it.
    """

    __tablename__ = "article"
    __table_args__ = (
        Index("ix_article_title_folded", "title_folded", "id"),
        Index("ix_article_updated_at", "updated_at", "id"),
        Index("ix_article_published_at", "published_at", "id"),
        Index("ix_article_reads", "reads", "id"),
        Index("ix_article_category_id", "category_id", "id"),
        Index("ix_article_review_due", "review_due"),
        Index("ix_article_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[ArticleState]
    visibility: Mapped[Visibility]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("article_category.id"))
    language: Mapped[str]
    revision: Mapped[int]
    live_revision: Mapped[int | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    review_due: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    reads: Mapped[int] = mapped_column(default=0)
    helpful: Mapped[int] = mapped_column(default=0)
    unhelpful: Mapped[int] = mapped_column(default=0)
    avoided: Mapped[int] = mapped_column(default=0)
    title: Mapped[str]
    title_folded: Mapped[str]
    tags: Mapped[str]
    summary: Mapped[str]
    plain: Mapped[str]
    body: Mapped[str]

    @property
    def number(self) -> str:
        """The number people use, such as 'KB-12'."""
        return article_number(self.id)

    @property
    def is_live(self) -> bool:
        """Whether readers see a text of it."""
        return self.live_revision is not None

    def expect(self, version: int) -> None:
        """Raise ``Conflict`` unless ``version`` is what the caller has seen."""
        if self.version != version:
            raise Conflict(
                f"{self.number} was changed in the meantime; look at the new state and try again."
            )

    def touch(self, at: datetime) -> None:
        """Count a change, so that an older view of the article cannot overwrite it."""
        self.version += 1
        self.updated_at = max(self.updated_at, at)

    def take_text(self, revision: ArticleRevision) -> None:
        """Show the text of a revision in lists and in the search."""
        for name in TEXT_FIELDS:
            setattr(self, name, getattr(revision, name))
        self.title_folded = folded(self.title)
        self.plain = plain_of(self.body)

    def rewrite(self, revision: ArticleRevision) -> None:
        """Take up a newer text, which readers do not see before it is published."""
        self.revision = revision.number
        self.state = ArticleState.DRAFT
        if not self.is_live:
            self.take_text(revision)

    def move_to(self, state: ArticleState) -> None:
        """Change the state. Raises ``Invalid`` when it may not follow the present one."""
        if state not in MOVES[self.state]:
            raise Invalid(
                f"{self.number} is {self.state.label} and cannot become {state.label}.",
                field="state",
            )
        self.state = state

    def publish(self, newest: ArticleRevision, at: datetime) -> None:
        """Give the newest text to the readers."""
        self.state = ArticleState.PUBLISHED
        self.live_revision = newest.number
        self.take_text(newest)
        self.published_at = at

    def withdraw(self, newest: ArticleRevision) -> None:
        """Take the article away from its readers."""
        self.state = ArticleState.ARCHIVED
        self.live_revision = None
        self.take_text(newest)


class ArticleRevision(Base):
    """A text of an article as it was saved; it never changes."""

    __tablename__ = "article_revision"

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("article_category.id"))
    language: Mapped[str]
    visibility: Mapped[Visibility]
    title: Mapped[str]
    tags: Mapped[str]
    summary: Mapped[str]
    body: Mapped[str]


class ArticleReference(Base):
    """A link from the newest text, or the published one, to an article or a picture.

    ``kind`` is 'article' or 'image'. The target may not exist.
    """

    __tablename__ = "article_reference"
    __table_args__ = (Index("ix_article_reference_kind", "kind", "target_id"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(primary_key=True)


class ArticleImage(Base):
    """A picture of an article; it is seen by whoever may see the article."""

    __tablename__ = "article_image"
    __table_args__ = (Index("ix_article_image_article_id", "article_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    kind: Mapped[str]
    digest: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ArticleRating(Base):
    """What a person thinks of an article: their newest word counts."""

    __tablename__ = "article_rating"

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    helpful: Mapped[bool]
    comment: Mapped[str]
    at: Mapped[datetime]


class ArticleDay(Base):
    """How often an article was read and made a ticket needless, on a day since 1970 in UTC."""

    __tablename__ = "article_day"
    __table_args__ = (Index("ix_article_day_day", "day"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True)
    reads: Mapped[int] = mapped_column(default=0)
    avoided: Mapped[int] = mapped_column(default=0)


class ArticleSolved(Base):
    """Whom an article spared a ticket on which day: it counts once a day for each person."""

    __tablename__ = "article_solved"

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True)


class ArticleMiss(Base):
    """A search that found nothing."""

    __tablename__ = "article_miss"
    __table_args__ = (Index("ix_article_miss_last_at", "last_at"),)

    text_folded: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int]
    last_at: Mapped[datetime]


class TicketArticle(Base):
    """An article on a ticket."""

    __tablename__ = "ticket_article"
    __table_args__ = (Index("ix_ticket_article_article_id", "article_id", "ticket_id"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    linker_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]


def article_number(article_id: int) -> str:
    """Return the number people use for an article, such as 'KB-12'."""
    return f"KB-{article_id}"

# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do with the articles of the knowledge base."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

from helpdesk.core.errors import Conflict, Forbidden, Invalid
from helpdesk.core.markdown import html_of
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.articles import (
    SUGGESTION_LIMIT,
    ArticleCategoryChange,
    ArticleCategoryView,
    ArticleChange,
    ArticleMove,
    ArticlePage,
    ArticleQuery,
    ArticleRestore,
    ArticleRow,
    ArticleState,
    ArticlesWaiting,
    ArticleView,
    BrokenLink,
    ImageRef,
    ImageView,
    NewArticle,
    NewArticleCategory,
    NewImage,
    RevisionRow,
    RevisionView,
    Suggestion,
    SuggestionQuery,
)
from helpdesk.models import Article, ArticleCategory, ArticleImage, ArticleRevision
from helpdesk.models.article import MOVES, TEXT_FIELDS
from helpdesk.repositories.article_categories import category_view
from helpdesk.repositories.article_lists import kept_tags, tags_of
from helpdesk.repositories.articles import is_public
from helpdesk.repositories.desk_changes import ARTICLE, ARTICLE_CATEGORY, ARTICLE_DRAFT
from helpdesk.services.audit_trail import About, changes_of
from helpdesk.services.audit_words import added
from helpdesk.services.questions import telling_words
from helpdesk.services.work import Work

_RELATED = 5
_CATEGORY_TOLD = ("name", "below")
"""What the audit log tells of a category."""
_IMAGE_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


class _Shown(NamedTuple):
    """What readers see of an article: which of its texts, if any."""

    is_public: bool
    revision: int | None

    @classmethod
    def of(cls, article: Article) -> _Shown:
        public = is_public(article)
        return cls(public, article.live_revision if public else None)


class Articles:
    """Articles: their texts, revisions, pictures, categories and the search."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    # --- reading ------------------------------------------------------------------------------

    @operation("GET", "/articles", permission=Permission.READ_ARTICLES)
    def search(self, query: ArticleQuery) -> ArticlePage:
        """List the articles that match, one page at a time.

        Where no article holds all the words, and nothing but words was asked for, those are listed
        that hold other forms of them: 'printing' finds 'printer'.
        """
        page = self._work.desk.articles.page(query, self._work.now)
        only_words = {"text", "sort", "limit"}
        if page.items or not query.text or query.model_fields_set - only_words:
            return page
        found = self.suggest(
            SuggestionQuery(text=query.text[:SUGGESTION_LIMIT], limit=min(query.limit, 10))
        )
        return ArticlePage(items=tuple(each.article for each in found), next_cursor=None)

    @operation("GET", "/articles/{article_id}", permission=Permission.READ_ARTICLES)
    def view(self, article_id: int) -> ArticleView:
        """Show an article: to readers what is published, to staff the newest text."""
        return self._view(self._work.desk.articles.get(article_id))

    @operation("GET", "/articles/suggestions", permission=Permission.READ_ARTICLES)
    def suggest(self, query: SuggestionQuery) -> tuple[Suggestion, ...]:
        """Suggest the published articles that may solve what somebody writes."""
        words = telling_words(query.text)
        found = self._work.desk.articles.suggest(tuple(words), query.limit)
        return tuple(_in_words(each, words) for each in found)

    @operation("GET", "/articles/{article_id}/related", permission=Permission.READ_ARTICLES)
    def related(self, article_id: int) -> tuple[ArticleRow, ...]:
        """List published articles about the same."""
        articles = self._work.desk.articles
        article = articles.get(article_id)
        words = telling_words(f"{article.title} {' '.join(tags_of(article.tags))}")
        found = articles.suggest(tuple(words), _RELATED, without=article.id)
        return tuple(each.article for each in found)

    @operation("GET", "/articles/waiting", permission=Permission.WRITE_ARTICLES, passive=True)
    def waiting(self) -> ArticlesWaiting:
        """Count what waits for oneself: texts to publish, and reviews that are due."""
        publishes = self._may(Permission.PUBLISH_ARTICLES)
        own = self._work.actor.id
        return self._work.desk.articles.waiting(self._work.now, own=own, publishes=publishes)

    @operation("GET", "/articles/broken-links", permission=Permission.WRITE_ARTICLES)
    def broken_links(self) -> tuple[BrokenLink, ...]:
        """List the links between articles that lead their readers nowhere."""
        return self._work.desk.articles.broken_links()

    # --- writing ------------------------------------------------------------------------------

    @operation("POST", "/articles", permission=Permission.WRITE_ARTICLES, creates=True)
    def create(self, new: NewArticle) -> ArticleView:
        """Begin an article, as a draft that only staff can read."""
        desk, now = self._work.desk, self._work.now
        desk.article_categories.choose(new.category_id)
        self._require_reviewer(new.reviewer_id)
        article = Article(
            version=1,
            state=ArticleState.DRAFT,
            revision=1,
            live_revision=None,
            author_id=self._work.actor.id,
            reviewer_id=new.reviewer_id,
            review_due=new.review_due,
            created_at=now,
            updated_at=now,
            published_at=None,
            reads=0,
            helpful=0,
            unhelpful=0,
            avoided=0,
        )
        fields = new.model_dump(include=set(TEXT_FIELDS)) | {"tags": kept_tags(new.tags)}
        first = ArticleRevision(number=1, author_id=self._work.actor.id, at=now, **fields)
        desk.articles.add(article, first)
        return self._told(article, _Shown.of(article))

    @operation("PATCH", "/articles/{article_id}", permission=Permission.WRITE_ARTICLES)
    def save(self, article_id: int, change: ArticleChange) -> ArticleView:
        """Save a new text, as a draft or with ``publish`` for the readers at once."""
        article = self._expected(article_id, change.version)
        before = _Shown.of(article)
        touched = change.model_fields_set
        if change.publish:
            self._require_publisher()
        if "reviewer_id" in touched:
            self._require_reviewer(change.reviewer_id)
            article.reviewer_id = change.reviewer_id
        if "review_due" in touched:
            article.review_due = change.review_due
        revision = self._rewritten(article, change)
        if change.publish and (revision or article.live_revision != article.revision):
            self._publish(article, revision or self._work.desk.articles.newest(article))
        return self._saved(article, revision, before)

    @operation("POST", "/articles/{article_id}/state", permission=Permission.WRITE_ARTICLES)
    def move(self, article_id: int, move: ArticleMove) -> ArticleView:
        """Ask for a review, publish, take back to a draft, or put into the archive."""
        article = self._expected(article_id, move.version)
        before = _Shown.of(article)
        if move.state is ArticleState.PUBLISHED:
            self._require_publisher()
        elif move.state is ArticleState.ARCHIVED and not self._may_archive(article):
            raise Forbidden("Only managers can put articles into the archive.")
        article.move_to(move.state)
        newest = self._work.desk.articles.newest(article)
        if move.state is ArticleState.PUBLISHED:
            self._publish(article, newest)
        elif move.state is ArticleState.ARCHIVED:
            article.withdraw(newest)
        return self._saved(article, None, before)

    @operation("GET", "/articles/{article_id}/revisions", permission=Permission.WRITE_ARTICLES)
    def revisions(self, article_id: int, before: int) -> tuple[RevisionRow, ...]:
        """List the saved texts of an article that came before the one named, the newest first."""
        articles = self._work.desk.articles
        return articles.revisions(articles.get(article_id), before)

    @operation(
        "GET",
        "/articles/{article_id}/revisions/{number}",
        permission=Permission.WRITE_ARTICLES,
    )
    def revision(self, article_id: int, number: int) -> RevisionView:
        """Show a text of an article as it was saved."""
        desk = self._work.desk
        revision = desk.articles.revision(desk.articles.get(article_id).id, number)
        category = desk.article_categories.view(revision.category_id)
        people = desk.articles.people([revision.author_id])
        return RevisionView(
            number=revision.number,
            title=revision.title,
            summary=revision.summary,
            body=revision.body,
            category=category.name if category else None,
            tags=tags_of(revision.tags),
            language=revision.language,
            visibility=revision.visibility,
            author=people.get(revision.author_id or 0),
            at=revision.at,
        )

    @operation("POST", "/articles/{article_id}/restore", permission=Permission.WRITE_ARTICLES)
    def restore(self, article_id: int, wanted: ArticleRestore) -> ArticleView:
        """Take up an earlier text again, as a new draft."""
        article = self._expected(article_id, wanted.version)
        before = _Shown.of(article)
        earlier = self._work.desk.articles.revision(article.id, wanted.revision)
        fields = {name: getattr(earlier, name) for name in TEXT_FIELDS}
        revision = self._next_revision(article, fields)
        return self._saved(article, revision, before)

    # --- pictures -----------------------------------------------------------------------------

    @operation(
        "POST",
        "/articles/{article_id}/images",
        permission=Permission.WRITE_ARTICLES,
        creates=True,
    )
    def add_image(self, article_id: int, new: NewImage) -> ImageRef:
        """Store a picture for an article; the answer says how its text shows it."""
        articles = self._work.desk.articles
        article = articles.get(article_id)
        image = articles.add_image(
            ArticleImage(
                article_id=article.id,
                author_id=self._work.actor.id,
                at=self._work.now,
                kind=kind_of(new.data),
                digest=sha256(new.data).hexdigest(),
                data=new.data,
            )
        )
        return ImageRef(
            id=image.id,
            kind=image.kind,
            bytes=len(image.data),
            markdown=f"![](image-{image.id})",
        )

    @operation("GET", "/articles/images/{image_id}", permission=Permission.READ_ARTICLES)
    def image(self, image_id: int) -> ImageView:
        """Show a picture of an article that one may read."""
        image = self._work.desk.articles.image(image_id)
        return ImageView(id=image.id, kind=image.kind, data=image.data)

    # --- categories ---------------------------------------------------------------------------

    @operation("GET", "/articles/categories", permission=Permission.READ_ARTICLES)
    def categories(self) -> tuple[ArticleCategoryView, ...]:
        """List the tree of categories, with how many articles one finds in each."""
        return self._work.desk.article_categories.views()

    @operation("POST", "/articles/categories", permission=Permission.PUBLISH_ARTICLES, creates=True)
    def add_category(self, new: NewArticleCategory) -> ArticleCategoryView:
        """Add a category of articles."""
        desk = self._work.desk
        category = desk.article_categories.add(new.name, new.parent_id)
        about = About("article_category", category.id, category.name)
        desk.audit.set_up(about, added(self._state(category), _CATEGORY_TOLD))
        desk.changed(ARTICLE_CATEGORY, category.id)
        return category_view(category)

    @operation(
        "PATCH", "/articles/categories/{category_id}", permission=Permission.PUBLISH_ARTICLES
    )
    def change_category(
        self, category_id: int, change: ArticleCategoryChange
    ) -> ArticleCategoryView:
        """Rename a category of articles, or move it to another place in the tree."""
        desk = self._work.desk
        category = desk.article_categories.get(category_id)
        if category.version != change.version:
            raise Conflict(
                "The category was changed in the meantime; look at it and try again.",
                current=category_view(category),
            )
        name = change.name or category.name
        moves = "parent_id" in change.model_fields_set
        parent_id = change.parent_id if moves else category.parent_id
        before = self._state(category)
        desk.article_categories.change(category, name, parent_id)
        changes = changes_of(before, self._state(category), _CATEGORY_TOLD)
        desk.audit.set_up(About("article_category", category.id, name), changes)
        desk.changed(ARTICLE_CATEGORY, category.id)
        return category_view(category)

    # --- how ----------------------------------------------------------------------------------

    def _may(self, permission: Permission) -> bool:
        return self._work.actor.may(permission)

    def _state(self, category: ArticleCategory) -> dict[str, object]:
        """Return what the audit log tells of a category."""
        above = category.parent_id
        name = self._work.desk.article_categories.get(above).name if above else ""
        return {"name": category.name, "below": name}

    def _require_publisher(self) -> None:
        if not self._may(Permission.PUBLISH_ARTICLES):
            raise Forbidden("Only managers can publish; ask for a review instead.")

    def _require_reviewer(self, reviewer_id: int | None) -> None:
        if reviewer_id is None:
            return
        reviewer = self._work.desk.users.get(reviewer_id)
        if not reviewer.can_be_given_tickets:
            raise Invalid(f"{reviewer.full_name} cannot review articles.", field="reviewer_id")

    def _may_archive(self, article: Article) -> bool:
        is_own_draft = article.author_id == self._work.actor.id and article.published_at is None
        return is_own_draft or self._may(Permission.PUBLISH_ARTICLES)

    def _expected(self, article_id: int, version: int) -> Article:
        """Return an article to change. Raises ``Conflict`` when the caller has not seen it so."""
        article = self._work.desk.articles.get(article_id)
        try:
            article.expect(version)
        except Conflict as stale:
            raise Conflict(str(stale), current=self._view(article)) from stale
        return article

    def _rewritten(self, article: Article, change: ArticleChange) -> ArticleRevision | None:
        """Return the next text of an article, or ``None`` where the change leaves it as it is."""
        newest = self._work.desk.articles.newest(article)
        before = {name: getattr(newest, name) for name in TEXT_FIELDS}
        wanted = change.model_dump(include=set(TEXT_FIELDS) & change.model_fields_set)
        if change.tags is not None:
            wanted["tags"] = kept_tags(change.tags)
        if "category_id" in wanted:
            self._work.desk.article_categories.choose(change.category_id)
        fields = before | {
            name: value
            for name, value in wanted.items()
            if value is not None or name == "category_id"
        }
        return None if fields == before else self._next_revision(article, fields)

    def _next_revision(self, article: Article, fields: dict[str, object]) -> ArticleRevision:
        revision = ArticleRevision(
            article_id=article.id,
            number=article.revision + 1,
            author_id=self._work.actor.id,
            at=self._work.now,
            **fields,
        )
        article.rewrite(revision)
        return revision

    def _publish(self, article: Article, newest: ArticleRevision) -> None:
        now = self._work.now
        article.publish(newest, now)
        if article.review_due is None or article.review_due <= now:
            article.review_due = now + timedelta(days=self._work.settings.articles.review_days)

    def _saved(
        self, article: Article, revision: ArticleRevision | None, before: _Shown
    ) -> ArticleView:
        article.touch(self._work.now)
        self._work.desk.articles.save(article, revision)
        return self._told(article, before)

    def _told(self, article: Article, before: _Shown) -> ArticleView:
        """Tell readers of what they see: a draft is none of it, nor a newer text."""
        kind = ARTICLE if _Shown.of(article) != before else ARTICLE_DRAFT
        self._work.desk.changed(kind, article.id)
        return self._view(article)

    def _view(self, article: Article) -> ArticleView:
        desk = self._work.desk
        writes = self._may(Permission.WRITE_ARTICLES)
        text = desk.articles.newest(article) if writes else article
        people = desk.articles.people([article.author_id, article.reviewer_id])
        rating = desk.articles.rating_of(article.id, self._work.actor.id)
        return ArticleView(
            id=article.id,
            number=article.number,
            title=text.title,
            summary=text.summary,
            body=text.body,
            html=html_of(text.body),
            state=article.state if writes else ArticleState.PUBLISHED,
            visibility=text.visibility,
            category=desk.article_categories.view(text.category_id),
            tags=tags_of(text.tags),
            language=text.language,
            author=people.get(article.author_id or 0),
            reviewer=people.get(article.reviewer_id or 0) if writes else None,
            review_due=article.review_due if writes else None,
            created_at=article.created_at,
            updated_at=article.updated_at if writes else article.published_at or article.created_at,
            published_at=article.published_at,
            revision=article.revision if writes else article.live_revision or 0,
            live_revision=article.live_revision,
            reads=article.reads,
            helpful=article.helpful,
            unhelpful=article.unhelpful,
            avoided=article.avoided,
            own_rating=rating.helpful if rating else None,
            image_ids=desk.articles.image_ids(article),
            version=article.version if writes else article.live_revision or 0,
            allowed=self._allowed(article),
        )

    def _allowed(self, article: Article) -> frozenset[str]:
        """Return which operations would be let through, for windows to show only those."""
        if self._work.read_only:
            return frozenset()
        writes, publishes = self._may(Permission.WRITE_ARTICLES), False
        if writes:
            publishes = self._may(Permission.PUBLISH_ARTICLES)
        moves = MOVES[article.state]
        offers = {
            "rate": self._work.actor.id is not None and article.is_live,
            "save": writes,
            "restore": writes and article.revision > 1,
            "review": writes and ArticleState.REVIEW in moves,
            "draft": writes and ArticleState.DRAFT in moves,
            "publish": publishes and ArticleState.PUBLISHED in moves,
            "archive": writes and ArticleState.ARCHIVED in moves and self._may_archive(article),
            "link": self._may(Permission.WORK_TICKET) and article.is_live,
        }
        return frozenset(name for name, offered in offers.items() if offered)


def _in_words(suggestion: Suggestion, words: dict[str, str]) -> Suggestion:
    """Return a suggestion with the words that were typed, in place of their stems."""
    return suggestion.model_copy(update={"words": tuple(_known(suggestion.words, words))})


def _known(stems: Iterable[str], words: dict[str, str]) -> Iterable[str]:
    return (words[stem] for stem in stems)


def kind_of(data: bytes) -> str:
    """Return the media type of a picture by its first bytes. Raises ``Invalid``."""
    for beginning, kind in _IMAGE_KINDS:
        if data.startswith(beginning):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise Invalid("A picture must be PNG, JPEG, GIF or WebP; save it as one of these.")

# SPDX-License-Identifier: GPL-3.0-or-later
"""Articles of the knowledge base: what is asked of them and what is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from helpdesk.core.schemas.base import Id, Labelled, Moment, Request, Result
from helpdesk.core.schemas.tickets import Status
from helpdesk.core.schemas.users import PageSize, PersonRef
from helpdesk.core.text import NAME_LIMIT, Body, Line, SearchText, Subject, one_line, only_text

SUMMARY_LIMIT = NAME_LIMIT
ARTICLE_LIMIT = 200_000
"""Characters of an article; a longer one is two."""
TAGS_LIMIT, TAG_LIMIT = 20, 40
CATEGORY_LEVELS = 5
"""So deep may categories lie: what lies deeper is found by nobody."""
IMAGE_BYTES_LIMIT = 2 * 1024 * 1024
SUGGESTION_LIMIT = 2_000


def _tag(value: str) -> str:
    tag = " ".join(value.casefold().split())
    if not tag or "," in tag:
        raise ValueError("Tags are words without a comma; separate them by commas.")
    return tag


def _distinct(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags))


def _present(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


def _fitting(data: bytes) -> bytes:
    if len(data) > IMAGE_BYTES_LIMIT:
        raise ValueError("A picture may have at most 2 MB; make it smaller and try again.")
    return data


_BASE64 = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

Title = Annotated[Subject, AfterValidator(_present)]
Summary = Line
ArticleBody = Annotated[
    str, BeforeValidator(only_text), StringConstraints(max_length=ARTICLE_LIMIT)
]
Tag = Annotated[
    str, one_line(TAG_LIMIT), AfterValidator(_tag), StringConstraints(max_length=TAG_LIMIT)
]
Tags = Annotated[tuple[Tag, ...], AfterValidator(_distinct), Field(max_length=TAGS_LIMIT)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
ImageBytes = Annotated[bytes, AfterValidator(_fitting)]
CategoryName = Annotated[
    str, one_line(80), AfterValidator(_present), StringConstraints(max_length=80)
]


class ArticleState(Labelled):
    """Where the newest text of an article stands.

    Readers keep the published text while a newer one is written and reviewed.
    """

    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    ARCHIVED = "archived"

    @property
    def label(self) -> str:
        """The name people read."""
        return "In Review" if self is ArticleState.REVIEW else self.value.title()


class Visibility(Labelled):
    """Who may read an article once it is published."""

    EVERYONE = "everyone"
    TECHNICIANS = "technicians"


class ArticleSort(Labelled):
    """The order of a list; ``RELEVANCE`` without a text is ``TITLE``."""

    RELEVANCE = "relevance"
    TITLE = "title"
    UPDATED = "updated"
    READ = "read"


class ArticleCategoryView(Result):
    """A place in the tree of categories, and how many articles the actor finds just there."""

    id: int
    name: str
    parent_id: int | None
    articles: int
    version: int


class NewArticleCategory(Request):
    """A category to add, below another one or at the top."""

    name: CategoryName
    parent_id: Id | None = None


class ArticleCategoryChange(Request):
    """A category's new name or place; only fields that are set are touched."""

    name: CategoryName | None = None
    parent_id: Id | None = None
    version: int


class NewArticle(Request):
    """An article to begin, as a draft."""

    title: Title
    summary: Summary = ""
    body: ArticleBody = ""
    category_id: Id | None = None
    tags: Tags = ()
    language: Language = "en"
    visibility: Visibility = Visibility.EVERYONE
    reviewer_id: Id | None = None
    review_due: Moment | None = None


class ArticleChange(Request):
    """A new text of an article; only fields that are set are touched.

    With ``publish`` readers get it at once, which takes the right to publish. Reviewer and review
    date are about the article and not its text: they hold at once and make no revision.
    """

    title: Title | None = None
    summary: Summary | None = None
    body: ArticleBody | None = None
    category_id: Id | None = None
    tags: Tags | None = None
    language: Language | None = None
    visibility: Visibility | None = None
    reviewer_id: Id | None = None
    review_due: Moment | None = None
    publish: bool = False
    version: int


class ArticleMove(Request):
    """Where an article goes next: to review, to its readers, into the archive, back to a draft."""

    state: ArticleState
    version: int


class ArticleRestore(Request):
    """An earlier revision to take up again, as the newest one."""

    revision: Id
    version: int


class ArticleQuery(Request):
    """Which articles to list. Empty choices mean 'any'; ``text`` is searched in full text.

    Without ``states`` the archive is left out. A category stands for all below it, too. ``due``
    lists what has to be reviewed by now, ``mine`` what the actor wrote or is to review.
    """

    text: SearchText = ""
    category_id: Id | None = None
    tag: Annotated[str, one_line(TAG_LIMIT), StringConstraints(max_length=TAG_LIMIT)] = ""
    language: Annotated[str, StringConstraints(max_length=6)] = ""
    states: tuple[ArticleState, ...] = ()
    visibility: Visibility | None = None
    mine: bool = False
    due: bool = False
    sort: ArticleSort = ArticleSort.RELEVANCE
    limit: PageSize = 50
    cursor: str | None = None


class ArticleRow(Result):
    """An article as lists show it; readers see what is published, staff what is newest."""

    id: int
    number: str
    title: str
    summary: str
    state: ArticleState
    is_live: bool
    """Whether readers see a text of it."""
    visibility: Visibility
    category_id: int | None
    tags: tuple[str, ...]
    language: str
    updated_at: datetime
    review_due: datetime | None
    reads: int
    helpful: int
    unhelpful: int
    excerpt: str | None = None
    """The piece of text that shows why it was found, its hits marked as in tickets."""


class ArticlePage(Result):
    """Some articles in the order asked for, and where the next ones begin."""

    items: tuple[ArticleRow, ...]
    next_cursor: str | None


class ArticleView(Result):
    """A whole article. ``body`` is Markdown, ``html`` the same made safe to show.

    Staff see the newest text; where readers still see an older one, ``live_revision`` differs from
    ``revision``.
    """

    id: int
    number: str
    title: str
    summary: str
    body: str
    html: str
    state: ArticleState
    visibility: Visibility
    category: ArticleCategoryView | None
    tags: tuple[str, ...]
    language: str
    author: PersonRef | None
    reviewer: PersonRef | None
    review_due: datetime | None
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    revision: int
    live_revision: int | None
    reads: int
    helpful: int
    unhelpful: int
    avoided: int
    """How many tickets it made needless."""
    own_rating: bool | None
    """Whether the actor found it helpful; ``None`` while they have not said."""
    image_ids: tuple[int, ...]
    version: int
    allowed: frozenset[str]
    """The operations that would be let through: save, publish, review, archive, draft, restore."""


class RevisionRow(Result):
    """One saved text of an article, as its list of revisions shows it."""

    number: int
    title: str
    author: PersonRef | None
    at: datetime
    is_live: bool


class RevisionView(Result):
    """One saved text of an article, whole."""

    number: int
    title: str
    summary: str
    body: str
    category: str | None
    tags: tuple[str, ...]
    language: str
    visibility: Visibility
    author: PersonRef | None
    at: datetime


class Rating(Request):
    """Whether an article helped, with a word on why (not)."""

    helpful: bool
    comment: Annotated[Body, StringConstraints(max_length=2_000)] = ""


class RatingView(Result):
    """What somebody said of an article."""

    helpful: bool
    comment: str
    person: PersonRef
    at: datetime


class Solved(Request):
    """'That solved it': a ticket that was being typed is not needed."""

    article_id: Id


class Counted(Result):
    """Whether something was counted that counts once a day, and on which day since 1970."""

    counted: bool
    day: int


class SuggestionQuery(Request):
    """What somebody types, for the articles that may solve it."""

    text: Annotated[str, BeforeValidator(only_text), Field(max_length=SUGGESTION_LIMIT)] = ""
    limit: Annotated[int, Field(ge=1, le=10)] = 4


class Suggestion(Result):
    """An article that may help, with the words of the question that it was found by."""

    article: ArticleRow
    words: tuple[str, ...]


class Missed(Request):
    """A search that found nothing, for authors to know what is missing."""

    text: Annotated[Line, AfterValidator(_present), StringConstraints(max_length=200)]


class ArticleLink(Request):
    """An article to put on a ticket."""

    article_id: Id


class LinkedTicket(Result):
    """A ticket that an article is linked on, as far as the actor may see it."""

    id: int
    number: str
    subject: str
    status: Status
    updated_at: datetime


class NewImage(Request):
    """A picture for an article: PNG, JPEG, GIF or WebP, up to 2 MB, base64 in JSON."""

    model_config = _BASE64
    data: ImageBytes


class ImageRef(Result):
    """A stored picture; ``markdown`` shows it where it stands in an article."""

    id: int
    kind: str
    bytes: int
    markdown: str


class ImageView(Result):
    """A picture with its bytes, base64 in JSON; ``kind`` is its media type."""

    model_config = _BASE64
    id: int
    kind: str
    data: bytes


class BrokenLink(Result):
    """A link that leads its readers nowhere, and why."""

    article: ArticleRow
    target: str
    problem: str


class Gap(Result):
    """Solved tickets that are alike and have no article."""

    words: tuple[str, ...]
    count: int
    requesters: int
    tickets: tuple[LinkedTicket, ...]
    """The newest of them."""


class ArticleFigures(Result):
    """What the knowledge base did in a period of days up to now."""

    days: int
    published: int
    reads: int
    helpful: int
    unhelpful: int
    avoided: int
    most_read: tuple[ArticleFigure, ...]
    worst_rated: tuple[ArticleFigure, ...]
    missed: tuple[MissedSearch, ...]


class ArticleFigure(Result):
    """What one article did in a period."""

    id: int
    number: str
    title: str
    reads: int
    helpful: int
    unhelpful: int
    avoided: int


class MissedSearch(Result):
    """A search that found nothing: how often, and when last."""

    text: str
    times: int
    last_at: datetime


class FiguresQuery(Request):
    """For how many days back figures are wanted."""

    days: Annotated[int, Field(ge=1, le=3660)] = 30


class ArticlesWaiting(Result):
    """What waits for the actor: texts to publish, and articles whose review is due."""

    review: int
    due: int

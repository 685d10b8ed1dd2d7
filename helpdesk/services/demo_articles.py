# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills the knowledge base of a demo desk, as if people had written, read and rated for years."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from math import log
from random import Random
from typing import NamedTuple

from helpdesk.core.paths import resource
from helpdesk.core.permissions import STAFF, SYSTEM
from helpdesk.core.schemas.articles import Visibility
from helpdesk.core.settings import Settings
from helpdesk.core.text import folded
from helpdesk.database.bulk import BulkLoad, EventRow, Row, bulk_loading
from helpdesk.database.db_manager import DbManager
from helpdesk.database.tokens import tokens_of
from helpdesk.database.types import to_microseconds
from helpdesk.demo.knowledge import DemoKnowledge, Readership
from helpdesk.demo.people import DemoPerson
from helpdesk.demo.records import DemoTicket
from helpdesk.models.article import article_number
from helpdesk.models.event import EventKind
from helpdesk.repositories.article_figures import day_of
from helpdesk.repositories.article_lists import tags_of
from helpdesk.repositories.articles import ArticleRepository
from helpdesk.services.article_files import ArticleFile
from helpdesk.services.article_folders import ArticleFolder
from helpdesk.services.article_imports import ArticleLoader, Planned
from helpdesk.services.questions import telling_tokens

ARTICLES = "demo/articles"

_TICKETS_LOOKED_AT = 600
"""Of so many of the newest solved tickets some have an article, however large the desk is."""
_LINKED_SHARE = 0.45
_LEAST_ALIKE = 4.5
"""What the words that a ticket shares with an article must weigh for a link."""
_READERS_AT_MOST = 200
_STAFF_SHARE = 0.25
"""Technicians are few: they read so much less of what they are asked for."""


class SolvedTicket(NamedTuple):
    """A solved ticket that may get an article."""

    id: int
    subject: str
    solver: int
    """An index into the people."""
    at: datetime
    """When something happened to it last."""


class SolvedTickets:
    """Remembers the newest solved tickets while all of them are written."""

    def __init__(self) -> None:
        """Begin with none."""
        self._newest: deque[tuple[int, DemoTicket]] = deque(maxlen=_TICKETS_LOOKED_AT)

    def watched(self, tickets: Iterable[DemoTicket], first_id: int) -> Iterator[DemoTicket]:
        """Yield the tickets as they come, which get ids from the first one on."""
        for id_, ticket in enumerate(tickets, start=first_id):
            if not ticket.status.is_open:
                self._newest.append((id_, ticket))
            yield ticket

    def __iter__(self) -> Iterator[SolvedTicket]:
        for id_, ticket in self._newest:
            if ticket.assignee is not None:
                yield SolvedTicket(id_, ticket.subject, ticket.assignee, _last_moment(ticket))


def _last_moment(ticket: DemoTicket) -> datetime:
    """Return when something happened to a ticket last, notes among it."""
    said = (comment.created_at for comment in ticket.comments)
    done = (change.at for change in ticket.changes)
    return max((ticket.created_at, *said, *done))


class _Heading(NamedTuple):
    """A published article, by what tells whether a ticket is about the same."""

    id: int
    name: str
    title: str
    words: frozenset[str]


class _Pair(NamedTuple):
    """A ticket and the article that answers it."""

    ticket: SolvedTicket
    article: _Heading


class DemoArticles:
    """Writes the articles of the demo, and what came of them."""

    def __init__(
        self,
        settings: Settings,
        people: Sequence[DemoPerson],
        first_user_id: int,
        *,
        seed: int,
        now: datetime,
    ) -> None:
        """Bind to the people of a desk."""
        review_after = timedelta(days=settings.articles.review_days)
        self._knowledge = DemoKnowledge(seed, now, review_after)
        self._random = Random(f"{seed}/links")  # noqa: S311 - nothing secret is made here
        self._first_user_id = first_user_id
        self._now = now
        staff = [index for index, each in enumerate(people) if each.role in STAFF]
        others = [index for index, each in enumerate(people) if each.role not in STAFF]
        self._readers = {
            Visibility.EVERYONE: others[:_READERS_AT_MOST],
            Visibility.TECHNICIANS: staff,
        }

    def write(self, database: DbManager, tickets: Iterable[SolvedTicket]) -> None:
        """Write all of it; the people and the tickets have to be there."""
        folder = ArticleFolder(resource(ARTICLES))
        plan = [Planned(each, sha256(folder.read(each)).digest()) for each in folder.articles]
        with database.writing() as session:
            ids = ArticleLoader(folder, session, self._now).load(plan, self._dated)
            articles = ArticleRepository(session, SYSTEM)
            headings = list(_headings(articles, ids))
            pairs = list(_pairs(headings, list(tickets)))
            came = self._readerships(articles, headings, pairs)
        with bulk_loading(database) as load:
            for id_, readership in came.items():
                self._write_readership(load, id_, readership)
            self._write_links(load, pairs)
            self._write_misses(load)

    def _readerships(
        self, articles: ArticleRepository, headings: Sequence[_Heading], pairs: Sequence[_Pair]
    ) -> dict[int, Readership]:
        """Return what came of each article, and count it there."""
        asked = Counter(pair.article.id for pair in pairs)
        most = max(asked.values(), default=1)
        found = {}
        for heading in headings:
            article = articles.get(heading.id)
            published = article.published_at or self._now
            readers = self._readers[article.visibility]
            share = asked[heading.id] / most
            if article.visibility is Visibility.TECHNICIANS:
                share *= _STAFF_SHARE
            came = self._knowledge.readership(heading.name, published, readers, share)
            article.reads = sum(day.reads for day in came.days)
            article.avoided = sum(len(day.spared) for day in came.days)
            article.helpful = sum(each.helpful for each in came.ratings)
            article.unhelpful = len(came.ratings) - article.helpful
            found[heading.id] = came
        return found

    def _dated(self, name: str, file: ArticleFile) -> ArticleFile:
        dates = self._knowledge.dates(name, file.state, file.review_due)
        return file._replace(
            created=dates.created,
            published=dates.published,
            updated=dates.updated,
            review_due=dates.review_due,
        )

    def _write_readership(self, load: BulkLoad, id_: int, came: Readership) -> None:
        load.connection.insert(
            "article_day",
            ("article_id", "day", "reads", "avoided"),
            [(id_, day_of(day.at), day.reads, len(day.spared)) for day in came.days],
        )
        load.connection.insert(
            "article_solved",
            ("article_id", "user_id", "day"),
            [
                (id_, self._user_id(reader), day_of(day.at))
                for day in came.days
                for reader in day.spared
            ],
        )
        load.connection.insert(
            "article_rating",
            ("article_id", "user_id", "helpful", "comment", "at"),
            [
                (
                    id_,
                    self._user_id(each.reader),
                    each.helpful,
                    each.comment,
                    to_microseconds(each.at),
                )
                for each in came.ratings
            ],
        )

    def _write_links(self, load: BulkLoad, pairs: Sequence[_Pair]) -> None:
        """Put articles on some of the tickets, each with an entry in its history."""
        links: list[Row] = []
        events: list[Row] = []
        for ticket, article in pairs:
            if self._random.random() >= _LINKED_SHARE:
                continue
            solver, at = self._user_id(ticket.solver), to_microseconds(ticket.at)
            links.append((ticket.id, article.id, solver, at))
            name = f"{article_number(article.id)} {article.title}"
            event = EventRow(ticket.id, solver, at, EventKind.LINKED, "article", None, name)
            events.append(event)
        columns = ("ticket_id", "article_id", "linker_id", "at")
        load.connection.insert("ticket_article", columns, links)
        load.connection.insert("event", EventRow._fields, events)

    def _write_misses(self, load: BulkLoad) -> None:
        rows = [
            (folded(each.text), each.times, to_microseconds(each.last_at))
            for each in self._knowledge.missed()
        ]
        load.connection.insert("article_miss", ("text_folded", "times", "last_at"), rows)

    def _user_id(self, index: int) -> int:
        return self._first_user_id + index


def _headings(articles: ArticleRepository, ids: dict[str, int]) -> Iterator[_Heading]:
    """Yield the articles that readers see."""
    for name, id_ in ids.items():
        article = articles.get(id_)
        if article.is_live:
            heading = f"{article.title} {' '.join(tags_of(article.tags))}"
            (tokens,) = tokens_of([heading])
            yield _Heading(id_, name, article.title, frozenset(telling_tokens(tokens)))


def _pairs(headings: Sequence[_Heading], tickets: Sequence[SolvedTicket]) -> Iterator[_Pair]:
    """Yield tickets with the article that has most of their words, where it has enough of them.

    A word weighs more the fewer articles have it; among equals the shorter heading is the closer.
    """
    holders: defaultdict[str, list[_Heading]] = defaultdict(list)
    for heading in headings:
        for word in heading.words:
            holders[word].append(heading)
    subjects = tokens_of([ticket.subject for ticket in tickets])
    for ticket, tokens in zip(tickets, subjects, strict=True):
        weights: defaultdict[_Heading, float] = defaultdict(float)
        for word in telling_tokens(tokens):
            for heading in holders[word]:
                weights[heading] += log(1 + len(headings) / len(holders[word]))
        ranks = ((weight, -len(each.words), -each.id, each) for each, weight in weights.items())
        weight, _, _, best = max(ranks, default=(0.0, 0, 0, None))
        if best is not None and weight >= _LEAST_ALIKE:
            yield _Pair(ticket, best)

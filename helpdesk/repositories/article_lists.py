# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of articles: by title, by date, by how often they are read, and the best hits of a search.

A search ranks the newest hits in headings and the newest hits anywhere, ``RANKED`` of each, by
the rule for tickets (``repositories.relevance``), the heading (title and tags) taking the place of
the subject. So it costs the same whatever the words are, and finds the same on every database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import log
from re import Pattern
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from helpdesk.core.errors import Invalid
from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.articles import (
    ArticlePage,
    ArticleQuery,
    ArticleRow,
    ArticleSort,
    ArticleState,
    Suggestion,
    Visibility,
)
from helpdesk.core.text import folded
from helpdesk.database.article_search import Hits, article_search_of, joined
from helpdesk.database.excerpts import excerpt, patterns_of
from helpdesk.database.fulltext import Words, words_of
from helpdesk.database.letters import short_tokens_of
from helpdesk.database.tokens import tokens_of
from helpdesk.database.types import from_microseconds, is_id, to_microseconds
from helpdesk.models import Article, ArticleCategory
from helpdesk.models.article import article_number
from helpdesk.repositories.cursors import Key, decoded, encoded
from helpdesk.repositories.relevance import Rank, Relevance

RANKED = 300
"""So many of the newest hits in headings, and of the newest anywhere, are ranked."""
_COMMON = 150
"""A word that is in so many articles says little of any of them."""
_LETTERS = 8_000
"""Of a long article no more is looked through for an excerpt."""
_COVERED = 0.3
"""An article is suggested when it holds words that make up so much of the question's weight."""
_LOOKED_AT = 25
_IN_HEADING = 2.5
"""A word in a heading says so many times as much as one in the text."""

_article = Article.__table__.c
_INDEX = table("article_search")
_ROW = (
    _article.id, _article.title, _article.summary, _article.state, _article.live_revision,
    _article.visibility, _article.category_id, _article.tags, _article.language,
    _article.updated_at, _article.review_due, _article.reads, _article.helpful,
    _article.unhelpful, _article.published_at,
)  # fmt: skip


class _Heading(NamedTuple):
    id: int
    title: str
    tags: str


def public() -> ColumnElement[bool]:
    """Return the condition that every reader may see an article."""
    is_live: ColumnElement[bool] = _article.live_revision.is_not(None)
    return is_live & (_article.visibility == Visibility.EVERYONE)


def tags_of(kept: str) -> tuple[str, ...]:
    """Return the tags of the text that keeps them."""
    return tuple(kept.split("\n")[1:-1])


def kept_tags(tags: Iterable[str]) -> str:
    """Return the text that keeps tags: a line break around each."""
    return "".join(f"\n{tag}" for tag in tags) + "\n"


def article_row(
    row: Row[*tuple[Any, ...]], found: str | None = None, *, writes: bool
) -> ArticleRow:
    """Return a row as people see it; readers do not learn that a newer text is being written."""
    (
        id_, title, summary, state, live, visibility, category_id, tags, language, updated_at,
        review_due, reads, helpful, unhelpful, published_at,
    ) = row  # fmt: skip
    return ArticleRow(
        id=id_,
        number=article_number(id_),
        title=title,
        summary=summary,
        state=state if writes else ArticleState.PUBLISHED,
        is_live=live is not None,
        visibility=visibility,
        category_id=category_id,
        tags=tags_of(tags),
        language=language,
        updated_at=updated_at if writes else published_at or updated_at,
        review_due=review_due if writes else None,
        reads=reads,
        helpful=helpful,
        unhelpful=unhelpful,
        excerpt=found,
    )


class ArticleLists:
    """The lists of the articles that an actor may see."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the rows are for."""
        self._session = session
        self._actor = actor
        self._search = article_search_of(session)
        self._writes = actor.may(Permission.WRITE_ARTICLES)
        self._reads = actor.may(Permission.READ_ARTICLES)

    def page(self, query: ArticleQuery, now: datetime) -> ArticlePage:
        """Return one page of the articles that match. Raises ``Invalid`` for a bad cursor."""
        words = words_of(query.text)
        if query.text.strip() and not words.all:
            return ArticlePage(items=(), next_cursor=None)
        conditions = self._conditions(query, now)
        if words.all:
            return self._best(words, conditions, query)
        return self._listed(conditions, query)

    def rows(self, ids: Sequence[int]) -> tuple[ArticleRow, ...]:
        """Return the articles of some ids in their order, without those the actor may not see."""
        statement = select(*_ROW).where(_article.id.in_(ids), *self.visible())
        found = {row[0]: self._row(row) for row in self._session.execute(statement)}
        return tuple(found[id_] for id_ in ids if id_ in found)

    def _row(self, row: Any, found: str | None = None) -> ArticleRow:
        return article_row(row, found, writes=self._writes)

    def visible(self) -> list[ColumnElement[bool]]:
        """Return the conditions on what the actor may see."""
        if self._writes:
            return []
        return [public()] if self._reads else [false()]

    def suggest(
        self, stems: Sequence[str], limit: int, *, without: int | None = None
    ) -> tuple[Suggestion, ...]:
        """Return the published articles that may answer a question, the best first.

        Readers get public ones, who writes articles those for technicians, too. Each stem finds
        the words that begin so. What few articles hold weighs more, by
        ``log(1 + 150 / articles)``, and more in a heading than in the text. An article has to
        hold a word of the question in its heading and ``_COVERED`` of the weight of all words
        that are found at all. Of the best ``_LOOKED_AT`` those come first whose titles say most
        of the question and little else.
        """
        if not stems:
            return ()
        found = self._found(stems)
        weights = {
            stem: log(1 + _COMMON / len(heading | anywhere))
            for stem, (heading, anywhere) in found.items()
            if heading | anywhere
        }
        scores: defaultdict[int, float] = defaultdict(float)
        covered: defaultdict[int, float] = defaultdict(float)
        held: dict[int, list[str]] = {}
        in_heading: set[int] = set()
        for stem, weight in weights.items():
            heading, anywhere = found[stem]
            in_heading |= heading
            for id_ in heading | anywhere:
                scores[id_] += weight * (_IN_HEADING if id_ in heading else 1)
                covered[id_] += weight
                held.setdefault(id_, []).append(stem)
        least = _COVERED * sum(weights.values())
        good = [id_ for id_ in in_heading if covered[id_] >= least and id_ != without]
        best = sorted(good, key=lambda id_: (-scores[id_], -id_))[:_LOOKED_AT]
        rows = self._published(best)
        titles = short_tokens_of([row.title + joined(row.title) for row in rows])
        final = {
            row.id: scores[row.id] + _said_by(title, weights)
            for row, title in zip(rows, titles, strict=True)
        }
        rows.sort(key=lambda row: (-final[row.id], -row.id))
        return tuple(Suggestion(article=row, words=tuple(held[row.id])) for row in rows[:limit])

    # --- conditions ---------------------------------------------------------------------------

    def _conditions(self, query: ArticleQuery, now: datetime) -> list[ColumnElement[bool]]:
        conditions = self.visible()
        if query.category_id is not None:
            conditions.append(_article.category_id.in_(self._below(query.category_id)))
        if query.tag:
            conditions.append(
                _article.tags.contains(f"\n{query.tag.casefold()}\n", autoescape=True)
            )
        if query.language:
            conditions.append(_article.language == query.language)
        if query.visibility is not None:
            conditions.append(_article.visibility == query.visibility)
        if not self._writes:
            # Readers know of no states, and not who writes or reviews an article, and when.
            return conditions
        if query.mine:
            own = self._actor.id
            conditions.append(or_(_article.author_id == own, _article.reviewer_id == own))
        if query.due:
            conditions.append(_article.review_due <= now)
        return conditions + self._states(query)

    @staticmethod
    def _states(query: ArticleQuery) -> list[ColumnElement[bool]]:
        if query.states:
            return [_article.state.in_(query.states)]
        return [_article.state != ArticleState.ARCHIVED]

    def _below(self, category_id: int) -> set[int]:
        """Return a category with all below it."""
        pairs = self._session.execute(select(ArticleCategory.id, ArticleCategory.parent_id)).all()
        wanted, grown = {category_id}, True
        while grown:
            more = {id_ for id_, parent in pairs if parent in wanted} - wanted
            grown, wanted = bool(more), wanted | more
        return {id_ for id_ in wanted if is_id(id_)}

    # --- lists --------------------------------------------------------------------------------

    def _listed(self, conditions: list[ColumnElement[bool]], query: ArticleQuery) -> ArticlePage:
        statement: Select[Any] = select(*_ROW).where(*conditions)
        if query.sort is ArticleSort.UPDATED:
            # Readers learn when they got a text, not when somebody began to write a newer one.
            order: ColumnElement[Any] = (
                _article.updated_at if self._writes else _article.published_at
            )
        elif query.sort is ArticleSort.READ:
            order = _article.reads
        else:
            order = _article.title_folded
        rises = order is _article.title_folded
        if query.cursor:
            value, last_id = decoded(query.cursor, (str if rises else int, int))
            last = _moment(value) if query.sort is ArticleSort.UPDATED else value
            place = tuple_(order, _article.id)
            here = tuple_(literal(last, order.type), literal(last_id, _article.id.type))
            statement = statement.where(place > here if rises else place < here)
        order_by = (order, _article.id) if rises else (order.desc(), _article.id.desc())
        statement = statement.order_by(*order_by).limit(query.limit + 1)
        rows = self._session.execute(statement).all()
        items = tuple(self._row(row) for row in rows[: query.limit])
        cursor = _cursor(query.sort, items[-1]) if len(rows) > query.limit else None
        return ArticlePage(items=items, next_cursor=cursor)

    def _best(
        self, words: Words, conditions: list[ColumnElement[bool]], query: ArticleQuery
    ) -> ArticlePage:
        hits = [
            self._search.words(words, heading=heading, public=not self._writes, prefix=prefix)
            for heading, prefix in ((True, "h_"), (False, "a_"))
        ]
        terms = tokens_of(words.all)
        ranks = _ranked(terms, words, self._headings(hits, conditions))
        if query.cursor:
            last = Rank(*(int(part) for part in decoded(query.cursor, (int,) * 5)))
            ranks = [rank for rank in ranks if rank > last]
        chosen = ranks[: query.limit]
        patterns = patterns_of(terms, unfinished=words.unfinished is not None)
        items = self._with_excerpts([-rank.age for rank in chosen], patterns)
        more = len(ranks) > len(chosen)
        return ArticlePage(items=items, next_cursor=encoded(tuple(chosen[-1])) if more else None)

    def _headings(
        self, hits: Sequence[Hits], conditions: list[ColumnElement[bool]]
    ) -> list[_Heading]:
        index_id: ColumnElement[int] = literal_column(self._search.id)
        arms: list[Select[Any]] = []
        values: dict[str, Any] = {}
        for each in hits:
            newest = (
                select(_article.id, _article.title, _article.tags)
                .select_from(_INDEX.join(Article.__table__, _article.id == index_id))
                .where(text(each.condition), *conditions)
                .order_by(index_id.desc())
                .limit(RANKED)
            ).subquery()
            arms.append(select(newest))
            values |= each.values
        rows = self._session.execute(union_all(*arms), values).all()
        return list({id_: _Heading(id_, title, tags) for id_, title, tags in rows}.values())

    def _with_excerpts(
        self, ids: Sequence[int], patterns: Sequence[Pattern[str]]
    ) -> tuple[ArticleRow, ...]:
        if not ids:
            return ()
        plain = func.substr(_article.plain, 1, _LETTERS)
        statement = select(*_ROW, plain).where(_article.id.in_(ids))
        found = {
            row[0]: self._row(row[:-1], excerpt([row[2], row[-1]], patterns))
            for row in self._session.execute(statement).all()
        }
        return tuple(found[id_] for id_ in ids if id_ in found)

    # --- suggestions --------------------------------------------------------------------------

    def _found(self, stems: Sequence[str]) -> dict[str, tuple[set[int], set[int]]]:
        """Return for each stem the newest articles with it in the heading, and anywhere."""
        arms: list[str] = []
        values: dict[str, Any] = {}
        for place, stem in enumerate(stems):
            for heading in (True, False):
                prefix = f"{'h' if heading else 'a'}{place}_"
                hits = self._search.beginning(
                    stem, heading=heading, public=not self._writes, prefix=prefix
                )
                arms.append(
                    f"SELECT {place}, {int(heading)}, {self._search.ids} FROM"  # noqa: S608
                    f" (SELECT {self._search.id} AS id FROM article_search"
                    f" WHERE {hits.condition}"
                    f" ORDER BY {self._search.id} DESC LIMIT {_COMMON}) AS {prefix}hits"
                )
                values |= hits.values
        found: dict[str, tuple[set[int], set[int]]] = {stem: (set(), set()) for stem in stems}
        # A row for each stem and not for each hit: there are thousands of these.
        for place, heading, ids in self._session.execute(text(" UNION ALL ".join(arms)), values):
            found[stems[place]][0 if heading else 1].update(map(int, ids.split(",") if ids else ()))
        return found

    def _published(self, ids: Sequence[int]) -> list[ArticleRow]:
        """Return articles in their order; the index knows which are public, the table decides."""
        is_live = _article.live_revision.is_not(None)
        statement = select(*_ROW).where(_article.id.in_(ids), is_live, *self.visible())
        found = {row[0]: self._row(row) for row in self._session.execute(statement)}
        return [found[id_] for id_ in ids if id_ in found]


def _said_by(title: Sequence[str], weights: Mapping[str, float]) -> float:
    """Return how much of a question a title says, twice where it says nothing else."""
    said = [
        max((weight for stem, weight in weights.items() if word.startswith(stem)), default=0.0)
        for word in title
    ]
    return sum(said) * (1 + sum(1 for each in said if each) / max(len(said), 1))


def _ranked(terms: Sequence[Sequence[str]], words: Words, found: Sequence[_Heading]) -> list[Rank]:
    relevance = Relevance(terms, unfinished=words.unfinished is not None)
    headings = short_tokens_of([f"{each.title} {each.tags}" for each in found])
    return sorted(
        relevance.rank(tokens, each.id) for each, tokens in zip(found, headings, strict=True)
    )


def _moment(value: Any) -> datetime:
    try:
        return from_microseconds(value)
    except OverflowError as error:
        raise Invalid("The list has changed; load it again from the start.") from error


def _cursor(sort: ArticleSort, last: ArticleRow) -> str:
    key: Key = (folded(last.title), last.id)
    if sort is ArticleSort.UPDATED:
        key = (to_microseconds(last.updated_at), last.id)
    elif sort is ArticleSort.READ:
        key = (last.reads, last.id)
    return encoded(key)

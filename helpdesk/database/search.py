# SPDX-License-Identifier: GPL-3.0-or-later
"""Full-text search as statements need it: one interface, and how each database answers it.

What is found is the same on both; which way is the shortest is not. SQLite walks its index from
the newest ticket on and stops when it has enough. PostgreSQL has no index that knows both words
and age: it walks the newest tickets while words are common, and else asks the index for all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Row,
    Select,
    Text,
    TextClause,
    and_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    not_,
    or_,
    select,
    table,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.orm import Session

from helpdesk.core.text import HIT_END, HIT_START
from helpdesk.database import fulltext, postgres_search
from helpdesk.database.excerpts import EXCERPT_WORDS, excerpt, patterns_of
from helpdesk.database.fulltext import Words
from helpdesk.database.tokens import tokens_of

# A walk that finds no page within so many tickets for each row wanted has the wrong words.
_REACH = 100
# So much farther it goes on where that finds a share of a page.
_FARTHER = 16
# Of a thread without end no more is looked through for an excerpt.
_COMMENTS, _LETTERS = 100, 20_000

Rows = Sequence[Row[*tuple[Any, ...]]]
Ids = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]

Hits = Callable[["TextSearch"], Select[*tuple[Any, ...]]]
"""Gives the statement of the hits in what is searched, in no order."""


class Asked(NamedTuple):
    """A text as a database is asked for it: the values to bind, and how many are pieces."""

    parameters: dict[str, Any]
    pieces: int
    excludes: int = 0
    """How many terms the conditions leave out, where the text itself does not."""


class TextSearch(ABC):
    """How one kind of database keeps and finds the texts of tickets.

    The statements bind ``limit``, ``after_id`` where a list goes on, and what ``asked`` returns.
    """

    id: ColumnElement[int]
    """The ticket of a row of the index."""

    excerpt: ColumnElement[Any] | None = None
    """The piece of a hit's text that shows the hit, where the statement itself can yield it."""

    @abstractmethod
    def add_ticket(
        self, session: Session, ticket_id: int, subject: str, description: str, requester_id: int
    ) -> None:
        """Index a new ticket."""

    @abstractmethod
    def add_whole(self, session: Session, ticket_id: int) -> None:
        """Index a ticket that is there with all that is said on it, in one go."""

    @abstractmethod
    def add_comment(self, session: Session, ticket_id: int, body: str, *, internal: bool) -> None:
        """Index a comment with its ticket."""

    @abstractmethod
    def index_around(self, session: Session, ticket_ids: Sequence[int]) -> None:
        """Index anew tags, public values of own fields, and who may meet the tickets."""

    @abstractmethod
    def index_notes(self, session: Session, ticket_ids: Sequence[int]) -> None:
        """Index anew what the staff alone may know: their own fields, and the notes with them."""

    @abstractmethod
    def asked(
        self,
        words: Words,
        *,
        requester_ids: Sequence[int],
        notes: bool,
        watcher_id: int | None = None,
    ) -> Asked:
        """Return how to ask for words: in these people's tickets alone, in notes or not.

        With requesters, a ``watcher_id`` meets the tickets that this person follows as well.
        """

    @abstractmethod
    def conditions(
        self, *, pieces: int, notes: bool, excludes: int = 0
    ) -> list[ColumnElement[bool]]:
        """Return the conditions that a hit fulfils."""

    @abstractmethod
    def asked_without(self, words: Words, *, notes: bool) -> Asked:
        """Return how to ask for tickets that do not say what is to be left out, and no more."""

    @abstractmethod
    def saying(self, *, excludes: int, notes: bool) -> Select[*tuple[Any, ...]]:
        """Return the statement of the tickets that say what is to be left out."""

    @abstractmethod
    def newest(self, hits: Hits, *, resumes: bool) -> Ids:
        """Return the newest ``limit`` of the hits, or of those older than ``after_id``."""

    @abstractmethod
    def texts(self, session: Session, ids: Sequence[int], *, notes: bool) -> Rows:
        """Return tickets by their ids, each with what is said on it; long texts are cut."""

    def excerpts(
        self, session: Session, ids: Sequence[int], words: Words, *, notes: bool
    ) -> dict[int, str]:
        """Return the pieces that no statement has yielded, by ticket."""
        patterns = patterns_of(tokens_of(words.all), unfinished=words.unfinished is not None)
        return {
            ticket_id: excerpt([said for said in texts if said], patterns)
            for ticket_id, *texts in self.texts(session, ids, notes=notes)
        }


class SqliteSearch(TextSearch):
    """FTS5: an index that yields its hits in the order of the tickets' ids."""

    _index = table("ticket_search", column("rowid"))
    id = _index.c.rowid
    # With -1 FTS5 picks the column with the best hit among those the expression may look at.
    excerpt = func.snippet(
        literal_column("ticket_search"), -1, HIT_START, HIT_END, "…", EXCERPT_WORDS
    )

    def add_ticket(
        self, session: Session, ticket_id: int, subject: str, description: str, requester_id: int
    ) -> None:
        """Index a new ticket."""
        fulltext.add_ticket(session, ticket_id, subject, description, requester_id)

    def add_whole(self, session: Session, ticket_id: int) -> None:
        """Index a ticket with all that is said on it."""
        fulltext.add_whole(session, ticket_id)

    def add_comment(self, session: Session, ticket_id: int, body: str, *, internal: bool) -> None:
        """Index a comment with its ticket."""
        fulltext.add_comment(session, ticket_id, body, internal=internal)

    def index_around(self, session: Session, ticket_ids: Sequence[int]) -> None:
        """Index anew tags, public values of own fields, and who may meet the tickets."""
        fulltext.index_around(session, ticket_ids)

    def index_notes(self, session: Session, ticket_ids: Sequence[int]) -> None:
        """Index anew what the staff alone may know."""
        fulltext.index_notes(session, ticket_ids)

    def asked(
        self,
        words: Words,
        *,
        requester_ids: Sequence[int],
        notes: bool,
        watcher_id: int | None = None,
    ) -> Asked:
        """Return the expression to match."""
        match = fulltext.match_expression(
            words, requester_ids=requester_ids, notes=notes, watcher_id=watcher_id
        )
        return Asked({"match": match}, 0)

    def conditions(
        self, *, pieces: int, notes: bool, excludes: int = 0
    ) -> list[ColumnElement[bool]]:
        """Return the one condition that FTS5 knows."""
        return [literal_column("ticket_search").op("MATCH")(bindparam("match"))]

    def asked_without(self, words: Words, *, notes: bool) -> Asked:
        """Return the expression that what is left out matches."""
        return Asked({"unwanted": fulltext.excluded_expression(words, notes=notes)}, 0, 1)

    def saying(self, *, excludes: int, notes: bool) -> Select[*tuple[Any, ...]]:
        """Return what matches the expression."""
        unwanted = literal_column("ticket_search").op("MATCH")(bindparam("unwanted"))
        return select(self.id).where(unwanted)

    def newest(self, hits: Hits, *, resumes: bool) -> Ids:
        """Walk the index backwards."""
        found = hits(self)
        if resumes:
            found = found.where(self.id < bindparam("after_id"))
        return found.order_by(self.id.desc()).limit(bindparam("limit"))

    def texts(self, session: Session, ids: Sequence[int], *, notes: bool) -> Rows:
        """Return what the index itself holds."""
        texts = _INDEXED_STAFF_TEXTS if notes else _INDEXED_TEXTS
        return session.execute(texts, {"ids": list(ids), "letters": _LETTERS}).all()


_POSTGRES_INDEX = table(
    "ticket_search",
    column("ticket_id", BigInteger),
    column("words", TSVECTOR),
    column("public", Text),
    column("internal", Text),
)


class PostgresSearch(TextSearch):
    """A ``tsvector`` with an index that knows words but no order, beside the key that knows it."""

    def __init__(self, index: FromClause = _POSTGRES_INDEX) -> None:
        """Search the whole index, or some rows of it."""
        self._index = index
        self.id = index.c.ticket_id

    def add_ticket(
        self, session: Session, ticket_id: int, subject: str, description: str, requester_id: int
    ) -> None:
        """Index a new ticket."""
        postgres_search.add_ticket(session, ticket_id, subject, description, requester_id)

    def add_whole(self, session: Session, ticket_id: int) -> None:
        """Index a ticket with all that is said on it."""
        postgres_search.add_whole(session, ticket_id)

    def add_comment(self, session: Session, ticket_id: int, body: str, *, internal: bool) -> None:
        """Index a comment with its ticket."""
        postgres_search.add_comment(session, ticket_id, body, internal=internal)

    def index_around(self, session: Session, ticket_ids: Sequence[int]) -> None:
        """Index anew tags, public values of own fields, and who may meet the tickets."""
        postgres_search.index_around(session, ticket_ids)

    def index_notes(self, session: Session, ticket_ids: Sequence[int]) -> None:
        """Index anew what the staff alone may know."""
        postgres_search.index_notes(session, ticket_ids)

    def asked(
        self,
        words: Words,
        *,
        requester_ids: Sequence[int],
        notes: bool,
        watcher_id: int | None = None,
    ) -> Asked:
        """Return the query of words, and the phrases as pieces."""
        query = postgres_search.query_of(
            words, requester_ids=requester_ids, notes=notes, watcher_id=watcher_id
        )
        pieces = {f"piece_{place}": piece for place, piece in enumerate(query.pieces)}
        without = self.asked_without(words, notes=notes)
        parameters = {"match": query.words} | pieces | without.parameters
        return Asked(parameters, len(pieces), without.excludes)

    def asked_without(self, words: Words, *, notes: bool) -> Asked:
        """Return the words of each term that is left out, and the term as a piece."""
        parameters: dict[str, Any] = {}
        excluded = postgres_search.excluded_of(words, notes=notes)
        for place, (said, piece) in enumerate(excluded):
            parameters |= {f"unwanted_{place}": said, f"unwanted_piece_{place}": piece}
        return Asked(parameters, 0, len(excluded))

    def saying(self, *, excludes: int, notes: bool) -> Select[*tuple[Any, ...]]:
        """Return the tickets that say one of the terms."""
        terms = (self._says(place, notes=notes) for place in range(excludes))
        return select(self.id).where(or_(*terms))

    def _says(self, place: int, *, notes: bool) -> ColumnElement[bool]:
        row = self._index.c
        lines = (row.public, row.internal) if notes else (row.public,)
        piece = bindparam(f"unwanted_piece_{place}", type_=Text)
        said = row.words.op("@@")(bindparam(f"unwanted_{place}", type_=TSQUERY))
        return and_(said, or_(*(func.strpos(line, piece) > 0 for line in lines)))

    def conditions(
        self, *, pieces: int, notes: bool, excludes: int = 0
    ) -> list[ColumnElement[bool]]:
        """Return the condition that the index knows, then those on what it has found."""
        row = self._index.c
        lines = (row.public, row.internal) if notes else (row.public,)
        return [
            row.words.op("@@")(bindparam("match", type_=TSQUERY)),
            *(
                or_(
                    *(
                        func.strpos(line, bindparam(f"piece_{place}", type_=Text)) > 0
                        for line in lines
                    )
                )
                for place in range(pieces)
            ),
            *(not_(self._says(place, notes=notes)) for place in range(excludes)),
        ]

    def newest(self, hits: Hits, *, resumes: bool) -> Ids:
        """Look through the newest tickets first, and ask the index where that is not enough.

        The newest are rows of their own: by what the planner thinks of the words it would rather
        ask the index for the hits of all times, to throw away all but some.
        """
        limit = bindparam("limit", type_=BigInteger)
        reach = limit * _REACH
        upper: ColumnElement[Any] = bindparam("after_id", type_=BigInteger)
        if not resumes:
            upper = select(func.max(self.id) + 1).scalar_subquery()
        near, far = upper - reach, upper - reach * _FARTHER
        recent = self._walked(hits, near, upper, reach, "recent")
        found = select(func.count()).select_from(recent).scalar_subquery()
        # Where some were met, the others are not much farther away.
        goes_on = and_(found < limit, found * _FARTHER >= limit)
        past = self._walked(hits, far, near, reach * _FARTHER, "past", goes_on)
        more = select(func.count()).select_from(past).scalar_subquery()
        # The sum is what no index holds in order, so none can be walked for it.
        older = (
            hits(self)
            .where(self.id < case((goes_on, far), else_=near), found + more < limit)
            .order_by((self.id + 0).desc())
            .limit(limit)
            .subquery("older")
        )
        all_ = union_all(select(recent), select(past), select(older)).subquery("hits")
        return select(all_).order_by(all_.c.id.desc()).limit(limit)

    def _walked(
        self,
        hits: Hits,
        floor: ColumnElement[Any],
        upper: ColumnElement[Any],
        reach: ColumnElement[Any],
        name: str,
        *conditions: ColumnElement[bool],
    ) -> CTE:
        """Return the newest hits of a range of tickets, from ``floor`` to before ``upper``."""
        rows = select(self._index).where(self.id >= floor, self.id < upper, *conditions)
        # So many they are at the most; the planner, which does not know the range, is told.
        rows = rows.order_by(self.id.desc()).limit(reach)
        search = PostgresSearch(rows.subquery("near"))
        limit = bindparam("limit", type_=BigInteger)
        return hits(search).order_by(search.id.desc()).limit(limit).cte(name)

    def texts(self, session: Session, ids: Sequence[int], *, notes: bool) -> Rows:
        """Return the tickets with their newest comments."""
        limits = {"comments": _COMMENTS, "letters": _LETTERS}
        texts = _STAFF_TEXTS if notes else _TEXTS
        return session.execute(texts, {"ids": list(ids)} | limits).all()


def _joined(*, internal: bool) -> str:
    """Return the expression for what is said on a ticket, as much as is looked through."""
    kept = f"WHERE ticket_id = ticket.id AND internal = {internal}"
    return (
        "left((SELECT string_agg(line, E'\\n' ORDER BY place, part) FROM"  # noqa: S608 - our own
        f" (SELECT id AS place, 0 AS part, left(body, :letters) AS line FROM comment {kept}"
        " UNION ALL SELECT coalesce(comment_id, 0), id, left(coalesce(said, name), :letters)"
        f" FROM attachment {kept}"
        " ORDER BY place DESC, part DESC LIMIT :comments) AS lines), :letters)"
    )


def _of_tickets(*comments: str) -> TextClause:
    columns = ", ".join(("id", "subject", "left(description, :letters)", *comments))
    statement = f"SELECT {columns} FROM ticket WHERE id = ANY(:ids)"  # noqa: S608
    return text(statement).bindparams(bindparam("ids", type_=ARRAY(BigInteger)))


def _of_index(*columns: str) -> TextClause:
    cut = ", ".join(f"substr({name}, 1, :letters)" for name in columns)
    statement = f"SELECT rowid, {cut} FROM ticket_search WHERE rowid IN :ids"  # noqa: S608
    return text(statement).bindparams(bindparam("ids", expanding=True))


_TEXTS = _of_tickets(_joined(internal=False))
_STAFF_TEXTS = _of_tickets(_joined(internal=False), _joined(internal=True))
_INDEXED_TEXTS = _of_index("subject", "description", "comments")
_INDEXED_STAFF_TEXTS = _of_index("subject", "description", "comments", "notes")

SEARCHES: dict[str, TextSearch] = {"sqlite": SqliteSearch(), "postgresql": PostgresSearch()}
"""Each by the name of the database's dialect."""


def search_of(session: Session) -> TextSearch:
    """Return how the database of a session searches."""
    return SEARCHES[session.get_bind().dialect.name]

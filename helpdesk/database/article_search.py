# SPDX-License-Identifier: GPL-3.0-or-later
"""The full-text index over articles, in SQLite (FTS5) and in PostgreSQL (``tsvector``).

One row an article, under its id, in two parts: the heading (title and tags) and what is said
(summary and text). A word of its own marks what every reader may see, so that a search for them
meets nothing else. Words are those of SQLite's tokenizer on both, as for tickets.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Text, bindparam, text
from sqlalchemy.orm import Session

from helpdesk.core.schemas.articles import Visibility
from helpdesk.database.fulltext import Words, terms_expression
from helpdesk.database.postgres_search import lexeme
from helpdesk.database.tokens import tokens_of

SCOPE = "public"
HEADING_SIGN, SCOPE_SIGN = ":", "@"
_HYPHENED = re.compile(r"\b\w{1,6}(?:-\w{1,6})+\b")
_LONGEST_JOINED = 14
_MOST_BYTES = 1_000_000
"""PostgreSQL's own limit for a ``tsvector`` is 1,048,575."""


class ArticleText(NamedTuple):
    """What an article is found by."""

    article_id: int
    heading: str
    said: str
    is_public: bool


TEXT_COLUMNS = ("id", "title", "tags", "summary", "plain", "live_revision", "visibility")
"""What ``article_text`` takes of a row of ``article``."""


def article_text(
    article_id: int,
    title: str,
    tags: str,
    summary: str,
    plain: str,
    live_revision: int | None,
    visibility: str,
) -> ArticleText:
    """Return what an article is found by; its tags are kept with a line break around each."""
    is_public = live_revision is not None and visibility == Visibility.EVERYONE
    heading, said = f"{title}\n{tags[1:-1]}", f"{summary}\n{plain}"
    return ArticleText(article_id, heading + joined(heading), said + joined(said), is_public)


def joined(text: str) -> str:
    """Return the short words that a text writes with a hyphen as one word each, a line for each.

    'Wi-Fi' is found as 'wifi', 'e-mail' as 'email', 'log-in' as 'login'.
    """
    found = dict.fromkeys(word.replace("-", "") for word in _HYPHENED.findall(text))
    return "".join(f"\n{word}" for word in found if len(word) <= _LONGEST_JOINED)


class Hits(NamedTuple):
    """A condition for hits among the rows of the index, and the values that it binds."""

    condition: str
    values: dict[str, Any]


class ArticleSearch(ABC):
    """How one kind of database keeps and finds the texts of articles."""

    id: str
    """The column of the index that names the article."""
    ids: str
    """The articles ``id`` of some rows in one text, with a comma between two."""

    @abstractmethod
    def index(self, session: Session, article: ArticleText) -> None:
        """Let an article be found by its present text alone."""

    @abstractmethod
    def words(self, words: Words, *, heading: bool, public: bool, prefix: str) -> Hits:
        """Return what finds all the words, in the heading or anywhere; public articles or all.

        ``prefix`` begins the names of the values, so that several conditions fit one statement.
        """

    @abstractmethod
    def beginning(self, stem: str, *, heading: bool, public: bool, prefix: str) -> Hits:
        """Return what finds any word that begins so; the stem is one word of the index."""


class SqliteArticleSearch(ArticleSearch):
    """FTS5."""

    id = "article_search.rowid"
    ids = "group_concat(id)"

    def index(self, session: Session, article: ArticleText) -> None:
        """Replace the row."""
        connection = session.connection()
        connection.exec_driver_sql(
            "DELETE FROM article_search WHERE rowid = ?", (article.article_id,)
        )
        connection.exec_driver_sql(INSERT_SQL, sqlite_row(article))

    def words(self, words: Words, *, heading: bool, public: bool, prefix: str) -> Hits:
        """Return an expression to match."""
        return _matching(terms_expression(words), heading, public, prefix)

    def beginning(self, stem: str, *, heading: bool, public: bool, prefix: str) -> Hits:
        """Return an expression to match."""
        return _matching(f'"{stem}"*', heading, public, prefix)


class PostgresArticleSearch(ArticleSearch):
    """``tsvector``."""

    id = "article_search.article_id"
    ids = "string_agg(CAST(id AS text), ',')"

    def index(self, session: Session, article: ArticleText) -> None:
        """Replace the row."""
        session.execute(REPLACE, postgres_rows([article])[0])

    def words(self, words: Words, *, heading: bool, public: bool, prefix: str) -> Hits:
        """Return a query of the words, and the phrases as pieces of the lines."""
        terms = tokens_of(words.all)
        if not all(terms):
            return Hits("FALSE", {})
        sign = HEADING_SIGN if heading else ""
        parts, pieces = [], []
        for place, tokens in enumerate(terms, start=1):
            begins = words.unfinished is not None and place == len(terms)
            joined = " & ".join(lexeme(sign + token) for token in tokens)
            parts.append(joined + (":*" if begins else ""))
            if len(tokens) > 1:
                pieces.append(f" {' '.join(tokens)}{'' if begins else ' '}")
        return _querying(" & ".join(parts), pieces, heading, public, prefix)

    def beginning(self, stem: str, *, heading: bool, public: bool, prefix: str) -> Hits:
        """Return a query of one word."""
        sign = HEADING_SIGN if heading else ""
        return _querying(lexeme(sign + stem) + ":*", (), heading, public, prefix)


INSERT_SQL = "INSERT INTO article_search (rowid, heading, said, scope) VALUES (?, ?, ?, ?)"

REPLACE = text(
    "INSERT INTO article_search (article_id, words, heading, said)"
    " VALUES (:article_id, array_to_tsvector(:words), :heading, :said)"
    " ON CONFLICT (article_id) DO UPDATE SET"
    " words = excluded.words, heading = excluded.heading, said = excluded.said"
).bindparams(bindparam("words", type_=ARRAY(Text)))

ARTICLE_SEARCHES: Mapping[str, ArticleSearch] = {
    "sqlite": SqliteArticleSearch(),
    "postgresql": PostgresArticleSearch(),
}
"""Each by the name of the database's dialect."""


def article_search_of(session: Session) -> ArticleSearch:
    """Return how the database of a session searches articles."""
    return ARTICLE_SEARCHES[session.get_bind().dialect.name]


def sqlite_row(article: ArticleText) -> tuple[int, str, str, str]:
    """Return a row of the index as ``INSERT_SQL`` takes it."""
    scope = SCOPE if article.is_public else ""
    return article.article_id, article.heading, article.said, scope


def postgres_rows(articles: Iterable[ArticleText]) -> list[dict[str, Any]]:
    """Return the rows of some articles; some hundred at once cost least."""
    some = list(articles)
    tokens = iter(tokens_of([part for each in some for part in (each.heading, each.said)]))
    return [_postgres_row(each, next(tokens), next(tokens)) for each in some]


def _postgres_row(
    article: ArticleText, heading: Sequence[str], said: Sequence[str]
) -> dict[str, Any]:
    words = dict.fromkeys([f"{SCOPE_SIGN}{SCOPE}"] if article.is_public else [])
    words |= dict.fromkeys(HEADING_SIGN + token for token in heading)
    words |= dict.fromkeys((*heading, *said))
    chosen, room = [], _MOST_BYTES
    for word in words:
        room -= len(word.encode())
        if room < 0:
            break
        chosen.append(word)
    return {
        "article_id": article.article_id,
        "words": chosen,
        "heading": _line(heading),
        "said": _line(said),
    }


def _line(tokens: Sequence[str]) -> str:
    """Return words with a blank around each, so that a phrase can be looked for."""
    return f" {' '.join(tokens)} "


def _matching(expression: str, heading: bool, public: bool, prefix: str) -> Hits:
    columns = "heading" if heading else "heading said"
    scope = f'scope : "{SCOPE}" AND ' if public else ""
    match = f"{scope}{{{columns}}} : ({expression})"
    return Hits(f"article_search MATCH :{prefix}match", {f"{prefix}match": match})


def _querying(query: str, pieces: Sequence[str], heading: bool, public: bool, prefix: str) -> Hits:
    scope = f" & {lexeme(SCOPE_SIGN + SCOPE)}" if public else ""
    conditions = [f"article_search.words @@ CAST(:{prefix}match AS tsquery)"]
    values: dict[str, Any] = {f"{prefix}match": query + scope}
    for place, piece in enumerate(pieces):
        name = f"{prefix}piece_{place}"
        lines = ("heading",) if heading else ("heading", "said")
        places = (f"strpos(article_search.{line}, :{name}) > 0" for line in lines)
        conditions.append(f"({' OR '.join(places)})")
        values[name] = piece
    return Hits(" AND ".join(conditions), values)

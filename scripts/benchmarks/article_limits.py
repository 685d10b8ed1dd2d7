# SPDX-License-Identifier: GPL-3.0-or-later
"""The limit of each workload with articles: the same rows and rules by hand-written SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from benchmarks.limits import Rows

_RANKED, _COMMON, _PAGE = 300, 150, 50
PUBLIC = "live_revision IS NOT NULL AND visibility = 'everyone'"
_COLUMNS = """
    id, title, summary, state, live_revision, visibility, category_id, tags, language, updated_at,
    review_due, reads, helpful, unhelpful
"""
_NEWEST = f"""
    SELECT * FROM (
        SELECT article.id, title, tags
        FROM article_search JOIN article ON article.id = article_search.rowid
        WHERE article_search MATCH ? AND {PUBLIC}
        ORDER BY article_search.rowid DESC LIMIT {_RANKED}
    )
"""  # noqa: S608 - constants of this bench
_BEGINNING = f"""
    SELECT * FROM (
        SELECT rowid FROM article_search WHERE article_search MATCH ?
        ORDER BY rowid DESC LIMIT {_COMMON}
    )
"""  # noqa: S608
_LIST = f"""
    SELECT {_COLUMNS} FROM article WHERE {PUBLIC} ORDER BY title_folded, id LIMIT {_PAGE + 1}
"""  # noqa: S608


class ArticleLimits:
    """Runs the statements over one bare connection, as a reader."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Bind to a connection."""
        self._connection = connection

    def search(self, match: str) -> Rows:
        """Fetch the newest hits in headings and anywhere, and 50 of them with their text."""
        matches = [_public(match, columns) for columns in ("heading", "heading said")]
        found = self._rows(" UNION ALL ".join([_NEWEST] * 2), *matches)
        ids = list(dict.fromkeys(row[0] for row in found))[:_PAGE]
        return self._articles(ids, ", substr(plain, 1, 8000)")

    def suggest(self, stems: Sequence[str], shown: int) -> Rows:
        """Fetch the newest articles with each beginning, and as many of them as are shown."""
        matches = [
            _public(f'"{stem}"*', columns)
            for stem in stems
            for columns in ("heading", "heading said")
        ]
        found = self._rows(" UNION ALL ".join([_BEGINNING] * len(matches)), *matches)
        return self._articles([row[0] for row in found[:shown]])

    def first_page(self) -> Rows:
        """Fetch the first 50 articles by title."""
        return self._rows(_LIST)

    def _articles(self, ids: Sequence[object], more: str = "") -> Rows:
        places = ", ".join("?" * len(ids))
        statement = f"SELECT {_COLUMNS}{more} FROM article WHERE id IN ({places})"  # noqa: S608
        return self._rows(statement, *ids)

    def _rows(self, statement: str, *values: object) -> Rows:
        return self._connection.execute(statement, values).fetchall()


def _public(match: str, columns: str) -> str:
    return f'scope : "public" AND {{{columns}}} : ({match})'

# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the tickets that share the most telling words with a text, among the newest ones.

Only a first choice is made here, by the weights of the words that a ticket holds at all: who asks
compares the texts of the few that are found. Each word is a short walk of its own along the end
of the index. ``bm25`` would read the whole index for every word, at any age, and take twice as
long at a hundred thousand tickets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from helpdesk.database.fulltext import requester_word
from helpdesk.database.postgres_search import OWNER_SIGN, lexeme

NEWEST = 50_000
"""So many of the newest tickets are looked at, however many there are."""


def nearest(
    session: Session,
    weights: Mapping[str, float],
    limit: int,
    *,
    before: int | None = None,
    requester_id: int | None = None,
) -> list[int]:
    """Return tickets by their ids, those first that hold the most of the weights.

    ``before`` leaves out that ticket and all newer ones, ``requester_id`` all of others.
    """
    if not weights:
        return []
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    values = (_of_sqlite if is_sqlite else _of_postgres)(list(weights), requester_id)
    values |= {f"weight_{place}": weight for place, weight in enumerate(weights.values())}
    values |= {"newest": NEWEST, "limit": limit}
    if before is not None:
        values["before"] = before
    statement = _statement(is_sqlite, len(weights), before is not None, requester_id is not None)
    return [row[0] for row in session.execute(statement, values)]


def _of_sqlite(words: Sequence[str], requester_id: int | None) -> dict[str, object]:
    owner = "" if requester_id is None else f'requester : "{requester_word(requester_id)}" AND '
    return {
        f"word_{place}": f'{owner}{{subject description}} : "{word}"'
        for place, word in enumerate(words)
    }


def _of_postgres(words: Sequence[str], requester_id: int | None) -> dict[str, object]:
    terms = [lexeme(word) for word in words]
    values: dict[str, object] = {f"word_{place}": term for place, term in enumerate(terms)}
    values["any_word"] = " | ".join(terms)
    if requester_id is not None:
        values["owner"] = lexeme(f"{OWNER_SIGN}{requester_id}")
    return values


@cache
def _statement(is_sqlite: bool, words: int, ends: bool, has_owner: bool) -> TextClause:
    if is_sqlite:
        return text(_sqlite(words, ends=ends))
    return text(_postgres(words, ends=ends, has_owner=has_owner))


def _sqlite(words: int, *, ends: bool) -> str:
    top = ":before" if ends else "(SELECT max(id) FROM ticket) + 1"
    until = " AND rowid < :before" if ends else ""
    arms = " UNION ALL ".join(
        f"SELECT rowid AS id, :weight_{place} AS weight FROM ticket_search"  # noqa: S608 - ours
        f" WHERE ticket_search MATCH :word_{place} AND rowid >= {top} - :newest{until}"
        for place in range(words)
    )
    return f"SELECT id FROM ({arms}) GROUP BY id ORDER BY sum(weight) DESC, id DESC LIMIT :limit"  # noqa: S608


def _postgres(words: int, *, ends: bool, has_owner: bool) -> str:
    top = ":before" if ends else "(SELECT max(id) FROM ticket) + 1"
    held = " + ".join(
        f"CASE WHEN words @@ CAST(:word_{place} AS tsquery)"
        f" THEN CAST(:weight_{place} AS float8) ELSE 0 END"
        for place in range(words)
    )
    conditions = [f"ticket_id >= {top} - :newest", "words @@ CAST(:any_word AS tsquery)"]
    if ends:
        conditions.append("ticket_id < :before")
    if has_owner:
        conditions.append("words @@ CAST(:owner AS tsquery)")
    return (
        f"SELECT ticket_id, {held} AS weight FROM ticket_search"  # noqa: S608 - our own names
        f" WHERE {' AND '.join(conditions)} ORDER BY weight DESC, ticket_id DESC LIMIT :limit"
    )

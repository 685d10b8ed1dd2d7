# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for what no running program writes in a desk on PostgreSQL, and derives it anew.

The server itself watches over references and pages; here is what only the program knows of.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, text

from helpdesk.database.checks import (
    COUNT_AGAIN,
    NOT_FOUND,
    OTHER_WORDS,
    TICKET_CHECKS,
    UNKNOWN_ROLE,
    WRONG_ROLES,
    Progress,
    Soundness,
    which,
)
from helpdesk.database.db_manager import DbManager
from helpdesk.database.postgres_search import SearchRow, TicketText, search_rows

_TICKETS_AT_ONCE = 500
_SEARCH_WEIGHT = 8
_WHOLE_WEIGHT = _SEARCH_WEIGHT + 1 + len(TICKET_CHECKS)

_UNLIMITED = text("SET LOCAL statement_timeout = 0")
_COUNTS = text("SELECT (SELECT count(*) FROM ticket), (SELECT count(*) FROM comment)")


def _said(*, internal: bool) -> str:
    """Return the expression for the comments of ticket ``t``, a line for each."""
    kept = "internal" if internal else "NOT internal"
    return (
        "coalesce((SELECT string_agg(chr(10) || body, '' ORDER BY id) FROM comment"  # noqa: S608
        f" WHERE ticket_id = t.id AND {kept}), '')"
    )


_TEXTS = text(
    "SELECT t.id, t.requester_id, t.subject, t.description,"  # noqa: S608 - our own names
    f" {_said(internal=False)}, {_said(internal=True)},"
    " tsvector_to_array(s.words), s.public, s.internal"
    " FROM ticket t LEFT JOIN ticket_search s ON s.ticket_id = t.id ORDER BY t.id"
)
_FORGET = text("DELETE FROM ticket_search WHERE ticket_id = :ticket_id")
_INDEX = text(
    "INSERT INTO ticket_search (ticket_id, words, public, internal)"
    " VALUES (:ticket_id, array_to_tsvector(CAST(:words AS text[])), :public, :internal)"
)


def examine(database: DbManager, progress: Progress | None = None) -> Soundness:
    """Look for damage in one consistent state of the desk. Nobody is kept waiting."""
    findings: list[str] = []
    with database.reading() as session:
        connection = session.connection()
        connection.execute(_UNLIMITED)
        done = 0
        for weight, found in _steps(connection):
            findings += found
            done += weight
            if progress:
                progress(done, _WHOLE_WEIGHT)
        tickets, comments = connection.execute(_COUNTS).one()
    return Soundness(tuple(findings), tickets, comments)


def rebuild(database: DbManager) -> None:
    """Build the search rows and the counters of comments anew, in one transaction."""
    with database.writing() as session:
        connection = session.connection()
        connection.execute(_UNLIMITED)
        for row, wanted in _search_rows(connection):
            if _is_other(row, wanted):
                connection.execute(_FORGET, {"ticket_id": wanted.ticket_id})
                connection.execute(_INDEX, wanted._asdict())
        connection.execute(text(COUNT_AGAIN))


def _steps(connection: Connection) -> Iterator[tuple[int, list[str]]]:
    """Make one check after the other; yield how much each weighs and what it has found."""
    yield _SEARCH_WEIGHT, _search_problems(connection)
    yield 1, [UNKNOWN_ROLE] if connection.execute(text(WRONG_ROLES)).first() else []
    for sentence, statement in TICKET_CHECKS:
        yield 1, _told(sentence, list(connection.execute(text(statement)).scalars()))


def _search_problems(connection: Connection) -> list[str]:
    missing: list[int] = []
    other: list[int] = []
    for row, wanted in _search_rows(connection):
        if _is_other(row, wanted):
            (missing if row.public is None else other).append(wanted.ticket_id)
    return _told(NOT_FOUND, missing) + _told(OTHER_WORDS, other)


def _told(sentence: str, ids: list[int]) -> list[str]:
    return [sentence.format(which=which(ids))] if ids else []


def _search_rows(connection: Connection) -> Iterator[tuple[Row[Any], SearchRow]]:
    """Yield each ticket as it stands in the search, and how it should."""
    streaming = {"stream_results": True, "max_row_buffer": _TICKETS_AT_ONCE}
    found = iter(connection.execute(_TEXTS, execution_options=streaming))
    while some := list(islice(found, _TICKETS_AT_ONCE)):
        texts: list[TicketText] = [tuple(row[:6]) for row in some]
        yield from zip(some, search_rows(texts), strict=True)


def _is_other(row: Row[Any], wanted: SearchRow) -> bool:
    found = (set(row.tsvector_to_array or ()), row.public, row.internal)
    return found != (set(wanted.words), wanted.public, wanted.internal)

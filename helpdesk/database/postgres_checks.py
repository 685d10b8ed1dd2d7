# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for what no running program writes in a desk on PostgreSQL, and derives it anew.

The server itself watches over references and pages; here is what only the program knows of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, starmap
from typing import Any

from sqlalchemy import Connection, Row, TextClause, text

from helpdesk.database import article_checks, attachment_checks, figure_checks, sla_checks
from helpdesk.database.article_search import (
    REPLACE,
    TEXT_COLUMNS,
    article_text,
    postgres_rows,
)
from helpdesk.database.audit_checks import AUDIT_WEIGHT, AuditChain, Head, guard_findings
from helpdesk.database.checks import (
    COUNT_AGAIN,
    LEARN_AGAIN,
    LEARNT_BADLY,
    LEARNT_TABLES,
    TICKET_CHECKS,
    UNKNOWN_ROLE,
    WRONG_ROLES,
    Progress,
    Soundness,
)
from helpdesk.database.db_manager import DbManager
from helpdesk.database.figure_rows import SessionStatements
from helpdesk.database.findings import ARTICLE, NOT_FOUND, OTHER_WORDS, REPAIR, TICKET, told
from helpdesk.database.postgres_search import (
    TICKET_TEXTS,
    SearchRow,
    TicketText,
    search_rows,
)

_TEXTS_AT_ONCE = 500
_SEARCH_WEIGHT = 8
_WHOLE_WEIGHT = (
    _SEARCH_WEIGHT
    + 3
    + AUDIT_WEIGHT
    + len(TICKET_CHECKS)
    + len(article_checks.ARTICLE_CHECKS)
    + attachment_checks.ATTACHMENT_WEIGHT
    + figure_checks.FIGURE_WEIGHT
)

_UNLIMITED = text("SET LOCAL statement_timeout = 0")
_COUNTS = text("SELECT (SELECT count(*) FROM ticket), (SELECT count(*) FROM comment)")

_TEXTS = text(
    f"SELECT {TICKET_TEXTS},"  # noqa: S608 - our own
    " tsvector_to_array(s.words), s.public, s.internal"
    " FROM ticket t LEFT JOIN ticket_search s ON s.ticket_id = t.id ORDER BY t.id"
)
_ARTICLE_TEXTS = text(
    f"SELECT {', '.join(TEXT_COLUMNS)}, tsvector_to_array(words), heading, said"  # noqa: S608
    " FROM article LEFT JOIN article_search ON article_id = id ORDER BY id"
)
_FORGET = text("DELETE FROM ticket_search WHERE ticket_id = :ticket_id")
_INDEX = text(
    "INSERT INTO ticket_search (ticket_id, words, public, internal)"
    " VALUES (:ticket_id, array_to_tsvector(CAST(:words AS text[])), :public, :internal)"
)


def examine(
    database: DbManager,
    progress: Progress | None = None,
    *,
    kept: Head | None = None,
    noted: Head | None = None,
) -> Soundness:
    """Look for damage in one consistent state of the desk. Nobody is kept waiting."""
    chain = AuditChain(kept, noted)
    findings: list[str] = []
    with database.reading() as session:
        connection = session.connection()
        connection.execute(_UNLIMITED)
        done = 0
        for weight, found in _steps(connection, chain):
            findings += found
            done += weight
            if progress:
                progress(done, _WHOLE_WEIGHT)
        tickets, comments = connection.execute(_COUNTS).one()
    return Soundness(tuple(findings), tickets, comments, chain.head)


def rebuild(database: DbManager) -> None:
    """Build the search rows, the counters and due times anew, in one transaction."""
    with database.writing() as session:
        connection = session.connection()
        connection.execute(_UNLIMITED)
        for row, wanted in _search_rows(connection):
            if _is_other(row, wanted):
                connection.execute(_FORGET, {"ticket_id": wanted.ticket_id})
                connection.execute(_INDEX, wanted._asdict())
        for found, article in _article_rows(connection):
            if _is_other_article(found, article):
                connection.execute(REPLACE, article)
        connection.execute(text(COUNT_AGAIN))
        connection.execute(text(article_checks.COUNT_AGAIN))
        for statement in sla_checks.DERIVE_AGAIN:
            connection.execute(text(statement))
        if connection.execute(text(LEARNT_BADLY)).first():
            for table in LEARNT_TABLES:
                connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names
        figure_checks.count_again(SessionStatements(connection))


def _steps(connection: Connection, chain: AuditChain) -> Iterator[tuple[int, list[str]]]:
    """Make one check after the other; yield how much each weighs and what it has found."""
    yield _SEARCH_WEIGHT, _search_problems(connection)
    yield 1, [UNKNOWN_ROLE] if connection.execute(text(WRONG_ROLES)).first() else []
    statements = SessionStatements(connection)
    yield (
        AUDIT_WEIGHT,
        guard_findings(statements, in_file=False) + chain.findings(statements),
    )
    are_tickets_sound = True
    for sentence, statement in TICKET_CHECKS:
        found = _problems(connection, sentence, statement, TICKET)
        are_tickets_sound &= all(each.endswith(REPAIR) for each in found)
        yield 1, found
    yield 1, _article_search_problems(connection)
    for sentence, statement in article_checks.ARTICLE_CHECKS:
        yield 1, _problems(connection, sentence, statement, ARTICLE)
    yield 1, _problems(connection, LEARN_AGAIN, LEARNT_BADLY, TICKET)
    yield attachment_checks.ATTACHMENT_WEIGHT, attachment_checks.attachment_findings(statements)
    # What is counted follows from tickets, and is looked at once they are put right.
    found = figure_checks.figure_findings(statements) if are_tickets_sound else []
    yield figure_checks.FIGURE_WEIGHT, found


def _problems(connection: Connection, sentence: str, statement: str, sign: str) -> list[str]:
    return told(sentence, connection.execute(text(statement)).scalars().all(), sign)


def _search_problems(connection: Connection) -> list[str]:
    missing: list[int] = []
    other: list[int] = []
    for row, wanted in _search_rows(connection):
        if _is_other(row, wanted):
            (missing if row.public is None else other).append(wanted.ticket_id)
    return told(NOT_FOUND, missing) + told(OTHER_WORDS, other)


def _article_search_problems(connection: Connection) -> list[str]:
    missing: list[int] = []
    other: list[int] = []
    for row, wanted in _article_rows(connection):
        if _is_other_article(row, wanted):
            (missing if row.said is None else other).append(wanted["article_id"])
    return told(NOT_FOUND, missing, ARTICLE) + told(OTHER_WORDS, other, ARTICLE)


def _search_rows(connection: Connection) -> Iterator[tuple[Row[Any], SearchRow]]:
    """Yield each ticket as it stands in the search, and how it should."""
    for some in _some_at_once(connection, _TEXTS):
        texts: list[TicketText] = [tuple(row[:7]) for row in some]
        yield from zip(some, search_rows(texts), strict=True)


def _article_rows(connection: Connection) -> Iterator[tuple[Row[Any], dict[str, Any]]]:
    """Yield each article as it stands in the search, and how it should."""
    for some in _some_at_once(connection, _ARTICLE_TEXTS):
        texts = starmap(article_text, (row[: len(TEXT_COLUMNS)] for row in some))
        yield from zip(some, postgres_rows(texts), strict=True)


def _some_at_once(connection: Connection, statement: TextClause) -> Iterator[Sequence[Row[Any]]]:
    streaming = {"stream_results": True, "max_row_buffer": _TEXTS_AT_ONCE}
    found = iter(connection.execute(statement, execution_options=streaming))
    while some := list(islice(found, _TEXTS_AT_ONCE)):
        yield some


def _is_other(row: Row[Any], wanted: SearchRow) -> bool:
    found = (set(row.tsvector_to_array or ()), row.public, row.internal)
    return found != (set(wanted.words), wanted.public, wanted.internal)


def _is_other_article(row: Row[Any], wanted: dict[str, Any]) -> bool:
    found = (set(row.tsvector_to_array or ()), row.heading, row.said)
    return found != (set(wanted["words"]), wanted["heading"], wanted["said"])

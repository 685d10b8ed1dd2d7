# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for damage in a desk's database, and rebuilds what can be derived from the rest."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import starmap
from typing import NamedTuple

from helpdesk.core.schemas.tickets import Priority, Source, Status
from helpdesk.core.schemas.users import Role
from helpdesk.database import (
    article_checks,
    article_search,
    attachment_checks,
    figure_checks,
    own_field_checks,
    sla_checks,
)
from helpdesk.database.article_search import TEXT_COLUMNS, article_text, sqlite_row
from helpdesk.database.audit_checks import AUDIT_WEIGHT, AuditChain, Head, guard_findings
from helpdesk.database.backup import problems_of
from helpdesk.database.db_manager import DbManager
from helpdesk.database.faults import translated
from helpdesk.database.figure_rows import FileStatements
from helpdesk.database.findings import (
    ARTICLE,
    GONE,
    NOT_FOUND,
    OTHER_WORDS,
    REPAIR,
    RESTORE,
    TICKET,
    told,
)
from helpdesk.database.fulltext import INSERT_ROWS, SEARCH_ROWS
from helpdesk.database.sqlite_manager import SqliteManager

_CACHE_KIB = 64_000
_ALL_TEXTS = 2**18
"""The bucket of ``triage_term`` that counts what is learnt."""
_ASK = "set its status anew in the program."

_OPEN = ", ".join(str(rank) for rank, status in enumerate(Status, start=1) if status.is_open)
_RESOLVED = list(Status).index(Status.RESOLVED) + 1
_CLOSED = list(Status).index(Status.CLOSED) + 1
_ROLES = ", ".join(f"'{role.value}'" for role in Role)
_SOURCES = ", ".join(f"'{source.value}'" for source in Source)

_REPLIES = "(SELECT count(*) FROM comment c WHERE c.ticket_id = ticket.id AND NOT c.internal)"
_NOTES = "(SELECT count(*) FROM comment c WHERE c.ticket_id = ticket.id AND c.internal)"
COUNT_AGAIN = (
    f"UPDATE ticket SET replies = {_REPLIES}, notes = {_NOTES}"  # noqa: S608
    f" WHERE replies <> {_REPLIES} OR notes <> {_NOTES}"
)

# Each statement yields the ids of what is wrong; the names in them are all our own.
_SEARCH_CHECKS = (
    (
        NOT_FOUND,
        "SELECT id FROM ticket WHERE id NOT IN (SELECT id FROM ticket_search_content)",
    ),
    (
        GONE,
        "SELECT id FROM ticket_search_content WHERE id NOT IN (SELECT id FROM ticket)",
    ),
    (
        OTHER_WORDS,
        f"SELECT wanted.id FROM ({SEARCH_ROWS}) wanted JOIN ticket_search_content found"  # noqa: S608
        " ON found.id = wanted.id AND (found.c0, found.c1, found.c2, found.c3, found.c4)"
        " <> (wanted.subject, wanted.description, wanted.replies, wanted.notes, wanted.requester)",
    ),
)
TICKET_CHECKS = (
    (
        "The comments of {which} are not counted rightly; " + REPAIR,
        "SELECT t.id FROM ticket t LEFT JOIN (SELECT ticket_id,"
        " sum(CASE WHEN internal THEN 0 ELSE 1 END) AS replies,"
        " sum(CASE WHEN internal THEN 1 ELSE 0 END) AS notes"
        " FROM comment GROUP BY ticket_id) c ON c.ticket_id = t.id"
        " WHERE t.replies <> coalesce(c.replies, 0) OR t.notes <> coalesce(c.notes, 0)",
    ),
    (
        "{which} has a status, a priority or a source that this program does not know; " + RESTORE,
        f"SELECT id FROM ticket WHERE status NOT BETWEEN 1 AND {len(Status)}"  # noqa: S608
        f" OR priority NOT BETWEEN 1 AND {len(Priority)} OR source NOT IN ({_SOURCES})",
    ),
    (
        "{which} is open and has a time of resolution or closing; " + _ASK,
        f"SELECT id FROM ticket WHERE status IN ({_OPEN})"  # noqa: S608
        " AND (resolved_at IS NOT NULL OR closed_at IS NOT NULL)",
    ),
    (
        "{which} is done and has no time of resolution or closing; " + _ASK,
        f"SELECT id FROM ticket WHERE status IN ({_RESOLVED}, {_CLOSED})"  # noqa: S608
        f" AND (resolved_at IS NULL OR (closed_at IS NULL) = (status = {_CLOSED}))",
    ),
    (
        "{which} has times that run backwards; " + _ASK,
        "SELECT id FROM ticket WHERE resolved_at < created_at OR closed_at < resolved_at"
        " OR updated_at < created_at OR first_responded_at < created_at",
    ),
    *sla_checks.SLA_CHECKS,
    *own_field_checks.FIELD_CHECKS,
)
"""What to say of tickets, and the statement that finds them in either kind of database."""

LEARNT_BADLY = (
    "SELECT 1 WHERE (SELECT count(*) FROM triage_ticket) <>"  # noqa: S608 - our own numbers
    f" coalesce((SELECT tickets FROM triage_term WHERE bucket = {_ALL_TEXTS}), 0)"
    " OR EXISTS (SELECT 1 FROM triage_term WHERE length(category) % 8 <> 4"
    " OR length(priority) % 8 <> 4)"
)
"""Finds something where what is learnt of tickets is none that this program writes."""

LEARN_AGAIN = "What the desk has learnt of its tickets is damaged; " + REPAIR
LEARNT_TABLES = ("triage_trial", "triage_fit", "triage_ticket", "triage_term")
"""What can be learnt anew; what people made of suggestions cannot, and stays."""

_TICKET_CHECKS = (*_SEARCH_CHECKS, *TICKET_CHECKS)
_BROKEN_INDEX = "The search index is damaged; " + REPAIR
_UNREADABLE = "{path} is damaged ({problem}); " + RESTORE
WRONG_ROLES = f'SELECT 1 FROM "user" WHERE role NOT IN ({_ROLES}) LIMIT 1'  # noqa: S608
UNKNOWN_ROLE = "An account has a role that this program does not know; " + RESTORE
_FILE_WEIGHT, _INDEX_WEIGHT = 16, 8
_WHOLE_WEIGHT = (
    _FILE_WEIGHT
    + _INDEX_WEIGHT
    + 3
    + AUDIT_WEIGHT
    + len(_TICKET_CHECKS)
    + len(article_checks.ARTICLE_CHECKS)
    + attachment_checks.ATTACHMENT_WEIGHT
    + figure_checks.FIGURE_WEIGHT
)
_INDEXES = ("ticket_search", "article_search")
_ARTICLE_TEXTS = f"SELECT {', '.join(TEXT_COLUMNS)} FROM article ORDER BY id"  # noqa: S608
_INDEXED_ARTICLES = "SELECT id, c0, c1, c2 FROM article_search_content ORDER BY id"

Progress = Callable[[int, int], None]
"""Called with the weight of the checks done and of all checks; a longer one weighs more."""


class Soundness(NamedTuple):
    """What a check has found; each finding is one line that says what to do."""

    findings: tuple[str, ...]
    tickets: int = 0
    comments: int = 0
    audit: Head | None = None
    """The end of the audit log, as far as it could be read."""

    @property
    def can_be_mended(self) -> bool:
        """Whether ``rebuild`` helps: it does not when the rest is damaged, too."""
        is_mendable = any(finding.endswith(REPAIR) for finding in self.findings)
        return is_mendable and not any(finding.endswith(RESTORE) for finding in self.findings)


def examine(
    database: DbManager,
    progress: Progress | None = None,
    *,
    kept: Head | None = None,
    noted: Head | None = None,
) -> Soundness:
    """Look for damage in a desk that ``schema.check`` has passed. Nothing is changed.

    ``kept`` is an end of the audit log that somebody wrote down earlier, and ``noted`` one that
    the log file tells: both must still be there.

    While the search index of a file is looked through nobody can write. Raises ``Busy``.
    """
    if not isinstance(database, SqliteManager):
        from helpdesk.database import postgres_checks

        return postgres_checks.examine(database, progress, kept=kept, noted=noted)
    chain = AuditChain(kept, noted)
    findings: list[str] = []
    with database.steady(), closing(database.inspect()) as connection:
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        done = 0
        for weight, found in _steps(database, connection, chain):
            findings += found
            done += weight
            if progress:
                progress(done, _WHOLE_WEIGHT)
            if any(finding.endswith(RESTORE) for finding in found):
                return Soundness(tuple(findings))
        tickets, comments = connection.execute(
            "SELECT (SELECT count(*) FROM ticket), (SELECT count(*) FROM comment)"
        ).fetchone()
    return Soundness(tuple(findings), tickets, comments, chain.head)


def rebuild(database: DbManager) -> None:
    """Build the search indexes, the counters and due times anew, in one transaction."""
    if not isinstance(database, SqliteManager):
        from helpdesk.database import postgres_checks

        postgres_checks.rebuild(database)
        return
    with translated(database.path), closing(database.connect()) as connection:
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        connection.execute("BEGIN IMMEDIATE")
        for index in _INDEXES:
            _make_anew(connection, index)
        connection.execute(f"{INSERT_ROWS} ORDER BY t.id")
        articles = starmap(article_text, connection.execute(_ARTICLE_TEXTS))
        connection.executemany(article_search.INSERT_SQL, map(sqlite_row, articles))
        connection.execute(COUNT_AGAIN)
        connection.execute(article_checks.COUNT_AGAIN)
        connection.execute(attachment_checks.FORGET_STRAYS)
        for statement in sla_checks.DERIVE_AGAIN:
            connection.execute(statement)
        if connection.execute(LEARNT_BADLY).fetchone():
            for table in LEARNT_TABLES:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        figure_checks.count_again(FileStatements(connection))
        connection.execute("COMMIT")


def _make_anew(connection: sqlite3.Connection, index: str) -> None:
    (definition,) = connection.execute(
        "SELECT sql FROM sqlite_master WHERE name = ?", (index,)
    ).fetchone()
    connection.execute(f"DROP TABLE {index}")
    connection.execute(definition)


def _steps(
    database: SqliteManager, connection: sqlite3.Connection, chain: AuditChain
) -> Iterator[tuple[int, list[str]]]:
    """Make one check after the other; yield how much each weighs and what it has found."""
    yield _FILE_WEIGHT, _file_problems(database, connection)
    yield _INDEX_WEIGHT, [] if database.read_only else _index_problems(database)
    yield 1, _account_problems(connection)
    yield AUDIT_WEIGHT, _audit_problems(database, connection, chain)
    are_tickets_sound = True
    for sentence, statement in _TICKET_CHECKS:
        found = _problems(database, connection, sentence, statement, TICKET)
        are_tickets_sound &= all(each.endswith(REPAIR) for each in found)
        yield 1, found
    yield 1, _article_index_problems(database, connection)
    for sentence, statement in article_checks.ARTICLE_CHECKS:
        yield 1, _problems(database, connection, sentence, statement, ARTICLE)
    yield 1, _problems(database, connection, LEARN_AGAIN, LEARNT_BADLY, TICKET)
    yield attachment_checks.ATTACHMENT_WEIGHT, _file_findings(database, connection)
    # What is counted follows from tickets, and is looked at once they are put right.
    found = _figure_problems(database, connection) if are_tickets_sound else []
    yield figure_checks.FIGURE_WEIGHT, found


def _file_problems(database: SqliteManager, connection: sqlite3.Connection) -> list[str]:
    # Newer versions of SQLite look into the search index here already.
    problems = [problem for problem in problems_of(connection) if "fts5" not in problem.lower()]
    return [_UNREADABLE.format(path=database.path, problem=problem) for problem in problems]


def _index_problems(database: SqliteManager) -> list[str]:
    with closing(database.connect()) as connection:
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        try:
            for index in _INDEXES:
                # An INSERT by its form; it changes nothing.
                statement = f"INSERT INTO {index}({index}) VALUES('integrity-check')"
                connection.execute(statement)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise
            return [_BROKEN_INDEX]
    return []


def _account_problems(connection: sqlite3.Connection) -> list[str]:
    return [UNKNOWN_ROLE] if connection.execute(WRONG_ROLES).fetchone() else []


def _audit_problems(
    database: SqliteManager, connection: sqlite3.Connection, chain: AuditChain
) -> list[str]:
    try:
        statements = FileStatements(connection)
        return guard_findings(statements, in_file=True) + chain.findings(statements)
    except sqlite3.DatabaseError as error:
        return [_UNREADABLE.format(path=database.path, problem=error)]


def _problems(
    database: SqliteManager,
    connection: sqlite3.Connection,
    sentence: str,
    statement: str,
    sign: str,
) -> list[str]:
    try:
        ids = [row[0] for row in connection.execute(statement)]
    except sqlite3.DatabaseError as error:
        return [_UNREADABLE.format(path=database.path, problem=error)]
    return told(sentence, ids, sign)


def _figure_problems(database: SqliteManager, connection: sqlite3.Connection) -> list[str]:
    # Tickets and figures are read one after the other, of the same state.
    connection.execute("BEGIN")
    try:
        return figure_checks.figure_findings(FileStatements(connection))
    except sqlite3.DatabaseError as error:
        return [_UNREADABLE.format(path=database.path, problem=error)]
    finally:
        connection.execute("ROLLBACK")


def _file_findings(database: SqliteManager, connection: sqlite3.Connection) -> list[str]:
    try:
        return attachment_checks.attachment_findings(FileStatements(connection))
    except sqlite3.DatabaseError as error:
        return [_UNREADABLE.format(path=database.path, problem=error)]


def _article_index_problems(database: SqliteManager, connection: sqlite3.Connection) -> list[str]:
    try:
        missing, gone, other = _compared(connection)
    except sqlite3.DatabaseError as error:
        return [_UNREADABLE.format(path=database.path, problem=error)]
    return [
        *told(NOT_FOUND, missing, ARTICLE),
        *told(GONE, gone, ARTICLE),
        *told(OTHER_WORDS, other, ARTICLE),
    ]


def _compared(connection: sqlite3.Connection) -> tuple[Sequence[int], ...]:
    """Return the articles that are not in the index, that are only there, and other ones there.

    Both are walked side by side, so that one article at a time is in memory.
    """
    missing: list[int] = []
    gone: list[int] = []
    other: list[int] = []
    indexed = connection.execute(_INDEXED_ARTICLES)
    found = next(indexed, None)
    for article in starmap(article_text, connection.execute(_ARTICLE_TEXTS)):
        while found is not None and found[0] < article.article_id:
            gone.append(found[0])
            found = next(indexed, None)
        if found is None or found[0] != article.article_id:
            missing.append(article.article_id)
            continue
        if found != sqlite_row(article):
            other.append(article.article_id)
        found = next(indexed, None)
    gone += [] if found is None else [found[0], *(row[0] for row in indexed)]
    return missing, gone, other

# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for damage in a desk's database, and rebuilds what can be derived from the rest."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import NamedTuple

from helpdesk.core.schemas.tickets import Priority, Source, Status
from helpdesk.core.schemas.users import Role
from helpdesk.database.backup import problems_of
from helpdesk.database.db_manager import DbManager
from helpdesk.database.faults import translated
from helpdesk.database.sqlite_manager import SqliteManager

_NAMED = 5
_CACHE_KIB = 64_000
RESTORE = "restore the last backup with: helpdesk restore FILE."
REPAIR = "mend it with: helpdesk check-db --repair."
NOT_FOUND = "The search does not find {which}; " + REPAIR
OTHER_WORDS = "The search finds other words than those of {which}; " + REPAIR
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


def _joined(*, internal: bool) -> str:
    """Return the expression for the comments of ticket ``t`` as the search index holds them."""
    return (
        "coalesce((SELECT group_concat(line, '') FROM (SELECT char(10) || body AS line"  # noqa: S608
        f" FROM comment WHERE ticket_id = t.id AND internal = {int(internal)} ORDER BY id)), '')"
    )


_SEARCH_ROWS = (
    f"SELECT t.id, t.subject, t.description, {_joined(internal=False)} AS replies,"  # noqa: S608
    f" {_joined(internal=True)} AS notes, 'requester' || t.requester_id AS requester FROM ticket t"
)

# Each statement yields the ids of what is wrong; the names in them are all our own.
_SEARCH_CHECKS = (
    (
        NOT_FOUND,
        "SELECT id FROM ticket WHERE id NOT IN (SELECT id FROM ticket_search_content)",
    ),
    (
        "The search finds {which}, which no longer exists; " + REPAIR,
        "SELECT id FROM ticket_search_content WHERE id NOT IN (SELECT id FROM ticket)",
    ),
    (
        OTHER_WORDS,
        f"SELECT wanted.id FROM ({_SEARCH_ROWS}) wanted JOIN ticket_search_content found"  # noqa: S608
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
)
"""What to say of tickets, and the statement that finds them in either kind of database."""

_TICKET_CHECKS = (*_SEARCH_CHECKS, *TICKET_CHECKS)
_BROKEN_INDEX = "The search index is damaged; " + REPAIR
_UNREADABLE = "{path} is damaged ({problem}); " + RESTORE
WRONG_ROLES = f'SELECT 1 FROM "user" WHERE role NOT IN ({_ROLES}) LIMIT 1'  # noqa: S608
UNKNOWN_ROLE = "An account has a role that this program does not know; " + RESTORE
_FILE_WEIGHT, _INDEX_WEIGHT = 16, 8
_WHOLE_WEIGHT = _FILE_WEIGHT + _INDEX_WEIGHT + 1 + len(_TICKET_CHECKS)

Progress = Callable[[int, int], None]
"""Called with the weight of the checks done and of all checks; a longer one weighs more."""


class Soundness(NamedTuple):
    """What a check has found; each finding is one line that says what to do."""

    findings: tuple[str, ...]
    tickets: int = 0
    comments: int = 0

    @property
    def can_be_mended(self) -> bool:
        """Whether ``rebuild`` helps: it does not when the rest is damaged, too."""
        is_mendable = any(finding.endswith(REPAIR) for finding in self.findings)
        return is_mendable and not any(finding.endswith(RESTORE) for finding in self.findings)


def examine(database: DbManager, progress: Progress | None = None) -> Soundness:
    """Look for damage in a desk that ``schema.check`` has passed. Nothing is changed.

    While the search index of a file is looked through nobody can write. Raises ``Busy``.
    """
    if not isinstance(database, SqliteManager):
        from helpdesk.database import postgres_checks

        return postgres_checks.examine(database, progress)
    findings: list[str] = []
    with database.steady(), closing(database.inspect()) as connection:
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        done = 0
        for weight, found in _steps(database, connection):
            findings += found
            done += weight
            if progress:
                progress(done, _WHOLE_WEIGHT)
            if any(finding.endswith(RESTORE) for finding in found):
                return Soundness(tuple(findings))
        tickets, comments = connection.execute(
            "SELECT (SELECT count(*) FROM ticket), (SELECT count(*) FROM comment)"
        ).fetchone()
    return Soundness(tuple(findings), tickets, comments)


def rebuild(database: DbManager) -> None:
    """Build the search index and the counters of comments anew, in one transaction."""
    if not isinstance(database, SqliteManager):
        from helpdesk.database import postgres_checks

        postgres_checks.rebuild(database)
        return
    with translated(database.path), closing(database.connect()) as connection:
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        connection.execute("BEGIN IMMEDIATE")
        (definition,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'ticket_search'"
        ).fetchone()
        connection.execute("DROP TABLE ticket_search")
        connection.execute(definition)
        connection.execute(
            "INSERT INTO ticket_search (rowid, subject, description, comments, notes, requester)"
            f" {_SEARCH_ROWS} ORDER BY t.id"
        )
        connection.execute(COUNT_AGAIN)
        connection.execute("COMMIT")


def _steps(
    database: SqliteManager, connection: sqlite3.Connection
) -> Iterator[tuple[int, list[str]]]:
    """Make one check after the other; yield how much each weighs and what it has found."""
    yield _FILE_WEIGHT, _file_problems(database, connection)
    yield _INDEX_WEIGHT, [] if database.read_only else _index_problems(database)
    yield 1, _account_problems(connection)
    for sentence, statement in _TICKET_CHECKS:
        yield 1, _ticket_problems(database, connection, sentence, statement)


def _file_problems(database: SqliteManager, connection: sqlite3.Connection) -> list[str]:
    # Newer versions of SQLite look into the search index here already.
    problems = [problem for problem in problems_of(connection) if "fts5" not in problem.lower()]
    return [_UNREADABLE.format(path=database.path, problem=problem) for problem in problems]


def _index_problems(database: SqliteManager) -> list[str]:
    with closing(database.connect()) as connection:
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        try:
            # An INSERT by its form; it changes nothing.
            connection.execute("INSERT INTO ticket_search(ticket_search) VALUES('integrity-check')")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise
            return [_BROKEN_INDEX]
    return []


def _account_problems(connection: sqlite3.Connection) -> list[str]:
    return [UNKNOWN_ROLE] if connection.execute(WRONG_ROLES).fetchone() else []


def _ticket_problems(
    database: SqliteManager, connection: sqlite3.Connection, sentence: str, statement: str
) -> list[str]:
    try:
        ids = [row[0] for row in connection.execute(statement)]
    except sqlite3.DatabaseError as error:
        return [_UNREADABLE.format(path=database.path, problem=error)]
    return [sentence.format(which=which(ids))] if ids else []


def which(ids: list[int]) -> str:
    """Return the numbers of some tickets and how many more there are."""
    numbers = ", ".join(f"HD-{id_}" for id_ in ids[:_NAMED])
    more = len(ids) - _NAMED
    return f"{numbers} and {more:,} more" if more > 0 else numbers

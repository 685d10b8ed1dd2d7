# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true of every desk at every moment, whatever was pulled out of the wall."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from typing import Any

from helpdesk.database.backup import problems_of
from helpdesk.database.db_manager import DbManager
from helpdesk.database.sqlite_manager import SqliteManager
from tests.faults.time_invariants import untimely

TICKETS = """
SELECT ticket.id, ticket.subject, ticket.description, ticket.replies, ticket.notes,
       ticket_search.subject, ticket_search.description, ticket_search.comments,
       ticket_search.notes, ticket_search.requester, ticket.requester_id
FROM ticket LEFT JOIN ticket_search ON ticket_search.rowid = ticket.id
"""
ARTICLES = """
SELECT article.id, article.title, article.tags, article.summary, article.plain,
       article.live_revision, article.visibility, article.revision,
       (SELECT max(number) FROM article_revision WHERE article_id = article.id),
       (SELECT title FROM article_revision WHERE article_id = article.id
        AND number = coalesce(article.live_revision, article.revision)),
       article_search.heading, article_search.said, article_search.scope
FROM article LEFT JOIN article_search ON article_search.rowid = article.id
"""


def broken(database: DbManager) -> list[str]:
    """Return what is not whole: half tickets, uncounted comments, texts not found, half clocks."""
    assert isinstance(database, SqliteManager)
    with closing(database.connect()) as connection:
        found = problems_of(connection)
        if not database.read_only:
            for index in ("ticket_search", "article_search"):
                check = f"INSERT INTO {index} ({index}) VALUES ('integrity-check')"  # noqa: S608
                connection.execute(check)
        bodies = _by_ticket(
            connection.execute("SELECT ticket_id, internal, body FROM comment ORDER BY id")
        )
        kinds = _by_ticket(connection.execute("SELECT ticket_id, kind FROM event ORDER BY id"))
        tickets = connection.execute(TICKETS).fetchall()
        searched = connection.execute("SELECT count(*) FROM ticket_search").fetchone()[0]
        articles = connection.execute(ARTICLES).fetchall()
        found += _surplus(connection, len(articles))
        found += untimely(connection)
    if searched != len(tickets):
        found.append(f"{len(tickets)} tickets and {searched} rows to search")
    for row in tickets:
        found += [f"HD-{row[0]}: {fault}" for fault in _faults(row, bodies[row[0]], kinds[row[0]])]
    for row in articles:
        found += [f"KB-{row[0]}: {fault}" for fault in _article_faults(row)]
    return found


def _surplus(connection: Any, articles: int) -> list[str]:
    searched = connection.execute("SELECT count(*) FROM article_search").fetchone()[0]
    return [] if searched == articles else [f"{articles} articles and {searched} rows to search"]


def _article_faults(row: tuple[Any, ...]) -> list[str]:
    _, title, tags, summary, plain, live, visibility, revision, newest, saved, *indexed = row
    scope = "public" if live and visibility == "everyone" else ""
    checks = {
        "no such text": newest != revision or saved is None,
        "another title than the saved one": saved != title,
        "not found by its text": indexed
        != [f"{title}\n{tags[1:-1]}", f"{summary}\n{plain}", scope],
    }
    return [name for name, is_so in checks.items() if is_so]


def _by_ticket(rows: Any) -> dict[int, list[tuple[Any, ...]]]:
    grouped: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for ticket_id, *rest in rows:
        grouped[ticket_id].append(tuple(rest))
    return grouped


def _faults(
    row: tuple[Any, ...], bodies: list[tuple[Any, ...]], kinds: list[tuple[Any, ...]]
) -> list[str]:
    _, subject, description, replies, notes, *indexed, requester_id = row
    public = [body for internal, body in bodies if not internal]
    private = [body for internal, body in bodies if internal]
    happened = [kind for (kind,) in kinds]
    wanted = [
        subject,
        description,
        *("".join(f"\n{b}" for b in group) for group in (public, private)),
    ]
    checks = {
        "no beginning": happened[:1] != ["created"] or happened.count("created") != 1,
        "replies counted wrongly": replies != len(public) or replies != happened.count("commented"),
        "notes counted wrongly": notes != len(private) or notes != happened.count("noted"),
        "not found by its text": indexed != [*wanted, f"requester{requester_id}"],
    }
    return [name for name, is_so in checks.items() if is_so]

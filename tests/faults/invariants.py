# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true of every desk at every moment, whatever was pulled out of the wall."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from typing import Any

from helpdesk.database.backup import problems_of
from helpdesk.database.db_manager import DbManager
from helpdesk.database.sqlite_manager import SqliteManager

TICKETS = """
SELECT ticket.id, ticket.subject, ticket.description, ticket.replies, ticket.notes,
       ticket_search.subject, ticket_search.description, ticket_search.comments,
       ticket_search.notes, ticket_search.requester, ticket.requester_id
FROM ticket LEFT JOIN ticket_search ON ticket_search.rowid = ticket.id
"""


def broken(database: DbManager) -> list[str]:
    """Return what is not whole: half tickets, uncounted comments, texts that cannot be found."""
    assert isinstance(database, SqliteManager)
    with closing(database.connect()) as connection:
        found = problems_of(connection)
        if not database.read_only:
            connection.execute(
                "INSERT INTO ticket_search (ticket_search) VALUES ('integrity-check')"
            )
        bodies = _by_ticket(
            connection.execute("SELECT ticket_id, internal, body FROM comment ORDER BY id")
        )
        kinds = _by_ticket(connection.execute("SELECT ticket_id, kind FROM event ORDER BY id"))
        tickets = connection.execute(TICKETS).fetchall()
        searched = connection.execute("SELECT count(*) FROM ticket_search").fetchone()[0]
    if searched != len(tickets):
        found.append(f"{len(tickets)} tickets and {searched} rows to search")
    for row in tickets:
        found += [f"HD-{row[0]}: {fault}" for fault in _faults(row, bodies[row[0]], kinds[row[0]])]
    return found


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

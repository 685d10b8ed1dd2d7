# SPDX-License-Identifier: GPL-3.0-or-later
"""The limit of each workload: the same rows and columns by hand-written SQL, without objects."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from time import time

from helpdesk.database.fulltext import requester_word

Rows = list[tuple[object, ...]]

_OPEN = "status IN (1, 2, 3, 4)"
_IN_PROGRESS, _AWAITING = 3, 4
COLUMNS = """
    ticket.id, ticket.subject, status, priority, category.name, requester.id, requester.full_name,
    assignee.id, assignee.full_name, ticket.created_at, updated_at, resolution_due,
    replies + ticket.notes, ticket.version
"""
JOINS = """
    JOIN user AS requester ON requester.id = requester_id
    LEFT JOIN user AS assignee ON assignee.id = assignee_id
    LEFT JOIN category ON category.id = category_id
"""
_ORDER = "ORDER BY priority, status, resolution_due, ticket.id LIMIT 50"
# The statements are put together from the constants of this module alone.
FIRST = f"SELECT {COLUMNS} FROM ticket {JOINS} WHERE {_OPEN} {_ORDER}"  # noqa: S608
_NEXT = f"""
    SELECT {COLUMNS} FROM ticket {JOINS}
    WHERE (priority, status, resolution_due, ticket.id) > (?, ?, ?, ?) AND {_OPEN} {_ORDER}
"""  # noqa: S608
_FILTERED = f"""
    SELECT {COLUMNS} FROM ticket {JOINS}
    WHERE assignee_id = ? AND priority = ? AND status = ?
    ORDER BY resolution_due, ticket.id LIMIT 50
"""  # noqa: S608
_SEARCH = f"""
    SELECT {COLUMNS}, snippet(ticket_search, -1, '\x02', '\x03', '…', 14)
    FROM ticket_search JOIN ticket ON ticket.id = ticket_search.rowid {JOINS}
    WHERE ticket_search MATCH ? ORDER BY ticket_search.rowid DESC LIMIT 50
"""  # noqa: S608
_COUNT = f"""
    SELECT count(*) FROM
    (SELECT 1 FROM ticket WHERE priority IN (1, 2, 3, 4) AND {_OPEN} LIMIT 10001)
"""  # noqa: S608
TICKET = f"""
    SELECT {COLUMNS}, ticket.description, category_id, requester.email, source, first_response_due,
           first_responded_at, resolved_at, closed_at
    FROM ticket {JOINS} WHERE ticket.id = ?
"""  # noqa: S608
COMMENTS = """
    SELECT comment.id, author_id, full_name, by_staff, body, internal, comment.created_at
    FROM comment JOIN user ON user.id = author_id
    WHERE ticket_id = ? ORDER BY comment.id DESC LIMIT 50
"""
EVENTS = """
    SELECT event.id, actor_id, full_name, at, kind, field, old, new
    FROM event LEFT JOIN user ON user.id = actor_id
    WHERE ticket_id = ? ORDER BY event.id DESC LIMIT 100
"""
NEW_TICKET = """
    INSERT INTO ticket (version, status, priority, category_id, requester_id, created_at,
        updated_at, first_response_due, resolution_due, replies, notes, source, subject,
        description) VALUES (1, 1, 3, ?, ?, ?, ?, ?, ?, 0, 0, 'desktop', ?, ?)
"""
NEW_EVENT = """
    INSERT INTO event (ticket_id, actor_id, at, kind, field, old, new)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_NEW_COMMENT = """
    INSERT INTO comment (ticket_id, author_id, by_staff, internal, created_at, body)
    VALUES (?, ?, 1, 0, ?, ?)
"""
_CHANGED = """
    UPDATE ticket SET version = version + 1, status = ?, updated_at = ?, replies = replies + 1,
        first_responded_at = coalesce(first_responded_at, ?) WHERE id = ?
"""
_NEW_CLOCK = """
    INSERT INTO sla_clock (ticket_id, kind, round, state, target_seconds, started_at, due_at,
        next_step_at) VALUES (?, ?, 1, 'running', 3600, ?, ?, ?)
"""
_NEW_SEGMENT = """
    INSERT INTO sla_segment (ticket_id, begins_at, state, revision_id, cause, actor_id, detail)
    VALUES (?, ?, 'counted', 1, 'created', ?, 'Standard')
"""
_NEW_SLA = """
    INSERT INTO ticket_sla (ticket_id, policy_id, policy_version, next_kind, next_due, paused, late,
        escalation_level) VALUES (?, 1, 1, 'first_response', ?, 0, 0, 0)
"""
_NEW_NOTIFICATION = """
    INSERT INTO notification (person_id, at, happening, ticket_id, actor_id, title, text, why,
        urgent, read, shown) VALUES (?, ?, 'changed', ?, ?, ?, ?, '', 0, 0, 1)
"""
_NEW_CHANGE = "INSERT INTO desk_change (kind, row_id, at) VALUES ('notification', ?, ?)"
_POLICIES = """
    SELECT sla_policy.settings, revision.settings, revision.feed_days FROM sla_policy
    JOIN calendar_revision AS revision ON revision.calendar_id = sla_policy.calendar_id
"""
_RULES = "SELECT id, name, settings FROM rule WHERE active AND NOT removed ORDER BY position"
_READER = """
    SELECT full_name, email, role, setting.*, choice.* FROM user
    LEFT JOIN notification_setting AS setting ON setting.person_id = user.id
    LEFT JOIN notification_choice AS choice ON choice.person_id = user.id WHERE user.id = ?
"""
_CLOCKS = "SELECT * FROM ticket_sla JOIN sla_clock USING (ticket_id) WHERE ticket_id = ?"
_SEGMENTS = "SELECT * FROM sla_segment WHERE ticket_id = ? ORDER BY id"
_TURN_CLOCKS = "UPDATE sla_clock SET state = state, due_at = due_at WHERE ticket_id = ?"
_TURN_SLA = "UPDATE ticket_sla SET next_due = next_due, paused = paused WHERE ticket_id = ?"
_NEXT_SEGMENT = """
    INSERT INTO sla_segment (ticket_id, begins_at, state, revision_id, cause, actor_id, detail)
    SELECT ticket_id, ?, state, revision_id, cause, actor_id, detail FROM sla_segment WHERE id = ?
"""
_INDEX_NEW = """
    INSERT INTO ticket_search (rowid, subject, description, comments, notes, requester)
    VALUES (?, ?, ?, '', '', ?)
"""
_INDEX_MORE = "UPDATE ticket_search SET comments = comments || char(10) || ? WHERE rowid = ?"
HOUR = 3_600_000_000


class Limits:
    """Runs the statements over one bare connection."""

    def __init__(self, connection: sqlite3.Connection, actor_id: int) -> None:
        """Bind to a connection and to the person who writes."""
        self._connection = connection
        self._actor_id = actor_id

    def first_page(self) -> Rows:
        """Fetch the first 50 open tickets in the default order."""
        return self._rows(FIRST)

    def next_page(self, after: tuple[int, int, int, int]) -> Rows:
        """Fetch the 50 behind a priority, status, due time and id."""
        return self._rows(_NEXT, *after)

    def filtered_page(self, assignee_id: int, priority: int, status: int) -> Rows:
        """Fetch 50 tickets of an assignee, a priority and a status."""
        return self._rows(_FILTERED, assignee_id, priority, status)

    def search(self, match: str, requester_id: int | None = None) -> Rows:
        """Fetch the newest 50 hits of an FTS5 expression, of one requester where named."""
        columns = "subject description comments" + ("" if requester_id else " notes")
        scope = f'requester : "{requester_word(requester_id)}" AND ' if requester_id else ""
        return self._rows(_SEARCH, f"{scope}{{{columns}}} : ({match})")

    def count(self) -> Rows:
        """Count the open tickets, up to ten thousand."""
        return self._rows(_COUNT)

    def open_ticket(self, ticket_id: int) -> Rows:
        """Fetch a ticket with its comments and its history."""
        return [
            row
            for statement in (TICKET, COMMENTS, EVENTS)
            for row in self._rows(statement, ticket_id)
        ]

    def submit(self, subject: str, description: str) -> Rows:
        """Write a ticket, its history, clocks and search text and who is told, and fetch it."""
        now, me = int(time() * 1e6), self._actor_id
        due = (now + 24 * HOUR, now + 72 * HOUR)

        def write() -> int:
            values = (1, me, now, now, *due, subject, description)
            ticket_id = self._connection.execute(NEW_TICKET, values).lastrowid or 0
            self._event(ticket_id, now, "created")
            texts = (ticket_id, subject, description, requester_word(me))
            self._connection.execute(_INDEX_NEW, texts)
            self._rows(_POLICIES)
            clocks = zip(("first_response", "resolution"), due, strict=True)
            rows = [(ticket_id, kind, now, at, at) for kind, at in clocks]
            self._connection.executemany(_NEW_CLOCK, rows)
            self._connection.execute(_NEW_SEGMENT, (ticket_id, now, me))
            self._connection.execute(_NEW_SLA, (ticket_id, due[0]))
            self._tell(ticket_id, now, me, subject)
            return ticket_id

        return self.open_ticket(self._written(write))

    def comment_status(self, ticket_id: int, body: str) -> None:
        """Write a comment, another status and what follows from them, and fetch the ticket."""
        now, me = int(time() * 1e6), self._actor_id

        def write() -> int:
            ((before, asker),) = self._rows(
                "SELECT status, requester_id FROM ticket WHERE id = ?", ticket_id
            )
            after = _AWAITING if before == _IN_PROGRESS else _IN_PROGRESS
            self._connection.execute(_NEW_COMMENT, (ticket_id, me, now, body))
            self._connection.execute(_CHANGED, (after, now, now, ticket_id))
            self._event(ticket_id, now, "commented")
            self._event(ticket_id, now, "changed", "status", str(before), str(after))
            self._connection.execute(_INDEX_MORE, (body, ticket_id))
            self._turn(ticket_id, now)
            self._tell(ticket_id, now, int(str(asker)), body)
            return ticket_id

        self.open_ticket(self._written(write))

    def _turn(self, ticket_id: int, now: int) -> None:
        """Let the time of a ticket count otherwise from now on."""
        self._rows(_CLOCKS, ticket_id)
        last = self._rows(_SEGMENTS, ticket_id)[-1][0]
        # What is written stays true, since the program goes on with it.
        self._connection.execute(_TURN_CLOCKS, (ticket_id,))
        self._connection.execute("UPDATE sla_segment SET ends_at = ? WHERE id = ?", (now, last))
        self._connection.execute(_NEXT_SEGMENT, (now, last))
        self._connection.execute(_TURN_SLA, (ticket_id,))

    def _tell(self, ticket_id: int, now: int, person_id: int, text: str) -> None:
        """Tell somebody of a change, after a look at the rules and at what they want."""
        self._rows(_RULES)
        self._rows(_READER, person_id)
        values = (person_id, now, ticket_id, self._actor_id, f"HD-{ticket_id}", text[:200])
        self._connection.execute(_NEW_NOTIFICATION, values)
        self._connection.execute(_NEW_CHANGE, (person_id, now))

    def _event(self, ticket_id: int, at: int, kind: str, *change: str) -> None:
        field, old, new = change or (None, None, None)
        values = (ticket_id, self._actor_id, at, kind, field, old, new)
        self._connection.execute(NEW_EVENT, values)

    def _rows(self, statement: str, *values: object) -> Rows:
        return self._connection.execute(statement, values).fetchall()

    def _written(self, write: Callable[[], int]) -> int:
        self._connection.execute("BEGIN IMMEDIATE")
        written = write()
        self._connection.execute("COMMIT")
        return written

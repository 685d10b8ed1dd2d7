# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true of clocks, of what people were told, and of the outbox, at every moment."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from itertools import pairwise
from typing import Any

from helpdesk.core.schemas.tickets import Status
from helpdesk.database.types import NEVER, to_microseconds

TICKETS = """
SELECT ticket.id, ticket.status, ticket.created_at, ticket.requester_id,
       first_response_due, resolution_due, next_kind, next_due, paused, late
FROM ticket LEFT JOIN ticket_sla ON ticket_sla.ticket_id = ticket.id
"""
SEGMENTS = "SELECT ticket_id, state, begins_at, ends_at FROM sla_segment ORDER BY id"
CLOCKS = """
SELECT ticket_id, kind, state, due_at, missed_at IS NOT NULL FROM sla_clock
WHERE stopped_at IS NULL ORDER BY due_at, kind
"""
REPLIES = """
SELECT comment.ticket_id, comment.created_at FROM comment JOIN ticket ON ticket.id = ticket_id
WHERE NOT internal AND author_id <> requester_id
"""
TOLD = "SELECT ticket_id, person_id, happening, at FROM notification WHERE ticket_id IS NOT NULL"
TOLD_WITHOUT_CAUSE = """
SELECT told.ticket_id FROM (
    SELECT ticket_id, at FROM notification
    UNION ALL SELECT ticket_id, created_at FROM outbox_message
) told LEFT JOIN event ON event.ticket_id = told.ticket_id AND event.at = told.at
WHERE told.ticket_id IS NOT NULL AND event.id IS NULL
"""
BADLY_DELIVERED = """
SELECT id FROM outbox_message WHERE (state = 'sent') <> (sent_at IS NOT NULL)
OR doubts > attempts OR (state <> 'waiting' AND leased_until IS NOT NULL)
"""
_NEVER = to_microseconds(NEVER)
_WANTED = {
    status: ("paused" if status is Status.AWAITING_CUSTOMER else "counted")
    if status.is_open
    else "stopped"
    for status in Status
}
Rows = list[tuple[Any, ...]]


def untimely(connection: sqlite3.Connection) -> list[str]:
    """Return which tickets have half a clock, and who was told of nothing or not at all."""
    segments, clocks = (_by_ticket(connection.execute(sql)) for sql in (SEGMENTS, CLOCKS))
    replies, told = (_by_ticket(connection.execute(sql)) for sql in (REPLIES, TOLD))
    found = []
    for row in connection.execute(TICKETS).fetchall():
        id_, status, begun, requester, *shown = row
        faults = [
            *_segment_faults(list(Status)[status - 1], begun, segments[id_]),
            *_clock_faults(list(Status)[status - 1], shown, clocks[id_]),
            *_told_faults(requester, replies[id_], told[id_]),
        ]
        found += [f"HD-{id_}: {fault}" for fault in faults]
    found += [f"HD-{id_}: told of nothing" for (id_,) in connection.execute(TOLD_WITHOUT_CAUSE)]
    found += [f"message {id_}: badly delivered" for (id_,) in connection.execute(BADLY_DELIVERED)]
    return found


def _by_ticket(rows: Any) -> dict[int, Rows]:
    grouped: dict[int, Rows] = defaultdict(list)
    for ticket_id, *rest in rows:
        grouped[ticket_id].append(tuple(rest))
    return grouped


def _segment_faults(status: Status, begun: int, segments: Rows) -> list[str]:
    if not segments:
        return ["no time"]
    ends = [end for _, _, end in segments]
    checks = {
        "time begins late": segments[0][1] != begun,
        "time has gaps": any(one[2] != other[1] for one, other in pairwise(segments)),
        "time runs backwards": any(end is not None and end < start for _, start, end in segments),
        "time has ended": ends[-1] is not None,
        "time counts otherwise than its status": segments[-1][0] != _WANTED[status],
    }
    return [name for name, is_so in checks.items() if is_so]


def _clock_faults(status: Status, shown: list[Any], clocks: Rows) -> list[str]:
    first_due, solved_due, *in_lists = shown
    due = {kind: at for kind, _, at, _ in clocks}
    soonest = clocks[0] if clocks else (None, "", _NEVER, 0)
    is_paused, is_late = (any(each[at] in {1, "paused"} for each in clocks) for at in (1, 3))
    checks = {
        "no service level": in_lists[1] is None,
        "clocks run after the end": bool(clocks) and not status.is_open,
        "two clocks of a kind": len(due) != len(clocks),
        "a clock stands still or runs for no reason": any(
            (state == "paused") != (status is Status.AWAITING_CUSTOMER) for _, state, _, _ in clocks
        ),
        "lists show other clocks": in_lists != [soonest[0], soonest[2], is_paused, is_late],
        "another first response is due": first_due != due.get("first_response", first_due),
        "another resolution is due": solved_due != due.get("resolution", solved_due),
    }
    return [name for name, is_so in checks.items() if is_so]


def _told_faults(requester: int, replies: Rows, told: Rows) -> list[str]:
    received = sum(what == "received" for _, what, _ in told)
    moments = {at for person, _, at in told if person == requester}
    checks = {
        "told of its beginning not once": received != 1,
        "not told of a reply": any(at not in moments for (at,) in replies),
    }
    return [name for name, is_so in checks.items() if is_so]

# SPDX-License-Identifier: GPL-3.0-or-later
"""What no running program writes of service levels, as statements for each kind of database."""

from __future__ import annotations

from helpdesk.core.schemas.clocks import ClockKind, ClockState, SegmentCause, SegmentState
from helpdesk.database.findings import REPAIR, RESTORE
from helpdesk.database.types import NEVER, to_microseconds

_FIRST, _NEXT, _RESOLUTION = (f"'{kind.value}'" for kind in ClockKind)
_PAUSED, _COUNTED = f"'{ClockState.PAUSED.value}'", f"'{SegmentState.COUNTED.value}'"
_KINDS, _STATES, _SEGMENT_STATES, _CAUSES = (
    ", ".join(f"'{member.value}'" for member in enum)
    for enum in (ClockKind, ClockState, SegmentState, SegmentCause)
)
_MERGED = f"'{ClockState.MERGED.value}'"
_GOING_ON = f"'{ClockState.RUNNING.value}', {_PAUSED}"
_NEVER = to_microseconds(NEVER)

# The names in these statements are all our own.
_IN_ORDER = (
    "(SELECT ticket_id, begins_at, ends_at,"
    " lead(begins_at) OVER (PARTITION BY ticket_id ORDER BY id) AS next_begins_at"
    " FROM sla_segment) s"
)
_BY_TICKET = (
    "(SELECT ticket_id, min(due_at) AS due,"  # noqa: S608
    f" min(CASE WHEN kind = {_FIRST} THEN due_at END) AS first_due,"
    f" min(CASE WHEN kind = {_NEXT} THEN due_at END) AS next_due,"
    f" max(CASE WHEN state = {_PAUSED} THEN 1 ELSE 0 END) AS paused,"
    " max(CASE WHEN missed_at IS NOT NULL THEN 1 ELSE 0 END) AS late"
    " FROM sla_clock WHERE stopped_at IS NULL GROUP BY ticket_id)"
)
_KIND = (
    f"CASE WHEN c.first_due = c.due THEN {_FIRST} WHEN c.next_due = c.due THEN {_NEXT}"
    f" WHEN c.due IS NOT NULL THEN {_RESOLUTION} END"
)
_SUMMED_UP_BADLY = (
    f"SELECT s.ticket_id FROM ticket_sla s LEFT JOIN {_BY_TICKET} c"  # noqa: S608
    f" ON c.ticket_id = s.ticket_id WHERE s.next_due <> coalesce(c.due, {_NEVER})"
    f" OR coalesce(s.next_kind, '') <> coalesce({_KIND}, '')"
    " OR s.paused <> (coalesce(c.paused, 0) = 1) OR s.late <> (coalesce(c.late, 0) = 1)"
)
SLA_CHECKS = (
    (
        "{which} has a service level that this program does not know; " + RESTORE,
        "SELECT ticket_id FROM sla_segment"  # noqa: S608
        f" WHERE state NOT IN ({_SEGMENT_STATES}) OR cause NOT IN ({_CAUSES})"
        f" OR (state = {_COUNTED}) = (revision_id IS NULL)"
        f" UNION SELECT ticket_id FROM sla_clock"
        f" WHERE kind NOT IN ({_KINDS}) OR state NOT IN ({_STATES}) ORDER BY ticket_id",
    ),
    (
        "{which} has segments of time that run backwards; " + RESTORE,
        f"SELECT DISTINCT ticket_id FROM {_IN_ORDER}"  # noqa: S608
        " WHERE next_begins_at < begins_at ORDER BY ticket_id",
    ),
    (
        "{which} has clocks that contradict themselves; " + RESTORE,
        "SELECT ticket_id FROM sla_clock WHERE stopped_at < started_at"  # noqa: S608
        f" OR (stopped_at IS NULL) <> (state IN ({_GOING_ON}))"
        " UNION SELECT ticket_id FROM sla_clock WHERE stopped_at IS NULL"
        " GROUP BY ticket_id, kind HAVING count(*) > 1"
        " UNION SELECT c.ticket_id FROM sla_clock c"
        " LEFT JOIN ticket_sla s ON s.ticket_id = c.ticket_id WHERE s.ticket_id IS NULL"
        " UNION SELECT c.ticket_id FROM sla_handover h JOIN sla_clock c ON c.id = h.from_id"
        f" WHERE c.state <> {_MERGED} OR h.from_id = h.to_id"
        " ORDER BY ticket_id",
    ),
    (
        "The segments of time of {which} have gaps or overlap; " + REPAIR,
        f"SELECT DISTINCT ticket_id FROM {_IN_ORDER}"  # noqa: S608
        " WHERE coalesce(ends_at, 0) <> coalesce(next_begins_at, 0) ORDER BY ticket_id",
    ),
    (
        "Lists show another service level of {which} than its clocks; " + REPAIR,
        f"{_SUMMED_UP_BADLY} ORDER BY s.ticket_id",
    ),
    (
        "{which} shows other due times than its clocks; " + REPAIR,
        "SELECT DISTINCT t.id FROM sla_clock c JOIN ticket t ON t.id = c.ticket_id"  # noqa: S608
        " WHERE c.stopped_at IS NULL"
        f" AND ((c.kind = {_FIRST} AND t.first_response_due <> c.due_at)"
        f" OR (c.kind = {_RESOLUTION} AND t.resolution_due <> c.due_at)) ORDER BY t.id",
    ),
)
"""What to say of service levels, and the statement that finds them in either database."""

_JOINS = (
    "(SELECT n.begins_at FROM sla_segment n WHERE n.ticket_id = sla_segment.ticket_id"
    " AND n.id > sla_segment.id ORDER BY n.id LIMIT 1)"
)


def _summed_up(column: str, otherwise: str) -> str:
    return (
        f"coalesce((SELECT {column} FROM {_BY_TICKET} c"  # noqa: S608
        f" WHERE c.ticket_id = ticket_sla.ticket_id), {otherwise})"
    )


def _due_again(kind: str, column: str) -> str:
    due = (
        "(SELECT c.due_at FROM sla_clock c WHERE c.ticket_id = ticket.id"  # noqa: S608
        f" AND c.kind = {kind} AND c.stopped_at IS NULL)"
    )
    return f"UPDATE ticket SET {column} = {due} WHERE {column} <> {due}"  # noqa: S608


DERIVE_AGAIN = (
    f"UPDATE sla_segment SET ends_at = {_JOINS}"  # noqa: S608
    f" WHERE coalesce(ends_at, 0) <> coalesce({_JOINS}, 0)",
    f"UPDATE ticket_sla SET next_due = {_summed_up('c.due', str(_NEVER))},"  # noqa: S608
    f" next_kind = {_summed_up(_KIND, 'NULL')},"
    f" paused = {_summed_up('c.paused', '0')} = 1, late = {_summed_up('c.late', '0')} = 1"
    f" WHERE ticket_id IN ({_SUMMED_UP_BADLY})",
    _due_again(_FIRST, "first_response_due"),
    _due_again(_RESOLUTION, "resolution_due"),
)
"""Derives from segments and clocks what follows from them; a segment ends where the next begins."""

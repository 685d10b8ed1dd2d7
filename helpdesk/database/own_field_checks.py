# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for values of the desk's own fields that nobody can make sense of."""

from __future__ import annotations

from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.database.findings import RESTORE

_KINDS = ", ".join(f"'{kind.value}'" for kind in FieldKind)

FIELD_CHECKS = (
    (
        "{which} has a value of a field that the desk does not have; " + RESTORE,
        "SELECT DISTINCT v.ticket_id FROM ticket_field v"
        " WHERE v.field_id NOT IN (SELECT id FROM custom_field) ORDER BY 1",
    ),
    (
        "{which} has an empty value, or one of a kind that this program does not know; " + RESTORE,
        "SELECT DISTINCT v.ticket_id FROM ticket_field v"  # noqa: S608 - our own names
        " JOIN custom_field f ON f.id = v.field_id"
        f" WHERE v.value = '' OR f.kind NOT IN ({_KINDS}) ORDER BY 1",
    ),
)
"""What to say of tickets, and the statement that finds them in either kind of database."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""Merges tickets as far as their clocks are concerned, and undoes that, within one transaction."""

from __future__ import annotations

from datetime import datetime

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.permissions import Actor
from helpdesk.core.schemas.tickets import Status
from helpdesk.core.schemas.users import Role
from helpdesk.services import merging
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Work
from tests.unit.services.rule_desks import BOB, working

BOB_KELLER = Actor(id=BOB, username="bob", full_name="Bob Keller", role=Role.TECHNICIAN)


def merge(desk: EmbeddedDesk, now: datetime, survivor_id: int, merged_id: int) -> None:
    """Merge a ticket into another, and close it."""
    with working(desk, now, BOB_KELLER) as work:
        merging.merge(work, *_both(work, survivor_id, merged_id))


def part(
    desk: EmbeddedDesk, now: datetime, survivor_id: int, merged_id: int, status: Status
) -> None:
    """Undo that, and give the merged ticket the status back that it had."""
    with working(desk, now, BOB_KELLER) as work:
        merging.part(work, *_both(work, survivor_id, merged_id), status)


def _both(work: Work, survivor_id: int, merged_id: int) -> tuple[TicketChanges, TicketChanges]:
    tickets = work.desk.tickets
    return (
        TicketChanges(work, tickets.get(survivor_id)),
        TicketChanges(work, tickets.get(merged_id)),
    )

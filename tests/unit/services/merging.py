# SPDX-License-Identifier: GPL-3.0-or-later
"""Merges tickets as far as their clocks are concerned, and undoes that, within one transaction."""

from __future__ import annotations

from datetime import datetime

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.permissions import Actor
from helpdesk.core.schemas.tickets import Status
from helpdesk.core.schemas.users import Role
from helpdesk.services.clocks import Clocks
from helpdesk.services.consequences import follow
from helpdesk.services.ticket_changes import TicketChanges
from tests.unit.services.rule_desks import BOB, working

BOB_KELLER = Actor(id=BOB, username="bob", full_name="Bob Keller", role=Role.TECHNICIAN)


def merge(desk: EmbeddedDesk, now: datetime, survivor_id: int, merged_id: int) -> None:
    """Merge a ticket into another, and close it."""
    with working(desk, now, BOB_KELLER) as work:
        survivor = TicketChanges(work, work.desk.tickets.get(survivor_id))
        merged = TicketChanges(work, work.desk.tickets.get(merged_id))
        if merged.ticket.status is not Status.CLOSED:
            merged.move(Status.CLOSED)
        Clocks(work).join(survivor, merged)
        for each in (survivor, merged):
            each.ticket.touch(now)
            follow(work, each)


def part(
    desk: EmbeddedDesk, now: datetime, survivor_id: int, merged_id: int, status: Status
) -> None:
    """Undo that, and give the merged ticket the status back that it had."""
    with working(desk, now, BOB_KELLER) as work:
        survivor = TicketChanges(work, work.desk.tickets.get(survivor_id))
        merged = TicketChanges(work, work.desk.tickets.get(merged_id))
        ticket = merged.ticket
        ticket.closed_at = ticket.closed_at if status is Status.CLOSED else None
        ticket.resolved_at = None if status.is_open else ticket.resolved_at
        ticket.status = status
        Clocks(work).part(survivor, merged)
        for each in (survivor, merged):
            each.ticket.touch(now)
            follow(work, each)

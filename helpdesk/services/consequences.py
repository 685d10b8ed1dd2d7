# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows from a change of a ticket, in the same transaction and in one order.

First its clocks, since rules and notifications speak of due times; then the rules, which may
change it further; then whether it is in sight again; then who is told, and what it counts as. All
of it is committed with the change, or none.
"""

from __future__ import annotations

from helpdesk.services.clocks import Clocks
from helpdesk.services.counting import Counting
from helpdesk.services.learning import Learning
from helpdesk.services.notifying import Notifying
from helpdesk.services.rule_engine import RuleEngine
from helpdesk.services.snoozes import wake_by
from helpdesk.services.ticket_changes import Happened, TicketChanges
from helpdesk.services.work import Work


def follow(work: Work, changes: TicketChanges, *, waits: bool = False) -> list[Happened]:
    """Let everything follow from a change, and return what has happened in all, by rules too.

    Where the change ``waits`` it is sent to the database with others: nobody reads it before.
    """
    desk, ticket = work.desk, changes.ticket
    overlooked = Clocks(work).follow(changes)
    happened = [changes.happened, *overlooked, *RuleEngine(work).after(changes)]
    wake_by(work, changes, happened)
    Notifying(work).tell(ticket, happened)
    if not waits or changes.happened.settled:
        desk.flush()
    if changes.happened.settled:
        Learning(desk.triage, work.now).settle(ticket, changes.happened.settled)
    Counting(work).follow(ticket, happened)
    desk.changed("ticket", ticket.id)
    return happened

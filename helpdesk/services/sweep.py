# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at the clocks whose time has come: marks what is overdue and carries out the steps.

Each clock keeps when it has to be looked at next, so that a sweep touches only what is due. That
moment moves on before anything is done, and steps are noted when they are carried out: a clock of
the computer that is set forward or back repeats nothing and leaves nothing out.
"""

from __future__ import annotations

from datetime import timedelta

from helpdesk.core.clock import monotonic
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.base import Result
from helpdesk.database.types import NEVER
from helpdesk.repositories.clocks import Due
from helpdesk.services.clocks import Clocks, note_missed
from helpdesk.services.counting import Counting
from helpdesk.services.notifying import Notifying
from helpdesk.services.rule_engine import RuleEngine
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Work
from helpdesk.sla.timeline import is_late, next_step

AT_ONCE = 200
LONGEST_SECONDS = 0.1
"""After this long no further clock is begun with: what was done is to be written as well."""
_READ_AT_ONCE = 50
"""So many are read together; what is not got to then was not read for nothing."""
PUT_OFF_BY = timedelta(hours=1)
"""So long a clock is left alone that cannot be seen to, so that others get their turn."""


class DueClocks(Result):
    """The clocks that have to be looked at, those that wait longest first."""

    clock_ids: tuple[int, ...]


class Sweep:
    """Steps of a sweep; a job takes them, no route leads to them."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "POST",
        "/clocks/steps/due",
        permission=Permission.SET_UP_RULES,
        transaction=Transaction.READ,
    )
    def due(self) -> DueClocks:
        """Return the next clocks that have to be looked at."""
        clock_ids = self._work.desk.clocks.due_ids(self._work.now, AT_ONCE)
        return DueClocks(clock_ids=tuple(clock_ids))

    @operation("POST", "/clocks/steps/sweep", permission=Permission.SET_UP_RULES)
    def look_at(self, clock_ids: tuple[int, ...]) -> int:
        """Look at some clocks, and return at how many of them, until other writers want a turn.

        Those that are left are due for the next transaction.
        """
        ends_at, looked_at = monotonic() + LONGEST_SECONDS, 0
        clocks, rules = Clocks(self._work), RuleEngine(self._work)
        for start in range(0, len(clock_ids), _READ_AT_ONCE):
            some = clock_ids[start : start + _READ_AT_ONCE]
            found = self._work.desk.clocks.due(some, self._work.now)
            rules.expect([(due.clock, due.ticket) for due in found])
            for due in found:
                self._look_at(due, clocks, rules)
                looked_at += 1
                if monotonic() > ends_at:
                    return looked_at
        return looked_at

    @operation("POST", "/clocks/steps/put-off", permission=Permission.SET_UP_RULES)
    def put_off(self, clock_id: int) -> None:
        """Look at a clock later that cannot be seen to."""
        self._work.desk.clocks.put_off(clock_id, self._work.now + PUT_OFF_BY)

    def _look_at(self, due: Due, clocks: Clocks, rules: RuleEngine) -> None:
        now, clock, ticket = self._work.now, due.clock, due.ticket
        if clock.stopped_at is not None or clock.next_step_at > now:
            # A rule that was set off before has ended or moved it.
            clock.next_step_at = NEVER if clock.stopped_at is not None else clock.next_step_at
            return
        changes = TicketChanges(self._work, ticket)
        step = next_step(clock.due_at, clocks.steps()[clock.kind], now)
        clock.next_step_at = step or NEVER
        if clock.missed_at is None and is_late(clock.due_at, now):
            clock.missed_at = clock.due_at
            due.sla.late = True
            note_missed(changes, clock, due.policy)
        happened = rules.at_due(changes, clock)
        Notifying(self._work).tell(ticket, [changes.happened, *happened])
        Counting(self._work).follow(ticket, happened)
        self._work.desk.changed("ticket", ticket.id)

# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk whose tickets are edited at random, and what of them an undo has to bring back.

That a ticket was measured otherwise for a while stays on its timeline; when it is due does not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.tickets import (
    Assignment,
    NewTicket,
    Priority,
    Reopening,
    Status,
    TicketChange,
    TicketQuery,
    TicketView,
)
from helpdesk.database.checks import examine
from tests.conftest import SettableClock
from tests.contract.desks import person
from tests.seated import seated

BOB, FRANK = 3, 4
_STATE = {
    "ticket": "id, status, priority, category_id, team_id, assignee_id, first_response_due,"
    " first_responded_at, resolution_due, resolved_at, closed_at, replies, notes, reopens,"
    " updated_at",
    "ticket_sla": "*",
    "sla_clock": "ticket_id, kind, round, state, target_seconds, started_at, stopped_at, due_at,"
    " next_step_at, missed_at",
    "ticket_figure": "*",
}
State = dict[str, Any]


class Undoable:
    """A desk with people of the staff, a team and some tickets."""

    def __init__(self, embedded: EmbeddedDesk, clock: SettableClock) -> None:
        self.embedded, self.clock = embedded, clock
        self._seats: dict[str, tuple[HelpDesk, datetime]] = {}
        names = ("alice", "bob", "frank", "charlie", "dana")
        self.alice, self.bob, self.frank, self.charlie, self.dana = (
            seated(self._sign_in, name) for name in names
        )
        self.team = self.dana.teams.add(TeamSettings(name=f"North {clock.now:%S%f}")).id

    def _sign_in(self, username: str) -> HelpDesk:
        """Sign somebody in anew where their session may have ended."""
        if username not in self._seats or self._seats[username][1] != self.clock.now:
            self._seats[username] = (person(self.embedded, username), self.clock.now)
        return self._seats[username][0]

    def new(self, subject: str = "Printer jams") -> int:
        """Open a ticket and return its number."""
        return self.alice.tickets.open(NewTicket(subject=subject, category_id=1)).id

    def edit(self, who: HelpDesk, ticket_id: int, what: int) -> TicketView | None:
        """Do one of many things to a ticket; ``None`` where it cannot be done to it as it is."""
        view = who.tickets.view(ticket_id)
        version = view.version
        changes = [
            *(TicketChange(priority=each, version=version) for each in Priority),
            *(TicketChange(category_id=each, version=version) for each in (1, 2, None)),
            *(TicketChange(team_id=each, version=version) for each in (self.team, None)),
            *(TicketChange(status=each, version=version) for each in Status),
        ]
        if what < len(changes):
            status = changes[what].status
            may_be = status is None or status in view.next_statuses
            return who.tickets.change(ticket_id, changes[what]) if may_be else None
        if what < len(changes) + 3 and "assign" in view.allowed:
            people = (BOB, FRANK, None)
            assignment = Assignment(assignee_id=people[what - len(changes)], version=version)
            return who.tickets.assign(ticket_id, assignment)
        can_reopen = what == len(changes) + 3 and not view.status.is_open
        return who.tickets.reopen(ticket_id, Reopening()) if can_reopen else None

    def state(self) -> State:
        """Return what counts of all tickets: fields, clocks, figures, counts and hits."""
        with self.embedded.database.reading() as session:
            found: State = {
                table: sorted(
                    map(repr, session.execute(text(f"SELECT {columns} FROM {table}")).all())  # noqa: S608
                )
                for table, columns in _STATE.items()
            }
            sums = session.execute(text("SELECT * FROM daily_figure")).all()
            # A row of zeros is as good as none.
            found["sums"] = sorted(repr(row) for row in sums if any(row[4:]))
        query = TicketQuery(text="printer")
        found["hits"] = [each.id for each in self.charlie.tickets.search(query).items]
        found["counts"] = [
            self.charlie.tickets.count(TicketQuery(statuses=(each,))).count for each in Status
        ]
        return found

    def due(self) -> list[Any]:
        """Return the fields of tickets, and when they are due."""
        with self.embedded.database.reading() as session:
            columns = _STATE["ticket"]
            return sorted(
                map(repr, session.execute(text(f"SELECT {columns} FROM ticket")).all())  # noqa: S608
            )

    def require_sound(self) -> None:
        """Fail where the desk has anything that check-db tells of."""
        findings = examine(self.embedded.database).findings
        assert findings == (), findings

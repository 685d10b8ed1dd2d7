# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the staff works on tickets: one timer a person, and time that is entered by hand."""

from __future__ import annotations

from datetime import timedelta

from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.ticket_work import TicketRef
from helpdesk.core.schemas.time_entries import (
    RunningTimer,
    StoppedTimer,
    TicketTime,
    TimeChange,
    TimerState,
    TimerStop,
    TimeSpent,
)
from helpdesk.core.time_amounts import written
from helpdesk.database.types import is_id
from helpdesk.models import Ticket, TimeEntry
from helpdesk.models.event import EventKind
from helpdesk.models.ticket import number_of
from helpdesk.repositories.desk_changes import TIMER
from helpdesk.services.row_steps import OTHERS_TIME, TIME, Row, note_rows, row_of
from helpdesk.services.ticket_changes import require_unmerged
from helpdesk.services.work import Work

_PEOPLE = "Only a person works on tickets for a time."
_FUTURE = "This ends in the future; enter time when it is over."
_RUNS = "The timer runs still; stop it first."
_NONE_RUNS = "No timer of yours runs."
_GONE = "This entry is not on {number} any more; look at its time again."
_CHANGED = "The entry was changed in the meantime; look and try again."
_FORGOTTEN = "The timer on {number} has run for {amount}; say how long it really was."


class TimeEntries:
    """The time on tickets; for staff. A requester never hears of it."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/tickets/{ticket_id}/time", permission=Permission.WORK_TICKET)
    def of_ticket(self, ticket_id: int) -> TicketTime:
        """List the newest time on a ticket, with how long each person worked on it in all."""
        return self._shown(self._work.desk.tickets.get(ticket_id))

    @operation("GET", "/timer", permission=Permission.WORK_TICKET)
    def running(self) -> TimerState:
        """Tell which timer of one's own runs."""
        return self._state()

    @operation("POST", "/tickets/{ticket_id}/timer", permission=Permission.WORK_TICKET)
    def start(self, ticket_id: int) -> TimerState:
        """Start one's timer on a ticket; where it runs already it goes on.

        A timer on another ticket is stopped, and told in the answer. Raises ``Invalid`` where that
        one was forgotten: it has to be stopped first, saying how long it really was.
        """
        ticket, now = self._work.desk.tickets.get(ticket_id), self._work.now
        require_unmerged(self._work, ticket)
        person_id, found = self._own_id(), self._own_running()
        if found is not None and found[0].ticket_id == ticket.id:
            return self._state()
        stopped = None if found is None else self._stop(*found, TimerStop())
        new = TimeEntry(
            ticket_id=ticket.id, person_id=person_id, started_at=now, seconds=0, note=""
        )
        self._work.desk.time_entries.add(new)
        self._work.desk.changed(TIMER, person_id)
        return self._state(stopped)

    @operation("POST", "/timer/stop", permission=Permission.WORK_TICKET)
    def stop(self, stop: TimerStop) -> TimerState:
        """Stop one's timer, with a note of what was done.

        One that has run for 12 hours was forgotten: it takes how long it really was.
        """
        found = self._own_running()
        if found is None:
            raise Invalid(_NONE_RUNS)
        return self._state(self._stop(*found, stop))

    @operation("DELETE", "/timer", permission=Permission.WORK_TICKET)
    def discard(self) -> None:
        """Forget the timer of one's own that runs; where none runs nothing happens."""
        found = self._own_running()
        if found is not None:
            self._work.desk.time_entries.remove(found[0])
            self._work.desk.changed(TIMER, self._own_id())

    @operation("POST", "/tickets/{ticket_id}/time", permission=Permission.WORK_TICKET)
    def add(self, ticket_id: int, new: TimeSpent) -> TicketTime:
        """Enter time of one's own on a ticket, at most 24 hours at a stretch, ended by now."""
        ticket = self._work.desk.tickets.get(ticket_id)
        require_unmerged(self._work, ticket)
        entry = TimeEntry(ticket_id=ticket.id, person_id=self._own_id(), note="", seconds=0)
        self._set(entry, new)
        self._work.desk.time_entries.add(entry)
        undo = self._noted(ticket, "Time added", (), (row_of(entry),))
        return self._told(ticket, undo, new=written(entry.seconds))

    @operation("PUT", "/tickets/{ticket_id}/time/{entry_id}", permission=Permission.WORK_TICKET)
    def change(self, ticket_id: int, entry_id: int, change: TimeChange) -> TicketTime:
        """Change time of one's own, or as a manager of anybody, that has ended."""
        ticket, entry = self._entry(ticket_id, entry_id)
        seen = change.seen
        if (entry.started_at, entry.seconds, entry.note) != (
            seen.started_at,
            seen.seconds,
            seen.note,
        ):
            raise Conflict(_CHANGED, current=self._shown(ticket))
        before, old = row_of(entry), written(entry.seconds)
        self._set(entry, change)
        undo = self._noted(ticket, "Time changed", (before,), (row_of(entry),))
        return self._told(ticket, undo, old=old, new=written(entry.seconds))

    @operation("DELETE", "/tickets/{ticket_id}/time/{entry_id}", permission=Permission.WORK_TICKET)
    def remove(self, ticket_id: int, entry_id: int) -> TicketTime:
        """Take away time of one's own, or as a manager of anybody, that has ended."""
        ticket, entry = self._entry(ticket_id, entry_id)
        before, old = row_of(entry), written(entry.seconds)
        self._work.desk.time_entries.remove(entry)
        undo = self._noted(ticket, "Time removed", (before,), ())
        return self._told(ticket, undo, old=old)

    # --- the timer ----------------------------------------------------------------------------

    def _own_id(self) -> int:
        if self._work.actor.id is None:
            raise Invalid(_PEOPLE)
        return self._work.actor.id

    def _own_running(self) -> tuple[TimeEntry, str] | None:
        return self._work.desk.time_entries.running(self._own_id(), self._work.actor)

    def _stop(self, entry: TimeEntry, subject: str, stop: TimerStop) -> StoppedTimer:
        """End a timer. Raises ``Invalid`` for a forgotten one without how long it really was."""
        ref = _ref(entry.ticket_id, subject)
        ran = self._timer(entry, subject)
        if stop.seconds is None and ran.is_long:
            amount = written(ran.seconds // 60 * 60)
            raise Invalid(_FORGOTTEN.format(number=ref.number, amount=amount), field="seconds")
        entry.seconds = max(1, ran.seconds) if stop.seconds is None else stop.seconds
        entry.ended_at = max(entry.started_at, self._work.now)
        if stop.seconds is not None:
            entry.ended_at = entry.started_at + timedelta(seconds=stop.seconds)
        entry.note = stop.note
        self._work.desk.flush()
        ticket = self._work.desk.tickets.get(entry.ticket_id)
        undo = self._noted(ticket, "Timer stopped", (), (row_of(entry),))
        self._record(ticket, new=written(entry.seconds))
        self._work.desk.changed(TIMER, self._own_id())
        return StoppedTimer(id=entry.id, ticket=ref, seconds=entry.seconds, undo=undo)

    def _state(self, stopped: StoppedTimer | None = None) -> TimerState:
        found = self._own_running()
        running = None if found is None else self._timer(*found)
        return TimerState(running=running, stopped=stopped)

    def _timer(self, entry: TimeEntry, subject: str) -> RunningTimer:
        return RunningTimer(
            id=entry.id,
            ticket=_ref(entry.ticket_id, subject),
            started_at=entry.started_at,
            at=self._work.now,
        )

    # --- entries --------------------------------------------------------------------------------

    def _entry(self, ticket_id: int, entry_id: int) -> tuple[Ticket, TimeEntry]:
        """Return an entry to be changed. Raises where there is none, or it is not one's own."""
        desk = self._work.desk
        ticket = desk.tickets.get(ticket_id)
        require_unmerged(self._work, ticket)
        entry = desk.time_entries.get(ticket.id, entry_id) if is_id(entry_id) else None
        if entry is None:
            raise NotFound(_GONE.format(number=ticket.number))
        is_own = entry.person_id == self._work.actor.id
        if not is_own and not self._work.actor.may(Permission.ASSIGN_TICKET):
            raise Forbidden(OTHERS_TIME)
        if entry.ended_at is None:
            raise Invalid(_RUNS)
        return ticket, entry

    def _set(self, entry: TimeEntry, spent: TimeSpent) -> None:
        ended_at = spent.started_at + timedelta(seconds=spent.seconds)
        if ended_at > self._work.now:
            raise Invalid(_FUTURE, field="started_at")
        entry.started_at, entry.ended_at = spent.started_at, ended_at
        entry.seconds, entry.note = spent.seconds, spent.note
        self._work.desk.flush()

    def _noted(
        self, ticket: Ticket, what: str, before: tuple[Row, ...], after: tuple[Row, ...]
    ) -> int | None:
        return note_rows(self._work, f"{what} on {ticket.number}", ticket, TIME, before, after)

    def _told(
        self, ticket: Ticket, undo: int | None, *, old: str | None = None, new: str | None = None
    ) -> TicketTime:
        self._record(ticket, old=old, new=new)
        return self._shown(ticket).model_copy(update={"undo": undo})

    def _record(self, ticket: Ticket, *, old: str | None = None, new: str | None = None) -> None:
        desk = self._work.desk
        desk.tickets.record(ticket, EventKind.TIMED, self._work.now, field="time", old=old, new=new)
        desk.flush()
        desk.changed("ticket", ticket.id)

    def _shown(self, ticket: Ticket) -> TicketTime:
        entries = self._work.desk.time_entries
        return TicketTime(
            entries=entries.of_ticket(ticket.id, self._work.actor), people=entries.sums(ticket.id)
        )


def _ref(ticket_id: int, subject: str) -> TicketRef:
    return TicketRef(id=ticket_id, number=number_of(ticket_id), subject=subject)

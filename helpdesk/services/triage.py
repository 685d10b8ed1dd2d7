# SPDX-License-Identifier: GPL-3.0-or-later
"""Suggestions for tickets, and what people make of them."""

from __future__ import annotations

from helpdesk.assistant.calibration import confidence
from helpdesk.core.errors import Forbidden
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.tickets import Assignment, Priority, TicketChange, TicketView
from helpdesk.core.schemas.triage import (
    DraftSuggestion,
    FieldThreshold,
    SimilarTicket,
    SuggestedField,
    SuggestionChoice,
    TicketDraft,
    TicketSuggestion,
    TriageState,
)
from helpdesk.models import Ticket
from helpdesk.services.clocks import Clocks
from helpdesk.services.counting import Counting
from helpdesk.services.history import History
from helpdesk.services.outcomes import Outcomes, id_in, priority_in, taken_in
from helpdesk.services.ticket_changes import require_unmerged
from helpdesk.services.tickets import Tickets
from helpdesk.services.work import Work


class Triage:
    """What the desk suggests, from its own history."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "POST",
        "/triage/drafts",
        permission=Permission.SUBMIT_TICKET,
        transaction=Transaction.READ,
    )
    def for_draft(self, draft: TicketDraft) -> DraftSuggestion:
        """Suggest for a ticket that is being written; tickets of others are not told of.

        But to the staff, of whom they write it for.
        """
        desk, now = self._work.desk, self._work.now
        history, requester_id = History(desk, now), self._requester_of(draft)
        found = history.for_draft(draft, requester_id)
        category_id = draft.category_id or (int(found.category.value) if found.category else None)
        suggested = Priority(found.priority.value) if found.priority else None
        priority = draft.priority or suggested or Priority.MEDIUM
        due = Clocks(self._work).first_response_due(priority, category_id, requester_id or 0)
        return found.model_copy(
            update={
                "usual_minutes": history.usual_minutes(category_id) if category_id else None,
                "due": due,
            }
        )

    @operation("GET", "/tickets/{ticket_id}/suggestion", permission=Permission.WORK_TICKET)
    def for_ticket(self, ticket_id: int) -> TicketSuggestion:
        """Suggest what is not settled of a ticket, and show what speaks for it."""
        desk = self._work.desk
        suggestion = History(desk, self._work.now).suggestion(desk.tickets.get(ticket_id))
        if self._work.actor.may(Permission.SEE_ALL_TICKETS):
            return suggestion
        return _without_tickets(suggestion)

    @operation("GET", "/tickets/{ticket_id}/similar", permission=Permission.SEE_OWN_TICKETS)
    def similar(self, ticket_id: int) -> tuple[SimilarTicket, ...]:
        """List the tickets most like one, as far as one may see them."""
        desk, actor = self._work.desk, self._work.actor
        ticket = desk.tickets.get(ticket_id)
        sees_all = actor.may(Permission.SEE_ALL_TICKETS)
        return History(desk, self._work.now).similar(
            ticket, None if sees_all else ticket.requester_id
        )

    @operation("POST", "/tickets/{ticket_id}/suggestion", permission=Permission.WORK_TICKET)
    def choose(self, ticket_id: int, choice: SuggestionChoice) -> TicketView:
        """Take over some fields of a suggestion; with none of them it is dismissed."""
        desk = self._work.desk
        tickets = Tickets(self._work)
        ticket = desk.tickets.get(ticket_id)
        require_unmerged(self._work, ticket)
        if choice.version != ticket.version:
            # Says so, and hands out the ticket as it is now.
            return tickets.change(ticket_id, TicketChange(version=choice.version))
        taken = taken_in(choice)
        Outcomes(self._work, ticket).keep(choice, taken)
        Counting(self._work).recount((ticket.id,))
        return self._apply(ticket, {field: seen.value for field, seen in taken.items()})

    @operation("GET", "/triage", permission=Permission.SET_UP_ASSISTANT)
    def state(self) -> TriageState:
        """Tell what the desk has learnt so far, and from which confidence on it suggests."""
        desk = self._work.desk
        fits = desk.triage.fits()
        return TriageState(
            learnt_tickets=desk.triage.count_learnt(),
            waiting_tickets=desk.triage.count_waiting(),
            categories=len(desk.categories.active()),
            technicians=len(desk.users.assignable()),
            thresholds=tuple(
                FieldThreshold(
                    field=field, percent=round(100 * confidence(fit.steps, fit.threshold))
                )
                for field, fit in fits.items()
                if fit.threshold <= 1
            ),
            fitted_at=max((fit.fitted_at for fit in fits.values()), default=None),
        )

    # --- how ----------------------------------------------------------------------------------

    def _requester_of(self, draft: TicketDraft) -> int | None:
        """Return whose tickets may be told of: one's own, or with the right to see all, theirs."""
        actor = self._work.actor
        if draft.requester_id in (None, actor.id):
            return actor.id
        if not (actor.may(Permission.WORK_TICKET) and actor.may(Permission.SEE_ALL_TICKETS)):
            raise Forbidden("Only staff can write a ticket for others.")
        return self._work.desk.users.get(draft.requester_id or 0).id

    def _apply(self, ticket: Ticket, values: dict[SuggestedField, str]) -> TicketView:
        tickets = Tickets(self._work)
        change: dict[str, object] = {"version": ticket.version}
        if SuggestedField.CATEGORY in values:
            change["category_id"] = id_in(values[SuggestedField.CATEGORY])
        if SuggestedField.PRIORITY in values:
            change["priority"] = priority_in(values[SuggestedField.PRIORITY])
        view = tickets.change(ticket.id, TicketChange.model_validate(change))
        if SuggestedField.ASSIGNEE in values:
            view = self._give(ticket, id_in(values[SuggestedField.ASSIGNEE]))
        return view

    def _give(self, ticket: Ticket, person: int) -> TicketView:
        """Give a ticket to somebody, as far as the actor may."""
        # A service of its own, so that what it records is counted anew.
        tickets = Tickets(self._work)
        if self._work.actor.may(Permission.ASSIGN_TICKET):
            assignment = Assignment(assignee_id=person, version=ticket.version)
            return tickets.assign(ticket.id, assignment)
        if person == self._work.actor.id:
            return tickets.take(ticket.id, ticket.version)
        raise Forbidden("Your role may give a ticket to yourself only; a manager can assign it.")


def _without_tickets(suggestion: TicketSuggestion) -> TicketSuggestion:
    """Return a suggestion for a key that may not see tickets of others."""
    fields = tuple(
        each.model_copy(update={"tickets": (), "words": (), "reason": ""})
        for each in suggestion.fields
    )
    hidden = {"fields": fields, "similar": (), "duplicates": (), "incident": None}
    return suggestion.model_copy(update=hidden)

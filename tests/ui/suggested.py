# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test has suggested for a ticket, taken over by the desk itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.tickets import Assignment, Status, TicketChange, TicketView
from helpdesk.core.schemas.triage import (
    Alternative,
    Incident,
    Origin,
    SimilarTicket,
    Suggested,
    SuggestedField,
    SuggestionChoice,
    TicketSuggestion,
)

Make = Callable[[TicketView], TicketSuggestion]


class ScriptedTriage:
    """Suggests what ``make`` says for the ticket as it is, and sets fields over the real desk."""

    def __init__(self, desk: HelpDesk, make: Make) -> None:
        self._desk = desk
        self.make = make
        self.choices: list[SuggestionChoice] = []
        self.error: DeskError | None = None

    def for_ticket(self, ticket_id: int) -> TicketSuggestion:
        if self.error is not None:
            raise self.error
        return self.make(self._desk.tickets.view(ticket_id))

    def choose(self, ticket_id: int, choice: SuggestionChoice) -> TicketView:
        self.choices.append(choice)
        chosen = dict(zip(choice.fields, choice.values, strict=True))
        change: dict[str, Any] = {}
        if SuggestedField.CATEGORY in chosen:
            change["category_id"] = int(chosen[SuggestedField.CATEGORY])
        if SuggestedField.PRIORITY in chosen:
            change["priority"] = chosen[SuggestedField.PRIORITY]
        tickets = self._desk.tickets
        now = tickets.change(ticket_id, TicketChange(version=choice.version, **change))
        if SuggestedField.ASSIGNEE in chosen:
            person = int(chosen[SuggestedField.ASSIGNEE])
            now = tickets.assign(ticket_id, Assignment(assignee_id=person, version=now.version))
        return now


def similar(number: int, subject: str = "VPN drops", **more: Any) -> SimilarTicket:
    """Return a ticket that resembles another one."""
    said: dict[str, Any] = {
        "id": number,
        "number": f"HD-{number}",
        "subject": subject,
        "status": Status.RESOLVED,
        "category": "Network",
        "assignee": "Bob Keller",
        "created_at": datetime(2026, 11, 20, tzinfo=UTC),
        "resolved_at": None,
        "likeness": 81,
        "words": ("vpn", "lyon"),
    }
    return SimilarTicket(**(said | more))


def category(id_: int, label: str = "Network", **more: Any) -> Suggested:
    """Return a category that three similar tickets speak for."""
    said: dict[str, Any] = {
        "field": SuggestedField.CATEGORY,
        "value": str(id_),
        "label": label,
        "confidence": 92,
        "origin": Origin.HISTORY,
        "tickets": (similar(31), similar(29, "Gateway rekey fails"), similar(42, "Tunnel is down")),
        "alternatives": (Alternative(value="9", label="Software", confidence=4),),
    }
    return Suggested(**(said | more))


def priority(value: str, **more: Any) -> Suggested:
    """Return a priority that the history speaks for."""
    said: dict[str, Any] = {
        "field": SuggestedField.PRIORITY,
        "value": value,
        "label": value.title(),
        "confidence": 88,
        "origin": Origin.HISTORY,
    }
    return Suggested(**(said | more))


def assignee(id_: int, name: str, **more: Any) -> Suggested:
    """Return somebody who usually solves this."""
    said: dict[str, Any] = {
        "field": SuggestedField.ASSIGNEE,
        "value": str(id_),
        "label": name,
        "confidence": 71,
        "origin": Origin.HISTORY,
    }
    return Suggested(**(said | more))


def suggestion(ticket: TicketView, *fields: Suggested, **more: Any) -> TicketSuggestion:
    """Return a suggestion for the ticket as it is; what it has already is not suggested."""
    left = tuple(each for each in fields if each.value != _now(ticket, each.field))
    return TicketSuggestion(ticket_id=ticket.id, version=ticket.version, fields=left, **more)


def incident(*tickets: SimilarTicket) -> Incident:
    """Return some tickets as one incident of forty minutes."""
    return Incident(count=7, minutes=40, requesters=5, words=("vpn", "lyon"), tickets=tickets)


def _now(ticket: TicketView, field: SuggestedField) -> str:
    if field is SuggestedField.CATEGORY:
        return str(ticket.category.id) if ticket.category else ""
    if field is SuggestedField.PRIORITY:
        return ticket.priority.value
    return str(ticket.assignee.id) if ticket.assignee else ""

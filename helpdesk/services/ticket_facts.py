# SPDX-License-Identifier: GPL-3.0-or-later
"""A ticket as rules see it, within the transaction that changes it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from helpdesk.core.rule_choices import ChangedField
from helpdesk.core.rule_facts import Named, TicketFacts
from helpdesk.core.schemas.rules import Condition, Fact
from helpdesk.models import Ticket
from helpdesk.rules.replay import who_changed
from helpdesk.services.ticket_changes import Happened
from helpdesk.services.work import Work

_ELSEWHERE = frozenset({Fact.REOPENED, Fact.HOURS_IN_STATUS, Fact.ESCALATION_LEVEL})
"""What does not stand in the ticket's own row."""


def facts_of(
    work: Work, ticket: Ticket, happened: Happened | None, conditions: Collection[Condition]
) -> TicketFacts:
    """Return what some conditions ask of a ticket; names are left out, as ids tell enough."""
    facts = TicketFacts(
        now=work.now,
        status=ticket.status,
        priority=ticket.priority,
        requester=Named(ticket.requester_id),
        source=ticket.source,
        subject=ticket.subject,
        description=ticket.description,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        status_since=ticket.created_at,
        category=_named(ticket.category_id),
        team=_named(ticket.team_id),
        assignee=_named(ticket.assignee_id),
        replies=ticket.replies,
        changed=changed_fields(happened) if happened else frozenset(),
        changed_by=who_changed(happened.actor_id, ticket.requester_id) if happened else None,
    )
    if _ELSEWHERE.isdisjoint(condition.fact for condition in conditions):
        return facts
    work.desk.flush()
    extras = work.desk.rule_material.extras(ticket.id)
    return replace(
        facts,
        reopened=extras.reopened,
        status_since=extras.status_since or ticket.created_at,
        escalation_level=extras.escalation_level,
    )


def with_names(work: Work, ticket: Ticket, facts: TicketFacts) -> TicketFacts:
    """Return the same facts with the names that people read."""
    names = work.desk.ticket_names.on(ticket)
    return replace(
        facts,
        requester=Named(ticket.requester_id, names.requester),
        assignee=_named(ticket.assignee_id, names.assignee),
        category=_named(ticket.category_id, names.category),
        team=_named(ticket.team_id, names.team),
    )


def changed_fields(happened: Happened) -> frozenset[str]:
    """Return what was changed, in the codes that conditions name."""
    fields = set(happened.fields)
    if happened.comments:
        fields.add(ChangedField.COMMENT.value)
    return frozenset(fields)


def _named(id_: int | None, name: str | None = "") -> Named | None:
    return None if id_ is None else Named(id_, name or "")

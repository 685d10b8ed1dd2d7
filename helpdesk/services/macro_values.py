# SPDX-License-Identifier: GPL-3.0-or-later
"""What the variables of canned replies stand for, on one ticket and for who writes."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from helpdesk.core.macro_text import day_words, first_name
from helpdesk.database.types import NEVER
from helpdesk.models import Ticket
from helpdesk.services.mail_setup import setup_of
from helpdesk.services.quiet_hours import zone_of
from helpdesk.services.work import Work

_DESK = "Help Desk"


def values_on(work: Work, ticket: Ticket) -> dict[str, str]:
    """Return the value of each variable that has one; days are those of who writes."""
    desk, actor = work.desk, work.actor
    names = desk.tickets.people_of(ticket)
    known = desk.people.recipients([actor.id] if actor.id else [])
    zone = zone_of(known[0].time_zone if known else "UTC")
    today = work.now.astimezone(zone).date()
    mail = setup_of(work.settings, desk.notifications.kept_mail).section
    values = {
        "ticket.number": ticket.number,
        "ticket.subject": ticket.subject,
        "ticket.status": ticket.status.label,
        "ticket.priority": ticket.priority.label,
        "ticket.category": names.category,
        "ticket.team": names.team,
        "ticket.requester.name": names.requester,
        "ticket.requester.first_name": first_name(names.requester),
        "ticket.assignee.name": names.assignee,
        "ticket.created": _day_of(ticket.created_at, zone),
        "ticket.due": _day_of(ticket.resolution_due, zone),
        "me.name": actor.full_name,
        "me.first_name": first_name(actor.full_name),
        "desk.name": mail.sender_name or _DESK,
        "today": day_words(today),
        "tomorrow": day_words(today + timedelta(days=1)),
        "in_a_week": day_words(today + timedelta(days=7)),
    }
    return {name: value for name, value in values.items() if value}


def _day_of(moment: datetime, zone: ZoneInfo) -> str:
    return "" if moment == NEVER else day_words(moment.astimezone(zone).date())

# SPDX-License-Identifier: GPL-3.0-or-later
"""What each happening is called where people choose how they are told of it, and its picture."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from helpdesk.core.schemas.notifications import Happening, NotificationView
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.times import relative_time

MOST_COUNTED: Final = 99


class HappeningWords(NamedTuple):
    """A happening in plain English, and how a row of it looks."""

    name: str
    help: str
    icon: str
    tone: Tone


WORDS: Final[dict[Happening, HappeningWords]] = {
    Happening.RECEIVED: HappeningWords(
        "Your ticket has arrived", "As soon as the desk has it.", "check", "success"
    ),
    Happening.ANSWERED: HappeningWords(
        "Somebody answers you", "A reply to a ticket of yours.", "reply", "accent"
    ),
    Happening.UPDATED: HappeningWords(
        "Your ticket moves on",
        "Its status, priority, category or the person who works on it changes.",
        "edit",
        "neutral",
    ),
    Happening.SOLVED: HappeningWords(
        "Your ticket is solved", "It was resolved or closed.", "check", "success"
    ),
    Happening.FOLLOWED: HappeningWords(
        "You follow a ticket", "Somebody replies on it, or it moves on.", "eye", "neutral"
    ),
    Happening.MENTIONED: HappeningWords(
        "A colleague mentions you", "By your name behind an @, on any ticket.", "note", "accent"
    ),
    Happening.ASSIGNED: HappeningWords(
        "A ticket is given to you", "By a person or by a rule.", "assign", "accent"
    ),
    Happening.CUSTOMER_REPLIED: HappeningWords(
        "The requester replies", "On a ticket that you work on.", "reply", "accent"
    ),
    Happening.NOTED: HappeningWords(
        "A colleague writes a note", "On a ticket that you work on.", "note", "warning"
    ),
    Happening.CHANGED: HappeningWords(
        "A ticket of yours is changed",
        "By somebody else, while you work on it.",
        "edit",
        "neutral",
    ),
    Happening.REOPENED: HappeningWords(
        "A ticket comes back", "It was solved by you and is open again.", "undo", "high"
    ),
    Happening.NEW_TICKET: HappeningWords(
        "A new ticket comes in",
        "Every one of them; on a busy desk these are many.",
        "tickets",
        "neutral",
    ),
    Happening.TEAM_ASSIGNED: HappeningWords(
        "A ticket is given to your team", "And to nobody in it yet.", "team", "accent"
    ),
    Happening.URGENT: HappeningWords(
        "A ticket becomes urgent", "Any ticket of the desk.", "alert", "urgent"
    ),
    Happening.DUE_SOON: HappeningWords(
        "A ticket is due soon", "Its time for an answer or a solution runs out.", "clock", "high"
    ),
    Happening.OVERDUE: HappeningWords(
        "A ticket is overdue", "Its time has run out.", "clock", "urgent"
    ),
    Happening.ESCALATED: HappeningWords(
        "A rule tells you of a ticket",
        "As it was set up, such as an escalation.",
        "escalate",
        "high",
    ),
    Happening.WOKEN: HappeningWords(
        "A snoozed ticket is back",
        "That you have snoozed, or work on: its time has come, or something happened.",
        "moon",
        "accent",
    ),
    Happening.RATED: HappeningWords(
        "A solution is rated",
        "Of a ticket that you have; low ratings of all tickets for managers.",
        "star",
        "accent",
    ),
}
"""In the order in which people read them."""


class Group(NamedTuple):
    """Happenings that belong together."""

    title: str
    happenings: tuple[Happening, ...]


GROUPS: Final = (
    Group(
        "Tickets that you submit or follow",
        (
            Happening.RECEIVED,
            Happening.ANSWERED,
            Happening.UPDATED,
            Happening.SOLVED,
            Happening.FOLLOWED,
        ),
    ),
    Group(
        "Tickets that you work on",
        (
            Happening.ASSIGNED,
            Happening.MENTIONED,
            Happening.CUSTOMER_REPLIED,
            Happening.NOTED,
            Happening.CHANGED,
            Happening.REOPENED,
            Happening.WOKEN,
            Happening.RATED,
        ),
    ),
    Group(
        "Your team and the desk",
        (
            Happening.NEW_TICKET,
            Happening.TEAM_ASSIGNED,
            Happening.URGENT,
            Happening.DUE_SOON,
            Happening.OVERDUE,
            Happening.ESCALATED,
        ),
    ),
)


def picture_of(notification: NotificationView) -> tuple[str, Tone]:
    """Return the icon of a notification and the tone it stands in."""
    words = WORDS[notification.happening]
    return words.icon, "urgent" if notification.urgent else words.tone


def counted(count: int) -> str:
    """Return a number as a badge has room for it."""
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)


def unread_words(unread: int, urgent: int) -> str:
    """Say how much is unread: '3 unread, 1 of them urgent'."""
    if not unread:
        return "nothing unread"
    return f"{unread:,} unread" + (f", {urgent:,} of them urgent" if urgent else "")


def spoken(notification: NotificationView, now: datetime) -> str:
    """Return all that a row shows, for those who cannot see it."""
    state = "" if notification.read else "Unread. "
    state += "Urgent. " if notification.urgent else ""
    parts = (notification.title, notification.text, notification.why)
    said = " ".join(f"{part.rstrip('.')}." for part in parts if part)
    return f"{state}{said} {relative_time(notification.at, now)}"

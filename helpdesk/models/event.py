# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened to a ticket: its history, and the feed that windows refresh by."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class EventKind(StrEnum):
    """What kind of thing happened."""

    CREATED = "created"
    CHANGED = "changed"
    COMMENTED = "commented"
    NOTED = "noted"
    REOPENED = "reopened"
    IMPORTED = "imported"
    LINKED = "linked"
    UNLINKED = "unlinked"
    RATED = "rated"
    """Who asked has rated the solution; what they wrote with it stands with the rating alone."""
    RULED = "ruled"
    """A rule fired: its name is the field, what set it off the old value, what it did the new."""
    ATTACHED = "attached"
    """A file was put on the ticket itself; ``new`` is its name."""
    MERGED = "merged"
    """The ticket was merged: ``field`` is 'into' or 'from', ``new`` the number of the other."""
    UNMERGED = "unmerged"
    SPLIT = "split"
    """A part became a ticket of its own, or this is that one; as with a merge."""
    SNOOZED = "snoozed"
    WOKEN = "woken"
    RECURRED = "recurred"
    """A recurring ticket opened it: ``field`` is its name, ``new`` what else is to be said."""
    UNDONE = "undone"
    """Something was undone; ``new`` says in words what."""
    RESTORED = "restored"
    """The ticket came back from the trash."""
    TIMED = "timed"
    """Time was entered; ``new`` says how much."""
    FOLLOWED = "followed"
    """Somebody of the staff follows the ticket, or no longer."""
    TASKED = "tasked"
    """Something of the checklist was added, done or taken away."""
    FILLED = "filled"
    """A field of the desk's own was changed that the staff alone see; as with a change."""


STAFF_ONLY = (
    EventKind.NOTED,
    EventKind.LINKED,
    EventKind.UNLINKED,
    EventKind.RULED,
    EventKind.SPLIT,
    EventKind.SNOOZED,
    EventKind.WOKEN,
    EventKind.RECURRED,
    EventKind.UNDONE,
    EventKind.TIMED,
    EventKind.TASKED,
    EventKind.FOLLOWED,
    EventKind.FILLED,
)
"""Kinds that requesters neither see nor can count."""


class Event(Base):
    """One entry. ``field``, ``old`` and ``new`` tell a change in words that stay true
    when the person or category named is renamed later. ``actor_id`` is ``NULL`` for the program.
    """

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_ticket_id", "ticket_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    kind: Mapped[str]
    field: Mapped[str | None]
    old: Mapped[str | None]
    new: Mapped[str | None]

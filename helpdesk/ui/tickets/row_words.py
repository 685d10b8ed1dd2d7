# SPDX-License-Identifier: GPL-3.0-or-later
"""What rows, cells and cards of a ticket all say: its time, its signs, its tags."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from helpdesk.core.schemas.presence import Present
from helpdesk.core.schemas.tickets import Status, TicketRow
from helpdesk.ui.tickets.clock.words import row_words
from helpdesk.ui.tickets.presence import words_of
from helpdesk.ui.tickets.snoozing.words import row_snooze
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.times import time_left

_SHORT_STATUS = {Status.AWAITING_CUSTOMER: "Awaiting Customer"}


class Presence(NamedTuple):
    """Who else is at a ticket just now: the icon to show, and the words behind it."""

    icon: str
    words: str


def presence_of(there: Sequence[Present]) -> Presence:
    """Return how it is shown that others are at a ticket: who writes is what matters."""
    return Presence("edit" if any(each.typing for each in there) else "eye", words_of(there))


def time_chip(row: TicketRow, now: datetime, person_id: int) -> tuple[str, Tone] | None:
    """Say what is due next, by the ticket's clocks where a service level measures it."""
    clock = row.clock
    if not row.status.is_open:
        return None
    if clock is not None:
        own = row.requester.id == person_id
        return row_words(clock, now, own=own) if clock.kind is not None else None
    return time_left(row.resolution_due, now) if row.resolution_due is not None else None


def signs_of(row: TicketRow, presence: Presence | None) -> list[tuple[str, str]]:
    """Return the icons beside the time and their tones.

    Its clock stands still, it was escalated, it is out of sight, it has files, somebody is at it.
    """
    signs = []
    if row.clock is not None and row.clock.is_paused:
        signs.append(("pause", "ink_warning"))
    if row.clock is not None and row.clock.escalation_level > 0:
        signs.append(("escalate", "ink_urgent"))
    if row.snoozed:
        signs.append(("moon", "muted"))
    if row.attachments:
        signs.append(("attach", "muted"))
    if presence is not None:
        signs.append((presence.icon, "ink_accent"))
    return signs


def short_status(status: Status) -> str:
    """Name a status in little room."""
    return _SHORT_STATUS.get(status, status.label)


def tag_words(row: TicketRow) -> str:
    """Say the tags of a ticket: "#vpn #lyon"."""
    return " ".join(f"#{tag}" for tag in row.tags)


def sentence(row: TicketRow, now: datetime, person_id: int) -> str:
    """Say a ticket as a screen reader reads it."""
    parts = [f"{row.number} {row.subject}", row.priority.label, row.status.label]
    clock = row.clock
    if clock is not None and clock.kind is not None and row.status.is_open:
        parts.append(row_words(clock, now, own=row.requester.id == person_id)[0])
    if row.tags:
        parts.append(f"tags {' '.join(row.tags)}")
    if (snoozed := row_snooze(row, now)) is not None:
        parts.append(snoozed)
    return ", ".join(parts)

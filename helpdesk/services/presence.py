# SPDX-License-Identifier: GPL-3.0-or-later
"""Who of the staff has which ticket in front of them, and who writes on it; nothing is locked."""

from __future__ import annotations

from datetime import datetime, timedelta

from helpdesk.core.errors import Invalid
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.presence import PRESENT_SECONDS, TYPING_SECONDS, PresenceSign, Present
from helpdesk.core.schemas.users import PersonRef
from helpdesk.models import Presence as Sign
from helpdesk.repositories.desk_changes import PRESENCE
from helpdesk.repositories.presence import PresentRow
from helpdesk.services.work import Work

_PRESENT, _TYPING = timedelta(seconds=PRESENT_SECONDS), timedelta(seconds=TYPING_SECONDS)
_SOON = timedelta(seconds=5)
"""A sign that says nothing new so soon after the last one is not written."""
_MOST = 8
"""Tickets that one person can be at; further ones take the place of the oldest."""


class Presence:
    """Who is where."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "PUT", "/tickets/{ticket_id}/presence", permission=Permission.WORK_TICKET, passive=True
    )
    def show(self, ticket_id: int, sign: PresenceSign) -> None:
        """Give a sign that one has a ticket in front of oneself, and whether one writes."""
        desk, now = self._work.desk, self._work.now
        ticket_id = desk.tickets.get(ticket_id).id
        known = desk.presence.find(ticket_id, self._own_id())
        if known is None:
            self._arrive(ticket_id, sign)
            return
        is_back = known.seen_at < now - _PRESENT
        is_news = is_back or _types(known.typing_at, now) != sign.typing
        if not is_news and known.seen_at > now - _SOON:
            return
        known.seen_at, known.typing_at = now, now if sign.typing else None
        if is_news:
            desk.changed(PRESENCE, ticket_id)

    @operation(
        "DELETE", "/tickets/{ticket_id}/presence", permission=Permission.WORK_TICKET, passive=True
    )
    def leave(self, ticket_id: int) -> None:
        """Say that one has a ticket in front of oneself no longer."""
        desk = self._work.desk
        ticket_id = desk.tickets.get(ticket_id).id
        known = desk.presence.find(ticket_id, self._own_id())
        if known is not None:
            desk.presence.remove(known)
            desk.changed(PRESENCE, ticket_id)

    @operation("GET", "/presence", permission=Permission.WORK_TICKET, passive=True)
    def others(self) -> tuple[Present, ...]:
        """List who else of the staff has which ticket in front of them."""
        now = self._work.now
        rows = self._work.desk.presence.others(self._work.actor.id or 0, now - _PRESENT)
        return tuple(_present(row, now) for row in rows)

    def _arrive(self, ticket_id: int, sign: PresenceSign) -> None:
        desk, now = self._work.desk, self._work.now
        desk.presence.forget_before(now - _PRESENT)
        desk.presence.keep_newest(self._own_id(), _MOST - 1)
        desk.presence.add(
            Sign(
                ticket_id=ticket_id,
                person_id=self._own_id(),
                seen_at=now,
                typing_at=now if sign.typing else None,
            )
        )
        desk.changed(PRESENCE, ticket_id)

    def _own_id(self) -> int:
        if self._work.actor.id is None:
            raise Invalid("Only a person can be at a ticket.")
        return self._work.actor.id


def _types(typing_at: datetime | None, now: datetime) -> bool:
    return typing_at is not None and typing_at >= now - _TYPING


def _present(row: PresentRow, now: datetime) -> Present:
    types = _types(row.typing_at, now)
    ends = row.typing_at + _TYPING if types and row.typing_at else row.seen_at + _PRESENT
    return Present(
        ticket_id=row.ticket_id,
        person=PersonRef(id=row.person_id, full_name=row.full_name),
        typing=types,
        expires_in=max(1, round((ends - now).total_seconds())),
    )

# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody's notifications as a desk keeps them, for tests of the screens that show them."""

from __future__ import annotations

from datetime import datetime, timedelta

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.notifications import (
    Delivery,
    Happening,
    NotificationPage,
    NotificationQuery,
    NotificationView,
    Preference,
    Preferences,
    PreferencesChange,
    Seen,
)

USUAL = Preferences(
    choices=tuple(
        Preference(happening=each, app=True, desktop=False, mail=Delivery.OFF)
        for each in (Happening.ANSWERED, Happening.ASSIGNED, Happening.OVERDUE)
    ),
    quiet=False,
    quiet_from=22 * 60,
    quiet_until=7 * 60,
    urgent_breaks_quiet=True,
    digest_at=8 * 60,
    sound=True,
    time_zone="UTC",
    email="bob@corp.example",
    mail_works=True,
)


class TwinNotifications:
    """Answers as the desk does; a test adds what it tells of."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.items: list[NotificationView] = []
        self.kept = USUAL
        self.changes: list[PreferencesChange] = []
        self.queries: list[NotificationQuery] = []
        self.fault: DeskError | None = None

    def add(
        self,
        title: str,
        *,
        happening: Happening = Happening.ASSIGNED,
        urgent: bool = False,
        read: bool = False,
        shown: bool = True,
        ticket_id: int | None = 1,
        why: str = "",
    ) -> NotificationView:
        """Tell of something more; each comes a minute after the last."""
        number = len(self.items) + 1
        made = NotificationView(
            id=number,
            happening=happening,
            at=self._now - timedelta(hours=2) + timedelta(minutes=number),
            title=title,
            text="",
            why=why,
            ticket_id=ticket_id,
            number="HD-1" if ticket_id else "",
            actor=None,
            urgent=urgent,
            read=read,
            shown=shown,
        )
        self.items.insert(0, made)
        return made

    def search(self, query: NotificationQuery) -> NotificationPage:
        self._fail()
        self.queries.append(query)
        found = [
            item
            for item in self.items
            if item.id > query.after_id
            and (query.before_id is None or item.id < query.before_id)
            and not (query.unread_only and item.read)
        ]
        unread = [item for item in self.items if not item.read]
        return NotificationPage(
            items=tuple(found[: query.limit]),
            unread=len(unread),
            urgent_unread=sum(item.urgent for item in unread),
            has_more=len(found) > query.limit,
        )

    def mark(self, seen: Seen) -> NotificationPage:
        self._fail()
        self.items = [
            item.model_copy(update={"read": not seen.unread})
            if item.id in seen.ids or (seen.until_id is not None and item.id <= seen.until_id)
            else item
            for item in self.items
        ]
        return self.search(NotificationQuery())

    def preferences(self) -> Preferences:
        self._fail()
        return self.kept

    def change_preferences(self, change: PreferencesChange) -> Preferences:
        self._fail()
        self.changes.append(change)
        values = change.model_dump(exclude_unset=True, exclude={"choices"})
        chosen = {each.happening: each for each in change.choices}
        choices = tuple(chosen.get(each.happening, each) for each in self.kept.choices)
        self.kept = self.kept.model_copy(update={**values, "choices": choices})
        return self.kept

    def _fail(self) -> None:
        if self.fault is not None:
            raise self.fault

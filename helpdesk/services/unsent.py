# SPDX-License-Identifier: GPL-3.0-or-later
"""What people are told of by one transaction, until it is written with its end.

Only then is it known what is the weightiest: what something weightier takes the place of is never
written, and all that is goes by one statement for each table.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from helpdesk.repositories.notifications import NotificationRepository
from helpdesk.repositories.outbox import OutboxRepository

Row = Mapping[str, Any]
_MANY = 0


class Message(NamedTuple):
    """What one person or chat channel is told: in the window, by mail, or both."""

    notification: Row | None
    outgoing: Row | None


class Told(NamedTuple):
    """What somebody was told of a ticket within one transaction, and how weighty that was."""

    weight: tuple[bool, int]
    place: int
    """Where the message waits."""
    why: str
    """What told of it, where that was a rule."""


class _Mark(NamedTuple):
    """What waited at some moment."""

    messages: Mapping[int, Message]
    told: Mapping[tuple[int, int], Told]
    digests: Mapping[int, datetime]
    without_setting: frozenset[int]


class Unsent:
    """The messages of one transaction."""

    def __init__(self) -> None:
        """Begin with none."""
        self._messages: dict[int, Message] = {}
        self._came = 0
        self.together = ""
        """What is done to many tickets at once, if that is so: the staff are told of it once."""
        self._tickets: dict[int, set[int]] = {}
        self._told: dict[tuple[int, int], Told] = {}
        """Who was told of which ticket: by ticket and person."""
        self._digests: dict[int, datetime] = {}
        """When digests are due that did not wait before, by person."""
        self._without_setting: set[int] = set()

    def told(self, ticket_id: int, person_id: int) -> Told | None:
        """Return what somebody was told of a ticket."""
        return self._told.get((ticket_id, person_id))

    def about(self, ticket_id: int, person_id: int, *, is_staff: bool) -> int:
        """Return what somebody is told of once: a ticket, or 0 for many at once."""
        if not self.together or not is_staff:
            return ticket_id
        self._tickets.setdefault(person_id, set()).add(ticket_id)
        return _MANY

    def add(self, message: Message) -> int:
        """Let a message wait, and return its place."""
        self._messages[self._came] = message
        self._came += 1
        return self._came - 1

    def tell(
        self, ticket_id: int, person_id: int, message: Message, weight: tuple[bool, int], why: str
    ) -> None:
        """Let a message wait in the place of what somebody was told of a ticket before."""
        before = self._told.get((ticket_id, person_id))
        if before is not None:
            del self._messages[before.place]
        self._told[ticket_id, person_id] = Told(weight, self.add(message), why)

    def plan_digest(self, person_id: int, at: datetime, *, has_setting: bool) -> None:
        """Let somebody's digest be due at a time."""
        self._digests[person_id] = at
        if not has_setting:
            self._without_setting.add(person_id)

    def mark(self) -> _Mark:
        """Return what waits now, for ``drop_from``."""
        without = frozenset(self._without_setting)
        return _Mark(dict(self._messages), dict(self._told), dict(self._digests), without)

    def drop_from(self, mark: _Mark) -> None:
        """Let wait what did then: who was told since is to be told of what comes after."""
        self._messages, self._told = dict(mark.messages), dict(mark.told)
        self._digests, self._without_setting = dict(mark.digests), set(mark.without_setting)

    def write(self, notifications: NotificationRepository, outbox: OutboxRepository) -> list[int]:
        """Write all of it, and return the people who have notifications."""
        for (ticket_id, person_id), told in self._told.items():
            if ticket_id == _MANY:
                self._messages[told.place] = self._of_many(self._messages[told.place], person_id)
        messages = self._messages.values()
        rows = [each.notification for each in messages if each.notification is not None]
        notifications.add(rows)
        outbox.add([each.outgoing for each in messages if each.outgoing is not None])
        notifications.plan_digests(self._digests, self._without_setting)
        self._messages, self._told, self._tickets = {}, {}, {}
        self._digests, self._without_setting = {}, set()
        return list(dict.fromkeys(int(row["person_id"]) for row in rows))

    def _of_many(self, message: Message, person_id: int) -> Message:
        """Let a message that stands for several tickets say so."""
        count, row = len(self._tickets.get(person_id, ())), message.notification
        if row is None or count == 1:
            return message
        text = f"{row['title']}, and {count - 1} more"
        return message._replace(
            notification={**row, "title": f"{count} tickets: {self.together}", "text": text}
        )

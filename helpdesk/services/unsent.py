# SPDX-License-Identifier: GPL-3.0-or-later
"""What people are told of by one transaction, until it is written with its end.

Only then is it known what is the weightiest: what something weightier takes the place of is never
written, and all that is goes by one statement for each table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from helpdesk.repositories.notifications import NotificationRepository
from helpdesk.repositories.outbox import OutboxRepository

Row = Mapping[str, Any]


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


class Unsent:
    """The messages of one transaction."""

    def __init__(self) -> None:
        """Begin with none."""
        self._messages: dict[int, Message] = {}
        self._came = 0
        self._told: dict[tuple[int, int], Told] = {}
        """Who was told of which ticket: by ticket and person."""

    def told(self, ticket_id: int, person_id: int) -> Told | None:
        """Return what somebody was told of a ticket."""
        return self._told.get((ticket_id, person_id))

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

    def copy(self) -> Unsent:
        """Return the same messages apart, to be put back where an attempt fails."""
        copy = Unsent()
        copy._messages, copy._told = dict(self._messages), dict(self._told)
        copy._came = self._came
        return copy

    def write(self, notifications: NotificationRepository, outbox: OutboxRepository) -> list[int]:
        """Write all of it, and return the people who have notifications."""
        messages = self._messages.values()
        rows = [each.notification for each in messages if each.notification is not None]
        notifications.add(rows)
        outbox.add([each.outgoing for each in messages if each.outgoing is not None])
        self._messages, self._told = {}, {}
        return list(dict.fromkeys(int(row["person_id"]) for row in rows))

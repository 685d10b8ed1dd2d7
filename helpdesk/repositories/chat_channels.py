# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the channels of chats that rules post to; their addresses are not here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.text import folded
from helpdesk.database.types import is_id
from helpdesk.models import ChatChannel

_NONE = "There is no such chat channel; load the list again."
_TAKEN = "There is a chat channel of this name already; choose another name."


class ChatChannelRepository:
    """The chat channels of the desk."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def all(self) -> Sequence[ChatChannel]:
        """Return the channels by name."""
        statement = (
            select(ChatChannel)
            .where(ChatChannel.removed.is_(False))
            .order_by(func.lower(ChatChannel.name), ChatChannel.id)
        )
        return self._session.execute(statement).scalars().all()

    def get(self, channel_id: int) -> ChatChannel:
        """Return a channel to change. Raises ``NotFound`` also for one that was removed."""
        found = self._session.get(ChatChannel, channel_id) if is_id(channel_id) else None
        if found is None or found.removed:
            raise NotFound(_NONE)
        return found

    def require_free(self, name: str, channel_id: int | None) -> None:
        """Raise ``Invalid`` where another channel has this name in any case."""
        for other in self.all():
            if other.id != channel_id and folded(other.name) == folded(name):
                raise Invalid(_TAKEN, field="name")

    def add(self, channel: ChatChannel) -> ChatChannel:
        """Store a new channel."""
        self._session.add(channel)
        self._session.flush()
        return channel

    def note(self, channel_id: int, problem: str, posted_at: datetime | None) -> None:
        """Keep how the last post to a channel went; this is no change of its settings."""
        values: dict[str, object] = {"problem": problem}
        if posted_at is not None:
            values["last_posted_at"] = posted_at
        statement = update(ChatChannel).where(ChatChannel.id == channel_id).values(**values)
        self._session.execute(statement)

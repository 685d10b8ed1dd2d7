# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what leaves the desk, and reads what waits to be part of a digest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, and_, delete, exists, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from helpdesk.core.errors import NotFound
from helpdesk.core.schemas.notifications import DeliveryState, Happening
from helpdesk.core.schemas.users import Role
from helpdesk.database.types import is_id
from helpdesk.models import (
    ChatChannel,
    NotificationSetting,
    OutboxAttachment,
    OutboxFile,
    OutboxMessage,
    Ticket,
    User,
    Watcher,
)

KEPT, PARKED_KEPT = timedelta(days=30), timedelta(days=366)
_NO_CHANNEL = "There is no such chat channel; choose another."
_SWITCHED_OFF = "The chat channel {name} is switched off."

_row = OutboxMessage.__table__.c
_user, _ticket = User.__table__.c, Ticket.__table__.c
_setting = NotificationSetting.__table__.c


class Part(NamedTuple):
    """A message that waits for a digest."""

    id: int
    person_id: int
    ticket_id: int | None
    happening: Happening | None
    for_staff: bool
    created_at: datetime
    body: str
    is_on_it: bool
    """Whether the person has asked for the ticket, or follows it."""


class Reader(NamedTuple):
    """Whom a digest is for."""

    id: int
    full_name: str
    role: Role
    active: bool
    time_zone: str


class OutboxRepository:
    """The messages on their way out."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store messages in one statement; they wait until they are sent."""
        if rows:
            fresh = {
                "state": DeliveryState.WAITING, "chat_channel_id": None, "digest": False,
                "for_staff": False, "address": None, "leased_until": None, "sent_at": None,
                "attempts": 0, "problem": "",
            }  # fmt: skip
            self._session.execute(insert(OutboxMessage), [{**fresh, **row} for row in rows])

    def attach(self, keys: Collection[str], name: str, media_type: str, data: bytes) -> None:
        """Let some messages carry a file, which is kept once for all of them."""
        file = OutboxFile(name=name, media_type=media_type, data=data)
        self._session.add(file)
        self._session.flush()
        messages = select(_row.id, literal(file.id)).where(_row.key.in_(keys))
        columns = ["message_id", "file_id"]
        self._session.execute(insert(OutboxAttachment).from_select(columns, messages))

    def channel_name(self, channel_id: int) -> str:
        """Return the name of a chat channel that can be posted to. Raises ``NotFound``."""
        channel = self._session.get(ChatChannel, channel_id) if is_id(channel_id) else None
        if channel is None or channel.removed:
            raise NotFound(_NO_CHANNEL)
        if not channel.active:
            raise NotFound(_SWITCHED_OFF.format(name=channel.name))
        return channel.name

    def readers(self, person_ids: Collection[int]) -> list[Reader]:
        """Return whom some digests are for."""
        statement = (
            select(_user.id, _user.full_name, _user.role, _user.active, _setting.time_zone)
            .join(NotificationSetting.__table__, _setting.person_id == _user.id)
            .where(_user.id.in_(person_ids))
            .order_by(_user.id)
        )
        return [Reader(*row) for row in self._session.execute(statement)]

    def parts(self, person_ids: Collection[int]) -> list[Part]:
        """Return what waits for the digests of some people, oldest first."""
        follows = exists().where(
            Watcher.ticket_id == _row.ticket_id, Watcher.person_id == _row.person_id
        )
        statement = (
            select(
                _row.id,
                _row.person_id,
                _row.ticket_id,
                _row.happening,
                _row.for_staff,
                _row.created_at,
                _row.body,
                or_(_ticket.requester_id == _row.person_id, follows),
            )
            .outerjoin_from(OutboxMessage.__table__, Ticket.__table__, _ticket.id == _row.ticket_id)
            .where(
                _row.person_id.in_(person_ids),
                _row.state == DeliveryState.WAITING,
                _row.digest.is_(True),
            )
            .order_by(_row.id)
        )
        return [Part(*row) for row in self._session.execute(statement)]

    def settle(self, ids: Sequence[int], state: DeliveryState, at: datetime, problem: str) -> None:
        """Keep what became of parts of a digest."""
        values = {
            "state": state,
            "sent_at": at if state is DeliveryState.SENT else None,
            "problem": problem,
        }
        if ids:
            self._session.execute(update(OutboxMessage), [{"id": id_, **values} for id_ in ids])

    def postpone(self, person_id: int, until: datetime) -> None:
        """Let what waits for somebody's digest wait until another moment."""
        statement = update(OutboxMessage).where(
            _row.person_id == person_id,
            _row.state == DeliveryState.WAITING,
            _row.digest.is_(True),
        )
        self._session.execute(statement.values(next_try_at=until))

    def forgettable(self, now: datetime, limit: int) -> list[int]:
        """Return messages that arrived or were given up a month ago, and what never did after a
        year.
        """
        done = _row.state.in_((DeliveryState.SENT, DeliveryState.DROPPED))
        parked = _row.state == DeliveryState.PARKED
        old = or_(
            and_(done, _row.created_at < now - KEPT),
            and_(parked, _row.created_at < now - PARKED_KEPT),
        )
        return list(self._session.execute(select(_row.id).where(old).limit(limit)).scalars())

    def forget(self, ids: Sequence[int]) -> int:
        """Forget some messages and their files; return how many there still were."""
        detach(self._session, ids)
        gone = self._session.execute(delete(OutboxMessage).where(_row.id.in_(ids)))
        return cast("CursorResult[Any]", gone).rowcount


def detach(session: Session, ids: Collection[int]) -> None:
    """Take their files from some messages, and forget those that no other message carries.

    Of two that do so at once with the last two messages of a file, neither may see that the other
    does; so whoever comes after them forgets that file, too.
    """
    carried = exists().where(OutboxAttachment.file_id == OutboxFile.id)
    session.execute(delete(OutboxAttachment).where(OutboxAttachment.message_id.in_(ids)))
    session.execute(delete(OutboxFile).where(~carried))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes messages out of the outbox by lease, and keeps what became of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, CursorResult, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from helpdesk.core.schemas.notifications import (
    ChatKind,
    DeliveryPage,
    DeliveryQuery,
    DeliveryState,
    DeliveryView,
    Happening,
    OutboxChannel,
)
from helpdesk.core.schemas.users import Role
from helpdesk.models import (
    ChatChannel,
    OutboxAttachment,
    OutboxFile,
    OutboxMessage,
    Ticket,
    User,
    Watcher,
)
from helpdesk.repositories.outbox import detach

LEASE = timedelta(minutes=3)
"""So long a message is left to who is sending it; then it is anybody's again."""
FARTHEST = timedelta(days=2)
"""No try is planned further ahead than this: what is was planned by another clock."""
COUNTED = timedelta(days=30)
LONGEST_PROBLEM = 500
_COUNTED_STATES = (DeliveryState.WAITING, DeliveryState.SENT, DeliveryState.PARKED)

_row = OutboxMessage.__table__.c
_user, _chat, _ticket = User.__table__.c, ChatChannel.__table__.c, Ticket.__table__.c
_address = func.coalesce(_row.address, _user.email).label("email")


class Claimed(NamedTuple):
    """A message that is ours for the length of its lease, and whom it is for, as of now."""

    id: int
    key: str
    channel: OutboxChannel
    happening: Happening | None
    ticket_id: int | None
    for_staff: bool
    subject: str
    body: str
    attempts: int
    """This try among them."""
    doubts: int
    person_id: int | None
    email: str | None
    active: bool | None
    role: Role | None
    requester_id: int | None
    chat_id: int | None
    chat_name: str | None
    kind: ChatKind | None
    host: str | None
    chat_active: bool | None
    chat_removed: bool | None
    has_files: bool = False
    follows: bool = False
    """Whether the person follows the ticket."""


class File(NamedTuple):
    """A file that a message carries."""

    name: str
    media_type: str
    data: bytes


_CLAIMED = (
    select(
        _row.id, _row.key, _row.channel, _row.happening, _row.ticket_id, _row.for_staff,
        _row.subject, _row.body, _row.attempts, _row.doubts, _row.person_id, _address,
        _user.active, _user.role, _ticket.requester_id, _chat.id, _chat.name, _chat.kind,
        _chat.host, _chat.active, _chat.removed,
        exists().where(OutboxAttachment.message_id == _row.id).label("has_files"),
        exists()
        .where(Watcher.ticket_id == _row.ticket_id, Watcher.person_id == _row.person_id)
        .label("follows"),
    )
    .outerjoin_from(OutboxMessage.__table__, User.__table__, _user.id == _row.person_id)
    .outerjoin(ChatChannel.__table__, _chat.id == _row.chat_channel_id)
    .outerjoin(Ticket.__table__, _ticket.id == _row.ticket_id)
)  # fmt: skip
_SHOWN = (
    select(
        _row.id, _row.channel, _row.state, _row.happening, _row.subject, _row.ticket_id,
        _row.created_at, _row.next_try_at, _row.sent_at, _row.attempts, _row.problem,
        _user.full_name, _address, _chat.name,
    )
    .outerjoin_from(OutboxMessage.__table__, User.__table__, _user.id == _row.person_id)
    .outerjoin(ChatChannel.__table__, _chat.id == _row.chat_channel_id)
)  # fmt: skip


class DeliveryRepository:
    """What is on its way; what is claimed here is safe from others once it is committed."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    # --- sending ------------------------------------------------------------------------------

    def is_waiting(self, channels: Collection[OutboxChannel], now: datetime) -> bool:
        """Return whether something is due on one of some channels."""
        statement = select(_row.id).where(_is_due(channels, now)).limit(1)
        return self._session.execute(statement).first() is not None

    def claim(
        self, channels: Collection[OutboxChannel], now: datetime, limit: int
    ) -> list[Claimed]:
        """Take what has waited longest on some channels, in the order in which it was written.

        Rows that somebody else is claiming at this moment are passed over.
        """
        due = (
            select(_row.id)
            .where(_is_due(channels, now))
            .order_by(_row.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        ids = self._session.execute(due).scalars().all()
        if not ids:
            return []
        lease = {"leased_until": now + LEASE, "attempts": _row.attempts + 1}
        self._session.execute(update(OutboxMessage).where(_row.id.in_(ids)).values(**lease))
        rows = self._session.execute(_CLAIMED.where(_row.id.in_(ids)).order_by(_row.id))
        return [Claimed._make(row) for row in rows]

    def files(self, claimed: Claimed) -> list[File]:
        """Return what a message carries."""
        columns = (OutboxFile.name, OutboxFile.media_type, OutboxFile.data)
        statement = select(*columns).join(
            OutboxAttachment, OutboxAttachment.file_id == OutboxFile.id
        )
        ours = statement.where(OutboxAttachment.message_id == claimed.id)
        return [File._make(row) for row in self._session.execute(ours)]

    def doubt(self, claimed: Claimed) -> bool:
        """Note that a message may arrive from now on; ``False`` when it is ours no longer."""
        return self._update(claimed, doubts=claimed.doubts + 1)

    def sent(self, claimed: Claimed, at: datetime) -> bool:
        """Note that a message has arrived; its files are of no use any more."""
        arrived = self._end(claimed, state=DeliveryState.SENT, sent_at=at, problem="")
        if arrived and claimed.has_files:
            detach(self._session, [claimed.id])
        return arrived

    def wait(self, claimed: Claimed, until: datetime, problem: str) -> bool:
        """Let a message that was certainly not taken wait for its next try."""
        return self._end(
            claimed, next_try_at=until, problem=problem[:LONGEST_PROBLEM], doubts=claimed.doubts
        )

    def wait_in_doubt(self, claimed: Claimed, until: datetime, problem: str) -> bool:
        """Let a message that may have arrived wait for its last try."""
        return self._end(
            claimed, next_try_at=until, problem=problem[:LONGEST_PROBLEM], doubts=claimed.doubts + 1
        )

    def give_up(self, claimed: Claimed, state: DeliveryState, problem: str) -> bool:
        """Park a message, or drop it."""
        return self._end(claimed, state=state, problem=problem[:LONGEST_PROBLEM])

    def release(self, claimed: Claimed, problem: str) -> bool:
        """Put a message back that was not tried."""
        return self._end(claimed, attempts=claimed.attempts - 1, problem=problem[:LONGEST_PROBLEM])

    def hold_chat(self, channel_id: int, until: datetime) -> None:
        """Let everything for a chat channel wait that would go there before a moment."""
        statement = update(OutboxMessage).where(
            _row.chat_channel_id == channel_id,
            _row.state == DeliveryState.WAITING,
            _row.next_try_at < until,
        )
        self._session.execute(statement.values(next_try_at=until))

    # --- what admins do -----------------------------------------------------------------------

    def page(self, query: DeliveryQuery, now: datetime) -> DeliveryPage:
        """Return some messages, newest first, and the counts of the last 30 days."""
        statement = _SHOWN.order_by(_row.id.desc()).limit(query.limit + 1)
        if len(query.states) == 1:
            # An index has them in this order; of several states the database would sort them all.
            statement = statement.where(_row.state == query.states[0])
        elif query.states:
            statement = statement.where(_row.state.in_(query.states))
        if query.ticket_id is not None:
            statement = statement.where(_row.ticket_id == query.ticket_id)
        if query.before_id is not None:
            statement = statement.where(_row.id < query.before_id)
        rows = self._session.execute(statement).all()
        counts = self._counts(now - COUNTED)
        return DeliveryPage(
            items=tuple(_view(row) for row in rows[: query.limit]),
            has_more=len(rows) > query.limit,
            waiting=counts[DeliveryState.WAITING],
            sent=counts[DeliveryState.SENT],
            parked=counts[DeliveryState.PARKED],
        )

    def retry(self, ids: Sequence[int], now: datetime) -> None:
        """Let messages that were parked or wait be sent at once, as if for the first time."""
        values = {
            "state": DeliveryState.WAITING, "next_try_at": now, "leased_until": None,
            "attempts": 0, "doubts": 0, "problem": "",
        }  # fmt: skip
        self._session.execute(update(OutboxMessage).where(self._chosen(ids, now)).values(**values))

    def drop(self, ids: Sequence[int], now: datetime, problem: str) -> None:
        """Give up messages that were parked or wait."""
        values = {"state": DeliveryState.DROPPED, "leased_until": None, "problem": problem}
        self._session.execute(update(OutboxMessage).where(self._chosen(ids, now)).values(**values))

    def drop_waiting(self, channel_id: int | None, problem: str) -> None:
        """Give up all that waits for a chat channel; without one, all mail."""
        place = (
            _row.channel == OutboxChannel.MAIL
            if channel_id is None
            else _row.chat_channel_id == channel_id
        )
        statement = update(OutboxMessage).where(_row.state == DeliveryState.WAITING, place)
        values = {"state": DeliveryState.DROPPED, "leased_until": None, "problem": problem}
        self._session.execute(statement.values(**values))

    # --- inside -------------------------------------------------------------------------------

    def _counts(self, since: datetime) -> dict[DeliveryState, int]:
        # State by state each count is one range of an index.
        arms = [
            select(func.count())
            .select_from(OutboxMessage)
            .where(_row.state == state, _row.created_at >= since)
            .scalar_subquery()
            for state in _COUNTED_STATES
        ]
        counts = self._session.execute(select(*arms)).one()
        return dict(zip(_COUNTED_STATES, counts, strict=True))

    @staticmethod
    def _chosen(ids: Sequence[int], now: datetime) -> ColumnElement[bool]:
        if not ids:
            return _row.state == DeliveryState.PARKED
        # What is being sent at this moment is left to who sends it.
        waits = and_(_row.state == DeliveryState.WAITING, _is_free(now))
        return and_(_row.id.in_(ids), or_(_row.state == DeliveryState.PARKED, waits))

    def _end(self, claimed: Claimed, **values: object) -> bool:
        return self._update(claimed, leased_until=None, **values)

    def _update(self, claimed: Claimed, **values: object) -> bool:
        # Each claim counts a try, by which it is known.
        ours = (
            _row.id == claimed.id,
            _row.attempts == claimed.attempts,
            _row.state == DeliveryState.WAITING,
        )
        done = self._session.execute(update(OutboxMessage).where(*ours).values(**values))
        return cast("CursorResult[Any]", done).rowcount == 1


def _is_due(channels: Collection[OutboxChannel], now: datetime) -> ColumnElement[bool]:
    return and_(
        _row.state == DeliveryState.WAITING,
        or_(
            _row.next_try_at <= now,
            _row.next_try_at > now + FARTHEST,
            # It was to leave at once, by a clock that was set back since.
            and_(_row.created_at > now, _row.next_try_at <= _row.created_at),
        ),
        _row.digest.is_(False),
        _row.channel.in_(channels),
        _is_free(now),
    )


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Return that nobody sends it: a lease that is too long is one of another clock."""
    leased = _row.leased_until
    return or_(leased.is_(None), leased <= now, leased > now + LEASE)


def _view(row: Any) -> DeliveryView:
    (id_, channel, state, happening, subject, ticket_id, created, next_try, sent, attempts,
     problem, full_name, email, chat_name) = row  # fmt: skip
    person = f"{full_name} <{email}>" if email else full_name or ""
    return DeliveryView(
        id=id_, channel=channel, state=state, happening=happening, subject=subject,
        to=chat_name or "" if channel is OutboxChannel.CHAT else person, ticket_id=ticket_id,
        created_at=created, next_try_at=next_try if state is DeliveryState.WAITING else None,
        sent_at=sent, attempts=attempts, problem=problem,
    )  # fmt: skip

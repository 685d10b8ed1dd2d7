# SPDX-License-Identifier: GPL-3.0-or-later
"""What people were told, how they want to be told, and what is on its way out of the desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.schemas.notifications import (
    ChatKind,
    Delivery,
    DeliveryState,
    Happening,
    OutboxChannel,
)
from helpdesk.models.base import Base


class Notification(Base):
    """Something one person was told of, in the window.

    ``shown`` is whether it is also a message of the system beside the clock.
    """

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_person_id", "person_id", "id"),
        Index("ix_notification_unread", "person_id", "read", "urgent", "id"),
        Index("ix_notification_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    happening: Mapped[Happening]
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    title: Mapped[str]
    text: Mapped[str]
    why: Mapped[str]
    urgent: Mapped[bool] = mapped_column(default=False)
    read: Mapped[bool] = mapped_column(default=False)
    shown: Mapped[bool] = mapped_column(default=False)


class NotificationChoice(Base):
    """How somebody wants to be told of a happening, where that is not the usual way."""

    __tablename__ = "notification_choice"
    __table_args__ = (Index("ix_notification_choice_happening", "happening"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    happening: Mapped[Happening] = mapped_column(primary_key=True)
    app: Mapped[bool]
    desktop: Mapped[bool]
    mail: Mapped[Delivery]


class NotificationSetting(Base):
    """Quiet hours, digest and sound of somebody who has changed them.

    ``next_digest_at`` is when the digest is due that waits for them, if one does.
    """

    __tablename__ = "notification_setting"
    __table_args__ = (Index("ix_notification_setting_next_digest_at", "next_digest_at"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    quiet: Mapped[bool] = mapped_column(default=False)
    quiet_from: Mapped[int]
    quiet_until: Mapped[int]
    urgent_breaks_quiet: Mapped[bool] = mapped_column(default=True)
    digest_at: Mapped[int]
    sound: Mapped[bool] = mapped_column(default=True)
    time_zone: Mapped[str]
    next_digest_at: Mapped[datetime | None]


class OutboxMessage(Base):
    """A message on its way out; written in the transaction of what it tells of.

    ``key`` never changes, and is what a receiver knows it by when it comes twice: the
    Message-ID of a mail. ``body`` is what it says, as JSON. A ``digest`` row is part of the next
    digest and is not sent by itself. What is ``for_staff`` goes to nobody who has left the staff
    since it was written, whatever it is about. Whoever sends it has leased it until a moment.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index("ix_outbox_message_state", "state", "next_try_at"),
        Index("ix_outbox_message_ticket_id", "ticket_id", "id"),
        Index("ix_outbox_message_person_id", "person_id", "state"),
        Index("ix_outbox_message_state_created_at", "state", "created_at"),
        Index("ix_outbox_message_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[OutboxChannel]
    state: Mapped[DeliveryState]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    chat_channel_id: Mapped[int | None] = mapped_column(ForeignKey("chat_channel.id"))
    happening: Mapped[Happening | None]
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    digest: Mapped[bool] = mapped_column(default=False)
    for_staff: Mapped[bool] = mapped_column(default=False)
    subject: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    doubts: Mapped[int] = mapped_column(default=0)
    """How many tries ended so that nobody knows whether it arrived."""
    problem: Mapped[str]
    address: Mapped[str | None]
    """Where a mail goes that is for another address than the person has by now."""


class ChatChannel(Base):
    """A channel of a chat that rules post to; its address is a secret and is kept elsewhere."""

    __tablename__ = "chat_channel"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[ChatKind]
    host: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    removed: Mapped[bool] = mapped_column(default=False)
    last_posted_at: Mapped[datetime | None]
    problem: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)

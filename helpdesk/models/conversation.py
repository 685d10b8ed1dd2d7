# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody and the assistant said to each other."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.schemas.assistant import MessageState, Speaker
from helpdesk.core.schemas.triage import Origin
from helpdesk.models.base import Base


class Conversation(Base):
    """A conversation of one person; handed over, it stays with the ticket it became."""

    __tablename__ = "conversation"
    __table_args__ = (Index("ix_conversation_person_id", "person_id", "updated_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    begun_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    title: Mapped[str]


class ConversationMessage(Base):
    """One thing said. ``detail`` holds what an answer rests on, as the JSON of its view."""

    __tablename__ = "conversation_message"
    __table_args__ = (Index("ix_conversation_message_conversation_id", "conversation_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    speaker: Mapped[Speaker]
    state: Mapped[MessageState]
    origin: Mapped[Origin | None]
    at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(default="")
    text: Mapped[str]

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the assistant was asked, what of it is kept for a while, and its automatic answers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.schemas.assistant import Feature, FirstResponseState
from helpdesk.models.base import Base


class AssistantCall(Base):
    """One question to the model, for figures: how long it took and what became of it.

    Not a word of the question or the answer is kept. ``outcome`` is 'done', 'cached', 'stopped' or
    the kind of fault; times are in milliseconds. ``accepted`` is whether a text was used by who
    asked for it, as far as they said so; what became of a triage is kept by its fields.
    """

    __tablename__ = "assistant_call"
    __table_args__ = (Index("ix_assistant_call_at", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    feature: Mapped[Feature]
    reach: Mapped[str]
    model: Mapped[str]
    prompt: Mapped[str]
    outcome: Mapped[str]
    prompt_tokens: Mapped[int | None]
    answer_tokens: Mapped[int | None]
    estimated: Mapped[bool]
    queued_ms: Mapped[int]
    first_ms: Mapped[int | None]
    total_ms: Mapped[int]
    retries: Mapped[int]
    accepted: Mapped[bool | None]


class AssistantAnswer(Base):
    """A whole, valid answer of the model, kept for as long as it may be asked for again.

    ``key`` is a hash of all that it depends on: endpoint, model, prompt, schema and text.
    """

    __tablename__ = "assistant_answer"
    __table_args__ = (Index("ix_assistant_answer_at", "at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    value: Mapped[str]


class FirstResponse(Base):
    """The automatic first response to a ticket: due, sent, or not sent because nothing fits.

    ``enabler_id`` is who switched automatic answers on for the category.
    """

    __tablename__ = "first_response"
    __table_args__ = (Index("ix_first_response_state", "state", "ticket_id"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    state: Mapped[FirstResponseState]
    at: Mapped[datetime]
    enabler_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"))

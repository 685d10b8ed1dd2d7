# SPDX-License-Identifier: GPL-3.0-or-later
"""What the desk has learnt of its own tickets, and what became of its suggestions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.schemas.tickets import Priority
from helpdesk.models.base import Base

ALL_TEXTS, ALL_WORDS = 2**18, 2**18 + 1
"""The two buckets that stand for all words: one counts the tickets, the other their words. They
lie behind those that words fall into."""


class TriageTerm(Base):
    """A bucket of words: how many learnt tickets hold one, and what that says of labels."""

    __tablename__ = "triage_term"

    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tickets: Mapped[int]
    category: Mapped[bytes | None] = mapped_column(LargeBinary)
    priority: Mapped[bytes | None] = mapped_column(LargeBinary)


class TriageTicket(Base):
    """A ticket that was learnt, and as what; so none is learnt twice, and a correction is known."""

    __tablename__ = "triage_ticket"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    priority: Mapped[Priority | None]


class TriageTrial(Base):
    """What would have been suggested for a ticket before it was learnt, and what was right.

    ``guess`` is what the classifier said then. ``answers`` and ``score`` are found out later,
    when the thresholds are fitted: the best values, and the score of the first in a million.
    """

    __tablename__ = "triage_trial"
    __table_args__ = (Index("ix_triage_trial_field", "field", "at", "ticket_id"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    confirmed: Mapped[str]
    guess: Mapped[str]
    answers: Mapped[str | None]
    score: Mapped[int | None]


class TriageFit(Base):
    """From which score on a field is suggested, and how often which score was right."""

    __tablename__ = "triage_fit"

    field: Mapped[str] = mapped_column(primary_key=True)
    threshold: Mapped[int]
    steps: Mapped[str]
    trials: Mapped[int]
    fitted_at: Mapped[datetime]


class TriageOutcome(Base):
    """What somebody made of a suggestion, and what turned out right in the end."""

    __tablename__ = "triage_outcome"
    __table_args__ = (
        Index("ix_triage_outcome_ticket_id", "ticket_id"),
        Index("ix_triage_outcome_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    version: Mapped[int]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    field: Mapped[str]
    value: Mapped[str]
    confidence: Mapped[int | None]
    origin: Mapped[str]
    answer: Mapped[str | None]
    confirmed: Mapped[str | None]

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the desk does by itself, and the log of what it did."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.schemas.rules import RunOutcome, Trigger
from helpdesk.models.base import Base


class Rule(Base):
    """A rule; ``settings`` is a ``RuleSettings`` in JSON.

    ``turn_id`` is who was given a ticket last where the rule assigns in turn.
    """

    __tablename__ = "rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    removed: Mapped[bool] = mapped_column(default=False)
    trigger: Mapped[Trigger]
    settings: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    fired: Mapped[int] = mapped_column(default=0)
    last_fired_at: Mapped[datetime | None]
    turn_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class RuleRun(Base):
    """That a rule was set off on a ticket, and what it did; ``detail`` is JSON.

    ``once`` names what may set it off only once, such as one clock; it is unique.
    """

    __tablename__ = "rule_run"
    __table_args__ = (
        Index("ix_rule_run_ticket_id", "ticket_id", "id"),
        Index("ix_rule_run_rule_id", "rule_id", "id"),
        Index("ix_rule_run_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("rule.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    clock_id: Mapped[int | None] = mapped_column(ForeignKey("sla_clock.id"))
    at: Mapped[datetime]
    outcome: Mapped[RunOutcome]
    once: Mapped[str | None] = mapped_column(unique=True)
    detail: Mapped[str]

# SPDX-License-Identifier: GPL-3.0-or-later
"""What people did to tickets so that it can be undone, and the tickets in the trash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.schemas.ticket_work import DeedKind
from helpdesk.models.base import Base


class Deed(Base):
    """One thing that somebody did, to one ticket or to many, and that can be undone as one."""

    __tablename__ = "deed"
    __table_args__ = (Index("ix_deed_actor_id", "actor_id", "id"), Index("ix_deed_at", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    kind: Mapped[DeedKind]
    label: Mapped[str]
    tickets: Mapped[int]
    undone_at: Mapped[datetime | None]
    undo_reached: Mapped[int]
    """The last ticket that an undo in several calls has tried; 0 before and after."""
    redo_reached: Mapped[int]


class DeedStep(Base):
    """What a deed changed of one ticket: fields before and after, as JSON with ids, not words."""

    __tablename__ = "deed_step"
    __table_args__ = (Index("ix_deed_step_ticket_id", "ticket_id"),)

    deed_id: Mapped[int] = mapped_column(ForeignKey("deed.id"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    before: Mapped[str]
    after: Mapped[str]
    back: Mapped[str]
    """The fields that were put back, as JSON."""
    undone: Mapped[bool]
    """Whether all of them were."""
    moments: Mapped[str]
    """When it was done, undone and done again, by whom and with which fields, as JSON: so the
    history knows it. A moment without fields is about all of them.
    """


class TrashedTicket(Base):
    """A deleted ticket with all that was on it, as JSON, for as long as it can be brought back.

    It has left every other table, so that no list, figure, clock or search can meet it.
    """

    __tablename__ = "trashed_ticket"
    __table_args__ = (Index("ix_trashed_ticket_deleted_at", "deleted_at"),)

    ticket_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject: Mapped[str]
    requester_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    deleted_at: Mapped[datetime]
    content: Mapped[str]

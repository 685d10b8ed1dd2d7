# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports that are sent by schedule, and the files that mails carry."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class ReportSchedule(Base):
    """A report that is sent by itself; ``settings`` is a ``ScheduleSettings`` in JSON.

    It is made with what its owner may see. ``next_at`` is NEVER while it is not active.
    """

    __tablename__ = "report_schedule"
    __table_args__ = (Index("ix_report_schedule_next_at", "next_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    settings: Mapped[str]
    next_at: Mapped[datetime]
    last_at: Mapped[datetime | None]
    problem: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)


class OutboxFile(Base):
    """A file that messages of the outbox carry; kept once, it goes with the last of them."""

    __tablename__ = "outbox_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    media_type: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class OutboxAttachment(Base):
    """That a message of the outbox carries a file."""

    __tablename__ = "outbox_attachment"
    __table_args__ = (Index("ix_outbox_attachment_file_id", "file_id"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id"), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("outbox_file.id"))

# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands around a ticket: tags, watchers, links, merges, snoozes, tasks, time, presence."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.schemas.ticket_work import LinkKind
from helpdesk.core.schemas.tickets import Status
from helpdesk.models.base import Base

_NUMBERED_ONCE = {"sqlite_autoincrement": True}
"""No number is given again: who still has that of a removed row must not meet another's row."""


class Tag(Base):
    """A word that tickets are marked with; the same word whatever its case."""

    __tablename__ = "tag"
    __table_args__ = (Index("ix_tag_name_folded", "name_folded", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_folded: Mapped[str]


class TicketTag(Base):
    """That a ticket is marked with a tag."""

    __tablename__ = "ticket_tag"
    __table_args__ = (Index("ix_ticket_tag_tag_id", "tag_id", "ticket_id"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id"), primary_key=True)


class Watcher(Base):
    """Somebody who follows a ticket besides requester and assignee, and may read it."""

    __tablename__ = "watcher"
    __table_args__ = (Index("ix_watcher_person_id", "person_id", "ticket_id"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]


class TicketLink(Base):
    """That one ticket has to do with another: ``from_id`` is what ``kind`` says."""

    __tablename__ = "ticket_link"
    __table_args__ = (
        Index("ix_ticket_link_from_id", "from_id", "to_id", "kind", unique=True),
        Index("ix_ticket_link_to_id", "to_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[LinkKind]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]


class TicketMerge(Base):
    """That a ticket is merged into another, with what undoes it: the status that it had before."""

    __tablename__ = "ticket_merge"
    __table_args__ = (Index("ix_ticket_merge_survivor_id", "survivor_id"),)

    merged_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    survivor_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    status: Mapped[Status]
    watchers: Mapped[str]
    """The people who watch the survivor by this merge alone, as a list in JSON."""


class Snooze(Base):
    """That a ticket is out of sight until a moment, or until somebody replies."""

    __tablename__ = "snooze"
    __table_args__ = (Index("ix_snooze_until", "until"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    until: Mapped[datetime | None]
    until_reply: Mapped[bool]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]


class TicketTask(Base):
    """One thing to do for a ticket, in the order of its checklist."""

    __tablename__ = "ticket_task"
    __table_args__ = (
        Index("ix_ticket_task_ticket_id", "ticket_id", "position"),
        _NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    position: Mapped[int]
    text: Mapped[str]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class TimeEntry(Base):
    """Time that somebody worked on a ticket; without an end it runs still, one at most a person."""

    __tablename__ = "time_entry"
    __table_args__ = (
        Index("ix_time_entry_ticket_id", "ticket_id", "id"),
        Index("ix_time_entry_person_id", "person_id", "ended_at"),
        Index(
            "ix_time_entry_running",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        _NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    seconds: Mapped[int]
    note: Mapped[str]


class TicketOrigin(Base):
    """Which ticket of another system a ticket was made of, so that none is imported twice.

    It stays when the ticket is deleted: what somebody has thrown away does not come back.
    """

    __tablename__ = "ticket_origin"

    source: Mapped[str] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    ticket_id: Mapped[int]


class Presence(Base):
    """That somebody of the staff has a ticket in front of them now, or writes on it."""

    __tablename__ = "presence"
    __table_args__ = (Index("ix_presence_seen_at", "seen_at"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    seen_at: Mapped[datetime]
    typing_at: Mapped[datetime | None]

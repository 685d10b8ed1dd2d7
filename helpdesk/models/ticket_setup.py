# SPDX-License-Identifier: GPL-3.0-or-later
"""What a desk sets up for tickets: own fields, templates, macros, views, recurrences."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, true
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.schemas.ticket_work import FieldKind, Shared
from helpdesk.core.schemas.tickets import Priority
from helpdesk.models.base import Base


class CustomField(Base):
    """A field of this desk's own; ``options`` and ``category_ids`` are lists in JSON.

    It is asked for in these categories, or in all where none is named.
    """

    __tablename__ = "custom_field"
    __table_args__ = (Index("ix_custom_field_key", "key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    name: Mapped[str]
    help: Mapped[str]
    kind: Mapped[FieldKind]
    options: Mapped[str]
    category_ids: Mapped[str]
    required: Mapped[bool]
    staff_only: Mapped[bool]
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    version: Mapped[int] = mapped_column(default=1)


class TicketField(Base):
    """The value of a field on a ticket, as text that sorts as the value does not need to."""

    __tablename__ = "ticket_field"
    __table_args__ = (Index("ix_ticket_field_value", "field_id", "value", "ticket_id"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    field_id: Mapped[int] = mapped_column(ForeignKey("custom_field.id"), primary_key=True)
    value: Mapped[str]


class TicketTemplate(Base):
    """What a new ticket can begin with; ``tags`` and ``fields`` are JSON."""

    __tablename__ = "ticket_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    subject: Mapped[str]
    description: Mapped[str]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    priority: Mapped[Priority]
    tags: Mapped[str]
    fields: Mapped[str]
    staff_only: Mapped[bool]
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    version: Mapped[int] = mapped_column(default=1)


class Macro(Base):
    """A reply that is kept to be sent again, with what it sets of the ticket, as JSON."""

    __tablename__ = "macro"
    __table_args__ = (Index("ix_macro_folder", "folder", "name_folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    folder: Mapped[str]
    name: Mapped[str]
    name_folded: Mapped[str]
    body: Mapped[str]
    internal: Mapped[bool]
    actions: Mapped[str]
    shared: Mapped[Shared]
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    used: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)


class SavedView(Base):
    """A named query, as JSON, of one person, of a team, or of all staff."""

    __tablename__ = "saved_view"
    __table_args__ = (Index("ix_saved_view_owner_id", "owner_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    query: Mapped[str]
    text: Mapped[str]
    shared: Mapped[Shared]
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    version: Mapped[int] = mapped_column(default=1)
    removed_at: Mapped[datetime | None]
    """Since when nobody sees it; for a while it can be brought back as it was."""


class ViewPin(Base):
    """That somebody has pinned a view, and in which place."""

    __tablename__ = "view_pin"

    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    view_id: Mapped[int] = mapped_column(ForeignKey("saved_view.id"), primary_key=True)
    position: Mapped[int]


class Recurrence(Base):
    """A ticket that is opened again and again, by a rule of RFC 5545 in a time zone."""

    __tablename__ = "recurrence"
    __table_args__ = (Index("ix_recurrence_next_at", "active", "next_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    subject: Mapped[str]
    description: Mapped[str]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    priority: Mapped[Priority]
    requester_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    tags: Mapped[str]
    tasks: Mapped[str]
    rule: Mapped[str]
    time_zone: Mapped[str]
    starts_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    last_ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    version: Mapped[int] = mapped_column(default=1)

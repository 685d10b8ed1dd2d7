# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit log: entries are added and never changed; each is chained to the one before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.schemas.audit import AuditAction
from helpdesk.models.base import Base

FOUND_BY = ("at", "action", "actor_id", "about", "about_id", "names_folded")
"""What entries are searched by."""


class AuditEntry(Base):
    """One thing that was done. The database refuses to change or delete a row.

    ``changes`` is JSON, ``[[name, before, after], ...]``. ``digest`` is that of
    ``audit_chain.digest_of``: over the digest of the entry before and all of this one.
    ``names_folded`` is ``audit_chain.names_of`` of its names; the digest leaves it out.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_actor_id", "actor_id", "id"),
        Index("ix_audit_entry_about", "about", "about_id", "id"),
        Index("ix_audit_entry_action", "action", "id"),
        Index("ix_audit_entry_at", "at"),
        # Holds all that a search asks for, so that the rarest is found without reading the rows.
        Index("ix_audit_entry_found", "id", *FOUND_BY),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    action: Mapped[AuditAction]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    actor_name: Mapped[str]
    by_key: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str]
    about: Mapped[str]
    about_id: Mapped[int | None]
    about_name: Mapped[str]
    changes: Mapped[str]
    names_folded: Mapped[str]
    digest: Mapped[str]

# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit log, as admins read it, and how everybody notes in it what they take out."""

from __future__ import annotations

from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.audit import AuditAction, AuditPage, AuditQuery, ExportNote
from helpdesk.services.audit_trail import About
from helpdesk.services.work import Work


class Audit:
    """Who did what to accounts, rights, settings and data."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/audit", permission=Permission.SEE_AUDIT)
    def search(self, query: AuditQuery) -> AuditPage:
        """List entries, the newest first."""
        return self._work.desk.audit_log.page(query)

    @operation("POST", "/audit/exports", permission=Permission.OWN_ACCOUNT)
    def note_export(self, note: ExportNote) -> None:
        """Note that the caller takes data out of the desk, before the first row is read."""
        changes = [("Part", "", note.detail)] if note.detail else []
        about = About("export", name=note.kind.label)
        self._work.desk.audit.add(AuditAction.EXPORTED, about, changes)

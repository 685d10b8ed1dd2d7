# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit log, as admins read it and take it out."""

from __future__ import annotations

from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.audit import AuditPage, AuditQuery, ExportKind
from helpdesk.services.audit_words import part_of
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

    @operation("GET", "/audit/newest", permission=Permission.SEE_AUDIT, passive=True)
    def newest(self) -> int:
        """Return the number of the newest entry, 0 for none; windows look often, unasked."""
        last = self._work.desk.audit_log.last()
        return last[0] if last else 0

    @operation(
        "POST", "/audit/exports", permission=Permission.SEE_AUDIT, transaction=Transaction.READ
    )
    def export(self, query: AuditQuery) -> AuditPage:
        """List entries for a file; that they are taken out is entered as of tickets."""
        if query.cursor is None:
            self._work.desk.audit.taken_out(ExportKind.AUDIT, part_of(query))
        else:
            self._work.desk.audit.goes_on_out(ExportKind.AUDIT, part_of(query), self._work.now)
        return self._work.desk.audit_log.page(query)

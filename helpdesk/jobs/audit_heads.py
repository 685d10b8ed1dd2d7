# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that notes the end of the audit log in the log file, for ``check-db`` to find there."""

from __future__ import annotations

import logging
from datetime import datetime

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.database.audit_heads import NOTE
from helpdesk.repositories.audit import AuditRepository

_log = logging.getLogger(__name__)


def note_head(desk: EmbeddedDesk, _now: datetime) -> int:
    """Note the newest entry, and return how many there are."""
    with desk.database.reading() as session:
        last = AuditRepository(session).last()
    if last is None:
        return 0
    number, digest = last
    _log.info(NOTE, number, digest)
    return number

# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps failed sign-ins in the audit log, but not without end: anybody can make as many as they
like, with names that nobody has.

Failures of accounts are all kept: their number is bounded by the waits between them. Of those of
unknown names, and of wrong codes for a lost password, so many are kept an hour; the next one that
is kept says how many others there were. What was typed as a name may be a
password, so little of it stands there.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import NamedTuple

from helpdesk.core.schemas.audit import AuditAction
from helpdesk.models import User
from helpdesk.services.attempts import shortened
from helpdesk.services.audit_trail import NOTHING, About, Change
from helpdesk.services.user_rules import about
from helpdesk.services.work import Transacted, Work

FACT = "sign_in_failures"
KEPT_AN_HOUR = 60
_HOUR = timedelta(hours=1)


class _Counted(NamedTuple):
    """How many failures there were since a moment, and how many were not kept."""

    since: datetime
    kept: int
    left_out: int


def note_failed_sign_in(work: Work, user: User | None, username: str) -> None:
    """Keep that somebody gave a wrong password; known and unknown names take as long."""
    who = about(user) if user else About("user", None, shortened(username))
    _note(work, AuditAction.SIGN_IN_FAILED, who, is_known=user is not None)


def note_failed_reset(work: Work) -> None:
    """Keep that somebody came with a code for a lost password that leads nowhere."""
    _note(work, AuditAction.CODE_FAILED, NOTHING, is_known=False)


def _note(work: Work, action: AuditAction, who: About, *, is_known: bool) -> None:
    if work.read_only:
        return
    with work.aside() as desk:
        counted, changes = _counted(desk, work.now), list[Change]()
        if not is_known:
            if counted.kept >= KEPT_AN_HOUR:
                _keep(desk, counted._replace(left_out=counted.left_out + 1))
                return
            if counted.left_out:
                changes.append(("others that are not listed", "", str(counted.left_out)))
            counted = _Counted(counted.since, counted.kept + 1, 0)
        _keep(desk, counted)
        # Whoever it was: nobody has proven who they are.
        desk.audit.add(action, who, changes, actor=NOTHING)


def _counted(desk: Transacted, now: datetime) -> _Counted:
    kept = desk.facts.get(FACT)
    if kept:
        since, count, left_out = json.loads(kept)
        counted = _Counted(datetime.fromisoformat(since), count, left_out)
        # With the clock set back the hour would last until the old time.
        if timedelta(0) <= now - counted.since < _HOUR:
            return counted
        return _Counted(now, 0, left_out)
    return _Counted(now, 0, 0)


def _keep(desk: Transacted, counted: _Counted) -> None:
    desk.facts.set(FACT, json.dumps([counted.since.isoformat(), counted.kept, counted.left_out]))

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo people have done that an audit log tells of, so that there is something to read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final, NamedTuple

from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.users import Role
from helpdesk.database.db_manager import DbManager
from helpdesk.models import ApiKey
from helpdesk.repositories.audit import AuditRepository
from helpdesk.services.audit_trail import About, AuditTrail
from helpdesk.services.audit_words import Change
from helpdesk.services.session_registry import hash_of

_DESK, _LAPTOP, _ELSEWHERE = "10.20.4.17", "10.20.7.33", "203.0.113.86"
_KEY = About("api_key", 1, "Monitoring")


class _Deed(NamedTuple):
    ago: timedelta
    who: str
    source: str
    action: AuditAction
    about: About | str
    """A thing, or whose account."""
    changes: tuple[Change, ...] = ()


def _ago(days: int, hours: int = 0, minutes: int = 0) -> timedelta:
    return timedelta(days=days, hours=hours, minutes=minutes)


_DEEDS: Final = (
    _Deed(_ago(19, 3), "dana", _DESK, AuditAction.SIGNED_IN, "dana"),
    _Deed(
        _ago(19, 2), "dana", _DESK, AuditAction.ROLE_CHANGED, "bob",
        (("Role", "User", "Technician"),),
    ),
    _Deed(
        _ago(12, 5), "dana", _DESK, AuditAction.KEY_MADE, _KEY,
        (("Person", "", "Dana Whitfield"), ("Scopes", "", "see all tickets")),
    ),
    _Deed(_ago(9, 1, 4), "alice", _ELSEWHERE, AuditAction.SIGN_IN_FAILED, "alice"),
    _Deed(_ago(9, 1, 3), "alice", _ELSEWHERE, AuditAction.SIGN_IN_FAILED, "alice"),
    _Deed(_ago(9, 1, 1), "alice", _ELSEWHERE, AuditAction.SIGNED_IN, "alice"),
    _Deed(_ago(6, 4), "charlie", _LAPTOP, AuditAction.SIGNED_IN, "charlie"),
    _Deed(
        _ago(6, 3), "charlie", _LAPTOP, AuditAction.EXPORTED, About("export", name="Tickets"),
        (("Part", "", "priorities: urgent, high"),),
    ),
    _Deed(_ago(4, 2), "bob", _DESK, AuditAction.PASSWORD_CHANGED, "bob"),
    _Deed(_ago(3, 6), "dana", _DESK, AuditAction.KEY_REVOKED, _KEY),
    _Deed(
        _ago(1, 2), "charlie", _LAPTOP, AuditAction.EXPORTED, About("export", name="Report"),
        (("Part", "", "Service levels of all tickets, as PDF"),),
    ),
)  # fmt: skip


def write_demo_audit(database: DbManager, people: Mapping[str, Actor], now: datetime) -> None:
    """Enter it as it would have been, the oldest first."""
    with database.writing() as session:
        session.add(_ended_key(people["dana"], now))
        for deed in _DEEDS:
            who = people[deed.who]
            if deed.action is AuditAction.SIGN_IN_FAILED:
                who = Actor(id=None, username="", full_name=deed.who, role=Role.USER)
            about = deed.about
            if isinstance(about, str):
                about = About("user", people[about].id, people[about].full_name)
            trail = AuditTrail(AuditRepository(session), who, deed.source)
            trail.add(deed.action, about, deed.changes)
            trail.write(now - deed.ago)


def _ended_key(maker: Actor, now: datetime) -> ApiKey:
    """Return the key that is told of; nobody has it, as it was made and thrown away."""
    return ApiKey(
        name=_KEY.name,
        key_hash=hash_of(token_urlsafe()),
        user_id=maker.id,
        maker_id=maker.id,
        scopes=Permission.SEE_ALL_TICKETS.value,
        created_at=now - _ago(12, 5),
        revoked_at=now - _ago(3, 6),
    )

# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit log: who did what to accounts, rights, settings and data, when and from where."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from helpdesk.core.schemas.base import Id, Labelled, Moment, Request, Result
from helpdesk.core.schemas.users import PersonRef
from helpdesk.core.text import Line


class AuditAction(Labelled):
    """What was done."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    CODE_FAILED = "code_failed"
    SIGNED_OUT = "signed_out"
    SESSIONS_ENDED = "sessions_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - names of actions
    PASSWORD_RESET = "password_reset"  # noqa: S105
    """An admin gave a one-time password."""
    RESET_ASKED = "reset_asked"
    RESET_DONE = "reset_done"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    SECOND_FACTOR_RESET = "second_factor_reset"
    """An admin took it away."""
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    USER_ADDED = "user_added"
    USER_CHANGED = "user_changed"
    ROLE_CHANGED = "role_changed"
    USER_DEACTIVATED = "user_deactivated"
    USER_REACTIVATED = "user_reactivated"
    TEAMS_CHANGED = "teams_changed"
    KEY_MADE = "key_made"
    KEY_REVOKED = "key_revoked"
    SETTINGS_CHANGED = "settings_changed"
    EXPORTED = "exported"
    DOWNLOADED = "downloaded"
    """A file on a ticket was taken out of the desk."""
    TICKET_DELETED = "ticket_deleted"
    TICKET_RESTORED = "ticket_restored"
    TICKETS_IMPORTED = "tickets_imported"

    @property
    def label(self) -> str:
        """The words people read, such as 'Sign in failed'."""
        return self.value.replace("_", " ").capitalize()


class AuditField(Result):
    """One thing that was changed, in words; never a secret."""

    name: str
    before: str
    after: str


class AuditView(Result):
    """One entry."""

    id: int
    at: datetime
    action: AuditAction
    actor: PersonRef | None
    """``None`` is the program itself, or nobody who is known."""
    actor_name: str
    by_key: bool
    source: str
    about: str
    """What kind of thing it was done to, such as ``user``; empty for none."""
    about_id: int | None
    about_name: str
    changes: tuple[AuditField, ...]
    digest: str
    """SHA-256 of the entry before and this one, in hexadecimal digits."""


class AuditQuery(Request):
    """Which entries to list, the newest first; ``text`` matches names of people and things."""

    text: Line = ""
    actions: tuple[AuditAction, ...] = ()
    actor_id: Id | None = None
    about: Line = ""
    about_id: Id | None = None
    since: Moment | None = None
    until: Moment | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    cursor: str | None = None


class AuditPage(Result):
    """Some entries."""

    items: tuple[AuditView, ...]
    next_cursor: str | None


class ExportKind(Labelled):
    """What was exported."""

    TICKETS = "tickets"
    REPORT = "report"
    ARTICLES = "articles"
    AUDIT = "audit"
    DESK = "desk"

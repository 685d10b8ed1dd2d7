# SPDX-License-Identifier: GPL-3.0-or-later
"""One's own account: profile, picture, sessions and what was done by and with it."""

from __future__ import annotations

from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.accounts import (
    EmailChange,
    NewPicture,
    Picture,
    ProfileChange,
    ProfileView,
    SessionList,
)
from helpdesk.core.schemas.audit import AuditPage, AuditQuery
from helpdesk.services.work import Work


class Profiles:
    """What people look after themselves."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/me/preferences", permission=Permission.OWN_ACCOUNT)
    def own(self) -> ProfileView:
        """Show one's own profile, and how the window looks."""
        raise NotImplementedError

    @operation("PATCH", "/me/preferences", permission=Permission.OWN_ACCOUNT)
    def change(self, change: ProfileChange) -> ProfileView:
        """Change one's own profile, or how the window looks."""
        raise NotImplementedError

    @operation(
        "PUT", "/me/email", permission=Permission.OWN_ACCOUNT, transaction=Transaction.STEPWISE
    )
    def change_email(self, change: EmailChange) -> ProfileView:
        """Change one's own e-mail address; the old one is told of it."""
        raise NotImplementedError

    @operation("PUT", "/me/picture", permission=Permission.OWN_ACCOUNT)
    def set_picture(self, picture: NewPicture) -> None:
        """Show a picture of oneself to everybody; an empty one takes it away."""
        raise NotImplementedError

    @operation("GET", "/people/{user_id}/picture", permission=Permission.OWN_ACCOUNT)
    def picture(self, user_id: int) -> Picture:
        """Return somebody's picture; empty where there is none, or nobody."""
        raise NotImplementedError

    @operation("GET", "/me/sessions", permission=Permission.OWN_ACCOUNT)
    def sessions(self) -> SessionList:
        """Show where one is signed in."""
        raise NotImplementedError

    @operation("DELETE", "/me/sessions/{session_id}", permission=Permission.OWN_ACCOUNT)
    def end_session(self, session_id: int) -> None:
        """End one of one's own sessions; nothing happens where it has ended."""
        raise NotImplementedError

    @operation("DELETE", "/me/sessions", permission=Permission.OWN_ACCOUNT)
    def end_others(self) -> None:
        """End all of one's own sessions but this one."""
        raise NotImplementedError

    @operation("GET", "/me/activity", permission=Permission.OWN_ACCOUNT)
    def activity(self, query: AuditQuery) -> AuditPage:
        """List what was done by oneself and with one's own account, the newest first."""
        raise NotImplementedError

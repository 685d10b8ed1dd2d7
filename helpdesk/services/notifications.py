# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person was told of, and how they want to be told."""

from __future__ import annotations

from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.notifications import (
    NotificationPage,
    NotificationQuery,
    Preferences,
    PreferencesChange,
    Seen,
)
from helpdesk.services.work import Work


class Notifications:
    """One's own notifications."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/notifications", permission=Permission.OWN_ACCOUNT, passive=True)
    def search(self, query: NotificationQuery) -> NotificationPage:
        """List one's own notifications, newest first, and how many are unread."""
        raise NotImplementedError

    @operation("POST", "/notifications/seen", permission=Permission.OWN_ACCOUNT)
    def mark(self, seen: Seen) -> NotificationPage:
        """Mark notifications as read, or as unread, and show the newest ones."""
        raise NotImplementedError

    @operation("GET", "/me/notification-preferences", permission=Permission.OWN_ACCOUNT)
    def preferences(self) -> Preferences:
        """Show how one is told of what."""
        raise NotImplementedError

    @operation("PATCH", "/me/notification-preferences", permission=Permission.OWN_ACCOUNT)
    def change_preferences(self, change: PreferencesChange) -> Preferences:
        """Change how one is told of what."""
        raise NotImplementedError

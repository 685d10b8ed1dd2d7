# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person was told of, and how they want to be told."""

from __future__ import annotations

from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.notifications import (
    NotificationPage,
    NotificationQuery,
    Preferences,
    PreferencesChange,
    Seen,
)
from helpdesk.repositories.desk_changes import NOTIFICATION
from helpdesk.services.mail_setup import mail_is_on
from helpdesk.services.preferences import change_setting, preferences_of, require_choosable
from helpdesk.services.work import Work

_NOTHING_NAMED = "Name the notifications, or the last one of them."
_PEOPLE_ALONE = "Only a person is told of something; sign in."
_NO_TICKETS = "The scopes of this API key do not allow to read of tickets."


class Notifications:
    """One's own notifications."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/notifications", permission=Permission.OWN_ACCOUNT, passive=True)
    def search(self, query: NotificationQuery) -> NotificationPage:
        """List one's own notifications, newest first, and how many are unread."""
        self._require_tickets()
        return self._page(query)

    @operation("POST", "/notifications/seen", permission=Permission.OWN_ACCOUNT)
    def mark(self, seen: Seen) -> NotificationPage:
        """Mark notifications as read, or as unread, and show the newest ones."""
        self._require_tickets()
        if not seen.ids and seen.until_id is None:
            raise Invalid(_NOTHING_NAMED, field="ids")
        person = self._person()
        if self._work.desk.notifications.mark(person, seen):
            self._work.desk.changed(NOTIFICATION, person)
        return self._page(NotificationQuery())

    @operation("GET", "/me/notification-preferences", permission=Permission.OWN_ACCOUNT)
    def preferences(self) -> Preferences:
        """Show how one is told of what."""
        desk, person = self._work.desk, self._person()
        return preferences_of(
            desk.users.get(person),
            self._work.actor.role,
            desk.notifications.setting(person),
            desk.notifications.choices(person),
            mail_works=mail_is_on(self._work.settings, desk.facts),
        )

    @operation("PATCH", "/me/notification-preferences", permission=Permission.OWN_ACCOUNT)
    def change_preferences(self, change: PreferencesChange) -> Preferences:
        """Change how one is told of what."""
        desk, person, now = self._work.desk, self._person(), self._work.now
        require_choosable(change.choices, self._work.actor.role)
        setting = desk.notifications.setting(person)
        if change_setting(setting, change, now):
            desk.notifications.keep(setting)
            if setting.next_digest_at is not None:
                desk.outbox.postpone(person, setting.next_digest_at)
        if change.choices:
            desk.notifications.choose(person, change.choices)
        desk.changed(NOTIFICATION, person)
        return self.preferences()

    def _page(self, query: NotificationQuery) -> NotificationPage:
        """Return some notifications; texts of the staff only to who may read everything still."""
        repository, person = self._work.desk.notifications, self._person()
        staff = self._work.actor.may(Permission.SEE_ALL_TICKETS)
        items, has_more = repository.page(person, query, staff=staff)
        unread, urgent = repository.unread(person, staff=staff)
        return NotificationPage(items=items, unread=unread, urgent_unread=urgent, has_more=has_more)

    def _person(self) -> int:
        if self._work.actor.id is None:
            raise Invalid(_PEOPLE_ALONE)
        return self._work.actor.id

    def _require_tickets(self) -> None:
        """Raise ``Forbidden`` for a key that may not read tickets: what is told is about them."""
        if not self._work.actor.may(Permission.SEE_OWN_TICKETS):
            raise Forbidden(_NO_TICKETS)

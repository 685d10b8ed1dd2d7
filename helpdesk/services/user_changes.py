# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes with each change of a person, whoever makes it: an admin, a file, a directory, or the
person; one place, so that the audit log, mail and codes are the same for all of them.
"""

from __future__ import annotations

from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.users import Role
from helpdesk.core.text import folded
from helpdesk.models import User
from helpdesk.repositories.desk_changes import API_KEY, TEAM, USER
from helpdesk.services.account_mail import tell_of
from helpdesk.services.audit_trail import About, Change
from helpdesk.services.required_factors import end_in_new_roles
from helpdesk.services.user_rules import about, require_rights_of
from helpdesk.services.work import Transacted, Work

NAME, USERNAME, ADDRESS, ROLE = "name", "user name", "e-mail address", "role"
"""What the audit log calls the parts of a person."""
_READDRESSED = "The e-mail address of your account was changed"
_BY_ONESELF = "Mail of the help desk goes to another address from now on; this one gets none."
_BY_ANOTHER = "{name} has changed it; mail of the help desk goes to another address from now on."


class UserChanges:
    """The changes of one person in one transaction that writes."""

    def __init__(
        self, work: Work, desk: Transacted, user: User, *, actor: About | None = None
    ) -> None:
        """Begin with none; ``actor`` is who makes them where that is not who calls."""
        self._work = work
        self._desk = desk
        self._user = user
        self._actor = actor
        self._told: list[Change] = []
        self._role_told: list[Change] = []

    def rename(self, full_name: str) -> None:
        """Give another name."""
        if full_name == self._user.full_name:
            return
        self._told.append((NAME, self._user.full_name, full_name))
        self._user.rename(full_name)
        self._desk.flush()
        self._desk.custom_fields.index_named(self._user.id)

    def take_username(self, username: str) -> None:
        """Give another user name, which nobody else has."""
        if username == self._user.username:
            return
        self._told.append((USERNAME, self._user.username, username))
        self._user.username, self._user.username_folded = username, folded(username)

    def readdress(self, email: str | None) -> None:
        """Give another e-mail address, or none; the old one is told, and its codes are void.

        Raises ``Forbidden`` for an API key without the rights of the person: whoever reads the
        mail of an account gets in by a lost password.
        """
        old = self._user.email
        if email == old:
            return
        require_rights_of(self._work, self._user.role)
        self._told.append((ADDRESS, old or "", email or ""))
        self._user.email = email
        self._desk.resets.void(self._user.id)
        if old:
            tell_of(self._work, self._desk, self._user, _READDRESSED, self._line(), address=old)

    def give_role(self, role: Role) -> bool:
        """Give another role, and return whether the person is of the staff no longer by that."""
        before = self._user.role
        if role is before:
            return False
        self._role_told.append((ROLE, before.value, role.value))
        self._user.role = role
        end_in_new_roles(self._work, self._desk, [self._user.id])
        tell_teams(self._desk, self._user)
        is_leaving = before in STAFF and role not in STAFF
        if is_leaving:
            # What a colleague followed, or was mentioned on, is not theirs to read any more.
            self._desk.watchers.leave_all(self._user.id)
        return is_leaving

    def finish(self) -> bool:
        """Let the audit log and windows know of it; return whether anything was new."""
        if not self._told and not self._role_told:
            return False
        for action, changes in (
            (AuditAction.USER_CHANGED, self._told),
            (AuditAction.ROLE_CHANGED, self._role_told),
        ):
            if changes:
                self._desk.audit.add(action, about(self._user), changes, actor=self._actor)
        self._told, self._role_told = [], []
        self._user.version += 1
        self._desk.flush()
        self._desk.changed(USER, self._user.id)
        return True

    def _line(self) -> str:
        if self._actor is None and self._work.actor.id == self._user.id:
            return _BY_ONESELF
        who = self._actor.name if self._actor else self._work.actor.full_name
        return _BY_ANOTHER.format(name=who)


def close_ways_in(work: Work, desk: Transacted, user: User) -> None:
    """Let nothing that leads into an account outlive its end, and come to life with it again.

    Sessions are left to ``reactivate``: until then they are refused with the reason.
    """
    desk.resets.void(user.id)
    desk.pending_sign_ins.end_of(user.id)
    for key_id, name in desk.api_keys.revoke_of(user.id, work.now):
        owner: Change = ("person", user.full_name, "deactivated")
        desk.audit.add(AuditAction.KEY_REVOKED, About("api_key", key_id, name), [owner])
        desk.changed(API_KEY, key_id)


def tell_teams(desk: Transacted, user: User) -> None:
    """Let windows that show the teams of somebody look again."""
    if teams := desk.teams.teams_of(user.id):
        desk.changed(TEAM, *teams)

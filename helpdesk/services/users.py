# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of the desk, as admins manage them."""

from __future__ import annotations

from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import PERMISSIONS, STAFF, Permission
from helpdesk.core.schemas.users import (
    Leaving,
    NewPassword,
    NewUser,
    OneTimePassword,
    Role,
    TeamChoice,
    UserBatch,
    UserBatchResult,
    UserChange,
    UserPage,
    UserQuery,
    UserView,
)
from helpdesk.core.text import storable
from helpdesk.models import User
from helpdesk.services.consequences import follow
from helpdesk.services.passwords import hash_password, one_time_password, require_good
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Transacted, Work

_LAST_ADMIN = "This is the last active admin; make somebody else an admin first."
_NO_ADMINS = "An API key cannot add or change admins; an admin can, signed in."
_BEYOND_KEY = (
    "An API key cannot give anybody rights that it does not have itself; use a key with these"
    " scopes too, or let an admin do it, signed in: {rights}."
)


class Users:
    """Accounts: people with a role."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/users", permission=Permission.MANAGE_USERS)
    def search(self, query: UserQuery) -> UserPage:
        """List accounts by name."""
        return self._work.desk.users.page(query)

    @operation("GET", "/users/{user_id}", permission=Permission.MANAGE_USERS)
    def view(self, user_id: int) -> UserView:
        """Show one account."""
        users = self._work.desk.users
        return users.view(users.get(user_id))

    @operation("GET", "/users/named/{username}", permission=Permission.MANAGE_USERS)
    def named(self, username: str) -> UserView:
        """Show the account of a user name, in any case."""
        users, username = self._work.desk.users, storable(username)
        user = users.by_username(username)
        if user is None:
            raise NotFound(f"There is no account called {username}.")
        return users.view(user)

    @operation(
        "POST",
        "/users",
        permission=Permission.MANAGE_USERS,
        transaction=Transaction.STEPWISE,
        creates=True,
        secret=True,
    )
    def add(self, new: NewUser) -> OneTimePassword:
        """Add an account; the answer holds its one-time password, which is not shown again."""
        self._require_rights_of(new.role)
        password, hashed = self._one_time()
        with self._work.step(writes=True) as desk:
            user = User.new(new.username, new.full_name, new.email, new.role, self._work.now)
            user.password_hash = hashed
            user.password_one_time = True
            desk.users.add(user)
            desk.changed("user", user.id)
            return OneTimePassword(user=desk.users.view(user), password=password)

    @operation("PATCH", "/users/{user_id}", permission=Permission.MANAGE_USERS)
    def change(self, user_id: int, change: UserChange) -> UserView:
        """Change name, e-mail address or role of an account."""
        desk = self._work.desk
        user = self._expected(desk, user_id, change.version)
        touched = change.model_fields_set
        self._require_reach(user.role)
        if "full_name" in touched and change.full_name:
            user.rename(change.full_name)
        if "email" in touched:
            user.email = change.email or None
        if "role" in touched and change.role and change.role != user.role:
            self._change_role(desk, user, change.role)
        return self._saved(desk, user)

    @operation("POST", "/users/{user_id}/deactivate", permission=Permission.MANAGE_USERS)
    def deactivate(self, user_id: int, leaving: Leaving) -> UserView:
        """End an account: its sessions end, its open tickets go to somebody or to the queue."""
        desk = self._work.desk
        user = self._expected(desk, user_id, leaving.version)
        if user_id == self._work.actor.id:
            raise Forbidden("You cannot deactivate yourself; another admin can.")
        self._require_reach(user.role)
        self._require_other_admin(desk, user)
        user.active = False
        self._return_tickets(desk, user)
        return self._saved(desk, user)

    @operation("POST", "/users/{user_id}/reactivate", permission=Permission.MANAGE_USERS)
    def reactivate(self, user_id: int, version: int) -> UserView:
        """Let somebody sign in again."""
        desk = self._work.desk
        user = self._expected(desk, user_id, version)
        self._require_reach(user.role)
        if not user.active:
            # Until now they were refused with the reason, and would be alive again.
            desk.sessions.end_of(user.id)
        user.active = True
        return self._saved(desk, user)

    @operation(
        "POST",
        "/users/{user_id}/password",
        permission=Permission.MANAGE_USERS,
        transaction=Transaction.STEPWISE,
        secret=True,
    )
    def reset_password(self, user_id: int) -> OneTimePassword:
        """Give an account a new one-time password; its sessions end."""
        password, hashed = self._one_time()
        view = self._replace_password(user_id, hashed, one_time=True)
        return OneTimePassword(user=view, password=password)

    @operation(
        "PUT",
        "/users/{user_id}/password",
        permission=Permission.MANAGE_USERS,
        transaction=Transaction.STEPWISE,
    )
    def set_password(self, user_id: int, new: NewPassword) -> UserView:
        """Set the password of an account, as the owner of the desk's file; its sessions end."""
        if self._work.actor.id is not None:
            raise Forbidden("Give the account a one-time password; only its owner sets its own.")
        security = self._work.settings.security
        with self._work.step(writes=False) as desk:
            username = desk.users.get(user_id).username
        require_good(new.password, security.password_min_length, username)
        hashed = hash_password(new.password, security.bcrypt_cost)
        return self._replace_password(user_id, hashed, one_time=False)

    @operation("DELETE", "/users/{user_id}/sessions", permission=Permission.MANAGE_USERS)
    def end_sessions(self, user_id: int) -> None:
        """End every session of an account."""
        raise NotImplementedError

    @operation("DELETE", "/users/{user_id}/totp", permission=Permission.MANAGE_USERS)
    def reset_second_factor(self, user_id: int) -> UserView:
        """Take the authenticator app away from somebody who has lost it; their sessions end."""
        raise NotImplementedError

    @operation("PUT", "/users/{user_id}/teams", permission=Permission.MANAGE_USERS)
    def put_into_teams(self, user_id: int, choice: TeamChoice) -> UserView:
        """Say in which teams somebody is."""
        raise NotImplementedError

    @operation(
        "POST",
        "/users/import",
        permission=Permission.MANAGE_USERS,
        transaction=Transaction.STEPWISE,
        secret=True,
    )
    def import_some(self, batch: UserBatch) -> UserBatchResult:
        """Add or change some accounts of a file, or only look what would become of them."""
        raise NotImplementedError

    @operation("GET", "/team-members", permission=Permission.SEE_TEAM)
    def of_own_teams(self, query: UserQuery) -> UserPage:
        """List by name who is in the same teams as the caller."""
        raise NotImplementedError

    def _replace_password(self, user_id: int, hashed: str, *, one_time: bool) -> UserView:
        with self._work.step(writes=True) as desk:
            user = desk.users.get(user_id)
            self._require_rights_of(user.role)
            user.password_hash = hashed
            user.password_one_time = one_time
            desk.sign_ins.forget(user.username)
            desk.sign_ins.forget_sources(user.id)
            desk.sessions.end_of(user.id)
            return self._saved(desk, user)

    def _one_time(self) -> tuple[str, str]:
        password = one_time_password()
        return password, hash_password(password, self._work.settings.security.bcrypt_cost)

    @staticmethod
    def _expected(desk: Transacted, user_id: int, version: int) -> User:
        user = desk.users.get(user_id)
        if user.version != version:
            sentence = f"{user.full_name} was changed in the meantime; look and try again."
            raise Conflict(sentence, current=desk.users.view(user))
        return user

    def _require_reach(self, role: Role) -> None:
        """Raise ``Forbidden`` where an API key reaches for an admin."""
        if self._work.by_key and role is Role.ADMIN:
            raise Forbidden(_NO_ADMINS)

    def _require_rights_of(self, *roles: Role) -> None:
        """Raise ``Forbidden`` where an API key reaches for rights that it does not have itself.

        Whoever knows the password of an account, or what role it has to get, can sign in with
        rights that the scopes of the key were to leave out.
        """
        if not self._work.by_key:
            return
        for role in roles:
            self._require_reach(role)
        wanted = frozenset[Permission]().union(*(PERMISSIONS[role] for role in roles))
        missing = sorted(right.value for right in wanted if not self._work.actor.may(right))
        if missing:
            raise Forbidden(_BEYOND_KEY.format(rights=", ".join(missing)))

    def _change_role(self, desk: Transacted, user: User, role: Role) -> None:
        self._require_rights_of(user.role, role)
        if user.id == self._work.actor.id:
            raise Forbidden("You cannot change your own role; another admin can.")
        if role is not Role.ADMIN:
            self._require_other_admin(desk, user)
        user.role = role
        if role not in STAFF:
            self._return_tickets(desk, user)

    @staticmethod
    def _require_other_admin(desk: Transacted, user: User) -> None:
        is_admin = user.role is Role.ADMIN and user.active
        if is_admin and not desk.users.other_active_admins(user.id):
            raise Invalid(_LAST_ADMIN, field="role")

    def _return_tickets(self, desk: Transacted, user: User) -> None:
        """Put what somebody can no longer work on back into the queue."""
        # Whoever is asked for in the database has to be found as they are by now.
        desk.flush()
        for ticket in desk.tickets.open_of_assignee(user.id):
            changes = TicketChanges(self._work, ticket)
            changes.assign(None)
            ticket.touch(self._work.now)
            follow(self._work, changes)

    def _saved(self, desk: Transacted, user: User) -> UserView:
        user.version += 1
        desk.flush()
        desk.changed("user", user.id)
        return desk.users.view(user)

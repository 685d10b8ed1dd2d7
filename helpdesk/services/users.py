# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of the desk, as admins manage them."""

from __future__ import annotations

from helpdesk.core.errors import Forbidden, NotFound
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import STAFF, Permission
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.users import (
    ColleaguePage,
    ColleagueQuery,
    Leaving,
    NewPassword,
    NewUser,
    OneTimePassword,
    Role,
    TeamChoice,
    UserBatch,
    UserBatchResult,
    UserChange,
    UserCount,
    UserPage,
    UserQuery,
    UserView,
)
from helpdesk.core.text import storable
from helpdesk.models import User
from helpdesk.repositories.desk_changes import USER
from helpdesk.services.account_mail import tell_of
from helpdesk.services.passwords import hash_password, one_time_password, require_good
from helpdesk.services.user_changes import UserChanges, close_ways_in, tell_teams
from helpdesk.services.user_import import UserImport
from helpdesk.services.user_rules import (
    about,
    expected,
    require_kept_here,
    require_other_admin,
    require_reach,
    require_rights_of,
)
from helpdesk.services.user_teams import put_into
from helpdesk.services.user_tickets import TicketsLeft
from helpdesk.services.work import Transacted, Work

_OWN_ROLE = "You cannot change your own role; another admin can."
_OWN_END = "You cannot deactivate yourself; another admin can."
_OWN_FACTOR = "Switch off your own second factor in your settings, where your password is asked."
_FACTOR_GONE = "Your authenticator app was taken off your account"
_FACTOR_SAID = (
    "{name} has taken your authenticator app and your recovery codes off your account, and ended"
    " your sessions. Your password alone signs you in, until you set up an app again."
)
_ONE_TIME = "Your account was given a one-time password"
_ONE_TIME_SAID = "{name} has replaced it by one for a single sign-in, and ended your sessions."


class Users:
    """Accounts: people with a role."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/users", permission=Permission.MANAGE_USERS)
    def search(self, query: UserQuery) -> UserPage:
        """List accounts by name."""
        return self._work.desk.users.page(query)

    @operation("GET", "/users/count", permission=Permission.MANAGE_USERS)
    def count(self, query: UserQuery) -> UserCount:
        """Count the accounts that match, whatever page is asked for."""
        return self._work.desk.users.count(query)

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
        require_rights_of(self._work, new.role)
        password, hashed = self._one_time()
        with self._work.step(writes=True) as desk:
            user = User.new(new.username, new.full_name, new.email, new.role, self._work.now)
            user.password_hash = hashed
            user.password_one_time = True
            desk.users.add(user)
            desk.changed(USER, user.id)
            told = [("user name", "", user.username), ("role", "", user.role.value)]
            desk.audit.add(AuditAction.USER_ADDED, about(user), told)
            return OneTimePassword(user=desk.users.view(user), password=password)

    @operation(
        "PATCH",
        "/users/{user_id}",
        permission=Permission.MANAGE_USERS,
        transaction=Transaction.STEPWISE,
    )
    def change(self, user_id: int, change: UserChange) -> UserView:
        """Change name, e-mail address or role of an account.

        The open tickets of who is of the staff no longer go back to the queue.
        """
        left = TicketsLeft(self._work, user_id, None)
        with self._work.step(writes=True) as desk:
            user = expected(desk, user_id, change.version)
            require_reach(self._work, user.role)
            leaves = self._changed(desk, user, change)
            if leaves:
                left.hand_on_some(desk)
            desk.flush()
            view = desk.users.view(user)
        if not leaves:
            return view
        left.hand_on_the_rest(lambda user: user.role not in STAFF)
        return self._as_it_is(user_id)

    @operation(
        "POST",
        "/users/{user_id}/deactivate",
        permission=Permission.MANAGE_USERS,
        transaction=Transaction.STEPWISE,
    )
    def deactivate(self, user_id: int, leaving: Leaving) -> UserView:
        """End an account: its sessions and keys end, its tickets go to somebody or to the queue.

        The account ends at once; tickets go in several steps where there are many. Done again,
        it hands on what is left of them.
        """
        left = TicketsLeft(self._work, user_id, leaving.tickets_to)
        with self._work.step(writes=True) as desk:
            user = expected(desk, user_id, leaving.version)
            if user_id == self._work.actor.id:
                raise Forbidden(_OWN_END)
            require_reach(self._work, user.role)
            require_other_admin(desk, user)
            taker = left.taker(desk)
            user.active = False
            close_ways_in(self._work, desk, user)
            to = taker.full_name if taker else "the queue"
            desk.audit.add(AuditAction.USER_DEACTIVATED, about(user), [("open tickets to", "", to)])
            left.hand_on_some(desk)
            tell_teams(desk, user)
            self._saved(desk, user)
        left.hand_on_the_rest(lambda user: not user.active)
        return self._as_it_is(user_id)

    @operation("POST", "/users/{user_id}/reactivate", permission=Permission.MANAGE_USERS)
    def reactivate(self, user_id: int, version: int) -> UserView:
        """Let somebody sign in again; their API keys stay revoked."""
        desk = self._work.desk
        user = expected(desk, user_id, version)
        require_reach(self._work, user.role)
        if not user.active:
            # Until now they were refused with the reason, and would be alive again. Keys and codes
            # went with the account, unless it was ended by an earlier version.
            desk.sessions.end_of(user.id)
            close_ways_in(self._work, desk, user)
            desk.audit.add(AuditAction.USER_REACTIVATED, about(user))
        user.active = True
        tell_teams(desk, user)
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
        with self._work.step(writes=False) as desk:
            require_kept_here(desk.users.get(user_id), "password")
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
            user = desk.users.get(user_id)
            require_kept_here(user, "password")
        require_good(new.password, security.password_min_length, user.username)
        hashed = hash_password(new.password, security.bcrypt_cost)
        return self._replace_password(user_id, hashed, one_time=False)

    @operation("DELETE", "/users/{user_id}/sessions", permission=Permission.MANAGE_USERS)
    def end_sessions(self, user_id: int) -> None:
        """End every session of an account."""
        desk = self._work.desk
        user = desk.users.get(user_id)
        require_reach(self._work, user.role)
        _end_sessions(desk, user)
        desk.audit.add(AuditAction.SESSIONS_ENDED, about(user))

    @operation("DELETE", "/users/{user_id}/wrong-passwords", permission=Permission.MANAGE_USERS)
    def let_try_again(self, user_id: int) -> None:
        """Forget the wrong passwords that were tried for an account, whoever keeps its password.

        Nothing else changes: the password stays, and so do tries at codes of a second factor.
        """
        desk = self._work.desk
        user = desk.users.get(user_id)
        require_rights_of(self._work, user.role)
        desk.sign_ins.forget_passwords(user.username)
        told = [("wrong passwords", "", "forgotten")]
        desk.audit.add(AuditAction.USER_CHANGED, about(user), told)

    @operation("DELETE", "/users/{user_id}/totp", permission=Permission.MANAGE_USERS)
    def reset_second_factor(self, user_id: int) -> UserView:
        """Take the authenticator app away from somebody who has lost it; their sessions end.

        They are told by mail, where the desk sends any. Nothing happens where there is none.
        """
        desk = self._work.desk
        user = desk.users.get(user_id)
        if user_id == self._work.actor.id:
            raise Forbidden(_OWN_FACTOR)
        require_rights_of(self._work, user.role)
        if not desk.second_factors.remove(user.id):
            return desk.users.view(user)
        desk.sign_ins.forget_codes(user.username)
        _end_sessions(desk, user)
        desk.audit.add(AuditAction.SECOND_FACTOR_RESET, about(user))
        self._tell(desk, user, _FACTOR_GONE, _FACTOR_SAID)
        return self._saved(desk, user)

    @operation("PUT", "/users/{user_id}/teams", permission=Permission.MANAGE_USERS)
    def put_into_teams(self, user_id: int, choice: TeamChoice) -> UserView:
        """Say in which teams somebody is."""
        desk = self._work.desk
        user = expected(desk, user_id, choice.version)
        require_reach(self._work, user.role)
        teams = {team.id: team for team in desk.teams.all()}
        if not put_into(desk, user, frozenset(choice.team_ids), teams):
            return desk.users.view(user)
        return self._saved(desk, user)

    @operation(
        "POST",
        "/users/import",
        permission=Permission.MANAGE_USERS,
        transaction=Transaction.STEPWISE,
        secret=True,
    )
    def import_some(self, batch: UserBatch) -> UserBatchResult:
        """Add or change some accounts of a file, or only look what would become of them.

        A line that cannot be is refused with the reason, and the others are done. Done again, a
        line changes nothing; the one-time passwords of who was added before are not told again.
        """
        return UserImport(self._work, batch).result()

    @operation("GET", "/team-members", permission=Permission.SEE_TEAM)
    def of_own_teams(self, query: ColleagueQuery) -> ColleaguePage:
        """List by name who of the staff is in the same teams as the caller."""
        own_id = self._work.actor.id
        return self._work.desk.users.colleagues(own_id or 0, query, self._work.now)

    def _replace_password(self, user_id: int, hashed: str, *, one_time: bool) -> UserView:
        with self._work.step(writes=True) as desk:
            user = desk.users.get(user_id)
            require_rights_of(self._work, user.role)
            require_kept_here(user, "password")
            user.password_hash = hashed
            user.password_one_time = one_time
            desk.sign_ins.forget(user.username)
            desk.sign_ins.forget_sources(user.id)
            _end_sessions(desk, user)
            desk.audit.add(AuditAction.PASSWORD_RESET, about(user))
            if one_time:
                self._tell(desk, user, _ONE_TIME, _ONE_TIME_SAID)
            return self._saved(desk, user)

    def _one_time(self) -> tuple[str, str]:
        password = one_time_password()
        return password, hash_password(password, self._work.settings.security.bcrypt_cost)

    def _changed(self, desk: Transacted, user: User, change: UserChange) -> bool:
        """Change an account, and return whether it is of the staff no longer."""
        touched, changes = change.model_fields_set, UserChanges(self._work, desk, user)
        if "full_name" in touched and change.full_name and change.full_name != user.full_name:
            require_kept_here(user, "name", field="full_name")
            changes.rename(change.full_name)
        email = change.email or None
        if "email" in touched and email != user.email:
            require_kept_here(user, "e-mail address", field="email")
            changes.readdress(email)
        leaves = False
        if "role" in touched and change.role and change.role is not user.role:
            self._require_role_may_change(desk, user, change.role)
            leaves = changes.give_role(change.role)
        changes.finish()
        return leaves

    def _require_role_may_change(self, desk: Transacted, user: User, role: Role) -> None:
        require_rights_of(self._work, user.role, role)
        if user.id == self._work.actor.id:
            raise Forbidden(_OWN_ROLE)
        if role is not Role.ADMIN:
            require_other_admin(desk, user)

    def _tell(self, desk: Transacted, user: User, title: str, said: str) -> None:
        """Tell somebody by mail what was done to their account: it may not be at their wish."""
        tell_of(self._work, desk, user, title, said.format(name=self._work.actor.full_name))

    def _saved(self, desk: Transacted, user: User) -> UserView:
        user.version += 1
        desk.flush()
        desk.changed(USER, user.id)
        return desk.users.view(user)

    def _as_it_is(self, user_id: int) -> UserView:
        with self._work.step(writes=False) as desk:
            return desk.users.view(desk.users.get(user_id))


def _end_sessions(desk: Transacted, user: User) -> None:
    """End what somebody has begun, and what waits for a code."""
    desk.sessions.end_of(user.id)
    desk.pending_sign_ins.end_of(user.id)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in and out."""

from __future__ import annotations

import logging
import math

from helpdesk.core.errors import (
    Conflict,
    DeskError,
    Invalid,
    NewPasswordDue,
    ReadOnly,
    TooManyAttempts,
)
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import PERMISSIONS, Permission
from helpdesk.core.schemas.users import NewSession, PasswordChange, SessionView, UserView
from helpdesk.core.text import ellipsis, folded
from helpdesk.models import User
from helpdesk.services.passwords import hash_password, is_right, require_good
from helpdesk.services.work import Work

logger = logging.getLogger(__name__)

_WRONG = "The user name or the password is wrong."
_CHANGED = "Your password was changed in the meantime; sign in with the new one."
_CANNOT_BE_KEPT = (
    "A one-time password must be replaced, and this desk can only be read here;"
    " sign in where it can be written."
)
# Who types the password into the field of the name must not find it in the log.
_NAME_LOGGED = 4


class WrongPassword(DeskError):
    """The name or the password is wrong; which of them is not said."""

    code = "wrong_password"
    status = 401


class Sessions:
    """Sign-in sessions of people."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("POST", "/session", permission=None, transaction=Transaction.STEPWISE)
    def sign_in(self, new: NewSession) -> SessionView:
        """Sign in with user name and password.

        Raises ``WrongPassword``, ``TooManyAttempts`` with the seconds to wait,
        ``NewPasswordDue`` when a one-time password must be replaced in the same call.
        """
        self._require_patience(new.username)
        with self._work.step(writes=False) as desk:
            user = desk.users.by_username(new.username)
            stored = user.password_hash if user and user.active else None
        cost = self._work.settings.security.bcrypt_cost
        if not is_right(new.password, stored, cost) or user is None:
            self._count_failure(new.username)
            logger.warning("wrong password for %s", user.id if user else _shortened(new.username))
            raise WrongPassword(_WRONG)
        replacement = self._replacement(user, new)
        view = self._signed_in(user, replacement)
        token = self._work.sessions.begin(view.id, self._work.now)
        return _session_view(token, view)

    @operation("GET", "/session", permission=Permission.OWN_ACCOUNT)
    def current(self) -> SessionView:
        """Show who is signed in, with the rights of this moment."""
        users = self._work.desk.users
        user = users.get(self._work.actor.id or 0)
        return _session_view(self._work.token or "", users.view(user))

    @operation("DELETE", "/session", permission=None, transaction=Transaction.STEPWISE)
    def sign_out(self) -> None:
        """End this session; nothing happens where there is none."""
        self._work.sessions.end(self._work.token)

    @operation(
        "POST",
        "/me/password",
        permission=Permission.OWN_ACCOUNT,
        transaction=Transaction.STEPWISE,
    )
    def change_password(self, change: PasswordChange) -> None:
        """Replace one's own password; every other session of the person ends."""
        security = self._work.settings.security
        with self._work.step(writes=False) as desk:
            user = desk.users.get(self._work.actor.id or 0)
        self._require_patience(user.username)
        if not is_right(change.old_password, user.password_hash, security.bcrypt_cost):
            self._count_failure(user.username)
            logger.warning("wrong old password of %s", user.id)
            raise Invalid("The old password is wrong.", field="old_password")
        require_good(change.new_password, security.password_min_length, user.username)
        hashed = hash_password(change.new_password, security.bcrypt_cost)
        with self._work.step(writes=True) as desk:
            verified, user = user.password_hash, desk.users.get(user.id)
            # An admin who has reset it since then means to keep the old owner out.
            if user.password_hash != verified or not user.active:
                raise Conflict(_CHANGED)
            user.password_hash = hashed
            user.password_one_time = False
            desk.users.forget_failures(user.username)
        self._work.sessions.end_of(user.id, but=self._work.token)

    def _require_patience(self, username: str) -> None:
        if self._work.read_only:
            return
        security = self._work.settings.security
        with self._work.step(writes=False) as desk:
            failure = desk.users.failure_of(username)
            if failure is None:
                return
            until = failure.waits_until(security.free_attempts, security.longest_delay_seconds)
        if failure.last_at > self._work.now:
            self._count_from_now(username)
        seconds = math.ceil((until - max(self._work.now, failure.last_at)).total_seconds())
        if seconds > 0:
            logger.warning("too many wrong passwords for %s", _shortened(username))
            raise TooManyAttempts(f"Too many wrong passwords; try again in {seconds} seconds.")

    def _count_from_now(self, username: str) -> None:
        """Begin the wait anew: with the clock set back it would last until the old time."""
        with self._work.step(writes=True) as desk:
            failure = desk.users.failure_of(username)
            if failure is not None:
                failure.last_at = min(failure.last_at, self._work.now)

    def _count_failure(self, username: str) -> None:
        if self._work.read_only:
            return
        with self._work.step(writes=True) as desk:
            desk.users.count_failure(username, self._work.now)

    def _replacement(self, user: User, new: NewSession) -> str | None:
        if not user.password_one_time:
            return None
        if self._work.read_only:
            raise ReadOnly(_CANNOT_BE_KEPT)
        security = self._work.settings.security
        if new.new_password is None:
            raise NewPasswordDue("Choose a password of your own to replace the one-time one.")
        require_good(new.new_password, security.password_min_length, user.username)
        if new.new_password == new.password:
            raise Invalid("Choose a password other than the one-time one.", field="new_password")
        return hash_password(new.new_password, security.bcrypt_cost)

    def _signed_in(self, user: User, replacement: str | None) -> UserView:
        if self._work.read_only:
            with self._work.step(writes=False) as desk:
                return desk.users.view(desk.users.get(user.id))
        with self._work.step(writes=True) as desk:
            verified, user = user.password_hash, desk.users.get(user.id)
            # Checking a password takes long enough for an admin to reset it or end the account.
            if user.password_hash != verified or not user.active:
                raise WrongPassword(_WRONG)
            user.last_sign_in_at = self._work.now
            if replacement:
                user.password_hash = replacement
                user.password_one_time = False
            desk.users.forget_failures(user.username)
            return desk.users.view(user)


def _session_view(token: str, user: UserView) -> SessionView:
    permissions = frozenset(permission.value for permission in PERMISSIONS[user.role])
    return SessionView(token=token, user=user, permissions=permissions)


def _shortened(username: str) -> str:
    return ascii(ellipsis(folded(username), _NAME_LOGGED))

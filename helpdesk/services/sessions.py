# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in and out."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from helpdesk.core.errors import (
    Conflict,
    DeskError,
    Forbidden,
    Invalid,
    NewPasswordDue,
    ReadOnly,
    WrongPassword,
)
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.accounts import Forgotten, PasswordReset, Unlock
from helpdesk.core.schemas.users import (
    NewSession,
    PasswordChange,
    SessionView,
    SignInView,
    UserView,
)
from helpdesk.models import User
from helpdesk.services.attempts import Attempts, shortened
from helpdesk.services.passwords import hash_password, is_right, require_good
from helpdesk.services.session_registry import hash_of, is_api_key
from helpdesk.services.signing_in import signed_in
from helpdesk.services.work import Work

logger = logging.getLogger(__name__)

_WRONG = "The user name or the password is wrong."
_CHANGED = "Your password was changed in the meantime; sign in with the new one."
_CANNOT_BE_KEPT = (
    "A one-time password must be replaced, and this desk can only be read here;"
    " sign in where it can be written."
)


class Sessions:
    """Sign-in sessions of people."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "POST",
        "/session",
        permission=None,
        transaction=Transaction.STEPWISE,
        creates=True,
        secret=True,
    )
    def sign_in(self, new: NewSession) -> SignInView:
        """Sign in with user name and password; a code may then still be due.

        Raises ``WrongPassword``, ``TooManyAttempts`` with the seconds to wait,
        ``NewPasswordDue`` when a one-time password must be replaced in the same call.
        """
        attempts = Attempts(self._work)
        attempts.count(new.username)
        with self._work.step(writes=False) as desk:
            user = desk.users.by_username(new.username)
            stored = user.password_hash if user and user.active else None
        cost = self._work.settings.security.bcrypt_cost
        if not is_right(new.password, stored, cost) or user is None:
            logger.warning("wrong password for %s", user.id if user else shortened(new.username))
            raise WrongPassword(_WRONG)
        try:
            replacement = self._replacement(user, new)
        except DeskError:
            attempts.forget(user)
            raise
        return self._signed_in(user, new, replacement, attempts)

    @operation("GET", "/session", permission=Permission.OWN_ACCOUNT)
    def current(self) -> SessionView:
        """Show who is signed in, with the rights of this moment; an API key is not repeated."""
        users, actor = self._work.desk.users, self._work.actor
        view = users.view(users.get(actor.id or 0))
        token = "" if self._work.by_key else self._work.token or ""
        return _session_view(token, view, filter(actor.may, Permission))

    @operation("DELETE", "/session", permission=None, transaction=Transaction.STEPWISE)
    def sign_out(self) -> None:
        """End this session; nothing happens where there is none."""
        token = self._work.token
        if token is None:
            return
        if is_api_key(token):
            raise Forbidden("An API key has no session to end; an admin can revoke it.")
        token_hash = hash_of(token)
        self._work.registry.end(token_hash)
        # Whoever comes with any text must not make the desk write.
        with self._work.step(writes=False) as desk:
            is_kept = desk.sessions.found(token_hash) is not None
        if is_kept and not self._work.read_only:
            with self._work.step(writes=True) as desk:
                desk.sessions.end(token_hash)

    @operation(
        "POST",
        "/me/password",
        permission=Permission.OWN_ACCOUNT,
        transaction=Transaction.STEPWISE,
    )
    def change_password(self, change: PasswordChange) -> None:
        """Replace one's own password; every other session of the person ends."""
        if self._work.by_key:
            raise Forbidden("An API key cannot change a password; sign in to do it.")
        security = self._work.settings.security
        with self._work.step(writes=False) as desk:
            user = desk.users.get(self._work.actor.id or 0)
        attempts = Attempts(self._work, in_session=True)
        attempts.count(user.username)
        if not is_right(change.old_password, user.password_hash, security.bcrypt_cost):
            logger.warning("wrong old password of %s", user.id)
            raise Invalid("The old password is wrong.", field="old_password")
        try:
            require_good(change.new_password, security.password_min_length, user.username)
        except Invalid:
            attempts.forget(user)
            raise
        hashed = hash_password(change.new_password, security.bcrypt_cost)
        with self._work.step(writes=True) as desk:
            verified, user = user.password_hash, desk.users.get(user.id)
            # An admin who has reset it since then means to keep the old owner out.
            if user.password_hash != verified or not user.active:
                raise Conflict(_CHANGED)
            user.password_hash = hashed
            user.password_one_time = False
            attempts.begin_anew(desk, user)
            desk.sessions.end_of(user.id, but=hash_of(self._work.token or ""))

    @operation("POST", "/session/forgotten", permission=None, transaction=Transaction.STEPWISE)
    def forgotten(self, whose: Forgotten) -> None:
        """Ask for a mail with a code that lets its owner choose a new password.

        The answer is the same, and takes as long, whether there is such an account or not.
        """
        raise NotImplementedError

    @operation("POST", "/session/reset", permission=None, transaction=Transaction.STEPWISE)
    def reset(self, reset: PasswordReset) -> None:
        """Replace a lost password by the code of the mail, which counts once.

        All sessions of the account end; its second factor stays. Raises ``Invalid`` and
        ``TooManyAttempts``.
        """
        raise NotImplementedError

    @operation(
        "POST",
        "/session/unlock",
        permission=Permission.OWN_ACCOUNT,
        transaction=Transaction.STEPWISE,
    )
    def unlock(self, unlock: Unlock) -> None:
        """Prove again who is signed in, for a window that has locked itself.

        Raises ``WrongPassword``, ``TooManyAttempts``.
        """
        raise NotImplementedError

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

    def _signed_in(
        self, user: User, new: NewSession, replacement: str | None, attempts: Attempts
    ) -> SignInView:
        with self._work.step(writes=not self._work.read_only) as desk:
            verified, user = user.password_hash, desk.users.get(user.id)
            # Checking a password takes long enough for an admin to reset it or end the account.
            if user.password_hash != verified or not user.active:
                raise WrongPassword(_WRONG)
            if replacement:
                user.password_hash = replacement
                user.password_one_time = False
            return signed_in(self._work, desk, user, device=new.device, attempts=attempts)


def _session_view(token: str, user: UserView, permissions: Iterable[Permission]) -> SessionView:
    names = frozenset(permission.value for permission in permissions)
    return SessionView(token=token, user=user, permissions=names)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in and out."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta

from helpdesk.core.errors import (
    DeskError,
    DirectoryAway,
    Forbidden,
    Invalid,
    NewPasswordDue,
    ReadOnly,
    TooManyAttempts,
    WrongPassword,
)
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.accounts import Forgotten, PasswordReset, Unlock
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.users import (
    AccountOrigin,
    NewSession,
    PasswordChange,
    SessionView,
    SignInView,
    UserView,
)
from helpdesk.core.settings import SecuritySettings
from helpdesk.models import ResetRequest, User
from helpdesk.repositories.resets import ASKED, DROPPED, SENT, key_of
from helpdesk.services import password_resets
from helpdesk.services.attempts import Attempts, shortened
from helpdesk.services.audit_trail import About
from helpdesk.services.directory_setup import DirectorySetup, directory_of
from helpdesk.services.directory_sign_in import answers_for, sign_in_by, take_as_long
from helpdesk.services.failure_log import note_failed_reset, note_failed_sign_in
from helpdesk.services.mail_setup import mail_is_on
from helpdesk.services.passwords import hash_password, is_right, require_good, words_of
from helpdesk.services.proving import proven, still
from helpdesk.services.session_registry import hash_of, is_api_key
from helpdesk.services.signing_in import replace_password, signed_in
from helpdesk.services.totp import hash_of_reset
from helpdesk.services.user_rules import about
from helpdesk.services.work import Transacted, Work

logger = logging.getLogger(__name__)

_WRONG = "The user name or the password is wrong."
_WRONG_HERE = "The password is wrong."
_WRONG_OLD = "The old password is wrong."
_CANNOT_BE_KEPT = (
    "A one-time password must be replaced, and this desk can only be read here;"
    " sign in where it can be written."
)
_ELSEWHERE = "Your password is kept by your organisation, not by the help desk; change it there."
_CANNOT_RESET = "This desk can only be read here; choose a new password where it can be written."
_NO_MAIL = "This desk sends no mail; ask an admin for a one-time password."
_NO_CODE = "This code is not valid, or not any more; look at the newest mail, or ask for another."
_ASKED_TOO_OFTEN = "That was asked too often from here; try again in an hour, or ask an admin."


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
        waits=True,
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
            directory = directory_of(self._work.settings, desk.facts)
            stored = user.password_hash if user and user.active else None
            rules = attempts.rules(desk)
        if answers_for(directory, user):
            return self._by_directory(directory, user, new, attempts, rules)
        if not is_right(new.password, stored, rules.bcrypt_cost) or user is None:
            logger.warning("wrong password for %s", user.id if user else shortened(new.username))
            note_failed_sign_in(self._work, user, new.username)
            if not attempts.is_known_here:
                take_as_long(directory, new)
            raise WrongPassword(_WRONG)
        try:
            replacement = self._replacement(user, new, rules)
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
            kept = desk.sessions.found(token_hash)
        if kept is not None and not self._work.read_only:
            with self._work.step(writes=True) as desk:
                desk.sessions.end(token_hash)
                who = About("user", kept.user_id, kept.full_name)
                desk.audit.add(AuditAction.SIGNED_OUT, who, actor=who)

    @operation(
        "POST",
        "/me/password",
        permission=Permission.OWN_ACCOUNT,
        transaction=Transaction.STEPWISE,
        people_only=True,
    )
    def change_password(self, change: PasswordChange) -> None:
        """Replace one's own password; every other session of the person ends."""
        attempts = Attempts(self._work, in_session=True)
        with self._work.step(writes=False) as desk:
            origin = desk.users.get(self._work.actor.id or 0).origin
            rules = attempts.rules(desk)
        if origin is not AccountOrigin.LOCAL:
            raise Forbidden(_ELSEWHERE)
        proved = proven(self._work, change.old_password, Invalid(_WRONG_OLD, field="old_password"))
        require_good(change.new_password, rules.password_min_length, *words_of(proved))
        hashed = hash_password(change.new_password, rules.bcrypt_cost)
        with self._work.step(writes=True) as desk:
            user = still(desk, proved)
            replace_password(self._work, desk, user, hashed, attempts)
            desk.sessions.end_of(user.id, but=hash_of(self._work.token or ""))
            desk.audit.add(AuditAction.PASSWORD_CHANGED, about(user))

    @operation("POST", "/session/forgotten", permission=None, transaction=Transaction.STEPWISE)
    def forgotten(self, whose: Forgotten) -> None:
        """Ask for a mail with a code that lets its owner choose a new password.

        The answer is the same, and takes as long, whether there is such an account or not.
        """
        work, now = self._work, self._work.now
        if work.read_only:
            raise ReadOnly(_CANNOT_RESET)
        with work.step(writes=True) as desk:
            if not mail_is_on(work.settings, desk.facts):
                raise Invalid(_NO_MAIL)
            minutes = Attempts(work).rules(desk).reset_minutes
            since = now - password_resets.COUNTED
            by_name, by_source = desk.resets.counts(whose.username, work.source, since)
            if by_source >= password_resets.MOST_BY_SOURCE:
                wait = int(password_resets.COUNTED.total_seconds())
                raise TooManyAttempts(_ASKED_TOO_OFTEN, retry_after=wait)
            enough = by_name >= password_resets.MOST_BY_NAME
            desk.resets.add(
                ResetRequest(
                    name_folded=key_of(whose.username), source=work.source,
                    state=DROPPED if enough else ASKED, person_id=None, code_hash=None,
                    verified=None, created_at=now, ends_at=now + timedelta(minutes=minutes),
                )
            )  # fmt: skip

    @operation("POST", "/session/reset", permission=None, transaction=Transaction.STEPWISE)
    def reset(self, reset: PasswordReset) -> None:
        """Replace a lost password by the code of the mail, which counts once.

        All sessions of the account end; its second factor stays. Raises ``Invalid`` and
        ``TooManyAttempts``.
        """
        if self._work.read_only:
            raise ReadOnly(_CANNOT_RESET)
        code_hash = hash_of_reset(reset.code)
        attempts = Attempts(self._work)
        try:
            with self._work.step(writes=False) as desk:
                user = self._owner_of(desk, code_hash)
                rules = attempts.rules(desk)
        except Invalid:
            note_failed_reset(self._work)
            raise
        require_good(reset.new_password, rules.password_min_length, *words_of(user))
        hashed = hash_password(reset.new_password, rules.bcrypt_cost)
        with self._work.step(writes=True) as desk:
            user = self._owner_of(desk, code_hash)
            request = desk.resets.by_code(code_hash)
            if request is None or not desk.resets.use(request.id):
                raise Invalid(_NO_CODE, field="code")
            replace_password(self._work, desk, user, hashed, attempts)
            desk.sessions.end_of(user.id)
            desk.audit.add(AuditAction.RESET_DONE, about(user), actor=about(user))

    @operation(
        "POST",
        "/session/unlock",
        permission=Permission.OWN_ACCOUNT,
        transaction=Transaction.STEPWISE,
        waits=True,
        people_only=True,
    )
    def unlock(self, unlock: Unlock) -> None:
        """Prove again who is signed in, for a window that has locked itself.

        Raises ``WrongPassword``, ``TooManyAttempts``.
        """
        proven(self._work, unlock.password, WrongPassword(_WRONG_HERE))

    def _owner_of(self, desk: Transacted, code_hash: str) -> User:
        """Return whose way back a code is. Raises ``Invalid``, the same for whatever is wrong."""
        request = desk.resets.by_code(code_hash)
        now = self._work.now
        if request is None or request.state != SENT or request.person_id is None:
            raise Invalid(_NO_CODE, field="code")
        user = desk.users.get(request.person_id)
        # A clock that was ahead for a moment must not let a code count for years.
        is_fresh = request.created_at <= now < request.ends_at
        if not is_fresh or not user.active or user.password_hash != request.verified:
            raise Invalid(_NO_CODE, field="code")
        return user

    def _by_directory(
        self,
        setup: DirectorySetup,
        user: User | None,
        new: NewSession,
        attempts: Attempts,
        rules: SecuritySettings,
    ) -> SignInView:
        try:
            return sign_in_by(self._work, setup, new, attempts)
        except (WrongPassword, Forbidden, DirectoryAway) as refusal:
            if isinstance(refusal, DirectoryAway):
                attempts.take_back()
            if not isinstance(refusal, DirectoryAway) or not attempts.is_known_here:
                logger.warning("no sign-in of %s", user.id if user else shortened(new.username))
                note_failed_sign_in(self._work, user, new.username)
            # As long as a password that the desk keeps itself.
            is_right(new.password, None, rules.bcrypt_cost)
            raise

    def _replacement(self, user: User, new: NewSession, rules: SecuritySettings) -> str | None:
        if not user.password_one_time:
            return None
        if self._work.read_only:
            raise ReadOnly(_CANNOT_BE_KEPT)
        if new.new_password is None:
            raise NewPasswordDue("Choose a password of your own to replace the one-time one.")
        require_good(new.new_password, rules.password_min_length, *words_of(user))
        if new.new_password == new.password:
            raise Invalid("Choose a password other than the one-time one.", field="new_password")
        return hash_password(new.new_password, rules.bcrypt_cost)

    def _signed_in(
        self, user: User, new: NewSession, replacement: str | None, attempts: Attempts
    ) -> SignInView:
        with self._work.step(writes=not self._work.read_only) as desk:
            verified, user = user.password_hash, desk.users.get(user.id)
            # Checking a password takes long enough for an admin to reset it or end the account.
            if user.password_hash != verified or not user.active:
                raise WrongPassword(_WRONG)
            return signed_in(
                self._work,
                desk,
                user,
                device=new.device,
                attempts=attempts,
                replacement=replacement,
            )


def _session_view(token: str, user: UserView, permissions: Iterable[Permission]) -> SessionView:
    names = frozenset(permission.value for permission in permissions)
    return SessionView(token=token, user=user, permissions=names)

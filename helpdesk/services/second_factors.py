# SPDX-License-Identifier: GPL-3.0-or-later
"""Authenticator apps: set up, confirmed, used and taken away; and recovery codes."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from helpdesk.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    ReadOnly,
    SignedOut,
    WrongPassword,
)
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import PERMISSIONS, Permission
from helpdesk.core.schemas.accounts import (
    CodeEntry,
    CodeProof,
    Confirmation,
    Enrolment,
    Pending,
    Proof,
    RecoveryCodes,
    SecondFactorView,
)
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.users import SignInView
from helpdesk.models import SecondFactor, User
from helpdesk.services import totp
from helpdesk.services.account_mail import tell_of
from helpdesk.services.attempts import Attempts
from helpdesk.services.codes import Codes, Looked
from helpdesk.services.proving import proven, still
from helpdesk.services.secret_box import ASK_ADMIN, REMEDY, can_keep, sealed, unsealed
from helpdesk.services.session_registry import hash_of
from helpdesk.services.signing_in import PENDING_FOR, begun
from helpdesk.services.user_rules import about
from helpdesk.services.work import Transacted, Work

_TOO_OLD = "This sign-in took too long; begin again with your password."
_WRONG = "The code is wrong or was used before; wait for the next one of the app."
_WRONG_FIRST = (
    "The code is wrong; scan the picture with the app, look whether its clock is right, and enter"
    " what it shows now."
)
_NOT_DUE = "Nothing is to be set up for this sign-in; enter a code of your app."
_SET_UP_FIRST = "Set up the app first, then enter the code that it shows."
_NOT_BEGUN = "Set up the app first: ask for its secret, then confirm it with a code."
_NOT_ON = "No codes are asked for at sign-in; there is nothing to change."
_REQUIRED = (
    "Your role needs the authenticator app, so that it cannot be switched off; you can put another"
    " app in its place."
)
_OLD_CODE = "Codes are asked for already; give one of the app there is, or a recovery code."
_WRONG_PASSWORD = "The password is wrong."  # noqa: S105 - a sentence
_ANOTHER = "The app was set up anew in the meantime; begin again."
_CANNOT_KEEP = "An app cannot be set up where the desk can only be read."


class _Waiting(NamedTuple):
    """A sign-in that waits, and whose it is."""

    token_hash: str
    verified: str | None
    replacement: str | None
    device: str
    user: User
    factor: SecondFactor | None

    @property
    def enrols(self) -> bool:
        """Whether an app is to be set up first."""
        return self.factor is None or self.factor.confirmed_at is None


class SecondFactors:
    """The second factor of a sign-in: codes of an authenticator app."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "GET",
        "/me/totp",
        permission=Permission.OWN_ACCOUNT,
        transaction=Transaction.STEPWISE,
        waits=True,
    )
    def state(self) -> SecondFactorView:
        """Show whether codes are asked for at sign-in."""
        with self._work.step(writes=False) as desk:
            user = desk.users.get(self._work.actor.id or 0)
            factor = desk.second_factors.of(user.id)
            left = desk.second_factors.codes_left(user.id) if factor else 0
            required = user.role in Attempts(self._work).rules(desk).second_factor_roles
        since = factor.confirmed_at if factor else None
        can_enrol = not self._work.read_only and can_keep(self._work.settings.security)
        return SecondFactorView(
            on=since is not None,
            since=since,
            recovery_codes_left=left if since else 0,
            required=required,
            can_enrol=can_enrol,
            remedy="" if can_enrol else _CANNOT_KEEP if self._work.read_only else _remedy(user),
        )

    @operation(
        "POST",
        "/me/totp",
        permission=Permission.OWN_ACCOUNT,
        transaction=Transaction.STEPWISE,
        secret=True,
        people_only=True,
    )
    def begin(self, proof: Proof) -> Enrolment:
        """Make a secret for an authenticator app; it counts once a code has confirmed it."""
        user = self._proven(proof.password)
        codes, looked = Codes(self._work, user), None
        factor = self._factor_of(user)
        is_on = factor is not None and factor.confirmed_at is not None
        if factor is not None and is_on:
            if not proof.code:
                raise Invalid(_OLD_CODE, field="code")
            looked = codes.looked_at(factor, proof.code, Invalid(_WRONG, field="code"))
        secret = totp.new_secret()
        kept = self._sealed(user, secret)
        with self._work.step(writes=True) as desk:
            user = still(desk, user)
            if looked is not None:
                self._take(desk, user, codes, looked)
            self._put(desk, user, kept)
        return Enrolment(secret=secret, uri=totp.uri_of(secret, user.username))

    @operation(
        "POST",
        "/me/totp/confirm",
        permission=Permission.OWN_ACCOUNT,
        transaction=Transaction.STEPWISE,
        secret=True,
        people_only=True,
    )
    def confirm(self, confirmation: Confirmation) -> RecoveryCodes:
        """Switch codes on; the answer holds the recovery codes, which are not shown again."""
        with self._work.step(writes=False) as desk:
            user = desk.users.get(self._work.actor.id or 0)
        kept = _unconfirmed(self._factor_of(user))
        if kept is None:
            raise NotFound(_NOT_BEGUN)
        step = self._first_step(user, kept, confirmation.code)
        if step is None:
            raise Invalid(_WRONG_FIRST, field="code")
        with self._work.step(writes=True) as desk:
            user = desk.users.get(user.id)
            shown = self._confirm(desk, user, kept, step)
            desk.sessions.end_of(user.id, but=hash_of(self._work.token or ""))
            return RecoveryCodes(codes=shown)

    @operation(
        "POST",
        "/me/totp/remove",
        permission=Permission.OWN_ACCOUNT,
        transaction=Transaction.STEPWISE,
        waits=True,
        people_only=True,
    )
    def remove(self, proof: CodeProof) -> None:
        """Switch codes off."""
        with self._work.step(writes=False) as desk:
            role = desk.users.get(self._work.actor.id or 0).role
            if role in Attempts(self._work).rules(desk).second_factor_roles:
                raise Forbidden(_REQUIRED)
        user, codes, looked = self._proven_by_both(proof)
        with self._work.step(writes=True) as desk:
            user = still(desk, user)
            self._take(desk, user, codes, looked)
            desk.second_factors.remove(user.id)
            desk.sessions.end_of(user.id, but=hash_of(self._work.token or ""))
            desk.pending_sign_ins.end_of(user.id)
            desk.audit.add(AuditAction.SECOND_FACTOR_OFF, about(user))
            desk.changed("user", user.id)
            tell_of(self._work, desk, user, "No code is asked for at sign-in any more")

    @operation(
        "POST",
        "/me/recovery-codes",
        permission=Permission.OWN_ACCOUNT,
        transaction=Transaction.STEPWISE,
        waits=True,
        secret=True,
        people_only=True,
    )
    def renew_codes(self, proof: CodeProof) -> RecoveryCodes:
        """Make new recovery codes; those there were are void."""
        user, codes, looked = self._proven_by_both(proof)
        shown = totp.recovery_codes()
        with self._work.step(writes=True) as desk:
            user = still(desk, user)
            self._take(desk, user, codes, looked)
            self._keep_codes(desk, user, shown)
            tell_of(self._work, desk, user, "You have new recovery codes")
        return RecoveryCodes(codes=shown)

    @operation(
        "POST",
        "/session/totp",
        permission=None,
        transaction=Transaction.STEPWISE,
        creates=True,
        secret=True,
    )
    def enter(self, entry: CodeEntry) -> SignInView:
        """Go on with a sign-in by a code of the app, or by a recovery code.

        For who has just set up an app, this confirms it, and the answer holds recovery codes.
        Raises ``WrongPassword``, ``TooManyAttempts``; ``SignedOut`` where the sign-in is too old.
        """
        waiting = self._waiting(entry.pending_token)
        if waiting.enrols:
            return self._entered_first(waiting, entry.code)
        codes, factor = Codes(self._work, waiting.user), waiting.factor
        assert factor is not None  # noqa: S101 - else an app is to be set up
        looked = codes.looked_at(factor, entry.code, WrongPassword(_WRONG))
        try:
            with self._work.step(writes=not self._work.read_only) as desk:
                user = self._gone_on(desk, waiting)
                if not codes.taken(desk, looked):
                    raise _Taken(_WRONG, field="code")
                return self._begun(desk, user, waiting, codes.attempts)
        except _Taken:
            codes.refuse(WrongPassword(_WRONG))

    @operation(
        "POST",
        "/session/totp/enrol",
        permission=None,
        transaction=Transaction.STEPWISE,
        secret=True,
    )
    def enrol(self, pending: Pending) -> Enrolment:
        """Make a secret for the app that a role needs, within a sign-in that waits for it."""
        waiting = self._waiting(pending.pending_token)
        if not waiting.enrols:
            raise Conflict(_NOT_DUE)
        if self._work.read_only:
            raise ReadOnly(_CANNOT_KEEP)
        secret, user = totp.new_secret(), waiting.user
        kept = self._sealed(user, secret)
        with self._work.step(writes=True) as desk:
            user = self._still_waiting(desk, waiting)
            factor = desk.second_factors.of(user.id)
            if factor is not None and factor.confirmed_at is not None:
                raise Conflict(_NOT_DUE)
            self._put(desk, user, kept)
        return Enrolment(secret=secret, uri=totp.uri_of(secret, user.username))

    def _sealed(self, user: User, secret: str) -> str:
        """Return a secret as it is kept. Raises ``Conflict`` with what its owner can do."""
        try:
            return sealed(self._work.settings.security, user.id, secret)
        except Conflict as error:
            if str(error) != REMEDY:
                raise
            raise Conflict(_remedy(user)) from error

    # --- sign-ins that wait -------------------------------------------------------------------

    def _waiting(self, token: str) -> _Waiting:
        """Return the sign-in that waits under a token. Raises ``SignedOut``."""
        token_hash = hash_of(token)
        held = self._work.registry.pending(token_hash) if self._work.read_only else None
        with self._work.step(writes=False) as desk:
            kept = desk.pending_sign_ins.found(token_hash)
            pending = held or kept
            # A clock set back by years must not let it wait for as long.
            if pending is None or not _is_fresh(pending.ends_at, self._work.now):
                raise SignedOut(_TOO_OLD)
            user = desk.users.get(pending.person_id)
            if user.password_hash != pending.verified or not user.active:
                raise SignedOut(_TOO_OLD)
            factor = desk.second_factors.of(user.id)
        device = kept.device if kept is not None else ""
        replacement = kept.replacement if kept is not None else None
        return _Waiting(token_hash, pending.verified, replacement, device, user, factor)

    def _still_waiting(self, desk: Transacted, waiting: _Waiting) -> User:
        """Return whose sign-in waits, in a transaction, after what took long."""
        user = desk.users.get(waiting.user.id)
        is_there = desk.pending_sign_ins.found(waiting.token_hash) is not None
        if not is_there or user.password_hash != waiting.verified or not user.active:
            raise SignedOut(_TOO_OLD)
        return user

    def _gone_on(self, desk: Transacted, waiting: _Waiting) -> User:
        """End the wait, which nobody else may have done. Raises ``SignedOut``."""
        user = desk.users.get(waiting.user.id)
        ended = (
            self._work.registry.end_pending(waiting.token_hash)
            if self._work.read_only
            else desk.pending_sign_ins.end(waiting.token_hash)
        )
        if not ended or user.password_hash != waiting.verified or not user.active:
            raise SignedOut(_TOO_OLD)
        return user

    def _entered_first(self, waiting: _Waiting, code: str) -> SignInView:
        """Confirm the app that a role needs, and go on with the sign-in."""
        kept, user = _unconfirmed(waiting.factor), waiting.user
        if kept is None:
            raise Invalid(_SET_UP_FIRST, field="code")
        codes = Codes(self._work, user)
        codes.attempts.count(user.username)
        step = self._first_step(user, kept, code)
        if step is None:
            codes.refuse(WrongPassword(_WRONG_FIRST))
        with self._work.step(writes=True) as desk:
            user = self._gone_on(desk, waiting)
            shown = self._confirm(desk, user, kept, step)
            view = self._begun(desk, user, waiting, codes.attempts)
        return view.model_copy(update={"recovery_codes": shown})

    def _begun(
        self, desk: Transacted, user: User, waiting: _Waiting, attempts: Attempts
    ) -> SignInView:
        return begun(
            self._work,
            desk,
            user,
            device=waiting.device,
            attempts=attempts,
            replacement=waiting.replacement,
        )

    # --- the steps of both --------------------------------------------------------------------

    def _proven(self, password: str) -> User:
        return proven(self._work, password, Invalid(_WRONG_PASSWORD, field="password"))

    def _proven_by_both(self, proof: CodeProof) -> tuple[User, Codes, Looked]:
        """Return who is signed in, proved by password and code."""
        user = self._proven(proof.password)
        factor = self._factor_of(user)
        if factor is None or factor.confirmed_at is None:
            raise NotFound(_NOT_ON)
        codes = Codes(self._work, user)
        return user, codes, codes.looked_at(factor, proof.code, Invalid(_WRONG, field="code"))

    def _factor_of(self, user: User) -> SecondFactor | None:
        with self._work.step(writes=False) as desk:
            return desk.second_factors.of(user.id)

    def _take(self, desk: Transacted, user: User, codes: Codes, looked: Looked) -> None:
        if not codes.taken(desk, looked):
            raise Invalid(_WRONG, field="code")
        codes.attempts.passed(desk, user)

    def _first_step(self, user: User, kept: str, code: str) -> int | None:
        secret = unsealed(self._work.settings.security, user.id, kept)
        return totp.step_of(secret, code, self._work.now)

    def _put(self, desk: Transacted, user: User, kept: str) -> None:
        """Keep a secret that a code has yet to confirm, beside one that has been."""
        factor = desk.second_factors.of(user.id)
        if factor is not None and factor.confirmed_at is not None:
            factor.replacement = kept
        else:
            desk.second_factors.put(
                SecondFactor(
                    person_id=user.id, secret=kept, replacement=None, created_at=self._work.now,
                    confirmed_at=None, last_step=0,
                )
            )  # fmt: skip

    def _confirm(self, desk: Transacted, user: User, kept: str, step: int) -> tuple[str, ...]:
        """Let an app count from now on, and return the recovery codes."""
        factor = desk.second_factors.of(user.id)
        if factor is None or _unconfirmed(factor) != kept:
            raise Conflict(_ANOTHER)
        factor.secret, factor.replacement = kept, None
        factor.confirmed_at, factor.last_step = self._work.now, step
        desk.sign_ins.forget_codes(user.username)
        desk.pending_sign_ins.end_of(user.id)
        shown = totp.recovery_codes()
        who = about(user)
        desk.audit.add(AuditAction.SECOND_FACTOR_ON, who, actor=who)
        self._keep_codes(desk, user, shown)
        desk.changed("user", user.id)
        tell_of(self._work, desk, user, "A code is asked for at sign-in from now on")
        return shown

    def _keep_codes(self, desk: Transacted, user: User, shown: tuple[str, ...]) -> None:
        hashes = [totp.hash_of_recovery(user.id, code) for code in shown]
        desk.second_factors.replace_codes(user.id, hashes, self._work.now)
        desk.audit.add(AuditAction.RECOVERY_CODES_MADE, about(user), actor=about(user))


class _Taken(Invalid):
    """Somebody else came with the same code first."""


def _unconfirmed(factor: SecondFactor | None) -> str | None:
    """Return the secret that waits for its first code."""
    if factor is None:
        return None
    return factor.secret if factor.confirmed_at is None else factor.replacement


def _is_fresh(ends_at: datetime, now: datetime) -> bool:
    return now < ends_at <= now + PENDING_FOR


def _remedy(user: User) -> str:
    """Say what can be done where no secret can be kept: who sets up the desk reads how."""
    return REMEDY if Permission.SET_UP_SECURITY in PERMISSIONS[user.role] else ASK_ADMIN

# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows once it is proven who signs in: a session, or the wait for a second factor.

Every way to sign in ends here: by a password of the desk, of a directory, or by a provider.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from helpdesk.core.errors import ReadOnly
from helpdesk.core.permissions import PERMISSIONS
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.users import SignInView
from helpdesk.models import PendingSignIn, SignInSession, User
from helpdesk.services.account_mail import tell_of
from helpdesk.services.attempts import Attempts
from helpdesk.services.session_registry import hash_of, new_token
from helpdesk.services.user_rules import about
from helpdesk.services.work import Transacted, Work

PENDING_FOR = timedelta(minutes=5)
"""So long a sign-in waits for its code."""
_CANNOT_ENROL = (
    "Your role needs an authenticator app, and this desk can only be read here; sign in where it"
    " can be written."
)


def signed_in(
    work: Work,
    desk: Transacted,
    user: User,
    *,
    device: str,
    attempts: Attempts,
    replacement: str | None = None,
) -> SignInView:
    """Go on with a sign-in of somebody whose identity is proven, in the caller's transaction.

    That is a writing one, save where the desk can only be read. ``attempts`` are those of the
    call that has proven it: wrong passwords are forgotten by this, wrong codes are not. Who may
    not sign in any more has been turned away before. ``replacement`` is the hash of what takes the
    place of a one-time password: where a code is due, that alone must not keep its owner out.
    """
    rules = attempts.rules(desk)
    has_factor = desk.second_factors.is_on(user.id)
    if has_factor or user.role in rules.second_factor_roles:
        way = _Way(device, enrols=not has_factor, replacement=replacement)
        return _pending(work, desk, user, way, attempts)
    return begun(work, desk, user, device=device, attempts=attempts, replacement=replacement)


def replace_password(
    work: Work, desk: Transacted, user: User, hashed: str, attempts: Attempts
) -> None:
    """Replace somebody's password, whatever was begun with the old one."""
    user.password_hash = hashed
    user.password_one_time = False
    attempts.begin_anew(desk, user)
    desk.pending_sign_ins.end_of(user.id)
    desk.resets.void(user.id)
    tell_of(work, desk, user, "Your password was changed")


def begun(
    work: Work,
    desk: Transacted,
    user: User,
    *,
    device: str,
    attempts: Attempts,
    replacement: str | None = None,
) -> SignInView:
    """Begin a session of somebody of whom nothing more is to be proven."""
    now = work.now
    if replacement:
        replace_password(work, desk, user, replacement, attempts)
        desk.sessions.end_of(user.id)
        desk.audit.add(AuditAction.PASSWORD_CHANGED, about(user), actor=about(user))
    if work.read_only:
        token = work.registry.begin(user.id, now)
    else:
        token = new_token()
        longest = timedelta(days=attempts.rules(desk).session_days)
        user.last_sign_in_at = now
        attempts.succeeded(desk, user)
        session = SignInSession(
            token_hash=hash_of(token), user_id=user.id, created_at=now, used_at=now,
            ends_at=now + longest, source=work.source, device=device,
        )  # fmt: skip
        desk.sessions.begin(session)
        desk.audit.add(AuditAction.SIGNED_IN, about(user), actor=about(user))
    permissions = frozenset(permission.value for permission in PERMISSIONS[user.role])
    return SignInView(token=token, user=desk.users.view(user), permissions=permissions)


class _Way(NamedTuple):
    """How a sign-in goes on once its code is right."""

    device: str
    enrols: bool
    replacement: str | None


def _pending(work: Work, desk: Transacted, user: User, way: _Way, attempts: Attempts) -> SignInView:
    now = work.now
    if work.read_only:
        if way.enrols:
            raise ReadOnly(_CANNOT_ENROL)
        ends_at = now + PENDING_FOR
        token = work.registry.begin_pending(user.id, user.password_hash, now, ends_at)
        return SignInView(pending_token=token)
    token = new_token()
    attempts.passed(desk, user)
    pending = PendingSignIn(
        token_hash=hash_of(token), person_id=user.id, verified=user.password_hash,
        replacement=way.replacement, device=way.device, created_at=now,
        ends_at=now + PENDING_FOR,
    )  # fmt: skip
    desk.pending_sign_ins.add(pending)
    return SignInView(pending_token=token, enrols=way.enrols)

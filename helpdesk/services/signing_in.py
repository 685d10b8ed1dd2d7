# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows once it is proven who signs in: a session, or the wait for a second factor.

Every way to sign in ends here: by a password of the desk, of a directory, or by a provider.
"""

from __future__ import annotations

from datetime import timedelta

from helpdesk.core.errors import ReadOnly
from helpdesk.core.permissions import PERMISSIONS
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.users import SignInView
from helpdesk.models import PendingSignIn, SignInSession, User
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
    work: Work, desk: Transacted, user: User, *, device: str, attempts: Attempts
) -> SignInView:
    """Go on with a sign-in of somebody whose identity is proven, in the caller's transaction.

    That is a writing one, save where the desk can only be read. ``attempts`` are those of the
    call that has proven it: wrong passwords are forgotten by this, wrong codes are not. Who may
    not sign in any more has been turned away before.
    """
    rules = attempts.rules(desk)
    has_factor = desk.second_factors.is_on(user.id)
    if has_factor or user.role in rules.second_factor_roles:
        return _pending(work, desk, user, device=device, enrols=not has_factor, attempts=attempts)
    return begun(work, desk, user, device=device, attempts=attempts)


def begun(
    work: Work, desk: Transacted, user: User, *, device: str, attempts: Attempts
) -> SignInView:
    """Begin a session of somebody of whom nothing more is to be proven."""
    now = work.now
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


def _pending(
    work: Work, desk: Transacted, user: User, *, device: str, enrols: bool, attempts: Attempts
) -> SignInView:
    now = work.now
    if work.read_only:
        if enrols:
            raise ReadOnly(_CANNOT_ENROL)
        ends_at = now + PENDING_FOR
        token = work.registry.begin_pending(user.id, user.password_hash, now, ends_at)
        return SignInView(pending_token=token)
    token = new_token()
    attempts.passed(desk, user)
    pending = PendingSignIn(
        token_hash=hash_of(token), person_id=user.id, verified=user.password_hash,
        device=device, created_at=now, ends_at=now + PENDING_FOR,
    )  # fmt: skip
    desk.pending_sign_ins.add(pending)
    return SignInView(pending_token=token, enrols=enrols)

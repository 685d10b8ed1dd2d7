# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks for the password once more, for what a session alone must not do.

An unattended window is no way to guess it: tries are counted, and wrong ones are told of.
"""

from __future__ import annotations

import logging

from helpdesk.core.errors import Conflict, DeskError, DirectoryAway, Forbidden
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.users import AccountOrigin
from helpdesk.models import User
from helpdesk.services.attempts import Attempts
from helpdesk.services.directory_sign_in import fits
from helpdesk.services.passwords import is_right
from helpdesk.services.user_rules import about
from helpdesk.services.work import Transacted, Work

logger = logging.getLogger(__name__)

CHANGED = "Your password was changed in the meantime; sign in with the new one."
_NO_PASSWORD = "You sign in in the browser and have no password here; sign out and in again."  # noqa: S105


def proven(work: Work, password: str, refusal: DeskError) -> User:
    """Return who is signed in, whose password was right; else raise ``refusal``.

    Raises ``TooManyAttempts`` and, for who has no password, ``Forbidden``. Hashing and asking a
    directory take long: never within a transaction.
    """
    with work.step(writes=False) as desk:
        user = desk.users.get(work.actor.id or 0)
    if user.origin is AccountOrigin.OIDC:
        raise Forbidden(_NO_PASSWORD)
    attempts = Attempts(work, in_session=True)
    attempts.count(user.username)
    try:
        is_theirs = password_fits(work, user, password)
    except DirectoryAway:
        attempts.take_back()
        raise
    if not is_theirs:
        logger.warning("wrong password in a session of %s", user.id)
        note_failure(work, user)
        raise refusal
    attempts.forget(user)
    return user


def password_fits(work: Work, user: User, password: str) -> bool:
    """Return whether a password is somebody's, as whoever keeps it says."""
    if user.origin is AccountOrigin.LDAP:
        return fits(work, user, password)
    return is_right(password, user.password_hash, work.settings.security.bcrypt_cost)


def still(desk: Transacted, proved: User) -> User:
    """Return the account in a writing transaction. Raises ``Conflict`` where it is another's now.

    Checking a password takes long enough for an admin to reset it, to keep the old owner out.
    """
    user = desk.users.get(proved.id)
    if user.password_hash != proved.password_hash or not user.active:
        raise Conflict(CHANGED)
    return user


def note_failure(work: Work, user: User) -> None:
    """Keep in the audit log that a wrong password was given in a session of somebody."""
    if work.read_only:
        return
    with work.aside() as desk:
        desk.audit.add(AuditAction.SIGN_IN_FAILED, about(user), [("where", "", "in a session")])

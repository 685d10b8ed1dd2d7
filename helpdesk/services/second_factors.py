# SPDX-License-Identifier: GPL-3.0-or-later
"""Authenticator apps: set up, confirmed, used and taken away; and recovery codes."""

from __future__ import annotations

from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
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
from helpdesk.core.schemas.users import SignInView
from helpdesk.services.work import Work


class SecondFactors:
    """The second factor of a sign-in: codes of an authenticator app."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "GET", "/me/totp", permission=Permission.OWN_ACCOUNT, transaction=Transaction.STEPWISE
    )
    def state(self) -> SecondFactorView:
        """Show whether codes are asked for at sign-in."""
        raise NotImplementedError

    @operation(
        "POST",
        "/me/totp",
        permission=Permission.OWN_ACCOUNT,
        transaction=Transaction.STEPWISE,
        secret=True,
    )
    def begin(self, proof: Proof) -> Enrolment:
        """Make a secret for an authenticator app; it counts once a code has confirmed it."""
        raise NotImplementedError

    @operation(
        "POST",
        "/me/totp/confirm",
        permission=Permission.OWN_ACCOUNT,
        transaction=Transaction.STEPWISE,
        secret=True,
    )
    def confirm(self, confirmation: Confirmation) -> RecoveryCodes:
        """Switch codes on; the answer holds the recovery codes, which are not shown again."""
        raise NotImplementedError

    @operation(
        "POST",
        "/me/totp/remove",
        permission=Permission.OWN_ACCOUNT,
        transaction=Transaction.STEPWISE,
    )
    def remove(self, proof: CodeProof) -> None:
        """Switch codes off."""
        raise NotImplementedError

    @operation(
        "POST",
        "/me/recovery-codes",
        permission=Permission.OWN_ACCOUNT,
        transaction=Transaction.STEPWISE,
        secret=True,
    )
    def renew_codes(self, proof: CodeProof) -> RecoveryCodes:
        """Make new recovery codes; those there were are void."""
        raise NotImplementedError

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
        raise NotImplementedError

    @operation(
        "POST",
        "/session/totp/enrol",
        permission=None,
        transaction=Transaction.STEPWISE,
        secret=True,
    )
    def enrol(self, pending: Pending) -> Enrolment:
        """Make a secret for the app that a role needs, within a sign-in that waits for it."""
        raise NotImplementedError

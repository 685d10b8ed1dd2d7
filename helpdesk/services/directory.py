# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in by a directory or a provider: set up, tried, and the browser's part of it."""

from __future__ import annotations

from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.directory import (
    DirectoryChange,
    DirectorySettings,
    DirectoryTest,
    DirectoryTestAsk,
    SingleSignOnAnswer,
    SingleSignOnBegin,
    SingleSignOnChange,
    SingleSignOnSettings,
    SingleSignOnWay,
)
from helpdesk.core.schemas.users import SignInView
from helpdesk.services.work import Work


class Directory:
    """A directory (LDAP) and a provider (OpenID Connect) that know the people of the desk."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "GET",
        "/directory/settings",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
    )
    def settings(self) -> DirectorySettings:
        """Show how people sign in by the directory; the password is not shown."""
        raise NotImplementedError

    @operation(
        "PATCH",
        "/directory/settings",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
    )
    def change(self, change: DirectoryChange) -> DirectorySettings:
        """Change how people sign in by the directory, from the next sign-in on."""
        raise NotImplementedError

    @operation(
        "POST",
        "/directory/test",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
    )
    def test(self, ask: DirectoryTestAsk) -> DirectoryTest:
        """Try the directory step by step, and look somebody up in it where they are named."""
        raise NotImplementedError

    @operation(
        "GET",
        "/single-sign-on/settings",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
    )
    def provider(self) -> SingleSignOnSettings:
        """Show how people sign in by the provider; the secret is not shown."""
        raise NotImplementedError

    @operation(
        "PATCH",
        "/single-sign-on/settings",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
    )
    def change_provider(self, change: SingleSignOnChange) -> SingleSignOnSettings:
        """Change how people sign in by the provider, from the next sign-in on."""
        raise NotImplementedError

    @operation(
        "POST",
        "/single-sign-on/test",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
    )
    def test_provider(self, change: SingleSignOnChange) -> DirectoryTest:
        """Try whether the provider can be reached and tells what is needed of it."""
        raise NotImplementedError

    @operation(
        "POST",
        "/session/single-sign-on",
        permission=None,
        transaction=Transaction.STEPWISE,
        secret=True,
    )
    def begin(self, begin: SingleSignOnBegin) -> SingleSignOnWay:
        """Begin a sign-in in the browser, which comes back to a loopback address (RFC 8252)."""
        raise NotImplementedError

    @operation(
        "POST",
        "/session/single-sign-on/answer",
        permission=None,
        transaction=Transaction.STEPWISE,
        creates=True,
        secret=True,
    )
    def finish(self, answer: SingleSignOnAnswer) -> SignInView:
        """Sign in with what the browser came back with; it counts once."""
        raise NotImplementedError

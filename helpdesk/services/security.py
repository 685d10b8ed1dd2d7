# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of signing in, and who may do what, as admins see and set them."""

from __future__ import annotations

from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.security import RightsTable, SecurityChange, SecuritySettingsView
from helpdesk.services.work import Work


class Security:
    """How people sign in, and what their roles allow."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "GET",
        "/security/settings",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
    )
    def settings(self) -> SecuritySettingsView:
        """Show the rules of signing in."""
        raise NotImplementedError

    @operation(
        "PATCH",
        "/security/settings",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
    )
    def change(self, change: SecurityChange) -> SecuritySettingsView:
        """Change the rules of signing in; they are in force at once."""
        raise NotImplementedError

    @operation("GET", "/permissions", permission=Permission.MANAGE_USERS)
    def rights(self) -> RightsTable:
        """Show which role has which right."""
        raise NotImplementedError

# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of signing in, and who may do what, as admins see and set them."""

from __future__ import annotations

from helpdesk.core.errors import Invalid
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import GROUPS, PERMISSIONS, Permission
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.security import (
    RightRow,
    RightsTable,
    SecurityChange,
    SecuritySettingsView,
)
from helpdesk.core.schemas.users import Role
from helpdesk.repositories.desk_changes import SECURITY
from helpdesk.services.audit_trail import About
from helpdesk.services.required_factors import end_without_factor
from helpdesk.services.secret_box import can_keep
from helpdesk.services.security_setup import (
    FACT,
    changes_between,
    kept_after,
    security_of,
    view_of,
)
from helpdesk.services.session_registry import hash_of
from helpdesk.services.work import Work

_NO_SECRETS = (
    "This desk cannot keep the secrets of authenticator apps, so nobody could sign in by one; let"
    " “helpdesk secret-key” make a key, and set it in the environment as"
    " HELPDESK_SECURITY__SECRET_KEY."
)
_ABOUT = About("settings", None, "Rules of signing in")


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
        with self._work.step(writes=False) as desk:
            kept = desk.facts.get(FACT)
        return self._view(kept)

    @operation(
        "PATCH",
        "/security/settings",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
        people_only=True,
    )
    def change(self, change: SecurityChange) -> SecuritySettingsView:
        """Change the rules of signing in; they are in force at once.

        Sessions of people without an app end where their role needs one from now on, but for the
        session of who says so.
        """
        own = self._work.settings.security
        if change.second_factor_roles and not self._keeps_secrets():
            raise Invalid(_NO_SECRETS, field="second_factor_roles")
        with self._work.step(writes=True) as desk:
            before = desk.facts.get(FACT)
            kept = kept_after(own, before, change)
            old, new = security_of(own, before), security_of(own, kept)
            changes = changes_between(old, new)
            if changes:
                desk.facts.set(FACT, kept)
                desk.audit.add(AuditAction.SETTINGS_CHANGED, _ABOUT, changes)
                desk.changed(SECURITY, 1)
                added = set(new.second_factor_roles) - set(old.second_factor_roles)
                # Who has just set it is not thrown out by it.
                end_without_factor(desk, added, but=hash_of(self._work.token or ""))
        return self._view(kept)

    @operation("GET", "/permissions", permission=Permission.MANAGE_USERS)
    def rights(self) -> RightsTable:
        """Show which role has which right."""
        return rights_table()

    def _view(self, kept: str | None) -> SecuritySettingsView:
        own = self._work.settings.security
        return view_of(own, kept, keeps_secrets=self._keeps_secrets())

    def _keeps_secrets(self) -> bool:
        """Return whether codes can be asked for: an app's secret has to be kept somewhere."""
        return can_keep(self._work.settings.security)


def rights_table() -> RightsTable:
    """Return which role has which right, as this program has it."""
    return RightsTable(
        rows=tuple(
            RightRow(
                permission=right.value,
                meaning=right.meaning,
                roles=tuple(role for role in Role if right in PERMISSIONS[role]),
            )
            for rights in GROUPS.values()
            for right in rights
        )
    )

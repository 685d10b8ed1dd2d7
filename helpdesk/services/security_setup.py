# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of signing in that are in force: the environment, then what an admin changed, then
files."""

from __future__ import annotations

import json
from functools import lru_cache

from helpdesk.core.schemas.security import SecurityChange, SecuritySettingsView, SecurityValues
from helpdesk.core.schemas.users import Role
from helpdesk.core.settings import SecuritySettings
from helpdesk.repositories.facts import SECURITY_SETTINGS
from helpdesk.services.audit_trail import Change
from helpdesk.services.kept_settings import fixed_names, read_kept, wanted_of

FACT = SECURITY_SETTINGS
CHANGEABLE = tuple(SecurityValues.model_fields)
"""What an admin may change in the window."""


@lru_cache(maxsize=16)
def security_of(own: SecuritySettings, kept: str | None) -> SecuritySettings:
    """Return the rules in force; ``kept`` is the fact of the desk, ``own`` those of the files."""
    fixed = fixed_names("security", own)
    changed = {
        name: value
        for name, value in read_kept(kept).items()
        if name in CHANGEABLE and name not in fixed
    }
    try:
        return SecuritySettings.model_validate({**own.model_dump(), **changed})
    except ValueError:  # kept by a newer program
        return own


def view_of(
    own: SecuritySettings, kept: str | None, *, keeps_secrets: bool
) -> SecuritySettingsView:
    """Return the rules as an admin sees them."""
    return SecuritySettingsView(
        values=_values_of(security_of(own, kept)),
        defaults=_values_of(own),
        fixed=tuple(sorted(fixed_names("security", own) & set(CHANGEABLE))),
        keeps_secrets=keeps_secrets,
    )


def kept_after(own: SecuritySettings, before: str | None, change: SecurityChange) -> str:
    """Return what is kept after a change; what is as the files have it is not. Raises ``Invalid``.

    So that a rule set back goes by the files again, whatever will stand there.
    """
    present = security_of(own, before)
    wanted = wanted_of(change, present, fixed_names("security", own), without="")
    if "second_factor_roles" in wanted:
        named = set(wanted["second_factor_roles"])
        wanted["second_factor_roles"] = [role.value for role in Role if role.value in named]
    files = own.model_dump(mode="json")
    merged = {**read_kept(before), **wanted}
    return json.dumps({name: value for name, value in merged.items() if value != files.get(name)})


def changes_between(before: SecuritySettings, after: SecuritySettings) -> list[Change]:
    """Return what differs between two sets of rules, in words."""
    return [
        (name.replace("_", " "), _said(getattr(before, name)), _said(getattr(after, name)))
        for name in CHANGEABLE
        if getattr(before, name) != getattr(after, name)
    ]


def _values_of(settings: SecuritySettings) -> SecurityValues:
    return SecurityValues.model_validate({name: getattr(settings, name) for name in CHANGEABLE})


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    return f"{value:g}" if isinstance(value, float) else str(value)

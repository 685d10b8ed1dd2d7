# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of signing in that are in force: the environment, then what an admin changed, then
files."""

from __future__ import annotations

from functools import lru_cache

from helpdesk.core.schemas.security import SecurityValues
from helpdesk.core.settings import SecuritySettings
from helpdesk.services.kept_settings import fixed_names, read_kept

FACT = "security_settings"
"""What an admin changed."""
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

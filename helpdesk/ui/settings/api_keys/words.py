# SPDX-License-Identifier: GPL-3.0-or-later
"""Says in words what a key may do, and how it stands with it."""

from __future__ import annotations

from datetime import datetime

from helpdesk.core.permissions import MEANINGS, Permission
from helpdesk.core.schemas.api_keys import ApiKeyView
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.times import full_time, relative_time

_KNOWN = {right.value: right for right in Permission}


def state_of(key: ApiKeyView, now: datetime) -> tuple[str, Tone]:
    """Return whether a key can be used, and in which tone to say so."""
    if key.revoked_at is not None:
        return "Revoked", "neutral"
    if key.expires_at is not None and key.expires_at <= now:
        return "Ended", "neutral"
    return "Active", "success"


def can_be_used(key: ApiKeyView, now: datetime) -> bool:
    """Return whether calls with a key are still answered."""
    return state_of(key, now)[0] == "Active"


def times_of(key: ApiKeyView, now: datetime) -> str:
    """Say when a key was made and used last, and when it ends."""
    parts = [f"made {relative_time(key.created_at, now)}"]
    used = key.last_used_at
    parts.append(f"used {relative_time(used, now)}" if used else "never used")
    if key.revoked_at is not None:
        parts.append(f"revoked {relative_time(key.revoked_at, now)}")
    elif key.expires_at is None:
        parts.append("does not end")
    else:
        verb = "ended" if key.expires_at <= now else "ends"
        parts.append(f"{verb} {full_time(key.expires_at)}")
    return " · ".join(parts)


def scopes_of(key: ApiKeyView) -> str:
    """Say what a key may do; of scopes that this program does not know, their names."""
    return "; ".join(MEANINGS[_KNOWN[name]] if name in _KNOWN else name for name in key.scopes)

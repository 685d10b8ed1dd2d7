# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has a ticket in front of them, or writes on it."""

from __future__ import annotations

from helpdesk.core.schemas.base import Request, Result
from helpdesk.core.schemas.users import PersonRef

PRESENT_SECONDS = 45
"""So long after the last sign of life somebody counts as being there."""
TYPING_SECONDS = 20
"""So long after the last sign of it somebody counts as writing."""


class PresenceSign(Request):
    """That somebody is there, and whether they write just now."""

    typing: bool


class Present(Result):
    """Somebody who has a ticket in front of them."""

    ticket_id: int
    person: PersonRef
    typing: bool
    expires_in: int
    """The seconds after which this is no longer so, unless they give another sign."""

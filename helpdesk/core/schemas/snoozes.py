# SPDX-License-Identifier: GPL-3.0-or-later
"""Snoozes: what puts a ticket out of sight, and what brings it back."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from pydantic import model_validator

from helpdesk.core.schemas.base import Moment, Request

LONGEST = timedelta(days=366)
"""So far ahead a ticket can be put off at most."""
PAST = "That time has passed; choose a later one."
TOO_FAR = "A ticket can be snoozed for a year at most; choose an earlier time."


class SnoozeChoice(Request):
    """Until when a ticket is out of sight: a moment, a reply, or whichever comes first."""

    until: Moment | None = None
    until_reply: bool = False
    """Whether it also comes back as soon as anybody else replies on it."""

    @model_validator(mode="after")
    def _ends(self) -> SnoozeChoice:
        if self.until is None and not self.until_reply:
            raise ValueError("Say until when, or that a reply brings it back.")
        return self


class WokenBy(StrEnum):
    """What brought a ticket back into sight by itself."""

    TIME = "time"
    REPLY = "reply"
    STATUS = "status"

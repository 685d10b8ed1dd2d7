# SPDX-License-Identifier: GPL-3.0-or-later
"""Forgets the wrong passwords that no longer delay anybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete
from sqlalchemy.orm import Session

from helpdesk.models import SignInFailure


class SignInFailureRepository:
    """The counts of wrong passwords by name."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def forget_before(self, at: datetime) -> int:
        """Forget the names not tried since a moment and return how many they were."""
        result = self._session.execute(delete(SignInFailure).where(SignInFailure.last_at < at))
        return cast("CursorResult[Any]", result).rowcount

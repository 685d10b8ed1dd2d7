# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong passwords in a row, and how long the next try has to wait."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base

STRANGERS = ""
"""Stands for all sources of a name together from which nobody has signed in to it lately."""

CODE_STRANGERS = "code"
"""The same for the codes of second factors; a source of those begins with it and a colon."""

CEILING = 100
"""So many guesses strangers have for a name; NIST SP 800-63B allows no more in a row."""

_FIRST_DELAY_SECONDS = 2
_LABEL = "help desk sign-in name "


def name_digest(name_folded: str) -> str:
    """Return what a typed name is kept as: who mistypes puts a password there."""
    return hashlib.sha256((_LABEL + name_folded).encode("utf-8", "surrogatepass")).hexdigest()


class SignInFailure(Base):
    """Counts by the name typed, known or not, so that both answer alike, and by the source."""

    __tablename__ = "sign_in_failure"

    username_folded: Mapped[str] = mapped_column(primary_key=True)
    """The digest of the name, see ``name_digest``."""
    source: Mapped[str] = mapped_column(primary_key=True, default=STRANGERS)
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(index=True)

    def waits_until(self, free_attempts: int, longest_delay_seconds: int) -> datetime:
        """Return when the next try is allowed: the delay doubles with each failure."""
        if self.failures < free_attempts:
            return self.last_at
        doublings = min(self.failures - free_attempts, 20)
        seconds = min(_FIRST_DELAY_SECONDS * 2**doublings, longest_delay_seconds)
        return self.last_at + timedelta(seconds=seconds)

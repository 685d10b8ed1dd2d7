# SPDX-License-Identifier: GPL-3.0-or-later
"""What can become of a message that leaves the desk, by whatever channel."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple


class Outcome(Enum):
    """What became of one message."""

    SENT = auto()
    LATER = auto()
    """Certainly not taken, but it may be."""
    REFUSED = auto()
    """Certainly not taken, for good."""
    UNSURE = auto()
    """It was handed over, and nobody knows whether it was taken."""


class Sent(NamedTuple):
    """What became of one message, and in a sentence why."""

    outcome: Outcome
    sentence: str = ""
    cut: bool = False
    """Whether the connection ended with it."""
    retry_after: int | None = None
    """So many seconds nothing more is to be sent there."""

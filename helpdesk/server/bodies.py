# SPDX-License-Identifier: GPL-3.0-or-later
"""How much memory the requests of a process may take while they are under way."""

from __future__ import annotations

from helpdesk.core.errors import Busy

SMALL_BYTES = 16 * 1024
"""What every request may have: as much as those of strangers, and not counted."""
MOST_BYTES = 64 * 1024 * 1024
_FULL = "The server takes in too many large requests at this moment; try again."
_BUSY_SECONDS = 2


class Bodies:
    """The bytes of all large bodies under way."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        """Begin with none; ``most`` bytes may be held at once."""
        self._most = most
        self.held = 0

    def hold(self, count: int) -> None:
        """Count bytes more. Raises ``Busy`` where that would be too many."""
        if self.held + count > self._most:
            raise Busy(_FULL, retry_after=_BUSY_SECONDS)
        self.held += count

    def release(self, count: int) -> None:
        """Count bytes no more."""
        self.held -= count

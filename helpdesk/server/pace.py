# SPDX-License-Identifier: GPL-3.0-or-later
"""Bounds how often strangers may ask from one place, for what nobody has to sign in for."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from helpdesk.core.clock import monotonic
from helpdesk.core.errors import TooManyAttempts
from helpdesk.server.peer import is_from_here, source_of

if TYPE_CHECKING:
    from starlette.types import Scope

MOST_A_MINUTE, AT_THE_DOOR = 60, 300
_MOST_SOURCES = 10_000
_SENTENCE = "Too much is asked from where you are; try again in {seconds} seconds."


class Pace:
    """Lets each source ask at once as often as in a minute, and from then on step by step."""

    def __init__(self, elapsed: Callable[[], float] = monotonic) -> None:
        """Begin with nobody; ``elapsed`` tells the seconds that pass."""
        self._elapsed = elapsed
        self._left: dict[str, tuple[float, float]] = {}
        """How often each source may still ask, and when that was so."""

    @property
    def _most(self) -> int:
        return MOST_A_MINUTE

    def require(self, scope: Scope) -> None:
        """Count a request. Raises ``TooManyAttempts`` with the seconds to wait.

        Who sits at the machine itself is no stranger.
        """
        if is_from_here(scope):
            return
        source, now = source_of(scope), self._elapsed()
        left, at = self._left.pop(source, (float(self._most), now))
        left = min(self._most, left + (now - at) * self._most / 60)
        if len(self._left) >= _MOST_SOURCES:
            # The one that was silent for longest stands first.
            del self._left[next(iter(self._left))]
        self._left[source] = (max(0.0, left - 1) if left >= 1 else left, now)
        if left < 1:
            seconds = math.ceil((1 - left) * 60 / self._most)
            raise TooManyAttempts(_SENTENCE.format(seconds=seconds), retry_after=seconds)


class DoorPace(Pace):
    """The same for signing in: behind one address there may be an office, and its morning."""

    @property
    def _most(self) -> int:
        return AT_THE_DOOR

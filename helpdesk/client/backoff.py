# SPDX-License-Identifier: GPL-3.0-or-later
"""How long to wait before trying a server again, so that many windows never come all at once."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

Chance = Callable[[], float]
"""A number from 0 to 1, drawn anew each time."""
Wait = Callable[[threading.Event, float], bool]
"""Wait for an event for so many seconds at most, and return whether it came."""

_SHORTEST = 0.05
_LARGEST_POWER = 30


def wait_for(event: threading.Event, seconds: float) -> bool:
    """Wait in real time."""
    return event.wait(seconds)


class Backoff:
    """Exponential backoff with full jitter: anything up to a bound that doubles each time."""

    def __init__(
        self, base: float = 1.0, cap: float = 60.0, chance: Chance = random.random
    ) -> None:
        """Wait up to ``base`` seconds first, and never longer than ``cap``."""
        self._base = base
        self._cap = cap
        self._chance = chance
        self._failures = 0

    def next(self) -> float:
        """Return the seconds to wait after one more failure."""
        bound = min(self._cap, self._base * 2.0 ** min(self._failures, _LARGEST_POWER))
        self._failures += 1
        # Nearly nothing would be a hammering whenever chance has it so.
        return max(bound * self._chance(), min(_SHORTEST, bound))

    def reset(self) -> None:
        """Begin anew after a success."""
        self._failures = 0

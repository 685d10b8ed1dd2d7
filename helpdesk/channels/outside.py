# SPDX-License-Identifier: GPL-3.0-or-later
"""Bounds how many wait at once for a directory or a provider, and lets one rest that is silent.

Strangers can make the desk ask: without a bound a few of them, and a server that never answers,
would take every thread on which people sign in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition

from helpdesk.core.clock import monotonic
from helpdesk.core.errors import DirectoryAway

MOST_ASKING, MOST_WAITING = 8, 8
"""So many ask at once, and so many more wait for one of those; all others are refused."""
LONGEST_WAIT_SECONDS = 5.0
SLOW_SECONDS, REST_SECONDS = 2.0, 15.0
"""Who has kept somebody waiting for so long in vain is not asked for a while."""
_RESTS = "{whom} did not answer a moment ago, and is asked again in a few seconds."
_CROWDED = "Too many wait for {whom} at this moment; try again in a few seconds."


class Outside:
    """Those who ask servers outside, in one process."""

    def __init__(self, elapsed: Callable[[], float] = monotonic) -> None:
        """Begin with nobody; ``elapsed`` tells the seconds that pass."""
        self._elapsed = elapsed
        self._changed = Condition()
        self._asking = self._waiting = 0
        self._rests_until: dict[str, float] = {}

    @contextmanager
    def asking(self, whom: str) -> Iterator[None]:
        """Ask somebody within a bound. Raises ``DirectoryAway`` at once where there is no use."""
        with self._changed:
            self._await_turn(whom)
            self._asking += 1
        began = self._elapsed()
        try:
            yield
        except DirectoryAway:
            now = self._elapsed()
            # What fails at once costs nobody a thread, and works at once when it is mended.
            if now - began >= SLOW_SECONDS:
                self._rests_until[whom] = now + REST_SECONDS
            raise
        finally:
            with self._changed:
                self._asking -= 1
                self._changed.notify_all()

    def _await_turn(self, whom: str) -> None:
        self._require_awake(whom)
        if self._asking < MOST_ASKING:
            return
        if self._waiting >= MOST_WAITING:
            raise DirectoryAway(_CROWDED.format(whom=whom))
        self._waiting += 1
        try:
            has_turn = self._changed.wait_for(
                lambda: self._asking < MOST_ASKING, timeout=LONGEST_WAIT_SECONDS
            )
        finally:
            self._waiting -= 1
        self._require_awake(whom)
        if not has_turn:
            raise DirectoryAway(_CROWDED.format(whom=whom))

    def _require_awake(self, whom: str) -> None:
        if self._elapsed() < self._rests_until.get(whom, float("-inf")):
            raise DirectoryAway(_RESTS.format(whom=whom))


OUTSIDE = Outside()
"""The one of this process."""

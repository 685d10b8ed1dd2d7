# SPDX-License-Identifier: GPL-3.0-or-later
"""Says until when the next part of an answer has to come; only what a model says moves it."""

from __future__ import annotations

from collections.abc import Callable

from helpdesk.assistant.faults import FaultKind, ModelFault

_GRACE_SECONDS = 1.0
"""How long the end of a stream may take whose answer is whole."""
_TIMER_STEP = 0.001
"""A loop may wake that much before the time it was told."""
_FIRST = (
    "The model endpoint {host} did not begin to answer within {seconds:g} seconds; try again, or"
    " allow more time for the first word in the settings of the assistant."
)
_IDLE = "The model fell silent in the middle of its answer; try again."
_TOTAL = (
    "The answer took longer than {seconds:g} seconds and was ended; try again, or ask for less."
)


class TooLate(Exception):
    """The moment has passed before which something had to come."""


class Pace:
    """The deadlines of one attempt, in the time of the event loop.

    The first word and each next one have a time to come in that runs only while it is waited for:
    a window that is slow to show what came is no silence of the server.
    """

    def __init__(
        self,
        time: Callable[[], float],
        first: float,
        idle: float,
        ends_at: float,
        total: float,
    ) -> None:
        """Begin to wait for the first word; ``total`` seconds are over at ``ends_at``."""
        self._time = time
        self._idle = idle
        self._first = first
        self._left = first
        self._ends_at = ends_at
        self._total = total
        self._since = time()
        self._has_begun = False

    def until(self) -> float:
        """Begin to wait, and return until when."""
        self._since = self._time()
        return min(self._since + self._left, self._ends_at)

    def pause(self) -> None:
        """Count the wait that is just over."""
        self._left = max(0.0, self._left - (self._time() - self._since))

    def token(self) -> None:
        """Wait anew: the model has said something."""
        self._has_begun = True
        self._left = self._idle

    def complete(self) -> None:
        """Wait no longer than a moment: there is nothing more to say."""
        self._left = min(self._left, _GRACE_SECONDS)

    def fault(self, host: str) -> ModelFault:
        """Return what it means that the moment has passed."""
        if self._time() >= self._ends_at - _TIMER_STEP:
            sentence = _TOTAL.format(seconds=self._total)
        elif self._has_begun:
            sentence = _IDLE
        else:
            sentence = _FIRST.format(host=host, seconds=self._first)
        return ModelFault(FaultKind.TIMEOUT, sentence)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Leaves an endpoint alone that keeps failing, so that nobody waits for it in vain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from helpdesk.assistant.faults import FaultKind, ModelFault

_MOST_FAILURES = 3
_FIRST_REST, _LONGEST_REST = 20.0, 300.0
_SHORTEST_LIMIT = 1.0
_FAILURES = frozenset(
    {
        FaultKind.UNREACHABLE,
        FaultKind.TLS,
        FaultKind.TIMEOUT,
        FaultKind.OVERLOADED,
        FaultKind.BROKEN,
        FaultKind.TRUNCATED,
    }
)
_RESTING = (
    "The model endpoint {host} failed several times in a row and is left alone for {seconds:.0f}"
    " seconds; try again then, or test the connection in the settings of the assistant."
)


class State(StrEnum):
    """What is known of an endpoint, for a line of status."""

    READY = "ready"
    RESTING = "resting"
    REFUSING = "refusing"
    """It refuses the key, the model or the address: only other settings help."""
    CLOSED = "closed"


class Breaker:
    """Counts failures of one endpoint; while it rests, requests fail at once."""

    def __init__(self, host: str, monotonic: Callable[[], float]) -> None:
        """Begin with an endpoint that is thought to work."""
        self._host = host
        self._monotonic = monotonic
        self._failures = 0
        self._rest = _FIRST_REST
        self._rests_until = 0.0
        self._resting_for = ""
        self._refusal = ""
        self._is_probing = False
        self._is_woken = False

    @property
    def state(self) -> State:
        """What is known now."""
        if self._refusal:
            return State.REFUSING
        return State.RESTING if self.seconds_left > 0 else State.READY

    @property
    def seconds_left(self) -> float:
        """How long it still rests."""
        return max(0.0, self._rests_until - self._monotonic())

    def wake(self) -> None:
        """Let the next request through, whatever happened before: a person asked for it."""
        self._is_woken = True

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take the outcome of the request within into account.

        Raises ``ModelFault`` instead while the endpoint rests, or is being tried out.
        """
        self._admit()
        is_probe = self._is_probing = self._is_on_trial
        try:
            yield
        except ModelFault as fault:
            self._note(fault)
            raise
        else:
            self.reset()
        finally:
            if is_probe:
                self._is_probing = False

    def require(self) -> None:
        """Raise ``ModelFault`` while the endpoint rests, without taking part in it."""
        if self._is_woken:
            return
        if self._refusal:
            raise ModelFault(FaultKind.RESTING, self._refusal, is_lasting=True)
        left = self.seconds_left
        if left > 0:
            sentence = self._resting_for or _RESTING.format(host=self._host, seconds=left + 0.5)
            raise ModelFault(FaultKind.RESTING, sentence, retry_after=left)

    def reset(self) -> None:
        """Think that it works: it has just answered."""
        self._failures = 0
        self._rest = _FIRST_REST
        self._rests_until = 0.0
        self._resting_for = self._refusal = ""

    @property
    def _is_on_trial(self) -> bool:
        return self._failures >= _MOST_FAILURES

    def _admit(self) -> None:
        self.require()
        if self._is_on_trial and self._is_probing and not self._is_woken:
            sentence = _RESTING.format(host=self._host, seconds=1)
            raise ModelFault(FaultKind.RESTING, sentence, retry_after=1)
        self._is_woken = False

    def _note(self, fault: ModelFault) -> None:
        if fault.is_lasting:
            self._refusal = fault.sentence
        elif fault.kind is FaultKind.RATE_LIMITED:
            if (seconds := fault.retry_after or 0) > _SHORTEST_LIMIT:
                self._begin_rest(seconds, fault.sentence)
        elif fault.kind in _FAILURES:
            self._failures += 1
            if self._is_on_trial:
                self._begin_rest(self._rest, "")
                self._rest = min(_LONGEST_REST, self._rest * 2)
        elif fault.kind is not FaultKind.RESTING:
            # It answers, if only to say no.
            self.reset()

    def _begin_rest(self, seconds: float, reason: str) -> None:
        self._rests_until = self._monotonic() + seconds
        self._resting_for = reason

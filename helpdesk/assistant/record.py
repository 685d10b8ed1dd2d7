# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes how one call of a model went: times, counts and outcome, and nothing of what was said."""

from __future__ import annotations

import logging
from collections.abc import Callable

from helpdesk.assistant.attempt import Attempt
from helpdesk.assistant.budget import TokenRatio, estimate, estimate_messages
from helpdesk.assistant.dialects import HABITS
from helpdesk.assistant.messages import ModelRequest
from helpdesk.assistant.pieces import Ended
from helpdesk.assistant.settings import EndpointSettings

logger = logging.getLogger(__name__)

_SHORTEST_CUT = 500
"""Below so many tokens the guess is too rough to warn by."""
_MAY_BE_CUT = (
    "The server counted far fewer words than were sent and may have left some out; choose a"
    " larger context for the model there, or enter its size in the settings of the assistant."
)
_NOTHING_SAID = "The model said nothing; try again, or ask in other words."


class CallRecord:
    """One call, with all its attempts."""

    def __init__(self, request: ModelRequest, monotonic: Callable[[], float]) -> None:
        """Begin when the call is asked for."""
        self._request = request
        self._monotonic = monotonic
        self._asked = monotonic()
        self._turned: float | None = None
        self._first: float | None = None
        self.retries = 0
        self.outcome = "cancelled"

    def turn(self) -> None:
        """Note that its turn has come."""
        self._turned = self._monotonic()

    def word(self) -> None:
        """Note that a word came."""
        if self._first is None:
            self._first = self._monotonic()

    def ended(self, attempt: Attempt, settings: EndpointSettings, ratio: TokenRatio) -> Ended:
        """Return how it ended; ``ratio`` learns how the endpoint counts."""
        guess = estimate_messages(each.content for each in self._request.messages)
        counted, answered = attempt.prompt_tokens, attempt.answer_tokens
        warning = _warning(attempt.text, may_be_cut=_may_be_cut(guess, counted, settings, ratio))
        ratio.learn(counted, guess)
        return Ended(
            text=attempt.text,
            finish="length" if attempt.is_cut_off else "stop",
            model=attempt.model or settings.model,
            prompt_tokens=round(guess * ratio.value) if counted is None else counted,
            answer_tokens=(estimate(attempt.text, ratio.value) if answered is None else answered),
            estimated=counted is None or answered is None,
            queued_ms=self._queued_ms,
            first_ms=self._ms(self._turned, self._first),
            total_ms=self._ms(self._asked),
            retries=self.retries,
            warning=warning,
        )

    def log(self) -> None:
        """Write it down."""
        logger.info(
            "model call: %s, %s, queued %d ms, total %d ms, %d retries",
            self.outcome,
            "background" if self._request.background else "interactive",
            self._queued_ms,
            self._ms(self._asked),
            self.retries,
        )

    @property
    def _queued_ms(self) -> int:
        return self._ms(self._asked, self._turned)

    def _ms(self, begun: float | None, over: float | None = None) -> int:
        """Return the time between two moments; what has not been yet is now."""
        now = self._monotonic()
        begun = now if begun is None else begun
        return max(0, round(((now if over is None else over) - begun) * 1000))


def _may_be_cut(
    guess: int, counted: int | None, settings: EndpointSettings, ratio: TokenRatio
) -> bool:
    may_cut = HABITS[settings.dialect].may_cut_prompts
    return may_cut and guess >= _SHORTEST_CUT and ratio.was_cut(counted, guess)


def _warning(text: str, *, may_be_cut: bool) -> str:
    if not text.strip():
        return _NOTHING_SAID
    return _MAY_BE_CUT if may_be_cut else ""

# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes out of a call of a model: pieces of text, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Piece:
    """Some more text. It is to be shown as plain text."""

    text: str


@dataclass(frozen=True)
class Ended:
    """The answer is whole."""

    text: str
    finish: str
    """``stop``, or ``length`` where it was cut off at the most tokens that it could have."""
    model: str
    prompt_tokens: int | None
    answer_tokens: int | None
    estimated: bool
    """Whether the tokens are a guess, since the server did not count them."""
    queued_ms: int
    first_ms: int
    """From the turn to the first word."""
    total_ms: int
    """From the question to the end, with the wait for a turn."""
    retries: int
    warning: str = ""
    """A sentence on what may be wrong with the answer, if anything."""

    def after(self, earlier: Ended) -> Ended:
        """Return it with what an earlier call for the same question took."""
        return replace(
            self,
            prompt_tokens=(earlier.prompt_tokens or 0) + (self.prompt_tokens or 0),
            answer_tokens=(earlier.answer_tokens or 0) + (self.answer_tokens or 0),
            estimated=earlier.estimated or self.estimated,
            queued_ms=earlier.queued_ms + self.queued_ms,
            first_ms=earlier.first_ms,
            total_ms=earlier.total_ms + self.total_ms,
            retries=earlier.retries + self.retries,
            warning=self.warning or earlier.warning,
        )

# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a question fit a model's context, by cutting what matters least instead of its end.

Some servers cut a question that is too long without a word, and then the task is what is lost.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from helpdesk.core.errors import TooLarge

_BYTES_PER_TOKEN = 3
_PER_MESSAGE = 4
"""Tokens that the border around a message takes."""
CUT = "[... cut ...]"
_HEAD = 0.7
_RESERVE = 0.1
_LEAST_BODY = 40
"""Tokens; less of a text says nothing, so that asking would be in vain."""


def estimate(text: str, ratio: float = 1.0) -> int:
    """Return about how many tokens a text has; ``ratio`` is what an endpoint's count taught."""
    return math.ceil(len(text.encode("utf-8", "surrogatepass")) / _BYTES_PER_TOKEN * ratio)


def estimate_messages(texts: Iterable[str], ratio: float = 1.0) -> int:
    """Return about how many tokens some messages have together."""
    return sum(estimate(text, ratio) + _PER_MESSAGE for text in texts)


def available_tokens(context: int, answer: int) -> int:
    """Return what a question may have in a context that its answer has to fit into as well."""
    return max(0, math.floor((context - answer) * (1 - _RESERVE)))


class TokenRatio:
    """How an endpoint counts tokens, next to our estimate; learnt from its answers."""

    _LOWEST, _HIGHEST = 0.5, 2.0
    _WEIGHT = 0.2
    _CUT_BELOW = 0.6

    def __init__(self, value: float = 1.0) -> None:
        self.value = self._clamped(value)

    def learn(self, prompt_tokens: int | None, estimated: int) -> None:
        """Take in what an endpoint counted for a question that ``estimate(text)`` was made for.

        A count far below the estimate is not learnt: it tells of a question that was cut.
        """
        if prompt_tokens and estimated > 0 and not self.was_cut(prompt_tokens, estimated):
            seen = self._clamped(prompt_tokens / estimated)
            self.value = self._clamped(self.value + self._WEIGHT * (seen - self.value))

    def was_cut(self, prompt_tokens: int | None, estimated: int) -> bool:
        """Whether an endpoint seems to have read only a part of a question."""
        return (
            bool(prompt_tokens) and (prompt_tokens or 0) < self._CUT_BELOW * self.value * estimated
        )

    def _clamped(self, value: float) -> float:
        return min(self._HIGHEST, max(self._LOWEST, value))


class Cut(Enum):
    """What may be done to a part of a question that is too long."""

    NEVER = "never"
    TURN = "turn"
    """Left out from the oldest on, but for the last one: what was said before."""
    PASSAGE = "passage"
    """Left out from the lowest score on."""
    BODY = "body"
    """Shortened in its middle."""


@dataclass(frozen=True)
class Part:
    """A part of a question, in its place."""

    text: str
    cut: Cut = Cut.NEVER
    score: float = 0.0


def fit(parts: Sequence[Part], available: int, ratio: float = 1.0) -> tuple[Part, ...]:
    """Return what of the parts fits, in their order: turns go first, then passages, then bodies.

    Raises ``TooLarge`` when even that is too long.
    """
    kept = list(parts)
    while _size(kept, ratio) > available and (least := _least(kept)) is not None:
        del kept[least]
    surplus = _size(kept, ratio) - available
    if surplus > 0:
        kept = _with_shorter_bodies(kept, surplus, ratio)
    if _size(kept, ratio) > available:
        raise TooLarge(
            "This does not fit into the model's context; ask about less, or set a larger context"
            " in the settings of the assistant if the model has one."
        )
    return tuple(kept)


def shortened(text: str, tokens: int, ratio: float = 1.0) -> str:
    """Return a text of at most so many tokens: its beginning, a mark, and its end."""
    if estimate(text, ratio) <= tokens:
        return text
    room = math.floor(tokens * _BYTES_PER_TOKEN / ratio) - len(CUT) - 2
    if room <= 0:
        return ""
    data = text.encode("utf-8", "replace")
    head = math.floor(room * _HEAD)
    beginning = data[:head].decode("utf-8", "ignore").rstrip()
    end = data[len(data) - (room - head) :].decode("utf-8", "ignore").lstrip()
    return f"{beginning}\n{CUT}\n{end}"


def _size(parts: Iterable[Part], ratio: float) -> int:
    return estimate_messages((part.text for part in parts), ratio)


def _least(parts: Sequence[Part]) -> int | None:
    """Return which part to leave out next, if any may be."""
    turns = [index for index, part in enumerate(parts) if part.cut is Cut.TURN]
    if len(turns) > 1:
        return turns[0]
    passages = [index for index, part in enumerate(parts) if part.cut is Cut.PASSAGE]
    # Of equal ones the later goes: they come in the order of how well they fit.
    return min(passages, key=lambda index: (parts[index].score, -index), default=None)


def _with_shorter_bodies(parts: list[Part], surplus: int, ratio: float) -> list[Part]:
    """Shorten the longest texts that may be, none below what still says something."""
    for index in sorted(range(len(parts)), key=lambda index: -len(parts[index].text)):
        part = parts[index]
        if surplus <= 0 or part.cut is not Cut.BODY:
            continue
        before = estimate(part.text, ratio)
        text = shortened(part.text, max(_LEAST_BODY, before - surplus), ratio)
        surplus -= before - estimate(text, ratio)
        parts[index] = replace(part, text=text)
    return parts

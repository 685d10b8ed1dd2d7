# SPDX-License-Identifier: GPL-3.0-or-later
"""Says how alike two texts are, by BM25 over the words of the one that asks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from helpdesk.assistant.features import bucket_of

_SATURATION, _LENGTH_SHARE = 1.2, 0.75
_SHORTEST_SHOWN = 3

Label = TypeVar("Label", bound=Hashable)


def rarity(met: int, texts: int) -> float:
    """Return what a word weighs that is met in so many texts; never nothing."""
    met = min(met, texts)
    return math.log(1 + (texts - met + 0.5) / (met + 0.5))


class Likeness(NamedTuple):
    """How alike a text is: its score, that of an equal text being ``whole``, and what it shares."""

    score: float
    whole: float
    words: tuple[str, ...]

    @property
    def percent(self) -> int:
        """How alike it is in a hundred."""
        return round(100 * min(self.score / self.whole, 1.0)) if self.whole else 0


class Asking:
    """A text that others are compared with."""

    def __init__(
        self,
        said: Sequence[str],
        words: Sequence[str],
        frequencies: Mapping[int, int],
        texts: int,
        mean_length: float,
    ) -> None:
        """Take all words of the text, the telling ones, and what is known of all texts."""
        self.weights = {word: rarity(frequencies.get(bucket_of(word), 0), texts) for word in words}
        self._mean_length = mean_length or float(len(said)) or 1.0
        self._whole = self._score(said)[0]

    def likeness(self, said: Sequence[str]) -> Likeness:
        """Compare a text by its words."""
        score, shared = self._score(said)
        return Likeness(score, self._whole, shared)

    def _score(self, said: Sequence[str]) -> tuple[float, tuple[str, ...]]:
        counts = Counter(said)
        length = 1 - _LENGTH_SHARE + _LENGTH_SHARE * len(said) / self._mean_length
        parts = {
            word: weight * counts[word] * (_SATURATION + 1) / (counts[word] + _SATURATION * length)
            for word, weight in self.weights.items()
            if word in counts
        }
        shared = sorted(parts, key=lambda word: (-parts[word], word))
        return sum(parts.values()), tuple(filter(is_shown, shared))


def is_shown(word: str) -> bool:
    """Return whether a word explains anything to people."""
    return len(word) >= _SHORTEST_SHOWN and not word.isdigit()


def shares_of(votes: Iterable[tuple[Label, float]]) -> dict[Label, float]:
    """Return the share of each label in some votes, together 1."""
    sums: dict[Label, float] = {}
    for label, weight in votes:
        sums[label] = sums.get(label, 0.0) + weight
    whole = sum(sums.values())
    return {label: weight / whole for label, weight in sums.items()} if whole else {}


def mean(
    first: Mapping[Label, float], second: Mapping[Label, float], weight: float = 0.5
) -> dict[Label, float]:
    """Return the mean of two sets of shares, the first one with a weight.

    Where one has nothing to say it is the other alone.
    """
    if not first or not second:
        return dict(first or second)
    return {
        label: weight * first.get(label, 0.0) + (1 - weight) * second.get(label, 0.0)
        for label in {*first, *second}
    }


def ranked(
    shares: Mapping[Label, float], allowed: Callable[[Label], bool]
) -> list[tuple[Label, float]]:
    """Return the labels that are allowed, the most likely one first."""
    found = [(label, share) for label, share in shares.items() if allowed(label)]
    return sorted(found, key=lambda pair: (-pair[1], str(pair[0])))

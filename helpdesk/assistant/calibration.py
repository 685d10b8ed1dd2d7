# SPDX-License-Identifier: GPL-3.0-or-later
"""Says how often a suggestion of a certain score turned out right, and below which to be silent.

The scores of past suggestions are sorted and their outcomes made rising with the least change
(isotonic regression by pooling neighbours), each pool drawn a little towards the mean of all so
that three lucky hits are no certainty.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

PRECISION = 0.92
"""What is shown shall be right so often when it is fitted, so that it stays above 90 in a
hundred when what people write about shifts."""

LEAST_TRIALS = 50
"""With fewer outcomes nothing is known of how often suggestions are right."""

NEVER = 1.01
"""A threshold that no score reaches."""

_LEAST_SHOWN = 30
_LIKELY = 0.5
_DRAWN_BY = 2.0
_ERRORS_KEPT_AWAY = 0.5


class Trial(NamedTuple):
    """A suggestion of the past: its score, and whether it was right."""

    score: float
    right: bool


Step = tuple[float, float]
"""From a score on suggestions are right so often, as a share."""


def steps_of(trials: Sequence[Trial]) -> tuple[Step, ...]:
    """Return the rising steps that say how often a score is right."""
    if not trials:
        return ()
    overall = sum(trial.right for trial in trials) / len(trials)
    pools: list[list[float]] = []
    for score, right in sorted(trials):
        pools.append([score, float(right), 1.0])
        while len(pools) > 1 and pools[-2][1] * pools[-1][2] >= pools[-1][1] * pools[-2][2]:
            _, hits, size = pools.pop()
            pools[-1][1] += hits
            pools[-1][2] += size
    return tuple(
        (score, (hits + _DRAWN_BY * overall) / (size + _DRAWN_BY)) for score, hits, size in pools
    )


def confidence(steps: Sequence[Step], score: float) -> float:
    """Return how often a suggestion of a score is right; 0 where nothing is known."""
    if not steps:
        return 0.0
    place = bisect_right([lowest for lowest, _ in steps], score)
    return steps[max(place - 1, 0)][1]


def lowest_likely(steps: Sequence[Step]) -> float:
    """Return the lowest score that is right more often than wrong, or ``NEVER``."""
    return next((score for score, share in steps if share > _LIKELY), NEVER)


def threshold_of(trials: Sequence[Trial], precision: float = PRECISION) -> float:
    """Return the lowest score from which on enough is right, or ``NEVER``.

    Half a standard error is kept away from the bound: few outcomes are a weak promise.
    """
    if len(trials) < LEAST_TRIALS:
        return NEVER
    found, hits = NEVER, 0
    ordered = sorted(trials, reverse=True)
    for count, (score, right) in enumerate(ordered, start=1):
        hits += right
        is_last_of_score = count == len(ordered) or ordered[count].score < score
        if count < min(_LEAST_SHOWN, len(trials)) or not is_last_of_score:
            continue
        share = hits / count
        error = math.sqrt(max(share * (1 - share), 0.0) / count)
        if share - _ERRORS_KEPT_AWAY * error >= precision:
            found = score
    return found


def expected_error(pairs: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Return the mean distance between what was promised and what came true, in bins."""
    sums = [[0.0, 0.0, 0.0] for _ in range(bins)]
    for promised, right in pairs:
        place = sums[min(int(promised * bins), bins - 1)]
        place[0] += promised
        place[1] += right
        place[2] += 1
    return sum(abs(promised - hits) for promised, hits, _ in sums) / len(pairs) if pairs else 0.0

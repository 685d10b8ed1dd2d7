# SPDX-License-Identifier: GPL-3.0-or-later
"""How many tickets are still open, and that these are the young ones."""

from __future__ import annotations

import math

_STEPS = 2000
_SMALLEST_QUEUE = 48
_YOUNGEST = 0.8


def open_target(count: int) -> int:
    """Return how many of ``count`` tickets are open: 48 or 4 %, rising to 18 % of many.

    A small desk has few tickets a week; with a larger share of them open, its queue would be
    one of tickets that everybody has forgotten.
    """
    share = 0.04 + 0.14 * min(max(math.log10(max(count, 1) / 2000), 0.0), 1.0)
    return min(max(round(count * share), _SMALLEST_QUEUE), round(count * 0.4))


def open_chances(target: float, count: int) -> list[float]:
    """Return how likely a ticket is open by its age rank, newest first, in equal steps.

    The chances add up to ``target`` of ``count``.
    """
    share = min(max(target / count, 0.0), 0.45) if count else 0.0
    low, high = 1e-4, 10.0
    for _ in range(50):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if sum(_curve(middle)) < share * _STEPS else (low, middle)
    return _curve(high)


def _curve(width: float) -> list[float]:
    """Return falling chances; even of the youngest tickets some are solved already."""
    ranks = ((step + 0.5) / _STEPS for step in range(_STEPS))
    return [_YOUNGEST * math.exp(-((rank / width) ** 0.7)) * (1 - rank) for rank in ranks]

# SPDX-License-Identifier: GPL-3.0-or-later
"""Weighted choice by one list look-up, because ``random.choices`` is too slow for a million."""

from __future__ import annotations

from collections.abc import Sequence


def weighted_table(weights: Sequence[float], size: int) -> list[int]:
    """Return ``size`` indices of ``weights``, each as often as its weight demands.

    ``table[int(random() * size)]`` then draws an index by weight.
    """
    total = sum(weights)
    table: list[int] = []
    reached = 0.0
    for index, weight in enumerate(weights):
        reached += weight
        table.extend([index] * (round(reached * size / total) - len(table)))
    return table


def zipf_weights(count: int, offset: float) -> list[float]:
    """Return falling weights ``1 / (rank + offset)``: few do much, many do little."""
    return [1 / (rank + offset) for rank in range(1, count + 1)]

# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds tickets that are alike by the words of their subjects: what keeps coming in.

Each subject is a set of stems, each stem weighing ``log(1 + tickets / tickets that hold it)``. The
likeness of two subjects is the cosine of these weights. Tickets are taken one after the other, the
newest first, and join the first group whose leader they resemble enough, else they lead one of
their own (leader clustering, Hartigan, Clustering Algorithms, 1975, chapter 3).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import log, sqrt
from typing import NamedTuple

ALIKE = 0.45
"""The least likeness to the leader of a group."""
_WORDS_SHOWN = 4


class Cluster(NamedTuple):
    """Tickets that are alike, by their places in what was given, and the words they share."""

    members: tuple[int, ...]
    words: tuple[str, ...]


def clusters_of(subjects: Sequence[Sequence[str]], least: int) -> list[Cluster]:
    """Return the groups of at least so many subjects, the largest first.

    A subject is its stems. The cost grows with the number of subjects and how many leaders share
    a stem with each.
    """
    held = Counter(stem for stems in subjects for stem in set(stems))
    weight = {stem: log(1 + len(subjects) / count) for stem, count in held.items()}
    leaders: list[list[int]] = []
    vectors: list[dict[str, float]] = []
    leading: dict[str, list[int]] = {}
    for place, stems in enumerate(subjects):
        vector = _unit({stem: weight[stem] for stem in set(stems) if held[stem] > 1})
        if not vector:
            continue
        likeness: defaultdict[int, float] = defaultdict(float)
        for stem, share in vector.items():
            for leader in leading.get(stem, ()):
                likeness[leader] += share * vectors[leader][stem]
        best = max(likeness, key=lambda each: (likeness[each], -each), default=None)
        if best is not None and likeness[best] >= ALIKE:
            leaders[best].append(place)
            continue
        for stem in vector:
            leading.setdefault(stem, []).append(len(leaders))
        leaders.append([place])
        vectors.append(vector)
    groups = [
        Cluster(tuple(members), _shared(members, subjects, weight))
        for members in leaders
        if len(members) >= least
    ]
    return sorted(groups, key=lambda group: (-len(group.members), group.members))


def _unit(vector: dict[str, float]) -> dict[str, float]:
    length = sqrt(sum(value * value for value in vector.values()))
    return {stem: value / length for stem, value in vector.items()} if length else {}


def _shared(
    members: Sequence[int], subjects: Sequence[Sequence[str]], weight: dict[str, float]
) -> tuple[str, ...]:
    """Return the stems that at least half of a group holds, what tells most first."""
    counts = Counter(stem for place in members for stem in set(subjects[place]))
    common = [stem for stem, count in counts.items() if 2 * count >= len(members)]
    best = sorted(common, key=lambda stem: (-counts[stem] * weight[stem], stem))
    return tuple(best[:_WORDS_SHOWN])

# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the words of a text into the numbers that a classifier learns from.

Words come as the search's tokenizer yields them, in any script. Each falls into one of a fixed
number of buckets, so that what is learnt stays small however many words people write, and holds
none of them. Pairs of words are left out: on 38,000 tickets they took ten times the room and
made the classifier worse.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from zlib import crc32

BUCKETS = 2**18
BIAS = BUCKETS
"""Stands in every text. Its count is the number of texts, its weights hold every label."""

TELLING_WORDS = 15
"""So many words of a text are looked for in others; with six a suggestion loses two points of
accuracy to five, with 25 it gains half a point and takes half as long again."""

_UNKNOWN_WORDS = 5
"""Words that nothing learnt holds are looked for besides: what breaks today may be new."""
_TOO_COMMON = 0.3
"""A word in more than this share of all texts tells nothing."""
_FEW = 30
"""Below so many texts no share is a measure."""


def bucket_of(word: str) -> int:
    """Return the bucket of a word, the same on every machine."""
    return crc32(word.encode("utf-8", "surrogatepass")) % BUCKETS


def counts_of(words: Iterable[str]) -> dict[int, int]:
    """Return how often each bucket is met."""
    return dict(Counter(map(bucket_of, words)))


def unit_vector(
    counts: Mapping[int, int], frequencies: Mapping[int, int], texts: int
) -> dict[int, float]:
    """Return the tf-idf vector of length 1 over the buckets, and the bias beside it.

    ``frequencies`` says in how many of the ``texts`` a bucket is met.
    """
    weights = {
        bucket: (1 + math.log(count))
        * (1 + math.log((1 + texts) / (1 + min(frequencies.get(bucket, 0), texts))))
        for bucket, count in counts.items()
    }
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    vector = {bucket: weight / length for bucket, weight in weights.items()}
    vector[BIAS] = 1.0
    return vector


def telling_words(
    words: Iterable[str], frequencies: Mapping[int, int], texts: int
) -> tuple[str, ...]:
    """Return the words that say most of what a text is about, the most telling one first."""
    ranked: list[tuple[float, str]] = []
    unknown: list[str] = []
    for word, count in Counter(words).items():
        met = frequencies.get(bucket_of(word), 0)
        if met == 0:
            unknown.append(word)
        elif texts < _FEW or met <= _TOO_COMMON * texts:
            ranked.append(((1 + math.log(count)) * math.log(1 + texts / met), word))
    ranked.sort(key=lambda pair: (-pair[0], pair[1]))
    return (*(word for _, word in ranked[:TELLING_WORDS]), *unknown[:_UNKNOWN_WORDS])

# SPDX-License-Identifier: GPL-3.0-or-later
"""How long things took, as histograms that many days can be added up of: medians without tickets.

Up to fifty seconds each second has a bucket of its own; from there on each is two percent wide.
What is kept is small where few things happened, and quickly added where many did.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

_LONGEST = 20 * 366 * 86_400
"""What took longer falls into the last bucket."""
_LANE_BYTES = 4
_LANE = 8 * _LANE_BYTES
_FEW = 64
"""So many durations are kept one by one; of more, the counts of all buckets are."""
_LIST, _LANES = b"\x01", b"\x02"
_EFFORT = 1
_TOO_FEW = "there are fewer durations than were taken out"


_IS_BIG_ENDIAN = sys.byteorder == "big"


def _lows() -> tuple[int, ...]:
    """Return where each bucket begins."""
    lows = [0]
    while lows[-1] < _LONGEST:
        lows.append(max(lows[-1] + 1, lows[-1] * 102 // 100))
    return tuple(lows)


_LOWS = _lows()
BUCKETS = len(_LOWS)


class Place(NamedTuple):
    """Where a duration of a rank stands: in which bucket, as which one of how many there."""

    bucket: int
    position: int
    among: int


def bucket_of(seconds: int) -> int:
    """Return the bucket that a duration falls into; a damaged desk may hold negative ones."""
    return max(bisect_right(_LOWS, seconds) - 1, 0)


def bounds(bucket: int) -> tuple[int, int | None]:
    """Return the shortest and the longest duration of a bucket; the last one has no longest."""
    is_last = bucket == BUCKETS - 1
    return _LOWS[bucket], None if is_last else _LOWS[bucket + 1] - 1


@dataclass(frozen=True)
class Histogram:
    """How many durations fell into each bucket; the buckets are lanes of one whole number."""

    lanes: int = 0

    @classmethod
    def of(cls, durations: Iterable[int]) -> Histogram:
        """Return the histogram of durations in seconds."""
        return cls().changed(Counter(map(bucket_of, durations)))

    @classmethod
    def total(cls, blobs: Iterable[bytes | None]) -> Histogram:
        """Return the sum of histograms as they are kept; ``None`` is an empty one."""
        lanes, singles = 0, bytearray()
        for blob in blobs:
            if not blob:
                continue
            if blob[:1] == _LIST:
                singles += blob[1:]
            else:
                lanes += int.from_bytes(_unpacked(blob), "little")
        return cls(lanes).changed(Counter(_listed(bytes(singles))))

    @classmethod
    def kept(cls, blob: bytes | None) -> Histogram:
        """Return a histogram as it is kept. Raises ``ValueError`` for what is none."""
        return cls.total((blob,))

    def blob(self) -> bytes | None:
        """Return what is kept of it; ``None`` where it is empty."""
        if not self.lanes:
            return None
        counts = self.counts()
        if sum(counts.values()) <= _FEW:
            return _list_of(counts)
        size = (self.lanes.bit_length() + 7) // 8
        return _LANES + zlib.compress(self.lanes.to_bytes(size, "little"), _EFFORT)

    def counts(self) -> dict[int, int]:
        """Return how many durations are in each bucket that is not empty."""
        return {bucket: count for bucket, count in enumerate(self._all) if count}

    def changed(self, by: Mapping[int, int]) -> Histogram:
        """Return it with so many durations more, or fewer, in some buckets.

        Raises ``ValueError`` where more were taken out than there are.
        """
        if not by:
            return self
        changes = sum(count << (_LANE * bucket) for bucket, count in by.items())
        if any(count < 0 for count in by.values()):
            have = self.counts()
            if any(have.get(bucket, 0) + count < 0 for bucket, count in by.items()):
                raise ValueError(_TOO_FEW)
        return Histogram(self.lanes + changes)

    @staticmethod
    def changed_blob(blob: bytes | None, by: Mapping[int, int]) -> bytes | None:
        """Return what is kept of a histogram with durations more or fewer, as ``changed`` has it.

        Where few things happened, which is nearly everywhere, that is one short list.
        """
        if blob and blob[:1] != _LIST:
            return Histogram.kept(blob).changed(by).blob()
        counts: dict[int, int] = dict(by)
        for bucket in _listed(blob[1:]) if blob else ():
            counts[bucket] = counts.get(bucket, 0) + 1
        total = 0
        for count in counts.values():
            if count < 0:
                raise ValueError(_TOO_FEW)
            total += count
        return _list_of(counts) if total <= _FEW else Histogram().changed(counts).blob()

    @staticmethod
    def nearest_blob(blob: bytes | None, by: Mapping[int, int]) -> bytes | None:
        """Return what is kept of a damaged histogram with durations more or fewer.

        What cannot be read counts as none, and what is not there is not taken out.
        """
        try:
            have = Histogram.kept(blob).counts()
        except ValueError:
            have = {}
        buckets = sorted({*have, *by})
        counts = {bucket: max(have.get(bucket, 0) + by.get(bucket, 0), 0) for bucket in buckets}
        return Histogram().changed(counts).blob()

    @cached_property
    def count(self) -> int:
        """How many durations it holds."""
        return sum(self._all)

    def places(self, share: float) -> list[Place]:
        """Return between which durations a quantile lies; none where there are none."""
        if not self.count:
            return []
        rank, rest = ranks(self.count, share)
        return [self.place(each) for each in ((rank, rank + 1) if rest else (rank,))]

    def place(self, rank: int) -> Place:
        """Return where the duration of a rank stands; 0 is the shortest one."""
        nth = bisect_right(self._upto, rank)
        if nth == len(self._upto):
            raise ValueError("there are not so many durations")
        among = self._all[nth]
        return Place(nth, rank - self._upto[nth] + among, among)

    @cached_property
    def _all(self) -> array[int]:
        """How many there are in each bucket, up to the last one that is not empty."""
        size = -(-self.lanes.bit_length() // _LANE) * _LANE_BYTES
        lanes = array("I", self.lanes.to_bytes(size, "little"))
        if _IS_BIG_ENDIAN:
            lanes.byteswap()
        return lanes

    @cached_property
    def _upto(self) -> list[int]:
        return list(accumulate(self._all))


def ranks(count: int, share: float) -> tuple[int, float]:
    """Return the rank of a quantile among so many, and how far it lies towards the next one."""
    position = share * (count - 1)
    rank = int(position)
    return rank, position - rank


def on_line(values: Sequence[float], count: int, share: float) -> float:
    """Return a quantile of so many durations from those between which it lies.

    It lies on the line from the one to the other, as elsewhere.
    """
    return values[0] + ranks(count, share)[1] * (values[-1] - values[0])


def estimate(place: Place) -> float:
    """Return how long the duration at a place was, within its bucket."""
    low, high = bounds(place.bucket)
    width = 0 if high is None else high - low
    return low + width * (place.position + 0.5) / place.among


def _list_of(counts: Mapping[int, int]) -> bytes | None:
    listed = array("H", [each for each in sorted(counts) for _ in range(counts[each])])
    if _IS_BIG_ENDIAN:
        listed.byteswap()
    return _LIST + listed.tobytes() if listed else None


def _listed(data: bytes) -> array[int]:
    if len(data) % array("H").itemsize:
        raise ValueError("that is no histogram")
    listed = array("H", data)
    if _IS_BIG_ENDIAN:
        listed.byteswap()
    return listed


def _unpacked(blob: bytes) -> bytes:
    if blob[:1] != _LANES:
        raise ValueError("that is no histogram")
    try:
        return zlib.decompress(blob[1:])
    except zlib.error as error:
        raise ValueError("that is no histogram") from error

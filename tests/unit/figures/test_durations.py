# SPDX-License-Identifier: GPL-3.0-or-later
"""Histograms of durations are added and subtracted exactly, and tell medians within two percent."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.figures.durations import BUCKETS, Histogram, bounds, bucket_of, estimate, on_line

YEAR = 366 * 86_400
seconds = st.one_of(
    st.integers(0, 120),
    st.integers(0, 40_000),
    st.integers(0, 20 * YEAR),
    st.integers(0, 90 * YEAR),
)
some = st.lists(seconds, max_size=40)
many = st.lists(seconds, min_size=65, max_size=120)


def exact(durations: list[int], share: float) -> float:
    """Return a quantile as statistics programs take it: on the line between two ranks."""
    ordered, position = sorted(durations), share * (len(durations) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])


@given(seconds)
def test_a_duration_lies_within_its_bucket(duration: int):
    low, high = bounds(bucket_of(duration))
    assert low <= duration
    assert high is None or duration <= high <= max(low, low * 1.02)


@given(st.lists(st.integers(0, 20 * YEAR), min_size=1, max_size=200), st.floats(0, 1))
def test_quantiles_are_within_two_percent(durations: list[int], share: float):
    histogram = Histogram.of(durations)
    places = histogram.places(share)
    found = on_line([estimate(place) for place in places], histogram.count, share)
    assert found == pytest.approx(exact(durations, share), rel=0.02)


@given(st.one_of(some, many), st.one_of(some, many))
def test_sums_of_what_is_kept_are_those_of_all(first: list[int], second: list[int]):
    both = Histogram.total([Histogram.of(first).blob(), None, Histogram.of(second).blob()])
    assert both == Histogram.of([*first, *second])
    assert both.count == len(first) + len(second)
    assert Histogram.kept(both.blob()) == both


@given(st.one_of(some, many), st.one_of(some, many), st.one_of(some, many))
def test_what_goes_and_comes_leaves_what_is_there_now(
    stays: list[int], goes: list[int], comes: list[int]
):
    before = Histogram.of([*stays, *goes])
    by = Counter(map(bucket_of, comes))
    by.subtract(Counter(map(bucket_of, goes)))
    after = Histogram.of([*stays, *comes])
    assert before.changed(by) == after
    assert Histogram.kept(Histogram.changed_blob(before.blob(), by)) == after


@pytest.mark.parametrize("count", [1, 100])
def test_more_cannot_be_taken_out_than_is_there(count: int):
    kept = Histogram.of([7] * count)
    by = {bucket_of(8): -1, bucket_of(7): 1}
    with pytest.raises(ValueError, match="fewer durations"):
        kept.changed(by)
    with pytest.raises(ValueError, match="fewer durations"):
        Histogram.changed_blob(kept.blob(), by)


@given(st.one_of(some, many), st.one_of(some, many))
def test_of_what_is_damaged_as_much_is_kept_as_can_be(kept: list[int], goes: list[int]):
    by = {bucket: -count for bucket, count in Counter(map(bucket_of, goes)).items()}
    left = Histogram.kept(Histogram.nearest_blob(Histogram.of(kept).blob(), by))
    assert left.counts() == +(Counter(map(bucket_of, kept)) - Counter(map(bucket_of, goes)))
    assert Histogram.nearest_blob(b"\x03", by | {7: 1}) == Histogram.of([7]).blob()


def test_nothing_has_no_quantile_and_keeps_nothing():
    assert Histogram().places(0.5) == []
    assert Histogram().blob() is None
    assert Histogram.changed_blob(Histogram.of([5]).blob(), {bucket_of(5): -1}) is None
    assert bounds(BUCKETS - 1)[1] is None


@pytest.mark.parametrize("blob", [b"\x03", b"\x01\x00", b"\x02\xff"])
def test_what_is_no_histogram_is_refused(blob: bytes):
    with pytest.raises(ValueError, match="no histogram"):
        Histogram.kept(blob)


def test_a_rank_is_found_in_its_bucket():
    found = Histogram.of([10, 10, 5_000, 5_001])
    assert found.place(1) == (bucket_of(10), 1, 2)
    assert found.place(2) == (bucket_of(5_000), 0, 2)
    with pytest.raises(ValueError, match="so many"):
        found.place(4)

# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a score is right is told by what came of such scores before."""

from __future__ import annotations

import pytest

from helpdesk.assistant.calibration import (
    LEAST_TRIALS,
    NEVER,
    Trial,
    confidence,
    expected_error,
    lowest_likely,
    steps_of,
    threshold_of,
)


def trials(*parts: tuple[float, int, int]) -> list[Trial]:
    """Return trials: at a score so many, of which so many were right."""
    return [
        Trial(score + place / 10_000, place % count < right)
        for score, count, right in parts
        for place in range(count)
    ]


def test_confidence_is_the_share_that_was_right():
    steps = steps_of(trials((0.3, 200, 60), (0.8, 200, 180)))
    assert confidence(steps, 0.31) == pytest.approx(0.3, abs=0.1)
    assert confidence(steps, 0.95) == pytest.approx(0.9, abs=0.1)


def test_confidence_never_falls_with_a_higher_score():
    steps = steps_of(trials((0.2, 50, 40), (0.5, 50, 10), (0.9, 50, 45)))
    said = [confidence(steps, score / 100) for score in range(101)]
    assert said == sorted(said)


def test_three_lucky_hits_are_no_certainty():
    assert confidence(steps_of([Trial(0.9, True)] * 3 + [Trial(0.1, False)] * 7), 0.9) < 0.8


def test_nothing_tried_is_no_confidence():
    assert confidence((), 0.99) == 0.0


def test_the_threshold_leaves_enough_right_above_it():
    tried = trials((0.2, 300, 90), (0.6, 300, 294))
    threshold = threshold_of(tried)
    shown = [trial.right for trial in tried if trial.score >= threshold]
    assert threshold > 0.2
    assert sum(shown) / len(shown) >= 0.92
    assert len(shown) >= 300


def test_where_hardly_anything_is_right_nothing_is_shown():
    assert threshold_of(trials((0.2, 100, 20), (0.9, 100, 60))) == NEVER


def test_few_trials_are_no_measure():
    assert threshold_of([Trial(0.9, True)] * (LEAST_TRIALS - 1)) == NEVER
    assert threshold_of([Trial(0.9, True)] * LEAST_TRIALS) == 0.9


def test_what_is_rather_wrong_than_right_is_not_likely():
    steps = steps_of(trials((0.2, 100, 10), (0.7, 100, 80)))
    assert 0.2 < lowest_likely(steps) <= 0.71
    assert lowest_likely(steps_of(trials((0.2, 100, 10)))) == NEVER


def test_the_expected_error_is_how_far_promises_are_from_the_truth():
    assert expected_error([(0.85, True)] * 85 + [(0.85, False)] * 15) == pytest.approx(0)
    assert expected_error([(0.9, False)] * 10) == pytest.approx(0.9)
    assert expected_error([]) == 0.0

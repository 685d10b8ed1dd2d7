# SPDX-License-Identifier: GPL-3.0-or-later
"""Words become buckets, vectors and the few that tell what a text is about."""

from __future__ import annotations

import math

from helpdesk.assistant.features import (
    BIAS,
    BUCKETS,
    TELLING_WORDS,
    bucket_of,
    counts_of,
    telling_words,
    unit_vector,
)
from helpdesk.models.triage import ALL_TEXTS, ALL_WORDS


def frequencies_of(**words: int) -> dict[int, int]:
    return {bucket_of(word): count for word, count in words.items()}


def test_a_word_of_any_script_has_one_bucket_for_ever():
    words = ["drucker", "принтер", "打印机", "\ud800"]
    assert len({bucket_of(word) for word in words}) == len(words)
    assert all(0 <= bucket_of(word) < BUCKETS for word in words)
    # Kept weights would mean other words if this ever changed.
    assert bucket_of("vpn") == 63_577


def test_the_buckets_that_stand_for_all_words_lie_behind_those_of_words():
    assert BIAS == ALL_TEXTS == BUCKETS
    assert ALL_WORDS > ALL_TEXTS


def test_a_vector_has_length_one_beside_its_bias():
    counts = counts_of(["the", "vpn", "drops", "the", "vpn"])
    vector = unit_vector(counts, frequencies_of(the=100, vpn=3), texts=100)
    assert vector.pop(BIAS) == 1.0
    assert math.isclose(sum(value**2 for value in vector.values()), 1.0)
    assert vector[bucket_of("vpn")] > vector[bucket_of("the")]


def test_a_text_without_words_is_its_bias():
    assert unit_vector({}, {}, texts=0) == {BIAS: 1.0}


def test_the_telling_words_are_rare_ones_first_and_never_those_of_most_texts():
    known = frequencies_of(the=95, printer=10, toner=2)
    words = ["the", "printer", "needs", "the", "toner"]
    assert telling_words(words, known, texts=100) == ("toner", "printer", "needs")


def test_few_texts_say_nothing_of_how_common_a_word_is():
    assert telling_words(["printer"], frequencies_of(printer=3), texts=3) == ("printer",)


def test_a_long_text_is_asked_by_few_of_its_words():
    words = [f"word{number}" for number in range(100)]
    known = {bucket_of(word): 1 for word in words[:50]}
    telling = telling_words(words, known, texts=1_000)
    assert set(telling[:TELLING_WORDS]) <= set(words[:50])
    assert len(telling) == TELLING_WORDS + 5

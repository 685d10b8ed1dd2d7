# SPDX-License-Identifier: GPL-3.0-or-later
"""The classifier learns one text at a time, and unlearns by a correction."""

from __future__ import annotations

import pytest

from helpdesk.assistant.classifier import Classifier, Row
from helpdesk.assistant.features import BIAS, counts_of, unit_vector

NETWORK, PRINTING, ACCESS = 1, 2, 3
LESSONS = (
    ("vpn drops at home", NETWORK),
    ("wifi is slow in the office", NETWORK),
    ("toner is empty", PRINTING),
    ("printer jams at once", PRINTING),
    ("password expired", ACCESS),
    ("account is locked", ACCESS),
)


def vector_of(text: str) -> dict[int, float]:
    return unit_vector(counts_of(text.split()), {}, texts=len(LESSONS))


@pytest.fixture
def taught() -> Classifier:
    classifier = Classifier({})
    for _ in range(5):
        for text, label in LESSONS:
            classifier.learn(vector_of(text), label)
    return classifier


def best(classifier: Classifier, text: str) -> int:
    shares = classifier.shares(vector_of(text))
    return max(shares, key=lambda label: shares[label])


def test_before_anything_is_learnt_it_says_nothing():
    assert Classifier({}).shares(vector_of("vpn drops")) == {}


def test_it_tells_labels_apart_by_their_words(taught: Classifier):
    asked = {"vpn is slow": NETWORK, "empty printer": PRINTING, "locked password": ACCESS}
    assert {text: best(taught, text) for text in asked} == asked


def test_its_shares_are_together_one_also_for_words_never_met(taught: Classifier):
    for text in ("vpn", "something else entirely"):
        shares = taught.shares(vector_of(text))
        assert set(shares) == {NETWORK, PRINTING, ACCESS}
        assert sum(shares.values()) == pytest.approx(1)


def test_a_label_that_comes_later_is_learnt_beside_the_others(taught: Classifier):
    taught.learn(vector_of("badge does not open the door"), 9)
    assert best(taught, "door does not open") == 9
    assert best(taught, "toner is empty") == PRINTING


def test_a_correction_changes_the_answer_at_once(taught: Classifier):
    text = "vpn drops at home"
    taught.correct(vector_of(text), ACCESS, wrong=NETWORK)
    assert best(taught, text) == ACCESS


def test_a_row_survives_being_packed(taught: Classifier):
    for bucket, row in taught.rows.items():
        again = Row.unpacked(row.packed())
        assert again.squares == pytest.approx(row.squares), bucket
        assert again.weights == pytest.approx(row.weights, rel=1e-6, abs=1e-9)
    packed = {bucket: Row.unpacked(row.packed()) for bucket, row in taught.rows.items()}
    text = vector_of("wifi drops")
    assert Classifier(packed).shares(text) == pytest.approx(taught.shares(text), rel=1e-5)


@pytest.mark.parametrize("data", [b"", b"abc", b"123456789"])
def test_bytes_that_are_no_row_teach_nothing(data: bytes):
    assert Row.unpacked(data) == Row()


def test_the_bias_knows_every_label(taught: Classifier):
    assert set(taught.rows[BIAS].weights) == {NETWORK, PRINTING, ACCESS}

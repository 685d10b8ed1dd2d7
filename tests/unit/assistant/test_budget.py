# SPDX-License-Identifier: GPL-3.0-or-later
"""What does not fit is cut where it matters least, visibly, and never the task."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.assistant.budget import (
    CUT,
    Cut,
    Part,
    TokenRatio,
    available_tokens,
    estimate,
    estimate_messages,
    fit,
    shortened,
)
from helpdesk.core.errors import TooLarge

TASK = Part("Answer the last question. " * 4)
BODY = Part("".join(f"line {number}\n" for number in range(200)), Cut.BODY)
TURNS = tuple(Part(f"turn {number} " * 10, Cut.TURN) for number in range(4))
PASSAGES = tuple(Part(f"passage {score} " * 10, Cut.PASSAGE, score) for score in (0.9, 0.1, 0.5))


def _tokens(*parts: Part) -> int:
    return estimate_messages(part.text for part in parts)


def test_an_estimate_counts_bytes():
    assert estimate("") == 0
    assert estimate("abcd") == 2
    assert estimate("😀" * 3) == 4
    assert estimate("abc" * 10, 1.5) == 15
    assert available_tokens(4096, 400) == 3326


def test_what_fits_stays_as_it_is():
    parts = (TASK, *TURNS, *PASSAGES, BODY)
    assert fit(parts, _tokens(*parts)) == parts


def test_the_oldest_turns_go_first_and_the_last_one_never():
    parts = (TASK, *TURNS, *PASSAGES)
    assert fit(parts, _tokens(*parts) - 1) == (TASK, *TURNS[1:], *PASSAGES)
    assert fit(parts, _tokens(TASK, TURNS[-1], *PASSAGES)) == (TASK, TURNS[-1], *PASSAGES)


def test_then_the_passages_that_fit_least():
    parts = (TASK, *TURNS, *PASSAGES)
    best, worst, middle = PASSAGES
    assert fit(parts, _tokens(TASK, TURNS[-1], best, middle)) == (TASK, TURNS[-1], best, middle)
    assert fit(parts, _tokens(TASK, TURNS[-1], worst)) == (TASK, TURNS[-1], best)
    assert fit(parts, _tokens(TASK, TURNS[-1])) == (TASK, TURNS[-1])


def test_then_bodies_lose_their_middle():
    task, body = fit((TASK, PASSAGES[0], BODY), 200)
    head, tail = body.text.split(f"\n{CUT}\n")
    assert task == TASK
    assert BODY.text.startswith(head)
    assert BODY.text.endswith(tail)
    assert 2 < len(head) / len(tail) < 3
    assert _tokens(task, body) > 190


def test_the_longest_body_is_cut_first():
    short = Part("a short question", Cut.BODY)
    assert fit((short, BODY), 200)[0] == short


def test_what_cannot_fit_is_said_and_not_sent():
    with pytest.raises(TooLarge, match="larger context"):
        fit((TASK, BODY), 40)


@given(st.text(max_size=600), st.integers(1, 200), st.floats(0.5, 2))
def test_a_shortened_text_keeps_within_its_tokens(text: str, tokens: int, ratio: float):
    assert estimate(shortened(text, tokens, ratio), ratio) <= tokens


PARTS = st.builds(Part, st.text(max_size=300), st.sampled_from(Cut), st.floats(0, 1))


@given(st.lists(PARTS, max_size=8), st.integers(0, 500), st.floats(0.5, 2))
def test_whatever_comes_fits_and_keeps_its_order(parts: list[Part], available: int, ratio: float):
    try:
        kept = fit(parts, available, ratio)
    except TooLarge:
        return
    assert estimate_messages((part.text for part in kept), ratio) <= available
    assert [part for part in kept if part.cut is Cut.NEVER] == [
        part for part in parts if part.cut is Cut.NEVER
    ]


def test_the_ratio_follows_the_endpoint_within_bounds():
    ratio = TokenRatio()
    for _ in range(40):
        ratio.learn(150, 100)
    assert ratio.value == pytest.approx(1.5, abs=0.01)
    for _ in range(40):
        ratio.learn(9_000, 100)
    assert 1.9 < ratio.value <= 2.0
    assert TokenRatio(0.1).value == 0.5


def test_a_question_that_was_cut_is_noticed_and_teaches_nothing():
    ratio = TokenRatio()
    assert ratio.was_cut(4096, 9000)
    assert not ratio.was_cut(6000, 9000)
    assert not ratio.was_cut(None, 9000)
    ratio.learn(4096, 9000)
    ratio.learn(None, 9000)
    ratio.learn(100, 0)
    assert ratio.value == 1.0

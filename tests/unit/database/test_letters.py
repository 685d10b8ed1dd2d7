# SPDX-License-Identifier: GPL-3.0-or-later
"""Folding letter by letter yields the words that SQLite's tokenizer yields."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from helpdesk.database import letters
from helpdesk.database.letters import short_tokens_of
from helpdesk.database.tokens import LONGEST_TOKEN, tokens_of
from tests.unit.repositories.mixed_texts import dice_of, said

STORABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")


@hypothesis_settings(deadline=None, database=None)
@given(st.lists(st.text(STORABLE, max_size=40), max_size=4))
def test_the_words_are_those_of_the_tokenizer(texts: list[str]):
    assert short_tokens_of(texts) == tokens_of(texts)


@pytest.mark.parametrize("seed", range(30))
def test_so_are_those_of_many_scripts(seed: int):
    dice = dice_of(f"letters/{seed}")
    texts = [said(dice, 40) for _ in range(20)]
    assert short_tokens_of(texts) == tokens_of(texts)


@pytest.mark.parametrize("text", ["", "\u0301", "a\u0301\u0301b", "- \u0301a", "İ", "ß", "\n"])
def test_accents_of_their_own_are_in_no_word(text: str):
    assert short_tokens_of([text]) == tokens_of([text])


def test_a_very_long_word_is_cut_as_everywhere():
    texts = ["x" * (LONGEST_TOKEN + 5), "é" * (LONGEST_TOKEN + 1) + " b"]
    assert short_tokens_of(texts) == tokens_of(texts)


def test_no_letter_is_lost_when_too_many_were_met(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(letters, "_MOST_FOLDS", 3)
    texts = [f"Añ{letter}z {letter}" for letter in "äbçđéf-ĝ"]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: short_tokens_of([text])[0], texts * 50))
    assert found == tokens_of(texts) * 50

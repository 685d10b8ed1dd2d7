# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a text are those that FTS5 itself finds it by, on any thread."""

from __future__ import annotations

import gc
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from helpdesk.database import tokens
from helpdesk.database.tokens import LONGEST_TOKEN, TOKENIZER, tokens_of


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", []),
        ("?! -- 😀", []),
        ("Don't PANIC", ["don", "t", "panic"]),
        ("Grüne Straße, gru\u0308n", ["grune", "straße", "grun"]),
        ("İstanbul ISTANBUL", ["istanbul", "istanbul"]),
        ("a_b 0x80070005", ["a", "b", "0x80070005"]),
        ("印刷できません", ["印刷できません"]),
        ("one\ntwo\tone", ["one", "two", "one"]),
    ],
)
def test_the_words_of_a_text(said: str, words: list[str]):
    assert tokens_of([said]) == [words]


def test_each_text_has_its_own_words():
    assert tokens_of(["b a", "", "a"]) == [["b", "a"], [], ["a"]]
    assert tokens_of([]) == []


def test_a_very_long_word_is_cut_behind_what_can_be_typed():
    for letter in "xä印😀":
        for words in tokens_of([letter * 40_000]):
            assert all(len(word) <= LONGEST_TOKEN for word in words)
    assert tokens_of(["x" * 40_000]) == [["x" * LONGEST_TOKEN]]


@hypothesis_settings(deadline=None, database=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60))
def test_a_text_is_found_by_each_of_its_words(said: str):
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE VIRTUAL TABLE t USING fts5(x, tokenize='{TOKENIZER}')")
        connection.execute("INSERT INTO t VALUES (?)", (said,))
        for word in tokens_of([said])[0]:
            assert not set(word) & set(" :@'\"\n")
            assert tokens_of([word]) == [[word]]
            found = connection.execute("SELECT count(*) FROM t WHERE t MATCH ?", (f'"{word}"',))
            assert found.fetchone() == (1,)


def test_threads_do_not_disturb_each_other():
    texts = [[f"w{number} x{turn}" for turn in range(20)] for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        for wanted, found in zip(texts, pool.map(tokens_of, texts), strict=True):
            assert found == [said.split() for said in wanted]


def test_the_index_of_a_thread_is_closed_when_it_ends():
    def connection() -> sqlite3.Connection:
        tokens_of(["x"])
        own = tokens._own.index  # noqa: SLF001
        assert own is not None
        return own.connection

    with ThreadPoolExecutor(1) as pool:
        used = pool.submit(connection).result()
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        used.execute("SELECT 1")

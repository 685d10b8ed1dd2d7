# SPDX-License-Identifier: GPL-3.0-or-later
"""What is typed is split into words and phrases, and made into an expression without operators."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from helpdesk.database.fulltext import terms_expression, words_of


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(a, b)")
        connection.execute("INSERT INTO t VALUES ('printer jam', 'AND or not near')")
        yield connection


@pytest.mark.parametrize(
    ("typed", "terms", "unfinished"),
    [
        ("", (), None),
        ("   ", (), None),
        ("printer", (), "printer"),
        ("printer ", ("printer",), None),
        ("printer jam", ("printer",), "jam"),
        ("printer\tjam\n", ("printer", "jam"), None),
        ('"printer jam"', ("printer jam",), None),
        ('"printer jam', ("printer jam",), None),
        ('say "printer jam" now', ("say", "printer jam"), "now"),
        ('""', (), None),
        ('"', (), None),
        ("-- ( * )", (), None),
        ("-jam", (), "-jam"),
        ("a ! b", ("a",), "b"),
        ("😀", (), None),
        ("AND OR", ("AND",), "OR"),
    ],
)
def test_words_and_phrases(typed: str, terms: tuple[str, ...], unfinished: str | None):
    words = words_of(typed)
    assert (words.terms, words.unfinished) == (terms, unfinished)
    assert words.all == ((*terms, unfinished) if unfinished else terms)


@hypothesis_settings(deadline=None, database=None)
@given(st.text(max_size=800))
def test_nothing_is_kept_but_what_was_typed_and_not_too_much(typed: str):
    words = words_of(typed)
    assert len(words.all) <= 32
    assert all(word in typed for word in words.all)
    assert sum(map(len, words.all)) <= 500


def test_one_letter_finds_every_word_that_begins_with_it():
    said = ["printer", "p", "Pöstli", "ßp", "p4", "pß", "up", "tap x", "office p", "office printer"]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "CREATE VIRTUAL TABLE t USING fts5(a, tokenize = 'unicode61 remove_diacritics 2')"
        )
        connection.executemany("INSERT INTO t VALUES (?)", [(each,) for each in said])

        def found(expression: str) -> list[str]:
            rows = connection.execute(
                "SELECT a FROM t WHERE t MATCH ? ORDER BY rowid", (expression,)
            )
            return [a for (a,) in rows]

        for typed in ("p", "P", "office p", "office:p", "x", "4"):
            words = words_of(typed)
            assert words.unfinished is not None
            begun = [f'"{term}"' for term in words.terms]
            plain = " AND ".join((*begun, f'"{words.unfinished}"*'))
            assert found(terms_expression(words)) == found(plain)

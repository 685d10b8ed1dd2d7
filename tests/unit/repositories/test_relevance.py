# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hit comes first: each rule of the order, one after the other."""

from __future__ import annotations

import pytest

from helpdesk.database.fulltext import words_of
from helpdesk.database.tokens import tokens_of
from helpdesk.repositories.relevance import Relevance


def best_first(typed: str, *subjects: str) -> list[str]:
    """Return subjects, the newest of which is the last one given, in the order of a search."""
    words = words_of(typed)
    relevance = Relevance(tokens_of(words.all), unfinished=words.unfinished is not None)
    ranks = {
        subject: relevance.rank(tokens, number)
        for number, (subject, tokens) in enumerate(
            zip(subjects, tokens_of(subjects), strict=True), start=1
        )
    }
    return sorted(subjects, key=ranks.__getitem__)


@pytest.mark.parametrize(
    ("typed", "better", "worse"),
    [
        # 1. more terms
        ("printer jam ", "jam in a printer", "printer"),
        ("printer jam ", "The printer has a jam", "jam jam jam"),
        ('"heavy paper" jam ', "a jam of heavy paper", "a jam, heavy, of paper"),
        ("printer ja", "a jam of the printer", "printer"),
        # 2. the whole text in its order
        ("printer jam ", "the big printer jam", "jam printer"),
        ("printer ja", "no printer jam", "jam printer"),
        ('"heavy paper" jam', "heavy paper jam", "jam of heavy paper"),
        # 3. whole words before beginnings
        ("print", "they print", "printer"),
        ("vpn mail", "vpn or mail", "mailbox vpn"),
        # 4. nearer to the beginning
        ("jam ", "Jam in the printer", "The printer has a jam"),
        # case and accents make no difference to the words
        ("UBER ", "über alles", "alles über"),
    ],
)
def test_the_better_subject_comes_first_even_when_older(typed: str, better: str, worse: str):
    assert best_first(typed, better, worse) == [better, worse]


def test_of_equals_the_newest_comes_first():
    assert best_first("jam ", "a jam", "no jam") == ["no jam", "a jam"]
    assert best_first("jam ", "one", "two", "") == ["", "two", "one"]


def test_a_whole_word_elsewhere_stands_where_it_stands():
    assert best_first("print", "printer and print", "print and printer") == [
        "print and printer",
        "printer and print",
    ]

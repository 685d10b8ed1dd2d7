# SPDX-License-Identifier: GPL-3.0-or-later
"""Folds text letter by letter as the index does, for what is too much to ask SQLite for.

The tokenizer looks at one letter at a time, so what it makes of each is learned once and kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from helpdesk.database.tokens import LONGEST_TOKEN, tokens_of

_MOST_FOLDS = 50_000

Folds = dict[int, str | None]
"""What a letter is in the index; a blank for all signs, nothing for an accent of its own."""


class _Letters(NamedTuple):
    """The letters met so far; threads share them, and none is taken away while it is used."""

    met: set[str]
    folds: Folds


class _Known:
    letters: ClassVar[_Letters] = _Letters(set(), {})


def folds_of(said: str) -> Folds:
    """Return how the index folds letters, those of a text among them."""
    if len(_Known.letters.met) > _MOST_FOLDS:
        _Known.letters = _Letters(set(), {})
    letters = _Known.letters
    # Most texts have none, and looking costs less than asking.
    new = list(set(said) - letters.met)
    words_there = tokens_of([f"a{letter}a" for letter in new]) if new else []
    for letter, words in zip(new, words_there, strict=True):
        letters.folds[ord(letter)] = (words[0][1:-1] or None) if len(words) == 1 else " "
    letters.met.update(new)
    return letters.folds


def short_tokens_of(texts: Sequence[str]) -> list[list[str]]:
    """Return what ``tokens_of`` returns, in a fraction of the time where texts are short."""
    folds = folds_of("".join(texts))
    return [[word[:LONGEST_TOKEN] for word in said.translate(folds).split()] for said in texts]

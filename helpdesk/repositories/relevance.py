# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of two hits of a search is the better one, by the words of their subjects alone.

A hit is the better one when, the first difference deciding:

1. its subject holds more of the terms (a term is a word or a quoted phrase; the last word counts
   where some word begins with it, as long as it may be unfinished),
2. its subject holds the whole text: all words of all terms in their order, with none between,
3. fewer terms are held by a mere beginning instead of a whole word,
4. the first word that belongs to a term stands nearer to the beginning of the subject,
5. it is newer, that is: its number is higher.

A subject says in few words what a ticket is about, and never changes, so a ticket keeps its rank
while somebody turns pages. The words are those of the index (``database.tokens``), on every
database the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Tokens = Sequence[str]


class Rank(NamedTuple):
    """Where a hit stands; the lower one comes first."""

    missing: int
    scattered: int
    begun: int
    position: int
    age: int
    """The ticket's number with a minus."""


class Relevance:
    """Ranks hits of one search."""

    def __init__(self, terms: Sequence[Tokens], *, unfinished: bool) -> None:
        """Take the terms by their words; ``unfinished`` says so of the very last one."""
        # Between two blanks a word is found as a piece of text, faster than in a list.
        self._terms = [f" {' '.join(term)}" for term in terms]
        self._whole = "".join(self._terms)
        self._unfinished = unfinished

    def rank(self, subject: Tokens, ticket_id: int) -> Rank:
        """Return the rank of a ticket by the words of its subject."""
        said = f" {' '.join(subject)} "
        missing = begun = 0
        positions: list[int] = []
        for place, term in enumerate(self._terms, start=1):
            exact = _position(said, f"{term} ")
            found = exact
            if exact is None and self._unfinished and place == len(self._terms):
                found = _position(said, term)
            if found is None:
                missing += 1
                continue
            begun += exact is None
            positions.append(found)
        whole = self._whole if self._unfinished else f"{self._whole} "
        is_scattered = bool(missing) or whole not in said
        return Rank(missing, int(is_scattered), begun, min(positions, default=0), -ticket_id)


def _position(said: str, wanted: str) -> int | None:
    """Return the place of the first word of a piece of text, or ``None``."""
    at = said.find(wanted)
    return None if at < 0 else said.count(" ", 0, at)

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
        self._terms = [list(term) for term in terms]
        self._whole = [token for term in terms for token in term]
        self._unfinished = unfinished

    def rank(self, subject: Tokens, ticket_id: int) -> Rank:
        """Return the rank of a ticket by the words of its subject."""
        missing = begun = 0
        positions: list[int] = []
        for place, term in enumerate(self._terms, start=1):
            exact = _position(subject, term, begins=False)
            found = exact
            if exact is None and self._unfinished and place == len(self._terms):
                found = _position(subject, term, begins=True)
            if found is None:
                missing += 1
                continue
            begun += exact is None
            positions.append(found)
        whole = None if missing else _position(subject, self._whole, begins=self._unfinished)
        return Rank(missing, int(whole is None), begun, min(positions, default=0), -ticket_id)


def _position(subject: Tokens, wanted: list[str], *, begins: bool) -> int | None:
    """Return where words stand one behind the other, the last one at least begun."""
    *before, last = wanted
    if not before:
        return _place(subject, last, begins=begins)
    for start in range(len(subject) - len(before)):
        here = subject[start + len(before)]
        is_there = here.startswith(last) if begins else here == last
        if is_there and list(subject[start : start + len(before)]) == before:
            return start
    return None


def _place(subject: Tokens, wanted: str, *, begins: bool) -> int | None:
    """Return where a word stands, or one that it begins."""
    if begins:
        return next((at for at, word in enumerate(subject) if word.startswith(wanted)), None)
    return subject.index(wanted) if wanted in subject else None

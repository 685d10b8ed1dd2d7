# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts the piece out of a text that shows why a search has found it.

SQLite does this itself; for other databases it is done here, over the texts of the rows that a
page shows. Only what is marked depends on it, never what is found.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import ClassVar, NamedTuple

from helpdesk.core.text import HIT_END, HIT_START
from helpdesk.database.tokens import tokens_of

EXCERPT_WORDS = 14
_WORDS_BEFORE = 4
_CUT = "…"
_TOKEN = re.compile("[^ ]+")
_MOST_FOLDS = 50_000
_MOST_HITS, _MOST_AROUND = 200, 100

Folds = dict[int, str | None]
"""What a letter is in the index; a blank for all signs, nothing for an accent of its own."""


class _Known:
    """The letters met so far; threads share them, and none is taken away while it is used."""

    folds: ClassVar[Folds] = {}

    @classmethod
    def with_letters_of(cls, said: str) -> Folds:
        """Return how the index folds letters, those of a text among them."""
        if len(cls.folds) > _MOST_FOLDS:
            cls.folds = {}
        folds = cls.folds
        # Most texts have none, and looking costs less than asking.
        new = [letter for letter in set(said) if ord(letter) not in folds]
        words_there = tokens_of([f"a{letter}a" for letter in new]) if new else []
        for letter, words in zip(new, words_there, strict=True):
            folds[ord(letter)] = (words[0][1:-1] or None) if len(words) == 1 else " "
        return folds


class _Hits(NamedTuple):
    """The hits in a text: which term, and from where to where in what is compared."""

    text: str
    folded: str
    places: Sequence[int]
    found: list[tuple[int, int, int]]

    @property
    def terms(self) -> int:
        """How many of the terms occur."""
        return len({term for term, _, _ in self.found})


def patterns_of(terms: Sequence[Sequence[str]], *, unfinished: bool) -> list[re.Pattern[str]]:
    """Return what to look for; each term is a word or a phrase, the last one may be begun."""
    return [
        re.compile(
            "(?<= )" + " +".join(map(re.escape, tokens))
            + ("[^ ]*" if unfinished and place == len(terms) else "(?= )")
        )
        for place, tokens in enumerate(terms, start=1)
    ]  # fmt: skip


def excerpt(texts: Sequence[str], patterns: Sequence[re.Pattern[str]]) -> str:
    """Return the best piece of the first text with the most terms, its hits marked."""
    best: _Hits | None = None
    for said in texts:
        hits = _hits_in(said, patterns)
        if best is None or hits.terms > best.terms:
            best = hits
        if hits.terms == len(patterns):
            break
    return _cut(best) if best else ""


def _hits_in(said: str, patterns: Sequence[re.Pattern[str]]) -> _Hits:
    folds = _Known.with_letters_of(said)
    letters = said.translate(folds)
    # An accent of its own is in no word, so that places differ from those in the text.
    places: Sequence[int] = range(len(said) + 1)
    if len(letters) != len(said):
        kept = [place for place, letter in enumerate(said) if folds[ord(letter)] is not None]
        places = (*kept, len(said))
    folded = f" {letters} "
    found = [
        (term, match.start(), match.end())
        for term, pattern in enumerate(patterns)
        for match in islice(pattern.finditer(folded), _MOST_HITS)
    ]
    return _Hits(said, folded, places, sorted(found, key=lambda hit: hit[1:]))


def _cut(hits: _Hits) -> str:
    words = [match.span() for match in _TOKEN.finditer(hits.folded)]
    if not words:
        return ""
    best = _best_word(hits, words)
    last = min(max(best - _WORDS_BEFORE, 0) + EXCERPT_WORDS, len(words)) - 1
    first = 0 if best < EXCERPT_WORDS - _WORDS_BEFORE else max(0, last - EXCERPT_WORDS + 1)
    begin = words[first][0] if first else 1
    end = words[last][1] if last + 1 < len(words) else len(hits.folded) - 1
    marked = _marked(hits, begin, end)
    return f"{_CUT if first else ''}{marked}{_CUT if last + 1 < len(words) else ''}"


def _best_word(hits: _Hits, words: Sequence[tuple[int, int]]) -> int:
    """Return the first word of a hit with as many terms as can be behind it in one piece."""
    starts = [start for start, _ in words]
    most, best = 0, 0
    for place, (_, begin, _) in enumerate(hits.found):
        word = bisect_right(starts, begin) - 1
        shown = words[min(word + EXCERPT_WORDS, len(words)) - 1][1]
        behind = hits.found[place : place + _MOST_AROUND]
        terms = len({term for term, _, end in behind if end <= shown})
        if terms > most:
            most, best = terms, word
        if most == hits.terms:
            break
    return best


def _marked(hits: _Hits, begin: int, end: int) -> str:
    """Return the text between two places of what is compared, with its hits marked."""
    pieces: list[str] = []
    here = begin
    for start, stop in _apart(hits.found):
        if here <= start and stop <= end:
            pieces += (_said(hits, here, start), HIT_START, _said(hits, start, stop), HIT_END)
            here = stop
    return "".join((*pieces, _said(hits, here, end)))


def _said(hits: _Hits, start: int, end: int) -> str:
    # What is compared begins with a blank that is not in the text.
    return hits.text[hits.places[start - 1] : hits.places[end - 1]]


def _apart(found: Sequence[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the hits from the left, those that overlap as one."""
    here: tuple[int, int] | None = None
    for _, start, end in found:
        if here and start < here[1]:
            here = here[0], max(here[1], end)
            continue
        if here:
            yield here
        here = start, end
    if here:
        yield here

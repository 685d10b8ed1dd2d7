# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts the piece out of a text that shows why a search has found it.

SQLite does this itself; for other databases it is done here, over the texts of the rows that a
page shows. Only what is marked depends on it, never what is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import NamedTuple

from helpdesk.core.text import HIT_END, HIT_START
from helpdesk.database.letters import folds_of

EXCERPT_WORDS = 14
_WORDS_BEFORE = 4
_CUT = "…"
_FROM_THE_HIT = EXCERPT_WORDS - _WORDS_BEFORE
"""Words of a piece from the hit on; with fewer before the hit, a piece begins with the text."""
_MOST_HITS, _MOST_AROUND = 200, 100


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
    """Return what to look for, with the blank before it: that is found faster than a word alone.

    Each term is a word or a phrase, the last one may be begun.
    """
    return [
        re.compile(
            " " + " +".join(map(re.escape, tokens))
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
    folds = folds_of(said)
    letters = said.translate(folds)
    # An accent of its own is in no word, so that places differ from those in the text.
    places: Sequence[int] = range(len(said) + 1)
    if len(letters) != len(said):
        kept = [place for place, letter in enumerate(said) if folds[ord(letter)] is not None]
        places = (*kept, len(said))
    folded = f" {letters} "
    found = [
        (term, match.start() + 1, match.end())
        for term, pattern in enumerate(patterns)
        for match in islice(pattern.finditer(folded), _MOST_HITS)
    ]
    return _Hits(said, folded, places, sorted(found, key=lambda hit: hit[1:]))


def _cut(hits: _Hits) -> str:
    folded = hits.folded
    if not folded.strip(" "):
        return ""
    best = _best_place(hits)
    before = folded[:best].split(maxsplit=_FROM_THE_HIT)
    if len(before) < _FROM_THE_HIT:
        begin, count = 1, max(len(before) - _WORDS_BEFORE, 0) + EXCERPT_WORDS
        end = _behind(folded, begin, count)
    else:
        end = _behind(folded, best, _FROM_THE_HIT)
        missing = _FROM_THE_HIT - len(folded[best:end].split())
        begin = _ahead(folded, best, _WORDS_BEFORE + missing)
    is_last = not folded[end:].strip(" ")
    marked = _marked(hits, begin, len(folded) - 1 if is_last else end)
    return f"{'' if begin == 1 else _CUT}{marked}{'' if is_last else _CUT}"


def _best_place(hits: _Hits) -> int:
    """Return where the first hit begins with as many terms as can be behind it in one piece."""
    most, best = 0, 1
    for place, (_, begin, _) in enumerate(hits.found):
        shown = _behind(hits.folded, begin, EXCERPT_WORDS)
        behind = hits.found[place : place + _MOST_AROUND]
        terms = len({term for term, _, end in behind if end <= shown})
        if terms > most:
            most, best = terms, begin
        if most == hits.terms:
            break
    return best


def _behind(folded: str, place: int, count: int) -> int:
    """Return where so many words end that stand behind a place, or the last one."""
    words = _words(count).match(folded, place)
    return words.end() if words else place


def _ahead(folded: str, place: int, count: int) -> int:
    """Return where so many words begin that stand before a place, or the text."""
    for _ in range(count):
        place = folded.rfind(" ", 0, len(folded[:place].rstrip(" "))) + 1
        if not folded[:place].strip(" "):
            return 1
    return place


@cache
def _words(count: int) -> re.Pattern[str]:
    return re.compile(rf" *[^ ]+(?: +[^ ]+){{0,{count - 1}}}")


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
